//! What an `ldconfig` that went over to the image could do: programs in its place say what they see, or
//! misbehave. Needs root, and a compiler that links statically.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test program")]

mod scene;

use std::fs;
use std::process::Command;

use scene::{Outcome, PROGRAM, Scene, run, skip};

/// What the program can reach: descriptors that are no pipe, variables, its number, the root, mounts,
/// devices, other roots, the network.
const LOOK: &str = r#"
    int others = 0, pipes = 0;
    for (int fd = 0; fd < 1024; fd++) {
        struct stat found;
        if (fstat(fd, &found) == 0) { if (S_ISFIFO(found.st_mode)) pipes++; else others++; }
    }
    char cwd[64] = "?";
    getcwd(cwd, sizeof cwd);
    struct stat root, up;
    stat("/", &root); stat("/..", &up);
    struct if_nameindex *interfaces = if_nameindex();
    int count = 0;
    while (interfaces && interfaces[count].if_index) count++;
    /* A /proc of its own, in namespaces of its own, would be a way to order the kernel about. */
    int proc = 0;
    if (fork() == 0) {
        int inner = 0;
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == 0 && fork() == 0)
            _exit(mount("p", "/opt", "proc", 0, 0) == 0 || access("/proc/sys", F_OK) == 0);
        wait(&inner);
        _exit(inner != 0);
    }
    wait(&proc);
    fprintf(stderr, "pipes %d others %d env %d pid %d cwd %s up %d marker %d host %d mount %d node %d chroot %d unshare %d network %d proc %d",
        pipes, others, environ[0] != 0, getpid(), cwd, root.st_ino == up.st_ino, access("/marker", F_OK) == 0,
        access(HOST, F_OK) == 0, mount("t", "/opt", "tmpfs", 0, 0) == 0, mknod("/node", S_IFCHR, makedev(1, 5)) == 0,
        chroot("/opt") == 0, unshare(CLONE_NEWNS) == 0, count, proc);
    return 3;
"#;

const LOOKED: &str = "pipes 3 others 0 env 0 pid 1 cwd / up 1 marker 1 host 0 mount 0 node 0 chroot 0 unshare 0 network 1 proc 0";

fn compile(scene: &Scene, body: &str) -> Option<String> {
    let (source, program) = (scene.text("@/program.c"), scene.text("@/program"));
    let headers = [
        "errno",
        "fcntl",
        "net/if",
        "sched",
        "signal",
        "stdio",
        "stdlib",
        "string",
        "sys/mount",
        "sys/stat",
        "sys/sysmacros",
        "sys/wait",
        "unistd",
    ];
    let headers: Vec<String> =
        headers.iter().map(|name| format!("#include <{name}.h>\n")).collect();
    let text = format!(
        "#define _GNU_SOURCE\n{}#define HOST \"{}\"\nextern char **environ;\nint main(int argc, char **argv) {{ {body} }}\n",
        headers.concat(),
        scene.text("@/host"),
    );
    fs::write(&source, text).unwrap();
    let compiled = Command::new("cc").args(["-static", "-w", "-o", &program, &source]).output();
    match compiled {
        Ok(done) if done.status.success() => Some(program),
        Ok(done) => panic!("{}", String::from_utf8_lossy(&done.stderr)),
        Err(_) => None,
    }
}

/// Runs the hook, by another program if one is named, with descriptors that its caller forgot, on a root with
/// a `/proc` as a runtime mounts it.
fn hook(scene: &Scene, by: &str, program: &str) -> Outcome {
    let root = scene.inside("").display().to_string();
    let line = format!(
        "mount -t proc proc {root}/proc && exec 7</ 8</etc/passwd 9<>/dev/null; exec {by} {PROGRAM} update-ldcache --folder /opt/gpu --ldconfig-path {program}"
    );
    run(Command::new("unshare").args(["-m", "sh", "-c", &line]), scene.state().as_bytes())
}

