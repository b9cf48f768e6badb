//! Edits of several places, one after another, as of a plan.

use gantry::cdi::{ContainerEdits, EditsError};
use gantry::document::Document;
use gantry::host_files::HostFiles;

/// The document with all the edits, in order; the one given is as it was.
pub fn inject<'e>(
    document: &Document,
    edits: impl IntoIterator<Item = &'e ContainerEdits>,
    host: &dyn HostFiles,
) -> Result<Document, EditsError> {
    let mut next = document.clone();
    for edits in edits {
        let before = next.clone();
        if let Err(error) = edits.apply(&mut next, host) {
            assert!(next.is_same_as(&before), "after an error the document is as it was");
            return Err(error);
        }
    }
    Ok(next)
}
