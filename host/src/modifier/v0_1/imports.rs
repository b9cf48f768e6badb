//! What a component imports, and linking just that.

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use super::super::state::State;
use super::super::{Interface, SandboxError, StageHost};
use super::wit;

/// The prefix of the contract's interfaces.
const PACKAGE: &str = "gantry:modifier/";
/// The version that this module speaks.
const VERSION: &str = "0.1.";

/// The interfaces of the contract that a component imports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Imports {
    granted: Vec<Interface>,
    types: bool,
    log: bool,
}

impl Imports {
    /// Those that need a grant.
    pub(in super::super) fn interfaces(&self) -> &[Interface] {
        &self.granted
    }

    pub(super) fn link<H: StageHost + 'static>(
        &self,
        linker: &mut Linker<State<H>>,
        known: &mut Self,
    ) -> wasmtime::Result<()> {
        type Own<H> = HasSelf<State<H>>;
        if self.types && !std::mem::replace(&mut known.types, true) {
            wit::types::add_to_linker::<_, Own<H>>(linker, |s| s)?;
        }
        if self.log && !std::mem::replace(&mut known.log, true) {
            wit::log::add_to_linker::<_, Own<H>>(linker, |s| s)?;
        }
        for interface in &self.granted {
            if known.granted.contains(interface) {
                continue;
            }
            let link = match interface {
                Interface::ContainerEnv => wit::container_env::add_to_linker::<_, Own<H>>,
                Interface::ContainerAnnotations => {
                    wit::container_annotations::add_to_linker::<_, Own<H>>
                }
                Interface::ContainerMounts => wit::container_mounts::add_to_linker::<_, Own<H>>,
                Interface::ContainerHooks => wit::container_hooks::add_to_linker::<_, Own<H>>,
                Interface::ContainerDeviceNodes => {
                    wit::container_device_nodes::add_to_linker::<_, Own<H>>
                }
                Interface::ContainerProcess => wit::container_process::add_to_linker::<_, Own<H>>,
                Interface::ContainerNamespaces => {
                    wit::container_namespaces::add_to_linker::<_, Own<H>>
                }
                Interface::Platform => wit::platform::add_to_linker::<_, Own<H>>,
                Interface::Gpus => wit::gpus::add_to_linker::<_, Own<H>>,
                Interface::CdiRegistry => wit::cdi_registry::add_to_linker::<_, Own<H>>,
                Interface::HostFiles => wit::host_files::add_to_linker::<_, Own<H>>,
                Interface::EditEnv => wit::edit_env::add_to_linker::<_, Own<H>>,
                Interface::EditDevices => wit::edit_devices::add_to_linker::<_, Own<H>>,
                Interface::EditDeviceNodes => wit::edit_device_nodes::add_to_linker::<_, Own<H>>,
                Interface::EditMounts => wit::edit_mounts::add_to_linker::<_, Own<H>>,
                Interface::EditHooks => wit::edit_hooks::add_to_linker::<_, Own<H>>,
                Interface::EditGids => wit::edit_gids::add_to_linker::<_, Own<H>>,
                Interface::EditNetDevices => wit::edit_net_devices::add_to_linker::<_, Own<H>>,
                Interface::EditRdt => wit::edit_rdt::add_to_linker::<_, Own<H>>,
            };
            link(linker, |s| s)?;
            known.granted.push(*interface);
        }
        Ok(())
    }
}

/// Reads what a component imports. Anything that the contract does not offer is an error.
pub(in super::super) fn imports(
    engine: &Engine,
    component: &Component,
) -> Result<Imports, SandboxError> {
    let mut imports = Imports::default();
    for (name, _) in component.component_type().imports(engine) {
        let unknown = || SandboxError::UnknownImport { import: crate::text::escape(name, 256) };
        let interface = name
            .strip_prefix(PACKAGE)
            .and_then(|rest| rest.split_once('@'))
            .filter(|(_, version)| version.starts_with(VERSION))
            .map(|(interface, _)| interface)
            .ok_or_else(unknown)?;
        match interface {
            "types" => imports.types = true,
            "log" => imports.log = true,
            other => imports
                .granted
                .push(Interface::ALL.into_iter().find(|i| i.name() == other).ok_or_else(unknown)?),
        }
    }
    Ok(imports)
}
