//! Values that the command line does not give: variables, by the names that the toolkit has for them.

/// A variable that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadVariable(String);

/// A value: of the command line, else of the first variable that is set. An empty variable is not set.
pub(crate) fn text(given: Option<&str>, names: &[&str]) -> Result<Option<String>, BadVariable> {
    if let Some(given) = given {
        return Ok(Some(given.to_owned()));
    }
    for name in names {
        match std::env::var(name) {
            Ok(value) if !value.is_empty() => return Ok(Some(value)),
            Ok(_) | Err(std::env::VarError::NotPresent) => {}
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(BadVariable(format!("the variable {name} is not UTF-8")));
            }
        }
    }
    Ok(None)
}

/// The values of an option that may be repeated, each with commas.
pub(crate) fn list(given: &[String], names: &[&str]) -> Result<Vec<String>, BadVariable> {
    let from =
        if given.is_empty() { text(None, names)?.into_iter().collect() } else { given.to_vec() };
    let parts = from.iter().flat_map(|value| value.split(',')).map(|part| part.trim().to_owned());
    Ok(parts.collect())
}

/// A switch.
pub(crate) fn switch(given: Option<&str>, names: &[&str]) -> Result<bool, BadVariable> {
    let Some(value) = text(given, names)? else { return Ok(false) };
    match value.as_str() {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
        _ => Err(BadVariable(format!(
            "{value:?}, for the option or the variable {}, is neither true nor false",
            names.join(", ")
        ))),
    }
}
