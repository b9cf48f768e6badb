//! What kind of machine this is, by its files. No library is loaded to find out.

use gantry_discovery::{Architecture, LIBRARY_DIRECTORIES, cached_paths};

use crate::host_files::{FileError, FileKind, HostFiles, read_up_to};

/// What the driver of Windows is reached through.
const DXCORE: &str = "libdxcore.so";
/// The library that knows the GPUs.
const NVML: &str = "libnvidia-ml.so.1";
/// What is there on a Tegra system.
const TEGRA_RELEASE: &str = "/etc/nv_tegra_release";
/// The family of the system's chip.
const CHIP_FAMILY: &str = "/sys/devices/soc0/family";
/// Where the linker looks beside the places of drivers; the last is that of WSL.
const MORE_DIRECTORIES: [&str; 3] = ["/usr/lib", "/lib", "/usr/lib/wsl/lib"];
/// What the linker knows.
const LINKER_CACHE: &str = "/etc/ld.so.cache";
/// Bytes of it that are read.
const MOST_CACHE: usize = 4 << 20;

/// Whether the files below a root are those of a Tegra system.
pub fn has_tegra_files(root: &dyn HostFiles) -> Result<bool, FileError> {
    if is_file(root, TEGRA_RELEASE)? {
        return Ok(true);
    }
    match root.read(CHIP_FAMILY, 0, 64) {
        Ok(family) => Ok(family.to_ascii_lowercase().starts_with(b"tegra")),
        Err(FileError::Absent { .. } | FileError::Invalid { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the library is there through which WSL reaches the driver of Windows.
pub fn has_dxcore(root: &dyn HostFiles) -> Result<bool, FileError> {
    in_directories(root, DXCORE)
}

/// Whether the library of NVML is where the linker of a root would find it.
pub fn has_nvml(root: &dyn HostFiles) -> Result<bool, FileError> {
    Ok(in_directories(root, NVML)? || in_cache(root, NVML)?)
}

fn in_directories(root: &dyn HostFiles, name: &str) -> Result<bool, FileError> {
    for directory in LIBRARY_DIRECTORIES.iter().chain(&MORE_DIRECTORIES) {
        if is_file(root, &[directory.trim_end_matches('/'), "/", name].concat())? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the linker knows a library, and it is there.
fn in_cache(root: &dyn HostFiles, name: &str) -> Result<bool, FileError> {
    let Some(architecture) = Architecture::from_name(std::env::consts::ARCH) else {
        return Ok(false);
    };
    let cache = match read_up_to(root, LINKER_CACHE, MOST_CACHE) {
        Ok(cache) => cache,
        Err(FileError::Absent { .. } | FileError::Invalid { .. }) => return Ok(false),
        Err(error) => return Err(error),
    };
    for path in cached_paths(&cache, architecture, name) {
        if is_file(root, path)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a path leads to what is there and is no directory.
fn is_file(root: &dyn HostFiles, path: &str) -> Result<bool, FileError> {
    match root.resolve(path).and_then(|path| root.lstat(&path)) {
        Ok(entry) => Ok(entry.kind != FileKind::Directory),
        Err(FileError::Absent { .. } | FileError::Invalid { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
