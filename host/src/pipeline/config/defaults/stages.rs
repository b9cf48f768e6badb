//! The built-in stages, each with the grants that its modifier wants and no more.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::When;
use super::super::draft::{Modifier, StageDraft, WhenDraft};
use super::super::stage::{DefinedBy, StageName};
use crate::document::HookPoint;
use crate::pipeline::grants::{
    DeviceNodeGrant, GidGrant, Grants, HookEnv, HookGrant, HostPattern, Mode, Modes, MountGrant,
    MountOption, Pattern, Patterns, ReadGrants, RemoveHookGrant,
};

/// The stages, in the order in which those of every mode run.
pub(super) const ORDER: &[&str] =
    &["hook-removal", "cdi", "feature-gated", "graphics", "csv", "legacy"];

/// What a driver's file is mounted with.
const READ_ONLY: [MountOption; 5] = [
    MountOption::Ro,
    MountOption::NoSuid,
    MountOption::NoDev,
    MountOption::RBind,
    MountOption::RPrivate,
];
const KIND: &str = "nvidia.com/gpu";
const PREFIX: &str = "cdi.k8s.io/";
const LEGACY_HOOK: &str = "nvidia-container-runtime-hook";
/// The variables that ask for a feature.
const FEATURES: [&str; 5] =
    ["NVIDIA_GDS", "NVIDIA_MOFED", "NVIDIA_GDRCOPY", "NVIDIA_NVSWITCH", "NVIDIA_IMEX_CHANNELS"];
const HOOK_PATH: &str = "/usr/bin/gantry-hook";

pub(super) fn all() -> BTreeMap<StageName, StageDraft> {
    BTreeMap::from([
        stage("mode", &Mode::ALL, mode),
        stage("hook-removal", &[Mode::Cdi, Mode::JitCdi, Mode::Csv], hook_removal),
        stage("cdi", &[Mode::Cdi, Mode::JitCdi], cdi),
        stage("feature-gated", &Mode::ALL, feature_gated),
        stage("graphics", &[Mode::Legacy], graphics),
        stage("csv", &[Mode::Csv], csv),
        stage("legacy", &[Mode::Legacy], legacy),
    ])
}

/// A stage that runs the built-in modifier of its own name.
fn stage(name: &'static str, modes: &[Mode], fill: fn(&mut StageDraft)) -> (StageName, StageDraft) {
    let mut stage = StageDraft::new(DefinedBy::BuiltIn);
    stage.modifier = Some(Modifier::BuiltIn(StageName::known(name)));
    stage.enabled = true;
    stage.modes = modes.iter().copied().collect();
    fill(&mut stage);
    (StageName::known(name), stage)
}

fn mode(stage: &mut StageDraft) {
    stage.grants.read = ReadGrants {
        annotations: patterns(&["cdi.k8s.io/*"]),
        platform: true,
        gpus: true,
        ..requests(&["NVIDIA_REQUIRE_CUDA"])
    };
    stage.grants.edit.modes = Modes::all();
    set(stage, "mode", "auto");
    set(stage, "default", "jit-cdi");
    stage.settings.insert("annotation-prefixes".to_owned(), json!([PREFIX]));
}

fn hook_removal(stage: &mut StageDraft) {
    let when = When { hooks: vec![HookPoint::Prestart], ..When::default() };
    stage.when = WhenDraft::BuiltIn(when);
    stage.grants.read.hooks = vec![HookPoint::Prestart];
    let programs = patterns(&["/**/nvidia-container-runtime-hook", "/**/nvidia-container-toolkit"]);
    let remove =
        |path: &Pattern| RemoveHookGrant { point: HookPoint::Prestart, path: path.clone() };
    stage.grants.edit.remove_hooks = programs.iter().map(remove).collect();
}

fn cdi(stage: &mut StageDraft) {
    stage.grants.read = ReadGrants {
        annotations: patterns(&["cdi.k8s.io/*"]),
        gpus: true,
        ..requests(&["NVIDIA_REQUIRE_CUDA"])
    };
    stage.grants.edit.devices = patterns(&["*/*=*"]);
    set(stage, "default-kind", KIND);
    stage.settings.insert("annotation-prefixes".to_owned(), json!([PREFIX]));
}

