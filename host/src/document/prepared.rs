//! Values of edits with the text that they become, made once and applied to any number of documents.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::list::{Entry, Identity};
use super::{Hook, Mount, entry};

/// A value and the entry of a document that it becomes. A clone shares both.
#[derive(Clone)]
pub struct Prepared<T>(Arc<Made<T>>);

struct Made<T> {
    value: T,
    entry: Entry,
}

impl<T> Prepared<T> {
    fn new(value: T, entry: Entry) -> Self {
        Self(Arc::new(Made { value, entry }))
    }

    /// What it becomes.
    pub(super) fn entry(&self) -> Entry {
        self.0.entry.clone()
    }
}

impl From<Mount> for Prepared<Mount> {
    fn from(mount: Mount) -> Self {
        let entry = Entry::new(&entry::mount(&mount), &Identity::destination(&mount.destination));
        Self::new(mount, entry)
    }
}

impl From<Hook> for Prepared<Hook> {
    fn from(hook: Hook) -> Self {
        let identity = Identity::Hook(std::borrow::Cow::Borrowed(&hook));
        let entry = Entry::new(&entry::hook(&hook), &identity);
        Self::new(hook, entry)
    }
}

impl<T> Deref for Prepared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: PartialEq> PartialEq for Prepared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.value == other.0.value
    }
}

impl<T: Eq> Eq for Prepared<T> {}

impl<T: fmt::Debug> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.value.fmt(f)
    }
}
