//! Root directories of their own, for programs that look at fixed paths: nothing is in them but `/dev/null`, an
//! empty `/tmp`, and, out of sight in `/.c`, the C library and the programs that are run.
#![allow(
    clippy::missing_errors_doc,
    reason = "a test fails where its root cannot be made, for the reason that the error names"
)]

use std::fs::{self, Permissions};
use std::io::{self, Error};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use tempfile::TempDir;

/// The folder in every root.
pub const HIDDEN: &str = "/.c";
/// The loader of programs there: shorter than any loader's own path.
const LOADER: &str = "/.c/ld.so";

/// What every root has in `/.c`. Making it takes a while, so it is made once, before there are threads: a file
/// that another thread holds open for writing could not be executed.
pub struct Base {
    folder: TempDir,
}

impl Base {
    /// With these programs and the system's shell, each with the libraries that it needs.
    pub fn new(programs: &[PathBuf]) -> io::Result<Self> {
        let base = Self { folder: TempDir::new()? };
        let shell = PathBuf::from("/bin/sh");
        for program in programs.iter().chain([&shell]) {
            let libraries = libraries(program)?;
            let mut bytes = fs::read(program)?;
            for Library { path, is_loader } in &libraries {
                let name = path.file_name().ok_or_else(|| Error::other("a library has a name"))?;
                if *is_loader {
                    base.add("ld.so", &fs::read(path)?)?;
                    exchange_loader(&mut bytes, path);
                } else {
                    base.add(&name.to_string_lossy(), &fs::read(path)?)?;
                }
            }
            let name = program.file_name().ok_or_else(|| Error::other("a program has a name"))?;
            base.add(&name.to_string_lossy(), &bytes)?;
        }
        Ok(base)
    }

    /// Adds a file.
    pub fn add(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, Permissions::from_mode(0o755))
    }

    /// A file of it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a root of a folder. It needs root.
    pub fn root(&self, folder: &Path) -> io::Result<()> {
        let hidden = folder.join(HIDDEN.trim_start_matches('/'));
        for directory in [&hidden, &folder.join("dev"), &folder.join("tmp")] {
            fs::create_dir_all(directory)?;
        }
        for entry in fs::read_dir(self.folder.path())? {
            let entry = entry?;
            fs::hard_link(entry.path(), hidden.join(entry.file_name()))?;
        }
        let (kind, device) = (FileType::CharacterDevice, makedev(1, 3));
        let null = folder.join("dev/null");
        mknodat(CWD, &null, kind, Mode::from_raw_mode(0o666), device)?;
        fs::set_permissions(&null, Permissions::from_mode(0o666))
    }
}

struct Library {
    path: PathBuf,
    is_loader: bool,
}

/// The libraries that a program needs, its loader among them; none if it is static.
fn libraries(program: &Path) -> io::Result<Vec<Library>> {
    let output = Command::new("ldd").arg(program).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let library = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [_, "=>", path, _] => Some(Library { path: path.into(), is_loader: false }),
            [path, _] if path.starts_with('/') => {
                Some(Library { path: path.into(), is_loader: true })
            }
            // The kernel's own, or a message.
            _ => None,
        }
    };
    Ok(text.lines().filter_map(library).collect())
}

/// Names the hidden loader instead of the system's, in the place where a program names it.
fn exchange_loader(program: &mut [u8], loader: &Path) {
    let old = [loader.as_os_str().as_encoded_bytes(), &[0]].concat();
    let at = program.windows(old.len()).position(|window| window == old);
    let place = at.and_then(|at| program.get_mut(at..at + old.len()));
    for (byte, new) in place.into_iter().flatten().zip(LOADER.bytes().chain(std::iter::repeat(0))) {
        *byte = new;
    }
}
