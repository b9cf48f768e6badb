//! Writing to stdout, where the reader may have gone.

use std::fmt::Write as _;
use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

/// Prints text.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Prints a value as JSON, indented.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    print(&(plain(&serde_json::to_string_pretty(value)?) + "\n"))
}

/// A value as JSON, on one line.
pub(crate) fn json_line(value: &impl Serialize) -> Result<String> {
    Ok(plain(&serde_json::to_string(value)?) + "\n")
}

/// Prints a value as YAML.
pub(crate) fn yaml(value: &impl Serialize) -> Result<()> {
    print(&yaml_text(value)?)
}

/// A value as a document of YAML.
pub(crate) fn yaml_text(value: &impl Serialize) -> Result<String> {
    Ok(gantry::cdi::to_yaml(value)?)
}

/// A value for people: as YAML, each line fit for a terminal.
pub(crate) fn listing(value: &impl Serialize) -> Result<String> {
    let text = gantry::cdi::to_yaml(value)?;
    let lines = text.lines().filter(|line| *line != "---");
    Ok(lines.fold(String::new(), |out, line| out + &gantry::text::one_line(line) + "\n"))
}

/// JSON with what a terminal might obey escaped: outside of strings there is none of it.
fn plain(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || gantry::text::one_line(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// An error and its causes on one line. Many a message has its cause in it: none is said twice.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let told = error.chain().fold(String::new(), |told, cause| match cause.to_string() {
        cause if told.is_empty() => cause,
        cause if told.contains(&cause) => told,
        cause => told + ": " + &cause,
    });
    gantry::text::one_line(&told)
}

/// Whether printing failed because nobody reads any more: no error of ours.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
