//! The configuration that the driver brings for the loaders of its libraries and for the X server.

use crate::name::join;
use crate::{Architecture, Files, Mount, Root};

use super::{Options, first, is_file};

/// Where configuration is searched, where `XDG_DATA_DIRS` says nothing else.
pub const CONFIG_DIRS: &[&str] = &["/etc", "/usr/local/share", "/usr/share"];

/// Mounted below `/usr/share`, wherever found.
const SHARED: [&str; 9] = [
    "glvnd/egl_vendor.d/10_nvidia.json",
    "egl/egl_external_platform.d/15_nvidia_gbm.json",
    "egl/egl_external_platform.d/10_nvidia_wayland.json",
    "egl/egl_external_platform.d/09_nvidia_wayland2.json",
    "egl/egl_external_platform.d/20_nvidia_xcb.json",
    "egl/egl_external_platform.d/20_nvidia_xlib.json",
    "nvidia/nvoptix.bin",
    "X11/xorg.conf.d/10-nvidia.conf",
    "X11/xorg.conf.d/nvidia-drm-outputclass.conf",
];

/// Mounted below `/etc`, wherever found.
const SYSTEM: [&str; 1] = ["OpenCL/vendors/nvidia.icd"];

/// As [`SYSTEM`], and found at the root of a driver that has nothing else there, too.
const VULKAN: [&str; 3] = [
    "vulkan/icd.d/nvidia_icd.json",
    "vulkan/icd.d/nvidia_layers.json",
    "vulkan/implicit_layer.d/nvidia_layers.json",
];

/// The mounts of all configuration that is there.
pub(super) fn files<F: Files>(
    files: &mut F,
    options: &Options<'_>,
    missing: &mut Vec<String>,
) -> Result<Vec<Mount>, F::Error> {
    let vulkan_of_machine = options.architecture.map(vulkan_of);
    let vulkan = VULKAN.into_iter().chain(vulkan_of_machine);
    let of = |in_container: &'static str| move |name| (in_container, name);
    let wanted = SHARED
        .into_iter()
        .map(of("/usr/share"))
        .chain(SYSTEM.into_iter().chain(vulkan).map(of("/etc")));

    let mut mounts = Vec::new();
    for (in_container, name) in wanted {
        let at_root = name.starts_with("vulkan/").then_some("/");
        let directories = options.config_dirs.iter().copied().chain(at_root);
        let paths: Vec<_> = directories.map(|directory| join(directory, name)).collect();
        match first(files, &paths, is_file)? {
            Some(path) => {
                mounts.push(Mount::read_only(Root::Driver, path, join(in_container, name)));
            }
            None => missing.push(name.into()),
        }
    }
    Ok(mounts)
}

/// The configuration of Vulkan that names an architecture.
fn vulkan_of(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => "vulkan/icd.d/nvidia_icd.x86_64.json",
        Architecture::Aarch64 => "vulkan/icd.d/nvidia_icd.aarch64.json",
    }
}
