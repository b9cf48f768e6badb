//! One behaviour, three implementations: the host's real files, the same for one run, and recorded ones.

use std::fs;
use std::os::unix::fs::symlink;

use super::{
    FileError, FileKind, HostFiles, MAX_READ, Opened, Pattern, Recorded, Root, glob, read_up_to,
};

/// The same files, on disk and in memory; `secret` lies outside the root.
fn all() -> (tempfile::TempDir, [Box<dyn HostFiles>; 3]) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    fs::create_dir_all(root.join("usr/lib")).unwrap();
    fs::write(dir.path().join("secret"), "outside").unwrap();
    fs::write(root.join("usr/lib/a.so.1"), "content").unwrap();
    fs::write(root.join("usr/lib/b.so"), "b").unwrap();
    let links = [
        ("/usr/lib/a.so", "a.so.1"),
        ("/lib", "usr/lib"),
        ("/absolute", "/usr/lib/a.so"),
        ("/up", "../../../../secret"),
        ("/loop", "loop"),
    ];
    let mut recorded =
        Recorded::new().file("/usr/lib/a.so.1", b"content").file("/usr/lib/b.so", b"b");
    for (path, target) in links {
        symlink(target, root.join(&path[1..])).unwrap();
        recorded = recorded.link(path, target);
    }
    let opened = Opened::new(&root).unwrap();
    (dir, [Box::new(Root::new(&root).unwrap()), Box::new(opened), Box::new(recorded)])
}

#[test]
fn links_are_followed_in_the_root_and_never_out_of_it() {
    let (_dir, all) = all();
    for files in all.iter().map(AsRef::as_ref) {
        for (path, resolved) in [
            ("/", Some("/")),
            ("/usr/lib/a.so.1", Some("/usr/lib/a.so.1")),
            ("/lib/a.so", Some("/usr/lib/a.so.1")),
            ("/absolute", Some("/usr/lib/a.so.1")),
            ("/up", None),
            ("/loop", None),
            ("/usr/lib/a.so/x", None),
            ("/none", None),
            ("/usr/../usr", None),
        ] {
            assert_eq!(files.resolve(path).ok().as_deref(), resolved, "{path} {files:?}");
        }
        assert_eq!(files.read("/absolute", 3, 99).unwrap(), b"tent");
        assert!(files.read("/up", 0, 99).is_err(), "{files:?}");
        assert!(files.read("/usr", 0, 99).is_err());
        assert_eq!(files.read("/lib/b.so", 1, 9).unwrap(), b"");
        assert_eq!(files.read("/lib/b.so", u64::MAX >> 1, 9).unwrap(), b"");
        assert!(matches!(files.read("/lib/b.so", 0, MAX_READ + 1), Err(FileError::Invalid { .. })));
        assert_eq!(files.names("/lib").unwrap(), ["a.so", "a.so.1", "b.so"]);
        assert_eq!(files.list("/lib").unwrap().last().unwrap().path, "/lib/b.so");
        assert!(files.list("/loop").is_err() && files.list("/up").is_err());
        assert_eq!(files.read_link("/lib").unwrap(), "usr/lib");
        assert!(files.read_link("/usr").is_err());
        assert_eq!(files.lstat("/lib/a.so").unwrap().kind, FileKind::Link);
    }
}

#[test]
fn several_paths_at_once_are_one_after_the_other() {
    let (dir, all) = all();
    let host = "/".as_ref();
    let hosts: [Box<dyn HostFiles>; 2] =
        [Box::new(Root::new(host).unwrap()), Box::new(Opened::new(host).unwrap())];
    let outside = dir.path().join("secret").to_str().unwrap().to_owned();
    let paths = [
        "/usr/lib/a.so.1",
        "/usr/lib/a.so",
        "/usr/lib/none",
        "/lib/b.so",
        "/lib",
        "/loop",
        "/loop/x",
        "/up",
        "/up/x",
        "/absolute/x",
        "/none/x",
        "/usr/lib/b.so/x",
        "/usr/lib/b.so",
        "/",
        "/usr//lib",
        "/usr/lib/../lib",
        "/usr/lib/",
        "usr",
        "",
        &outside,
        "/proc/self/root/usr",
    ];
    for files in all.iter().chain(&hosts) {
        let each: Vec<_> = paths.iter().map(|path| files.lstat(path)).collect();
        assert_eq!(files.lstats(&paths), each);
    }
}

#[test]
fn globs_find_what_matches_and_nothing_else() {
    let (_dir, all) = all();
    for files in all.iter().map(AsRef::as_ref) {
        for (pattern, expected) in [
            ("/usr/lib/*.so", &["/usr/lib/a.so", "/usr/lib/b.so"][..]),
            ("/lib/*.so.1", &["/lib/a.so.1"]),
            ("/usr/**/b.so", &["/usr/lib/b.so"]),
            ("/usr/*", &["/usr/lib"]),
            ("/usr/lib/b.so", &["/usr/lib/b.so"]),
            ("/none/*", &[]),
            ("/none", &[]),
            ("/", &["/"]),
            ("/*", &["/absolute", "/lib", "/loop", "/up", "/usr"]),
            // A link that a star matches is found, and not followed.
            ("/l*/b.so", &[]),
            ("/*/lib/b.so", &["/usr/lib/b.so"]),
            ("/*/*/a.so*", &["/usr/lib/a.so", "/usr/lib/a.so.1"]),
            ("/**.so", &["/usr/lib/a.so", "/usr/lib/b.so"]),
            ("/lib/**", &["/lib/a.so", "/lib/a.so.1", "/lib/b.so"]),
            ("/usr/lib/b.so/*", &[]),
        ] {
            let found = glob(files, &Pattern::parse(pattern).unwrap(), 100).unwrap();
            let paths: Vec<_> = found.iter().map(|entry| entry.path.as_str()).collect();
            assert_eq!(paths, expected, "{pattern} {files:?}");
        }
        for (pattern, most) in [
            ("/usr/lib/*", 1),
            ("/**", 6),
            ("usr/*", 99),
            ("/usr/../usr/*", 99),
            ("/*/../usr", 99),
            ("/usr//*", 99),
            ("/*/", 99),
        ] {
            let found = glob(files, &Pattern::parse(pattern).unwrap(), most);
            assert!(matches!(found, Err(FileError::Invalid { .. })), "{pattern} {found:?}");
        }
    }
}

