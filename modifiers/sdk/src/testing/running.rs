//! The run that the functions of the contract answer from.
//!
//! The contract's functions are free functions, so natively they must find the host of the test in
//! the thread that runs it. It is there for the length of one run only.

use std::cell::RefCell;

use super::files::Tree;
use super::listed::Listed;
use super::patterns::wanted;
use super::{Edit, Host};
use crate::bindings::gantry::modifier::types::Error;
use crate::error::named;
use crate::{Failure, Mode, Want};

/// One run of a modifier.
pub(super) struct Running {
    pub(super) host: Host,
    pub(super) wants: Vec<Want>,
    pub(super) listed: Listed,
    edits: Vec<Edit>,
    refused: Option<String>,
}

thread_local! {
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
}

/// Runs `call` with this host, and returns its answer and the edits.
pub(super) fn run<T>(
    host: &Host,
    wants: &[Want],
    call: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, Vec<Edit>), Failure> {
    let wants: Vec<_> = wants.iter().filter(|want| !host.denied.contains(want)).copied().collect();
    let listed = Listed::read(&wants, &host.files);
    let running = Running { host: host.clone(), wants, listed, edits: Vec::new(), refused: None };
    RUNNING.set(Some(running));
    let answer = call();
    let running = RUNNING.take();
    let (edits, refused) = running.map(|run| (run.edits, run.refused)).unwrap_or_default();
    match (answer, refused) {
        (Err(failure), _) => Err(failure),
        (Ok(_), Some(refused)) => Err(Failure::new(refused)),
        (Ok(answer), None) => Ok((answer, edits)),
    }
}

/// Asks the run of this thread.
pub(super) fn ask<T>(question: impl FnOnce(&mut Running) -> Result<T, Error>) -> Result<T, Error> {
    RUNNING.with_borrow_mut(|running| match running {
        Some(running) => question(running),
        None => Err(Error::Failed(
            "there is no host: run the modifier with gantry_modifier::testing::Host".into(),
        )),
    })
}

/// Tests a grant of the run of this thread; false without a run.
pub(super) fn test(question: impl FnOnce(&Running) -> bool) -> bool {
    RUNNING.with_borrow(|running| running.as_ref().is_some_and(question))
}

impl Running {
    /// The files below a root, none where there is no such root.
    pub(super) fn tree(&self, root: &str) -> &Tree {
        static EMPTY: Tree = Tree::EMPTY;
        self.host.files.get(root).unwrap_or(&EMPTY)
    }

    /// Refuses what the metadata does not want, and remembers it.
    pub(super) fn need(&mut self, granted: bool, grant: &str, what: &str) -> Result<(), Error> {
        if granted {
            return Ok(());
        }
        let refusal = format!("METADATA.wants has no {grant} that covers `{what}`");
        self.refused.get_or_insert_with(|| refusal.clone());
        Err(Error::NotGranted(refusal))
    }

    /// Buffers an edit.
    pub(super) fn edit(&mut self, text: String, reason: &str) {
        self.edits.push(Edit { text, reason: reason.into() });
    }
}

/// Checks that a mode may be chosen.
pub(super) fn choose(mode: Mode) -> Result<(), Failure> {
    let name = match mode {
        Mode::Cdi => "cdi",
        Mode::JitCdi => "jit-cdi",
        Mode::Csv => "csv",
        Mode::Legacy => "legacy",
    };
    let granted = ask(|run| run.need(wanted(&run.wants, "edit.mode", name), "edit.mode", name));
    Ok(named("selector.select", granted)?)
}
