use crate::testing::Host;
use crate::{Failure, Metadata, Mode, Modifier, Want, env, files};

/// Tells what it finds below `/a`.
struct Look;

impl Modifier for Look {
    type Settings = (String, String);
    const METADATA: Metadata = Metadata {
        name: "look",
        version: "1.0.0",
        description: "looks",
        wants: &[Want::read_files("acme:/a/**", "looks"), Want::edit_env("A", "tells")],
        settings_schema: None,
    };

    fn modify(_: Mode, (what, path): (String, String)) -> Result<(), Failure> {
        let entry = |entry: files::Entry| {
            let files::Entry { path, kind, mode, gid, size, major, minor, .. } = entry;
            format!("{path} {kind:?} {mode:o} {gid} {size} {major}:{minor}")
        };
        let told = match what.as_str() {
            "glob" => {
                let found = files::glob("acme", &path)?;
                found.into_iter().map(|entry| entry.path).collect::<Vec<_>>().join(" ")
            }
            "stat" => {
                let mut found = files::stat("acme", &[&path])?;
                found.pop().flatten().map(entry).unwrap_or_default()
            }
            "read" => String::from_utf8_lossy(&files::read("acme", &path, 0, 9)?).into_owned(),
            "read-link" => files::read_link("acme", &path)?,
            "resolve" => files::resolve("acme", &path)?,
            _ => files::soname("acme", &path)?.unwrap_or_default(),
        };
        Ok(env::set("A", &told, "")?)
    }
}

#[test]
fn host_files() {
    let host = Host::new()
        .file("acme", "/a/b/file", b"text")
        .library("acme", "/a/b/lib.so.1.2", "lib.so.1")
        .program("acme", "/a/b/tool")
        .link("acme", "/a/b/lib.so", "lib.so.1.2")
        .link("acme", "/a/away", "/elsewhere")
        .link("acme", "/a/gone", "nothing")
        .link("acme", "/a/round", "round")
        .link("acme", "/a/up", "../../../a/./b")
        .link("acme", "/short", "/a/b")
        .file("acme", "/elsewhere", b"")
        .directory("acme", "/a/empty")
        .char_device("acme", "/a/dev", (195, 255), 0o660, 44);
    #[rustfmt::skip] // one line a case
    let table = [
        ("glob", "/a/*", "/a/away /a/b /a/dev /a/empty /a/gone /a/round /a/up"),
        ("glob", "/a/up/lib*", "/a/b/lib.so /a/b/lib.so.1.2"),
        ("glob", "/short/f*", "/a/b/file"),
        ("glob", "/a/none/*", ""),
        ("stat", "/a/dev", "/a/dev FileKind::CharDevice 660 44 0 195:255"),
        ("stat", "/a/b/lib.so", "/a/b/lib.so FileKind::Link 777 0 10 0:0"),
        ("stat", "/short/file", "/a/b/file FileKind::File 644 0 4 0:0"),
        ("stat", "/a/b/tool", "/a/b/tool FileKind::File 755 0 0 0:0"),
        ("stat", "/a/empty", "/a/empty FileKind::Directory 755 0 0 0:0"),
        ("stat", "/a/none", ""),
        ("read", "/a/up/file", "text"),
        ("read", "/a/dev", "host-files.read: invalid: /a/dev is not a regular file"),
        ("read", "/a/away", "host-files.read: not granted: METADATA.wants has no read.files that covers `acme:/elsewhere`"),
        ("read-link", "/a/up", "../../../a/./b"),
        ("read-link", "/a/b/file", "host-files.read-link: invalid: /a/b/file is not a link"),
        ("resolve", "/a/b/lib.so", "/a/b/lib.so.1.2"),
        ("resolve", "/a/gone", "host-files.resolve: absent: /a/gone is not there"),
        ("resolve", "/a/round", "host-files.resolve: invalid: /a/round: too many links"),
        ("resolve", "/elsewhere", "host-files.resolve: not granted: METADATA.wants has no read.files that covers `acme:/elsewhere`"),
        ("soname", "/a/b/lib.so", "lib.so.1"),
        ("soname", "/a/b/file", ""),
    ];
    for (what, path, expected) in table {
        let told = match host.modify::<Look>(Mode::Cdi, &format!(r#"["{what}","{path}"]"#)) {
            Ok(edits) => edits[0].text.replacen("env A=", "", 1),
            Err(failure) => failure.cause,
        };
        assert_eq!(told, expected, "{what} {path}");
    }
}
