//! What can be read of the host, and the log. Names and signatures are those of the bindings.
#![allow(missing_docs, clippy::must_use_candidate, reason = "a stand-in for the bindings")]

use super::read::{answer, granted};
use crate::bindings::gantry::modifier::types::Error;
use crate::testing::Host;
use crate::testing::patterns::matches;

pub mod platform {
    use super::{Error, answer};
    use crate::testing::Facts;

    fn fact<T>(get: impl FnOnce(&Facts) -> T) -> Result<T, Error> {
        answer("read.platform", &["*"], |host| Ok(get(&host.facts)))
    }

    pub fn architecture() -> Result<String, Error> {
        fact(|facts| facts.architecture.clone())
    }

    pub fn kernel_release() -> Result<String, Error> {
        fact(|facts| facts.kernel_release.clone())
    }

    pub fn has_tegra_files() -> Result<bool, Error> {
        fact(|facts| facts.tegra_files)
    }

    pub fn has_dxcore() -> Result<bool, Error> {
        fact(|facts| facts.dxcore)
    }

    pub fn has_nvml() -> Result<bool, Error> {
        fact(|facts| facts.nvml)
    }
}

pub mod gpus {
    use super::{Error, answer};
    use crate::gpus::{Driver, Gpu};

    pub fn get_driver() -> Result<Driver, Error> {
        answer("read.gpus", &["*"], |host| {
            host.driver.clone().ok_or_else(|| Error::Absent("this host has no driver".into()))
        })
    }

    pub fn all() -> Result<Vec<Gpu>, Error> {
        answer("read.gpus", &["*"], |host| Ok(host.gpus.clone()))
    }
}

pub mod cdi_registry {
    use super::{Error, answer};

    pub fn devices(kind: &str) -> Result<Vec<String>, Error> {
        answer("read.cdi", &[kind], |host| {
            let of_kind = |name: &&String| name.split_once('=').is_some_and(|(k, _)| k == kind);
            Ok(host.devices.iter().filter(of_kind).cloned().collect())
        })
    }
}

/// Regular files only: a test host has no links and no devices.
pub mod host_files {
    use super::{Error, Host, answer, matches};
    use crate::files::{Entry, FileKind};

    fn key(root: &str, path: &str) -> String {
        format!("{root}:{path}")
    }

    fn entry(path: &str, content: &[u8]) -> Entry {
        Entry {
            path: path.into(),
            kind: FileKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: content.len() as u64,
            major: 0,
            minor: 0,
        }
    }

    fn content<'a>(host: &'a Host, root: &str, path: &str) -> Result<&'a [u8], Error> {
        host.files
            .get(&(root.into(), path.into()))
            .map(Vec::as_slice)
            .ok_or_else(|| Error::Absent(format!("{path} is not there")))
    }

    pub fn glob(root: &str, pattern: &str) -> Result<Vec<Entry>, Error> {
        answer("read.files", &[&key(root, pattern)], |host| {
            let these =
                host.files.iter().filter(|((r, path), _)| r == root && matches(pattern, path));
            Ok(these.map(|((_, path), content)| entry(path, content)).collect())
        })
    }

    pub fn stat(root: &str, paths: &[&str]) -> Result<Vec<Option<Entry>>, Error> {
        let keys: Vec<String> = paths.iter().map(|path| key(root, path)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        answer("read.files", &keys, |host| {
            let of =
                |path: &&str| content(host, root, path).ok().map(|content| entry(path, content));
            Ok(paths.iter().map(of).collect())
        })
    }

    pub fn read_link(root: &str, path: &str) -> Result<String, Error> {
        read_whole(root, path)?;
        Err(Error::Invalid(format!("{path} is not a link")))
    }

    pub fn resolve(root: &str, path: &str) -> Result<String, Error> {
        read_whole(root, path).map(|_| path.into())
    }

    pub fn read(root: &str, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let whole = read_whole(root, path)?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(whole.into_iter().skip(offset).take(length as usize).collect())
    }

    pub fn soname(root: &str, path: &str) -> Result<Option<String>, Error> {
        read_whole(root, path).map(|_| None)
    }

    pub fn granted(root: &str, path: &str) -> bool {
        super::granted("read.files", &key(root, path))
    }

    fn read_whole(root: &str, path: &str) -> Result<Vec<u8>, Error> {
        super::answer("read.files", &[&key(root, path)], |host| {
            content(host, root, path).map(<[u8]>::to_vec)
        })
    }
}

pub mod log {
    pub use crate::bindings::gantry::modifier::log::Level;

    /// On the standard error, which `cargo test` shows where a test fails.
    pub fn log(level: Level, message: &str) {
        eprintln!("{level:?}: {message}");
    }
}
