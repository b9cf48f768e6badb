//! Whether this process is in a user namespace: rootless engines start low-level runtimes in one.

use std::sync::OnceLock;

/// In a user namespace, the id that files of unmapped users, and so of the host's root, show as their
/// owner; `None` outside of one. Asked once: no program of this crate leaves the namespace that it was
/// started in.
pub(crate) fn overflow_uid() -> Option<u32> {
    static OWN: OnceLock<Option<u32>> = OnceLock::new();
    *OWN.get_or_init(read)
}

fn read() -> Option<u32> {
    let read = |path| std::fs::read_to_string(path).ok();
    // Outside, every id is itself.
    let is_initial = |map: &str| map.split_ascii_whitespace().eq(["0", "0", "4294967295"]);
    read("/proc/self/uid_map").filter(|map| !is_initial(map))?;
    let known = read("/proc/sys/kernel/overflowuid").and_then(|text| text.trim().parse().ok());
    Some(known.unwrap_or(65534))
}
