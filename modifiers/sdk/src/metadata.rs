//! What a modifier says of itself, and the custom section that carries it.
//!
//! The section is named `gantry:modifier-metadata` and holds one JSON object:
//!
//! ```json
//! {"metadata-version":1,"name":"acme","version":"1.0.0","wit":"0.1.0","description":"…",
//!  "wants":[{"grant":"edit.env","pattern":"ACME_*","why":"…"}],"settings-schema":{}}
//! ```
//!
//! `settings-schema` is left out where there is none. The section is in the core module, so a
//! component has it in the module nested in it. The host reads it without running anything.

mod json;

#[doc(hidden)]
pub use json::{encode, length, text};

/// What a modifier is, and which grants it wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// A short name, lower case: `acme`.
    pub name: &'static str,
    /// The modifier's own version.
    pub version: &'static str,
    /// One sentence that says what it does.
    pub description: &'static str,
    /// The grants that it needs, and why. Only the operator gives them.
    pub wants: &'static [Want],
    /// The JSON schema of the settings, as JSON text.
    pub settings_schema: Option<&'static str>,
}

/// The version of the contract that this crate speaks.
pub const WIT_VERSION: &str = "0.1.0";

/// One grant that a modifier wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// The kind, as in the stage's `grants` table with a dot: `edit.env`.
    pub grant: &'static str,
    /// As an operator writes it: `*` stays within one path element or name, `**` crosses `/`. `*`
    /// alone for a grant that is given as a whole (`process = true`).
    pub pattern: &'static str,
    /// What the modifier does with it, in words.
    pub why: &'static str,
}

/// Makes one constructor a kind of grant.
macro_rules! wants {
    ($($(#[$doc:meta])* $function:ident: $grant:literal;)*) => {
        impl Want {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $function(pattern: &'static str, why: &'static str) -> Self {
                    Self { grant: $grant, pattern, why }
                }
            )*
        }
    };
}

wants! {
    /// To read the variables with these names.
    read_env: "read.env";
    /// To read the annotations with these keys.
    read_annotations: "read.annotations";
    /// To see the mounts at these destinations.
    read_mounts: "read.mounts";
    /// To see the hooks of these points (`prestart`).
    read_hooks: "read.hooks";
    /// To see the device nodes at these paths in the container.
    read_device_nodes: "read.device-nodes";
    /// To read the GPUs and their driver: `*`.
    read_gpus: "read.gpus";
    /// To list the CDI devices of these kinds.
    read_cdi: "read.cdi";
    /// To choose this mode, for a mode selector.
    edit_mode: "edit.mode";
    /// To set the variables with these names.
    edit_env: "edit.env";
    /// To inject the devices with these qualified names.
    edit_devices: "edit.devices";
    /// To add these device nodes, by host path: `/dev/acme*`, `/dev/acme* => /dev/a* : rw`.
    edit_device_nodes: "edit.device-nodes";
    /// To add these mounts: `/opt/acme/** => /opt/acme/** : ro`.
    edit_mounts: "edit.mounts";
    /// To add these hooks: `createContainer /usr/bin/acme-hook`.
    edit_hooks: "edit.hooks";
    /// To remove these hooks: `prestart /usr/bin/acme-hook`.
    edit_remove_hooks: "edit.remove-hooks";
    /// To add these groups: `44`, or `100-200`.
    edit_gids: "edit.gids";
    /// To move these network interfaces of the host.
    edit_net_devices: "edit.net-devices";
    /// To set these classes of service.
    edit_rdt: "edit.rdt";
}

impl Want {
    /// To read the process's user and capabilities.
    #[must_use]
    pub const fn read_process(why: &'static str) -> Self {
        Self { grant: "read.process", pattern: "*", why }
    }

    /// To read the container's namespaces.
    #[must_use]
    pub const fn read_namespaces(why: &'static str) -> Self {
        Self { grant: "read.namespaces", pattern: "*", why }
    }

    /// To read what kind of machine this is.
    #[must_use]
    pub const fn read_platform(why: &'static str) -> Self {
        Self { grant: "read.platform", pattern: "*", why }
    }

    /// To read files of the host; `pattern` names the root first: `acme:/etc/acme/**`.
    #[must_use]
    pub const fn read_files(pattern: &'static str, why: &'static str) -> Self {
        Self { grant: "read.files", pattern, why }
    }

    /// To use what CSV lists name, which the operator trusts: to read below `driver-root` and
    /// `dev-root`, mount and add it, each at its own path. `pattern` names the lists, and their root
    /// first: `csv:/*.csv`. Reading the lists themselves is a grant of its own.
    #[must_use]
    pub const fn listed(pattern: &'static str, why: &'static str) -> Self {
        Self { grant: "listed", pattern, why }
    }
}

/// The metadata's JSON text, made while compiling.
#[macro_export]
macro_rules! metadata_json {
    ($metadata:expr) => {{
        const METADATA: $crate::Metadata = $metadata;
        const LENGTH: usize = $crate::metadata::length(&METADATA);
        const JSON: [u8; LENGTH] = $crate::metadata::encode::<LENGTH>(&METADATA);
        $crate::metadata::text(&JSON)
    }};
}

/// Puts the metadata into the module's custom section.
#[doc(hidden)]
#[macro_export]
macro_rules! metadata_section {
    ($metadata:expr) => {
        const LENGTH: usize = $crate::metadata::length(&$metadata);

        // Not `#[used]`: that would put a second copy into the module's data.
        #[unsafe(link_section = "gantry:modifier-metadata")]
        pub static SECTION: [u8; LENGTH] = $crate::metadata::encode::<LENGTH>(&$metadata);
    };
}

#[cfg(test)]
mod tests;
