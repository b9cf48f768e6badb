//! What can be read of the host, and the log. Names and signatures are those of the bindings.
#![allow(missing_docs, clippy::must_use_candidate, reason = "a stand-in for the bindings")]

use super::read::{answer, granted};
use crate::bindings::gantry::modifier::types::Error;
use crate::testing::patterns::wanted;
use crate::testing::running::ask;

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

/// As on a real host, the grant must cover where links lead.
pub mod host_files {
    use super::{Error, ask, wanted};
    use crate::files::Entry;
    use crate::testing::files::Tree;

    /// Answers from the tree of a root, with what is asked of it once links are followed, if that is
    /// granted.
    fn answer<T>(
        root: &str,
        path: impl FnOnce(&Tree) -> Result<String, Error>,
        with: impl FnOnce(&Tree, &str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        ask(|run| {
            let empty = Tree::default();
            let path = path(run.host.files.get(root).unwrap_or(&empty))?;
            let key = format!("{root}:{path}");
            run.need(wanted(&run.wants, "read.files", &key), "read.files", &key)?;
            with(run.host.files.get(root).unwrap_or(&empty), &path)
        })
    }

    /// As [`answer`], with all links of a granted path followed.
    fn follow<T>(
        root: &str,
        path: &str,
        with: impl FnOnce(&Tree, &str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let entry = answer(root, |tree| Ok(tree.entry_path(path)), |_, path| Ok(path.to_owned()))?;
        answer(root, |tree| tree.resolve(&entry), with)
    }

    pub fn glob(root: &str, pattern: &str) -> Result<Vec<Entry>, Error> {
        answer(root, |tree| Ok(tree.glob_pattern(pattern)), |tree, pattern| Ok(tree.glob(pattern)))
    }

    pub fn stat(root: &str, paths: &[&str]) -> Result<Vec<Option<Entry>>, Error> {
        let one = |path: &&str| {
            answer(root, |tree| Ok(tree.entry_path(path)), |tree, path| Ok(tree.stat(path)))
        };
        paths.iter().map(one).collect()
    }

    pub fn read_link(root: &str, path: &str) -> Result<String, Error> {
        answer(root, |tree| Ok(tree.entry_path(path)), Tree::read_link)
    }

    pub fn resolve(root: &str, path: &str) -> Result<String, Error> {
        follow(root, path, |_, path| Ok(path.into()))
    }

    pub fn read(root: &str, path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let whole = follow(root, path, Tree::read)?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(whole.into_iter().skip(offset).take(length as usize).collect())
    }

    pub fn soname(root: &str, path: &str) -> Result<Option<String>, Error> {
        follow(root, path, Tree::soname)
    }

    pub fn granted(root: &str, path: &str) -> bool {
        super::granted("read.files", &format!("{root}:{path}"))
    }
}

pub mod log {
    pub use crate::bindings::gantry::modifier::log::Level;

    /// On the standard error, which `cargo test` shows where a test fails.
    pub fn log(level: Level, message: &str) {
        eprintln!("{level:?}: {message}");
    }
}
