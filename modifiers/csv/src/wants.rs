//! The grants that the stage needs, and why. What the lists name needs no other.

use gantry_modifier::Want;

const TWO_GPUS: &str = "where there are two GPUs: gives the requested one's device nodes";
const DRM: &str = "where there are two GPUs: finds the discrete one's DRM nodes";

/// All of them.
pub(crate) const WANTS: &[Want] = &[
    Want::read_env("NVIDIA_VISIBLE_DEVICES", "requests devices"),
    Want::read_env("CUDA_VERSION", "tells an old image, which requests all devices"),
    Want::read_env("NVIDIA_REQUIRE_*", "requires versions, or all lists (NVIDIA_REQUIRE_JETPACK)"),
    Want::read_env("NVIDIA_DISABLE_REQUIRE", "says that requirements do not count"),
    Want::read_mounts("/var/run/nvidia-container-devices", "request devices"),
    Want::read_mounts("/var/run/nvidia-container-devices/**", "request devices"),
    Want::read_process("says whether the container may request by its environment"),
    Want::read_platform("says whether there is an NVML to ask"),
    Want::read_gpus("*", "say whether the host has what is required, and tell two GPUs apart"),
    Want::read_files("csv:/*.csv", "are the lists"),
    Want::listed("csv:/*.csv", "gives what the lists name"),
    Want::read_files("driver-root:/etc/nv_tegra_release", "is mounted where it is there"),
    Want::edit_mounts(
        "driver-root:/etc/nv_tegra_release => /etc/nv_tegra_release : ro,nosuid,nodev,rbind,rprivate",
        "tells programs that they run on a Tegra system",
    ),
    Want::read_files("dev-root:/dev/nvidia1", TWO_GPUS),
    Want::read_files("dev-root:/dev/nvidia2", TWO_GPUS),
    Want::read_files("dev-root:/dev/nvidiactl", TWO_GPUS),
    Want::read_files("dev-root:/dev/nvidia-modeset", TWO_GPUS),
    Want::read_files("dev-root:/dev/nvidia-uvm", TWO_GPUS),
    Want::read_files("dev-root:/dev/nvidia-uvm-tools", TWO_GPUS),
    Want::edit_device_nodes("dev-root:/dev/nvidia1", TWO_GPUS),
    Want::edit_device_nodes("dev-root:/dev/nvidia2", TWO_GPUS),
    Want::edit_device_nodes("dev-root:/dev/nvidiactl", TWO_GPUS),
    Want::edit_device_nodes("dev-root:/dev/nvidia-modeset", TWO_GPUS),
    Want::edit_device_nodes("dev-root:/dev/nvidia-uvm", TWO_GPUS),
    Want::edit_device_nodes("dev-root:/dev/nvidia-uvm-tools", TWO_GPUS),
    Want::read_files("host:/sys/bus/pci/devices/*/drm/*", DRM),
    Want::read_files("host:/sys/devices/**/drm/*", DRM),
    Want::read_files("dev-root:/dev/dri/card*", DRM),
    Want::read_files("dev-root:/dev/dri/renderD*", DRM),
    Want::read_files("dev-root:/dev/dri/by-path/pci-*-*", DRM),
    Want::edit_device_nodes("dev-root:/dev/dri/card*", TWO_GPUS),
    Want::edit_device_nodes("dev-root:/dev/dri/renderD*", TWO_GPUS),
    Want::edit_gids("device-nodes", "lets the process open the nodes that it is given"),
    Want::edit_env("NVIDIA_VISIBLE_DEVICES", "keeps what runs later from injecting again"),
    Want::edit_env("NVCT_EMPTY_DEVICE", "says that the driver alone was requested"),
    Want::edit_hooks(
        "createContainer /usr/bin/gantry-hook",
        "makes links, and shows the linker the libraries",
    ),
];
