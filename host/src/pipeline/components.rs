//! Where the components of stages come from.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::modifier::store::{MOST_WASM, Store, StoreError, StoreProblem};
use crate::modifier::{Component, Sandbox};

use super::config::{Config, Environment, ModifierRef};
use super::run::{ComponentError, Components};

/// The modifiers that are embedded in this binary, and no others.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIns;

impl Components for BuiltIns {
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError> {
        match modifier {
            ModifierRef::BuiltIn(name) => Ok(sandbox.built_in(name.as_str())?),
            ModifierRef::File { .. } => Err(ComponentError {
                cause: "it is not compiled, and only built-in modifiers run here".into(),
                remedy: None,
            }),
        }
    }
}

/// The embedded modifiers, and those of the store: what `gantry-runtime` has. Nothing is compiled.
#[derive(Debug)]
pub struct Stored {
    dir: Option<PathBuf>,
    read_only: bool,
    place: OnceCell<(Environment, Option<Store>)>,
}

impl Stored {
    /// With the store that the configuration names, else the usual one. Nothing is read before a stage
    /// needs it.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { dir: config.store.dir.clone(), read_only: false, place: OnceCell::new() }
    }

    /// The same, for those who only want to know: nothing in the store is kept aside.
    #[must_use]
    pub fn read_only(config: &Config) -> Self {
        Self { read_only: true, ..Self::new(config) }
    }

    /// The store; it is an error where neither configuration nor environment says where it is.
    pub fn store(&self) -> Result<&Store, ComponentError> {
        self.place().1.as_ref().ok_or_else(|| ComponentError {
            cause: "there is no place for a store: neither XDG_DATA_HOME nor HOME is set".into(),
            remedy: Some("set [store] dir".into()),
        })
    }

    fn place(&self) -> &(Environment, Option<Store>) {
        self.place.get_or_init(|| {
            let environment = Environment::of_process();
            let dir = self.dir.clone().or_else(|| environment.store());
            let store = dir.map(|dir| Store::new(dir, environment.trust()));
            let store = store.map(|store| if self.read_only { store.read_only() } else { store });
            (environment, store)
        })
    }

    /// The digest of a stage's wasm: the one that is pinned, else what the file hashes to.
    pub fn digest(&self, path: &Path, pinned: Option<&Digest>) -> Result<Digest, ComponentError> {
        if let Some(digest) = pinned {
            return Ok(*digest);
        }
        let (environment, _) = self.place();
        if environment.is_rootless() {
            return Err(ComponentError {
                cause: "rootless, a modifier runs only if the configuration pins its digest".into(),
                remedy: Some(
                    "set the stage's digest to the one that `gantry modifier list` prints".into(),
                ),
            });
        }
        let failed = |cause: String| ComponentError {
            cause,
            remedy: Some("install the file, or pin the stage's digest".into()),
        };
        match environment.trust().read(path, MOST_WASM) {
            Ok(Some(wasm)) => Ok(Digest::of(&wasm)),
            Ok(None) => Err(failed("not there".into())),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn stored(
        &self,
        sandbox: &Sandbox,
        path: &Path,
        pinned: Option<&Digest>,
    ) -> Result<Component, Missing> {
        let digest = self.digest(path, pinned).map_err(Missing::Never)?;
        let store = self.store().map_err(Missing::Never)?;
        sandbox.stored(store, &digest).map_err(|error| Missing::of(&error, path))
    }
}

/// A component that the store does not give.
enum Missing {
    /// Compiling it is what is missing.
    Compiled(ComponentError),
    /// Whatever is done with the store, it is not to be had.
    Never(ComponentError),
}

impl Missing {
    fn of(error: &StoreError, path: &Path) -> Self {
        let told = ComponentError { cause: error.to_string(), remedy: error.remedy(Some(path)) };
        match &*error.problem {
            StoreProblem::Sandbox(_) => Self::Never(told),
            _ => Self::Compiled(told),
        }
    }

    fn error(self) -> ComponentError {
        match self {
            Self::Compiled(error) | Self::Never(error) => error,
        }
    }
}

impl Components for Stored {
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError> {
        match modifier {
            ModifierRef::BuiltIn(_) => BuiltIns.component(sandbox, modifier),
            ModifierRef::File { path, digest } => {
                self.stored(sandbox, path, digest.as_ref()).map_err(Missing::error)
            }
        }
    }
}

/// As [`Stored`]; but what the store does not give is compiled, and noted: for people who want to know
/// what would happen. Never in `gantry-runtime`.
#[cfg(feature = "compile")]
#[derive(Debug)]
pub struct Preview {
    stored: Stored,
    notes: std::cell::RefCell<Vec<String>>,
}

#[cfg(feature = "compile")]
impl Preview {
    /// With the store that the configuration names.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { stored: Stored::read_only(config), notes: std::cell::RefCell::default() }
    }

    /// Why `gantry-runtime` would not have run what was compiled here, one line each.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.notes.borrow().clone()
    }
}

#[cfg(feature = "compile")]
impl Components for Preview {
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError> {
        let ModifierRef::File { path, digest } = modifier else {
            return BuiltIns.component(sandbox, modifier);
        };
        let missing = match self.stored.stored(sandbox, path, digest.as_ref()) {
            Ok(component) => return Ok(component),
            Err(Missing::Never(error)) => return Err(error),
            Err(Missing::Compiled(error)) => error,
        };
        let component = Compiling.component(sandbox, modifier)?;
        let remedy = missing.remedy.map(|remedy| format!("; {remedy}")).unwrap_or_default();
        let note = format!("{modifier}: {}{remedy}", missing.cause);
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
        Ok(component)
    }
}

/// The embedded modifiers, and files that are compiled as they are loaded, whatever the store has: for
/// tests.
#[cfg(feature = "compile")]
#[derive(Debug, Clone, Copy)]
pub struct Compiling;

#[cfg(feature = "compile")]
impl Components for Compiling {
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError> {
        let ModifierRef::File { path, digest } = modifier else {
            return BuiltIns.component(sandbox, modifier);
        };
        let wasm = read(path)?;
        if let Some(wanted) = digest {
            let found = Digest::of(&wasm);
            if found != *wanted {
                return Err(ComponentError {
                    cause: format!("its digest is {found}, but {wanted} is configured"),
                    remedy: Some(
                        "install the file that the digest is of, or change the digest".into(),
                    ),
                });
            }
        }
        Ok(sandbox.compile(&wasm)?)
    }
}

#[cfg(feature = "compile")]
fn read(path: &Path) -> Result<Vec<u8>, ComponentError> {
    use std::io::Read;
    let unreadable = |error: std::io::Error| ComponentError {
        cause: error.to_string(),
        remedy: Some("check the path and the permissions of the stage's modifier".into()),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(ComponentError { cause: "not a regular file".into(), remedy: None });
    }
    let mut wasm = Vec::new();
    file.take(MOST_WASM + 1).read_to_end(&mut wasm).map_err(unreadable)?;
    if wasm.len() as u64 > MOST_WASM {
        let cause = format!("larger than {MOST_WASM} bytes");
        return Err(ComponentError { cause, remedy: None });
    }
    Ok(wasm)
}
