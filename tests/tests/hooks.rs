//! `gantry-hook` named by a CDI spec, injected by `gantry-runtime` and run by runc: afterwards the container's
//! own loader finds the injected libraries, and the driver's switch is off. Needs root, runc and a compiler.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use gantry_tests::programs::{installed, program};
use gantry_tests::scene::{Ran, Scene};
use gantry_tests::skips::{is_root, skip};
use serde_json::{Value, json};

const GLIBC: &str = "/lib64/ld-linux-x86-64.so.2";
const LIBC: &str = "/lib/x86_64-linux-gnu/libc.so.6";
const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

/// A driver: its libraries by their full names only, as files of the host, and the hooks that make them known.
const SPEC: &str = r#"{
  "cdiVersion": "0.6.0",
  "kind": "acme.com/card",
  "devices": [{ "name": "0", "containerEdits": { "env": ["CARD=0"] } }],
  "containerEdits": {
    "mounts": [
      { "hostPath": "${TMP}/driver/libgpu.so.550.1", "containerPath": "/opt/gpu/libgpu.so.550.1", "options": ["ro", "bind"] },
      { "hostPath": "${TMP}/driver/libcuda.so.550.1", "containerPath": "/opt/gpu/libcuda.so.550.1", "options": ["ro", "bind"] }
    ]
  }
}
"#;

/// As the reference's generator writes them.
const HOOKS: &[&[&str]] = &[
    &["create-symlinks", "--link", "libgpu.so.1::/opt/gpu/libgpu.so"],
    &["enable-cuda-compat", "--host-driver-version=550.1"],
    &["update-ldcache", "--folder", "/opt/gpu"],
    &["disable-device-node-modification"],
];

