//! Write a Gantry modifier in a few lines of Rust.
//!
//! A modifier is a type that implements [`Modifier`], and one line that exports it:
//!
//! ```
//! use gantry_modifier::{Failure, Metadata, Mode, Modifier, View, Want, env};
//!
//! #[derive(serde::Deserialize)]
//! #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
//! struct Settings {
//!     tier: String,
//! }
//!
//! impl Default for Settings {
//!     fn default() -> Self {
//!         Self { tier: "silver".into() }
//!     }
//! }
//!
//! struct Tier;
//!
//! impl Modifier for Tier {
//!     type Settings = Settings;
//!     const METADATA: Metadata = Metadata {
//!         name: "tier",
//!         version: "1.0.0",
//!         description: "tells the container its tier",
//!         wants: &[
//!             Want::read_env("ACME_DEVICES", "says whether a device is requested"),
//!             Want::edit_env("ACME_TIER", "tells the tier"),
//!         ],
//!         settings_schema: None,
//!     };
//!
//!     fn modify(_mode: Mode, settings: Settings) -> Result<(), Failure> {
//!         if env::get(View::Original, "ACME_DEVICES")?.is_some() {
//!             env::set("ACME_TIER", &settings.tier, "a device is requested")?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! gantry_modifier::export_modifier!(Tier);
//! ```
//!
//! Build it with `--target wasm32-unknown-unknown` as a `cdylib` and make a component of the module.
//! On any other target the functions of the contract answer from a [`testing::Host`], so that the
//! same code runs in ordinary tests.
//!
//! The modules follow the contract (`wit/v0.1`): one a kind of thing, with what can be read and what
//! can be edited. A component imports only what its code calls.
#![forbid(unsafe_code)]

// Linked for what it defines: the allocator.
#[cfg(feature = "allocator")]
use gantry_modifier_memory as _;

#[doc(hidden)]
pub mod bindings;
mod error;
#[doc(hidden)]
pub mod export;
pub mod metadata;
mod mode;
mod modifier;
mod settings;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub mod annotations;
pub mod device_nodes;
pub mod devices;
pub mod env;
pub mod files;
pub mod gids;
pub mod gpus;
pub mod hooks;
pub mod log;
pub mod mounts;
pub mod namespaces;
pub mod net_devices;
pub mod platform;
pub mod process;
pub mod rdt;

pub use bindings::exports::gantry::modifier::settings::Problem;
pub use bindings::gantry::modifier::types::{Failure, HookPoint, Mode, View};
pub use error::{Error, ErrorKind};
pub use metadata::{Metadata, Want};
pub use modifier::{ModeSelector, Modifier};

#[cfg(target_family = "wasm")]
use bindings::gantry::modifier as imports;
#[cfg(not(target_family = "wasm"))]
use testing::imports;
