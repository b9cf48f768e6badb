//! How devices are made just in time: `[generate]`.

use crate::generate::{
    CsvOptions, DeviceIds, Features, HookName, HookOptions, MissingNodes, Mode, NameStrategy,
    Options,
};

/// The modes that make devices of class `gpu`.
pub(super) const MODES: [Mode; 4] = [Mode::Auto, Mode::Nvml, Mode::Csv, Mode::Wsl];

/// The lists of a Tegra system's driver; the others in their folder are not for every container.
const BASE_LISTS: [&str; 3] = ["devices.csv", "drivers.csv", "l4t.csv"];

/// How devices are made just in time: `[generate]`. The paths are absolute and normal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generate {
    /// What is looked for.
    pub mode: Mode,
    /// The hooks.
    pub hooks: HookOptions,
    /// Whether the groups that own device nodes are left out.
    pub no_additional_gids: bool,
    /// Whether the sockets of the driver's daemons are left out.
    pub no_ipc: bool,
    /// Whether also the libraries are mounted that programs link by a name without a version.
    pub explicit_driver_libraries: bool,
    /// Where libraries are looked for, and nowhere else; none: the usual directories.
    pub library_search_paths: Vec<String>,
    /// Where configuration files are looked for, and nowhere else; none: the usual directories.
    pub config_search_paths: Vec<String>,
    /// For Tegra systems.
    pub csv: GenerateCsv,
}

/// Tegra systems: `[generate.csv]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateCsv {
    /// The folder of the lists.
    pub dir: String,
    /// Links of the lists that are not made.
    pub ignore_patterns: Vec<String>,
    /// Where a container has its CUDA compatibility libraries; `None`: the usual place.
    pub compat_container_root: Option<String>,
    /// Whether more than one GPU counts.
    pub several_gpus: bool,
}

impl Generate {
    /// What is built in.
    pub(super) fn built_in() -> Self {
        Self {
            mode: Mode::Auto,
            hooks: HookOptions {
                program: "/usr/bin/gantry-hook".to_owned(),
                disabled: Vec::new(),
                enabled: Vec::new(),
                disable_all: false,
                ldconfig: None,
            },
            no_additional_gids: false,
            no_ipc: false,
            explicit_driver_libraries: false,
            library_search_paths: Vec::new(),
            config_search_paths: Vec::new(),
            csv: GenerateCsv {
                dir: "/etc/nvidia-container-runtime/host-files-for-container.d".to_owned(),
                ignore_patterns: Vec::new(),
                compat_container_root: None,
                several_gpus: true,
            },
        }
    }

    /// What a generation of these devices is asked for.
    #[must_use]
    pub fn options(&self, vendor: &str, class: &str, devices: DeviceIds) -> Options {
        let csv = &self.csv;
        Options {
            mode: self.mode,
            vendor: vendor.to_owned(),
            class: class.to_owned(),
            devices,
            names: vec![NameStrategy::Index],
            all_device: false,
            hooks: self.hooks.clone(),
            library_search_paths: self.library_search_paths.clone(),
            config_search_paths: self.config_search_paths.clone(),
            data_dirs: Vec::new(),
            features: Features {
                explicit_driver_libraries: self.explicit_driver_libraries,
                coherent_annotations: false,
                additional_gids: !self.no_additional_gids,
                ipc: !self.no_ipc,
                multiple_csv_devices: csv.several_gpus,
            },
            csv: CsvOptions {
                files: BASE_LISTS.iter().map(|name| [&csv.dir, "/", name].concat()).collect(),
                ignore_patterns: csv.ignore_patterns.clone(),
                compat_container_root: csv.compat_container_root.clone(),
            },
            missing_nodes: MissingNodes::Warn,
        }
    }

    /// The hooks that are left out, as the configuration names them.
    pub(super) fn disable_hooks(&self) -> Vec<&'static str> {
        let all = self.hooks.disable_all.then_some(ALL_HOOKS);
        all.into_iter().chain(self.hooks.disabled.iter().map(|hook| hook.name())).collect()
    }

    /// The hooks that are put in, as the configuration names them.
    pub(super) fn enable_hooks(&self) -> Vec<&'static str> {
        self.hooks.enabled.iter().copied().map(HookName::name).collect()
    }
}

/// Stands for every hook in `disable-hooks`.
pub(super) const ALL_HOOKS: &str = "all";
