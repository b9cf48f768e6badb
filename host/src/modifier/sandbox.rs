//! Loading components, and calling one: instantiate, call, map every way to fail to its name.

use std::sync::{Arc, OnceLock};
#[cfg(feature = "builtins")]
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use wasmtime::component::TypedFunc;
use wasmtime::{Engine, Store, Trap};

use super::artefact::Backing;
use super::deadline::{Alarm, Epoch, Watchdog};
use super::engine::engine;
use super::limits::{Exceeded, Limits};
use super::link::Linked;
use super::state::State;
use super::{Mode, SandboxError, StageHost, v0_1};
use crate::text::escape;

/// Bytes of a modifier's own words that are passed on.
pub(super) const WORDS: usize = 1024;

/// A component that is loaded and checked for what it imports. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    pub(super) inner: wasmtime::component::Component,
    pub(super) imports: v0_1::Imports,
    /// Last, so that it is dropped after the code that it stands for.
    _backing: Option<Arc<Backing>>,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Component").field("imports", &self.imports).finish_non_exhaustive()
    }
}

impl Component {
    /// The interfaces that it imports: all that it can ever do.
    #[must_use]
    pub fn imports(&self) -> &[super::Interface] {
        self.imports.interfaces()
    }
}

/// One thing wrong with a stage's settings, in the modifier's words (escaped).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, dotted from the settings' root.
    pub key: String,
    /// What is wrong.
    pub message: String,
}

/// The engine and its watchdog. One is enough for a process.
pub struct Sandbox {
    pub(super) engine: Engine,
    alarm: Option<Box<dyn Alarm>>,
    watchdog: OnceLock<Result<Watchdog, SandboxError>>,
    /// Whether what calls leave behind is freed.
    frees: bool,
    /// The modifiers that were loaded, embedded or stored. They are kept, and freed with the sandbox: freeing
    /// them costs half of what loading them does, and the wrapper ends without freeing anything.
    #[cfg(feature = "builtins")]
    loaded: Mutex<Vec<(String, Component)>>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").finish_non_exhaustive()
    }
}

/// A call that has ended.
#[derive(Debug)]
pub struct Called<T> {
    /// What it returned.
    pub result: Result<T, SandboxError>,
    /// The fuel that it used.
    pub fuel: u64,
    /// The time until there was an instance to call.
    pub start: Duration,
}

impl Sandbox {
    /// Sets the engine up. Threads start with the first call. The first engine of a process installs handlers
    /// of SIGSEGV, SIGILL and SIGFPE, which pass on what is no modifier's.
    pub fn new() -> Result<Self, SandboxError> {
        Ok(Self {
            engine: engine()?,
            alarm: None,
            watchdog: OnceLock::new(),
            frees: true,
            #[cfg(feature = "builtins")]
            loaded: Mutex::default(),
        })
    }

    /// The same for a process that ends, or executes another program, soon: the memory of instances, and
    /// the host of each call, are left to the kernel. `alarm` ends calls whose time is up; without one, a
    /// thread does.
    pub fn for_one_run(
        alarm: impl FnOnce(Epoch) -> Option<Box<dyn Alarm>>,
    ) -> Result<Self, SandboxError> {
        let sandbox = Self::new()?;
        Ok(Self { frees: false, alarm: alarm(Epoch::new(&sandbox.engine)), ..sandbox })
    }

    /// Loads a modifier that is embedded in this binary.
    #[cfg(feature = "builtins")]
    pub fn built_in(&self, name: &str) -> Result<Component, SandboxError> {
        self.once(name, || {
            let artefact = super::builtin::find(name)?;
            let (inner, in_place) = super::artefact::load(&self.engine, artefact)?;
            self.admit(inner, in_place.map(Backing::InPlace))
        })
    }

