//! A container and a host made up for a test, so that a modifier runs in an ordinary `cargo test`.
//!
//! ```
//! # use gantry_modifier::{devices, testing::Host, Failure, Metadata, Mode, Modifier, Want};
//! # struct Acme;
//! # impl Modifier for Acme {
//! #     type Settings = ();
//! #     const METADATA: Metadata = Metadata {
//! #         name: "acme", version: "1.0.0", description: "", settings_schema: None,
//! #         wants: &[Want::edit_devices("acme.com/*=*", "")],
//! #     };
//! #     fn modify(_: Mode, (): ()) -> Result<(), Failure> {
//! #         Ok(devices::inject("acme.com/accelerator=0", "requested by ACME_DEVICES")?)
//! #     }
//! # }
//! let edits = Host::new().env("ACME_DEVICES=0").modify::<Acme>(Mode::Cdi, "null").unwrap();
//! assert_eq!(edits[0].text, "device acme.com/accelerator=0");
//! ```
//!
//! The grants are exactly those that the modifier's metadata wants: what it does not want is refused
//! and fails the run, as it would where an operator grants what it wants. Both views are the same
//! document. Devices are not resolved. Not on wasm.

mod edits;
mod files;
#[doc(hidden)]
pub mod imports;
mod listed;
mod patterns;
mod running;

use std::collections::BTreeMap;

pub use edits::Edit;

use files::{Node, Tree};

use crate::device_nodes::DeviceNode;
use crate::gpus::{Driver, Gpu};
use crate::hooks::Hook;
use crate::mounts::Mount;
use crate::namespaces::Namespace;
use crate::process::User;
use crate::{Failure, HookPoint, Mode, ModeSelector, Modifier, Problem, Want, export};

/// A container and the host that it is created on. Empty at first.
#[derive(Debug, Clone, Default)]
pub struct Host {
    env: Vec<String>,
    annotations: BTreeMap<String, String>,
    mounts: Vec<Mount>,
    hooks: Vec<(HookPoint, Hook)>,
    device_nodes: Vec<DeviceNode>,
    namespaces: Vec<Namespace>,
    capabilities: Vec<String>,
    user: (u32, u32, Vec<u32>),
    facts: Facts,
    driver: Option<Driver>,
    gpus: Vec<Gpu>,
    devices: Vec<String>,
    files: BTreeMap<String, Tree>,
    denied: Vec<Want>,
}

/// What kind of machine a [`Host`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `x86_64` or `aarch64`.
    pub architecture: String,
    /// As `uname -r` prints it.
    pub kernel_release: String,
    /// Whether it is a Tegra system by its files.
    pub tegra_files: bool,
    /// Whether it has DXCore.
    pub dxcore: bool,
    /// Whether it has NVML.
    pub nvml: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            architecture: "x86_64".into(),
            kernel_release: "6.1.0".into(),
            tegra_files: false,
            dxcore: false,
            nvml: false,
        }
    }
}

impl Host {
    /// An empty container on a host without devices.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an entry of `process.env`: `NAME=value`, or a malformed one.
    #[must_use]
    pub fn env(mut self, entry: &str) -> Self {
        self.env.push(entry.into());
        self
    }

