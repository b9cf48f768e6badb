//! `gantry config show --origin`, `enable` and `disable`, and `gantry explain --container` and `--list`. Goldens are in
//! `golden/operator`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use gantry_tests::golden::assert_golden;
use gantry_tests::programs::{example, installed, program, workspace};
use gantry_tests::scene::{Ran, Scene, document};
use gantry_tests::skips::skip;
use serde_json::Value;

const CONFIG: &str = "etc/config.toml";

/// The example vendor's drop-in, as shipped.
fn acme() -> Scene {
    let text = fs::read_to_string(workspace().join("examples/acme/50-acme.toml")).unwrap();
    let text = text.replace("/usr/lib/gantry/modifiers/acme.wasm", "${TMP}/acme.wasm");
    let scene = Scene::new().file("etc/conf.d/50-acme.toml", &text);
    fs::copy(example(), scene.path("acme.wasm")).unwrap();
    scene
}

#[track_caller]
fn refused(ran: &Ran, parts: &[&str]) {
    assert_eq!(ran.code, Some(1), "{}", ran.stdout);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "{part:?} is not in {}", ran.stderr);
    }
}

/// What differs from build to build: the example's digest, and what is said about compiling it.
fn normal(scene: &Scene, text: &str) -> String {
    let mut out = String::new();
    for line in scene.normal(text).lines() {
        match line.split_once("sha256:").filter(|_| !line.contains("until this is mended: ")) {
            Some((before, hash)) => {
                out.extend([before, "sha256:N", hash.get(64..).unwrap_or_default()]);
            }
            None if line.contains("until this is mended: ") => continue,
            None => out += line,
        }
        out.push('\n');
    }
    out
}

#[test]
fn every_value_has_an_origin() {
    let scene = acme().config(
        "[stages.acme]\nenabled = true\n[profiles.gold]\nlog.level = \"warn\"\n[profiles.gold.stages.acme.settings]\ntier = \"gold\"",
    );
    for (name, options) in [("origin", ""), ("origin-gold", "--profile gold")] {
        for format in ["toml", "json"] {
            let line = format!("config show --origin {options} --format {format}");
            let mut text = scene.normal(&scene.said(&line, 0));
            if format == "json" {
                text = without_other_stages(&text);
            }
            assert_golden(&format!("operator/{name}.{format}"), &text);
        }
    }
    let plain = scene.said("config show --profile gold", 0);
    assert!(plain.contains("level = \"warn\"\n"), "{plain}");
    let ran = scene.run("gantry", "config show --profile silver");
    refused(&ran, &["profile \"silver\" is not in", "known: gold"]);
}

/// The rows of all but the built-in stages that nothing here is about.
fn without_other_stages(text: &str) -> String {
    let mut rows: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let shown = ["mode", "cdi", "acme"];
    rows.retain(|row| {
        let key = row.get("key").and_then(serde_json::Value::as_array).into_iter().flatten();
        let mut key = key.filter_map(serde_json::Value::as_str);
        key.next() != Some("stages") || key.next().is_some_and(|stage| shown.contains(&stage))
    });
    serde_json::to_string_pretty(&rows).unwrap() + "\n"
}

#[test]
fn check_reads_all_profiles() {
    let scene = Scene::new().config(
        "[profiles.bad]\npipelin.order = []\n[profiles.good]\nlog.level = \"warn\"\n[profiles.odd.stages.cdi.settings]\nfoo = 1",
    );
    assert_golden("operator/check-profiles.txt", &scene.normal(&scene.said("config check", 1)));
    scene.said("config check --profile good", 0);
}

