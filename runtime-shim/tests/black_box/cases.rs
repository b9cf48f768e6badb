//! The tests.

use std::fs;
use std::process::Command;

use libtest_mimic::{Arguments, Trial};

use crate::scene::{Scene, with_copy, words};

pub(crate) fn run(args: Vec<String>) -> i32 {
    macro_rules! trials {
        ($($name:ident),* $(,)?) => { vec![$(Trial::test(stringify!($name), || { $name(); Ok(()) })),*] };
    }
    let trials = trials![
        nothing_differs_from_a_direct_start,
        nothing_differs_on_create,
        signals_stay_as_they_were,
        descriptors_stay_as_they_were,
        create_runs_the_pipeline,
        run_is_a_create,
        warnings_go_to_the_log,
        a_failure_is_one_line,
        a_failure_is_logged_as_text,
        a_failure_is_logged_as_json,
        a_failure_is_logged_to_the_configured_file_too,
        a_log_that_cannot_be_opened_hides_nothing,
        a_log_that_nobody_reads_hides_nothing,
        a_closed_stderr_changes_nothing,
        a_panic_is_one_line,
        a_bad_configuration_is_one_line,
        a_bad_command_line_is_one_line,
        gantry_itself_is_refused,
        what_cannot_be_executed_is_an_error,
        the_binary_finds_runc,
    ];
    let conclusion = with_copy(|| libtest_mimic::run(&Arguments::from_iter(args), trials));
    i32::from(conclusion.has_failed())
}

/// Arguments of all kinds.
const LINES: &[&str] = &[
    "",
    "state c1",
    "kill --all c1 KILL",
    "--version",
    "--root /r exec -t c1 create",
    "--log T/log delete --force c1",
    "start",
    "create --help",
];

#[track_caller]
fn assert_same(scene: &Scene, args: &str) {
    let direct = scene.run("runc", args);
    let wrapped = scene.run("gantry-runtime", args);
    wrapped.assert_quiet();
    assert_eq!(wrapped.record, direct.record, "{args:?}");
}

fn nothing_differs_from_a_direct_start() {
    let scene = Scene::new()
        .variable("BYTES", "a=b\n\u{fffd}")
        .variable("LISTEN_FDS", "2")
        .variable("EMPTY", "");
    for args in LINES {
        assert_same(&scene, args);
    }
    assert_eq!(scene.read("log"), None);
    let bytes: &[&[u8]] = &[b"", b" ", b"\xff\xfe=\n", b"--\xff", b"state"];
    let direct = scene.run_bytes("runc", bytes);
    assert_eq!(scene.run_bytes("gantry-runtime", bytes).record, direct.record);
}

fn nothing_differs_on_create() {
    let args = "--debug create --bundle T/bundle --preserve-fds 1 c1";
    assert_same(&Scene::new(), args);
}

fn signals_stay_as_they_were() {
    let env = |option| Scene::new().before(&["env", option]);
    for option in [
        "--ignore-signal=PIPE",
        "--ignore-signal=HUP",
        "--block-signal=PIPE",
        "--block-signal=USR1",
        "--default-signal=PIPE",
    ] {
        let scene = env(option);
        assert_same(&scene, "state c1");
        assert_same(&scene, "create --bundle T/bundle c1");
    }
    // `env` did what it was asked to: of the ignored signals, is number 13 one?
    let ignores_pipe = |option| {
        let record = env(option).run("gantry-runtime", "state").record.unwrap();
        let set = record.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
        u64::from_str_radix(set.trim(), 16).unwrap() & 1 << 12 != 0
    };
    assert!(ignores_pipe("--ignore-signal=PIPE"));
    assert!(!ignores_pipe("--default-signal=PIPE"));
}

fn descriptors_stay_as_they_were() {
    for redirection in
        ["<&-", "<&- >&-", "2>&-", "<&- >&- 2>&-", "5</dev/zero 9>/dev/null", "3</dev/zero 2>&-"]
    {
        let command = format!("exec \"$@\" {redirection}");
        let scene = Scene::new().before(&["sh", "-c", &command, "sh"]);
        assert_same(&scene, "state c1");
        assert_same(&scene, "--debug --log T/log create --bundle T/bundle c1");
    }
}

