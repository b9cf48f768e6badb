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
use scene::{Scene, skip};

const ROUNDS: u32 = 2000;

/// Calls `round` many times, while two paths of the root are exchanged all the time.
fn racing(scene: &Scene, swapped: [&str; 2], rounds: u32, mut round: impl FnMut()) {
    let [one, other] = swapped.map(|path| scene.inside(path));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                renameat_with(CWD, &one, CWD, &other, RenameFlags::EXCHANGE).unwrap();
            }
        });
        (0..rounds).for_each(|_| round());
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
        racing(&scene, ["/usr", "/swap"], ROUNDS, || {
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
    racing(&scene, ["/file", "/fifo"], ROUNDS, || {
        let handle = root.resolve(Path::new("/file")).unwrap();
        match open_regular(handle) {
            Ok(file) => assert_eq!(io::read_to_string(file).unwrap(), "a"),
            Err(error) => assert!(error.to_string().contains("not a regular file"), "{error}"),
        }
    });
}

/// The whole hook that mounts, and runs another program: whatever it makes of it, it ends, and in the root.
#[test]
fn update_ldcache() {
    const TEST: &str = "race::update_ldcache";
    if !rustix::process::geteuid().is_root() || !Path::new("/sbin/ldconfig").is_file() {
        return skip(TEST, "not root, or no ldconfig");
    }
    let pairs = [
        ["/etc", "/swap", "@/host/etc"],
        ["/etc/ld.so.conf.d", "/swap", "@/host/etc/ld.so.conf.d"],
        ["/etc/ld.so.conf.d", "/swap", "/usr/lib"],
        ["/etc/ld.so.conf", "/swap", "@/host/file"],
        ["/opt", "/swap", "@/host"],
    ];
    for [path, other, target] in pairs {
        let scene = Scene::new(&[
            "f /etc/ld.so.conf include /etc/ld.so.conf.d/*",
            "f /etc/ld.so.conf.d/a.conf /opt/lib",
            "d /opt/lib",
            "d /usr/lib",
            &format!("l {other} {target}"),
        ]);
        let (outside, mounted, mut done) = (scene.outside(), scene.mounts(), 0_u32);
        racing(&scene, [path, other], ROUNDS / 20, || {
            let outcome = scene.hook(&["update-ldcache", "--folder=/opt/lib", "--folder=/opt/gpu"]);
            let told = outcome.stderr;
            assert!(matches!(outcome.code, Some(0 | 1)), "{path} {target}: {told}");
            done += u32::from(outcome.code == Some(0));
        });
        assert_eq!(scene.outside(), outside, "{path} {target}");
        assert_eq!(scene.mounts(), mounted, "{path} {target}");
        assert!(done > 0, "{path} {target}: it never works");
        let left: Vec<_> =
            scene.root().into_keys().filter(|path| path.contains(".gantry-hook")).collect();
        assert!(left.is_empty(), "{path} {target}: {left:?}");
    }
}
