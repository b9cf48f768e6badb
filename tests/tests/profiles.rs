//! Profiles as an engine meets them: `gantry-runtime.NAME` is a link to the one wrapper. And what becomes of
//! containers that run when the configuration can no longer be used.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use gantry_tests::programs::program;
use gantry_tests::scene::{Ran, Scene, low_level};

const DOCUMENT: &str = "bundle/config.json";
const CREATE: &str = "create --bundle ${TMP}/bundle c1";

/// Two profiles: `off` injects nothing, `other` uses `${TMP}/other`, a low-level runtime of its own.
const PROFILES: &str = r#"
[log]
file = "${TMP}/own.log"
[profiles.off.pipeline]
order = []
[profiles.other]
runtime.low-level = ["${TMP}/other"]
cdi.spec-dirs = ["${TMP}/cdi2"]
[profiles.other.log]
level = "error"
[profiles.broken]
pipelin.order = []
"#;

fn scene() -> Scene {
    let other = "#!/bin/sh\nexec ${TMP}/low-level other \"$@\"\n";
    let scene = Scene::new().config(PROFILES).file("other", other).mode("other", 0o755);
    symlink(low_level(), scene.path("low-level")).unwrap();
    scene
}

/// The wrapper, called through a link of this name.
fn command(scene: &Scene, name: &str) -> Command {
    let link = scene.path(name);
    let _there_already = symlink(program("gantry-runtime"), &link);
    let mut command = Command::new(link);
    let like = scene.command("gantry-runtime");
    command.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(scene.path("bundle"));
    command
}

fn run(scene: &Scene, name: &str, line: &str) -> Ran {
    let mut command = command(scene, name);
    command.args(line.split_whitespace().map(|word| scene.expand(word)));
    scene.ran(&mut command)
}

fn has_device(scene: &Scene) -> bool {
    scene.read(DOCUMENT).unwrap().contains("\"X=1\"")
}

#[track_caller]
fn assert_failed(scene: &Scene, ran: &Ran, says: &str) {
    let expected = scene.expand(&format!("gantry-runtime: {says}\n"));
    assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (Some(1), "", &*expected));
    assert_eq!(ran.called, None, "the low-level runtime was started");
}

#[test]
fn the_name_of_the_link_is_the_profile() {
    for (name, device, first) in [
        ("gantry-runtime", true, "create"),
        ("gantry-runtime.off", false, "create"),
        ("runtime", true, "create"),
        ("gantry-runtime-off", true, "create"),
    ] {
        let scene = scene();
        let ran = run(&scene, name, CREATE);
        ran.assert_quiet(name);
        assert_eq!(has_device(&scene), device, "{name}");
        assert_eq!(ran.called.unwrap().first().unwrap(), first, "{name}");
    }
}

#[test]
fn a_profile_has_its_own_low_level_runtime_and_specs() {
    let scene = scene();
    for line in ["state c1", "kill c1 KILL", "delete --force c1"] {
        let ran = run(&scene, "gantry-runtime.other", line);
        ran.assert_quiet(line);
        assert_eq!(ran.called.unwrap().first().unwrap(), "other", "{line}");
    }
    let ran = run(&scene, "gantry-runtime.other", CREATE);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains(&scene.expand("searched ${TMP}/cdi2 (does not exist)")),
        "{}",
        ran.stderr
    );
}

/// An engine may call it by a name of its own: then that of the file that was executed counts.
#[test]
fn the_name_of_the_file_counts_where_the_first_argument_says_nothing() {
    for (argument, device) in [
        ("runc", false),
        ("", false),
        ("/usr/bin/gantry-runtime", false),
        ("gantry-runtime.off", false),
    ] {
        let scene = scene();
        let mut command = command(&scene, "gantry-runtime.off");
        command.arg0(argument).args(["create", "c1"]);
        scene.ran(&mut command).assert_quiet(argument);
        assert_eq!(has_device(&scene), device, "{argument}");
    }
}

#[test]
fn a_create_with_a_profile_that_is_not_there_fails() {
    for (name, says) in [
        (
            "gantry-runtime.gold",
            "profile \"gold\" is not in ${TMP}/etc/config.toml; known: broken, off, other; write [profiles.gold] there, or call the wrapper by another name",
        ),
        (
            "gantry-runtime.",
            "\"\" is no name of a profile: 1 to 64 lower-case letters, digits, `-` and `_`, a letter or digit first",
        ),
        (
            "gantry-runtime.Gold",
            "\"Gold\" is no name of a profile: 1 to 64 lower-case letters, digits, `-` and `_`, a letter or digit first",
        ),
        (
            "gantry-runtime.broken",
            "${TMP}/etc/config.toml:16: unknown key \"pipelin\" in [profiles.broken]; did you mean \"pipeline\"?",
        ),
    ] {
        let scene = scene();
        let before = scene.fingerprint(DOCUMENT);
        for line in [CREATE, "run c1"] {
            assert_failed(&scene, &run(&scene, name, line), says);
        }
        assert_eq!(scene.fingerprint(DOCUMENT), before, "{name}");
    }
}

