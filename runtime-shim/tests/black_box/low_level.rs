//! The low-level runtime: writes down how it was started, beside its own file.

use std::fmt::Write;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// Writes `record`, says so on stdout, and exits with 7.
pub(crate) fn record() -> i32 {
    let mut text = String::new();
    for file in ["/proc/self/cmdline", "/proc/self/environ"] {
        writeln!(text, "{file}: {}", fs::read(file).unwrap().escape_ascii()).unwrap();
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let about = ["SigBlk", "SigIgn", "SigCgt", "SigPnd", "NoNewPrivs", "Umask", "Threads"];
    for line in status.lines().filter(|line| about.iter().any(|name| line.starts_with(name))) {
        writeln!(text, "{line}").unwrap();
    }
    // Read after the directory is closed again: its own descriptor then leads nowhere.
    let entries: Vec<_> =
        fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut open: Vec<_> =
        entries.iter().filter_map(|entry| Some((entry, fs::read_link(entry).ok()?))).collect();
    open.sort();
    for (descriptor, target) in open {
        writeln!(
            text,
            "{}: {}",
            descriptor.display(),
            target.as_os_str().as_bytes().escape_ascii()
        )
        .unwrap();
    }
    writeln!(text, "cwd: {}", std::env::current_dir().unwrap().display()).unwrap();
    fs::write(std::env::current_exe().unwrap().with_file_name("record"), text).unwrap();
    7
}
