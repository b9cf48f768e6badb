//! Hostile spec directories, from outside: whatever lies in one, the file that is no spec is an error
//! with its path, within bounded time and memory, and the others still serve.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

#[path = "cdi_hostile/changing.rs"]
mod changing;
#[path = "cdi_hostile/contents.rs"]
mod contents;
#[path = "cdi_hostile/directories.rs"]
mod directories;
#[path = "cdi_hostile/files.rs"]
mod files;
#[path = "cdi_hostile/large.rs"]
mod large;

use std::fs;
use std::path::{Path, PathBuf};

use gantry_tests::loads::{self, Loaded};
use tempfile::TempDir;

/// What loads in a process of its own.
const PROGRAM: &str = env!("CARGO_BIN_EXE_load-specs");
/// The device that is always there.
const GOOD: &str = "good.com/device=here";
/// What is refused is told in so many bytes; of it, the path is the test's own.
const TOLD: usize = 2_000;

/// A spec directory with a good file at each end of the order.
struct Specs {
    tmp: TempDir,
}

impl Specs {
    fn new() -> Self {
        let specs = Self { tmp: tempfile::tempdir().unwrap() };
        fs::create_dir(specs.dir()).unwrap();
        specs.put("a-good.json", spec("first.com/device", "here").as_bytes());
        specs.put("z-good.yaml", spec("good.com/device", "here").as_bytes());
        specs
    }

    fn dir(&self) -> PathBuf {
        self.tmp.path().join("cdi")
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir().join(name)
    }

    fn put(&self, name: impl AsRef<Path>, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn load(&self) -> Loaded {
        let loaded = loads::load(PROGRAM, &[self.dir()]);
        assert_serves(&loaded);
        loaded
    }

    /// That the file alone is refused, for a reason that has these words in it.
    fn assert_refused(&self, path: &Path, words: &str) {
        let loaded = self.load();
        let error = loaded.error(path);
        assert!(!error.is_empty(), "{} is not refused: {loaded:?}", path.display());
        assert!(error.contains(words), "{error:?} does not say {words:?}");
        assert!(error.len() < TOLD, "{} bytes: {error:.300}", error.len());
        assert_eq!(loaded.errors.len(), 1, "{loaded:?}");
        assert_eq!(loaded.devices.len(), 2, "{loaded:?}");
    }

    /// That the file is as good as the others: so many devices more.
    fn assert_loaded(&self, path: &Path, devices: usize) {
        let loaded = self.load();
        assert_eq!(loaded.error(path), "");
        assert_eq!(loaded.devices.len(), 2 + devices);
    }
}

/// That the good files serve, and that what is said of any trouble is one short line.
fn assert_serves(loaded: &Loaded) {
    for device in ["first.com/device=here", GOOD] {
        assert!(loaded.devices.iter().any(|name| name == device), "{device} does not serve");
    }
    let told = &loaded.unresolved;
    assert!(!told.is_empty() && !told.contains(['\n', '\0', '\x1b']), "{told}");
    assert!(told.len() < 10 * TOLD, "{} bytes: {told:.300}", told.len());
}

/// A small valid spec, in JSON (and so in YAML).
fn spec(kind: &str, device: &str) -> String {
    format!(
        r#"{{"cdiVersion":"0.3.0","kind":"{kind}","devices":[{}]}}"#,
        device_of(device, r#""A=b""#)
    )
}

fn device_of(name: &str, env: &str) -> String {
    format!(r#"{{"name":"{name}","containerEdits":{{"env":[{env}]}}}}"#)
}
