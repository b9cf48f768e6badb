//! Libraries by the linker's cache; the rest is tested with the modes.

use super::{has_dxcore, has_nvml};
use crate::host_files::Recorded;

/// An `ld.so.cache` that knows one library, of this machine's architecture.
fn cache(name: &str, path: &str) -> Vec<u8> {
    let flags: u32 = if cfg!(target_arch = "aarch64") { 0x0a03 } else { 0x0303 };
    let strings = [name, "\0", path, "\0"].concat();
    let length = |text: &str| u32::try_from(text.len()).unwrap();
    let at = 48 + 24;
    let mut bytes = b"glibc-ld.so.cache1.1".to_vec();
    bytes.extend([1, length(&strings)].iter().flat_map(|number: &u32| number.to_le_bytes()));
    bytes.resize(48, 0);
    let entry = [flags, at, at + length(name) + 1, 0, 0, 0];
    bytes.extend(entry.iter().flat_map(|number| number.to_le_bytes()));
    bytes.extend(strings.as_bytes());
    bytes
}

#[test]
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn what_the_linker_knows() {
    let nvml = "libnvidia-ml.so.1";
    let there = "/opt/nvidia/libnvidia-ml.so.1";
    #[rustfmt::skip] // one line a case
    let table = [
        (nvml, there, true),
        (nvml, "/opt/gone", false),
        (nvml, "/opt", false),
        ("libcuda.so.1", there, false),
        ("libdxcore.so", there, false),
    ];
    for (name, path, expected) in table {
        let root = Recorded::new().file("/etc/ld.so.cache", &cache(name, path)).file(there, b"");
        assert_eq!(has_nvml(&root), Ok(expected), "{name} {path}");
        assert_eq!(has_dxcore(&root), Ok(false), "{name} {path}");
    }
    assert_eq!(has_nvml(&Recorded::new().file("/etc/ld.so.cache", &[0xff; 4096])), Ok(false));
}
