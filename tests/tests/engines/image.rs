//! An image with nothing but a shell.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use gantry_tests::programs::installed;
use gantry_tests::scene::Scene;

/// What the engines call it.
pub(crate) const NAME: &str = "localhost/gantry-test:1";

/// Packs it; or why it cannot be.
pub(crate) fn tar(scene: &Scene) -> Result<PathBuf, String> {
    let busybox = installed("busybox").ok_or("busybox is not installed")?;
    let tar = installed("tar").ok_or("tar is not installed")?;
    let root = scene.path("image");
    for folder in ["bin", "dev", "proc", "sys", "etc", "tmp", "opt/acme"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    // With its mode.
    fs::copy(busybox, root.join("bin/busybox")).unwrap();
    for applet in ["sh", "ls", "cat", "echo", "head", "od", "sleep"] {
        symlink("busybox", root.join("bin").join(applet)).unwrap();
    }
    let packed = scene.path("image.tar");
    super::done(Command::new(tar).arg("-C").arg(root).arg("-cf").arg(&packed).arg("."))?;
    Ok(packed)
}
