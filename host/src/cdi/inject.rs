//! Injecting devices into a document, wholly or not at all: for programs that are no pipeline.

use super::apply::{ApplyError, Container, document_edits};
use super::registry::Registry;
use super::resolve::{Plan, Source};
use super::unresolved::Unresolved;
use crate::document::{Change, Document, DocumentError};
use crate::host_files::HostFiles;

/// What injecting devices did to a document.
#[derive(Debug, Clone)]
pub struct Injected {
    /// The edits that were meant, each with where it comes from.
    pub plan: Plan,
    /// What they changed; nothing where the document said so already.
    pub changes: Vec<Change>,
}

impl Registry {
    /// Injects devices. A device that is asked for twice is injected once, and injecting it again
    /// changes nothing. After an error the document is as it was. `host` reads the host from its root
    /// `/`.
    ///
    /// ```
    /// use gantry::{cdi::Registry, document::Document, host_files::Root};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # std::fs::write(dir.path().join("v.yaml"),
    /// #     "{cdiVersion: 0.5.0, kind: v.com/c, devices: [{name: d, containerEdits: {env: [A=b]}}]}")?;
    /// # let dirs = [dir.path()];
    /// let registry = Registry::load(&dirs);
    /// let mut document = Document::parse(r#"{"process":{"env":["PATH=/bin"]}}"#.to_owned())?;
    /// registry.inject(&mut document, &["v.com/c=d"], &Root::new("/".as_ref())?)?;
    /// assert_eq!(document.to_text(), r#"{"process":{"env":["PATH=/bin","A=b"]}}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inject<S: AsRef<str>>(
        &self,
        document: &mut Document,
        names: &[S],
        host: &dyn HostFiles,
    ) -> Result<Injected, InjectError> {
        let plan = self.resolve_names(names)?;
        let changes = plan.apply(document, host)?;
        Ok(Injected { plan, changes })
    }
}

impl Plan {
    /// Applies the edits, all of them or none.
    pub fn apply(
        &self,
        document: &mut Document,
        host: &dyn HostFiles,
    ) -> Result<Vec<Change>, InjectError> {
        let container = Container::of(document).map_err(InjectError::Document)?;
        let mut edited = document.clone();
        let mut changes = Vec::new();
        for part in self.parts() {
            let edits = document_edits(part.edits(), &container, host).map_err(|why| {
                InjectError::Apply { of: part.source.clone(), why: Box::new(why) }
            })?;
            for edit in &edits {
                let change = edited.apply(edit);
                changes.extend(change.map_err(InjectError::Document)?);
            }
        }
        *document = edited;
        Ok(changes)
    }
}

/// Why devices were not injected.
#[derive(Debug, thiserror::Error)]
pub enum InjectError {
    /// Some do not resolve.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// The host cannot give what a device needs.
    #[error("{of}: {why}")]
    Apply {
        /// Whose edit it is.
        of: Source,
        /// What is wrong.
        why: Box<ApplyError>,
    },
    /// The document does not take it.
    #[error("{0}")]
    Document(DocumentError),
}