/// The container's program; and it without a C library, as a compiler for glibc makes it for musl's loader.
const APP: &str = r#"#include <stdio.h>
int gpus(void), cuda(void);
int main(void) { printf("%d GPUs, CUDA of %d\n", gpus(), cuda()); return 0; }
"#;
const BARE_APP: &str = r#"
int gpus(void), cuda(void);
static long call(long number, long a, const char *b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
__attribute__((force_align_arg_pointer)) void _start(void) {
    char text[] = "? GPUs, CUDA of ???\n";
    int version = cuda();
    text[0] = '0' + gpus();
    text[16] = '0' + version / 100;
    text[17] = '0' + version / 10 % 10;
    text[18] = '0' + version % 10;
    call(1, 1, text, 20);
    for (;;) call(231, 0, 0, 0);
}
"#;

/// What the image brings for newer versions of CUDA is used where the loader can be told so.
const NEWER: &str = "8 GPUs, CUDA of 560\n";
const DRIVERS: &str = "8 GPUs, CUDA of 550\n";

fn spec(with_hooks: bool) -> String {
    let mut spec: Value = serde_json::from_str(SPEC).unwrap();
    let hook = program("gantry-hook");
    let hooks = HOOKS.iter().filter(|_| with_hooks).map(|args| {
        let args: Vec<&str> = [&["nvidia-cdi-hook"], *args].concat();
        json!({ "hookName": "createContainer", "path": hook, "args": args, "env": ["NVIDIA_CTK_DEBUG=false"] })
    });
    spec["containerEdits"]["hooks"] = hooks.collect();
    spec.to_string()
}

fn document(args: &[&str]) -> Value {
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "terminal": false, "user": { "uid": 0, "gid": 0 }, "cwd": "/", "args": args,
            "env": ["PATH=/bin", "NVIDIA_VISIBLE_DEVICES=acme.com/card=0", "LD_PRELOAD=/proc/self/cwd/evil.so"],
        },
        "root": { "path": "rootfs" },
        "mounts": [{ "destination": "/proc", "type": "proc", "source": "proc" }],
        "linux": { "namespaces": [{ "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }] },
    })
}

/// A host with the driver and the spec, and a bundle without a root; or why this machine makes no container.
fn host(args: &[&str]) -> Result<Scene, String> {
    if !is_root() {
        return Err("runc needs root to make a container".to_owned());
    }
    let runc = installed("runc").ok_or("runc is not installed")?;
    for needed in ["unshare", "cc"] {
        installed(needed).ok_or_else(|| format!("{needed} is not installed"))?;
    }
    if !cfg!(target_arch = "x86_64") {
        return Err("the loaders are named for x86-64".to_owned());
    }
    let config =
        format!("[runtime]\nlow-level = [{runc:?}]\n[cdi]\nspec-dirs = [\"${{TMP}}/cdi\"]");
    let scene = Scene::new()
        .file("etc/config.toml", &config)
        .file("cdi/acme.json", &spec(false))
        .file("bundle/config.json", &document(args).to_string())
        .file("gpu.c", "int gpus(void) { return 8; }")
        .file("driver/cuda.c", "int cuda(void) { return VERSION; }")
        .file("bundle/rootfs/evil.so", "x");
    library(&scene, "gpu.c", "libgpu.so.1", "driver/libgpu.so.550.1", 0);
    library(&scene, "driver/cuda.c", "libcuda.so.1", "driver/libcuda.so.550.1", 550);
    Ok(scene)
}

fn cc(scene: &Scene, args: &str) {
    let args = args.split(' ').map(|arg| scene.expand(arg));
    let done = Command::new("cc").args(args).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn library(scene: &Scene, source: &str, soname: &str, to: &str, version: u32) {
    let options = "-shared -fPIC -nostdlib";
    cc(
        scene,
        &format!(
            "{options} -DVERSION={version} -Wl,-soname,{soname} -o ${{TMP}}/{to} ${{TMP}}/{source}"
        ),
    );
}

/// The image: a program that needs the driver's libraries, and a newer one of its own.
fn image(scene: &Scene, below: &str, loader: &str) {
    for folder in ["usr/local/cuda/compat", "proc", "dev"] {
        fs::create_dir_all(scene.path(below).join(folder)).unwrap();
    }
    let compat = format!("{below}/usr/local/cuda/compat/libcuda.so.560.1");
    library(scene, "driver/cuda.c", "libcuda.so.1", &compat, 560);
    let musl = loader == MUSL;
    fs::write(scene.path("app.c"), if musl { BARE_APP } else { APP }).unwrap();
    let options = if musl { "-nostdlib -fno-stack-protector" } else { "-Wall" };
    cc(
        scene,
        &format!(
            "{options} -Wl,-dynamic-linker,{loader} -o ${{TMP}}/{below}/app ${{TMP}}/app.c ${{TMP}}/driver/libgpu.so.550.1 ${{TMP}}/driver/libcuda.so.550.1"
        ),
    );
}

/// Copies what the host has at these paths to the same paths of the root.
fn copy(scene: &Scene, paths: &[&str]) -> Result<(), String> {
    for path in paths {
        let to = scene.path("bundle/rootfs").join(path.trim_start_matches('/'));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(path, to).map_err(|_| format!("no {path} to put into a root"))?;
    }
    Ok(())
}

/// Runs the container after these commands in mount namespaces of its own.
fn run(scene: &Scene, mounts: &str) -> Ran {
    let mut command = scene.command_with_mounts(mounts, &program("gantry-runtime")).unwrap();
    command.arg("--root").arg(scene.path("state")).arg("run").arg("--bundle");
    scene.ran(command.arg(scene.path("bundle")).arg(id(scene)))
}

/// A container's name, which no other test has.
fn id(scene: &Scene) -> String {
    let folder = scene.path("").components().next_back().map(|last| last.as_os_str().to_owned());
    format!("gantry-hooks-{}", folder.unwrap_or_default().display()).replace('.', "")
}

/// Without hooks the program does not start; with them it does, and again in a container that is started again.
fn check(test: &str, scene: &Scene, mounts: &str, root: &Path, expected: &str) {
    let without = run(scene, mounts);
    assert!(!without.stderr.contains("gantry-runtime:"), "{test}: {}", without.stderr);
    if without.code != Some(127) {
        let why = format!("runc makes no container here: {} {}", without.stdout, without.stderr);
        return skip(test, why.trim());
    }
    assert!(without.stderr.contains("libgpu.so.1"), "{test}: {}", without.stderr);
    fs::write(scene.path("cdi/acme.json"), scene.expand(&spec(true))).unwrap();
    for _ in 0..2 {
        let with = run(scene, mounts);
        assert_eq!((with.code, &*with.stdout), (Some(0), expected), "{test}: {}", with.stderr);
    }
    for (link, target) in [("libgpu.so", "libgpu.so.1"), ("libgpu.so.1", "libgpu.so.550.1")] {
        assert_eq!(
            fs::read_link(root.join("opt/gpu").join(link)).unwrap(),
            Path::new(target),
            "{test}"
        );
    }
}

#[test]
fn a_root_like_debians() {
    const TEST: &str = "hooks::a_root_like_debians";
    let made = host(&["/app"]).and_then(|scene| {
        copy(&scene, &[GLIBC, LIBC])?;
        Ok(scene.file("bundle/rootfs/etc/debian_version", "12\n"))
    });
    match made {
        Ok(scene) => {
            image(&scene, "bundle/rootfs", GLIBC);
            check(TEST, &scene, "true", &scene.path("bundle/rootfs"), NEWER);
        }
        Err(why) => skip(TEST, &why),
    }
}

#[test]
fn a_root_with_musl() {
    const TEST: &str = "hooks::a_root_with_musl";
    let made = host(&["/app"]).and_then(|scene| {
        copy(&scene, &[MUSL])?;
        Ok(scene.file("bundle/rootfs/etc/alpine-release", "3\n"))
    });
    match made {
        Ok(scene) => {
            image(&scene, "bundle/rootfs", MUSL);
            check(TEST, &scene, "true", &scene.path("bundle/rootfs"), DRIVERS);
        }
        Err(why) => skip(TEST, &why),
    }
}

/// A whole Debian, as `debootstrap` makes it; `cargo xtask test` does, where it can. It is below an overlay,
/// so that it stays what it is.
#[test]
fn a_debootstrap_tree() {
    const TEST: &str = "hooks::a_debootstrap_tree";
    let Some(tree) = std::env::var_os("GANTRY_DEBIAN_ROOT").map(PathBuf::from) else {
        return skip(TEST, "GANTRY_DEBIAN_ROOT names no tree: debootstrap could make none");
    };
    assert!(tree.join("etc/debian_version").is_file(), "{} is no Debian", tree.display());
    let scene = match host(&["/app"]) {
        Ok(scene) => scene,
        Err(why) => return skip(TEST, &why),
    };
    let mounts = format!(
        "mount -t overlay overlay -o lowerdir={},upperdir=${{TMP}}/upper,workdir=${{TMP}}/work ${{TMP}}/bundle/rootfs",
        tree.display()
    );
    image(&scene, "upper", GLIBC);
    fs::create_dir(scene.path("work")).unwrap();
    let tried = scene.command_with_mounts(&mounts, Path::new("/bin/true")).unwrap().output();
    let tried = tried.unwrap();
    if !tried.status.success() {
        return skip(TEST, String::from_utf8_lossy(&tried.stderr).trim());
    }
    check(TEST, &scene, &mounts, &scene.path("upper"), NEWER);
}

/// The driver's parameters: a stand-in over the host's `/proc/driver`, which the container sees as it would
/// the driver's own, with the `/proc` of the host in it (as with the host's processes, or `--pid=host`).
#[test]
fn the_drivers_switch() {
    const TEST: &str = "hooks::the_drivers_switch";
    const PARAMETERS: &str = "A: 1\nModifyDeviceFiles: 1\nB: 2\n";
    const DRIVER: &str = "mount -t tmpfs driver /proc/driver
        mkdir /proc/driver/nvidia
        cp ${TMP}/params /proc/driver/nvidia/params
        mount -o remount,ro /proc/driver";
    // The host is looked at when the container is gone.
    const AROUND: &str = "#!/bin/sh
before=$(cat /proc/self/mountinfo)
\"$@\"
cat /proc/driver/nvidia/params
test \"$before\" = \"$(cat /proc/self/mountinfo)\" || echo the mounts of the host changed
";
    let show = "cat /proc/driver/nvidia/params; echo x 2> /dev/null > /proc/driver/nvidia/params || echo read-only";
    let mut document = document(&["/bin/busybox", "sh", "-c", show]);
    document["mounts"][0] =
        json!({ "destination": "/proc", "type": "bind", "source": "/proc", "options": ["rbind"] });
    document["linux"]["namespaces"] = json!([{ "type": "ipc" }, { "type": "mount" }]);
    let made = host(&[]).and_then(|scene| {
        let busybox = installed("busybox").ok_or("busybox is not installed")?;
        let scene = scene
            .file("bundle/config.json", &document.to_string())
            .file("params", PARAMETERS)
            .script("around", AROUND);
        for folder in ["bin", "proc", "dev", "etc"] {
            fs::create_dir_all(scene.path("bundle/rootfs").join(folder)).unwrap();
        }
        fs::copy(busybox, scene.path("bundle/rootfs/bin/busybox")).unwrap();
        symlink("busybox", scene.path("bundle/rootfs/bin/cat")).unwrap();
        Ok(scene)
    });
    let scene = match made {
        Ok(scene) => scene,
        Err(why) => return skip(TEST, &why),
    };
    let runs = |scene: &Scene| {
        let mut command = scene.command_with_mounts(DRIVER, &scene.path("around")).unwrap();
        command.arg(program("gantry-runtime")).arg("--root").arg(scene.path("state"));
        command.arg("run").arg("--bundle").arg(scene.path("bundle"));
        scene.ran(command.arg(id(scene)))
    };
    let without = runs(&scene);
    assert!(!without.stderr.contains("gantry-runtime:"), "{TEST}: {}", without.stderr);
    if without.stdout != format!("{PARAMETERS}read-only\n{PARAMETERS}") {
        let why = format!("runc makes no such container: {}{}", without.stdout, without.stderr);
        return skip(TEST, why.trim());
    }
    fs::write(scene.path("cdi/acme.json"), scene.expand(&spec(true))).unwrap();
    let off = PARAMETERS.replace("Files: 1", "Files: 0");
    let with = runs(&scene);
    assert_eq!(with.stdout, format!("{off}read-only\n{PARAMETERS}"), "{}", with.stderr);
}

/// It needs nothing of the system that it runs on, and there is not much of it.
#[test]
fn it_stands_alone() {
    const TEST: &str = "hooks::it_stands_alone";
    let hook = program("gantry-hook");
    let bytes = fs::metadata(&hook).unwrap().len();
    assert!(bytes < 3_000_000, "{bytes} bytes");
    let Some(chroot) = installed("chroot").filter(|_| is_root()) else {
        return skip(TEST, "not root, or no chroot: it needs a root of its own");
    };
    let scene = Scene::new();
    fs::copy(hook, scene.path("home/hook")).unwrap();
    // No loader, no library, no /proc, no /dev.
    let mut command = Command::new(chroot);
    let ran = scene.ran(command.env_clear().arg(scene.path("home")).args(["/hook", "noop"]));
    assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (Some(0), "", ""));
}
