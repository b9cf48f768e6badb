//! A container whose own loader finds an injected library after `update-ldcache`, with real low-level
//! runtimes. Needs root, a runtime, a compiler and glibc.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test program")]

mod scene;

use std::fs;
use std::path::Path;
use std::process::Command;

use scene::{Outcome, PROGRAM, Scene, run, skip};

const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";
const LIBC: &str = "/lib/x86_64-linux-gnu/libc.so.6";
const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

/// The program, and it without a C library, which is what a compiler for glibc makes for musl's loader.
const APP: &str = r#"#include <stdio.h>
int gpus(void);
int main(void) { printf("%d GPUs\n", gpus()); return 0; }
"#;
const BARE_APP: &str = r#"
int gpus(void);
static long call(long number, long a, const char *b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
__attribute__((force_align_arg_pointer)) void _start(void) {
    char text[] = "? GPUs\n";
    text[0] = '0' + gpus();
    call(1, 1, text, 7);
    for (;;) call(231, 0, 0, 0);
}
"#;

/// The container runs a program that needs the library; no hook but that of the case.
const CONFIG: &str = r#"{"ociVersion":"1.0.2","root":{"path":"rootfs"},
    "process":{"cwd":"/","user":{"uid":0,"gid":0},"args":["/app"],"env":["LD_PRELOAD=/proc/self/cwd/evil.so"]},
    "mounts":[{"destination":"/proc","type":"proc","source":"proc"}],
    "linux":{"namespaces":[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}]},
    "hooks":{"createContainer":[HOOK]}}"#;

/// Builds a root with the library as a driver comes: by its full name only, in a folder of its own.
fn build(scene: &Scene, loader: &str, libc: &str) {
    let at = |path: &str| scene.text(path);
    fs::write(at("@/lib.c"), "int gpus(void) { return 8; }").unwrap();
    fs::write(at("@/app.c"), if loader == MUSL { BARE_APP } else { APP }).unwrap();
    let cc = |args: &[&str]| {
        let done = Command::new("cc").args(args).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let library = scene.inside("/opt/gpu/libgpu.so.1.2.3");
    let library = library.to_str().unwrap();
    cc(&["-shared", "-fPIC", "-Wl,-soname,libgpu.so.1", "-o", library, &at("@/lib.c")]);
    let app = scene.inside("/app");
    let (app, source) = (app.to_str().unwrap(), at("@/app.c"));
    if loader == MUSL {
        let named = format!("-Wl,-dynamic-linker,{loader}");
        cc(&["-nostdlib", "-fno-stack-protector", &named, "-o", app, &source, library]);
    } else {
        cc(&["-o", app, &source, library]);
        fs::copy(LIBC, scene.inside(libc)).unwrap();
    }
    fs::copy(loader, scene.inside(loader)).unwrap();
}

fn container(scene: &Scene, runtime: &str, options: &str, hook: &str) -> Outcome {
    let config = CONFIG.replace("HOOK", hook);
    fs::write(scene.folder.path().join("bundle/config.json"), config).unwrap();
    // crun refuses version 2 of cgroups beside version 1, though it is to use neither.
    let script = scene.text(&format!(
        "umount /sys/fs/cgroup/unified 2> /dev/null; exec {runtime} --root @/state {options} run --bundle @/bundle gantry-hook-loaders-{}",
        std::process::id(),
    ));
    run(Command::new("unshare").args(["-m", "sh", "-c", &script]).current_dir("/"), b"")
}

fn check(runtime: &str, options: &str) {
    let test = format!("loaders::{runtime}");
    if !rustix::process::geteuid().is_root() {
        return skip(&test, "not root");
    }
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !(there(runtime) && there("cc") && Path::new(LOADER).is_file() && Path::new(LIBC).is_file())
    {
        return skip(&test, &format!("no {runtime}, no compiler, or another glibc than Debian's"));
    }
    let hook = format!(
        r#"{{"path":{PROGRAM:?},"args":["nvidia-cdi-hook","update-ldcache","--folder","/opt/gpu"],"env":["NVIDIA_CTK_DEBUG=false"]}}"#
    );
    // The layout; where libc is. Debian's loader does not search `/lib64` by itself: only by the cache.
    let cases: [(&str, &[&str], &str, &str); 3] = [
        ("like Debian", &["f /etc/debian_version 12", "d /lib/x86_64-linux-gnu"], LOADER, LIBC),
        ("another", &[], LOADER, "/lib64/libc.so.6"),
        ("like Alpine", &["f /etc/alpine-release 3", "d /lib"], MUSL, ""),
    ];
    for (name, lines, loader, libc) in cases {
        if !Path::new(loader).is_file() {
            skip(&test, &format!("{name}: no {loader}"));
            continue;
        }
        let lines =
            [lines, &["d /lib64", "d /opt/gpu", "d /proc", "d /dev", "f /evil.so x"]].concat();
        let scene = Scene::new(&lines);
        build(&scene, loader, libc);
        let without = container(&scene, runtime, options, "");
        if without.code != Some(127) {
            let why = without.stderr.trim().to_owned();
            return skip(&test, &format!("{runtime} alone makes no container here: {why}"));
        }
        assert!(without.stderr.contains("libgpu.so.1"), "{name}: {}", without.stderr);
        // The second time is a container that is started again.
        for _ in 0..2 {
            let with = container(&scene, runtime, options, &hook);
            assert_eq!(
                (with.code, &*with.stdout),
                (Some(0), "8 GPUs\n"),
                "{name}: {}",
                with.stderr
            );
        }
        let link = fs::read_link(scene.inside("/opt/gpu/libgpu.so.1")).unwrap();
        assert_eq!(link, Path::new("libgpu.so.1.2.3"), "{name}");
    }
}

#[test]
fn runc() {
    check("runc", "");
}

#[test]
fn crun() {
    check("crun", "--cgroup-manager disabled");
}
