//! Where a container's loader looks without being told, which is not what the host's `ldconfig` thinks.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, fstat};

use crate::container_root::ContainerRoot;

/// What differs between kinds of processors.
struct Machine {
    /// What Debian's loader searches.
    debian: &'static [&'static str],
    /// What the loaders of others search.
    others: &'static [&'static str],
    /// The loaders of glibc and of musl, and the file in `/etc` that names directories to the latter.
    glibc: &'static str,
    musl: &'static str,
    musl_path: &'static str,
}

const X86_64: Machine = Machine {
    debian: &["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib"],
    others: &["/lib", "/usr/lib", "/lib64", "/usr/lib64", "/libx32", "/usr/libx32"],
    glibc: "/lib64/ld-linux-x86-64.so.2",
    musl: "/lib/ld-musl-x86_64.so.1",
    musl_path: "ld-musl-x86_64.path",
};

const AARCH64: Machine = Machine {
    debian: &["/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib", "/usr/lib"],
    others: &["/lib", "/usr/lib", "/lib64", "/usr/lib64"],
    glibc: "/lib/ld-linux-aarch64.so.1",
    musl: "/lib/ld-musl-aarch64.so.1",
    musl_path: "ld-musl-aarch64.path",
};

const HERE: Machine = if cfg!(target_arch = "aarch64") { AARCH64 } else { X86_64 };

/// The directories that are searched without being named.
#[must_use]
pub fn system_directories(root: &ContainerRoot) -> &'static [&'static str] {
    HERE.system_directories(root)
}

/// Whether the container's programs are loaded by musl's loader.
#[must_use]
pub fn is_musl(root: &ContainerRoot) -> bool {
    HERE.is_musl(root)
}

/// The file in `/etc` that names the directories to musl's loader.
#[must_use]
pub fn musl_path_file() -> &'static str {
    HERE.musl_path
}

impl Machine {
    fn system_directories(&self, root: &ContainerRoot) -> &'static [&'static str] {
        let debian = root.resolve(Path::new("/etc/debian_version")).is_ok();
        if debian { self.debian } else { self.others }
    }

    fn is_musl(&self, root: &ContainerRoot) -> bool {
        let is_file = |path: &str| {
            let found = root.resolve(Path::new(path)).ok().and_then(|handle| fstat(handle).ok());
            found.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
        };
        is_file("/etc/alpine-release") || (is_file(self.musl) && !is_file(self.glibc))
    }
}

/// What the loader searches while there is no path file.
const MUSL_DEFAULT: &[u8] = b"/lib:/usr/local/lib:/usr/lib\n";

/// The path file with these folders added; `None` where they are all in it. What it holds stays.
#[must_use]
pub fn musl_path(present: Option<&[u8]>, folders: &[PathBuf]) -> Option<Vec<u8>> {
    let present = present.unwrap_or(MUSL_DEFAULT);
    let known: Vec<&[u8]> =
        present.split(|byte| matches!(byte, b':' | b'\n')).map(without_slashes).collect();
    let mut text = present.to_vec();
    for folder in folders {
        let folder = folder.as_os_str().as_bytes();
        if !known.contains(&folder) {
            if text.last().is_some_and(|&byte| byte != b'\n') {
                text.push(b'\n');
            }
            text.extend(folder);
            text.push(b'\n');
        }
    }
    (text.len() > present.len()).then_some(text)
}

fn without_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |at| at + 1);
    path.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    /// Both kinds of processors, whichever this is: what is there, whether that is Debian's, and musl.
    #[test]
    fn layouts() {
        let cases: &[(&Machine, &[&str], bool, bool)] = &[
            (&X86_64, &[], false, false),
            (&X86_64, &["etc/debian_version"], true, false),
            (&X86_64, &["lib/ld-musl-x86_64.so.1"], false, true),
            (&X86_64, &["lib/ld-musl-x86_64.so.1", "lib64/ld-linux-x86-64.so.2"], false, false),
            (&X86_64, &["lib/ld-musl-aarch64.so.1"], false, false),
            (&X86_64, &["etc/alpine-release", "lib64/ld-linux-x86-64.so.2"], false, true),
            (&AARCH64, &[], false, false),
            (&AARCH64, &["etc/debian_version", "lib/ld-linux-aarch64.so.1"], true, false),
            (&AARCH64, &["lib/ld-musl-aarch64.so.1"], false, true),
            (&AARCH64, &["lib/ld-musl-aarch64.so.1", "lib/ld-linux-aarch64.so.1"], false, false),
            (&AARCH64, &["lib/ld-musl-x86_64.so.1"], false, false),
            (&AARCH64, &["etc/alpine-release"], false, true),
        ];
        for (machine, files, debian, musl) in cases {
            let folder = tempfile::tempdir().unwrap();
            for file in *files {
                let file = folder.path().join(file);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, "").unwrap();
            }
            let root = ContainerRoot::open(folder.path()).unwrap();
            let expected = if *debian { machine.debian } else { machine.others };
            assert_eq!(machine.system_directories(&root), expected, "{files:?}");
            assert_eq!(machine.is_musl(&root), *musl, "{files:?}");
        }
        // x32 is an ABI of x86-64 alone.
        assert!(!AARCH64.others.iter().any(|directory| directory.contains("x32")));
    }

    #[test]
    fn path_files() {
        let cases: &[(Option<&str>, &[&str], Option<&str>)] = &[
            (None, &["/gpu"], Some("/lib:/usr/local/lib:/usr/lib\n/gpu\n")),
            (None, &["/usr/lib"], None),
            (None, &[], None),
            (Some(""), &["/gpu"], Some("/gpu\n")),
            (Some("/a:/b"), &["/gpu", "/b"], Some("/a:/b\n/gpu\n")),
            (Some("/a\n/gpu/\n"), &["/gpu"], None),
            (Some("/a:/gpu:"), &["/gpu", "/c"], Some("/a:/gpu:\n/c\n")),
            (Some("/gpu2\n"), &["/gpu"], Some("/gpu2\n/gpu\n")),
        ];
        for (present, folders, expected) in cases {
            let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
            let text = musl_path(present.map(str::as_bytes), &folders);
            assert_eq!(text.as_deref(), expected.map(str::as_bytes), "{present:?} {folders:?}");
        }
    }
}
