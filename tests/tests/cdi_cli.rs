//! `gantry cdi` as people and programs use it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use gantry_tests::golden::assert_golden;
use gantry_tests::scene::{Ran, Scene};
use serde_json::Value;

#[path = "cdi_cli/fixtures.rs"]
mod fixtures;
#[path = "cdi_cli/hostile.rs"]
mod hostile;
#[path = "cdi_cli/watch.rs"]
mod watch;

use fixtures::{DIRS, DOCUMENT, LOW, NEWER, TOLERATED, TWICE, host};

/// Runs it with a file as its input.
fn run(scene: &Scene, line: &str, input: &str) -> Ran {
    let line = line.replace("DIRS", DIRS);
    let mut command = scene.command("gantry");
    command.arg("cdi").args(line.split_whitespace().map(|word| scene.expand(word)));
    if !input.is_empty() {
        fs::write(scene.path("input"), input).unwrap();
        command.stdin(File::open(scene.path("input")).unwrap());
    }
    scene.ran(&mut command)
}

/// Everything that a run says, as one text.
fn said(scene: &Scene, line: &str, ran: &Ran) -> String {
    let code = ran.code.unwrap();
    let text = format!("$ gantry cdi {line}\n{}", ran.stdout);
    let errors =
        if ran.stderr.is_empty() { String::new() } else { format!("stderr:\n{}", ran.stderr) };
    scene.normal(&format!("{text}{errors}exit {code}\n"))
}

