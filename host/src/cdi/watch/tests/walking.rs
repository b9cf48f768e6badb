//! Looking a path up, and what cannot be watched on the way.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};

use super::walk::{Look, walk};
use super::*;

/// A folder with directories, files and links in it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("d/e")).unwrap();
    fs::write(root.join("f"), "").unwrap();
    for (link, target) in [
        ("link", "d"),
        ("up", "d/e/../../d"),
        ("loop", "loop"),
        ("lost", "nowhere/x"),
        ("d/far", "../link/./e"),
        ("long", &"x".repeat(300)),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    symlink(root.join("d/e"), root.join("absolute")).unwrap();
    // The kernel follows 40, and no more.
    for n in 0..41 {
        let target = if n == 0 { "d".to_owned() } else { format!("chain{}", n - 1) };
        symlink(target, root.join(format!("chain{n}"))).unwrap();
    }
    (folder, root)
}

#[test]
fn paths_lead_where_the_kernel_finds_them() {
    let (_folder, root) = folder();
    // The path, and the names that are looked up.
    for (path, wanted) in [
        ("d", "/:d"),
        ("d/e", "/:d /d:e"),
        ("./d//e/.", "/:d /d:e"),
        ("link", "/:link /:d"),
        ("link/e", "/:link /:d /d:e"),
        ("up", "/:up /:d /d:e /:d"),
        ("d/far", "/:d /d:far /:link /:d /d:e"),
        ("absolute", "/:absolute /:d /d:e"),
        ("f", "/:f"),
        ("f/x", "/:f"),
        ("none/x", "/:none"),
        ("lost", "/:lost /:nowhere"),
        ("long", &format!("/:long /:{}", "x".repeat(300))),
        ("d/e/x", "/:d /d:e /d/e:x"),
    ] {
        let path = root.join(path);
        let mut seen = Vec::new();
        let found = walk(&path, |at, name| {
            if let Ok(at) = at.strip_prefix(&root) {
                seen.push(format!("/{}:{}", at.display(), name.display()));
            }
            Ok(Look::Watched)
        });
        let real = path.canonicalize().ok().filter(|path| path.is_dir());
        assert_eq!(found.unwrap(), real, "{}", path.display());
        assert_eq!(seen.join(" "), wanted, "{}", path.display());
    }
    for (path, found) in [("loop", false), ("chain39", true), ("chain40", false)] {
        let path = root.join(path);
        assert_eq!(fs::metadata(&path).is_ok(), found, "{}", path.display());
        let walked = walk(&path, |_, _| Ok(Look::Watched)).unwrap();
        assert_eq!(walked.is_some(), found, "{}", path.display());
    }
}

#[test]
fn what_cannot_be_watched_is_an_error_only_where_it_can_be_passed() {
    let (_folder, root) = folder();
    for (path, fails) in [("d/e", true), ("d/none", true), ("d", false), ("f", false)] {
        let unreadable = |at: &Path, _: &OsStr| {
            let denied = || Look::Unreadable(io::Error::from(ErrorKind::PermissionDenied));
            Ok(if at == root.join("d") { denied() } else { Look::Watched })
        };
        assert_eq!(walk(&root.join(path), unreadable).is_err(), fails, "{path}");
    }
    let gone =
        |at: &Path, _: &OsStr| Ok(if at == root.join("d") { Look::Gone } else { Look::Watched });
    assert_eq!(walk(&root.join("d/e"), gone).unwrap(), None);
}

#[test]
fn permissions_that_come_are_hinted() {
    use std::os::unix::fs::PermissionsExt as _;
    if rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: root may read everything");
        return;
    }
    let mode = |path: PathBuf, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    // Cannot be read, or not even be passed: nothing changes there before the mode does.
    for (path, bits) in [("d", 0o300), ("d", 0o000), ("d/e", 0o000), ("d/e", 0o100)] {
        let (folder, root) = folder();
        mode(root.join(path), bits);
        let dirs = vec![root.join("d/e")];
        let watch = Watch::new(&dirs);
        if (path, bits) == ("d", 0o300) {
            let error = watch.err().unwrap().to_string();
            assert!(error.starts_with(&format!("cannot watch {}/d: ", root.display())), "{error}");
            mode(root.join(path), 0o700);
            continue;
        }
        let play =
            Play { folder: Some(folder), root, dirs, watch: watch.unwrap(), markers: Cell::new(0) };
        mode(play.root.join(path), 0o700);
        play.until("mode", |seen| seen.dirs.contains(&0));
        play.is_live(0);
    }
}
