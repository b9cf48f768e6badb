use super::*;
use crate::Architecture;
use crate::memory::Memory;

/// The mounts and links of a host, one a line.
fn found(lines: &str) -> (Vec<String>, Memory) {
    let mut files = Memory::new(lines);
    let mut libraries = Libraries::new(Root::Driver, Some(Architecture::X86_64));
    let driver = Driver { version: "570.1".into() };
    let directories = &driver.directories(&mut files, &mut libraries).unwrap();
    let architecture = Some(Architecture::X86_64);
    let options = Options { directories, architecture, config_dirs: CONFIG_DIRS };
    let found = find(&mut files, &mut libraries, &driver, &options).unwrap();
    assert_eq!((found.device_nodes.len(), found.env.len()), (0, 0));
    let mounts = found.mounts.iter().map(|mount| {
        assert_eq!((mount.root, mount.options), (Root::Driver, Mount::READ_ONLY));
        if mount.host_path == mount.path {
            mount.path.clone()
        } else {
            format!("{} => {}", mount.host_path, mount.path)
        }
    });
    let made = found.hooks.iter().flat_map(|hook| hook.args.iter().filter(|arg| *arg != "--link"));
    (mounts.chain(made.cloned()).collect(), files)
}

#[test]
fn everything() {
    let (found, files) = found(
        "/usr/lib64/libcuda.so.570.1
        /usr/lib64/libnvidia-egl-gbm.so.1.1.0
        /usr/lib64/libnvidia-egl-gbm.so.1 -> libnvidia-egl-gbm.so.1.1.0
        /usr/lib64/libnvidia-egl-wayland.so.1.1.0
        /usr/lib64/libnvidia-egl-wayland2.so.1.0.0
        /usr/lib64/libnvidia-egl-xcb.so.1.0.0
        /usr/lib64/libnvidia-egl-xlib.so.1.0.0
        /usr/lib64/libnvidia-allocator.so.570.1
        /usr/lib64/libnvidia-allocator.so.1 -> libnvidia-allocator.so.570.1
        /usr/lib64/libnvidia-vulkan-producer.so.570.1
        /usr/lib64/libnvidia-vulkan-producer.so.569.9
        /usr/lib64/nvidia/xorg/nvidia_drv.so
        /usr/lib/xorg/modules/drivers/nvidia_drv.so
        /usr/lib/xorg/modules/updates/extensions/libglxserver_nvidia.so.570.1
        /usr/bin/nvidia-xconfig
        /etc/X11/xorg.conf.d/10-nvidia.conf
        /usr/share/X11/xorg.conf.d/10-nvidia.conf
        /usr/local/share/nvidia/nvoptix.bin
        /usr/share/glvnd/egl_vendor.d/10_nvidia.json -> nowhere
        /usr/share/OpenCL/vendors/nvidia.icd
        /usr/share/vulkan/icd.d/nvidia_icd.x86_64.json -> ../nvidia.json
        /usr/share/vulkan/nvidia.json
        /usr/share/vulkan/icd.d/nvidia_icd.aarch64.json
        /vulkan/icd.d/nvidia_icd.json
        /OpenCL/vendors/nvidia.icd",
    );
    let expected = [
        "/usr/lib64/libnvidia-egl-gbm.so.1.1.0",
        "/usr/lib64/libnvidia-egl-wayland.so.1.1.0",
        "/usr/lib64/libnvidia-egl-wayland2.so.1.0.0",
        "/usr/lib64/libnvidia-egl-xcb.so.1.0.0",
        "/usr/lib64/libnvidia-egl-xlib.so.1.0.0",
        "/usr/lib64/libnvidia-vulkan-producer.so.570.1",
        "/usr/lib64/nvidia/xorg/nvidia_drv.so",
        "/usr/lib/xorg/modules/updates/extensions/libglxserver_nvidia.so.570.1",
        "/usr/bin/nvidia-xconfig",
        "/usr/local/share/nvidia/nvoptix.bin => /usr/share/nvidia/nvoptix.bin",
        "/etc/X11/xorg.conf.d/10-nvidia.conf => /usr/share/X11/xorg.conf.d/10-nvidia.conf",
        "/usr/share/OpenCL/vendors/nvidia.icd => /etc/OpenCL/vendors/nvidia.icd",
        "/vulkan/icd.d/nvidia_icd.json => /etc/vulkan/icd.d/nvidia_icd.json",
        "/usr/share/vulkan/icd.d/nvidia_icd.x86_64.json => /etc/vulkan/icd.d/nvidia_icd.x86_64.json",
        "../libnvidia-allocator.so.1::/usr/lib64/gbm/nvidia-drm_gbm.so",
        "libnvidia-vulkan-producer.so.570.1::/usr/lib64/libnvidia-vulkan-producer.so",
        "libglxserver_nvidia.so.570.1::/usr/lib/xorg/modules/updates/extensions/libglxserver_nvidia.so",
    ];
    assert_eq!(found, expected);
    assert_eq!(files.warnings.len(), 1);
    assert!(
        files.warnings[0].contains("glvnd/egl_vendor.d/10_nvidia.json"),
        "{:?}",
        files.warnings
    );
}

#[test]
fn nothing_is_one_warning() {
    let (found, files) = found("/usr/lib64/libcuda.so.570.1\n/usr/bin/nvidia-xconfig/");
    assert_eq!((found.len(), files.warnings.len()), (0, 1));
}
