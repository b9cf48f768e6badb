//! The functions of the contract, answered from the [`Host`](super::Host) of the run.

mod edit;
mod machine;
mod read;

pub use edit::{
    edit_device_nodes, edit_devices, edit_env, edit_gids, edit_hooks, edit_mounts,
    edit_net_devices, edit_rdt,
};
pub use machine::{cdi_registry, gpus, host_files, log, platform};
pub use read::{
    container_annotations, container_device_nodes, container_env, container_hooks,
    container_mounts, container_namespaces, container_process,
};