/// A line each: what is typed, its input, and the exit status. What it prints is a golden file.
#[test]
#[rustfmt::skip] // a table: one line a case
fn answers() {
    for (name, line, input, code) in [
        ("list", "DIRS list", "", 0),
        ("list-alias", "list devs DIRS", "", 0),
        ("list-json", "DIRS list --format json", "", 0),
        ("list-yaml", "DIRS list --format yaml", "", 0),
        ("list-specs", "DIRS list specs", "", 0),
        ("list-specs-json", "DIRS list specs --format json", "", 0),
        ("list-specs-warn", "DIRS list specs --unknown-fields warn", "", 0),
        ("list-errors-warn", "--spec-dirs ../newer list errors --unknown-fields warn", "", 0),
        ("validate-dirs-warn", "--spec-dirs ../newer validate --unknown-fields warn", "", 0),
        ("list-vendors", "DIRS list vendors", "", 0),
        ("list-vendors-json", "DIRS list vendors --format json", "", 0),
        ("list-classes", "DIRS list classes", "", 0),
        ("list-classes-yaml", "DIRS list classes --format yaml", "", 0),
        ("list-dirs", "DIRS,../c/config.json list dirs", "", 0),
        ("list-dirs-json", "DIRS,../c/config.json list dirs --format json", "", 0),
        ("list-errors", "DIRS,../c/config.json list errors", "", 4),
        ("list-errors-json", "DIRS,../c/config.json list errors --format json", "", 4),
        ("list-errors-none", "--spec-dirs ${TMP}/good list errors", "", 0),
        ("list-nothing", "--spec-dirs ${TMP}/none list", "", 0),
        ("list-of-configuration", "list --format json", "", 0),

        ("show", "DIRS show acme.com/gpu=0", "", 0),
        ("show-shadow", "DIRS show acme.com/gpu=1", "", 0),
        ("show-json", "DIRS show acme.com/gpu=0 --format json", "", 0),
        ("show-yaml", "DIRS show acme.com/gpu=* --format yaml", "", 0),
        ("show-unresolved", "DIRS show acme.com/gpu=0 acme.com/gpu=2 twice.com/net=a newer.com/fpga=f no.com/kind=x gpu vendor.com/*=0", "", 3),
        ("show-unresolved-json", "DIRS show acme.com/gpu=2 twice.com/net=a newer.com/fpga=f no.com/kind=x gpu --format json", "", 3),

        ("inject", "DIRS inject --oci ${TMP}/c/config.json acme.com/gpu=0", "", 0),
        ("inject-glob", "DIRS inject --oci ${TMP}/c/config.json acme.com/gpu=*", "", 0),
        ("inject-stdin", "DIRS inject --oci - acme.com/gpu=1", "{ }", 0),
        ("inject-diff", "DIRS inject --oci ${TMP}/c/config.json --diff acme.com/gpu=0", "", 0),
        ("inject-diff-json", "DIRS inject --oci - --dry-run acme.com/gpu=1 --format json", DOCUMENT, 0),
        ("inject-annotations", "DIRS inject --oci - --from-annotations --diff", DOCUMENT, 0),
        ("inject-nothing", "DIRS inject --oci - --from-annotations --diff", "{}", 0),
        ("inject-unresolved", "DIRS inject --oci ${TMP}/c/config.json acme.com/gpu=0 twice.com/net=a", "", 3),
        ("inject-no-match", "DIRS inject --oci ${TMP}/c/config.json other.com/*=*", "", 3),
        ("inject-bad-annotation", "DIRS inject --oci ${TMP}/c/requests.json --from-annotations", "", 4),
        ("inject-broken", "DIRS inject --oci ${TMP}/c/broken.json acme.com/gpu=0", "", 4),
        ("inject-broken-stdin", "DIRS inject --oci - acme.com/gpu=0", "{", 4),
        ("inject-wrong-type", "DIRS inject --oci ${TMP}/c/wrong.json acme.com/gpu=0", "", 4),
        ("inject-not-there", "DIRS inject --oci ${TMP}/c/none.json acme.com/gpu=0", "", 1),
        ("inject-in-place-stdin", "DIRS inject --oci - --in-place acme.com/gpu=0", "{}", 2),

        ("resolve", "DIRS resolve acme.com/gpu=0", "", 0),
        ("resolve-facts", "DIRS resolve acme.com/gpu=0 --host-facts --format json", "", 0),
        ("resolve-yaml", "DIRS resolve acme.com/gpu=1 acme.com/gpu=* --format yaml", "", 0),
        ("resolve-unresolved", "DIRS resolve acme.com/gpu=7", "", 3),

        ("validate", "DIRS,../specs,../c/config.json validate", "", 4),
        ("validate-json", "DIRS validate --format json", "", 4),
        ("validate-warn", "validate ${TMP}/high/newer.yaml --unknown-fields warn", "", 0),
        ("validate-warn-json", "validate ${TMP}/high/newer.yaml --unknown-fields warn --format json", "", 0),
        ("validate-files", "validate ${TMP}/specs/notes.yaml ${TMP}/high/newer.yaml ${TMP}/none ${TMP}/c/broken.json", "", 4),
        ("validate-not-there", "validate ${TMP}/none ${TMP}/low/acme.json", "", 1),
        ("validate-notes-yaml", "validate ${TMP}/specs/notes.yaml --format yaml", "", 0),
        ("validate-stdin", "validate -", TWICE, 0),
        ("validate-stdin-json", "validate -", LOW, 0),
        ("validate-schema-none", "validate - --schema none", TOLERATED, 0),
        ("validate-schema-note", "validate -", TOLERATED, 0),
        ("validate-schema", "validate - --schema builtin", TOLERATED, 4),
        ("validate-schema-json", "validate - --schema builtin --format json", TOLERATED, 4),
        ("validate-schema-file", "validate - --schema ${TMP}/no-net.json", TWICE, 4),
        ("validate-schema-file-dirs", "--spec-dirs ../high validate --schema ../no-net.json", "", 4),
        ("validate-schema-not-there", "validate - --schema ${TMP}/none.json", TWICE, 1),
        ("validate-schema-broken", "validate - --schema ${TMP}/c/broken.json", TWICE, 1),
        ("list-errors-schema", "--spec-dirs ../high list errors --schema ../no-net.json", "", 4),
        ("write-schema", "write - --dir ${TMP}/out --schema ${TMP}/no-net.json", TWICE, 4),
        ("validate-stdin-as-json", "validate - --input-format json", TWICE, 4),
        ("validate-field", "validate -", "cdiVersion: '0.3.0'\nkind: a/b\ndevices: [{name: a, containerEdits: {env: [x]}}]", 4),

        ("write-invalid", "write - --dir ${TMP}/out", NEWER, 4),
        ("write-bad-name", "write - --dir ${TMP}/out --name ../x", TWICE, 2),
        ("write-two-notations", "write - --dir ${TMP}/out --name x.json --output-format yaml", TWICE, 2),
        ("write-not-there", "write ${TMP}/none --dir ${TMP}/out", "", 1),
        ("write-not-a-directory", "write - --dir ${TMP}/low/acme.json/x", TWICE, 1),
        ("remove-not-there", "remove twice.com-net --dir ${TMP}/none", "", 0),
        ("remove-bad-name", "remove a/b --dir ${TMP}/none", "", 2),

        ("configuration-not-there", "list --config ${TMP}/none.toml", "", 1),
    ] {
        let scene = host();
        let ran = run(&scene, line, input);
        assert_eq!(ran.code, Some(code), "{name}: {}{}", ran.stdout, ran.stderr);
        assert_golden(&format!("cdi/{name}.txt"), &said(&scene, line, &ran));
        if line.contains("--format json") {
            serde_json::from_str::<Value>(&ran.stdout).unwrap();
        }
    }
}