#[test]
fn enable_shows_asks_and_writes_one_key() {
    let scene = acme().config("# mine\n[log] # why\nlevel = \"warn\"\n");
    let before = scene.read(CONFIG).unwrap();
    let shown = scene.said("config enable acme --dry-run", 0);
    assert_golden("operator/enable-dry-run.txt", &normal(&scene, &shown));
    let shown = scene.said("config enable acme --dry-run --format json", 0);
    let mut shown: Value = serde_json::from_str(&shown).unwrap();
    let about = shown.get_mut("about").unwrap().as_object_mut().unwrap();
    let digest = about.insert("digest".into(), "sha256:N".into()).unwrap();
    assert!(digest.as_str().unwrap().starts_with("sha256:"), "{digest}");
    // That it is not compiled, with its digest.
    about.remove("problems");
    let shown = scene.normal(&(serde_json::to_string_pretty(&shown).unwrap() + "\n"));
    assert_golden("operator/enable-dry-run.json", &shown);
    assert_eq!(scene.read(CONFIG).unwrap(), before);
    let ran = scene.run("gantry", "config enable acme");
    refused(&ran, &["no terminal", "--yes"]);
    assert_eq!(scene.read(CONFIG).unwrap(), before);
    let scene = scene.mode(CONFIG, 0o600);
    scene.said("config enable acme --yes", 0);
    assert_eq!(scene.read(CONFIG).unwrap(), format!("{before}\n[stages.acme]\nenabled = true\n"));
    assert_eq!(fs::metadata(scene.path(CONFIG)).unwrap().permissions().mode() & 0o7777, 0o600);
    assert!(
        scene.said("config show", 0).contains("order = [\"hook-removal\", \"cdi\", \"acme\", ")
    );
    // Again is no change.
    let fingerprint = scene.fingerprint(CONFIG);
    let again = scene.said("config enable acme", 0);
    assert_eq!(again, "stage acme is already enabled; nothing was changed\n");
    assert_eq!(scene.fingerprint(CONFIG), fingerprint);
    scene.said("config disable acme", 0);
    assert_eq!(scene.read(CONFIG).unwrap(), format!("{before}\n[stages.acme]\nenabled = false\n"));
    let again = scene.said("config disable acme", 0);
    assert_eq!(again, "stage acme is not enabled; nothing was changed\n");
    // The vendor's package goes. Nothing fails, and what was enabled can still be disabled.
    fs::remove_file(scene.path("etc/conf.d/50-acme.toml")).unwrap();
    assert!(scene.said("config check", 0).contains("stages.acme: nothing defines the stage any"));
    let scene = scene.file(CONFIG, &format!("{before}\n[stages.acme]\nenabled = true\n"));
    refused(&scene.run("gantry", "config check"), &["no drop-in defines it", "disable acme"]);
    scene.said("config disable acme", 0);
    scene.said("config check", 0);
    let names = fs::read_dir(scene.path("etc")).unwrap().count();
    assert_eq!(names, 2, "something is left beside the file");
}

/// What a modifier asks for stands beside what it gets; what it does not get stands apart.
#[test]
fn enable_says_why_a_grant_is_wanted() {
    let scene = acme().config(
        "[stages.acme.grants.edit]\nenv = []\nmounts = [\"/opt/acme/a => /opt/acme/a : ro\"]",
    );
    let shown = scene.said("config enable acme --dry-run", 0);
    for part in [
        "    see the variables ACME_DEVICES\n      ACME_DEVICES: lists the requested accelerators\n",
        "    mount /opt/acme/a => /opt/acme/a : ro\n  it asks for more, which is not granted\n",
        "    edit.env ACME_TIER: tells the program its tier\n",
        "    edit.mounts /opt/acme/** => /opt/acme/** : ro: gives the files of the tier\n",
    ] {
        assert!(shown.contains(part), "{part:?} is not in {shown}");
    }
    // The file is not the one that is pinned: what it says counts for nothing.
    let pinned = format!("[stages.acme]\ndigest = \"sha256:{}\"", "0".repeat(64));
    let shown = acme().config(&pinned).said("config enable acme --dry-run", 0);
    assert!(shown.contains("see the variables ACME_DEVICES"), "{shown}");
    assert!(!shown.contains("lists the requested accelerators"), "{shown}");
}

#[test]
fn what_would_not_be_valid_is_not_written() {
    for (config, line, parts) in [
        (
            "",
            "config enable acne --yes",
            &["\"acne\" is no stage; known: mode, hook-removal, cdi, acme"][..],
        ),
        ("", "config disable mode", &["would not be valid", "\"mode\" is not enabled"]),
        (
            "[stages.acme]\nafter = \"gone\"",
            "config enable acme --yes",
            &["would not be valid", "\"gone\" is no stage"],
        ),
        (
            "[stages.own]\nmodifier = \"/m.wasm\"",
            "config enable own --yes",
            &["would not be valid", "the stage has no place"],
        ),
        (
            "[profiles.bad]\nx = 1",
            "config enable acme --yes",
            &["would not be valid in the profile bad", "unknown key \"x\""],
        ),
        ("a = = 1", "config enable acme --yes", &["not valid TOML"]),
    ] {
        let scene = acme().config(config);
        let before = scene.fingerprint(CONFIG);
        refused(&scene.run("gantry", line), parts);
        assert_eq!(scene.fingerprint(CONFIG), before, "{line}");
    }
}

