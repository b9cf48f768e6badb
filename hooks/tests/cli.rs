//! The command line: names it is called by, hooks it does not know, switches, and the environment.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test program")]

mod scene;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use scene::{PROGRAM, Scene, run};

/// A command line, the exit status, and what stderr (for success without it: stdout) tells.
type Case = (&'static str, &'static [&'static str], i32, &'static str);

#[test]
fn forms() {
    const LINK: &[&str] = &["create-symlinks", "--link", "a::/x"];
    let made: [(&str, &[&str]); 7] = [
        ("gantry-hook", &[]),
        ("nvidia-cdi-hook", &[]),
        ("/usr/bin/nvidia-cdi-hook", &["--debug", "--quiet=false"]),
        ("nvidia-ctk", &["hook"]),
        ("/usr/bin/nvidia-ctk", &["--debug", "hook", "-d"]),
        ("nvidia-ctk.real", &["hook"]),
        ("", &[]),
    ];
    for (program, before) in made {
        let scene = Scene::new(&[]);
        let mut command = Command::new(PROGRAM);
        let outcome =
            run(command.arg0(program).args([before, LINK].concat()), scene.state().as_bytes());
        assert_eq!(outcome.code, Some(0), "{program}: {}", outcome.stderr);
        assert_eq!(scene.root().get("/x").unwrap(), "-> a", "{program}");
    }
}

#[test]
fn what_is_known() {
    let cases: &[Case] = &[
        ("gantry-hook", &[], 0, "warning: no hook"),
        ("gantry-hook", &["later-hook"], 0, "warning: hook \"later-hook\""),
        ("gantry-hook", &["later-hook", "--flag", "chmod"], 0, "warning: hook \"later-hook\""),
        ("gantry-hook", &["later-hook", "--help"], 0, "warning: hook \"later-hook\""),
        ("gantry-hook", &["--later-flag", "later-hook"], 0, "warning: hook \"later-hook\""),
        ("gantry-hook", &["--later-flag"], 0, "warning: no hook"),
        ("gantry-hook", &["a\n\u{1b}[31m"], 0, r#"warning: hook "a\n\u{1b}[31m""#),
        ("gantry-hook", &["--later-flag", "chmod"], 1, "error: chmod: no flag \"later-flag\""),
        ("gantry-hook", &["chmod", "--later-flag"], 1, "error: chmod: no flag \"later-flag\""),
        ("gantry-hook", &["chmod", "--mode"], 1, "error: chmod: --mode: needs a value"),
        ("nvidia-ctk", &["hook"], 0, "warning: no hook"),
        ("nvidia-ctk", &["hook", "later-hook"], 0, "warning: hook \"later-hook\""),
        ("nvidia-ctk", &["cdi", "generate"], 1, "only `hook` is here"),
        ("gantry-hook", &["noop"], 0, ""),
        ("gantry-hook", &["noop", "more"], 0, ""),
        ("gantry-hook", &["noop", "-1", "--later-flag"], 0, ""),
        ("gantry-hook", &["noop", "--", "--later-flag"], 0, ""),
        ("gantry-hook", &["--quiet", "later-hook"], 0, ""),
        ("gantry-hook", &["--version"], 0, "gantry-hook 0."),
        ("gantry-hook", &["help"], 0, "create-symlinks"),
        ("gantry-hook", &["--help"], 0, "enable-cuda-compat"),
        ("gantry-hook", &["chmod", "--help"], 0, "--mode OCTAL"),
    ];
    for (program, args, code, told) in cases {
        let outcome = run(Command::new(PROGRAM).arg0(program).args(*args), b"");
        let all = format!("{}{}", outcome.stderr, outcome.stdout);
        assert_eq!(outcome.code, Some(*code), "{program} {args:?}: {all}");
        assert!(all.contains(told), "{program} {args:?}: {all}");
        assert_eq!(all.is_empty(), told.is_empty(), "{program} {args:?}: {all}");
    }
}

#[test]
fn a_debug_switch_is_never_an_error() {
    let values: [(&[u8], bool); 9] = [
        (b"true", true),
        (b"1", true),
        (b"TRUE", true),
        (b"false", false),
        (b"0", false),
        (b"", false),
        (b"yes, please", false),
        (b"\xff\n", false),
        (b"2", false),
    ];
    for (value, tells) in values {
        let scene = Scene::new(&["l /x a"]);
        let mut command = Command::new("env");
        let mut variable = b"NVIDIA_CTK_DEBUG=".to_vec();
        variable.extend(value);
        command.arg(OsStr::from_bytes(&variable)).arg(PROGRAM).args([
            "create-symlinks",
            "--link",
            "a::/x",
        ]);
        let outcome = run(&mut command, scene.state().as_bytes());
        assert_eq!(outcome.code, Some(0), "{value:?}: {}", outcome.stderr);
        assert_eq!(
            outcome.stderr.contains("there already"),
            tells,
            "{value:?}: {}",
            outcome.stderr
        );
    }
}

/// The container's environment, had the runtime not replaced it (CVE-2025-23266), changes nothing.
#[test]
fn the_environment_is_not_read() {
    let scene = Scene::new(&[]);
    let mut command = Command::new("env");
    let variables = [
        "NVIDIA_CDI_DEBUG=x",
        "NVIDIA_CTK_QUIET=true",
        "RUST_BACKTRACE=full",
        "TMPDIR=/none",
        "HOME=",
        "LANG=x",
    ];
    command.args(variables).arg(PROGRAM).arg("later-hook");
    let outcome = run(&mut command, scene.state().as_bytes());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("later-hook"), "{}", outcome.stderr);
}

#[test]
fn the_state_may_be_in_a_file() {
    let scene = Scene::new(&[]);
    std::fs::write(scene.folder.path().join("state"), scene.state()).unwrap();
    for (spec, code) in [("@/state", 0), ("-", 0), ("", 0), ("@/none", 1), ("@/host", 1)] {
        let outcome = scene.hook(&["create-symlinks", "--container-spec", spec, "--link", "a::/x"]);
        assert_eq!(outcome.code, Some(code), "{spec}: {}", outcome.stderr);
        assert_eq!(scene.inside("/x").is_symlink(), code == 0, "{spec}");
        let _for_the_next = std::fs::remove_file(scene.inside("/x"));
    }
}
