//! Edits and devices put into a document, wholly or not at all: for programs that are no pipeline.

#[cfg(doc)]
use super::apply::document_edits;
use super::apply::{ApplyError, Container, FixedEdits, node_edits};
use super::registry::Registry;
use super::resolve::{Part, Plan, Source};
use super::spec::ContainerEdits;
use super::unresolved::Unresolved;
use crate::document::{Change, Document, DocumentError, Edit};
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
        // No edit changes what edits depend on.
        let mut container = None;
        for part in self.parts() {
            let mut apply = || {
                let container = match &mut container {
                    Some(container) => container,
                    None => container.insert(Container::of(document)?),
                };
                part.apply(&mut edited, container, host, &mut changes)
            };
            apply().map_err(|why| {
                let of = part.source.clone();
                InjectError::Edits { of, why: Box::new(why) }
            })?;
        }
        *document = edited;
        Ok(changes)
    }
}

impl Part {
    /// The document's edits: those of [`document_edits`]. What of them depends on neither the host
    /// nor the container is made once for all plans of a registry.
    pub fn document_edits(
        &self,
        container: &Container,
        host: &dyn HostFiles,
    ) -> Result<Vec<Edit>, ApplyError> {
        let Some(fixed) = self.fixed_edits(container) else { return Ok(Vec::new()) };
        let mut all = fixed.before.clone()?;
        all.extend(node_edits(self.edits(), container, host)?);
        all.extend_from_slice(fixed.after.as_ref().map_err(Clone::clone)?);
        Ok(all)
    }

    /// Applies them. After an error some may stand.
    fn apply(
        &self,
        document: &mut Document,
        container: &Container,
        host: &dyn HostFiles,
        changes: &mut Vec<Change>,
    ) -> Result<(), EditsError> {
        match self.fixed_edits(container) {
            Some(fixed) => fixed.apply(self.edits(), document, container, host, changes),
            None => Ok(()),
        }
    }
}

impl FixedEdits {
    /// Applies them, and the device nodes of the edits that they were made of.
    fn apply(
        &self,
        edits: &ContainerEdits,
        document: &mut Document,
        container: &Container,
        host: &dyn HostFiles,
        changes: &mut Vec<Change>,
    ) -> Result<(), EditsError> {
        let before = self.before.as_ref().map_err(Clone::clone)?;
        let nodes = node_edits(edits, container, host)?;
        let after = self.after.as_ref().map_err(Clone::clone)?;
        changes.reserve(before.len() + nodes.len() + after.len());
        for edits in [before, &nodes, after] {
            document.apply_all(edits, changes)?;
        }
        Ok(())
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
        let fixed = FixedEdits::new(self, container.has_user_namespace);
        let mut edited = document.clone();
        let mut changes = Vec::new();
        fixed.apply(self, &mut edited, &container, host, &mut changes)?;
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
