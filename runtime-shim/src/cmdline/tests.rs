use super::*;

/// Splits at spaces; `''` stands for an empty argument.
fn args(line: &str) -> Vec<&OsStr> {
    let arg = |arg| OsStr::new(if arg == "''" { "" } else { arg });
    line.split_whitespace().map(arg).collect()
}

/// What a line is read as: the path of the document, `other`, or an error.
fn read(line: &str) -> String {
    match parse(&args(line)).action {
        Ok(Action::Create(create)) => create.document.to_string_lossy().into_owned(),
        Ok(Action::Other) => "other".to_owned(),
        Err(error) => format!("error: {error}"),
    }
}

#[track_caller]
fn table(rows: &[(&str, &str)]) {
    for (line, expected) in rows {
        assert_eq!(read(line), *expected, "{line:?}");
    }
}

#[test]
fn which_subcommand() {
    table(&[
        ("", "other"),
        ("create", "config.json"),
        ("create c1", "config.json"),
        ("run -b /b c1", "/b/config.json"),
        ("--bundle=create", "other"),
        ("--bundle create", "other"),
        ("state create", "other"),
        ("start create", "other"),
        ("exec c1 create", "other"),
        ("exec create create", "other"),
        ("delete --force create", "other"),
        ("kill run KILL", "other"),
        ("restore --bundle /b c1", "other"),
        ("spec --bundle /b", "other"),
        ("mounts add create", "other"),
        ("help create", "other"),
        ("h run", "other"),
        ("info create", "other"),
        ("create create", "config.json"),
        ("create -b /b create", "/b/config.json"),
        ("create -b /b state", "/b/config.json"),
        ("Create -b /b c1", "other"),
    ]);
}

#[test]
fn options_before_the_subcommand() {
    table(&[
        ("--root create state c1", "other"),
        ("--root=create state c1", "other"),
        ("--log create state c1", "other"),
        ("--log-format create state c1", "other"),
        ("--criu create state c1", "other"),
        ("--rootless create state c1", "other"),
        ("--cgroup-manager create state c1", "other"),
        ("--log-level create state c1", "other"),
        ("-r create state c1", "other"),
        ("-l create state c1", "other"),
        ("-root create state c1", "other"),
        ("--cri create state c1", "other"),
        ("--debug create -b /b c1", "/b/config.json"),
        ("--debug=false create -b /b c1", "/b/config.json"),
        ("--systemd-cgroup create -b /b c1", "/b/config.json"),
        ("--systemd-log create -b /b c1", "/b/config.json"),
        ("-s create -b /b c1", "/b/config.json"),
        ("-sr /r create -b /b c1", "/b/config.json"),
        ("-sr/r create -b /b c1", "/b/config.json"),
        ("-v create -b /b c1", "/b/config.json"),
        ("--root /r --log /l --log-format json create -b /b c1", "/b/config.json"),
        ("--root state create -b /b c1", "/b/config.json"),
        ("-- create -b /b c1", "/b/config.json"),
        ("-- state create", "other"),
        ("--root", "other"),
        ("--log", "other"),
        ("--version", "other"),
        ("- create -b /b c1", "/b/config.json"),
    ]);
}

#[test]
fn unknown_options_before_the_subcommand() {
    let ambiguous = |option, word, creating| {
        let (option, word, creating) =
            (OsString::from(option), OsString::from(word), OsString::from(creating));
        format!("error: {}", CommandLineError::Ambiguous { option, word, creating })
    };
    table(&[
        ("--new create -b /b c1", "/b/config.json"),
        ("--new value create -b /b c1", "/b/config.json"),
        ("--new=state create -b /b c1", "/b/config.json"),
        ("--new=create state c1", "other"),
        ("-n value create -b /b c1", "/b/config.json"),
        ("-ns create -b /b c1", "/b/config.json"),
        ("--new create create", "config.json"),
        ("--new state c1", "other"),
        ("--new state c1 create", "other"),
        ("--new exec c1 create", "other"),
        ("--new --debug state create", "other"),
        ("---bundle create -b /b c1", "/b/config.json"),
        ("word create -b /b c1", "/b/config.json"),
        ("--new state create -b /b c1", &ambiguous("--new", "state", "create")),
        ("--new state --debug run -b /b c1", &ambiguous("--new", "state", "run")),
        ("--new state --newer value create", &ambiguous("--new", "state", "create")),
    ]);
}