/// Where there is no file: it is made, for all to read, in the place of whoever asks.
#[test]
fn enable_makes_the_file() {
    let scene = acme();
    fs::remove_file(scene.path(CONFIG)).unwrap();
    scene.said("config enable acme --yes", 0);
    assert_eq!(scene.read(CONFIG).unwrap(), "[stages.acme]\nenabled = true\n");
    assert_eq!(fs::metadata(scene.path(CONFIG)).unwrap().permissions().mode() & 0o7777, 0o644);
    let ran = scene.run("gantry", "config enable cdi --config ${TMP}/new/config.toml");
    assert_eq!(ran.stdout, "stage cdi is already enabled; nothing was changed\n");
    scene.said("config disable cdi --config ${TMP}/new/config.toml", 0);
    assert_eq!(scene.read("new/config.toml").unwrap(), "[stages.cdi]\nenabled = false\n");
}

#[test]
fn a_link_stays_one() {
    let scene = acme();
    fs::rename(scene.path(CONFIG), scene.path("etc/real")).unwrap();
    symlink("real", scene.path(CONFIG)).unwrap();
    scene.said("config enable acme --yes", 0);
    assert!(fs::symlink_metadata(scene.path(CONFIG)).unwrap().is_symlink());
    assert!(scene.read("etc/real").unwrap().contains("[stages.acme]\nenabled = true\n"));
}

/// On a terminal of its own, which `script` makes.
#[test]
fn a_person_is_asked() {
    let Some(script) = installed("script") else {
        return skip("operator_cli::a_person_is_asked", "`script` (util-linux) is not there");
    };
    for (answer, code, enabled) in
        [("y", 0, true), ("n", 1, false), ("", 1, false), ("yes", 0, true)]
    {
        let scene = acme();
        let gantry = program("gantry");
        let line = format!(
            "printf '{answer}\\n' | {} -qec '{} config enable acme' /dev/null",
            script.display(),
            gantry.display()
        );
        let mut command = Command::new("/bin/sh");
        let gantry = scene.command("gantry");
        command.envs(gantry.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["-c", &line]);
        let ran = scene.ran(&mut command);
        assert_eq!(ran.code, Some(code), "{answer}: {}", ran.stdout);
        assert!(ran.stdout.contains("Enable acme? [y/N] "), "{answer}: {}", ran.stdout);
        let is_enabled = scene.read(CONFIG).unwrap().contains("[stages.acme]");
        assert_eq!(is_enabled, enabled, "{answer}");
    }
}

const JOURNAL: &str = "[journal]\ndir = \"${TMP}/journal\"\n";

/// What of a record differs from run to run, beside its times.
const VARYING: &[&str] = &["unix-time", "time", "gantry"];

/// A record without what differs from run to run.
fn steady(scene: &Scene, text: &str) -> String {
    let mut out = String::new();
    for line in scene.normal(text).lines() {
        let indent = line.len() - line.trim_start().len();
        let key = line.trim_start().split_once("\": ").map(|(key, _)| key.trim_start_matches('"'));
        match (key, line.find(" µs)")) {
            (Some(key), _) if key.ends_with("micros") || VARYING.contains(&key) => {
                out.extend([" ".repeat(indent).as_str(), "\"", key, "\": N,"]);
            }
            (_, Some(end)) => {
                let start = line.get(..end).and_then(|line| line.rfind(' ')).unwrap();
                out.extend([line.get(..start).unwrap(), " N", line.get(end..).unwrap()]);
            }
            _ if line.starts_with("time: ") => out += "time: N",
            _ => out += line,
        }
        out.push('\n');
    }
    out
}

#[test]
fn a_record_is_shown_as_explain_does() {
    let secret = document("vendor.com/dev=s");
    let spec = r#"{"cdiVersion":"0.6.0","kind":"vendor.com/dev","devices":[{"name":"s","containerEdits":{"env":["API_TOKEN=hunter22","TIER=gold"]}},{"name":"x","containerEdits":{"env":["X=1"]}}]}"#;
    for (name, text, code) in [
        ("device", document("vendor.com/dev=x"), 0),
        ("nothing", document("void"), 0),
        ("failed", document("vendor.com/dev=none"), 1),
        ("secret", secret, 0),
    ] {
        let scene = Scene::new()
            .config(JOURNAL)
            .file("cdi/vendor.json", spec)
            .file("bundle/config.json", &text);
        assert_eq!(scene.create().code, Some(code), "{name}");
        for format in ["text", "json"] {
            let shown = scene.said(&format!("explain --container c1 --format {format}"), code);
            assert!(!shown.contains("hunter22"), "{shown}");
            assert_golden(&format!("operator/record-{name}.{format}"), &steady(&scene, &shown));
        }
        let elsewhere = Scene::new();
        let from = scene.path("journal");
        let line = format!("explain --container c1 --journal-dir {}", from.display());
        assert_eq!(elsewhere.said(&line, code), scene.said("explain --container c1", code));
    }
}