#[test]
fn confined() {
    if !rustix::process::geteuid().is_root() {
        return skip("ldconfig", "not root");
    }
    if !Command::new("unshare").args(["-mpnf", "true"]).status().is_ok_and(|s| s.success()) {
        return skip("ldconfig", "this machine refuses namespaces");
    }
    let cases = [
        ("looks", LOOK, LOOKED),
        ("hangs", "for (;;) pause();", "not done in time, killed"),
        ("leaves a child", "if (fork() == 0) for (;;) pause(); return 3;", "exit status: 3"),
        ("crashes", "__builtin_trap();", "signal: "),
        ("writes nothing", "return 0;", "reading what ldconfig wrote"),
        ("writes a FIFO", "mkfifo(argv[5], 0666); return 0;", "not a regular file"),
        ("writes a link", "return symlink(\"/marker\", argv[5]);", "not a regular file"),
        (
            "writes without end",
            "char part[65536] = {0}; int fd = open(argv[5], O_CREAT | O_WRONLY, 0666); while (write(fd, part, sizeof part) > 0); return 3;",
            "",
        ),
        (
            "takes memory",
            "for (int turn = 0; turn < 4096; turn++) { char *part = malloc(1 << 20); if (!part) return 3; memset(part, 1, 1 << 20); } return 0;",
            "exit status: 3",
        ),
        (
            "says much",
            "for (int turn = 0; turn < 100000; turn++) fprintf(stderr, \"a line that says very little \\x1b\\n\"); return 3;",
            "exit status: 3",
        ),
    ];
    for (name, body, told) in cases {
        let scene = Scene::new(&["f /marker x", "d /opt/gpu", "d /etc", "d /proc"]);
        let Some(program) = compile(&scene, body) else {
            return skip("ldconfig", "no compiler");
        };
        let (outside, before) = (scene.outside(), scene.root());
        let mounts = scene.mounts();
        let outcome = hook(&scene, "", &program);
        assert_eq!(outcome.code, Some(1), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(told), "{name}: {}", outcome.stderr);
        assert_eq!(outcome.stderr.lines().count(), 1, "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.len() < 8192, "{name}");
        assert_eq!(scene.outside(), outside, "{name}: changed outside");
        assert_eq!(scene.root(), before, "{name}");
        assert_eq!(scene.mounts(), mounts, "{name}: mounts");
    }
}

/// Nothing from the image is executed, even if the spec names it.
#[test]
fn the_images_own() {
    const TEST: &str = "ldconfig of the image";
    let ldconfig = std::path::Path::new("/sbin/ldconfig");
    if !rustix::process::geteuid().is_root() || !ldconfig.is_file() {
        return skip(TEST, "not root, or no ldconfig");
    }
    let scene = Scene::new(&["d /sbin", "d /opt/gpu", "d /etc", "d /proc"]);
    fs::copy(ldconfig, scene.inside("/sbin/ldconfig")).unwrap();
    std::os::unix::fs::symlink(scene.inside("/sbin/ldconfig"), scene.text("@/link")).unwrap();
    let before = scene.root();
    for program in ["@/bundle/rootfs/sbin/ldconfig", "@/link"] {
        let outcome = hook(&scene, "", &scene.text(program));
        assert_eq!(outcome.code, Some(1), "{program}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("in the root of the container"), "{}", outcome.stderr);
        assert_eq!(scene.root(), before, "{program}");
    }
}

/// Where `/` is a memory disk, as early in a boot, its root cannot be left: the container's is moved over it.
/// (No such machine is needed: the kernel's refusal is made.) What is confined is confined alike.
#[test]
fn confined_without_pivot_root() {
    const TEST: &str = "ldconfig without pivot_root";
    const STRACE: &str = "strace -f -qq -o /dev/null -e inject=pivot_root:error=EINVAL";
    if !rustix::process::geteuid().is_root() {
        return skip(TEST, "not root");
    }
    let traced = Command::new("sh").args(["-c", &format!("{STRACE} unshare -mpnf true")]).output();
    if !traced.is_ok_and(|done| done.status.success()) {
        return skip(TEST, "strace is not installed, or may not trace");
    }
    let scene = Scene::new(&["f /marker x", "d /opt/gpu", "d /etc", "d /proc"]);
    let Some(program) = compile(&scene, LOOK) else {
        return skip(TEST, "no compiler");
    };
    let (outside, before, mounts) = (scene.outside(), scene.root(), scene.mounts());
    let outcome = hook(&scene, STRACE, &program);
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(LOOKED), "{}", outcome.stderr);
    assert_eq!((scene.outside(), scene.root(), scene.mounts()), (outside, before, mounts));
    // And the host's own does its work.
    if !std::path::Path::new("/sbin/ldconfig").is_file() {
        return skip(TEST, "no ldconfig");
    }
    let outcome = hook(&scene, STRACE, "/sbin/ldconfig");
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(scene.inside("/etc/ld.so.cache").is_file());
}