/// What is written is there at once, readable by all, and can be read; removed, it is gone.
#[test]
fn what_is_written_is_found_and_removed() {
    for (line, input, file) in [
        ("write -", TWICE, "twice.com-net.yaml"),
        ("write - --name x.json", TWICE, "x.json"),
        ("write - --name x --output-format json", TWICE, "x.json"),
        ("write - --name x.y", TWICE, "x.y.yaml"),
        ("write - --transient a/b --output-format json", TWICE, "twice.com-net_a_b.json"),
        ("write ${TMP}/low/acme.json --min-version", "", "acme.com-gpu.yaml"),
        ("write - --unknown-fields warn", NEWER, "newer.com-fpga.yaml"),
    ] {
        let scene = host();
        let dirs = "--spec-dirs ${TMP}/none,${TMP}/out";
        let ran = run(&scene, &format!("{dirs} {line}"), input);
        assert_eq!(
            (ran.code, scene.normal(&ran.stdout)),
            (Some(0), format!("${{TMP}}/out/{file}\n")),
            "{line}: {}",
            ran.stderr
        );
        let path = format!("out/{file}");
        assert_eq!(fs::metadata(scene.path(&path)).unwrap().permissions().mode() & 0o777, 0o644);
        let name = line.replace("${TMP}/low/", "").replace([' ', '/'], "_");
        assert_golden(&format!("cdi/files/{name}.txt"), &scene.read(&path).unwrap());
        let before = scene.fingerprint(&path);
        let again = run(&scene, &format!("{dirs} {line} --no-overwrite"), input);
        assert_eq!((again.code, &*again.stdout, scene.fingerprint(&path)), (Some(1), "", before));
        assert_eq!(run(&scene, &format!("{dirs} validate"), "").code, Some(0), "{line}");
        assert_eq!(run(&scene, &format!("{dirs} remove {file}"), "").code, Some(0), "{line}");
        assert_eq!(fs::read_dir(scene.path("out")).unwrap().count(), 0, "{line}");
    }
}

#[test]
fn in_place_changes_what_it_must_and_nothing_else() {
    let scene = host().mode("c/config.json", 0o640);
    let printed = run(&scene, "DIRS inject --oci ${TMP}/c/config.json acme.com/gpu=0", "").stdout;
    let ran = run(&scene, "DIRS inject --in-place --oci ${TMP}/c/config.json acme.com/gpu=0", "");
    assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (Some(0), "", ""));
    let written = scene.read("c/config.json").unwrap();
    assert_eq!(written, printed);
    assert!(written.contains("\"x-number\": 1.50") && written.contains("\"terminal\": false"));
    assert_eq!(
        fs::metadata(scene.path("c/config.json")).unwrap().permissions().mode() & 0o777,
        0o640
    );
    // Once more, and nothing is to be done: the file is not touched. With --diff it never is.
    for (line, code) in [
        ("acme.com/gpu=0", 0),
        ("--diff acme.com/gpu=1", 0),
        ("acme.com/gpu=1 acme.com/gpu=none", 3),
        ("acme.com/gpu=1 nowhere.com/a=b", 3),
    ] {
        let before = scene.fingerprint("c/config.json");
        let line = format!("DIRS inject --in-place --oci ${{TMP}}/c/config.json {line}");
        assert_eq!(run(&scene, &line, "").code, Some(code), "{line}");
        assert_eq!(scene.fingerprint("c/config.json"), before, "{line}");
    }
}

