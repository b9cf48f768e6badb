//! Programs for tests.
#![allow(clippy::unwrap_used, reason = "a test fails where its scene cannot be made")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A shell script, as a program.
pub(super) fn script(dir: &Path, text: &str) -> PathBuf {
    let (source, program) = (dir.join("text"), dir.join("program.sh"));
    fs::write(&source, format!("#!/bin/sh\n{text}\n")).unwrap();
    // This process never has it open for writing: a child of another thread would hold it so, and then
    // it cannot be executed.
    let copied = Command::new("install").args(["-m", "700"]).arg(&source).arg(&program).status();
    assert!(copied.unwrap().success());
    program
}
