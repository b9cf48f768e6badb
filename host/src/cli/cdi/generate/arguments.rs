//! The command line of `gantry cdi generate`: the names are those of `nvidia-ctk cdi generate`.
#![allow(clippy::doc_markdown, reason = "people are shown the names of variables as they are")]

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::super::destination::Changes;

const EXAMPLES: &str = "\
With --format json or yaml the spec is printed so; without, as YAML. A file is written in the
notation of its name: .json or .yaml, which are all that readers of CDI look at. A name that ends
otherwise gets .yaml (or .json, with --format json) added to it.

Options without a value here are taken from the environment, by the names in brackets; one that is
empty counts as not set. Lists may be given by repeating an option, or with commas; of any other
option that is repeated the last counts.

There is never a part of a spec: what is missing and needed is an error, and what is missing and
not needed is a warning on stderr. A file appears whole or not at all, readable by all, and one that
would not change is left as it is.

Examples:
  gantry cdi generate                                       print what containers would get
  gantry cdi generate --output /var/run/cdi/nvidia.yaml
  gantry cdi generate --output /var/run/cdi/nvidia.yaml --dry-run    what would change there
  gantry cdi generate --mode imex --class imex-channel
  gantry gpu inventory --format json > gpus.json            here, and on a host without a GPU:
  gantry cdi generate --inventory gpus.json --driver-root ./driver";

