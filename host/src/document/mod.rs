//! A container's `config.json`, kept whole.
//!
//! A [`Document`] holds the text as it was read and takes typed [`Edit`]s. What no edit touches keeps
//! its bytes: unknown fields, zero values, the order of keys, the text of numbers, white space. A
//! [`Bundle`] reads it from its directory and puts it back.

mod apply;
mod change;
mod device;
mod edit;
mod entries;
mod entry;
mod error;
mod fields;
mod list;
mod prepared;
mod read;
mod replace;
mod scan;
mod shape;
mod store;
#[cfg(test)]
mod tests;
mod tree;
mod view;
mod wire;

use std::ops::Range;
use std::sync::Arc;

pub use change::{Change, Json, Pointer};
pub use edit::Edit;
pub use error::DocumentError;
pub use prepared::Prepared;
pub use store::{Bundle, MAX_DOCUMENT, StoreError, Stored};
pub use view::{
    Capabilities, DeviceNode, DeviceRule, EnvEntry, Hook, HookPoint, IntelRdt, Mount, Namespace,
    User,
};

pub(crate) use apply::Editor;
pub(crate) use device::{NodeRef, RuleRef};
use scan::Scanner;
use tree::Object;

/// A container's `config.json`. A clone shares the text and all that is not edited.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text as it was read.
    source: Arc<str>,
    /// White space before the top level.
    before: Range<usize>,
    root: Arc<Object>,
    /// White space after it.
    after: Range<usize>,
}

impl Document {
    /// Reads a document: JSON (RFC 8259) whose top level is an object, at most 128 levels deep.
    ///
    /// Objects that views and edits know (`process`, `hooks`, `linux`, …) may hold no key twice, nor
    /// one that differs from a known key only in case: runtimes differ in what such a document means.
    pub fn parse(text: String) -> Result<Self, DocumentError> {
        if text.starts_with('\u{feff}') {
            return Err(DocumentError::ByteOrderMark);
        }
        let source: Arc<str> = text.into();
        let mut scanner = Scanner::new(&source, 0);
        scanner.space();
        let before = 0..scanner.position();
        if scanner.peek() != Some(b'{') {
            scanner.value()?;
            return Err(DocumentError::NotAnObject);
        }
        let root = Arc::new(shape::expand(&mut scanner, &source)?);
        let end = scanner.position();
        scanner.space();
        if scanner.peek().is_some() {
            return Err(scanner.error("text after the end of the document"));
        }
        Ok(Self { before, root, after: end..source.len(), source })
    }

    /// The text with all edits. Without any it is the text that was read, byte for byte.
    #[must_use]
    pub fn to_text(&self) -> String {
        let part = |range: &Range<usize>| self.source.get(range.clone()).unwrap_or_default();
        let mut out = String::with_capacity(self.source.len() + 4096);
        out.push_str(part(&self.before));
        self.root.write(&self.source, &mut out);
        out.push_str(part(&self.after));
        out
    }

    /// The text as it was read, without the edits.
    #[must_use]
    pub fn original_text(&self) -> &str {
        &self.source
    }

    /// Whether both have the same text.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        let shared =
            Arc::ptr_eq(&self.source, &other.source) && Arc::ptr_eq(&self.root, &other.root);
        shared || self.to_text() == other.to_text()
    }
}
