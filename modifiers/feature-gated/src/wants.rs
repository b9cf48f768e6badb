//! The grants that the stage wants, each with its reason.

use gantry_modifier::Want;

const GDS: &str = "NVIDIA_GDS: GPUDirect Storage";
const MOFED: &str = "NVIDIA_MOFED: network devices for GPUDirect";
const GDRCOPY: &str = "NVIDIA_GDRCOPY: GDRCopy";
const NVSWITCH: &str = "NVIDIA_NVSWITCH: NVSwitch";
const IMEX: &str = "NVIDIA_IMEX_CHANNELS: channels of IMEX";
const COMPAT: &str = "cuda-compat-mode: finds the driver's version";

/// All of them.
pub(crate) const WANTS: &[Want] = &[
    Want::read_env("NVIDIA_VISIBLE_DEVICES", "requests devices"),
    Want::read_env("CUDA_VERSION", "tells an old image, which requests all devices"),
    Want::read_env("NVIDIA_REQUIRE_CUDA", "tells an old image, which requests all devices"),
    Want::read_env("NVIDIA_GDS", GDS),
    Want::read_env("NVIDIA_MOFED", MOFED),
    Want::read_env("NVIDIA_GDRCOPY", GDRCOPY),
    Want::read_env("NVIDIA_NVSWITCH", NVSWITCH),
    Want::read_env("NVIDIA_IMEX_CHANNELS", IMEX),
    Want::read_annotations("cdi.k8s.io/*", "request devices, in mode cdi"),
    Want::read_mounts("/var/run/nvidia-container-devices", "request devices and channels"),
    Want::read_mounts("/var/run/nvidia-container-devices/**", "request devices and channels"),
    Want::read_process("says whether the container may request by its environment"),
    Want::read_platform("cuda-compat-mode: tells which libraries are this machine's"),
    Want::read_files("dev-root:/dev/nvidia-fs*", GDS),
    Want::read_files("driver-root:/run/udev", GDS),
    Want::read_files("driver-root:/etc/cufile.json", GDS),
    Want::read_files("dev-root:/dev/infiniband/uverbs*", MOFED),
    Want::read_files("dev-root:/dev/infiniband/rdma_cm", MOFED),
    Want::read_files("dev-root:/dev/gdrdrv", GDRCOPY),
    Want::read_files("dev-root:/dev/nvidia-nvswitch*", NVSWITCH),
    Want::read_files("dev-root:/dev/nvidia-caps-imex-channels/channel*", IMEX),
    Want::read_files("driver-root:/**libcuda.so*", COMPAT),
    Want::read_files("driver-root:/**libnvidia-ml.so*", COMPAT),
    Want::read_files("driver-root:/etc/ld.so.cache", COMPAT),
    Want::edit_device_nodes("dev-root:/dev/nvidia-fs*", GDS),
    Want::edit_device_nodes("dev-root:/dev/infiniband/uverbs*", MOFED),
    Want::edit_device_nodes("dev-root:/dev/infiniband/rdma_cm", MOFED),
    Want::edit_device_nodes("dev-root:/dev/gdrdrv", GDRCOPY),
    Want::edit_device_nodes("dev-root:/dev/nvidia-nvswitch*", NVSWITCH),
    Want::edit_device_nodes("dev-root:/dev/nvidia-caps-imex-channels/channel*", IMEX),
    Want::edit_gids("device-nodes", "lets the process open the nodes that it is given"),
    Want::edit_mounts("driver-root:/run/udev => /run/udev : ro,nosuid,nodev,rbind,rprivate", GDS),
    Want::edit_mounts(
        "driver-root:/etc/cufile.json => /etc/cufile.json : ro,nosuid,nodev,rbind,rprivate",
        GDS,
    ),
    Want::edit_hooks(
        "createContainer /usr/bin/gantry-hook",
        "cuda-compat-mode: lets newer CUDA libraries of the container be used",
    ),
];
