//! Edits and devices put into a document, wholly or not at all: for programs that are no pipeline.

#[cfg(doc)]
use super::apply::document_edits;
use super::apply::{ApplyError, Container, FixedEdits, NodeFacts, devices, node_edits};
use super::registry::Registry;
use super::resolve::{Part, Plan, Source};
use super::spec::ContainerEdits;
use super::unresolved::Unresolved;
use crate::document::{Change, Document, DocumentError, Edit, Editor};
use crate::host_files::HostFiles;

/// What injecting devices did to a document.
#[derive(Debug, Clone)]
pub struct Injected {
    /// The edits that were meant, each with where it comes from.
    pub plan: Plan,
    /// What each part of the plan changed; nothing where the document said so already.
    pub changes: Vec<Vec<Change>>,
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
    /// Applies the edits, all of them or none. Returns what each part changed. `host` reads the host
    /// from its root `/`.
    pub fn apply(
        &self,
        document: &mut Document,
        host: &dyn HostFiles,
    ) -> Result<Vec<Vec<Change>>, InjectError> {
        let Some(first) = self.parts().first() else { return Ok(Vec::new()) };
        let failed = |part: &Part, why: EditsError| {
            let of = part.source.clone();
            InjectError::Edits { of, why: Box::new(why) }
        };
        // No edit changes what edits depend on.
        let container = Container::of(document).map_err(|why| failed(first, why.into()))?;
        let mut facts = NodeFacts::of(self.parts().iter().map(Part::edits), host);
        let mut changes = Vec::with_capacity(self.parts().len());
        document.edit_wholly(|editor| {
            self.parts().iter().try_for_each(|part| {
                if let Some(fixed) = part.fixed_edits(&container) {
                    let done = fixed.apply(part.edits(), editor, &container, &mut facts);
                    done.map_err(|why| failed(part, why))?;
                }
                changes.push(editor.take_changes());
                Ok::<_, InjectError>(())
            })
        })?;
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
}

impl FixedEdits {
    /// Applies them, and the device nodes of the edits that they were made of. After an error some may
    /// stand.
    fn apply(
        &self,
        edits: &ContainerEdits,
        editor: &mut Editor<'_>,
        container: &Container,
        facts: &mut NodeFacts,
    ) -> Result<(), EditsError> {
        let before = self.before.as_ref().map_err(Clone::clone)?;
        let devices = devices(edits, container, facts)?;
        let after = self.after.as_ref().map_err(Clone::clone)?;
        editor.reserve(before.len() + 2 * devices.len() + after.len());
        editor.apply(before)?;
        for (node, rule) in &devices {
            editor.put_device(node, rule.as_ref())?;
        }
        Ok(editor.apply(after)?)
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
        let mut facts = NodeFacts::of([self], host);
        document.edit_wholly(|editor| {
            fixed.apply(self, editor, &container, &mut facts)?;
            Ok(editor.take_changes())
        })
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
