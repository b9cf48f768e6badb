//! The kernel's own file systems, as a runtime mounts them in a root: an image's link to them reaches neither
//! the host's messages nor the host's files. Needs root.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test program")]

mod scene;

use std::process::Command;

use scene::{PROGRAM, Scene, run, skip};

/// Mounts them in the root `$R`, runs the hook with `$@`, and says how it ended; then what a file of `/proc`
/// has for a mode, and how many of its mounts are left.
const SCRIPT: &str = r#"
set -eu
mkdir -p "$R/proc" "$R/sys"
mount -t proc proc "$R/proc"
mount -t sysfs sysfs "$R/sys"
mount -t tmpfs over "$R/sys/firmware"
before=$(cat /proc/self/mountinfo)
rc=0; "$@" < "$STATE" || rc=$?
echo "rc $rc"
stat -c %a /proc/filesystems
test "$before" = "$(cat /proc/self/mountinfo)" || echo "mounts changed"
"#;

/// The root, the hook with its arguments, its exit status, and what it says.
type Case = (&'static [&'static str], &'static str, i32, &'static str);

const CASES: &[Case] = &[
    (&["l /x /proc/filesystems"], "chmod --mode 777 --path /x", 1, "of the kernel's"),
    (&["l /x /sys/kernel"], "chmod --mode 700 --path /x", 1, "of the kernel's"),
    (&["l /x /proc/self/root/etc"], "chmod --mode 777 --path /x", 0, ""),
    (&["l /usr /sys/kernel"], "create-symlinks --link a::/usr/new/x", 1, "of the kernel's"),
    (&["l /usr /proc/1/root/usr"], "create-symlinks --link a::/usr/x", 1, "making its directory"),
    (
        &["l /usr/local/cuda/compat/libcuda.so.900.1 /proc/kmsg"],
        "enable-cuda-compat --host-driver-version 1",
        0,
        "",
    ),
    (&["l /etc/nvidia /sys/kernel", "c /dev/nvidia0 195 0"], "update-application-profile", 1, ""),
];

#[test]
fn are_left_alone() {
    const TEST: &str = "the kernel's file systems";
    if !can_mount() {
        return skip(TEST, "not root, or this machine refuses mounts");
    }
    for (lines, line, code, told) in CASES {
        let scene = Scene::new(lines);
        let outcome =
            with_kernels(&scene, &[&[PROGRAM], &*line.split(' ').collect::<Vec<_>>()].concat());
        let (stdout, stderr) = (outcome.stdout, outcome.stderr);
        assert_eq!(stdout, format!("rc {code}\n444\n"), "{line}: {stderr}");
        assert!(stderr.contains(told), "{line}: {stderr}");
    }
}

/// `update-ldcache` has no such file system at all, so it neither waits for one nor takes from it.
#[test]
fn are_not_there_for_ldconfig() {
    const TEST: &str = "the kernel's file systems: update-ldcache";
    let strace = Command::new("strace").args(["-qq", "true"]).output();
    if !can_mount() || !std::path::Path::new("/sbin/ldconfig").is_file() {
        return skip(TEST, "not root, no ldconfig, or this machine refuses mounts");
    }
    if !strace.is_ok_and(|done| done.status.success()) {
        return skip(TEST, "strace is not installed, or may not trace");
    }
    let scene = Scene::new(&[
        "d /opt/gpu",
        "f /etc/ld.so.conf include /proc/kmsg /proc/* /sys/kernel/* /etc/ld.so.conf.d/*",
        "l /etc/ld.so.conf.d/a /proc/kmsg",
        "f /etc/ld.so.conf.d/b /proc\n",
    ]);
    let opened = scene.text("@/opened");
    let strace =
        ["strace", "-f", "-qq", "-y", "-o", &opened, "-e", "trace=openat,openat2", PROGRAM];
    let outcome =
        with_kernels(&scene, &[&strace[..], &["update-ldcache", "--folder=/opt/gpu"]].concat());
    assert_eq!(outcome.stdout, "rc 0\n444\n", "{}", outcome.stderr);
    let opened = std::fs::read_to_string(opened).unwrap();
    let inside = scene.inside("/proc/");
    assert!(opened.contains("ld.so.conf"), "{opened}");
    assert!(!opened.contains(inside.to_str().unwrap()), "{opened}");
}

/// In a user namespace that got them from the one around it they cannot be taken away, and need not be.
#[test]
fn stay_in_a_user_namespace() {
    const TEST: &str = "the kernel's file systems: a user namespace";
    let tried = Command::new("unshare").args(["-Urm", "true"]).status();
    if !can_mount() || !std::path::Path::new("/sbin/ldconfig").is_file() {
        return skip(TEST, "not root, no ldconfig, or this machine refuses mounts");
    }
    if !tried.is_ok_and(|status| status.success()) {
        return skip(TEST, "this machine refuses user namespaces");
    }
    let scene = Scene::new(&["d /opt/gpu", "d /etc"]);
    let outcome =
        with_kernels(&scene, &["unshare", "-Urm", PROGRAM, "update-ldcache", "--folder=/opt/gpu"]);
    assert_eq!(outcome.stdout, "rc 0\n444\n", "{}", outcome.stderr);
    assert!(scene.inside("/etc/ld.so.cache").is_file());
}

fn with_kernels(scene: &Scene, program: &[&str]) -> scene::Outcome {
    let state = scene.folder.path().join("state.json");
    std::fs::write(&state, scene.state()).unwrap();
    let mut command = Command::new("env");
    command
        .arg(format!("R={}", scene.inside("").display()))
        .arg(format!("STATE={}", state.display()))
        .args(["unshare", "-m", "--propagation", "private", "sh", "-c", SCRIPT, "kernels"])
        .args(program);
    run(&mut command, b"")
}

fn can_mount() -> bool {
    let tried =
        Command::new("unshare").args(["-m", "mount", "-t", "proc", "proc", "/mnt"]).status();
    rustix::process::geteuid().is_root() && tried.is_ok_and(|status| status.success())
}
