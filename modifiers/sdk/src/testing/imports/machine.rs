//! What can be read of the host, and the log. Names and signatures are those of the bindings.
#![allow(missing_docs, clippy::must_use_candidate, reason = "a stand-in for the bindings")]

use super::read::answer;
use crate::bindings::gantry::modifier::types::Error;
use crate::testing::patterns::wanted;
use crate::testing::running::{ask, test};

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
    use super::{Error, ask, test, wanted};
    use crate::files::Entry;
    use crate::testing::files::Tree;
    use crate::testing::running::Running;

    fn key(root: &str, path: &str) -> String {
        [root, ":", path].concat()
    }

    /// The path with the links of its directories followed, if that is granted.
    fn entry(run: &mut Running, root: &str, path: &str) -> Result<String, Error> {
        let entry = run.tree(root).entry_path(path);
        let key = key(root, &entry);
        let granted =
            wanted(&run.wants, "read.files", &key) || run.listed.shows(root, path, &entry);
        run.need(granted, "read.files", &key)?;
        Ok(entry)
    }

    /// Answers about what a granted path leads to, if that is granted too.
    fn follow<T>(
        root: &str,
        path: &str,
        with: impl FnOnce(&Tree, &str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        ask(|run| {
            let entry = entry(run, root, path)?;
            let target = run.tree(root).resolve(&entry)?;
            let key = key(root, &target);
            let granted = wanted(&run.wants, "read.files", &key)
                || run.listed.leads_to(root, &entry, &target);
            run.need(granted, "read.files", &key)?;
            with(run.tree(root), &target)
        })
    }

    pub fn glob(root: &str, pattern: &str) -> Result<Vec<Entry>, Error> {
        ask(|run| {
            let pattern = run.tree(root).glob_pattern(pattern);
            let key = key(root, &pattern);
            run.need(wanted(&run.wants, "read.files", &key), "read.files", &key)?;
            Ok(run.tree(root).glob(&pattern))
        })
    }

    pub fn stat(root: &str, paths: &[&str]) -> Result<Vec<Option<Entry>>, Error> {
        ask(|run| {
            let mut entries = Vec::new();
            for path in paths {
                let entry = entry(run, root, path)?;
                entries.push(run.tree(root).stat(&entry)?);
            }
            Ok(entries)
        })
    }

    pub fn read_link(root: &str, path: &str) -> Result<String, Error> {
        ask(|run| {
            let entry = entry(run, root, path)?;
            let target = run.tree(root).read_link(&entry)?;
            let next = run.tree(root).next(&entry, &target);
            run.listed.leads_to(root, &entry, &next);
            Ok(target)
        })
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
        test(|run| wanted(&run.wants, "read.files", &key(root, path)))
    }
}

pub mod log {
    pub use crate::bindings::gantry::modifier::log::Level;

    /// On the standard error, which `cargo test` shows where a test fails.
    pub fn log(level: Level, message: &str) {
        eprintln!("{level:?}: {message}");
    }
}
