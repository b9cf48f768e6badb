//! The host's side of one call: what the modifier of a stage sees, and the edits it makes, each
//! checked against the stage's grants as it is made.

mod container;
mod editing;
mod listed;
mod machine;

use std::cell::{OnceCell, RefCell};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cdi;
use crate::document::{Document, DocumentError, HookPoint};
use crate::modifier::{Answer, LogLevel, Refused, StageHost, View};
use crate::text::escape;

use super::config::StageConfig;
use super::facts::Facts;
use super::grants::{GrantKey, Refusal};
use super::journal::LogRecord;
use listed::Listed;

/// Bytes of a reason that are kept.
const REASON: usize = 512;

/// An edit that a modifier asked for and was granted.
#[derive(Debug, Clone)]
pub(super) struct Requested {
    pub(super) what: Request,
    /// Escaped.
    pub(super) reason: String,
}

/// What a modifier asked for.
#[derive(Debug, Clone)]
pub(super) enum Request {
    Device(cdi::QualifiedName),
    RemoveHooks {
        point: HookPoint,
        path: String,
    },
    /// Any other edit, in the form of a CDI spec's.
    Direct(Box<cdi::ContainerEdits>),
}

/// What a call leaves behind.
#[derive(Debug, Default)]
pub(super) struct Left {
    /// The edits that were requested.
    pub(super) requested: Vec<Requested>,
    /// What was logged.
    pub(super) log: Vec<LogRecord>,
}

/// Where it is left, whatever becomes of the host.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox(Arc<Mutex<Left>>);

impl Outbox {
    fn open(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self) -> Left {
        std::mem::take(&mut self.open())
    }
}

/// The host of one stage's call.
pub(super) struct Host {
    stage: Arc<StageConfig>,
    original: Arc<Document>,
    current: Arc<Document>,
    facts: Arc<Facts>,
    outbox: Outbox,
    /// Bytes of all requested edits.
    bytes: u64,
    /// Groups of the device nodes that were added.
    node_gids: Vec<u32>,
    /// Read when the first thing is asked for that nothing else grants.
    listed: OnceCell<RefCell<Listed>>,
}

impl Host {
    pub(super) fn new(
        stage: Arc<StageConfig>,
        original: Arc<Document>,
        current: Arc<Document>,
        facts: Arc<Facts>,
        outbox: Outbox,
    ) -> Self {
        Self {
            stage,
            original,
            current,
            facts,
            outbox,
            bytes: 0,
            node_gids: Vec::new(),
            listed: OnceCell::new(),
        }
    }

    fn document(&self, of: View) -> &Document {
        match of {
            View::Original => &self.original,
            View::Current => &self.current,
        }
    }

    fn refuse<T>(&self, key: GrantKey, name: &str) -> Answer<T> {
        not_granted(&Refusal::new(self.stage.name.as_str(), key, name))
    }

    /// A refusal of all that is at a directory and below it.
    fn refuse_below<T>(&self, key: GrantKey, directory: &str) -> Answer<T> {
        let pattern = format!("{directory}/**");
        not_granted(&Refusal::with_pattern(self.stage.name.as_str(), key, directory, &pattern))
    }

    /// A refusal of what is granted as a whole.
    fn refuse_switch<T>(&self, key: GrantKey) -> Answer<T> {
        not_granted(&Refusal::switch(self.stage.name.as_str(), key))
    }

    fn refuse_file<T>(&self, root: &str, path: &str) -> Answer<T> {
        not_granted(&Refusal::file(self.stage.name.as_str(), root, path))
    }

    /// Buffers an edit, within the stage's limits.
    fn request(&mut self, what: Request, reason: &str, bytes: usize) -> Answer<()> {
        let limits = &self.stage.limits;
        let requested = &mut self.outbox.open().requested;
        if requested.len() >= limits.edits as usize {
            return Err(Refused::Limit(format!("{} edits (limits.edits)", limits.edits)));
        }
        self.bytes += (bytes + reason.len()) as u64;
        if self.bytes > limits.edit_bytes.0 {
            return Err(Refused::Limit(format!(
                "{} of edits (limits.edit-bytes)",
                limits.edit_bytes
            )));
        }
        requested.push(Requested { what, reason: escape(reason, REASON) });
        Ok(())
    }
}

impl StageHost for Host {
    fn log(&mut self, level: LogLevel, message: &str) {
        let stage = self.stage.name.as_str();
        let name = match level {
            LogLevel::Debug => {
                tracing::debug!(stage, "{message}");
                "debug"
            }
            LogLevel::Info => {
                tracing::info!(stage, "{message}");
                "info"
            }
            LogLevel::Warn => {
                tracing::warn!(stage, "{message}");
                "warn"
            }
            LogLevel::Error => {
                tracing::error!(stage, "{message}");
                "error"
            }
        };
        self.outbox.open().log.push(LogRecord { level: name, message: message.to_owned() });
    }
}

fn not_granted<T>(refusal: &Refusal) -> Answer<T> {
    Err(Refused::NotGranted(format!("{}; {}", refusal.what, refusal.remedy)))
}

/// A document that cannot be read is the host's failure, not the modifier's.
fn unreadable(error: &DocumentError) -> Refused {
    Refused::Failed(format!("config.json: {error}"))
}
