//! One run: the selector chooses the mode, then each enabled stage in its order, one way through.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::document::Document;
use crate::modifier::{
    Called, Component, Exceeded, Linked, Links, Mode, Problem, Sandbox, SandboxError,
};

use super::batch::{self, Applied};
use super::config::{Config, ModifierRef, OnError, StageConfig};
use super::error::StageError;
use super::facts::Facts;
use super::host::{Host, Left, Outbox, Requested};
use super::journal::{Cost, Journal, LogRecord, Outcome, StageRecord};
use super::ownership::Owners;
use super::when::holds;

/// Where components come from: what is embedded, a store, or a compiler.
pub trait Components {
    /// The component that a stage runs.
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError>;
}

/// Why a component is not to be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct ComponentError {
    /// What went wrong.
    pub cause: String,
    /// What to do.
    pub remedy: Option<String>,
}

impl From<SandboxError> for ComponentError {
    fn from(error: SandboxError) -> Self {
        Self { cause: error.to_string(), remedy: error.remedy() }
    }
}

/// What a run made of a document.
#[derive(Debug)]
pub struct Run {
    /// The document with every applied edit.
    pub document: Document,
    /// What was done, and why.
    pub journal: Journal,
}

/// A run that failed, with what was done until then.
#[derive(Debug)]
pub struct Failed {
    /// Why.
    pub error: StageError,
    /// The stages and edits before it. None of them stands.
    pub journal: Journal,
}

/// Runs the pipeline over a document. Nothing is written.
///
/// The sandbox keeps what it loaded; a process that ends with the run need not drop it.
pub fn run(
    config: &Config,
    sandbox: &Sandbox,
    components: &dyn Components,
    facts: Facts,
    original: Document,
) -> Result<Run, Box<Failed>> {
    let original = Arc::new(original);
    let mut journal = Journal::default();
    let runner = Runner {
        config,
        sandbox,
        components,
        facts: Arc::new(facts),
        current: Arc::clone(&original),
        original,
        owners: Owners::default(),
        links: sandbox.links(),
        journal: &mut journal,
    };
    match runner.all() {
        Ok(document) => Ok(Run { document, journal }),
        Err(error) => Err(Box::new(Failed { error, journal })),
    }
}

struct Runner<'a> {
    config: &'a Config,
    sandbox: &'a Sandbox,
    components: &'a dyn Components,
    facts: Arc<Facts>,
    original: Arc<Document>,
    current: Arc<Document>,
    owners: Owners,
    /// What the stages so far were linked to.
    links: Links<Host>,
    journal: &'a mut Journal,
}

/// What a call needs that does not depend on the document.
struct Ready {
    stage: Arc<StageConfig>,
    linked: Linked<Host>,
}

/// What a call costs and says.
struct Call {
    start: Instant,
    cpu: Duration,
    cost: Cost,
    log: Vec<LogRecord>,
}

impl Call {
    fn start() -> Self {
        Self { start: Instant::now(), cpu: cpu(), cost: Cost::default(), log: Vec::new() }
    }

    /// Notes how the modifier was called; gives what it requested.
    fn called<T>(&mut self, called: &Called<T>, outbox: &Outbox) -> Vec<Requested> {
        self.cost.start_micros = micros(called.start);
        self.cost.fuel = called.fuel;
        let Left { requested, log } = outbox.take();
        self.log = log;
        requested
    }

    /// What it cost until now.
    fn cost(&self) -> Cost {
        let cpu_micros = micros(cpu().saturating_sub(self.cpu));
        Cost { micros: micros(self.start.elapsed()), cpu_micros, ..self.cost }
    }
}

