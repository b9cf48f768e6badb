//! From the command line and the environment to the options of a generation.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use gantry::cdi::{Format, validate_class, validate_vendor};
use gantry::generate::{
    CsvOptions, DATA_DIRS, DeviceIds, Features, HookName, HookOptions, MissingNodes, Mode,
    NameStrategy, Options as Wanted, data_dirs,
};

use super::super::failure::Failure;
use super::super::options::{Format as Printed, Options};
use super::arguments::Generate;
use super::hook_program;
use super::places::{absolute, roots};
use crate::environment::{list, switch, text};

/// Where the lists of the mode `csv` are.
const CSV_FILES: [&str; 3] = [
    "/etc/nvidia-container-runtime/host-files-for-container.d/devices.csv",
    "/etc/nvidia-container-runtime/host-files-for-container.d/drivers.csv",
    "/etc/nvidia-container-runtime/host-files-for-container.d/l4t.csv",
];

/// What is asked for.
pub(super) struct Request {
    pub(super) options: Wanted,
    pub(super) driver_root: String,
    pub(super) dev_root: String,
    /// The file; `None`: it is printed.
    pub(super) output: Option<PathBuf>,
    /// What is wrong with the hook program: of interest where there are hooks.
    pub(super) hook_problem: Option<String>,
    /// The notation that was asked for.
    pub(super) format: Option<Format>,
}

impl Request {
    /// Notes say what was given and is not known, or has no effect.
    pub(super) fn new(
        given: &Generate,
        options: &Options,
        notes: &mut Vec<String>,
    ) -> Result<Self> {
        let hook = text(given.hook_path.as_deref(), &["NVIDIA_CTK_CDI_HOOK_PATH"])?;
        let (program, hook_problem) = hook_program::find(hook.as_deref())?;
        let wanted = wanted(given, program, notes)?;
        let (driver_root, dev_root) = roots(given, options)?;
        let output = match &given.output {
            Some(output) => Some(output.clone()),
            None => text(None, &["NVIDIA_CTK_CDI_OUTPUT_FILE_PATH"])?.map(OsString::from),
        };
        Ok(Self {
            options: wanted,
            hook_problem,
            driver_root,
            dev_root,
            output: output.filter(|path| !path.is_empty() && path != "-").map(PathBuf::from),
            format: notation(options.format)?,
        })
    }
}

fn wanted(given: &Generate, program: String, notes: &mut Vec<String>) -> Result<Wanted, Failure> {
    let name = |given: &Option<String>, variable, default: &str| {
        text(given.as_deref(), &[variable]).map(|value| value.unwrap_or_else(|| default.to_owned()))
    };
    let vendor = name(&given.vendor, "NVIDIA_CTK_CDI_GENERATE_VENDOR", "nvidia.com")?;
    validate_vendor(&vendor).map_err(Failure::usage)?;
    let class = name(&given.class, "NVIDIA_CTK_CDI_GENERATE_CLASS", "gpu")?;
    validate_class(&class).map_err(Failure::usage)?;
    let mode = name(&given.mode, "NVIDIA_CTK_CDI_GENERATE_MODE", Mode::Auto.name())?;
    let ids = list(&given.device_ids, &["NVIDIA_CTK_CDI_GENERATE_DEVICE_IDS"])?;
    let mut all_device =
        !switch(given.no_all_device.as_deref(), &["NVIDIA_CTK_CDI_GENERATE_NO_ALL_DEVICE"])?;
    if all_device && ids.iter().any(|id| id == "none") {
        notes.push("no device `all` is made, since `none` is asked for".to_owned());
        all_device = false;
    }
    let names = list(&given.names, &["NVIDIA_CTK_CDI_GENERATE_DEVICE_NAME_STRATEGIES"])?;
    let names = names
        .iter()
        .map(|name| one_of("--device-name-strategy", name, &NameStrategy::ALL, NameStrategy::name));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let csv_files =
        absolute("--csv.file", &list(&given.csv_files, &["NVIDIA_CTK_CDI_GENERATE_CSV_FILES"])?)?;
    Ok(Wanted {
        mode: one_of("--mode", &mode.to_lowercase(), &Mode::ALL, Mode::name)?,
        vendor,
        class,
        devices: if ids.is_empty() { DeviceIds::All } else { DeviceIds::These(ids) },
        names: if names.is_empty() { vec![NameStrategy::Index, NameStrategy::Uuid] } else { names },
        all_device,
        hooks: hooks(given, program, notes)?,
        library_search_paths: absolute(
            "--library-search-path",
            &list(&given.library_search_paths, &["NVIDIA_CTK_CDI_GENERATE_LIBRARY_SEARCH_PATHS"])?,
        )?,
        config_search_paths: absolute(
            "--config-search-path",
            &list(&given.config_search_paths, &["NVIDIA_CTK_CDI_GENERATE_CONFIG_SEARCH_PATHS"])?,
        )?,
        data_dirs: data_dirs(&text(None, &[DATA_DIRS])?.unwrap_or_default()),
        features: features(
            &list(&given.feature_flags, &["NVIDIA_CTK_CDI_GENERATE_FEATURE_FLAGS"])?,
            notes,
        ),
        csv: CsvOptions {
            files: if csv_files.is_empty() {
                CSV_FILES.map(str::to_owned).to_vec()
            } else {
                csv_files
            },
            ignore_patterns: list(
                &given.csv_ignore_patterns,
                &["NVIDIA_CTK_CDI_GENERATE_CSV_IGNORE_PATTERNS"],
            )?,
            compat_container_root: text(
                given.csv_compat_container_root.as_deref(),
                &["NVIDIA_CTK_CDI_GENERATE_CSV_CONTAINER_COMPAT_ROOT"],
            )?
            .filter(|path| !path.is_empty()),
        },
        missing_nodes: MissingNodes::Fail,
    })
}

