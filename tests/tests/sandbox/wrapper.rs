//! What an engine sees of a hostile modifier: one line and no container; or, with
//! `on-error = "skip"`, a container and a mark.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::component::{Guest, HARMLESS, raw};
use crate::scene::{Scene, action};

/// What one `create` did.
pub(crate) struct Created {
    pub(crate) output: Output,
    /// Whether the low-level runtime was started.
    pub(crate) started: bool,
    /// What the low-level runtime found: its arguments, signals, and timers.
    found: String,
    pub(crate) document: String,
    /// The lines of `--log`, JSON.
    pub(crate) log: Vec<Value>,
}

/// Runs `create` as an engine does, below a limit on the address space where one is given, in KiB.
pub(crate) fn create(scene: &Scene, address_space: Option<u32>) -> Created {
    create_with(scene, address_space, &[])
}

/// The same with other dispositions of signals: options of `env`.
fn create_with(scene: &Scene, address_space: Option<u32>, signals: &[&str]) -> Created {
    let low_level = scene.path("runc");
    let record = scene.path("record");
    let script = format!(
        "#!/bin/sh\n(echo \"$@\"; grep ^Sig /proc/$$/status; cat /proc/$$/timers) > {}\n",
        record.display()
    );
    fs::write(&low_level, script).unwrap();
    fs::set_permissions(&low_level, fs::Permissions::from_mode(0o755)).unwrap();
    let config = scene.path("config.toml");
    let text = format!("[runtime]\nlow-level = [{low_level:?}]\n\n{}", scene.config_text());
    fs::write(&config, text).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    let document = scene.path("bundle/config.json");
    fs::write(&document, scene.document.to_string()).unwrap();
    let runtime = Path::new(env!("CARGO_BIN_EXE_compiling-runtime"));
    let log = scene.path("log.json");
    let mut command = Command::new("env");
    command.args(signals).arg("/bin/sh");
    let limit = address_space.map_or_else(String::new, |kib| format!("ulimit -v {kib} && "));
    command
        .args(["-c", &format!("{limit}exec \"$@\""), "sh"])
        .arg(runtime)
        .arg("--log")
        .arg(&log)
        .args(["--log-format", "json", "create", "--bundle"])
        .arg(scene.path("bundle"))
        .arg("box")
        .env("GANTRY_CONFIG", &config);
    let output = command.output().unwrap();
    let log = fs::read_to_string(&log).unwrap_or_default();
    Created {
        output,
        started: record.exists(),
        found: fs::read_to_string(&record).unwrap_or_default(),
        document: fs::read_to_string(&document).unwrap(),
        log: log.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    }
}

/// Nothing was changed, nothing was started, and why is said once.
pub(crate) fn assert_refused(case: &str, scene: &Scene, created: &Created, expected: &str) {
    let stderr = String::from_utf8(created.output.stderr.clone()).unwrap();
    assert_eq!(created.output.status.code(), Some(1), "{case}: {stderr}");
    assert!(!created.started, "{case}: the low-level runtime was started");
    assert_eq!(created.document, scene.document.to_string(), "{case}: a changed document");
    assert!(created.output.stdout.is_empty(), "{case}: {:?}", created.output.stdout);
    let line = stderr.strip_suffix('\n').unwrap_or_else(|| panic!("{case}: {stderr:?}"));
    assert!(line.starts_with("gantry-runtime: stage \"probe\": "), "{case}: {line}");
    assert!(!line.contains(|c: char| c.is_control()), "{case}: not one plain line: {line:?}");
    assert!(line.contains(expected), "{case}: {expected:?} is not in {line:?}");
    let last = created.log.last().unwrap_or_else(|| panic!("{case}: nothing in the log"));
    assert_eq!(last["msg"].as_str(), Some(line), "{case}");
    assert_eq!(last["level"], "error", "{case}");
}

