//! `gantry cdi` with files that anybody wrote, and input without end.

use std::fs::File;

use gantry_tests::scene::Scene;

use super::fixtures::{DOCUMENT, LOW, host};
use super::run;

/// Names, fields and values that would take a terminal over, from files that anybody wrote.
#[test]
fn hostile_text_is_escaped() {
    const EVIL: &str = "\u{1b}[2J\u{202e}\u{9b}31m\r";
    let quoted = serde_json::to_string(EVIL).unwrap();
    let spec = LOW
        .replace("\"hand\"", &quoted)
        .replace("\"GPU=0\"", &quoted.replacen('"', "\"GPU=", 1))
        .replace("\"y\"", &quoted);
    let scene = Scene::new()
        .file(&format!("evil/{EVIL}\n.json"), &spec)
        .file(
            &format!("evil/{EVIL}2.json"),
            &spec.replace("env", &format!("env{}", &quoted[1..quoted.len() - 1])),
        )
        .file(&format!("evil/{EVIL}3.yaml"), &format!("{EVIL}: 1"))
        .file("conflict/1.json", &spec)
        .file(&format!("conflict/{EVIL}.json"), &spec)
        .file("config.json", DOCUMENT);
    for line in [
        "list",
        "list specs",
        "list errors",
        "list dirs",
        "validate",
        "show acme.com/gpu=0",
        "show acme.com/gpu=5",
        "resolve acme.com/gpu=0",
        "show EVIL",
        "remove EVIL",
        "inject --diff --oci ${TMP}/config.json acme.com/gpu=0",
        "validate ${TMP}/EVIL",
        "inject --oci ${TMP}/EVIL acme.com/gpu=0",
        "write ${TMP}/EVIL",
        "--config EVIL list",
    ] {
        for format in ["text", "json", "yaml"] {
            for dirs in
                ["${TMP}/evil", "${TMP}/conflict", "${TMP}/evil,${TMP}/conflict,${TMP}/none"]
            {
                let mut command = scene.command("gantry");
                command.args(["cdi", "--spec-dirs", &scene.expand(dirs), "--format", format]);
                let words = line
                    .split_whitespace()
                    .map(|word| scene.expand(word).replace("EVIL", EVIL.trim_end()));
                let ran = scene.ran(command.args(words));
                for text in [&ran.stdout, &ran.stderr] {
                    let bad =
                        text.chars().find(|&c| c != '\n' && (c.is_control() || c == '\u{202e}'));
                    assert_eq!(bad, None, "{line} --format {format}: {text}");
                }
                assert!(ran.code.is_some(), "{line}");
            }
        }
    }
}

/// Input without end is refused, and without being kept.
#[test]
fn endless_input_is_refused() {
    for line in ["validate -", "write -", "inject --oci - acme.com/gpu=0", "validate /dev/zero"] {
        let scene = host();
        let mut command = scene.command("gantry");
        command.args(["cdi", "--spec-dirs", &scene.expand("${TMP}/low")]);
        command.args(line.split_whitespace()).stdin(File::open("/dev/zero").unwrap());
        let ran = scene.ran(&mut command);
        let all = ran.stdout + &ran.stderr;
        assert!(ran.code == Some(4) && all.contains("larger than"), "{line}: {all}");
    }
}

/// The wrapper does not believe specs that anybody can write; nor does this, unless it is told where.
#[test]
fn directories_of_the_configuration_must_be_trusted() {
    let scene = host().config("").mode("cdi/vendor.json", 0o666);
    let ran = run(&scene, "list errors", "");
    assert!(ran.code == Some(4) && ran.stdout.contains("chmod go-w"), "{ran:?}");
    assert_eq!(run(&scene, "list errors --spec-dirs ${TMP}/cdi", "").code, Some(0));
}
