//! What a generation is asked for.

/// What a generation is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What is looked for.
    pub mode: Mode,
    /// The vendor of the spec's kind.
    pub vendor: String,
    /// The class of the spec's kind.
    pub class: String,
    /// Which devices.
    pub devices: DeviceIds,
    /// How devices are named; several: each device stands once under each name.
    pub names: Vec<NameStrategy>,
    /// Whether a device `all` is made of all others.
    pub all_device: bool,
    /// The hooks.
    pub hooks: HookOptions,
    /// Directories of the host where libraries are looked for, and nowhere else; none: the usual ones
    /// below the driver root.
    pub library_search_paths: Vec<String>,
    /// Directories of the host where configuration files are looked for, and nowhere else; none: the
    /// usual ones below the driver root.
    pub config_search_paths: Vec<String>,
    /// What `XDG_DATA_DIRS` names: where configuration files are looked for behind `/etc`; none: the usual
    /// directories.
    pub data_dirs: Vec<String>,
    /// What is done beyond, or left out.
    pub features: Features,
    /// For the mode `csv`.
    pub csv: CsvOptions,
    /// What becomes of a device whose node is not there.
    pub missing_nodes: MissingNodes,
}

/// The variable that names directories of shared data.
pub const DATA_DIRS: &str = "XDG_DATA_DIRS";

/// The directories that this variable names: absolute ones, as the XDG base directory specification says.
#[must_use]
pub fn data_dirs(named: &str) -> Vec<String> {
    let absolute = named.split(':').filter(|path| path.starts_with('/'));
    absolute.map(|path| crate::path::clean(path).into_owned()).collect()
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Mode {
    Auto,
    Nvml,
    Csv,
    Management,
    Gds,
    Mofed,
    Nvswitch,
    Gdrcopy,
    Imex,
    Wsl,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Auto,
        Self::Nvml,
        Self::Csv,
        Self::Management,
        Self::Gds,
        Self::Mofed,
        Self::Nvswitch,
        Self::Gdrcopy,
        Self::Imex,
        Self::Wsl,
    ];

    /// The name in the configuration and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Nvml => "nvml",
            Self::Csv => "csv",
            Self::Management => "management",
            Self::Gds => "gds",
            Self::Mofed => "mofed",
            Self::Nvswitch => "nvswitch",
            Self::Gdrcopy => "gdrcopy",
            Self::Imex => "imex",
            Self::Wsl => "wsl",
        }
    }
}

/// Which devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceIds {
    /// All that there are.
    All,
    /// These: an index, `GPU-…`, `MIG-…`, `0:1`, `all` or `none`, as the mode knows them. Not empty.
    These(Vec<String>),
}

/// How devices are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameStrategy {
    /// `0`, `0:1`.
    Index,
    /// `GPU-…`, `MIG-…`.
    Uuid,
    /// `gpu0`, `mig0:1`.
    TypeIndex,
}

impl NameStrategy {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Index, Self::Uuid, Self::TypeIndex];

    /// The name in the configuration and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Uuid => "uuid",
            Self::TypeIndex => "type-index",
        }
    }
}

/// The hooks that a spec names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookOptions {
    /// The hook program, an absolute path of the host.
    pub program: String,
    /// Which are left out.
    pub disabled: Vec<HookName>,
    /// Which are put in although they are left out by default, or by `disabled`.
    pub enabled: Vec<HookName>,
    /// Leaves out all that are not in `enabled`.
    pub disable_all: bool,
    /// The host's `ldconfig` for `update-ldcache`; `None`: the hook's own default.
    pub ldconfig: Option<String>,
}

/// The hooks that generation knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum HookName {
    CreateSymlinks,
    Chmod,
    EnableCudaCompat,
    UpdateLdcache,
    DisableDeviceNodeModification,
    UpdateApplicationProfile,
}

impl HookName {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CreateSymlinks,
        Self::Chmod,
        Self::EnableCudaCompat,
        Self::UpdateLdcache,
        Self::DisableDeviceNodeModification,
        Self::UpdateApplicationProfile,
    ];

    /// The hook program's subcommand.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateSymlinks => "create-symlinks",
            Self::Chmod => "chmod",
            Self::EnableCudaCompat => "enable-cuda-compat",
            Self::UpdateLdcache => "update-ldcache",
            Self::DisableDeviceNodeModification => "disable-device-node-modification",
            Self::UpdateApplicationProfile => "update-application-profile",
        }
    }
}

/// What is done beyond, or left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "switches of the operator's, each its own")]
pub struct Features {
    /// Also mounts the libraries that programs link by a name without a version (`libGL.so`).
    pub explicit_driver_libraries: bool,
    /// Says of each device whether its memory is coherent, and makes a spec more for each kind.
    pub coherent_annotations: bool,
    /// Gives the container the groups that own device nodes.
    pub additional_gids: bool,
    /// Mounts the sockets of the driver's daemons.
    pub ipc: bool,
    /// Tells several GPUs of a Tegra system apart.
    pub multiple_csv_devices: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self {
            explicit_driver_libraries: false,
            coherent_annotations: false,
            additional_gids: true,
            ipc: true,
            multiple_csv_devices: true,
        }
    }
}

/// For the mode `csv`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsvOptions {
    /// The lists, absolute paths of the host, in their order.
    pub files: Vec<String>,
    /// Which links are left out.
    pub ignore_patterns: Vec<String>,
    /// Where a container has its CUDA compatibility libraries; `None`: the usual place.
    pub compat_container_root: Option<String>,
}

/// What becomes of a device whose node is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingNodes {
    /// The generation fails: a spec on disk serves many containers.
    Fail,
    /// The operator is told, and the rest stays.
    Warn,
}
