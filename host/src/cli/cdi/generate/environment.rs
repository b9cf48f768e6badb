//! Values that the command line does not give: variables, by the names that the toolkit has for them.

use super::super::failure::Failure;

/// What begins the names of most of them.
const PREFIX: &str = "NVIDIA_CTK_CDI_GENERATE_";

/// A value: of the command line, else of the variable; an empty variable is not set.
pub(super) fn text(given: Option<&str>, name: &str) -> Result<Option<String>, Failure> {
    match given {
        Some(given) => Ok(Some(given.to_owned())),
        None => variable(name),
    }
}

/// The values of an option that may be repeated, each with commas.
pub(super) fn list(given: &[String], name: &str) -> Result<Vec<String>, Failure> {
    let from =
        if given.is_empty() { variable(name)?.into_iter().collect() } else { given.to_vec() };
    let parts = from.iter().flat_map(|value| value.split(',')).map(|part| part.trim().to_owned());
    Ok(parts.collect())
}

/// A switch.
pub(super) fn switch(given: Option<&str>, name: &str) -> Result<bool, Failure> {
    let Some(value) = text(given, name)? else { return Ok(false) };
    match value.as_str() {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
        _ => Err(Failure::usage(format_args!("{value:?} for {name} is neither true nor false"))),
    }
}

/// A variable. The name is short where it has the usual beginning.
fn variable(name: &str) -> Result<Option<String>, Failure> {
    let whole = if name.starts_with("NVIDIA_") { name.to_owned() } else { [PREFIX, name].concat() };
    match std::env::var(&whole) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::usage(format_args!("the variable {whole} is not UTF-8")))
        }
    }
}
