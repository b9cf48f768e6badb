//! Hostile modifiers: each ends as the named error of its stage, within the stage's limits, and
//! leaves nothing behind. With `on-error = "skip"` the container starts without it.

use std::fs;

use gantry::modifier::Sandbox;
use gantry::pipeline::{Compiling, Components, check_settings};
use proptest::prelude::*;
use serde_json::json;

use crate::component::{Guest, HARMLESS, raw};
use crate::scene::{Scene, action, assert_plain};

const LOG: &str = r#"(import "gantry:modifier/log@0.1.0" "log" (func $log (param i32 i32 i32)))"#;
const SET: &str = r#"(import "gantry:modifier/edit-env@0.1.0" "set"
    (func $set (param i32 i32 i32 i32 i32 i32 i32)))"#;
const GET: &str = r#"(import "gantry:modifier/container-env@0.1.0" "get"
    (func $get (param i32 i32 i32 i32)))"#;
const LOOP: &str = "(loop $again br $again) unreachable";

const FUEL: &str = "limit exceeded: instructions (limits.fuel)";
const TIME: &str = "limit exceeded: time (limits.time)";
const MEMORY: &str = "limit exceeded: memory (limits.memory)";
const OBJECTS: &str = "limit exceeded: tables or instances (fixed)";
const STACK: &str = "limit exceeded: stack depth (fixed)";
const HOST_BYTES: &str = "limit exceeded: bytes passed to the host (limits.host-bytes)";
const TRAP: &str = "it trapped: ";
/// Much fuel and little time.
const LONG: &str = "fuel = 1_000_000_000_000\ntime = \"50ms\"";

/// A guest whose `modify` is this.
fn body(modify: &'static str) -> Guest {
    Guest { modify, ..HARMLESS }
}

/// A guest that fails with what these bytes at 2048 say.
fn failing(more: &'static str) -> Guest {
    Guest { modify: "i32.const 2048", more, ..HARMLESS }
}