#[test]
fn a_fifo_is_never_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let root = Root::new(dir.path()).unwrap();
    assert_eq!(root.lstat("/fifo").unwrap().kind, FileKind::Fifo);
    // Opening it for reading would wait for a writer for ever.
    assert!(root.read("/fifo", 0, 1).is_err());
}

#[test]
fn sonames_are_read_from_real_libraries() {
    let root = Root::new(std::path::Path::new("/")).unwrap();
    let candidates = [
        "/lib/x86_64-linux-gnu/libc.so.6",
        "/lib/aarch64-linux-gnu/libc.so.6",
        "/lib64/libc.so.6",
        "/usr/lib/libc.so.6",
    ];
    let path =
        candidates.into_iter().find_map(|path| root.resolve(path).ok()).expect("a C library");
    assert_eq!(super::soname(&root, &path).unwrap().as_deref(), Some("libc.so.6"));
    assert!(super::soname(&root, "/etc/passwd").is_err());
}

#[test]
fn more_than_one_read() {
    let content: Vec<u8> = (0..=u8::MAX).cycle().take(2 * MAX_READ + 5).collect();
    let of = |length: usize| Recorded::new().file("/x", &content[..length]);
    let lengths = [0, 1, MAX_READ - 1, MAX_READ, MAX_READ + 1, 2 * MAX_READ, 2 * MAX_READ + 5];
    for length in lengths {
        for most in lengths {
            let read = read_up_to(&of(length), "/x", most).unwrap();
            assert_eq!(read, content[..length.min(most)], "{most} of {length}");
        }
    }
    assert!(matches!(read_up_to(&of(1), "/y", 1), Err(FileError::Absent { .. })));
}

/// Whether two answers are the same, or fail for the same kind of reason.
fn same<T: PartialEq>(a: &Result<T, FileError>, b: &Result<T, FileError>) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => a == b,
        (Err(a), Err(b)) => std::mem::discriminant(a) == std::mem::discriminant(b),
        _ => false,
    }
}

/// Makes a directory, a file or a link below a directory, and the directories that it is in; nothing where
/// another thing is in the way. No link is followed: it may lead out.
fn make(below: &std::path::Path, path: &str, what: &str) {
    let mut at = below.to_path_buf();
    let mut elements = path.split('/').skip(1).peekable();
    while let Some(element) = elements.next() {
        at.push(element);
        let there = at.symlink_metadata();
        match (what, there) {
            (_, Ok(there)) if there.is_dir() => {}
            (_, Ok(_)) => return,
            _ if elements.peek().is_some() => fs::create_dir(&at).unwrap(),
            ("d", _) => fs::create_dir(&at).unwrap(),
            ("f", _) => fs::write(&at, "content").unwrap(),
            (target, _) => symlink(target, &at).unwrap(),
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Any tree of directories, files and links: what is remembered is what the kernel says each time.
    #[test]
    fn what_is_kept_open_answers_as_the_kernel(
        made in proptest::collection::vec(
            ("(/[abc]){1,3}", "(d|f|(/|[abc.]|\\.\\./)([abc]|/\\.\\.|/[abc]){0,3})"), 1..12,
        ),
        asked in proptest::collection::vec("(/[abc]){1,4}", 1..12),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for (path, what) in &made {
            make(dir.path(), path, what);
        }
        let (root, opened) = (Root::new(dir.path()).unwrap(), Opened::new(dir.path()).unwrap());
        for path in asked.iter().chain(&asked) {
            let tell = |files: &dyn HostFiles| {
                (files.lstat(path), files.resolve(path), files.names(path), files.read(path, 1, 9))
            };
            let (wanted, found) = (tell(&root), tell(&opened));
            proptest::prop_assert!(same(&wanted.0, &found.0), "{} {:?}", path, (&wanted, &found));
            proptest::prop_assert!(same(&wanted.1, &found.1), "{} {:?}", path, (&wanted, &found));
            proptest::prop_assert!(same(&wanted.2, &found.2), "{} {:?}", path, (&wanted, &found));
            proptest::prop_assert!(same(&wanted.3, &found.3), "{} {:?}", path, (&wanted, &found));
        }
    }
}

/// Who reads an error looks for the file on the host.
#[test]
fn an_error_told_from_outside_of_the_root() {
    let failed = |path: &str| FileError::Failed { path: path.into(), why: "denied".into() };
    for (root, path) in [("/", "/dev/x"), ("/run/driver", "/run/driver/dev/x"), ("/r/", "/r/dev/x")]
    {
        assert_eq!(failed("/dev/x").below(root), failed(path), "{root}");
    }
}
