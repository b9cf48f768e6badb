use super::patterns::matches;
use super::{Host, patterns, validate};
use crate::{Failure, Metadata, Mode, Modifier, View, Want, env, files};

#[test]
fn patterns() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("ACME_*", "ACME_TIER", true),
        ("ACME_*", "ACME_", true),
        ("ACME_*", "OTHER", false),
        ("ACME", "ACME_TIER", false),
        ("/dev/acme*", "/dev/acme-ctl", true),
        ("/dev/acme*", "/dev/acme/ctl", false),
        ("/opt/**", "/opt/a/b", true),
        ("/opt/*/b", "/opt/a/b", true),
        ("/opt/*/c", "/opt/a/b", false),
        ("/opt/*", "/opt/a/b", false),
        ("acme.com/*=*", "acme.com/accelerator=0", true),
        ("acme.com/*=*", "other.com/accelerator=0", false),
        ("**/b/*", "/a/é/b/c", true),
        ("*", "", true),
    ];
    for (pattern, text, expected) in table {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn mounts() {
    let listed = "/opt/acme/** => /opt/** : ro, rbind";
    #[rustfmt::skip] // one line a case
    let table: [(&str, &str, &str, &[&str], bool); 7] = [
        (listed, "/opt/acme/a", "/opt/a", &["ro", "bind"], true),
        (listed, "/opt/acme/a", "/opt/a", &[], false),
        (listed, "/opt/acme/a", "/opt/a", &["ro", "nodev"], false),
        (listed, "/opt/other", "/opt/a", &["ro"], false),
        (listed, "/opt/acme/a", "/etc/a", &["ro"], false),
        ("/opt/acme/** => /opt/**", "/opt/acme/a", "/opt/a", &["rw"], true),
        ("/opt/acme/**", "/opt/acme/a", "/opt/acme/a", &["ro"], false),
    ];
    for (pattern, source, destination, options, expected) in table {
        let wants = [Want::edit_mounts(pattern, "")];
        let covered = patterns::mount_wanted(&wants, source, destination, options);
        assert_eq!(covered, expected, "{pattern} {source} {destination} {options:?}");
    }
}

#[test]
fn device_nodes() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("/dev/acme*", "/dev/acme0", "/dev/x", "rwm", true),
        ("/dev/acme* : rw", "/dev/acme0", "/dev/x", "rw", true),
        ("/dev/acme* : rw", "/dev/acme0", "/dev/x", "rwm", false),
        ("/dev/null => /dev/acme*", "/dev/null", "/dev/acme0", "r", true),
        ("/dev/null => /dev/acme*", "/dev/null", "/dev/x", "r", false),
        ("/dev/null => /dev/acme*", "/dev/zero", "/dev/acme0", "r", false),
    ];
    for (pattern, host, path, permissions, expected) in table {
        let wants = [Want::edit_device_nodes(pattern, "")];
        let covered = patterns::node_wanted(&wants, host, path, Some(permissions));
        assert_eq!(covered, expected, "{pattern} {host} {path} {permissions}");
    }
}

#[test]
fn what_else_is_covered() {
    let wants = [
        Want::read_mounts("/a", ""),
        Want::read_mounts("/a/**", ""),
        Want::read_mounts("/b/**", ""),
        Want::edit_gids("44", ""),
        Want::edit_gids("100-200", ""),
    ];
    let below = |directory| patterns::below_wanted(&wants, "read.mounts", directory);
    assert_eq!([below("/a"), below("/b"), below("/b/c"), below("/")], [true, false, true, false]);
    let gid = |gid| patterns::gid_wanted(&wants, gid);
    assert_eq!([gid(44), gid(45), gid(100), gid(200), gid(201)], [true, false, true, true, false]);
}

/// Copies a variable, and reads what it did not want if told to.
struct Copy;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    greedy: bool,
    #[serde(default, rename = "inner")]
    _inner: Inner,
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    #[serde(rename = "names")]
    _names: Vec<String>,
}

impl Modifier for Copy {
    type Settings = Settings;
    const METADATA: Metadata = Metadata {
        name: "copy",
        version: "1.0.0",
        description: "copies",
        wants: &[
            Want::read_env("A", "reads"),
            Want::edit_env("B", "writes"),
            Want::read_files("etc:/acme/*", "reads"),
        ],
        settings_schema: None,
    };

    fn modify(_: Mode, settings: Settings) -> Result<(), Failure> {
        let value = env::get(View::Original, "A")?.unwrap_or_default();
        if settings.greedy {
            // Ignored, which must not hide it.
            let _ = env::get(View::Original, "SECRET");
        }
        let content = files::read("etc", "/acme/b", 1, 2)?;
        env::set("B", &(value + &String::from_utf8_lossy(&content)), "copied")?;
        Ok(())
    }
}

fn host() -> Host {
    Host::new().env("A=first").env("A=last").file("etc", "/acme/b", b"abcd")
}

#[test]
fn edits() {
    let edits = host().modify::<Copy>(Mode::Cdi, r#"{"greedy":false}"#).unwrap();
    assert_eq!(
        edits.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["env B=lastbc (copied)"]
    );
}

#[test]
fn an_ignored_refusal_fails_the_run() {
    let failure = host().modify::<Copy>(Mode::Cdi, r#"{"greedy":true}"#).unwrap_err();
    assert_eq!(failure.cause, "METADATA.wants has no read.env that covers `SECRET`");
}

#[test]
fn a_grant_can_be_withheld() {
    let host = host().without(&Copy::METADATA.wants[1]);
    let failure = host.modify::<Copy>(Mode::Cdi, r#"{"greedy":false}"#).unwrap_err();
    assert_eq!(
        failure.cause,
        "edit-env.set: not granted: METADATA.wants has no edit.env that covers `B`"
    );
}

#[test]
fn an_error_names_the_function() {
    let failure = Host::new().modify::<Copy>(Mode::Cdi, r#"{"greedy":false}"#).unwrap_err();
    assert_eq!(failure.cause, "host-files.read: absent: /acme/b is not there");
}

#[test]
fn without_a_host() {
    let error = env::get(View::Original, "A").unwrap_err();
    assert!(error.message.contains("testing::Host"), "{error}");
}

#[test]
fn settings() {
    assert!(validate::<Copy>(r#"{"greedy":true,"inner":{"names":["a"]}}"#).is_ok());
    #[rustfmt::skip] // one line a case
    let table = [
        (r#"{"greedy":1}"#, "greedy", "invalid type: integer `1`, expected a boolean"),
        (r#"{"greedy":true,"gready":true}"#, "gready", "unknown field `gready`, expected `greedy` or `inner`"),
        ("{}", "greedy", "missing field `greedy`"),
        (r#"{"greedy":true,"inner":{"nam":1}}"#, "inner.nam", "unknown field `nam`, expected `names`"),
        (r#"{"greedy":true,"inner":{"names":["a",2]}}"#, "inner.names[1]", "invalid type: integer `2`, expected a string"),
        ("[1", "[0]", "invalid type: integer `1`, expected a boolean"),
        (r#"{"greedy":true} x"#, "", "trailing characters"),
    ];
    for (text, key, message) in table {
        let problems = validate::<Copy>(text).unwrap_err();
        assert_eq!(
            (problems[0].key.as_str(), problems[0].message.as_str()),
            (key, message),
            "{text}"
        );
    }
}
