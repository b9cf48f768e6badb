//! An injection as every caller of the library does it: facts of the container, edits, document.

use std::error::Error;

use gantry::cdi::{Container, ContainerEdits, document_edits};
use gantry::document::Document;
use gantry::host_files::HostFiles;

/// The document with all the edits, in order; the one given is as it was.
pub fn inject<'e>(
    document: &Document,
    edits: impl IntoIterator<Item = &'e ContainerEdits>,
    host: &dyn HostFiles,
) -> Result<Document, Box<dyn Error>> {
    let user = document.user()?;
    let has_user_namespace = document.namespaces()?.iter().any(|ns| ns.kind == "user");
    let container = Container { user, has_user_namespace };
    let mut next = document.clone();
    for edits in edits {
        for edit in document_edits(edits, &container, host)? {
            next.apply(&edit)?;
        }
    }
    Ok(next)
}