/// What runs must be stopped and removed: with what the file says without the profile.
#[test]
fn other_subcommands_go_on_without_the_profile() {
    for line in ["kill c1 KILL", "delete --force c1", "state c1", "start c1"] {
        let scene = scene();
        run(&scene, "gantry-runtime.gold", line).assert_quiet(line);
        let log = scene.read("own.log").unwrap();
        assert_eq!(log.matches('\n').count(), 1, "{log}");
        assert!(
            log.contains("level=warning")
                && log.contains("profile \\\"gold\\\" is not in")
                && log.contains("passed on to"),
            "{log}"
        );
    }
}
type Damage = fn(Scene) -> Scene;

/// A configuration that cannot be used fails a create. What runs goes to the low-level runtime that the file names all the
/// same; where it names none, or is not to be believed, to the one that is built in.
#[test]
fn other_subcommands_go_on_without_the_configuration() {
    const NAMED: &str = "runtime.low-level = [\"${TMP}/bin/own\"]\n";
    let damage: [(&str, Damage, &str, &str); 10] = [
        ("not TOML", |s| s.file("etc/config.toml", "a = = 1"), "not valid TOML", "runc"),
        (
            "not TOML below the name",
            |s| s.file("etc/config.toml", &format!("{NAMED}a = = 1")),
            "not valid TOML",
            "own",
        ),
        (
            "not TOML above the name",
            |s| s.file("etc/config.toml", &format!("a = = 1\n{NAMED}")),
            "not valid TOML",
            "own",
        ),
        (
            // Then the name is an element of the list.
            "a list without an end above the name",
            |s| s.file("etc/config.toml", &format!("a = [1,\n{NAMED}")),
            "not valid TOML",
            "runc",
        ),
        (
            "wrong beside the name",
            |s| s.file("etc/config.toml", &format!("{NAMED}log.level = \"loud\"")),
            "log.level",
            "own",
        ),
        (
            "named by others",
            |s| {
                s.file("etc/config.toml", &format!("{NAMED}a = = 1")).mode("etc/config.toml", 0o666)
            },
            "group or others can write it",
            "runc",
        ),
        (
            "of another type",
            |s| s.file("etc/config.toml", "runtime = 1"),
            "runtime: must be a table",
            "runc",
        ),
        (
            "no low-level",
            |s| s.file("etc/config.toml", "[runtime]\nlow-level = []"),
            "names no runtime",
            "runc",
        ),
        (
            "others can write it",
            |s| s.mode("etc/config.toml", 0o666),
            "group or others can write it",
            "runc",
        ),
        ("not there", |s| s.variable("GANTRY_CONFIG", "${TMP}/etc/none.toml"), "not there", "runc"),
    ];
    for (case, damage, why, reached) in damage {
        let scene = damage(scene()).variable("PATH", "${TMP}/bin");
        fs::create_dir(scene.path("bin")).unwrap();
        // `runc` is one of those that are built in. A copy of the script needs no `sh` from PATH.
        for name in ["bin/runc", "bin/own"] {
            fs::copy(low_level(), scene.path(name)).unwrap();
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(scene.path(name), mode).unwrap();
        }
        for line in ["kill c1 KILL", "delete c1", "state c1"] {
            let ran = run(&scene, "gantry-runtime", &format!("--log ${{TMP}}/engine.log {line}"));
            ran.assert_quiet(case);
        }
        let log = scene.read("engine.log").unwrap();
        assert_eq!(log.matches("level=warning").count(), 3, "{case}: {log}");
        assert!(
            log.contains(why)
                && log.contains(&scene.expand(&format!("passed on to ${{TMP}}/bin/{reached}"))),
            "{case}: {log}"
        );
        let ran = run(&scene, "gantry-runtime", CREATE);
        assert_eq!((ran.code, ran.called), (Some(1), None), "{case}");
        assert!(ran.stderr.contains(why), "{case}: {}", ran.stderr);
    }
}

/// Broken below: the runtime that made its containers is the profile's.
#[test]
fn a_profile_keeps_its_low_level_runtime_in_a_broken_file() {
    for line in ["kill c1 KILL", "delete --force c1"] {
        let scene = scene();
        let text = scene.read("etc/config.toml").unwrap() + "a = = 1\n";
        let scene = scene.file("etc/config.toml", &text);
        for (name, first) in [("gantry-runtime.other", "other"), ("gantry-runtime.gold", line)] {
            let ran = run(&scene, name, line);
            ran.assert_quiet(line);
            let called = ran.called.unwrap();
            assert!(first.starts_with(called.first().unwrap()), "{name}: {called:?}");
        }
    }
}

#[test]
fn a_low_level_runtime_that_is_a_profile_of_gantry_is_refused() {
    let scene = scene();
    for (name, is_copy) in [("gantry-runtime.off", false), ("gantry-runtime.copy", true)] {
        let path = scene.path(name);
        if is_copy {
            fs::copy(program("gantry-runtime"), &path).unwrap();
        } else {
            symlink(program("gantry-runtime"), &path).unwrap();
        }
        let text = format!("[runtime]\nlow-level = [{:?}]", path.to_str().unwrap());
        fs::write(scene.path("etc/config.toml"), text).unwrap();
        for line in [CREATE, "state c1"] {
            let ran = run(&scene, "gantry-runtime", line);
            assert_eq!((ran.code, ran.called), (Some(1), None), "{name} {line}");
            assert!(ran.stderr.contains("is Gantry itself"), "{}", ran.stderr);
        }
    }
}