fn feature_gated(stage: &mut StageDraft) {
    let when = When {
        env: patterns(&FEATURES),
        mounts: patterns(&["/var/run/nvidia-container-devices/imex/**"]),
        ..When::default()
    };
    stage.when = WhenDraft::BuiltIn(when);
    let nodes = [
        "/dev/nvidia-fs*",
        "/dev/infiniband/uverbs*",
        "/dev/infiniband/rdma_cm",
        "/dev/gdrdrv",
        "/dev/nvidia-nvswitch*",
        "/dev/nvidia-caps-imex-channels/channel*",
    ];
    let Grants { read, edit, .. } = &mut stage.grants;
    *read = ReadGrants {
        annotations: patterns(&["cdi.k8s.io/*"]),
        platform: true,
        files: BTreeMap::from([
            files("dev-root", &nodes),
            files(
                "driver-root",
                &[
                    "/run/udev",
                    "/etc/cufile.json",
                    "/**libcuda.so*",
                    "/**libnvidia-ml.so*",
                    "/etc/ld.so.cache",
                ],
            ),
        ]),
        ..requests(&[&["NVIDIA_REQUIRE_CUDA"], &FEATURES[..]].concat())
    };
    edit.device_nodes = device_nodes(&nodes);
    edit.mounts = mounts(&[("/run/udev", "/run/udev"), ("/etc/cufile.json", "/etc/cufile.json")]);
    edit.gids = vec![GidGrant::DeviceNodes];
    edit.hooks = hooks(&["enable-cuda-compat"]);
    set(stage, "hook-path", HOOK_PATH);
}

fn graphics(stage: &mut StageDraft) {
    let Grants { read, edit, .. } = &mut stage.grants;
    let nodes = ["/dev/dri/card*", "/dev/dri/renderD*"];
    *read = ReadGrants {
        platform: true,
        files: BTreeMap::from([
            files("dev-root", &["/dev/dri/card*", "/dev/dri/renderD*", "/dev/dri/by-path/pci-*-*"]),
            files(
                "driver-root",
                &[
                    "/**lib*.so*",
                    "/etc/ld.so.cache",
                    "/**nvidia_drv.so",
                    "/**bin/nvidia-xconfig",
                    "/**/glvnd/egl_vendor.d/10_nvidia.json",
                    "/**/egl/egl_external_platform.d/*_nvidia_*.json",
                    "/**/nvidia/nvoptix.bin",
                    "/**/X11/xorg.conf.d/10-nvidia.conf",
                    "/**/X11/xorg.conf.d/nvidia-drm-outputclass.conf",
                    "/**/OpenCL/vendors/nvidia.icd",
                    "/**vulkan/icd.d/nvidia_*.json",
                    "/**vulkan/implicit_layer.d/nvidia_layers.json",
                ],
            ),
            files(
                "host",
                &[
                    "/proc/driver/nvidia/gpus/*/information",
                    "/sys/bus/pci/devices/*/drm/*",
                    "/sys/devices/**/drm/*",
                ],
            ),
        ]),
        ..requests(&["NVIDIA_REQUIRE_CUDA", "NVIDIA_DRIVER_CAPABILITIES"])
    };
    edit.device_nodes = device_nodes(&nodes);
    edit.mounts = mounts(GRAPHICS);
    edit.gids = vec![GidGrant::DeviceNodes];
    edit.hooks = hooks(&["create-symlinks"]);
    set(stage, "hook-path", HOOK_PATH);
}

/// What is mounted for graphics, from where it can be and to where it must be.
const GRAPHICS: &[(&str, &str)] = &[
    ("/**libnvidia-egl-*.so.*", "/**libnvidia-egl-*.so.*"),
    ("/**libnvidia-vulkan-producer.so.*", "/**libnvidia-vulkan-producer.so.*"),
    ("/**nvidia_drv.so", "/**nvidia_drv.so"),
    ("/**libglxserver_nvidia.so.*", "/**libglxserver_nvidia.so.*"),
    ("/**bin/nvidia-xconfig", "/**bin/nvidia-xconfig"),
    ("/**/glvnd/egl_vendor.d/10_nvidia.json", "/usr/share/glvnd/egl_vendor.d/10_nvidia.json"),
    (
        "/**/egl/egl_external_platform.d/*_nvidia_*.json",
        "/usr/share/egl/egl_external_platform.d/*_nvidia_*.json",
    ),
    ("/**/nvidia/nvoptix.bin", "/usr/share/nvidia/nvoptix.bin"),
    ("/**/X11/xorg.conf.d/10-nvidia.conf", "/usr/share/X11/xorg.conf.d/10-nvidia.conf"),
    (
        "/**/X11/xorg.conf.d/nvidia-drm-outputclass.conf",
        "/usr/share/X11/xorg.conf.d/nvidia-drm-outputclass.conf",
    ),
    ("/**/OpenCL/vendors/nvidia.icd", "/etc/OpenCL/vendors/nvidia.icd"),
    ("/**vulkan/icd.d/nvidia_*.json", "/etc/vulkan/icd.d/nvidia_*.json"),
    (
        "/**vulkan/implicit_layer.d/nvidia_layers.json",
        "/etc/vulkan/implicit_layer.d/nvidia_layers.json",
    ),
];

