//! The pipeline: configuration, grants, the run of the stages, and the journal. The only room that
//! knows both CDI and modifiers.

#[cfg(feature = "pipeline")]
mod batch;
#[cfg(feature = "pipeline")]
#[cfg(feature = "builtins")]
mod components;
pub mod config;
#[cfg(feature = "pipeline")]
mod create;
#[cfg(feature = "pipeline")]
mod error;
#[cfg(feature = "pipeline")]
mod facts;
pub mod grants;
#[cfg(feature = "pipeline")]
mod host;
#[cfg(feature = "pipeline")]
mod inventory;
#[cfg(feature = "pipeline")]
mod journal;
#[cfg(feature = "pipeline")]
mod just_in_time;
#[cfg(feature = "pipeline")]
mod ownership;
#[cfg(feature = "pipeline")]
mod record;
#[cfg(feature = "pipeline")]
mod roots;
#[cfg(feature = "pipeline")]
mod run;
#[cfg(feature = "pipeline")]
mod user_namespace;
#[cfg(feature = "pipeline")]
mod when;

#[cfg(feature = "builtins")]
pub use components::{BuiltIns, Stored};
#[cfg(all(feature = "builtins", feature = "compile"))]
pub use components::{Compiling, Preview};
#[cfg(feature = "pipeline")]
pub use create::{Created, create};
#[cfg(feature = "pipeline")]
pub use error::{PipelineError, StageError};
#[cfg(feature = "pipeline")]
pub use facts::Facts;
#[cfg(feature = "pipeline")]
pub use journal::{Cost, EditRecord, Journal, LogRecord, Outcome, SourceRecord, StageRecord};
#[cfg(feature = "pipeline")]
pub use record::{ReadError, Record, RecordError, Records, is_redacted};
#[cfg(feature = "pipeline")]
pub use run::{ComponentError, Components, Failed, Run, check_settings, run};
