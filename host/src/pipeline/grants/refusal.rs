//! What a stage is told when something is not granted: the grant that is missing, and a pattern that
//! would allow it.

use std::fmt;

macro_rules! grant_keys {
    ($($variant:ident = $table:literal $key:literal $does:literal,)*) => {
        /// The key of the configuration that grants something.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "named as in the configuration")]
        pub enum GrantKey { $($variant,)* }

        impl GrantKey {
            /// All of them.
            pub const ALL: [Self; [$($key),*].len()] = [$(Self::$variant,)*];

            /// The table below `grants`: `read`, `edit` or `override`.
            #[must_use]
            pub fn table(self) -> &'static str {
                match self { $(Self::$variant => $table,)* }
            }

            /// The key in that table.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// What it lets a stage do, before the name of what: `read variable`.
            #[must_use]
            pub fn does(self) -> &'static str {
                match self { $(Self::$variant => $does,)* }
            }
        }
    };
}

grant_keys! {
    ReadEnv = "read" "env" "read env",
    ReadAnnotations = "read" "annotations" "read annotations",
    ReadMounts = "read" "mounts" "read mounts",
    ReadHooks = "read" "hooks" "read hooks",
    ReadDeviceNodes = "read" "device-nodes" "read device nodes",
    ReadProcess = "read" "process" "read process",
    ReadNamespaces = "read" "namespaces" "read namespaces",
    ReadPlatform = "read" "platform" "read platform",
    ReadGpus = "read" "gpus" "read GPUs",
    ReadCdi = "read" "cdi" "read CDI devices",
    ReadFiles = "read" "files" "read files",
    EditMode = "edit" "mode" "choose mode",
    EditEnv = "edit" "env" "edit env",
    EditDevices = "edit" "devices" "inject device",
    EditDeviceNodes = "edit" "device-nodes" "add device node",
    EditMounts = "edit" "mounts" "add mount",
    EditHooks = "edit" "hooks" "add hook",
    EditRemoveHooks = "edit" "remove-hooks" "remove hooks",
    EditGids = "edit" "gids" "add group",
    EditNetDevices = "edit" "net-devices" "move network interface",
    EditRdt = "edit" "rdt" "set RDT",
    OverrideEnv = "override" "env" "override env",
    OverrideMounts = "override" "mounts" "override mount",
    OverrideDeviceNodes = "override" "device-nodes" "override device node",
    OverrideNetDevices = "override" "net-devices" "override network interface",
    OverrideRdt = "override" "rdt" "override RDT",
}

impl GrantKey {
    /// Whether the key is granted as a whole (`true`), not by a list.
    #[must_use]
    pub fn is_switch(self) -> bool {
        matches!(
            self,
            Self::ReadProcess
                | Self::ReadNamespaces
                | Self::ReadPlatform
                | Self::ReadGpus
                | Self::OverrideRdt
        )
    }
}

/// Something that a stage asked for and was not granted.
///
/// Its text names the missing grant and what would allow it:
///
/// ```
/// use gantry::pipeline::grants::{GrantKey, Refusal};
/// let refusal = Refusal::new("acme", GrantKey::EditEnv, "LD_PRELOAD");
/// assert_eq!(
///     refusal.to_string(),
///     r#"not granted: edit env "LD_PRELOAD"; add it to [stages.acme.grants.edit] env"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not granted: {what}; {remedy}")]
pub struct Refusal {
    /// The grant that is missing.
    pub key: GrantKey,
    /// What was asked for: `edit env "LD_PRELOAD"`.
    pub what: String,
    /// What the operator would write to allow it.
    pub remedy: String,
}

impl Refusal {
    /// A refusal of something that its own name as a pattern would allow.
    #[must_use]
    pub fn new(stage: &str, key: GrantKey, name: &str) -> Self {
        let Place { table, key: place } = Place::of(stage, key);
        let remedy = match key {
            GrantKey::EditGids => format!("add {} to [{table}] {place}", Quoted(name).bare()),
            _ => format!("add it to [{table}] {place}"),
        };
        Self::with(key, name, remedy)
    }

    /// A refusal that this text in the grant's list would lift: a pattern where the request was for
    /// more than one thing, `SRC => DST : OPTIONS` for a mount.
    #[must_use]
    pub fn with_pattern(stage: &str, key: GrantKey, name: &str, pattern: &str) -> Self {
        let Place { table, key: place } = Place::of(stage, key);
        Self::with(key, name, format!("add {} to [{table}] {place}", Quoted(pattern)))
    }

    /// A refusal of a file of the host.
    #[must_use]
    pub fn file(stage: &str, root: &str, path: &str) -> Self {
        let table = Place::of(stage, GrantKey::ReadFiles).table;
        Self {
            key: GrantKey::ReadFiles,
            what: format!("read files {} of root {}", Quoted(path), Quoted(root)),
            remedy: format!("add it to [{table}.files] {}", Quoted(root).bare()),
        }
    }

    /// A refusal of something that is granted as a whole.
    #[must_use]
    pub fn switch(stage: &str, key: GrantKey) -> Self {
        let Place { table, key: place } = Place::of(stage, key);
        Self {
            key,
            what: key.does().to_owned(),
            remedy: format!("set {place} = true in [{table}]"),
        }
    }

    fn with(key: GrantKey, name: &str, remedy: String) -> Self {
        Self { key, what: format!("{} {}", key.does(), Quoted(name)), remedy }
    }
}

/// Where in the configuration a grant stands.
struct Place {
    table: String,
    key: &'static str,
}

impl Place {
    fn of(stage: &str, key: GrantKey) -> Self {
        Self { table: format!("stages.{stage}.grants.{}", key.table()), key: key.key() }
    }
}

/// A text that a modifier may have made, in quotes: escaped, and cut where it is too long to read.
struct Quoted<'a>(&'a str);

impl Quoted<'_> {
    const LONGEST: usize = 256;

    fn cut(&self) -> (&str, &'static str) {
        match self.0.char_indices().nth(Self::LONGEST) {
            Some((at, _)) => (self.0.split_at(at).0, "…"),
            None => (self.0, ""),
        }
    }

    fn bare(&self) -> String {
        let (text, rest) = self.cut();
        format!("{}{rest}", text.escape_debug())
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, rest) = self.cut();
        write!(f, "{text:?}{rest}")
    }
}
