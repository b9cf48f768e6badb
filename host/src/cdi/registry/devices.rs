//! Who defines which device.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::files::SpecFile;
use crate::cdi::names::QualifiedName;

/// All devices by name, each with all files that define it.
#[derive(Debug, Clone, Default)]
pub(super) struct Devices(BTreeMap<QualifiedName, Slot>);

/// The files that define one device: the highest priority first, equal ones by path.
#[derive(Debug, Clone)]
struct Slot {
    first: Definition,
    /// Nearly always empty.
    others: Vec<Definition>,
}

/// A device's place.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) file: Arc<SpecFile>,
    /// Its index in the file.
    pub(super) index: usize,
}

impl Definition {
    fn is_before(&self, other: &Self) -> bool {
        let (mine, theirs) = (&*self.file, &*other.file);
        (theirs.priority, &mine.path) < (mine.priority, &theirs.path)
    }
}

impl Slot {
    fn all(&self) -> impl Iterator<Item = &Definition> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Those of the highest priority: more than one are in conflict.
    fn top(&self) -> impl Iterator<Item = &Definition> {
        let priority = self.first.file.priority;
        self.all().take_while(move |definition| definition.file.priority == priority)
    }

    fn insert(&mut self, definition: Definition) {
        if definition.is_before(&self.first) {
            let second = std::mem::replace(&mut self.first, definition);
            self.others.insert(0, second);
        } else {
            let at = self.others.partition_point(|other| other.is_before(&definition));
            self.others.insert(at, definition);
        }
    }
}

impl Devices {
    /// Adds a file's devices.
    pub(super) fn add(&mut self, file: &Arc<SpecFile>) {
        for (index, device) in file.spec.devices.iter().enumerate() {
            // The spec is valid, and so is the name.
            let Ok(name) = file.kind.device(&device.name) else {
                continue;
            };
            let definition = Definition { file: Arc::clone(file), index };
            match self.0.entry(name) {
                std::collections::btree_map::Entry::Vacant(vacant) => {
                    vacant.insert(Slot { first: definition, others: Vec::new() });
                }
                std::collections::btree_map::Entry::Occupied(mut slot) => {
                    slot.get_mut().insert(definition);
                }
            }
        }
    }

    /// Takes a file's devices out.
    pub(super) fn remove(&mut self, file: &Arc<SpecFile>) {
        for device in &file.spec.devices {
            let Ok(name) = file.kind.device(&device.name) else {
                continue;
            };
            let Some(slot) = self.0.get_mut(&name) else {
                continue;
            };
            slot.others.retain(|other| !Arc::ptr_eq(&other.file, file));
            if !Arc::ptr_eq(&slot.first.file, file) {
                continue;
            }
            if slot.others.is_empty() {
                self.0.remove(&name);
            } else {
                slot.first = slot.others.remove(0);
            }
        }
    }

    /// The definition that counts; `None` also where there is a conflict.
    pub(super) fn get(&self, name: &QualifiedName) -> Option<&Definition> {
        let slot = self.0.get(name)?;
        let mut top = slot.top();
        let first = top.next()?;
        top.next().is_none().then_some(first)
    }

    /// All definitions, the one that counts first.
    pub(super) fn definitions(&self, name: &QualifiedName) -> impl Iterator<Item = &Definition> {
        self.0.get(name).into_iter().flat_map(Slot::all)
    }

    /// Names that can be injected, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &QualifiedName> {
        self.0.iter().filter(|(_, slot)| slot.top().nth(1).is_none()).map(|(name, _)| name)
    }

    /// Names that are in conflict, sorted, each with the files.
    pub(super) fn conflicts(&self) -> impl Iterator<Item = (&QualifiedName, Vec<&Arc<SpecFile>>)> {
        self.0.iter().filter_map(|(name, slot)| {
            let files: Vec<_> = slot.top().map(|definition| &definition.file).collect();
            (files.len() > 1).then_some((name, files))
        })
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
