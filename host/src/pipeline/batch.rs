//! Applying the edits of one stage: devices resolved together, every edit checked for its owner, and
//! either all of them or none.

use std::path::Path;
use std::sync::Arc;

use crate::cdi::{self, ApplyError, ContainerEdits, QualifiedName};
use crate::document::{Document, Edit};
use crate::host_files::HostFiles;

use super::config::StageConfig;
use super::error::StageError;
use super::facts::Facts;
use super::host::{Request, Requested};
use super::journal::{EditRecord, SourceRecord};
use super::just_in_time;
use super::ownership::Owners;
use super::user_namespace::{Unreachable, moves_nodes, unreachable};

/// The document after a stage, and what its edits changed.
pub(super) struct Applied {
    pub(super) document: Document,
    pub(super) owners: Owners,
    pub(super) records: Vec<EditRecord>,
}

/// Applies what a stage requested to the current document.
pub(super) fn apply(
    stage: &StageConfig,
    requested: &[Requested],
    current: &Document,
    owners: &Owners,
    facts: &Facts,
) -> Result<Applied, StageError> {
    let mut batch = Batch {
        stage,
        facts,
        applied: Applied { document: current.clone(), owners: owners.clone(), records: Vec::new() },
    };
    batch.remove_hooks(requested)?;
    if requested.iter().all(|request| matches!(request.what, Request::RemoveHooks { .. })) {
        return Ok(batch.applied);
    }
    // No edit changes what edits depend on.
    let container = batch.container()?;
    batch.inject(requested, &container)?;
    for request in requested {
        if let Request::Direct(edits) = &request.what {
            let host = batch.host()?;
            let made = cdi::document_edits(edits, &container, &*host);
            let made = batch.reachable(edits, made, &container, &*host, None)?;
            batch.edits(&made, &request.reason, None)?;
        }
    }
    Ok(batch.applied)
}

struct Batch<'a> {
    stage: &'a StageConfig,
    facts: &'a Facts,
    applied: Applied,
}

impl Batch<'_> {
    fn fail(&self, cause: impl std::fmt::Display, remedy: Option<String>) -> StageError {
        StageError::new(self.stage.name.as_str(), cause, remedy)
    }

    fn container(&self) -> Result<cdi::Container, StageError> {
        cdi::Container::of(&self.applied.document).map_err(|error| self.fail(error, None))
    }

    fn remove_hooks(&mut self, requested: &[Requested]) -> Result<(), StageError> {
        for request in requested {
            if let Request::RemoveHooks { point, path } = &request.what {
                let edit = Edit::RemoveHooks { point: *point, path: path.clone() };
                self.one(&edit, &request.reason, None)?;
            }
        }
        Ok(())
    }

    /// Injects all devices of the stage, resolved together.
    fn inject(
        &mut self,
        requested: &[Requested],
        container: &cdi::Container,
    ) -> Result<(), StageError> {
        let mut names: Vec<QualifiedName> = Vec::new();
        let mut reasons = Vec::new();
        for request in requested {
            if let Request::Device(name) = &request.what
                && !names.contains(name)
            {
                names.push(name.clone());
                reasons.push(request.reason.as_str());
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        let (made, defined): (Vec<_>, Vec<_>) =
            names.iter().cloned().partition(just_in_time::is_made);
        if !defined.is_empty() {
            let plan = self.facts.resolve(&defined).map_err(|error| self.fail(error, None))?;
            self.apply(&plan, &names, &reasons, container)?;
        }
        if !made.is_empty() {
            let plan = just_in_time::make(&made, self.facts).map_err(|error| {
                let names: Vec<_> = made.iter().map(QualifiedName::as_str).collect();
                self.fail(format!("cannot make {}: {error}", names.join(", ")), None)
            })?;
            self.apply(&plan, &names, &reasons, container)?;
        }
        Ok(())
    }

    /// Applies the edits of devices; a reason for each name.
    fn apply(
        &mut self,
        plan: &cdi::Plan,
        names: &[QualifiedName],
        reasons: &[&str],
        container: &cdi::Container,
    ) -> Result<(), StageError> {
        let host = self.host()?;
        let parts = plan.parts();
        for (index, part) in parts.iter().enumerate() {
            // The edits that a spec makes for all its devices stand before those of the first one, or
            // behind them all; and who asks for `all` gets devices of other names.
            let device = parts.iter().skip(index).find_map(|part| part.source.device.as_ref());
            let at = device.and_then(|device| names.iter().position(|name| name == device));
            let reason = at.and_then(|at| reasons.get(at)).or(reasons.first()).copied();
            let reason = reason.unwrap_or_default();
            let source = SourceRecord {
                spec: part.source.file.to_path_buf(),
                device: part.source.device.as_ref().map(ToString::to_string),
            };
            let made = part.document_edits(container, &*host);
            let made = self.reachable(part.edits(), made, container, &*host, Some(&source))?;
            self.edits(&made, reason, Some(&source))?;
        }
        Ok(())
    }

    /// The host's files.
    fn host(&self) -> Result<Arc<dyn HostFiles>, StageError> {
        self.facts.files(Path::new("/")).map_err(|error| self.fail(error, None))
    }

    /// The document's edits of one place, if this host can make them and the low-level runtime will
    /// find what they name.
    fn reachable(
        &self,
        of: &ContainerEdits,
        made: Result<Vec<Edit>, ApplyError>,
        container: &cdi::Container,
        host: &dyn HostFiles,
        source: Option<&SourceRecord>,
    ) -> Result<Vec<Edit>, StageError> {
        let place = || {
            source.map_or_else(String::new, |source| {
                let device = source.device.as_deref().unwrap_or("all its devices");
                format!("{}, {device}: ", source.spec.display())
            })
        };
        let made = made.map_err(|error| self.fail(format!("{}{error}", place()), None))?;
        let in_namespace =
            moves_nodes(of) && (container.has_user_namespace || Facts::is_in_user_namespace());
        match in_namespace.then(|| unreachable(of, &made, host)).flatten() {
            None => Ok(made),
            Some(one) => Err(self.fail(format!("{}{one}", place()), Some(Unreachable::remedy()))),
        }
    }

    /// Applies the document's edits of one place.
    fn edits(
        &mut self,
        edits: &[Edit],
        reason: &str,
        source: Option<&SourceRecord>,
    ) -> Result<(), StageError> {
        for edit in edits {
            self.one(edit, reason, source)?;
        }
        Ok(())
    }

    fn one(
        &mut self,
        edit: &Edit,
        reason: &str,
        source: Option<&SourceRecord>,
    ) -> Result<(), StageError> {
        let stage = self.stage.name.as_str();
        self.applied
            .owners
            .claim(stage, &self.stage.grants, edit)
            .map_err(|conflict| self.fail(&conflict, Some(conflict.remedy(stage))))?;
        let changes = self.applied.document.apply(edit).map_err(|error| self.fail(error, None))?;
        self.applied.records.extend(changes.into_iter().map(|change| EditRecord {
            stage: stage.to_owned(),
            reason: reason.to_owned(),
            source: source.cloned(),
            applied: true,
            change,
        }));
        Ok(())
    }
}
