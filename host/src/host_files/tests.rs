//! One behaviour, two implementations: the host's real files and recorded ones.

use std::fs;
use std::os::unix::fs::symlink;

use super::{FileError, FileKind, HostFiles, MAX_READ, Pattern, Recorded, Root, glob, read_up_to};

/// The same files, on disk and in memory; `secret` lies outside the root.
fn both() -> (tempfile::TempDir, Root, Recorded) {
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
    (dir, Root::new(&root).unwrap(), recorded)
}

#[test]
fn links_are_followed_in_the_root_and_never_out_of_it() {
    let (_dir, root, recorded) = both();
    for files in [&root as &dyn HostFiles, &recorded] {
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
    let (dir, root, recorded) = both();
    let host = Root::new("/".as_ref()).unwrap();
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
    for files in [&root as &dyn HostFiles, &recorded, &host] {
        let each: Vec<_> = paths.iter().map(|path| files.lstat(path)).collect();
        assert_eq!(files.lstats(&paths), each);
    }
}

#[test]
fn globs_find_what_matches_and_nothing_else() {
    let (_dir, root, recorded) = both();
    for files in [&root as &dyn HostFiles, &recorded] {
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
