//! Linking: what a component imports, to the functions of the contract that its stage is granted.

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre, Linker};

use super::sandbox::{Component, Sandbox, WORDS};
use super::state::State;
use super::{Interface, SandboxError, StageHost, v0_1};
use crate::text::escape;

/// A component that is linked to what a stage is granted: what is left is to make an instance and call it.
pub struct Linked<H: 'static> {
    ready: InstancePre<State<H>>,
    /// Last, so that it is dropped after what is made of it.
    _component: Component,
}

impl<H> std::fmt::Debug for Linked<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Linked").finish_non_exhaustive()
    }
}

/// The interfaces that components were linked to so far, each defined once.
pub struct Links<H: 'static> {
    linker: Linker<State<H>>,
    known: v0_1::Imports,
}

impl<H> std::fmt::Debug for Links<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("known", &self.known).finish_non_exhaustive()
    }
}

impl<H> Linked<H> {
    /// What does not fit the contract is found here, before anything runs.
    fn new(linker: &Linker<State<H>>, component: Component) -> Result<Self, SandboxError> {
        let ready = linker
            .instantiate_pre(&component.inner)
            .map_err(|error| SandboxError::Unusable(escape(&format!("{error:#}"), WORDS)))?;
        Ok(Self { ready, _component: component })
    }

    pub(super) fn instantiate(&self, store: &mut Store<State<H>>) -> wasmtime::Result<Instance> {
        self.ready.instantiate(store)
    }
}

impl Sandbox {
    /// What the modifiers of one host are linked to: nothing yet.
    #[must_use]
    pub fn links<H>(&self) -> Links<H> {
        Links { linker: Linker::new(&self.engine), known: v0_1::Imports::default() }
    }

    /// Links the interfaces that a component imports, if each of them is granted.
    pub fn link<H: StageHost + 'static>(
        &self,
        links: &mut Links<H>,
        component: Component,
        granted: impl Fn(Interface) -> bool,
    ) -> Result<Linked<H>, SandboxError> {
        if let Some(&interface) = component.imports.interfaces().iter().find(|one| !granted(**one))
        {
            return Err(SandboxError::NotLinked { interface });
        }
        // What others import is there too, and out of its reach: it imports nothing but these.
        v0_1::link(&mut links.linker, &component.imports, &mut links.known)?;
        Linked::new(&links.linker, component)
    }

    /// Links a component so that every import traps.
    pub(super) fn link_to_nothing(
        &self,
        component: &Component,
    ) -> Result<Linked<()>, SandboxError> {
        let mut linker = Linker::new(&self.engine);
        linker
            .define_unknown_imports_as_traps(&component.inner)
            .map_err(|error| SandboxError::Engine(format!("{error:#}")))?;
        Linked::new(&linker, component.clone())
    }
}