fn hooks(
    given: &Generate,
    program: String,
    notes: &mut Vec<String>,
) -> Result<HookOptions, Failure> {
    let disabled = list(&given.disabled_hooks, &["NVIDIA_CTK_CDI_GENERATE_DISABLED_HOOKS"])?;
    let enabled = list(&given.enabled_hooks, &["NVIDIA_CTK_CDI_GENERATE_ENABLED_HOOKS"])?;
    if enabled.iter().any(|name| name == "all") {
        return Err(Failure::usage("--enable-hook all: name each hook"));
    }
    let ldconfig =
        text(given.ldconfig_path.as_deref(), &["NVIDIA_CTK_CDI_GENERATE_LDCONFIG_PATH"])?;
    let mut known = |names: &[String]| -> Vec<HookName> {
        let known =
            names.iter().filter(|name| !matches!(name.as_str(), "all" | "")).filter_map(|name| {
                let hook = HookName::ALL.into_iter().find(|hook| hook.name() == name);
                if hook.is_none() {
                    notes.push(format!(
                        "the hook {name:?} is not known and left out: {}",
                        one_line_of(&HookName::ALL.map(HookName::name))
                    ));
                }
                hook
            });
        known.collect()
    };
    Ok(HookOptions {
        disable_all: disabled.iter().any(|name| name == "all"),
        disabled: known(&disabled),
        enabled: known(&enabled),
        program,
        ldconfig: ldconfig.filter(|path| !path.is_empty()),
    })
}

/// The features that flags turn on or off. One that is not known changes nothing: it may be of a newer
/// toolkit, whose command line this is.
fn features(flags: &[String], notes: &mut Vec<String>) -> Features {
    let mut features = Features::default();
    for flag in flags.iter().filter(|flag| !flag.is_empty()) {
        if !features.set(flag) {
            notes.push(format!(
                "the feature flag {flag:?} is not known and changes nothing: {}",
                one_line_of(&Features::FLAGS)
            ));
        }
    }
    features
}

/// The notation, where one is asked for.
fn notation(printed: Printed) -> Result<Option<Format>, Failure> {
    if let Some(format) = printed.notation() {
        return Ok(Some(format));
    }
    let variable =
        text(None, &["NVIDIA_CTK_CDI_GENERATE_OUTPUT_FORMAT"])?.map(|format| format.to_lowercase());
    match variable.as_deref() {
        None => Ok(None),
        Some("json") => Ok(Some(Format::Json)),
        Some("yaml") => Ok(Some(Format::Yaml)),
        Some(other) => Err(Failure::usage(format_args!(
            "NVIDIA_CTK_CDI_GENERATE_OUTPUT_FORMAT is {other:?}, and neither json nor yaml"
        ))),
    }
}

/// The one of this name.
fn one_of<T: Copy>(
    option: &str,
    name: &str,
    all: &[T],
    name_of: impl Fn(T) -> &'static str,
) -> Result<T, Failure> {
    let found = all.iter().copied().find(|one| name_of(*one) == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().copied().map(&name_of).collect();
        Failure::usage(format_args!("{option} {name:?}: {}", one_line_of(&names)))
    })
}

fn one_line_of(names: &[&str]) -> String {
    format!("there are {}", names.join(", "))
}
