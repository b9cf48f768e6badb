//! What can go wrong with a modifier: named, so that the stage's error says which.

use super::{Exceeded, Interface, Refused};

/// Why a modifier could not be loaded or its call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SandboxError {
    /// The engine itself could not be set up.
    #[error("the sandbox cannot be set up: {0}")]
    Engine(String),
    /// No built-in modifier of this name.
    #[error("no built-in modifier is called {name:?}; there are {available}")]
    NoBuiltIn {
        /// What was asked for.
        name: String,
        /// What there is.
        available: String,
    },
    /// The bytes are no component that this host can run.
    #[error("not a modifier: {0}")]
    Unusable(String),
    /// The component imports something that the contract does not offer.
    #[error("it imports {import:?}, which the contract (gantry:modifier 0.1) does not offer")]
    UnknownImport {
        /// The import's name.
        import: String,
    },
    /// The component exports no `stage` (or no `selector`) of this contract.
    #[error("it does not export {wanted:?}; it was built for another world or another contract")]
    WrongWorld {
        /// The export that is missing.
        wanted: &'static str,
    },
    /// The component imports an interface that the stage was not granted.
    #[error("it imports the interface {:?}, but its stage has no grants.{}", .interface.name(), .interface.grant())]
    NotLinked {
        /// The interface.
        interface: Interface,
    },
    /// The host refused a read or an edit, and that fails the stage.
    #[error("{0}")]
    Refused(Refused),
    /// A limit was exceeded.
    #[error("limit exceeded: {0}")]
    Exceeded(Exceeded),
    /// The modifier trapped.
    #[error("it trapped: {0}")]
    Trap(String),
    /// The modifier gave up, in its own words (escaped).
    #[error("{cause}")]
    Failure {
        /// What is wrong.
        cause: String,
        /// What to do.
        remedy: Option<String>,
    },
}

impl SandboxError {
    /// What the person reading should do.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Failure { remedy, .. } => remedy.clone(),
            Self::NotLinked { interface } => Some(format!(
                "grant {} to the stage, or use a modifier that does without",
                interface.grant()
            )),
            Self::Exceeded(
                Exceeded::Memory
                | Exceeded::Fuel
                | Exceeded::Time
                | Exceeded::HostBytes
                | Exceeded::LogLines
                | Exceeded::LogBytes,
            ) => {
                Some("raise the stage's limits, if the modifier is to be trusted with more".into())
            }
            Self::UnknownImport { .. } | Self::WrongWorld { .. } => {
                Some("build the modifier against wit/v0.1, without WASI".into())
            }
            _ => None,
        }
    }
}