/// A device node that is not on the host: the edits before it are not made either.
#[test]
fn a_device_whose_edits_fail_leaves_nothing() {
    let spec = LOW.replace("/dev/null", "/dev/not-there");
    let scene = host().file("low/acme.json", &spec);
    let before = scene.fingerprint("c/config.json");
    for more in ["", "--in-place", "--diff"] {
        let line = format!("DIRS inject {more} --oci ${{TMP}}/c/config.json acme.com/gpu=0");
        let ran = run(&scene, &line, "");
        assert_eq!((ran.code, &*ran.stdout), (Some(1), ""), "{line}");
        assert_golden("cdi/inject-no-device-node.txt", &scene.normal(&ran.stderr));
        assert_eq!(scene.fingerprint("c/config.json"), before, "{line}");
    }
}

/// What is configured holds for this too, and what is said on the command line before it.
#[test]
fn unknown_fields_are_what_is_configured() {
    let scene = Scene::new().config("unknown-fields = \"warn\"").file("cdi/newer.yaml", NEWER);
    for (more, code) in [("", 0), ("--unknown-fields refuse", 3), ("--unknown-fields warn", 0)] {
        let ran = run(&scene, &format!("show newer.com/fpga=f {more}"), "");
        assert_eq!(ran.code, Some(code), "{more}: {}", ran.stderr);
    }
    assert_eq!(run(&scene, "show newer.com/fpga=f --spec-dirs ${TMP}/cdi", "").code, Some(3));
}

#[test]
fn a_broken_configuration_is_an_error_unless_it_is_not_needed() {
    let scene = host().config("[pipeline]\nordr = []");
    for (line, code) in [
        ("list", 1),
        ("show a/b=c", 1),
        ("validate", 1),
        ("remove x", 1),
        ("list --spec-dirs ${TMP}/low", 0),
        ("validate ${TMP}/low/acme.json", 0),
        ("remove x --dir ${TMP}/low", 0),
    ] {
        let ran = run(&scene, line, "");
        assert_eq!(ran.code, Some(code), "{line}: {}", ran.stderr);
        assert!(
            code == 0 || ran.stderr.contains("did you mean \"order\""),
            "{line}: {}",
            ran.stderr
        );
    }
}

/// The schema that is printed is the built-in one.
#[test]
fn the_schema_is_printed() {
    let scene = host();
    let ran = run(&scene, "schema", "");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    fs::write(scene.path("printed.json"), ran.stdout).unwrap();
    for (input, code) in [(TWICE, 0), (TOLERATED, 4)] {
        let says = |schema: &str| {
            let ran = run(&scene, &format!("validate - --schema {schema}"), input);
            assert_eq!(ran.code, Some(code), "{schema}: {}", ran.stderr);
            ran.stdout
        };
        assert_eq!(says("builtin"), says("../printed.json"));
    }
}

#[test]
fn help_teaches() {
    for command in
        ["", "list", "show", "inject", "resolve", "validate", "write", "remove", "watch", "schema"]
    {
        let ran = run(&host(), &format!("{command} --help"), "");
        let text = ran.stdout;
        assert!(ran.code == Some(0) && text.contains("Examples:\n"), "{command}: {text}");
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(110), "{command}: a line of {widest:?}");
    }
    let text = run(&host(), "--help", "").stdout;
    assert!(
        text.contains("Exit status:") && text.contains("3  a device does not resolve"),
        "{text}"
    );
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    for line in [
        "",
        "frob",
        "list nonsense",
        "show",
        "inject a/b=c",
        "inject --oci x",
        "resolve",
        "write",
        "remove",
        "list --format xml",
        "list --unknown-fields maybe",
        "write a --name b --transient c",
        "validate --input-format json",
        "list --spec-dirs",
    ] {
        let ran = run(&host(), line, "");
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""), "{line}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("--help") || ran.stderr.contains("Usage"),
            "{line}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_reader_that_is_gone_is_no_error() {
    for line in [
        "list",
        "list --format json",
        "list --format yaml",
        "show acme.com/gpu=0",
        "resolve acme.com/gpu=0",
        "inject --oci ${TMP}/c/config.json acme.com/gpu=0",
        "validate ${TMP}/low/acme.json",
        "--help",
        "write ${TMP}/low/acme.json --dir ${TMP}/out",
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let scene = host();
        let mut command = scene.command("gantry");
        command.args(["cdi", "--spec-dirs", &scene.expand("${TMP}/low")]);
        command.args(line.split_whitespace().map(|word| scene.expand(word)));
        command.stdout(writer).stderr(Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*stderr), (Some(0), ""), "{line}");
    }
}