    /// Adds an annotation.
    #[must_use]
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.insert(key.into(), value.into());
        self
    }

    /// Adds a bind mount.
    #[must_use]
    pub fn mount(mut self, source: &str, destination: &str) -> Self {
        self.mounts.push(Mount {
            destination: destination.into(),
            source: Some(source.into()),
            fs_type: Some("bind".into()),
            options: vec!["bind".into()],
        });
        self
    }

    /// Adds a hook.
    #[must_use]
    pub fn hook(mut self, point: HookPoint, hook: Hook) -> Self {
        self.hooks.push((point, hook));
        self
    }

    /// Adds a device node to the container.
    #[must_use]
    pub fn device_node(mut self, node: DeviceNode) -> Self {
        self.device_nodes.push(node);
        self
    }

    /// Adds a namespace.
    #[must_use]
    pub fn namespace(mut self, kind: &str, path: Option<&str>) -> Self {
        self.namespaces.push(Namespace { kind: kind.into(), path: path.map(Into::into) });
        self
    }

    /// Adds a capability to all sets but the ambient one.
    #[must_use]
    pub fn capability(mut self, name: &str) -> Self {
        self.capabilities.push(name.into());
        self
    }

    /// Sets the user of the process.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.user = (user.uid, user.gid, user.additional_gids);
        self
    }

    /// Sets what kind of machine the host is.
    #[must_use]
    pub fn facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    /// Sets the driver and adds a GPU.
    #[must_use]
    pub fn gpu(mut self, driver: Driver, gpu: Gpu) -> Self {
        self.driver = Some(driver);
        self.gpus.push(gpu);
        self
    }

    /// Adds a CDI device that the host knows, by qualified name.
    #[must_use]
    pub fn device(mut self, name: &str) -> Self {
        self.devices.push(name.into());
        self.devices.sort();
        self
    }

    /// Adds a regular file below a named root.
    #[must_use]
    pub fn file(self, root: &str, path: &str, content: &[u8]) -> Self {
        self.put(root, path, Node::File { mode: 0o644, content: content.into(), soname: None })
    }

    /// Adds an empty executable file below a named root.
    #[must_use]
    pub fn program(self, root: &str, path: &str) -> Self {
        self.put(root, path, Node::File { mode: 0o755, content: Vec::new(), soname: None })
    }

    /// Adds an ELF shared object below a named root, by its `DT_SONAME`.
    #[must_use]
    pub fn library(self, root: &str, path: &str, soname: &str) -> Self {
        self.put(
            root,
            path,
            Node::File { mode: 0o644, content: Vec::new(), soname: Some(soname.into()) },
        )
    }

    /// Adds a directory below a named root. Those above a file are there without it.
    #[must_use]
    pub fn directory(self, root: &str, path: &str) -> Self {
        self.put(root, path, Node::Directory)
    }

    /// Adds a symbolic link below a named root.
    #[must_use]
    pub fn link(self, root: &str, path: &str, target: &str) -> Self {
        self.put(root, path, Node::Link { target: target.into() })
    }

    /// Adds a character device below a named root: its major and minor, permission bits and group.
    #[must_use]
    pub fn char_device(
        self,
        root: &str,
        path: &str,
        number: (u32, u32),
        mode: u32,
        gid: u32,
    ) -> Self {
        self.put(root, path, Node::CharDevice { number, mode, gid })
    }

    fn put(mut self, root: &str, path: &str, node: Node) -> Self {
        self.files.entry(root.into()).or_default().put(path, node);
        self
    }

    /// Grants all that the modifier's metadata wants but this.
    #[must_use]
    pub fn without(mut self, want: &Want) -> Self {
        self.denied.push(*want);
        self
    }

    /// Runs a modifier, and returns the edits that it made.
    ///
    /// # Errors
    ///
    /// What is wrong with the settings, what the modifier fails with, or the first call that its
    /// metadata does not want.
    pub fn modify<M: Modifier>(&self, mode: Mode, settings: &str) -> Result<Vec<Edit>, Failure> {
        running::run(self, M::METADATA.wants, || export::modify::<M>(mode, settings))
            .map(|((), edits)| edits)
    }

    /// Runs a mode selector.
    ///
    /// # Errors
    ///
    /// As [`Self::modify`].
    pub fn select<S: ModeSelector>(&self, settings: &str) -> Result<Mode, Failure> {
        running::run(self, S::METADATA.wants, || {
            let mode = export::select::<S>(settings)?;
            running::choose(mode)?;
            Ok(mode)
        })
        .map(|(mode, _)| mode)
    }
}

/// Checks settings as `gantry config check` does.
///
/// # Errors
///
/// What is wrong with them.
pub fn validate<M: Modifier>(settings: &str) -> Result<(), Vec<Problem>> {
    export::validate_modifier::<M>(settings)
}

#[cfg(test)]
mod tests;