#[rustfmt::skip]
fn guests() -> Vec<(&'static str, Guest, &'static str, &'static str)> {
    vec![
        ("an endless loop in start", Guest { more: "(func $f (loop $l br $l)) (start $f)", ..HARMLESS }, "", FUEL),
        ("an endless loop in the call", body(LOOP), "", FUEL),
        ("an endless loop in cabi_realloc", Guest { realloc: LOOP, ..HARMLESS }, "", FUEL),
        ("a long loop in start", Guest { more: "(func $f (loop $l br $l)) (start $f)", ..HARMLESS }, LONG, TIME),
        ("a long loop in the call", body(LOOP), LONG, TIME),
        ("a long loop over the host", Guest { imports: r#"(import "gantry:modifier/edit-env@0.1.0" "granted" (func $granted (param i32 i32) (result i32)))"#, ..body("(loop $l i32.const 4096 i32.const 9 call $granted drop br $l) unreachable") }, LONG, TIME),
        ("calls without end", body("local.get $mode local.get $text local.get $length call $modify"), "", STACK),
        ("calls without end in start", Guest { more: "(func $f call $f) (start $f)", ..HARMLESS }, "", STACK),
        ("a large memory at once", Guest { memory: "1024", ..HARMLESS }, "", MEMORY),
        ("the largest memory at once", Guest { memory: "65536", ..HARMLESS }, "", MEMORY),
        ("growing at once", body("i32.const 65000 memory.grow drop i32.const 1024"), "", MEMORY),
        ("growing step by step", body("(loop $l i32.const 1 memory.grow drop br $l) unreachable"), "", MEMORY),
        ("a large table", Guest { more: "(table 10000000 funcref)", ..HARMLESS }, "", OBJECTS),
        ("a growing table", Guest { more: "(table $t 1 funcref)", ..body("(loop $l ref.null func i32.const 1000 table.grow $t drop br $l) unreachable") }, "", OBJECTS),
        ("unreachable", body("unreachable"), "", TRAP),
        ("a division by zero", body("i32.const 1 i32.const 0 i32.div_u"), "", TRAP),
        ("a load beyond the memory", body("i32.const -4 i32.load"), "", TRAP),
        ("a call of nothing", Guest { more: "(table 1 funcref) (type $f (func (result i32)))", ..body("i32.const 0 call_indirect (type $f)") }, "", TRAP),
        ("a trap in start", Guest { more: "(func $f unreachable) (start $f)", ..HARMLESS }, "", TRAP),
        ("a million log lines", Guest { imports: LOG, ..body("(loop $l i32.const 1 i32.const 4096 i32.const 1 call $log br $l) unreachable") }, "", "limit exceeded: log lines (limits.log-lines)"),
        ("a long log line", Guest { imports: LOG, ..body("i32.const 1 i32.const 4096 i32.const 70000 call $log i32.const 1024") }, "", "limit exceeded: bytes of log lines (limits.log-bytes)"),
        ("a log line beyond the memory", Guest { imports: LOG, ..body("i32.const 1 i32.const -16 i32.const 1000 call $log i32.const 1024") }, "", TRAP),
        ("a log line that is not UTF-8", Guest { imports: LOG, more: r#"(data (i32.const 4096) "\ff\fe")"#, ..body("i32.const 1 i32.const 4096 i32.const 2 call $log i32.const 1024") }, "", TRAP),
        ("a log level that is none", Guest { imports: LOG, ..body("i32.const 9 i32.const 4096 i32.const 1 call $log i32.const 1024") }, "", TRAP),
        ("memory beyond the end", Guest { realloc: "i32.const 0x7ffffff0", ..HARMLESS }, "", TRAP),
        ("memory about the end of addresses", Guest { realloc: "i32.const -1", ..HARMLESS }, "", TRAP),
        ("a trap in cabi_realloc", Guest { realloc: "unreachable", ..HARMLESS }, "", TRAP),
        ("a result beyond the memory", body("i32.const 0x7ffffff0"), "", TRAP),
        ("a result at an odd place", body("i32.const 1025"), "", TRAP),
        ("a result of no kind", failing(r#"(data (i32.const 2048) "\07")"#), "", TRAP),
        ("a failure that is not UTF-8", failing(r#"(data (i32.const 2048) "\01\00\00\00\00\10\00\00\02\00\00\00") (data (i32.const 4096) "\ff\fe")"#), "", TRAP),
        ("a failure beyond the memory", failing(r#"(data (i32.const 2048) "\01\00\00\00\00\00\00\7f\02\00\00\00")"#), "", TRAP),
        ("a failure of 2 GiB", failing(r#"(data (i32.const 2048) "\01\00\00\00\00\10\00\00\00\00\00\80")"#), "", TRAP),
        ("a failure of 8 MiB", Guest { memory: "200", ..failing(r#"(data (i32.const 2048) "\01\00\00\00\00\10\00\00\00\00\80\00")"#) }, "", r"\u{0}\u{0}"),
        ("a failure of 8 MiB, 1 MiB allowed", Guest { memory: "200", ..failing(r#"(data (i32.const 2048) "\01\00\00\00\00\10\00\00\00\00\80\00")"#) }, "host-bytes = \"1MiB\"", HOST_BYTES),
        ("a failure with escape sequences", failing(r#"(data (i32.const 2048) "\01\00\00\00\00\10\00\00\0b\00\00\00\01\00\00\00\00\10\00\00\0b\00\00\00") (data (i32.const 4096) "a\n\1b[31mb\e2\80\ae")"#), "", r"a\u{a}\u{1b}[31mb\u{202e}; a\u{a}\u{1b}[31mb\u{202e}"),
        ("a long log line to the host", Guest { imports: LOG, memory: "200", ..body("i32.const 1 i32.const 4096 i32.const 0x800000 call $log i32.const 1024") }, "host-bytes = \"1MiB\"", HOST_BYTES),
        ("a list beyond the memory", Guest { imports: GET, ..body("i32.const 0 i32.const 4096 i32.const 0x10000000 i32.const 1024 call $get i32.const 1024") }, "", TRAP),
        ("a list longer than addresses", Guest { imports: GET, ..body("i32.const 0 i32.const 4096 i32.const -1 i32.const 1024 call $get i32.const 1024") }, "", TRAP),
        // 8 MiB of zeros are a million empty names.
        ("a million names", Guest { imports: GET, memory: "200", ..body("i32.const 0 i32.const 4096 i32.const 0x100000 i32.const 1024 call $get i32.const 1024") }, "", HOST_BYTES),
        ("an edit, then a trap", Guest { imports: SET, more: r#"(data (i32.const 4096) "ACME_X")"#, ..body("i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 2048 call $set unreachable") }, "", TRAP),
        ("an edit, then a loop", Guest { imports: SET, more: r#"(data (i32.const 4096) "ACME_X")"#, ..body("i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 2048 call $set (loop $l br $l) unreachable") }, "", FUEL),
        ("an edit in start", Guest { imports: SET, more: r#"(data (i32.const 4096) "ACME_X") (func $f i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 2048 call $set unreachable) (start $f)"#, ..HARMLESS }, "", TRAP),
        ("more edits than allowed", Guest { imports: SET, more: r#"(data (i32.const 4096) "ACME_X")"#, ..body("(loop $l i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 4096 i32.const 6 i32.const 2048 call $set br $l) unreachable") }, "", "1024 edits (limits.edits)"),
    ]
}

#[test]
fn a_hostile_modifier_is_its_stages_named_error() {
    for (case, guest, limits, expected) in guests() {
        expect(case, || Scene::of_bytes(&guest.component()).limit(limits), expected);
    }
}

/// Fails with that error and changes nothing; with `on-error = "skip"` it leaves that mark.
fn expect(case: &str, scene: impl Fn() -> Scene, expected: &str) {
    let error = scene().refused(case);
    assert!(error.contains(expected), "{case}: {error:?} does not have {expected:?}");
    let (cause, _) = scene().skipped(case);
    assert!(cause.contains(expected), "{case}: {cause:?} does not have {expected:?}");
}

/// The sandbox of the tests: a harmless guest goes through.
#[test]
fn a_harmless_guest_passes() {
    let scene = Scene::of_bytes(&HARMLESS.component());
    let (document, log) = scene.applied("harmless");
    assert_eq!((document, log.len()), (scene.document.clone(), 0));
}

const ENCODED: &str = r#"(component (import "NAME" (instance)))"#;

#[rustfmt::skip]
fn files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let import = |name: &str| raw(&ENCODED.replace("NAME", name));
    let probe = HARMLESS.component();
    let half = probe[..probe.len() / 2].to_vec();
    vec![
        ("nothing", Vec::new(), "not a modifier: "),
        ("garbage", b"\x7fELF and so on".repeat(9), "not a modifier: "),
        ("escape sequences", b"\x1b[2J\n\r\x1b]0;x\x07".repeat(9), "not a modifier: "),
        ("text", b"(component)".to_vec(), "not a modifier: "),
        ("a truncated file", half, "not a modifier: "),
        ("a header", probe[..8].to_vec(), "it does not export \"gantry:modifier/stage@0.1.0\""),
        ("a core module", raw("(module)"), "it is a core module; make it a component"),
        ("an empty component", raw("(component)"), "it does not export \"gantry:modifier/stage@0.1.0\""),
        ("WASI", import("wasi:cli/environment@0.2.0"), "it imports \"wasi:cli/environment@0.2.0\", which the contract"),
        ("a newer contract", import("gantry:modifier/container-env@0.9.0"), "it imports \"gantry:modifier/container-env@0.9.0\", which the contract"),
        ("a contract to come", import("gantry:modifier/container-env@1.1.0"), "which the contract"),
        ("no version", import("gantry:modifier/container-env"), "which the contract"),
        ("an interface of another", import("evil:modifier/container-env@0.1.0"), "which the contract"),
        ("an unknown interface", import("gantry:modifier/shell@0.1.0"), "it imports \"gantry:modifier/shell@0.1.0\", which the contract"),
        ("a bare function", raw(r#"(component (import "log" (func)))"#), "it imports \"log\", which the contract"),
        ("a function of another type", raw(r#"(component (import "gantry:modifier/log@0.1.0" (instance (export "log" (func (param "x" u64))))))"#), "gantry:modifier/log@0.1.0"),
        ("an unknown function", raw(r#"(component (import "gantry:modifier/log@0.1.0" (instance (export "shout" (func)))))"#), "gantry:modifier/log@0.1.0"),
        ("many instances", raw(&format!("(component (core module $m) {})", "(core instance (instantiate $m))".repeat(100))), OBJECTS),
        ("many memories", raw(&format!("(component (core module $m (memory 0)) {})", "(core instance (instantiate $m))".repeat(65))), OBJECTS),
    ]
}

#[test]
fn what_is_no_modifier_is_named() {
    for (case, bytes, expected) in files() {
        expect(case, || Scene::of_bytes(&bytes), expected);
    }
    let large = |scene: Scene| {
        fs::File::options()
            .write(true)
            .open(scene.path("modifier.wasm"))
            .unwrap()
            .set_len((64 << 20) + 1)
            .unwrap();
        scene
    };
    expect("a huge file", || large(Scene::of_bytes(b"")), "larger than 67108864 bytes");
    let gone = |scene: Scene| {
        fs::remove_file(scene.path("modifier.wasm")).unwrap();
        scene
    };
    expect("no file", || gone(Scene::of_bytes(b"")), "check the path and the permissions");
    let directory = || {
        let scene = gone(Scene::of_bytes(b""));
        fs::create_dir(scene.path("modifier.wasm")).unwrap();
        scene
    };
    expect("a directory", directory, "not a regular file");
}

#[test]
fn a_component_for_the_other_world_is_named() {
    let selector = Scene::new().modifier("builtin:mode");
    let error = selector.refused("the selector as a stage");
    assert!(error.contains("it does not export \"gantry:modifier/stage@0.1.0\""), "{error}");
    let scene = Scene::new().modifier("builtin:cdi").selector();
    let failed = scene.run().expect_err("a stage's modifier as the selector");
    let error = failed.error.to_string();
    assert_plain("a stage as the selector", &error);
    assert!(error.contains("it does not export \"gantry:modifier/selector@0.1.0\""), "{error}");
}

#[test]
fn a_modifiers_log_lines_are_plain() {
    for (case, text, expected) in [
        ("colours", "\u{1b}[31mred\u{1b}[0m", r"\u{1b}[31mred\u{1b}[0m"),
        ("a second line", "one\ntime=\"now\" level=error", r#"one\u{a}time="now" level=error"#),
        ("a return", "good\rbad", r"good\u{d}bad"),
        ("a bell and a title", "\u{7}\u{1b}]0;x\u{7}", r"\u{7}\u{1b}]0;x\u{7}"),
        ("turned round", "a\u{202e}b", r"a\u{202e}b"),
        ("C1 controls", "\u{9b}31m", r"\u{9b}31m"),
        ("a NUL", "a\u{0}b", r"a\u{0}b"),
    ] {
        let (_, log) =
            Scene::new().actions(false, &[action("log.log", &json!([text]))]).applied(case);
        assert_eq!(log[0], expected, "{case}");
    }
}

#[test]
fn a_hostile_check_of_settings_is_an_error_too() {
    for (case, validate, expected) in [
        ("a loop", LOOP, FUEL),
        ("a trap", "unreachable", TRAP),
        ("growing", "i32.const 65000 memory.grow", MEMORY),
        // A list of 2^28 problems.
        ("a long list", "i32.const 2048", TRAP),
        ("calls without end", "local.get $text local.get $length call $validate", STACK),
    ] {
        let more = r#"(data (i32.const 2048) "\01\00\00\00\00\00\00\00\00\00\00\10")"#;
        let scene = Scene::of_bytes(&Guest { validate, more, ..HARMLESS }.component());
        let (config, sandbox) = (scene.config(), Sandbox::new().unwrap());
        let stage = config.stage("probe").unwrap();
        let component = Compiling.component(&sandbox, &stage.modifier).unwrap();
        let error = check_settings(&sandbox, &component, stage).expect_err(case).to_string();
        assert!(error.contains(expected), "{case}: {error}");
    }
}

#[test]
fn an_import_cannot_be_called_while_settings_are_checked() {
    let validate = "i32.const 1 i32.const 4096 i32.const 1 call $log i32.const 1024";
    let scene = Scene::of_bytes(&Guest { imports: LOG, validate, ..HARMLESS }.component());
    let (config, sandbox) = (scene.config(), Sandbox::new().unwrap());
    let stage = config.stage("probe").unwrap();
    let component = Compiling.component(&sandbox, &stage.modifier).unwrap();
    let error = check_settings(&sandbox, &component, stage).expect_err("it may log").to_string();
    assert!(error.contains(TRAP), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_harm_the_host(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let sandbox = Sandbox::new().unwrap();
        prop_assert!(sandbox.compile(&bytes).is_err());
        let header = [b"\0asm\x0d\0\x01\0".as_slice(), &bytes].concat();
        let _either_way = sandbox.compile(&header);
    }

    #[test]
    fn damaged_components_never_harm_the_host(
        cut in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 0..4),
    ) {
        let mut bytes = HARMLESS.component();
        for (at, bit) in &flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if flips.is_empty() {
            bytes.truncate(cut.index(bytes.len()));
        }
        let run = Scene::of_bytes(&bytes).run();
        if let Err(failed) = run {
            assert_plain("damaged", &failed.error.to_string());
        }
    }
}
