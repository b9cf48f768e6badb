//! Loading spec directories in a process with little memory and time (`load-specs`), and what it says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What one load found.
#[derive(Debug)]
pub struct Loaded {
    /// The devices that can be injected.
    pub devices: Vec<String>,
    /// What is wrong with files, by path.
    pub errors: BTreeMap<String, Vec<String>>,
    /// What became of each directory: `read`, `missing`, or what is wrong.
    pub directories: BTreeMap<String, String>,
    /// What is said of a device that is not there.
    pub unresolved: String,
}

impl Loaded {
    /// What is wrong with that file; nothing where nothing is.
    #[must_use]
    pub fn error(&self, path: &Path) -> String {
        self.errors
            .get(&*path.to_string_lossy())
            .map(|errors| errors.join("; "))
            .unwrap_or_default()
    }
}

/// Loads the directories once.
///
/// # Panics
///
/// Where the process dies: of its limits, or of a panic.
#[must_use]
pub fn load(program: &str, dirs: &[PathBuf]) -> Loaded {
    let mut loads = loads(program, 1, dirs);
    loads.pop().unwrap_or_else(|| unreachable!("one load, one line"))
}

/// Looks at the directories several times, in one process: afresh and by refreshing, by turns.
///
/// # Panics
///
/// Where the process dies: of its limits, or of a panic.
#[must_use]
#[allow(clippy::expect_used, reason = "a test may fail")]
pub fn loads(program: &str, times: usize, dirs: &[PathBuf]) -> Vec<Loaded> {
    let output = Command::new(program).arg(times.to_string()).args(dirs).output();
    let output = output.expect("the program is built with the tests");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    let lines = String::from_utf8_lossy(&output.stdout);
    let loads: Vec<Loaded> = lines.lines().map(loaded).collect();
    assert_eq!(loads.len(), times, "a line for each load");
    loads
}

fn loaded(line: &str) -> Loaded {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().into_iter().flatten().map(text).collect();
    let pairs = |field: &str| value.get(field).and_then(Value::as_object).into_iter().flatten();
    Loaded {
        devices: value.get("devices").map(list).unwrap_or_default(),
        errors: pairs("errors").map(|(path, errors)| (path.clone(), list(errors))).collect(),
        directories: pairs("directories").map(|(path, s)| (path.clone(), text(s))).collect(),
        unresolved: value.get("unresolved").map(text).unwrap_or_default(),
    }
}
