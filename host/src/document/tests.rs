//! Tests of the document, by concern.

mod any;
mod edits;
mod entries;
mod parse;
mod store;
mod views;

use super::{Change, Document, DocumentError, Edit};

/// A document that is valid.
fn document(text: &str) -> Document {
    Document::parse(text.to_owned()).unwrap()
}

/// Applies edits and gives the text that is left, and what changed.
fn edited(text: &str, edits: &[Edit]) -> Result<(String, Vec<Change>), DocumentError> {
    let mut document = document(text);
    let mut changes = Vec::new();
    for edit in edits {
        changes.extend(document.apply(edit)?);
    }
    Ok((document.to_text(), changes))
}
