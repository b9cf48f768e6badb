//! The contract's version 0.1: its types converted to the internal form at this edge, and nowhere else.

mod convert;
mod editing;
mod imports;
mod reading;

use wasmtime::component::Linker;

use super::state::State;
use super::{SandboxError, StageHost};

pub(super) use bindings::gantry::modifier::types::{Failure as WitFailure, Mode as WitMode};
pub(super) use imports::{Imports, imports};

#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit/v0.1",
        inline: "
            package gantry:host;
            world host {
                include gantry:modifier/reading@0.1.0;
                include gantry:modifier/editing@0.1.0;
            }
        ",
        imports: { default: trappable },
        trappable_error_type: { "gantry:modifier/types.error" => crate::modifier::state::Stop },
    });
}

use bindings::gantry::modifier as wit;

/// A function that a component exports.
pub(super) struct Export {
    pub(super) interface: &'static str,
    pub(super) function: &'static str,
}

pub(super) const MODIFY: Export =
    Export { interface: "gantry:modifier/stage@0.1.0", function: "modify" };
pub(super) const SELECT: Export =
    Export { interface: "gantry:modifier/selector@0.1.0", function: "select" };
pub(super) const VALIDATE: Export =
    Export { interface: "gantry:modifier/settings@0.1.0", function: "validate" };

/// What `modify` and `select` return.
pub(super) type Outcome<T> = (Result<T, WitFailure>,);
/// What `validate` returns.
pub(super) type Validity = (Result<(), Vec<WitProblem>>,);

/// `settings.problem`.
#[derive(wasmtime::component::ComponentType, wasmtime::component::Lift)]
#[component(record)]
pub(super) struct WitProblem {
    pub(super) key: String,
    pub(super) message: String,
}

/// Links the interfaces that a component imports, and no others, but for those that are linked already.
pub(super) fn link<H: StageHost + 'static>(
    linker: &mut Linker<State<H>>,
    imports: &Imports,
    known: &mut Imports,
) -> Result<(), SandboxError> {
    imports.link(linker, known).map_err(|error| SandboxError::Engine(format!("{error:#}")))
}
