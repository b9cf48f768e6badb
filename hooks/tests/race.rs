//! Links of the image that are swapped while a hook works: it gets one or the other, inside the root.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test program")]

mod scene;

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gantry_hooks::container_root::{ContainerRoot, clean, open_regular, set_mode};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use scene::Scene;

const ROUNDS: u32 = 2000;

/// Calls `round` many times, while two paths of the root are exchanged all the time.
fn racing(scene: &Scene, swapped: [&str; 2], mut round: impl FnMut()) {
    let [one, other] = swapped.map(|path| scene.inside(path));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).unwrap();
            }
        });
        (0..ROUNDS).for_each(|_| round());
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn nothing_outside_changes() {
    // What the directory is swapped with: each leads to the host, if anybody lets it.
    for link in ["@/host", "../../host", "/proc/self/root/@/host", "../../../../../..@/host"] {
        let scene =
            Scene::new(&["d /usr/lib", "d /usr/etc", "f /usr/file a", &format!("l /swap {link}")]);
        let outside = scene.outside();
        let root = ContainerRoot::open(&scene.inside("")).unwrap();
        let (mut done, mut failed) = (0_u32, 0_u32);
        racing(&scene, ["/usr", "/swap"], || {
            let made =
                root.make_directory(Path::new("/usr/lib"), 0o755).and_then(|mut directory| {
                    directory.link(OsStr::new("x"), OsStr::new("a"))?;
                    directory.write(OsStr::new("y"), 0o600, b"a")?;
                    directory.keep();
                    Ok(())
                });
            let set =
                root.resolve(Path::new("/usr/file")).and_then(|handle| set_mode(handle, 0o640));
            // What is read is the image's.
            let read = root.resolve(&clean(Path::new("/usr/file")));
            if let Ok(file) = read.and_then(open_regular) {
                assert_eq!(io::read_to_string(file).unwrap(), "a");
            }
            for end in [made, set] {
                // What is renamed elsewhere on the host must not make a hook fail.
                let again =
                    end.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
                assert!(!again, "{end:?}");
                *(if end.is_ok() { &mut done } else { &mut failed }) += 1;
            }
        });
        assert_eq!(scene.outside(), outside, "{link}");
        assert_eq!(done + failed, 2 * ROUNDS);
        let left: Vec<_> =
            scene.root().into_keys().filter(|path| path.contains(".gantry-hook")).collect();
        assert!(left.is_empty(), "{link}: {left:?}");
    }
}

/// A file that is swapped with a FIFO: it is read, or refused, and never waited for.
#[test]
fn nothing_is_waited_for() {
    let scene = Scene::new(&["f /file a", "p /fifo"]);
    let root = ContainerRoot::open(&scene.inside("")).unwrap();
    racing(&scene, ["/file", "/fifo"], || {
        let handle = root.resolve(Path::new("/file")).unwrap();
        match open_regular(handle) {
            Ok(file) => assert_eq!(io::read_to_string(file).unwrap(), "a"),
            Err(error) => assert!(error.to_string().contains("not a regular file"), "{error}"),
        }
    });
}