/// Hostile ones of each kind: how the stage fails, and what the error says.
#[rustfmt::skip]
fn kinds() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let body = |modify| Guest { modify, ..HARMLESS }.component();
    let truncated = HARMLESS.component();
    vec![
        ("a loop", body("(loop $l br $l) unreachable"), "limit exceeded: instructions (limits.fuel); raise"),
        ("a loop in start", Guest { more: "(func $f (loop $l br $l)) (start $f)", ..HARMLESS }.component(), "(limits.fuel)"),
        ("a memory bomb", body("i32.const 65000 memory.grow"), "limit exceeded: memory (limits.memory); raise"),
        ("deep recursion", body("local.get $mode local.get $text local.get $length call $modify"), "stack depth"),
        ("a trap", body("unreachable"), "it trapped: "),
        ("a failure with escape sequences", Guest { modify: "i32.const 2048", more: r#"(data (i32.const 2048) "\01\00\00\00\00\10\00\00\0b\00\00\00") (data (i32.const 4096) "a\n\1b[31mb\e2\80\ae")"#, ..HARMLESS }.component(), r"a\u{a}\u{1b}[31mb\u{202e}"),
        ("another world", raw("(component)"), "it was built for another world"),
        ("a core module", raw("(module)"), "it is a core module; make it a component"),
        ("garbage", b"\x1b[2J\r\n".repeat(99), "not a modifier: "),
        ("a truncated file", truncated[..truncated.len() - 9].to_vec(), "not a modifier: "),
    ]
}

#[test]
fn a_failed_stage_starts_no_container() {
    for (case, bytes, expected) in kinds() {
        let scene = Scene::of_bytes(&bytes);
        assert_refused(case, &scene, &create(&scene, None), expected);
    }
    let args = json!(["LD_PRELOAD", "/x.so", "r"]);
    let scene = Scene::new().actions(true, &[action("edit-env.set", &args)]);
    let expected = "not granted: edit env \"LD_PRELOAD\"; add it to [stages.probe.grants.edit] env";
    assert_refused("a refusal", &scene, &create(&scene, None), expected);
}

#[test]
fn a_skipped_stage_starts_the_container_and_leaves_a_mark() {
    for (case, bytes, expected) in kinds() {
        let scene = Scene::of_bytes(&bytes).stage("on-error = \"skip\"");
        let created = create(&scene, None);
        let stderr = String::from_utf8_lossy(&created.output.stderr);
        assert!(created.output.status.success(), "{case}: {stderr}");
        assert!(created.output.stdout.is_empty() && stderr.is_empty(), "{case}: {stderr}");
        assert!(created.started, "{case}: the low-level runtime was not started");
        assert_eq!(created.document, scene.document.to_string(), "{case}: a changed document");
        let mark = expected.split(';').next().unwrap();
        let marks = created.log.iter().filter(|line| {
            let message = line["msg"].as_str().unwrap();
            line["level"] == "warning"
                && message.contains("stage \"probe\": ")
                && message.contains(mark)
                && message.contains("skipped, since on-error = \"skip\"")
        });
        assert_eq!(marks.count(), 1, "{case}: {:?}", created.log);
    }
}

/// However often: the first call of a process that is ended so must not be the last.
#[test]
fn a_call_whose_time_is_up_is_ended() {
    let time = "fuel = 1_000_000_000_000\ntime = \"50ms\"";
    let expected = "limit exceeded: time (limits.time)";
    let endless = Guest { modify: "(loop $l br $l) unreachable", ..HARMLESS }.component();
    for signals in [&[][..], &["--block-signal=VTALRM", "--ignore-signal=VTALRM"]] {
        let scene = Scene::of_bytes(&endless).limit(time);
        assert_refused("a long loop", &scene, &create_with(&scene, None, signals), expected);
    }
}

/// A fault is the modifier's and not the process's, whatever the engine has made of the signals of faults.
#[test]
fn a_trap_is_an_error_whatever_signals_are_blocked() {
    let fault = |modify| Guest { modify, ..HARMLESS }.component();
    let cases = [
        ("SIGILL", fault("unreachable")),
        ("SIGFPE", fault("i32.const 1 i32.const 0 i32.div_u")),
        ("SIGSEGV", fault("i32.const -8 i32.load")),
    ];
    let all = ["--block-signal=SEGV,ILL,FPE", "--ignore-signal=SEGV,ILL,FPE"];
    for (case, component) in cases {
        for signals in [&[][..], &all[..1], &all[1..], &all] {
            let scene = Scene::of_bytes(&component);
            assert_refused(case, &scene, &create_with(&scene, None, signals), "it trapped: ");
        }
    }
}

/// The low-level runtime finds its signals as the engine left them, and no timer.
#[test]
fn nothing_is_left_of_the_sandbox() {
    let set = action("edit-env.set", &json!(["ACME_X", "1", "r"]));
    let mut all = Vec::new();
    for signals in [
        &[][..],
        &["--ignore-signal=VTALRM"],
        &["--block-signal=VTALRM"],
        &["--block-signal=VTALRM", "--ignore-signal=VTALRM"],
        &["--ignore-signal=SEGV"],
        &["--block-signal=ILL"],
        &["--block-signal=FPE", "--ignore-signal=FPE"],
    ] {
        let scene = Scene::new().actions(false, std::slice::from_ref(&set));
        let created = create_with(&scene, None, signals);
        assert!(created.started, "{signals:?}: {:?}", created.output);
        let set = |key: &str| {
            let line = created.found.lines().find(|line| line.starts_with(key));
            let set = line.and_then(|line| line.split_whitespace().nth(1)).unwrap();
            u64::from_str_radix(set, 16).unwrap()
        };
        let (ignored, blocked) = (set("SigIgn:"), set("SigBlk:"));
        let (caught, pending) = (set("SigCgt:"), set("SigPnd:"));
        for (name, number) in [("VTALRM", 26), ("SEGV", 11), ("ILL", 4), ("FPE", 8)] {
            let is_in = |set: u64| set & (1 << (number - 1)) != 0;
            let is = |option: &str| signals.contains(&format!("--{option}-signal={name}").as_str());
            assert_eq!(is_in(ignored), is("ignore"), "{signals:?}: {}", created.found);
            assert_eq!(is_in(blocked), is("block"), "{signals:?}: {}", created.found);
            assert!(!is_in(caught) && !is_in(pending), "{signals:?}: {}", created.found);
        }
        assert!(!created.found.contains("ID:"), "{}", created.found);
        all.push(created.found);
    }
    all.dedup();
    assert_eq!(all.len(), 7);
}

#[test]
fn a_stage_that_passes_changes_the_document_and_starts_the_container() {
    let set = action("edit-env.set", &json!(["ACME_X", "1", "r"]));
    let scene = Scene::new().actions(false, &[set]);
    let created = create(&scene, None);
    assert!(created.output.status.success(), "{:?}", created.output);
    assert!(created.started && created.document.contains("\"ACME_X=1\""), "{}", created.document);
}

/// What a modifier logs stays one line each in the file, under the stage's name.
#[test]
fn a_modifiers_log_lines_cannot_pose_as_the_hosts() {
    let text = "x\n{\"level\":\"error\",\"msg\":\"forged\"}\n\u{1b}[2J";
    let scene = Scene::new().actions(false, &[action("log.log", &json!([text]))]);
    let created = create(&scene, None);
    assert!(created.output.status.success(), "{:?}", created.output);
    assert!(created.log.iter().all(|line| line["msg"] != "forged"), "{:?}", created.log);
    let lines: Vec<_> = created
        .log
        .iter()
        .filter(|line| line["msg"].as_str().unwrap().contains("forged"))
        .collect();
    assert_eq!(lines.len(), 1, "{:?}", created.log);
    assert_eq!(lines[0]["stage"], "probe", "{:?}", lines[0]);
}