fn create_runs_the_pipeline() {
    let scene = Scene::new();
    scene.run("gantry-runtime", "create --bundle bundle c1").assert_quiet();
    assert_eq!(scene.read("bundle/config.json").unwrap(), "changed bundle");
    scene
        .run("gantry-runtime", "create c1")
        .assert_failed("config.json: No such file or directory (os error 2)");
}

fn run_is_a_create() {
    let scene = Scene::new();
    scene.run("gantry-runtime", "run --detach -b bundle c1").assert_quiet();
    assert_eq!(scene.read("bundle/config.json").unwrap(), "changed bundle");
}

fn warnings_go_to_the_log() {
    const SETTINGS: &str = "level=info msg=\"gantry-runtime: reading settings\"";
    const SKIPPED: &str = "level=warning msg=\"gantry-runtime: skipped\" stage=\"acme\"";
    const CREATED: &str = "level=debug msg=\"gantry-runtime: created\" id=\"Some(\\\"c1\\\")\"";
    let rows = [
        ("good", "", vec![SETTINGS]),
        ("warn", "", vec![SETTINGS, SKIPPED]),
        ("good", "--debug", vec![SETTINGS, CREATED]),
    ];
    for (document, option, expected) in rows {
        let scene = Scene::new().document(document);
        let line = format!("{option} --log T/log create --bundle T/bundle c1");
        scene.run("gantry-runtime", &line).assert_quiet();
        let log = scene.read("log").unwrap();
        let lines: Vec<&str> = log.lines().map(|line| line.split_once(' ').unwrap().1).collect();
        assert_eq!(lines, expected, "{document}");
    }
}

const FAILING: &str = "create --bundle T/bundle c1";
const REASON: &str = "stage \"acme\" said no";

/// A `create` that fails, after these options.
fn failing_with(options: &str) -> String {
    format!("{options} {FAILING}")
}

fn failing() -> Scene {
    Scene::new().document("fail")
}

fn a_failure_is_one_line() {
    let scene = failing();
    scene.run("gantry-runtime", FAILING).assert_failed(REASON);
    assert_eq!(scene.read("bundle/config.json").unwrap(), "fail");
}

fn a_failure_is_logged_as_text() {
    let scene = failing();
    fs::write(scene.path("log"), "before\n").unwrap();
    let args = failing_with("--log T/log --log-format text");
    scene.run("gantry-runtime", &args).assert_failed(REASON);
    let log = scene.read("log").unwrap();
    assert!(log.starts_with("before\n"), "{log}");
    let last = log.lines().last().unwrap();
    assert!(
        last.starts_with("time=\"2")
            && last.ends_with("Z\" level=error msg=\"gantry-runtime: stage \\\"acme\\\" said no\""),
        "{log}"
    );
}

fn a_failure_is_logged_as_json() {
    let scene = failing();
    let args = failing_with("--log T/new/log.json --log-format json");
    scene.run("gantry-runtime", &args).assert_failed(REASON);
    let log = scene.read("new/log.json").unwrap();
    let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    assert_eq!(
        (last["level"].as_str(), last["msg"].as_str()),
        (Some("error"), Some("gantry-runtime: stage \"acme\" said no"))
    );
    assert!(last["time"].as_str().unwrap().ends_with('Z'), "{log}");
}

fn a_failure_is_logged_to_the_configured_file_too() {
    let scene = failing();
    let file = scene.path("own.log");
    let scene = scene.variable("LOG_FILE", file);
    let args = failing_with("--log T/log");
    scene.run("gantry-runtime", &args).assert_failed(REASON);
    for name in ["log", "own.log"] {
        assert_eq!(scene.read(name).unwrap().matches("level=error").count(), 1, "{name}");
    }
}

fn a_log_that_cannot_be_opened_hides_nothing() {
    for log in ["T/bundle", "T/bundle/config.json/log", "/proc/none/log", "journald:x"] {
        let args = failing_with(&format!("--log {log}"));
        failing().run("gantry-runtime", &args).assert_failed(REASON);
    }
}

fn a_log_that_nobody_reads_hides_nothing() {
    let scene = failing();
    let made = Command::new("mkfifo").arg(scene.path("log")).status().unwrap();
    assert!(made.success());
    let args = failing_with("--log T/log");
    scene.run("gantry-runtime", &args).assert_failed(REASON);
}

