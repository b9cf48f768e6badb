//! Edits and devices put into a document, wholly or not at all: for programs that are no pipeline.

use super::apply::{ApplyError, Container, document_edits};
use super::registry::Registry;
use super::resolve::{Plan, Source};
use super::spec::ContainerEdits;
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
    /// Applies the edits, all of them or none. `host` reads the host from its root `/`.
    pub fn apply(
        &self,
        document: &mut Document,
        host: &dyn HostFiles,
    ) -> Result<Vec<Change>, InjectError> {
        let mut edited = document.clone();
        let mut changes = Vec::new();
        for part in self.parts() {
            let done = part.edits().apply(&mut edited, host);
            changes.extend(done.map_err(|why| {
                let of = part.source.clone();
                InjectError::Edits { of, why: Box::new(why) }
            })?);
        }
        *document = edited;
        Ok(changes)
    }
}

impl ContainerEdits {
    /// Applies the edits, all of them or none. `host` reads the host from its root `/`.
    pub fn apply(
        &self,
        document: &mut Document,
        host: &dyn HostFiles,
    ) -> Result<Vec<Change>, EditsError> {
        let container = Container::of(document)?;
        let mut edited = document.clone();
        let mut changes = Vec::new();
        for edit in &document_edits(self, &container, host)? {
            changes.extend(edited.apply(edit)?);
        }
        *document = edited;
        Ok(changes)
    }
}

/// Why edits were not applied.
#[derive(Debug, thiserror::Error)]
pub enum EditsError {
    /// The host cannot give what they need.
    #[error(transparent)]
    Host(#[from] ApplyError),
    /// The document does not take them.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// Why devices were not injected.
#[derive(Debug, thiserror::Error)]
pub enum InjectError {
    /// Some do not resolve.
    #[error(transparent)]
    Unresolved(#[from] Unresolved),
    /// Their edits cannot be applied.
    #[error("{of}: {why}")]
    Edits {
        /// Whose edits they are.
        of: Source,
        /// What is wrong.
        why: Box<EditsError>,
    },
}
