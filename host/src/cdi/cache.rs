//! Spec directories over time: for programs that live longer than one container.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::registry::{LoadOptions, Registry};
use super::spec::Spec;
#[cfg(feature = "watch")]
use super::watch::{Burst, Watch};
use super::write::{WriteError, WriteOptions, remove_spec, write_spec};

/// How long [`Cache::wait`] goes without looking where nothing tells it of changes.
const CHECK: Duration = Duration::from_secs(1);
/// The same where directories are watched.
#[cfg(feature = "watch")]
const CHECK_WATCHED: Duration = Duration::from_secs(30);
/// A burst of changes is one.
#[cfg(feature = "watch")]
const BURST: Burst =
    Burst { quiet: Duration::from_millis(50), at_most: Duration::from_millis(500) };

/// How a [`Cache`] is kept.
#[derive(Debug, Clone)]
pub struct CacheOptions {
    /// How files are read.
    pub load: LoadOptions,
    /// Whether to be told of changes (feature `watch`), or to look at modification times each time.
    pub watch: bool,
}

impl Default for CacheOptions {
    fn default() -> Self {
        Self { load: LoadOptions::default(), watch: true }
    }
}

/// How a [`Cache`] learns of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// The system tells it.
    Watching,
    /// It looks at all files' modification times each time it is asked.
    Checking {
        /// Why it is not told.
        why: String,
    },
}

impl std::fmt::Display for Freshness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Watching => f.write_str("watching"),
            Self::Checking { why } => write!(f, "checking modification times: {why}"),
        }
    }
}

/// Spec directories, always as they are now. Shared between threads as it is.
///
/// ```no_run
/// use gantry::{cdi::Cache, document::Document, host_files::Root};
///
/// let cache = Cache::default();
/// # let mut document = Document::parse("{}".to_owned())?;
/// cache.registry().inject(&mut document, &["vendor.com/gpu=0"], &Root::new("/".as_ref())?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Where directories are watched, a file that was rewritten in place is noticed when its writer closes
/// it, and shortly after; anything else at once. [`Cache::refresh`] looks at everything now.
pub struct Cache {
    dirs: Vec<PathBuf>,
    state: Mutex<State>,
    #[cfg(feature = "watch")]
    watch: Option<Watch>,
}

struct State {
    registry: Arc<Registry>,
    freshness: Freshness,
}

impl Cache {
    /// The directories, in the order of their priority: the last one wins.
    #[must_use]
    pub fn new<P: AsRef<Path>>(dirs: &[P], options: &CacheOptions) -> Self {
        let dirs: Vec<PathBuf> = dirs.iter().map(|dir| dir.as_ref().to_owned()).collect();
        let checking = |why: &str| Freshness::Checking { why: why.to_owned() };
        #[cfg(not(feature = "watch"))]
        let freshness = checking("built without watching");
        #[cfg(feature = "watch")]
        let (watch, freshness) = if options.watch {
            match Watch::new(&dirs) {
                Ok(watch) => (Some(watch), Freshness::Watching),
                Err(error) => (None, checking(&error.to_string())),
            }
        } else {
            (None, checking("watching is switched off"))
        };
        if let Freshness::Checking { why } = &freshness {
            tracing::debug!(why, "CDI spec directories are not watched");
        }
        // Watched first: what changes while it is read gives a hint.
        let registry = Arc::new(Registry::load_with(&dirs, &options.load));
        Self {
            dirs,
            state: Mutex::new(State { registry, freshness }),
            #[cfg(feature = "watch")]
            watch,
        }
    }

    /// What the directories hold. A value of its own: it stays as it is while it is used.
    #[must_use]
    pub fn registry(&self) -> Arc<Registry> {
        let mut state = self.state();
        #[cfg(feature = "watch")]
        if let Some(watch) = &self.watch
            && state.freshness == Freshness::Watching
        {
            let hints = watch.take();
            match &hints.lost {
                Some(error) => {
                    tracing::warn!(%error, "CDI spec directories are no longer watched");
                    state.freshness = Freshness::Checking { why: error.to_string() };
                }
                None if hints.all => {}
                None => {
                    let changes = state.registry.look_hinted(&hints);
                    return state.apply(changes);
                }
            }
        }
        let changes = state.registry.look();
        state.apply(changes)
    }

    /// The same, but looks at every file's modification time whatever the system has told.
    #[must_use]
    pub fn refresh(&self) -> Arc<Registry> {
        let mut state = self.state();
        let changes = state.registry.look();
        state.apply(changes)
    }

    /// How changes are noticed.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.state().freshness.clone()
    }

    /// Waits until there is something else than what was seen, and a burst of changes is over: what there
    /// is then. `None`: the time is up.
    #[must_use]
    pub fn wait(&self, seen: &Registry, timeout: Option<Duration>) -> Option<Arc<Registry>> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let registry = self.registry();
            if !registry.is_same_as(seen) {
                return Some(registry);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return None;
            }
            #[cfg(feature = "watch")]
            if self.pause(&registry, left) {
                continue;
            }
            std::thread::sleep(left.map_or(CHECK, |left| left.min(CHECK)));
        }
    }

    /// Waits until the system tells of a change, but not for ever; false where it tells nothing.
    #[cfg(feature = "watch")]
    fn pause(&self, registry: &Registry, left: Option<Duration>) -> bool {
        let watch = self.watch.as_ref().filter(|_| self.freshness() == Freshness::Watching);
        let Some(watch) = watch else {
            return false;
        };
        // What a link leads to may be where nobody watches.
        let check = if registry.has_links() { CHECK } else { CHECK_WATCHED };
        watch.wait(Some(left.map_or(check, |left| left.min(check))), BURST);
        true
    }

    /// Writes a spec file into the last directory, where it wins; its path. It is seen at once.
    pub fn write_spec(
        &self,
        name: &str,
        spec: &Spec,
        options: &WriteOptions,
    ) -> Result<PathBuf, WriteError> {
        let path = write_spec(self.last_dir()?, name, spec, options)?;
        let _ = self.refresh();
        Ok(path)
    }

    /// Removes a spec file from the last directory; whether there was one.
    pub fn remove_spec(&self, name: &str) -> Result<bool, WriteError> {
        let removed = remove_spec(self.last_dir()?, name)?;
        let _ = self.refresh();
        Ok(removed)
    }

    fn last_dir(&self) -> Result<&Path, WriteError> {
        self.dirs.last().map(PathBuf::as_path).ok_or(WriteError::NoDirectory)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A copy is made where somebody still uses the registry as it was.
    fn apply(&mut self, changes: super::registry::Changes) -> Arc<Registry> {
        if !changes.is_empty() {
            Arc::make_mut(&mut self.registry).apply(changes);
        }
        Arc::clone(&self.registry)
    }
}

impl Default for Cache {
    /// The [default directories](super::DEFAULT_SPEC_DIRS).
    fn default() -> Self {
        Self::new(&super::DEFAULT_SPEC_DIRS, &CacheOptions::default())
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("dirs", &self.dirs).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
