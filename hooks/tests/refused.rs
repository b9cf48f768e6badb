//! What the kernel refuses: room, writing, and the system call that resolves paths in a root.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test program")]

mod scene;

use scene::{PROGRAM, Scene, run, skip};
use std::process::Command;

/// A root that nothing can be written to holds afterwards what it held before.
#[test]
fn a_full_disk_and_a_root_that_is_read_only() {
    const MOUNTED: &str = "mount --make-rprivate / && mount -t tmpfs -o mode=755,size=64k,nr_inodes=32 none rootfs \
        && mkdir -p rootfs/etc rootfs/dev rootfs/usr/local/cuda/compat \
        && : > rootfs/usr/local/cuda/compat/libcuda.so.999.1.1 && mknod rootfs/dev/nvidia0 c 195 0 && mkdir rootfs/lib";
    const LIST: &str = r"find rootfs -printf '%p %m %s %l\n'";
    const HOOKS: &[(&str, &str)] = &[
        ("create-symlinks", "create-symlinks --link a::/new/dir/x"),
        ("update-application-profile", "update-application-profile"),
        ("enable-cuda-compat", "enable-cuda-compat --host-driver-version 550.1"),
    ];
    const FULL: &[(&str, &str, &str)] = &[
        (
            "no inode",
            "i=0; while touch rootfs/lib/$i 2>/dev/null; do i=$((i+1)); done",
            "No space left",
        ),
        (
            "no room",
            "mkdir -p rootfs/etc/ld.so.conf.d rootfs/etc/nvidia/nvidia-application-profiles-rc.d; \
            cat /dev/zero > rootfs/lib/full 2>/dev/null; :",
            "No space left",
        ),
        ("read-only", "mount -o remount,ro rootfs", "Read-only file system"),
    ];
    if !rustix::process::geteuid().is_root() {
        skip("a full disk and a root that is read-only", "not root, and it needs mounts");
        return;
    }
    for (hook, line) in HOOKS {
        for (name, fill, why) in FULL {
            // A link needs no room.
            if (*hook, *name) == ("create-symlinks", "no room") {
                continue;
            }
            let scene = Scene::new(&[]);
            let script = format!(
                "cd {0} && {{ {MOUNTED}; }} && {{ {fill}; }} && {LIST} > before; {1} {line}; code=$?; \
                 {LIST} > after; cmp before after && test -s before && exit $code || exit 99",
                scene.text("@/bundle"),
                PROGRAM,
            );
            let mut command = Command::new("unshare");
            let outcome = run(command.args(["-m", "sh", "-c", &script]), scene.state().as_bytes());
            assert_eq!(
                outcome.code,
                Some(1),
                "{hook}: {name}: {} {}",
                outcome.stdout,
                outcome.stderr
            );
            let told = outcome.stderr;
            assert!(told.contains(hook) && told.contains(why), "{hook}: {name}: {told}");
        }
    }
}

/// A limit on the size of files is an error like a full disk, not the end with half a file left.
#[test]
fn a_limit_on_the_size_of_files() {
    const TEST: &str = "a limit on the size of files";
    let mut default = Command::new("env");
    if !default.args(["--default-signal=XFSZ", "true"]).status().is_ok_and(|done| done.success()) {
        return skip(TEST, "env cannot restore signals");
    }
    let scene = Scene::new(&["f /usr/local/cuda/compat/libcuda.so.999.1.1 x"]);
    let (outside, before) = (scene.outside(), scene.root());
    let mut command = Command::new("env");
    let script =
        format!("ulimit -f 0; exec {PROGRAM} enable-cuda-compat --host-driver-version 550");
    command.args(["--default-signal=XFSZ", "sh", "-c", &script]);
    let outcome = run(&mut command, scene.state().as_bytes());
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("File too large"), "{}", outcome.stderr);
    assert_eq!((scene.outside(), scene.root()), (outside, before));
}

/// Without `openat2`, as on old kernels and below some filters, and where it says for long that something
/// is renamed on the host: the same links, inside the root.
#[test]
fn without_openat2() {
    const TEST: &str = "without openat2";
    let mut works = Command::new("strace");
    if !works.args(["-f", "-o", "/dev/null", "true"]).output().is_ok_and(|out| out.status.success())
    {
        return skip(TEST, "strace is not installed, or may not trace");
    }
    let cases = [
        ("a::/usr/lib/x", Some("/in/x")),
        ("a::/usr/lib/new/x", Some("/in/new/x")),
        ("a::/away/x", None),
        ("a::/up/x", None),
        ("a::/round/x", None),
        ("a::/file/x", None),
    ];
    for error in ["ENOSYS", "EPERM", "EAGAIN:when=1..300"] {
        for (link, made) in cases {
            let scene = Scene::new(&[
                "l /usr/lib ../../../../../../in",
                "d /in",
                "l /away @/host",
                "l /up ../../host",
                "l /round round",
                "f /file a",
            ]);
            let outside = scene.outside();
            let mut command = Command::new("strace");
            command.args(["-f", "-o", "/dev/null", "-e", &format!("inject=openat2:error={error}")]);
            command.args([PROGRAM, "create-symlinks", "--link", link]);
            let outcome = run(&mut command, scene.state().as_bytes());
            let code = Some(i32::from(made.is_none()));
            assert_eq!(outcome.code, code, "{error}: {link}: {}", outcome.stderr);
            assert!(made.is_none_or(|path| scene.inside(path).is_symlink()), "{error}: {link}");
            assert_eq!(scene.outside(), outside, "{error}: {link}");
        }
    }
}
