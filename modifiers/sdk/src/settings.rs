//! A stage's settings: JSON text into the modifier's own type, or what is wrong with it.

use serde::de::DeserializeOwned;

use crate::Problem;

/// Parses and checks settings.
pub(crate) fn load<S: DeserializeOwned>(
    text: &str,
    check: fn(&S) -> Vec<Problem>,
) -> Result<S, Vec<Problem>> {
    let settings = parse(text).map_err(|problem| vec![problem])?;
    let problems = check(&settings);
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

fn parse<S: DeserializeOwned>(text: &str) -> Result<S, Problem> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let settings = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| problem(&error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| problem(".", &error))?;
    Ok(settings)
}

/// Names the key, and drops the position in a text that nobody wrote.
fn problem(path: &str, error: &serde_json::Error) -> Problem {
    let path = if path == "." { "" } else { path };
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = error.to_string();
    let message = message.strip_suffix(&position).unwrap_or(&message);
    // For these two the path may be that of the table around the key; the message names the key.
    let key = ["unknown field `", "missing field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split('`').next());
    match key {
        Some(key) if path.is_empty() => Problem::new(key, message),
        Some(key) if path.rsplit('.').next() != Some(key) => {
            Problem::new([path, ".", key].concat(), message)
        }
        _ => Problem::new(path, message),
    }
}
