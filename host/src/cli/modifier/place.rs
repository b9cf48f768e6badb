//! Which store, which file, and which modifier of the store a person means.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use gantry::digest::Digest;
use gantry::modifier::store::{Entry, MOST_WASM, Store, StoreError};
use gantry::pipeline::Stored;
use gantry::pipeline::config::{Config, ModifierRef, StageConfig};

use crate::config::Source;

/// The configuration and its store.
#[derive(Args)]
pub(super) struct Place {
    #[command(flatten)]
    source: Source,
}

/// Both, loaded.
pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) store: Store,
}

impl Place {
    /// To look at: nothing of the store is touched.
    pub(super) fn load(&self) -> Result<Loaded> {
        Loaded::of(self.source.load_with_drop_ins()?, Stored::read_only)
    }

    /// To change.
    pub(super) fn load_to_change(&self) -> Result<Loaded> {
        Loaded::of(self.source.load_with_drop_ins()?, Stored::new)
    }
}

impl Loaded {
    fn of(config: Config, stored: fn(&Config) -> Stored) -> Result<Self> {
        let store = stored(&config).store().map_err(|error| told(&error))?.clone();
        Ok(Self { config, store })
    }

    /// The stages that run a modifier: those that pin its digest, or name a file that now is this one.
    pub(super) fn stages(&self, wasm: &Digest) -> Vec<&StageConfig> {
        let runs = |stage: &&StageConfig| match &stage.modifier {
            ModifierRef::File { digest: Some(digest), .. } => digest == wasm,
            ModifierRef::File { path, digest: None } => {
                read(path).is_ok_and(|bytes| Digest::of(&bytes) == *wasm)
            }
            ModifierRef::BuiltIn(_) => false,
        };
        self.config.all_stages().filter(runs).collect()
    }

    /// The stages that name one of these paths and pin the digest of something else.
    pub(super) fn pinned_elsewhere(&self, wasm: &Digest, paths: &[&Path]) -> Vec<&StageConfig> {
        let pins = |stage: &&StageConfig| match &stage.modifier {
            ModifierRef::File { path, digest: Some(digest) } => {
                digest != wasm && paths.contains(&path.as_path())
            }
            ModifierRef::File { digest: None, .. } | ModifierRef::BuiltIn(_) => false,
        };
        self.config.all_stages().filter(pins).collect()
    }

    /// The modifier of the store that a person means: by digest (8 hex digits or more), name or path.
    pub(super) fn find(&self, text: &str) -> Result<Entry> {
        let entries = self.store.entries()?;
        let path = absolute(Path::new(text))?;
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let by_digest = hex.len() >= 8 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let matches = |entry: &Entry| {
            (by_digest && entry.wasm.hex().starts_with(&hex.to_ascii_lowercase()))
                || entry.record.as_ref().is_ok_and(|one| one.name == text || one.source == path)
        };
        let mut found: Vec<Entry> = entries.into_iter().filter(matches).collect();
        if found.len() > 1 {
            let all: Vec<_> = found.iter().map(|entry| entry.wasm.to_string()).collect();
            bail!(
                "{text:?} stands for {} modifiers; name one by its digest: {}",
                all.len(),
                all.join(", ")
            );
        }
        found.pop().with_context(|| {
            format!(
                "no modifier {text:?} is in the store {}; `gantry modifier list` shows what is",
                self.store.dir().display()
            )
        })
    }
}

/// A path from the root, of one that a person gives.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    // The folder that this runs in may be gone.
    std::path::absolute(path).with_context(|| format!("{path:?}: cannot tell where that is"))
}

/// The bytes of a file that a person names.
pub(super) fn read(path: &Path) -> Result<Vec<u8>> {
    let read = || -> Result<Vec<u8>> {
        if !std::fs::metadata(path)?.is_file() {
            bail!("not a regular file");
        }
        let mut wasm = Vec::new();
        File::open(path)?.take(MOST_WASM + 1).read_to_end(&mut wasm)?;
        if wasm.len() as u64 > MOST_WASM {
            bail!("larger than {} MiB", MOST_WASM >> 20);
        }
        Ok(wasm)
    };
    read().with_context(|| path.display().to_string())
}

/// An error and what to do, on one line.
pub(super) fn told(error: &gantry::pipeline::ComponentError) -> anyhow::Error {
    let remedy = error.remedy.as_ref().map(|remedy| format!("; {remedy}")).unwrap_or_default();
    anyhow::Error::msg(format!("{}{remedy}", error.cause))
}

/// As [`told`], of the store.
pub(super) fn told_of_store(error: &StoreError, source: Option<&Path>) -> String {
    let remedy = error.remedy(source).map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("{error}{remedy}")
}