fn a_closed_stderr_changes_nothing() {
    let args = failing_with("--log T/log");
    // A pipe without a reader.
    let scene = failing();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = scene.run_with("gantry-runtime", &words(&args), writer.into());
    assert_eq!((ran.status.code(), &ran.record), (Some(1), &None));
    assert_eq!(scene.read("log").unwrap().matches("said no").count(), 1);
    // None at all: the log, opened next, must not become stderr.
    for redirection in ["2>&-", "<&- >&- 2>&-"] {
        let command = format!("exec \"$@\" {redirection}");
        let scene = failing().before(&["sh", "-c", &command, "sh"]);
        let ran = scene.run("gantry-runtime", &args);
        assert_eq!((ran.status.code(), &ran.record), (Some(1), &None));
        assert_eq!(scene.read("log").unwrap().matches("said no").count(), 1);
    }
}

fn a_panic_is_one_line() {
    let scene = Scene::new().document("panic");
    let ran = scene.run("gantry-runtime", FAILING);
    let (stderr, line) = (&ran.stderr, ran.stderr.lines().count());
    assert!(
        stderr.starts_with("gantry-runtime: internal error, please report it: panicked at ")
            && stderr.ends_with("two\\nlines\n"),
        "{stderr}"
    );
    assert_eq!((line, ran.status.code(), ran.record), (1, Some(1), None));
}

fn a_bad_configuration_is_one_line() {
    let scene = Scene::new().variable("LOW_LEVEL", "broken");
    scene.run("gantry-runtime", FAILING).assert_failed("configuration:\\n\\u{1b}[31mline 1");
    scene.run("gantry-runtime", "state c1").assert_failed(
        "configuration:\\n\\u{1b}[31mline 1; without it: no low-level runtime is configured: \
         name at least one in `runtime.low-level`",
    );
    // What makes no container goes on without it, and says so in the log alone.
    let runc = scene.path("runc");
    let scene = scene.variable("FALLBACK", runc);
    scene.run("gantry-runtime", "--log T/log kill c1").assert_quiet();
    let log = scene.read("log").unwrap();
    assert!(
        log.contains("level=warning") && log.contains("since this makes no container"),
        "{log}"
    );
    scene.run("gantry-runtime", FAILING).assert_failed("configuration:\\n\\u{1b}[31mline 1");
    let none = Scene::new().variable("LOW_LEVEL", "");
    none.run("gantry-runtime", "state").assert_failed(
        "no low-level runtime is configured: name at least one in `runtime.low-level`",
    );
}

fn a_bad_command_line_is_one_line() {
    let scene = Scene::new();
    scene.run("gantry-runtime", "create --bundle").assert_failed("option --bundle needs a value");
    scene.run("gantry-runtime", "--new state create").assert_failed(
        "option \"--new\" is not known, so either \"state\" or \"create\" may be the subcommand: \
         write --new=state if \"state\" is its value",
    );
}

fn gantry_itself_is_refused() {
    for name in ["gantry-runtime", "T/gantry-runtime"] {
        let scene = Scene::new();
        let path = scene.path("gantry-runtime").display().to_string();
        let name = if name.contains('/') { path.clone() } else { name.to_owned() };
        let scene = scene.variable("LOW_LEVEL", &name);
        scene.run("gantry-runtime", "state").assert_failed(&format!(
            "low-level runtime {name:?} is Gantry itself ({path}): give the full path of the real one in `runtime.low-level`"
        ));
    }
}

fn what_cannot_be_executed_is_an_error() {
    let scene = Scene::new();
    // Written by another process: see `with_copy`.
    fs::remove_file(scene.path("runc")).unwrap();
    let script = "printf 'no program' > \"$0\" && chmod +x \"$0\"";
    let written = Command::new("sh").args(["-c", script]).arg(scene.path("runc")).status().unwrap();
    assert!(written.success());
    let path = scene.path("runc").display().to_string();
    scene.run("gantry-runtime", "state").assert_failed(&format!(
        "cannot execute low-level runtime {path} (no program of this machine, and no script with an interpreter): \
         Exec format error (os error 8)"
    ));
}

/// The real binary, as far as it goes without its pipeline.
fn the_binary_finds_runc() {
    let scene = Scene::new();
    let direct = scene.run("runc", "state c1");
    let wrapped = scene.run(env!("CARGO_BIN_EXE_gantry-runtime"), "state c1");
    wrapped.assert_quiet();
    assert_eq!(wrapped.record, direct.record);
}
