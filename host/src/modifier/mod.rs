//! The sandbox: modifiers are components, run by wasmtime, one fresh instance for each call. The only
//! room that knows wasmtime; what a modifier may do is decided by the [`StageHost`] that its caller
//! gives.

mod api;
mod artefact;
#[cfg(feature = "builtins")]
mod builtin;
#[cfg(feature = "compile")]
mod compile;
mod deadline;
mod engine;
mod error;
mod limits;
mod sandbox;
mod state;
mod v0_1;

pub use api::{
    Answer, HookRequest, Interface, LogLevel, MakeEdits, Mode, MountRequest, NodeRequest, RdtRequest,
    ReadContainer, ReadHost, Refused, StageHost, View,
};
#[cfg(feature = "compile")]
pub use compile::{precompile, target};
pub use error::SandboxError;
pub use limits::{Exceeded, Limits};
pub use sandbox::{Component, Problem, Sandbox};
