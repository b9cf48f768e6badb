//! Finds the driver's files on a host, and says what a container needs of them.
//!
//! A plain library over [`Files`]: stages run it in the sandbox, on what their grants show them, and
//! the generator of CDI specs runs the same lines natively. It knows no GPU library, nothing of wasm,
//! and makes no edit: it returns what it [`Found`].
#![forbid(unsafe_code)]

mod files;
mod found;

pub use files::{Entry, FileKind, Files, Root};
pub use found::{DeviceNode, Found, Hook, Mount};
