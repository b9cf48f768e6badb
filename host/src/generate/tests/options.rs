//! The options of a case, from its arguments and its environment, as the command reads them.

use std::sync::Arc;

use gantry_discovery::Architecture;

use super::cases::{Case, KERNEL, ROOT};
use crate::generate::{
    CsvOptions, DeviceIds, Features, Gpus, HookName, HookOptions, Host, MissingNodes, Mode,
    NameStrategy, Options,
};
use crate::host_files::HostFiles;

/// What the command was asked for.
pub(super) struct Asked {
    pub(super) options: Options,
    pub(super) driver_root: String,
    pub(super) dev_root: String,
}

/// An option's name, and that of its variable.
const VARIABLES: [(&str, &str); 9] = [
    ("driver-root", "NVIDIA_CTK_DRIVER_ROOT"),
    ("mode", "NVIDIA_CTK_CDI_GENERATE_MODE"),
    ("device-name-strategy", "NVIDIA_CTK_CDI_GENERATE_DEVICE_NAME_STRATEGIES"),
    ("disable-hook", "NVIDIA_CTK_CDI_GENERATE_DISABLED_HOOKS"),
    ("no-all-device", "NVIDIA_CTK_CDI_GENERATE_NO_ALL_DEVICE"),
    ("nvidia-cdi-hook-path", "NVIDIA_CTK_CDI_HOOK_PATH"),
    ("vendor", "NVIDIA_CTK_CDI_GENERATE_VENDOR"),
    ("class", "NVIDIA_CTK_CDI_GENERATE_CLASS"),
    ("dev-root", "NVIDIA_CTK_DEV_ROOT"),
];

pub(super) fn of(case: &Case) -> Result<Asked, String> {
    let argv = case.argv();
    let values = |option: &str| -> Vec<String> {
        let start = format!("--{option}=");
        let given = argv.iter().filter_map(|arg| arg.strip_prefix(&start)).map(str::to_owned);
        let given: Vec<String> = given.collect();
        let variable = VARIABLES.iter().find(|(name, _)| *name == option);
        let set = variable.and_then(|(_, variable)| case.env(variable));
        if given.is_empty() { set.into_iter().collect() } else { given }
    };
    let one = |option: &str| values(option).pop();
    let list = |option: &str| -> Vec<String> {
        values(option).iter().flat_map(|value| value.split(',')).map(str::to_owned).collect()
    };
    let absent = |what: &str, name: &str| format!("{what} `{name}` is none");

    let mode = one("mode").unwrap_or_else(|| "auto".to_owned());
    let mode = Mode::ALL.into_iter().find(|one| one.name() == mode).ok_or(absent("mode", &mode))?;
    if let Some(format) = one("format").filter(|format| format != "json" && format != "yaml") {
        return Err(absent("format", &format));
    }
    let strategy = |name: &String| {
        let found = NameStrategy::ALL.into_iter().find(|strategy| strategy.name() == name);
        found.ok_or_else(|| absent("strategy", name))
    };
    let mut names = list("device-name-strategy");
    if names.is_empty() {
        names = vec!["index".to_owned(), "uuid".to_owned()];
    }
    let hooks = |option: &str| -> Vec<HookName> {
        let find = |name: &String| HookName::ALL.into_iter().find(|hook| hook.name() == name);
        list(option).iter().filter_map(find).collect()
    };
    let ids = list("device-id");
    let flag = |name: &str| list("feature-flag").iter().any(|flag| flag == name);
    let no_all = argv.iter().any(|arg| arg == "--no-all-device") || one("no-all-device").is_some();
    let driver_root = one("driver-root").unwrap_or_else(|| "/".to_owned());
    let driver_root = normal(&driver_root);
    let dev_root = one("dev-root").map_or_else(|| driver_root.clone(), |root| normal(&root));
    let options = Options {
        mode,
        vendor: one("vendor").unwrap_or_else(|| "nvidia.com".to_owned()),
        class: one("class").unwrap_or_else(|| "gpu".to_owned()),
        all_device: !no_all && !ids.iter().any(|id| id == "none"),
        devices: if ids.is_empty() { DeviceIds::All } else { DeviceIds::These(ids) },
        names: names.iter().map(strategy).collect::<Result<_, _>>()?,
        hooks: HookOptions {
            program: program(case, one("nvidia-cdi-hook-path")),
            disabled: hooks("disable-hook"),
            enabled: hooks("enable-hook"),
            disable_all: list("disable-hook").iter().any(|hook| hook == "all"),
            ldconfig: one("ldconfig-path"),
        },
        library_search_paths: values("library-search-path"),
        config_search_paths: values("config-search-path"),
        data_dirs: crate::generate::data_dirs(&case.env("XDG_DATA_DIRS").unwrap_or_default()),
        features: Features {
            explicit_driver_libraries: flag("enable-explicit-driver-libraries"),
            coherent_annotations: flag("enable-coherent-annotations"),
            additional_gids: !flag("no-additional-gids-for-device-nodes"),
            ipc: !flag("disable-ipc-discoverer"),
            multiple_csv_devices: !flag("disable-multiple-csv-devices"),
        },
        csv: CsvOptions {
            files: values("csv.file"),
            ignore_patterns: values("csv.ignore-pattern"),
            compat_container_root: one("csv.compat-container-root"),
        },
        missing_nodes: MissingNodes::Fail,
    };
    Ok(Asked { options, driver_root, dev_root })
}

fn normal(path: &str) -> String {
    if path == "/" { path.to_owned() } else { path.trim_end_matches('/').to_owned() }
}

/// The hook program: a path, or a name that is searched.
fn program(case: &Case, asked: Option<String>) -> String {
    let asked = asked.unwrap_or_else(|| "/usr/bin/nvidia-cdi-hook".to_owned());
    if asked.starts_with('/') {
        return asked;
    }
    let name = format!("/{asked}");
    let paths = case.entries("host").into_iter().filter(|entry| entry[0] == "x");
    let mut paths = paths.map(|entry| entry[1].as_str().unwrap().to_owned());
    paths.find(|path| path.ends_with(&name)).expect("the hook program")
}

pub(super) fn host<'a>(case: &Case, asked: &Asked, gpus: &'a dyn Gpus) -> Host<'a> {
    let (root, host) = (case.files("root"), case.files("host"));
    let below = |path: &str| {
        assert!(path == ROOT || path == "/", "{path}");
        let files = if path == ROOT { &root } else { &host };
        Arc::clone(files) as Arc<dyn HostFiles>
    };
    Host {
        driver_root: asked.driver_root.clone(),
        dev_root: asked.dev_root.clone(),
        driver: below(&asked.driver_root),
        dev: below(&asked.dev_root),
        host: Arc::clone(&host) as Arc<dyn HostFiles>,
        gpus,
        architecture: Some(Architecture::X86_64),
        kernel_release: KERNEL.to_owned(),
        warnings: Vec::new(),
    }
}
