//! The driver: its version, and the directories that its libraries are in.

use crate::name::{base, directory};
use crate::{Files, Libraries};

/// How the driver's libraries are called.
const STEMS: [&str; 3] = ["libcuda*", "libnv*", "lib*_nvidia"];

/// The driver whose libraries are installed below a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Its version, as the names of its libraries end: `570.86.10`.
    pub version: String,
}

impl Driver {
    /// The driver, by the suffix of `libcuda.so.*.*`, or else of `libnvidia-ml.so.*.*`.
    ///
    /// # Errors
    ///
    /// What the files refuse, and that there is no such library.
    pub fn locate<F: Files>(files: &mut F, libraries: &mut Libraries) -> Result<Self, F::Error> {
        for name in ["libcuda.so.", "libnvidia-ml.so."] {
            let version = |path: &str| {
                let version = base(path).strip_prefix(name).filter(|version| is_version(version));
                version.map(String::from)
            };
            if let Some(version) = libraries.first(files, &[name, "*.*"].concat(), version)? {
                return Ok(Self { version });
            }
        }
        Err(String::from(
            "the driver's version is not known: neither libcuda.so.VERSION nor \
             libnvidia-ml.so.VERSION is in the driver's root; install the driver, or set \
             `driver-root` to where it is",
        )
        .into())
    }

    /// The driver of the version that the kernel's part of it has, if its libraries are installed.
    ///
    /// # Errors
    ///
    /// What the files refuse, and that there are none of this version.
    pub fn of_version<F: Files>(
        files: &mut F,
        libraries: &mut Libraries,
        version: &str,
    ) -> Result<Self, F::Error> {
        if !is_version(version) || version.is_empty() {
            return Err(format!("{version:?} is no version of a driver").into());
        }
        let driver = Self { version: version.into() };
        for stem in ["libcuda", "libnvidia-ml"] {
            if !libraries.locate(files, &driver.library(stem))?.is_empty() {
                return Ok(driver);
            }
        }
        let installed = Self::locate(files, libraries)?.version;
        Err(format!(
            "the driver that is running is of version {version}, and the libraries below the driver's \
             root are of version {installed}; restart the host or load the other driver, or set \
             `driver-root` to where the libraries of {version} are"
        )
        .into())
    }

    /// The file's name of one of its libraries, by the stem: `libcuda`.
    #[must_use]
    pub fn library(&self, stem: &str) -> String {
        [stem, ".so.", &self.version].concat()
    }

    /// The directories that hold libraries of this version, each once, in the order found.
    ///
    /// # Errors
    ///
    /// What the files refuse.
    pub fn directories<F: Files>(
        &self,
        files: &mut F,
        libraries: &mut Libraries,
    ) -> Result<Vec<String>, F::Error> {
        let mut found = libraries.locate_in_directories(files, &self.library("lib*"))?;
        if found.is_empty() {
            // Through the linker's cache only what is the driver's by its name: links of any other
            // library may lead to what nobody granted.
            found = libraries.locate_stems_in_cache(files, &self.library("lib*"), &STEMS)?;
        }
        let mut directories: Vec<String> = Vec::new();
        for path in found {
            let directory = match directory(&path) {
                "" => "/",
                directory => directory,
            };
            if directories.iter().all(|earlier| earlier != directory) {
                directories.push(directory.into());
            }
        }
        Ok(directories)
    }
}

/// Whether a library's suffix can be a version: it becomes part of patterns and arguments.
fn is_version(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte))
}