fn csv(stage: &mut StageDraft) {
    // Beside what the lists name: the nodes of two GPUs.
    const NODES: &[&str] = &[
        "/dev/nvidia1",
        "/dev/nvidia2",
        "/dev/nvidiactl",
        "/dev/nvidia-modeset",
        "/dev/nvidia-uvm",
        "/dev/nvidia-uvm-tools",
        "/dev/dri/card*",
        "/dev/dri/renderD*",
    ];
    let Grants { read, edit, listed, .. } = &mut stage.grants;
    *read = ReadGrants {
        platform: true,
        gpus: true,
        files: BTreeMap::from([
            files("csv", &["/*.csv"]),
            files("driver-root", &["/etc/nv_tegra_release"]),
            files("dev-root", &[NODES, &["/dev/dri/by-path/pci-*-*"]].concat()),
            files("host", &["/sys/bus/pci/devices/*/drm/*", "/sys/devices/**/drm/*"]),
        ]),
        ..requests(&["NVIDIA_REQUIRE_*", "NVIDIA_DISABLE_REQUIRE"])
    };
    listed.extend([files("csv", &["/*.csv"])]);
    edit.env = patterns(&["NVIDIA_VISIBLE_DEVICES", "NVCT_EMPTY_DEVICE"]);
    edit.device_nodes = device_nodes(NODES);
    edit.mounts = mounts(&[("/etc/nv_tegra_release", "/etc/nv_tegra_release")]);
    edit.gids = vec![GidGrant::DeviceNodes];
    edit.hooks = hooks(&["create-symlinks", "update-ldcache", "enable-cuda-compat"]);
    let folder = "/etc/nvidia-container-runtime/host-files-for-container.d";
    stage.roots.insert("csv".to_owned(), folder.to_owned());
    set(stage, "hook-path", HOOK_PATH);
}

fn legacy(stage: &mut StageDraft) {
    stage.grants.read.hooks = vec![HookPoint::Prestart];
    let path = "/usr/bin/nvidia-container-runtime-hook";
    let grant = HookGrant {
        point: HookPoint::Prestart,
        path: Pattern::known(path),
        args: [LEGACY_HOOK, "prestart"].map(Pattern::known).to_vec(),
        any_further: false,
        // It may have to load the driver.
        timeout: None,
        env: HookEnv::Runtime,
    };
    stage.grants.edit.hooks = vec![grant];
    set(stage, "hook-path", path);
}

/// What a stage must see to know which devices the container requests, and further variables.
fn requests(env: &[&'static str]) -> ReadGrants {
    let env = ["NVIDIA_VISIBLE_DEVICES", "CUDA_VERSION"].iter().chain(env);
    ReadGrants {
        env: env.copied().map(Pattern::known).collect(),
        mounts: patterns(&[
            "/var/run/nvidia-container-devices",
            "/var/run/nvidia-container-devices/**",
        ]),
        process: true,
        ..ReadGrants::default()
    }
}

fn files(root: &str, paths: &[&'static str]) -> (String, Patterns) {
    (root.to_owned(), patterns(paths))
}

/// Grants to mount for reading what is below the driver root.
fn mounts(paths: &[(&'static str, &'static str)]) -> Vec<MountGrant> {
    let grant = |(from, to): &(&'static str, &'static str)| MountGrant {
        source: below("driver-root", from),
        destination: Pattern::known(to),
        options: Some(READ_ONLY.to_vec()),
    };
    paths.iter().map(grant).collect()
}

/// Grants to add device nodes below the device root.
fn device_nodes(paths: &[&'static str]) -> Vec<DeviceNodeGrant> {
    let grant = |path: &&'static str| DeviceNodeGrant {
        host: below("dev-root", path),
        container: None,
        permissions: None,
    };
    paths.iter().map(grant).collect()
}

fn below(root: &str, path: &'static str) -> HostPattern {
    HostPattern { root: Some(root.into()), pattern: Pattern::known(path) }
}

/// Grants to run these subcommands of our own hook program.
fn hooks(commands: &[&'static str]) -> Vec<HookGrant> {
    let grant = |command: &&'static str| HookGrant {
        point: HookPoint::CreateContainer,
        path: Pattern::known(HOOK_PATH),
        args: ["gantry-hook", command].map(Pattern::known).to_vec(),
        any_further: true,
        timeout: Some(10),
        env: HookEnv::Fixed(vec!["NVIDIA_CTK_DEBUG=false".to_owned()]),
    };
    commands.iter().map(grant).collect()
}

fn set(stage: &mut StageDraft, setting: &str, value: &str) {
    stage.settings.insert(setting.to_owned(), value.into());
}

/// Patterns that are known to be right: the test reads the same ones.
fn patterns(list: &[&'static str]) -> Patterns {
    list.iter().copied().map(Pattern::known).collect()
}