#[test]
fn which_document() {
    table(&[
        ("create --bundle /b c1", "/b/config.json"),
        ("create -bundle /b c1", "/b/config.json"),
        ("create --b /b c1", "/b/config.json"),
        ("create -b /b c1", "/b/config.json"),
        ("create --bundle=/b c1", "/b/config.json"),
        ("create -bundle=/b c1", "/b/config.json"),
        ("create --b=/b c1", "/b/config.json"),
        ("create -b=/b c1", "/b/config.json"),
        ("create -b/b c1", "/b/config.json"),
        ("create -db /b c1", "/b/config.json"),
        ("create -db/b c1", "/b/config.json"),
        ("create --bun /b c1", "/b/config.json"),
        ("create -b=/foo/=bar c1", "/foo/=bar/config.json"),
        ("create --bundle /a/ c1", "/a/config.json"),
        ("create --bundle rel c1", "rel/config.json"),
        ("create --bundle ../b c1", "../b/config.json"),
        ("create --bundle '' c1", "config.json"),
        ("create --bundle= c1", "config.json"),
        ("create --not-bundle /b c1", "config.json"),
        ("create --", "config.json"),
        ("create -- -b /b", "config.json"),
        ("create -b /a -- -b /b", "/a/config.json"),
        ("create c1 -b /b", "/b/config.json"),
        ("create -b /a --bundle /b c1", "/b/config.json"),
        ("create --bundle /a --bundle= c1", "config.json"),
        ("create --bundle --pid-file c1", "--pid-file/config.json"),
        ("create --pid-file --bundle c1", "config.json"),
        ("create --pid-file /p -b /b c1", "/b/config.json"),
        ("create -p -b -b /b c1", "/b/config.json"),
        ("create -c -b -b /b c1", "/b/config.json"),
        ("create --console-socket -b -b /b c1", "/b/config.json"),
        ("create --pidfd-socket -b -b /b c1", "/b/config.json"),
        ("create --preserve-fds 3 -b /b c1", "/b/config.json"),
        ("create --no-pivot --no-new-keyring --no-subreaper -b /b c1", "/b/config.json"),
        ("create --new -b /b c1", "/b/config.json"),
        ("create --new value -b /b c1", "/b/config.json"),
        ("run --detach --keep -b /b c1", "/b/config.json"),
        ("-b create create", "create/config.json"),
        ("--bundle /a create c1", "/a/config.json"),
        ("--bundle /a create -b /b c1", "/b/config.json"),
        ("create --bundle", "error: option --bundle needs a value"),
        ("create -b", "error: option --bundle needs a value"),
        ("create -db", "error: option --bundle needs a value"),
        ("create c1 --pid-file", "error: option --pid-file needs a value"),
    ]);
}

#[test]
fn another_document() {
    let ambiguous = format!("error: {}", CommandLineError::AmbiguousConfig);
    table(&[
        ("create -b /b --config /c/other.json c1", "/c/other.json"),
        ("create -b /b --config other.json c1", "other.json"),
        ("create -b /b -f /c/other.json c1", "/c/other.json"),
        ("create -b /b -f/c/other.json c1", "/c/other.json"),
        ("create -b /b --config= c1", "/b/config.json"),
        ("create --config config.json c1", "config.json"),
        ("create -b /b --config config.json c1", &ambiguous),
    ]);
}

#[test]
fn help_makes_no_container() {
    table(&[
        ("create --help", "other"),
        ("create -h", "other"),
        ("create -?", "other"),
        ("create --usage", "other"),
        ("run -b /b --help", "other"),
        ("create -b /b --help=false c1", "/b/config.json"),
        ("create -b /b -- -h", "/b/config.json"),
        ("create --pid-file --help -b /b c1", "/b/config.json"),
        ("--help create -b /b c1", "/b/config.json"),
    ]);
}

#[test]
fn which_name() {
    let rows = [
        ("create -b /b c1", Some("c1")),
        ("create c1 -b /b", Some("c1")),
        ("create c1 c2", Some("c1")),
        ("create", None),
        ("create -b /b", None),
        ("create -- -b", Some("-b")),
        ("create --new value c1", Some("c1")),
        ("create --new c1", Some("c1")),
        ("create --new=value c1 c2", Some("c1")),
        ("create -b /b create", Some("create")),
    ];
    for (line, expected) in rows {
        match parse(&args(line)).action {
            Ok(Action::Create(create)) => {
                assert_eq!(create.id.as_deref(), expected.map(OsStr::new), "{line:?}");
            }
            other => panic!("{line:?} is read as {other:?}"),
        }
    }
}

#[test]
fn globals() {
    fn log(file: &str) -> Globals<'_> {
        Globals { log: Some(OsStr::new(file)), ..Globals::default() }
    }
    let json = Globals { log_format: Some(OsStr::new("json")), ..log("/l") };
    let rows = [
        ("state c1", Globals::default()),
        ("--log /l --log-format json state c1", json),
        ("--log=/l --log-format=json create c1", json),
        ("-log /l -log-format json create c1", json),
        ("-l/l --log-f json create c1", json),
        ("create --log /l --log-format json c1", json),
        ("--log /l create --log-format json --bundle", json),
        ("--log /k --log /l create c1", log("/l")),
        ("--log= state c1", log("")),
        ("exec c1 program --log /l", Globals::default()),
        ("state --log /l c1", Globals::default()),
        ("--debug state c1", Globals { debug: true, ..Globals::default() }),
        ("--debug=true state c1", Globals { debug: true, ..Globals::default() }),
        ("--debug --debug=false state c1", Globals::default()),
        (
            "-s --root /r kill c1",
            Globals { systemd_cgroup: true, root: Some(OsStr::new("/r")), ..Globals::default() },
        ),
        ("--new state create --log /l", Globals::default()),
    ];
    for (line, expected) in rows {
        assert_eq!(parse(&args(line)).globals, expected, "{line:?}");
    }
}

#[test]
fn any_bytes() {
    let bundle = OsStr::from_bytes(b"/b\xff\n=");
    let joined = OsStr::from_bytes(b"--bundle=/b\xff\n=");
    let rows: [&[&OsStr]; 3] = [
        &[OsStr::new("create"), OsStr::new("--bundle"), bundle],
        &[OsStr::new("create"), joined],
        &[OsStr::from_bytes(b"--\xfe"), OsStr::from_bytes(b"\xfd"), OsStr::new("create"), joined],
    ];
    for args in rows {
        match parse(args).action {
            Ok(Action::Create(create)) => assert_eq!(create.bundle, Path::new(bundle), "{args:?}"),
            other => panic!("{args:?} is read as {other:?}"),
        }
    }
}

#[test]
fn a_missing_bundle_is_the_current_directory() {
    let create =
        Create { id: Some("c1".into()), bundle: ".".into(), document: "config.json".into() };
    assert_eq!(parse(&args("create c1")).action, Ok(Action::Create(create)));
}