    /// The component of this name that was loaded before, or is loaded now. Nobody waits for another's.
    #[cfg(feature = "builtins")]
    fn once<E>(
        &self,
        name: &str,
        load: impl FnOnce() -> Result<Component, E>,
    ) -> Result<Component, E> {
        let loaded = || self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, component)) = loaded().iter().find(|(known, _)| known == name) {
            return Ok(component.clone());
        }
        let component = load()?;
        loaded().push((name.to_owned(), component.clone()));
        Ok(component)
    }

    /// Loads a modifier of the store, by the digest of its wasm.
    #[cfg(feature = "builtins")]
    pub fn stored(
        &self,
        store: &super::store::Store,
        wasm: &crate::digest::Digest,
    ) -> Result<Component, super::store::StoreError> {
        self.once(&wasm.to_string(), || store.load(wasm, |artefact| self.verified(artefact)))
    }

    /// Loads an artefact that this process, or a child of its own, has just compiled.
    #[cfg(all(feature = "builtins", feature = "compile"))]
    pub fn compiled(&self, artefact: &[u8]) -> Result<Component, SandboxError> {
        let memory = |error: std::io::Error| SandboxError::Engine(error.to_string());
        let pages = super::artefact::Pages::copy(artefact).map_err(memory)?;
        match pages.verify(&crate::digest::CodeDigest::of(artefact)).map_err(memory)? {
            Ok(artefact) => self.verified(artefact),
            Err(_) => Err(SandboxError::Engine("memory changed while it was copied".into())),
        }
    }

    #[cfg(feature = "builtins")]
    fn verified(&self, artefact: super::artefact::Verified) -> Result<Component, SandboxError> {
        let (inner, backing) = super::artefact::load_verified(&self.engine, artefact)?;
        self.admit(inner, Some(backing))
    }

    /// Compiles a modifier and loads it. Slow, and never in `gantry-runtime`.
    #[cfg(feature = "compile")]
    pub fn compile(&self, wasm: &[u8]) -> Result<Component, SandboxError> {
        self.admit(super::compile::compile(&self.engine, wasm)?, None)
    }

    /// Checks what a component imports.
    #[cfg_attr(
        not(any(feature = "builtins", feature = "compile")),
        allow(dead_code, reason = "there is nothing to load without either")
    )]
    fn admit(
        &self,
        inner: wasmtime::component::Component,
        backing: Option<Backing>,
    ) -> Result<Component, SandboxError> {
        let imports = v0_1::imports(&self.engine, &inner)?;
        Ok(Component { inner, imports, _backing: backing.map(Arc::new) })
    }

    /// Calls `stage.modify`. The edits that the host buffered count only if the result is `Ok`.
    pub fn modify<H: StageHost + 'static>(
        &self,
        linked: &Linked<H>,
        host: H,
        mode: Mode,
        settings: &str,
        limits: &Limits,
    ) -> Called<()> {
        self.run(linked, host, limits, |call| {
            let modify = call.export::<(v0_1::WitMode, &str), v0_1::Outcome<()>>(&v0_1::MODIFY)?;
            let (outcome,) = call.call(&modify, (mode.into(), settings))?;
            outcome.map_err(failure)
        })
    }

    /// Calls `selector.select`.
    pub fn select<H: StageHost + 'static>(
        &self,
        linked: &Linked<H>,
        host: H,
        settings: &str,
        limits: &Limits,
    ) -> Called<Mode> {
        self.run(linked, host, limits, |call| {
            let select = call.export::<(&str,), v0_1::Outcome<v0_1::WitMode>>(&v0_1::SELECT)?;
            let (outcome,) = call.call(&select, (settings,))?;
            outcome.map(Mode::from).map_err(failure)
        })
    }

    /// Calls `settings.validate`. Every import traps: a check of settings depends on nothing else.
    pub fn validate(
        &self,
        component: &Component,
        settings: &str,
        limits: &Limits,
    ) -> Result<Vec<Problem>, SandboxError> {
        let linked = self.link_to_nothing(component)?;
        self.run(&linked, (), limits, |call| {
            let validate = call.export::<(&str,), v0_1::Validity>(&v0_1::VALIDATE)?;
            let (validity,) = call.call(&validate, (settings,))?;
            Ok(validity.err().unwrap_or_default())
        })
        .result
        .map(|problems| {
            let words = |text: &str| escape(text, WORDS);
            problems
                .iter()
                .map(|p| Problem { key: words(&p.key), message: words(&p.message) })
                .collect()
        })
    }

    fn run<H: 'static, T>(
        &self,
        linked: &Linked<H>,
        host: H,
        limits: &Limits,
        body: impl FnOnce(&mut Call<'_, H>) -> Result<T, SandboxError>,
    ) -> Called<T> {
        let begin = Instant::now();
        let mut start = Duration::ZERO;
        let deadline = begin + limits.time;
        let mut store = Store::new(&self.engine, State::new(host, limits, deadline));
        store.limiter(|state| &mut state.meter);
        store.set_hostcall_fuel(limits.host_bytes);
        store.set_epoch_deadline(1);
        store.epoch_deadline_trap();
        let result = store
            .set_fuel(limits.fuel)
            .map_err(|error| SandboxError::Engine(error.to_string()))
            .and_then(|()| {
                self.until(deadline, || {
                    let mut call = Call::start(linked, &mut store)?;
                    start = begin.elapsed();
                    body(&mut call)
                })
            });
        let fuel = store.get_fuel().map_or(0, |left| limits.fuel.saturating_sub(left));
        // A refusal that the modifier swallowed fails the stage; it is also the better reason when
        // the modifier gave up, or fell over, because of it.
        let result = match (result, store.data_mut().refused.take()) {
            (Ok(_) | Err(SandboxError::Failure { .. } | SandboxError::Trap(_)), Some(refused)) => {
                Err(SandboxError::Refused(refused))
            }
            (result, _) => result,
        };
        if !self.frees {
            std::mem::forget(store);
        }
        Called { result, fuel, start }
    }

    /// Runs `call`; the epoch ends at the deadline.
    fn until<T>(
        &self,
        deadline: Instant,
        call: impl FnOnce() -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        if let Some(alarm) = &self.alarm {
            let set = alarm.set(deadline);
            if set.is_ok() {
                let result = call();
                alarm.clear();
                return result;
            }
            alarm.clear();
        }
        self.watchdog()?.during(deadline, call)
    }

    fn watchdog(&self) -> Result<&Watchdog, SandboxError> {
        let watchdog = self.watchdog.get_or_init(|| Watchdog::start(self.engine.clone()));
        watchdog.as_ref().map_err(Clone::clone)
    }
}

