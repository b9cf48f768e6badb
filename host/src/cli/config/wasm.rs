//! The component that a stage would run, as bytes: its digest, and what it wants and why.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use gantry::digest::Digest;
use gantry::modifier::metadata::{Metadata, Want};
use gantry::modifier::store::MOST_WASM;
use gantry::pipeline::Stored;
use gantry::pipeline::config::{Config, ModifierRef, StageConfig};

/// What is known of a stage's component. Nothing of it runs.
#[derive(Default)]
pub(super) struct Wasm {
    /// The digest that is pinned, else the file's; `None` of what is built in, or cannot be read.
    pub(super) digest: Option<Digest>,
    /// What it asks for, in its own words, escaped.
    pub(super) wants: Vec<Want>,
}

impl Wasm {
    /// That of a stage: what the store has of a pinned digest, or the file where that is the one.
    pub(super) fn of(config: &Config, stage: &StageConfig) -> Self {
        let ModifierRef::File { path, digest } = &stage.modifier else {
            return Self::default();
        };
        let stored = digest.and_then(|digest| {
            Stored::read_only(config)
                .store()
                .ok()
                .and_then(|store| store.wasm(&digest).ok().flatten())
        });
        let Some(bytes) = stored.or_else(|| read(path)) else {
            return Self { digest: *digest, wants: Vec::new() };
        };
        let found = Digest::of(&bytes);
        if digest.is_some_and(|pinned| pinned != found) {
            return Self { digest: *digest, wants: Vec::new() };
        }
        let own = Metadata::read(&bytes).ok().and_then(|metadata| metadata.own);
        Self { digest: Some(found), wants: own.map(|own| own.wants).unwrap_or_default() }
    }
}

/// A regular file, if it is no longer than a component may be.
fn read(path: &Path) -> Option<Vec<u8>> {
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MOST_WASM + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MOST_WASM).then_some(bytes)
}
