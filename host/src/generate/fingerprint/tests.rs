//! Which changes of a host show in its fingerprint.

#![allow(clippy::unwrap_used, reason = "a test fails where its scene cannot be made")]

use std::time::Duration;

use tempfile::TempDir;

use super::*;

/// A host with a driver and two GPUs, one of them in two MIG devices.
fn host() -> (TempDir, Reader) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("proc/sys/kernel/random/boot_id", "b\n"),
        ("proc/driver/nvidia/version", "NVRM version: 575.57.08\n"),
        ("proc/driver/nvidia/gpus/0000:41:00.0/information", ""),
        ("proc/driver/nvidia/gpus/0000:42:00.0/information", ""),
        ("proc/driver/nvidia/capabilities/mig/config", ""),
        ("proc/driver/nvidia/capabilities/gpu0/mig/gi1/access", ""),
        ("proc/driver/nvidia/capabilities/gpu0/mig/gi1/ci0/access", ""),
        ("proc/driver/nvidia/capabilities/gpu0/mig/gi2/ci0/access", ""),
        ("sys/module/nvidia/refcnt", "1"),
        ("sys/bus/pci/devices/0000:41:00.0/vendor", ""),
        ("sys/bus/pci/devices/0000:42:00.0/vendor", ""),
        ("sys/bus/pci/devices/0000:43:00.0/vendor", ""),
        ("dev/null", ""),
        ("lib/libnvidia-ml.so.1", "library"),
        ("bin/gantry-nvml", "reader"),
    ] {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let reader = Reader {
        program: dir.path().join("bin/gantry-nvml"),
        library: Some(dir.path().join("lib/libnvidia-ml.so.1")),
        timeout: Duration::ZERO,
    };
    (dir, reader)
}

#[test]
fn what_changes_shows() {
    type Change = fn(&Path);
    let cases: [(&str, Change); 14] = [
        ("boot", |root| fs::write(root.join("proc/sys/kernel/random/boot_id"), "c\n").unwrap()),
        ("driver", |root| fs::write(root.join("proc/driver/nvidia/version"), "580\n").unwrap()),
        ("module", |root| anew(root, "sys/module/nvidia")),
        ("a GPU more", |root| fs::create_dir(root.join(GPUS).join("0000:43:00.0")).unwrap()),
        ("a GPU less", |root| fs::remove_dir_all(root.join(GPUS).join("0000:42:00.0")).unwrap()),
        ("a GPU replaced", |root| anew(root, "sys/bus/pci/devices/0000:42:00.0")),
        ("a GPU gone", |root| {
            fs::remove_dir_all(root.join("sys/bus/pci/devices/0000:42:00.0")).unwrap();
        }),
        ("a MIG device more", |root| fs::create_dir(root.join(MIG).join("gi2/ci1")).unwrap()),
        ("a MIG device less", |root| fs::remove_dir_all(root.join(MIG).join("gi2/ci0")).unwrap()),
        ("a MIG device made anew", |root| anew(root, &format!("{MIG}/gi2/ci0"))),
        ("the library written", |root| {
            fs::write(root.join("lib/libnvidia-ml.so.1"), "longer library").unwrap();
        }),
        ("the library replaced", |root| anew(root, "lib/libnvidia-ml.so.1")),
        ("the reader replaced", |root| anew(root, "bin/gantry-nvml")),
        ("no capabilities", |root| {
            fs::remove_dir_all(root.join("proc/driver/nvidia/capabilities")).unwrap();
        }),
    ];
    for (what, change) in cases {
        let (dir, reader) = host();
        let before = fingerprint(dir.path(), &reader);
        assert!(before.is_some(), "{what}");
        assert_eq!(before, fingerprint(dir.path(), &reader), "{what}: not of itself");
        change(dir.path());
        assert_ne!(before, fingerprint(dir.path(), &reader), "{what}");
    }
}

const GPUS: &str = "proc/driver/nvidia/gpus";
const MIG: &str = "proc/driver/nvidia/capabilities/gpu0/mig";

/// Something else in the place of a file or directory. The old one stays, so that its number is not
/// used again; the kernel's own file systems see to that by themselves.
fn anew(root: &Path, path: &str) {
    let path = root.join(path);
    let is_file = path.is_file();
    fs::rename(&path, root.join("old")).unwrap();
    if is_file {
        fs::copy(root.join("old"), &path).unwrap();
    } else {
        fs::create_dir(&path).unwrap();
    }
}

#[test]
fn what_tells_nothing_has_no_fingerprint() {
    for missing in [
        "proc/sys/kernel/random/boot_id",
        "proc/driver/nvidia/version",
        GPUS,
        "sys/module/nvidia",
        "dev",
        "lib",
        "bin",
    ] {
        let (dir, reader) = host();
        fs::rename(dir.path().join(missing), dir.path().join("old")).unwrap();
        assert_eq!(fingerprint(dir.path(), &reader), None, "{missing}");
    }
    let (dir, reader) = host();
    let reader = Reader { library: None, ..reader };
    assert_eq!(fingerprint(dir.path(), &reader), None, "a library that only the linker finds");
}

#[test]
fn a_tree_without_end_has_no_fingerprint() {
    let (dir, reader) = host();
    for index in 0..=MOST {
        fs::write(dir.path().join(MIG).join(index.to_string()), "").unwrap();
    }
    assert_eq!(fingerprint(dir.path(), &reader), None);
}
