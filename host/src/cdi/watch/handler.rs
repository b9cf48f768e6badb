//! What the watcher's thread calls: sorts each event out at once, so that only what matters wakes
//! anybody. The thread also sees every open of a file in a watched directory; these end here.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventHandler, EventKind};

use super::error::WatchError;
use super::inbox::{Batch, Inbox};
use super::plan::{Change, Plan};

/// Receives events. The watcher's thread drops it when it ends, for whatever reason.
#[derive(Debug)]
pub(super) struct Handler {
    pub(super) plan: Arc<Mutex<Plan>>,
    pub(super) inbox: Arc<Inbox>,
    /// Whether the thread has ended.
    pub(super) ended: Arc<AtomicBool>,
}

impl EventHandler for Handler {
    fn handle_event(&mut self, event: notify::Result<Event>) {
        let mut batch = Batch::default();
        match event {
            Err(error) => batch.lost = Some(WatchError::of(error, None)),
            // The system's queue was full: what was dropped is not known.
            Ok(event) if event.need_rescan() => batch.all = true,
            Ok(event) => {
                if let Some(change) = change(event.kind) {
                    let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
                    for path in &event.paths {
                        plan.route(change, path, &mut batch);
                    }
                }
            }
        }
        self.inbox.put(batch);
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        self.inbox.put(Batch { lost: Some(WatchError::Ended), ..Batch::default() });
    }
}

/// What kind of change an event tells; `None` where it is none, or is told by another event too.
fn change(kind: EventKind) -> Option<Change> {
    match kind {
        // Reading is no change, and a change of content counts when it is complete: at the close.
        // Both sides of a rename have been told one by one.
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Change::Content),
        EventKind::Access(_)
        | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Name(RenameMode::Both)) => None,
        EventKind::Modify(ModifyKind::Metadata(_)) => Some(Change::Facts),
        // What this version of the watcher does not send may be anything.
        EventKind::Create(_)
        | EventKind::Remove(_)
        | EventKind::Modify(ModifyKind::Name(_) | ModifyKind::Any | ModifyKind::Other)
        | EventKind::Any
        | EventKind::Other => Some(Change::Entry),
    }
}
