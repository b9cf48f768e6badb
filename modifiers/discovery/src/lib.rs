//! Finds the driver's files on a host, and says what a container needs of them.
//!
//! A plain library over [`Files`]: stages run it in the sandbox, on what their grants show them, and
//! the generator of CDI specs runs the same lines natively. It knows no GPU library, nothing of wasm,
//! and makes no edit: it returns what it [`Found`].
#![forbid(unsafe_code)]

pub mod csv;
mod driver;
mod driver_files;
mod drm;
#[cfg(feature = "modifier")]
mod edits;
mod files;
mod found;
mod gated;
mod gpus;
pub mod graphics;
mod ldcache;
mod libraries;
mod linker_cache;
mod links;
#[cfg(test)]
mod memory;
mod name;
mod nodes;
#[cfg(feature = "modifier")]
mod sandbox;
mod wsl;

pub use driver::Driver;
pub use driver_files::{driver_libraries, firmware, programs, sockets};
pub use drm::{drm, gpu_drm};
#[cfg(feature = "modifier")]
pub use edits::{Edits, HOOK_PATH, hook_path_problem};
pub use files::{Architecture, Entry, FileKind, Files, KERNEL, Root};
pub use found::{DeviceNode, Found, Hook, Mount};
pub use gated::{Feature, IMEX_CHANNELS, gated, imex_channel, imex_channels};
pub use gpus::{KernelGpu, PciAddress, kernel_gpus, select};
pub use ldcache::update_ldcache;
pub use libraries::{LIBRARY_DIRECTORIES, Libraries};
pub use linker_cache::{CachedLibrary, cached_libraries, cached_paths};
pub use links::{Links, followed};
pub use nodes::{closed_directories, control_nodes, device_nodes, management_nodes};
#[cfg(feature = "modifier")]
pub use sandbox::Sandbox;
pub use wsl::{DXG, wsl_driver, wsl_gpu};