#[test]
fn records_are_listed() {
    let scene = Scene::new().config(JOURNAL);
    for (id, request) in [("a", "void"), ("b", "vendor.com/dev=x"), ("c", "vendor.com/dev=none")] {
        let scene = &scene;
        fs::write(scene.path("bundle/config.json"), document(request)).unwrap();
        let _fails_for_one =
            scene.run("gantry-runtime", &format!("create --bundle ${{TMP}}/bundle {id}"));
    }
    fs::write(scene.path("journal/broken.json"), "{").unwrap();
    let text = scene.said("explain --list", 0);
    let mut rows: Vec<String> = text
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            let (id, _time) = (words.next().unwrap(), words.next().unwrap());
            format!("{id}: {}", words.collect::<Vec<_>>().join(" "))
        })
        .collect();
    rows.sort();
    assert_golden("operator/list.txt", &scene.normal(&(rows.join("\n") + "\n")));
    let json: serde_json::Value =
        serde_json::from_str(&scene.said("explain --list --format json", 0)).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 4, "{json}");
    assert!(json.as_array().unwrap().iter().all(|row| row["container"].is_string()), "{json}");
    fs::remove_dir_all(scene.path("journal")).unwrap();
    let ran = scene.run("gantry", "explain --list");
    refused(&ran, &["the journal cannot be read", "--journal-dir"]);
    assert_eq!(ran.stderr.matches("No such file").count(), 1, "{}", ran.stderr);
}

/// Neither an ID nor a record leads anywhere, waits, or does anything to the terminal.
#[test]
fn hostile_ids_and_records_are_only_text() {
    let scene = Scene::new().config(JOURNAL).file("journal/x", "");
    for id in ["../../etc/passwd", "..", ".", "/etc/passwd", "", "none"] {
        let mut command = scene.command("gantry");
        refused(&scene.ran(command.args(["explain", "--container", id])), &["there is no record"]);
    }
    let record = r#"{"gantry":"\u001b[2J","container":"\u202ec","unix-time":18446744073709551615,"mode":"new","stages":[{"stage":"\u001bs","modifier":"\nm","micros":1,"outcome":{"ended":"skipped","cause":"\u001bc"},"log":[{"level":"\u001b","message":"\u001bl"}]}],"edits":[{"stage":"\u001bs","reason":"\u001br","source":{"spec":"/\u001b","device":"\u001bd"},"applied":true,"pointer":"/\u001b","before":null,"after":"\u001b"}]}"#;
    let scene = scene.file("journal/h.json", record).file("journal/\u{1b}[2J.json", record);
    for line in [
        "explain --container h",
        "explain --container h --format json",
        "explain --list",
        "explain --list --format json",
    ] {
        let text = scene.said(line, 0);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{line}: {text:?}");
    }
    symlink("h.json", scene.path("journal/link.json")).unwrap();
    fs::create_dir(scene.path("journal/dir.json")).unwrap();
    let deep = "[".repeat(100_000);
    let scene = scene
        .file("journal/deep.json", &deep)
        .file("journal/text.json", "hello")
        .file("journal/other.json", "{}");
    let fifo = scene.path("journal/fifo.json");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    for (id, says) in [
        ("link", "is a link"),
        ("dir", "is not a regular file"),
        ("fifo", "is not a regular file"),
        ("deep", "is no record of Gantry"),
        ("text", "is no record of Gantry"),
        ("other", "is no record of Gantry"),
    ] {
        refused(&scene.run("gantry", &format!("explain --container {id}")), &[says]);
    }
    assert_eq!(scene.said("explain --list", 0).matches("unreadable").count(), 6);
}

#[test]
fn without_a_journal_there_is_nothing_to_show() {
    let scene = Scene::new();
    for line in ["explain --list", "explain --container c1"] {
        refused(&scene.run("gantry", line), &["no journal is kept", "[journal]", "--journal-dir"]);
    }
    refused(&scene.run("gantry", "explain --journal-dir /x"), &["--container", "--list"]);
    for line in ["explain --list --container c1", "explain --container c1 --bundle x"] {
        assert_eq!(scene.run("gantry", line).code, Some(2), "{line}");
    }
}

/// What explain says of a profile is what its link does.
#[test]
fn explain_knows_profiles() {
    let scene = Scene::new().config("[profiles.off.pipeline]\norder = []");
    let with = scene.said("explain", 0);
    let without = scene.said("explain --profile off", 0);
    assert!(
        with.contains("vendor.com/dev=x") && without.contains("would stay as it is"),
        "{without}"
    );
}