/// Processor time of this thread.
fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl Runner<'_> {
    fn all(mut self) -> Result<Document, StageError> {
        let mode = self.select()?;
        self.journal.mode = Some(mode);
        for stage in self.config.stages.iter().filter(|stage| stage.enabled) {
            self.stage(stage, mode)?;
        }
        Ok(Arc::unwrap_or_clone(self.current))
    }

    /// Loads the modifier of a stage, and links what the stage is granted.
    fn ready(&mut self, stage: &StageConfig, call: &mut Call) -> Result<Ready, StageError> {
        let name = stage.name.as_str();
        let component =
            self.components.component(self.sandbox, &stage.modifier).map_err(|error| {
                StageError::new(name, format!("{}: {error}", stage.modifier), error.remedy)
            })?;
        let granted = |interface| stage.grants.links(interface);
        let linked = self
            .sandbox
            .link(&mut self.links, component, granted)
            .map_err(|error| StageError::new(name, &error, error.remedy()))?;
        call.cost.load_micros = micros(call.start.elapsed());
        Ok(Ready { stage: Arc::new(stage.clone()), linked })
    }

    /// Calls a modifier. The driver may take longer to tell its GPUs than a modifier's time, and that is
    /// not the modifier's fault: it is called anew, now that they are known.
    fn call<T>(&self, ready: &Ready, call: impl Fn(Host) -> Called<T>) -> (Called<T>, Outbox) {
        let known = self.facts.gpus().was_asked();
        let once = || {
            let outbox = Outbox::default();
            let (original, current) = (Arc::clone(&self.original), Arc::clone(&self.current));
            let (stage, facts) = (Arc::clone(&ready.stage), Arc::clone(&self.facts));
            (call(Host::new(stage, original, current, facts, outbox.clone())), outbox)
        };
        let first = once();
        let late = matches!(first.0.result, Err(SandboxError::Exceeded(Exceeded::Time)));
        if late && !known && self.facts.gpus().was_asked() { once() } else { first }
    }

    fn select(&mut self) -> Result<Mode, StageError> {
        let stage = &self.config.selector;
        if let Some(mode) = self.config.fixed_mode {
            self.record(stage, Outcome::ModeFixed, Cost::default(), Vec::new());
            return Ok(mode);
        }
        let mut call = Call::start();
        let result = self.choose(stage, &mut call);
        let outcome = match &result {
            Ok(_) => Outcome::Applied,
            Err(error) => Outcome::Failed { cause: error.problem() },
        };
        self.record(stage, outcome, call.cost(), call.log);
        result
    }

    /// Calls the selector.
    fn choose(&mut self, stage: &StageConfig, call: &mut Call) -> Result<Mode, StageError> {
        let name = stage.name.as_str();
        let ready = self.ready(stage, call)?;
        let settings = stage.settings_text();
        let limits = stage.limits.of_call();
        let (called, outbox) =
            self.call(&ready, |host| self.sandbox.select(&ready.linked, host, &settings, &limits));
        call.called(&called, &outbox);
        let mode = called.result.map_err(|error| StageError::new(name, &error, error.remedy()))?;
        if stage.grants.edit.mode(mode) {
            return Ok(mode);
        }
        Err(StageError::new(
            name,
            format!("it chose the mode {mode}, which is not granted"),
            Some(format!("add it to [stages.{name}.grants.edit] mode")),
        ))
    }

    fn stage(&mut self, stage: &StageConfig, mode: Mode) -> Result<(), StageError> {
        if !stage.modes.contains(mode) {
            self.record(stage, Outcome::NotInMode, Cost::default(), Vec::new());
            return Ok(());
        }
        // As it was, or as the stages before have made it, if they have.
        let is_wanted = holds(&stage.when, &self.original)
            || (!Arc::ptr_eq(&self.original, &self.current) && holds(&stage.when, &self.current));
        if !is_wanted {
            self.record(stage, Outcome::NotWanted, Cost::default(), Vec::new());
            return Ok(());
        }
        let mut call = Call::start();
        let result =
            self.ready(stage, &mut call).and_then(|ready| self.attempt(&ready, mode, &mut call));
        match (result, stage.on_error) {
            (Ok(applied), _) => {
                self.accept(stage, applied, call);
                Ok(())
            }
            (Err(error), OnError::Skip) => {
                tracing::warn!("{error}; skipped, since on-error = \"skip\"");
                let outcome = Outcome::Skipped { cause: error.problem() };
                self.record(stage, outcome, call.cost(), call.log);
                Ok(())
            }
            (Err(error), OnError::Fail) => {
                let outcome = Outcome::Failed { cause: error.problem() };
                self.record(stage, outcome, call.cost(), call.log);
                Err(error)
            }
        }
    }

    /// Calls the modifier and applies its edits to a copy.
    fn attempt(&self, ready: &Ready, mode: Mode, call: &mut Call) -> Result<Applied, StageError> {
        let stage = &ready.stage;
        let settings = stage.settings_text();
        let limits = stage.limits.of_call();
        let (called, outbox) = self
            .call(ready, |host| self.sandbox.modify(&ready.linked, host, mode, &settings, &limits));
        let requested = call.called(&called, &outbox);
        called
            .result
            .map_err(|error| StageError::new(stage.name.as_str(), &error, error.remedy()))?;
        batch::apply(stage, &requested, &self.current, &self.owners, &self.facts)
    }

    fn accept(&mut self, stage: &StageConfig, applied: Applied, call: Call) {
        let Applied { document, owners, mut records } = applied;
        let outcome = if stage.enforce {
            self.current = Arc::new(document);
            self.owners = owners;
            Outcome::Applied
        } else {
            for record in &mut records {
                record.applied = false;
            }
            Outcome::Observed
        };
        self.journal.edits.append(&mut records);
        self.record(stage, outcome, call.cost(), call.log);
    }

    fn record(&mut self, stage: &StageConfig, outcome: Outcome, cost: Cost, log: Vec<LogRecord>) {
        self.journal.stages.push(StageRecord {
            stage: stage.name.to_string(),
            modifier: stage.modifier.to_string(),
            outcome,
            cost,
            log,
        });
    }
}

/// What a stage's modifier says of the stage's settings.
pub fn check_settings(
    sandbox: &Sandbox,
    component: &Component,
    stage: &StageConfig,
) -> Result<Vec<Problem>, SandboxError> {
    sandbox.validate(component, &stage.settings_text(), &stage.limits.of_call())
}