/// Make a spec of this host's GPUs, and of what their driver needs in a container
///
/// Prints it, or writes it to a file. The options, and the variables that stand for them, are those
/// of `nvidia-ctk cdi generate`.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES, args_override_self = true)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Generate {
    /// The file, `-` to print it; several specs get their own infix. [default: -] [env: NVIDIA_CTK_CDI_OUTPUT_FILE_PATH]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<OsString>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// No warnings, and no word of what was done. Errors are still printed.
    #[arg(long, short)]
    pub(super) quiet: bool,

    /// What is looked for: auto, nvml, csv, management, gds, mofed, nvswitch, gdrcopy, imex or wsl.
    /// [default: auto] [env: NVIDIA_CTK_CDI_GENERATE_MODE]
    #[arg(long, alias = "discovery-mode", help_heading = WHAT)]
    pub(super) mode: Option<String>,
    /// Only these: an index, GPU-…, MIG-…, 0:1, `all`, or `none`. [default: all]
    /// [env: NVIDIA_CTK_CDI_GENERATE_DEVICE_IDS]
    #[arg(long = "device-id", visible_alias = "device", aliases = ["device-ids", "devices"])]
    #[arg(value_name = "ID,…", allow_negative_numbers = true, help_heading = WHAT)]
    pub(super) device_ids: Vec<String>,
    /// How devices are named: index, uuid, type-index; each once under each name. [default: index,uuid]
    /// [env: NVIDIA_CTK_CDI_GENERATE_DEVICE_NAME_STRATEGIES]
    #[arg(long = "device-name-strategy", value_name = "NAME,…", help_heading = WHAT)]
    pub(super) names: Vec<String>,
    /// Make no device `all` of all others. [env: NVIDIA_CTK_CDI_GENERATE_NO_ALL_DEVICE]
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(value_name = "true|false", help_heading = WHAT)]
    pub(super) no_all_device: Option<String>,
    /// The vendor of the devices' names. [default: nvidia.com] [env: NVIDIA_CTK_CDI_GENERATE_VENDOR]
    #[arg(long, alias = "cdi-vendor", help_heading = WHAT)]
    pub(super) vendor: Option<String>,
    /// The class of the devices' names. [default: gpu] [env: NVIDIA_CTK_CDI_GENERATE_CLASS]
    #[arg(long, alias = "cdi-class", help_heading = WHAT)]
    pub(super) class: Option<String>,
    /// What is done beyond, or left out: see docs/generate.md. [env: NVIDIA_CTK_CDI_GENERATE_FEATURE_FLAGS]
    #[arg(long = "feature-flag", alias = "feature-flags", value_name = "FLAG,…", help_heading = WHAT)]
    pub(super) feature_flags: Vec<String>,

    /// Where the driver's files are. [default: `driver-root` of the configuration]
    /// [env: NVIDIA_CTK_DRIVER_ROOT]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = WHERE)]
    pub(super) driver_root: Option<String>,
    /// Where the folder dev with the device nodes is. [default: the driver root] [env: NVIDIA_CTK_DEV_ROOT]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = WHERE)]
    pub(super) dev_root: Option<String>,
    /// Look for libraries here, and nowhere else. [env: NVIDIA_CTK_CDI_GENERATE_LIBRARY_SEARCH_PATHS]
    #[arg(long = "library-search-path", value_name = "DIR,…", help_heading = WHERE)]
    pub(super) library_search_paths: Vec<String>,
    /// Look for configuration files here, and nowhere else.
    /// [env: NVIDIA_CTK_CDI_GENERATE_CONFIG_SEARCH_PATHS]
    #[arg(long = "config-search-path", value_name = "DIR,…", help_heading = WHERE)]
    pub(super) config_search_paths: Vec<String>,
    /// The GPUs as `gantry gpu inventory` has printed them, JSON or YAML; `-` for stdin. No GPU is asked.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = WHERE)]
    pub(super) inventory: Option<PathBuf>,
    /// The lists for the mode csv. [default: devices.csv, drivers.csv and l4t.csv of
    /// /etc/nvidia-container-runtime/host-files-for-container.d] [env: NVIDIA_CTK_CDI_GENERATE_CSV_FILES]
    #[arg(long = "csv.file", value_name = "FILE,…", help_heading = WHERE)]
    pub(super) csv_files: Vec<String>,
    /// Links of these lists that are left out. [env: NVIDIA_CTK_CDI_GENERATE_CSV_IGNORE_PATTERNS]
    #[arg(long = "csv.ignore-pattern", value_name = "PATTERN,…", help_heading = WHERE)]
    pub(super) csv_ignore_patterns: Vec<String>,
    /// Where containers have CUDA's compatibility libraries, in the mode csv.
    /// [env: NVIDIA_CTK_CDI_GENERATE_CSV_CONTAINER_COMPAT_ROOT]
    #[arg(long = "csv.compat-container-root", value_name = "DIR", help_heading = WHERE)]
    pub(super) csv_compat_container_root: Option<String>,

    /// The hook program: a path, or a name that is looked for in PATH. [default: gantry-hook]
    /// [env: NVIDIA_CTK_CDI_HOOK_PATH]
    #[arg(long, visible_alias = "nvidia-cdi-hook-path", alias = "nvidia-ctk-path")]
    #[arg(value_name = "PROGRAM", help_heading = HOOKS)]
    pub(super) hook_path: Option<String>,
    /// The host's ldconfig, for the hook that updates a container's library cache.
    /// [env: NVIDIA_CTK_CDI_GENERATE_LDCONFIG_PATH]
    #[arg(long, value_name = "PROGRAM", help_heading = HOOKS)]
    pub(super) ldconfig_path: Option<String>,
    /// Hooks that are left out; `all` for each. [env: NVIDIA_CTK_CDI_GENERATE_DISABLED_HOOKS]
    #[arg(long = "disable-hook", alias = "disable-hooks", value_name = "HOOK,…", help_heading = HOOKS)]
    pub(super) disabled_hooks: Vec<String>,
    /// Hooks that are put in, whatever --disable-hook says. [env: NVIDIA_CTK_CDI_GENERATE_ENABLED_HOOKS]
    #[arg(long = "enable-hook", alias = "enable-hooks", value_name = "HOOK,…", help_heading = HOOKS)]
    pub(super) enabled_hooks: Vec<String>,
}

const WHAT: &str = "What is made";
const WHERE: &str = "Where it is looked for";
const HOOKS: &str = "Hooks";
