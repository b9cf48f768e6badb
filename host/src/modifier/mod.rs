//! The sandbox: modifiers are components, run by wasmtime, one fresh instance for each call. The only
//! room that knows wasmtime; what a modifier may do is decided by the [`StageHost`] that its caller
//! gives.

mod api;
#[cfg(feature = "pipeline")]
mod artefact;
#[cfg(feature = "builtins")]
mod builtin;
#[cfg(feature = "compile")]
mod compile;
#[cfg(feature = "pipeline")]
mod deadline;
#[cfg(feature = "pipeline")]
mod engine;
#[cfg(feature = "pipeline")]
mod error;
#[cfg(feature = "pipeline")]
mod limits;
#[cfg(feature = "pipeline")]
mod link;
#[cfg(feature = "compile")]
pub mod metadata;
#[cfg(feature = "pipeline")]
mod sandbox;
#[cfg(feature = "pipeline")]
mod state;
#[cfg(feature = "builtins")]
pub mod store;
#[cfg(feature = "pipeline")]
mod v0_1;

pub use api::{
    Answer, HookRequest, Interface, LogLevel, MakeEdits, Mode, MountRequest, NodeRequest,
    RdtRequest, ReadContainer, ReadHost, Refused, StageHost, View,
};
#[cfg(feature = "compile")]
pub use compile::{precompile, target};
#[cfg(feature = "pipeline")]
pub use deadline::{Alarm, Epoch};
#[cfg(feature = "pipeline")]
pub use error::SandboxError;
#[cfg(feature = "pipeline")]
pub use limits::{Exceeded, Limits};
#[cfg(feature = "pipeline")]
pub use link::{Linked, Links};
#[cfg(feature = "pipeline")]
pub use sandbox::{Called, Component, Problem, Sandbox};