/// One instance, good for one call.
struct Call<'a, H: 'static> {
    store: &'a mut Store<State<H>>,
    instance: wasmtime::component::Instance,
}

impl<'a, H: 'static> Call<'a, H> {
    fn start(linked: &Linked<H>, store: &'a mut Store<State<H>>) -> Result<Self, SandboxError> {
        let instance = linked.instantiate(&mut *store).map_err(|error| named(store, &error))?;
        Ok(Self { store, instance })
    }

    fn export<P, R>(&mut self, name: &v0_1::Export) -> Result<TypedFunc<P, R>, SandboxError>
    where
        P: wasmtime::component::ComponentNamedList + wasmtime::component::Lower,
        R: wasmtime::component::ComponentNamedList + wasmtime::component::Lift,
    {
        let wrong = SandboxError::WrongWorld { wanted: name.interface };
        let find = |instance: &wasmtime::component::Instance, store: &mut Store<State<H>>| {
            let interface = instance.get_export_index(&mut *store, None, name.interface)?;
            let function =
                instance.get_export_index(&mut *store, Some(&interface), name.function)?;
            instance.get_typed_func::<P, R>(&mut *store, function).ok()
        };
        find(&self.instance, self.store).ok_or(wrong)
    }

    fn call<P, R>(&mut self, function: &TypedFunc<P, R>, params: P) -> Result<R, SandboxError>
    where
        P: wasmtime::component::ComponentNamedList + wasmtime::component::Lower,
        R: wasmtime::component::ComponentNamedList + wasmtime::component::Lift,
    {
        // The result is lifted out of the modifier's memory: the bytes are counted like those of a
        // host call's arguments.
        function.call(&mut *self.store, params).map_err(|error| named(self.store, &error))
    }
}

fn failure(failure: v0_1::WitFailure) -> SandboxError {
    SandboxError::Failure {
        cause: escape(&failure.cause, WORDS),
        remedy: failure.remedy.map(|remedy| escape(&remedy, WORDS)),
    }
}

/// The name of what ended a call.
fn named<H>(store: &Store<State<H>>, error: &wasmtime::Error) -> SandboxError {
    if let Some(exceeded) = store.data().meter.exceeded {
        return SandboxError::Exceeded(exceeded);
    }
    // Without the frames of the modifier, which have no names.
    let words = error.root_cause().to_string();
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => SandboxError::Exceeded(Exceeded::Fuel),
        Some(Trap::Interrupt) => SandboxError::Exceeded(Exceeded::Time),
        Some(Trap::StackOverflow) => SandboxError::Exceeded(Exceeded::Stack),
        Some(trap) => SandboxError::Trap(escape(&trap.to_string(), WORDS)),
        // The engine keeps these two kinds of errors to itself; their words are all there is.
        None if words.contains("fuel allocated for hostcalls") => {
            SandboxError::Exceeded(Exceeded::HostBytes)
        }
        None if words.contains("resource limit exceeded") => {
            SandboxError::Exceeded(Exceeded::Objects)
        }
        // What is left are values that break the rules of the component model: a string that is not
        // UTF-8, a list beyond the memory, more bytes than a call may pass.
        None => SandboxError::Trap(escape(&words, WORDS)),
    }
}
