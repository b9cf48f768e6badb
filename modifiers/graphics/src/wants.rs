//! The grants that the stage wants, each with its reason.

use gantry_modifier::Want;

/// A grant to mount a driver's file for reading, from and to where a pattern matches.
macro_rules! mount {
    ($from:literal => $to:literal, $why:literal) => {
        Want::edit_mounts(
            concat!("driver-root:", $from, " => ", $to, " : ro,nosuid,nodev,rbind,rprivate"),
            $why,
        )
    };
}

/// All of them.
pub(crate) const WANTS: &[Want] = &[
    Want::read_env("NVIDIA_VISIBLE_DEVICES", "requests devices"),
    Want::read_env("CUDA_VERSION", "tells an old image, which requests all devices"),
    Want::read_env("NVIDIA_REQUIRE_CUDA", "tells an old image, which requests all devices"),
    Want::read_env("NVIDIA_DRIVER_CAPABILITIES", "requests graphics"),
    Want::read_mounts("/var/run/nvidia-container-devices", "request devices"),
    Want::read_mounts("/var/run/nvidia-container-devices/**", "request devices"),
    Want::read_process("says whether the container may request by its environment"),
    Want::read_platform("tells which libraries and configuration are this machine's"),
    // The driver's files.
    Want::read_files("driver-root:/**lib*.so*", "finds the driver's version and libraries"),
    Want::read_files("driver-root:/etc/ld.so.cache", "finds libraries in unusual places"),
    Want::read_files("driver-root:/**nvidia_drv.so", "finds the X server's module"),
    Want::read_files("driver-root:/**bin/nvidia-xconfig", "finds the program"),
    Want::read_files(
        "driver-root:/**/glvnd/egl_vendor.d/10_nvidia.json",
        "finds configuration of EGL",
    ),
    Want::read_files(
        "driver-root:/**/egl/egl_external_platform.d/*_nvidia_*.json",
        "finds configuration of EGL",
    ),
    Want::read_files("driver-root:/**/nvidia/nvoptix.bin", "finds OptiX's data"),
    Want::read_files(
        "driver-root:/**/X11/xorg.conf.d/10-nvidia.conf",
        "finds configuration of X.Org",
    ),
    Want::read_files(
        "driver-root:/**/X11/xorg.conf.d/nvidia-drm-outputclass.conf",
        "finds configuration of X.Org",
    ),
    Want::read_files("driver-root:/**/OpenCL/vendors/nvidia.icd", "finds configuration of OpenCL"),
    Want::read_files("driver-root:/**vulkan/icd.d/nvidia_*.json", "finds configuration of Vulkan"),
    Want::read_files(
        "driver-root:/**vulkan/implicit_layer.d/nvidia_layers.json",
        "finds configuration of Vulkan",
    ),
    // The GPUs' DRM nodes.
    Want::read_files(
        "host:/proc/driver/nvidia/gpus/*/information",
        "tells which GPUs are requested",
    ),
    Want::read_files("host:/sys/bus/pci/devices/*/drm/*", "names a GPU's DRM nodes"),
    Want::read_files(
        "host:/sys/devices/**/drm/*",
        "names a GPU's DRM nodes, where the links of /sys/bus lead",
    ),
    Want::read_files("dev-root:/dev/dri/card*", "finds DRM nodes"),
    Want::read_files("dev-root:/dev/dri/renderD*", "finds DRM nodes"),
    Want::read_files("dev-root:/dev/dri/by-path/pci-*-*", "finds the links to DRM nodes"),
    Want::edit_device_nodes("dev-root:/dev/dri/card*", "gives the requested GPUs' DRM nodes"),
    Want::edit_device_nodes("dev-root:/dev/dri/renderD*", "gives the requested GPUs' DRM nodes"),
    Want::edit_gids("device-nodes", "lets the process open the nodes that it is given"),
    Want::edit_hooks(
        "createContainer /usr/bin/gantry-hook",
        "makes the links to libraries and nodes",
    ),
    mount!("/**libnvidia-egl-*.so.*" => "/**libnvidia-egl-*.so.*", "gives EGL's platform libraries"),
    mount!("/**libnvidia-vulkan-producer.so.*" => "/**libnvidia-vulkan-producer.so.*", "gives Vulkan's library"),
    mount!("/**nvidia_drv.so" => "/**nvidia_drv.so", "gives the X server's module"),
    mount!("/**libglxserver_nvidia.so.*" => "/**libglxserver_nvidia.so.*", "gives the X server's module"),
    mount!("/**bin/nvidia-xconfig" => "/**bin/nvidia-xconfig", "gives the program"),
    mount!("/**/glvnd/egl_vendor.d/10_nvidia.json" => "/usr/share/glvnd/egl_vendor.d/10_nvidia.json", "gives configuration of EGL"),
    mount!("/**/egl/egl_external_platform.d/*_nvidia_*.json" => "/usr/share/egl/egl_external_platform.d/*_nvidia_*.json", "gives configuration of EGL"),
    mount!("/**/nvidia/nvoptix.bin" => "/usr/share/nvidia/nvoptix.bin", "gives OptiX's data"),
    mount!("/**/X11/xorg.conf.d/10-nvidia.conf" => "/usr/share/X11/xorg.conf.d/10-nvidia.conf", "gives configuration of X.Org"),
    mount!("/**/X11/xorg.conf.d/nvidia-drm-outputclass.conf" => "/usr/share/X11/xorg.conf.d/nvidia-drm-outputclass.conf", "gives configuration of X.Org"),
    mount!("/**/OpenCL/vendors/nvidia.icd" => "/etc/OpenCL/vendors/nvidia.icd", "gives configuration of OpenCL"),
    mount!("/**vulkan/icd.d/nvidia_*.json" => "/etc/vulkan/icd.d/nvidia_*.json", "gives configuration of Vulkan"),
    mount!("/**vulkan/implicit_layer.d/nvidia_layers.json" => "/etc/vulkan/implicit_layer.d/nvidia_layers.json", "gives configuration of Vulkan"),
];
