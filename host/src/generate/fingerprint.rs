//! Looks at what an inventory of GPUs depends on: some files of the kernel, and the library.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::gpu::{Fingerprint, Reader};

/// The kernel's files below it say which driver is loaded, and which GPUs it has.
const DRIVER: &str = "/proc/driver/nvidia";
/// The deepest directory of MIG devices: `gpuN/mig/giN/ciN`.
const DEPTH: u32 = 4;
/// The most files that are looked at: 32 GPUs with all MIG devices that they can have have fewer.
const MOST: usize = 8192;

/// What an inventory depends on that this reader reads. `root` is `/`, but for tests. `None` where the
/// host does not tell enough: no driver that is known to the kernel, or a library that only the dynamic
/// linker finds. Then what it said before may be wrong, and nothing shows it.
///
/// - The boot and, within one, the loaded module and each PCI device of a GPU: the numbers of files in
///   `/sys` are not used twice, so that a module or a device that was taken away and put back is another.
/// - The driver's version and GPUs, as it tells them in `/proc`.
/// - The MIG devices: the driver has a directory for each GPU instance and compute instance, whose time
///   is when it was first seen, so that an instance that was made anew is another.
/// - The library and the reader: files that are replaced or written are others.
/// - The device nodes' directory, because a container has its own, with fewer GPUs.
#[must_use]
pub fn fingerprint(root: &Path, reader: &Reader) -> Option<Fingerprint> {
    let at = |path: &str| root.join(path.trim_start_matches('/'));
    let text = |path: &str| fs::read_to_string(at(path)).ok();
    let number = |path: &str| Some(fs::metadata(at(path)).ok()?.ino().to_string());
    let library = reader.library.as_deref()?;
    let mut facts = Fingerprint::new()
        .with("boot", text("/proc/sys/kernel/random/boot_id")?)
        .with("driver", text(&format!("{DRIVER}/version"))?)
        .with("module", number("/sys/module/nvidia")?)
        .with("nodes", fs::metadata(at("/dev")).ok()?.dev().to_string())
        .with("library", stamp(library)?)
        .with("reader", stamp(&reader.program)?);
    for gpu in fs::read_dir(at(&format!("{DRIVER}/gpus"))).ok()? {
        let address = gpu.ok()?.file_name().into_string().ok()?;
        let device = number(&format!("/sys/bus/pci/devices/{address}")).unwrap_or_default();
        facts = facts.with(format!("gpu {address}"), device);
    }
    let capabilities = at(&format!("{DRIVER}/capabilities"));
    if capabilities.is_dir() {
        let mut left = MOST;
        facts = instances(facts, &capabilities, &capabilities, DEPTH, &mut left)?;
    }
    Some(facts)
}

/// With the directories below one; `None` where there are too many.
fn instances(
    mut facts: Fingerprint,
    of: &Path,
    directory: &Path,
    depth: u32,
    left: &mut usize,
) -> Option<Fingerprint> {
    for entry in fs::read_dir(directory).ok()? {
        let entry = entry.ok()?;
        *left = left.checked_sub(1)?;
        if !entry.file_type().ok()?.is_dir() {
            continue;
        }
        let (path, metadata) = (entry.path(), entry.metadata().ok()?);
        let name = path.strip_prefix(of).ok()?.to_str()?.to_owned();
        let value = format!("{} {}", metadata.ino(), times(&metadata));
        facts = facts.with(format!("instance {name}"), value);
        if depth > 1 {
            facts = instances(facts, of, &path, depth - 1, left)?;
        }
    }
    Some(facts)
}

/// A file's path, and what changes when it is replaced or written.
fn stamp(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let (dev, ino, size) = (metadata.dev(), metadata.ino(), metadata.size());
    Some(format!("{dev} {ino} {size} {} {}", times(&metadata), path.to_str()?))
}

fn times(metadata: &Metadata) -> String {
    format!(
        "{}.{:09} {}.{:09}",
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    )
}

#[cfg(test)]
mod tests;
