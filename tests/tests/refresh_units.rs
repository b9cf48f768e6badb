//! The units in `examples/systemd` are what systemd understands, and say what the commands know.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::process::Command;

use gantry_tests::programs::{installed, program, workspace};
use gantry_tests::skips::skip;

const UNITS: [&str; 2] = ["gantry-cdi-refresh.service", "gantry-cdi-refresh.path"];

#[test]
fn systemd_understands_them() {
    let Some(analyze) = installed("systemd-analyze") else {
        return skip("refresh_units systemd_understands_them", "systemd-analyze is not installed");
    };
    // It looks for the programs that units start: ours is where it was built.
    let folder = tempfile::tempdir().unwrap();
    let built = program("gantry").to_str().unwrap().to_owned();
    for unit in UNITS {
        let text = fs::read_to_string(workspace().join("examples/systemd").join(unit)).unwrap();
        assert!(text.contains("/usr/bin/gantry"), "{unit}");
        fs::write(folder.path().join(unit), text.replace("/usr/bin/gantry", &built)).unwrap();
    }
    let mut command = Command::new(analyze);
    command.args(["verify", "--man=no"]).args(UNITS.map(|unit| folder.path().join(unit)));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    // Unknown keys are a warning there.
    let about_ours: Vec<_> =
        said.lines().filter(|line| line.contains("gantry-cdi-refresh")).collect();
    assert!(about_ours.is_empty(), "{about_ours:?}");
}

#[test]
fn they_name_each_other_and_commands_that_there_are() {
    let read =
        |name: &str| fs::read_to_string(workspace().join("examples/systemd").join(name)).unwrap();
    let rule = read("60-gantry-cdi-refresh.rules");
    assert!(rule.contains(r#"ENV{SYSTEMD_WANTS}+="gantry-cdi-refresh.service""#));
    let service = read("gantry-cdi-refresh.service");
    for (line, words) in [
        (
            "system create-device-nodes --control-devices --load-kernel-modules",
            "system create-device-nodes",
        ),
        ("ExecStart=/usr/bin/gantry cdi generate", "cdi generate"),
    ] {
        assert!(service.contains(line), "{line}");
        let mut command = Command::new(program("gantry"));
        let output = command.args(words.split(' ')).arg("--help").output().unwrap();
        let help = String::from_utf8_lossy(&output.stdout).into_owned();
        for option in line.split(' ').filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "{option}");
        }
    }
    let mut command = Command::new(program("gantry"));
    let help = command.args(["cdi", "generate", "--help"]).output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&help).contains("NVIDIA_CTK_CDI_OUTPUT_FILE_PATH"));
}
