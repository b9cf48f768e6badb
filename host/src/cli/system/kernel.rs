//! What the kernel says of the driver: the majors of its devices, the GPUs on the PCI bus, and the minors of
//! MIG's capabilities; and the modules that make it say so.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::actions::Action;

/// The modules, in the order in which they are loaded.
const MODULES: [&str; 3] = ["nvidia", "nvidia-uvm", "nvidia-modeset"];

/// The largest file that is read.
const MAX_FILE: usize = 1024 * 1024;

/// Loads the modules; with the driver's own `modprobe`, where it has a root of its own.
pub(super) fn load_modules(root: &str) -> Vec<Action> {
    let words = |module: &str| {
        let chroot = ["chroot", root];
        let chroot = if root == "/" { [].iter() } else { chroot.iter() };
        chroot.chain(&["/sbin/modprobe", module]).map(|&word| word.to_owned()).collect()
    };
    MODULES.iter().map(|module| Action::Run(words(module))).collect()
}

/// The majors of the driver's character devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Majors {
    /// GPUs, `nvidiactl` and `nvidia-modeset`.
    pub(super) gpu: Option<u32>,
    /// Unified memory.
    pub(super) uvm: Option<u32>,
    /// Capabilities.
    pub(super) caps: Option<u32>,
}

impl Majors {
    /// Of this host.
    pub(super) fn read() -> Result<Self> {
        Ok(Self::of(&read("/proc/devices")?.unwrap_or_default()))
    }

    /// From the text of `/proc/devices`.
    pub(super) fn of(text: &str) -> Self {
        let lines = text.lines().skip_while(|line| !line.starts_with("Character devices"));
        let lines = lines.take_while(|line| !line.starts_with("Block devices"));
        let entry = |line: &'_ str| -> Option<(String, u32)> {
            let mut words = line.split_whitespace();
            let major = words.next()?.parse().ok()?;
            Some((words.next()?.to_owned(), major))
        };
        let all: BTreeMap<String, u32> = lines.filter_map(entry).collect();
        let major = |name: &str| all.get(name).copied();
        Self {
            // Its name before the driver 550.
            gpu: major("nvidia").or_else(|| major("nvidia-frontend")),
            uvm: major("nvidia-uvm"),
            caps: major("nvidia-caps"),
        }
    }
}

/// How many GPUs are on the PCI bus, virtual functions not counted.
pub(super) fn count_gpus(devices: &Path) -> Result<u32> {
    let entries = match fs::read_dir(devices) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => {
            return Err(error).with_context(|| format!("{}: cannot be read", devices.display()));
        }
    };
    let mut count = 0;
    for entry in entries {
        let device =
            entry.with_context(|| format!("{}: cannot be read", devices.display()))?.path();
        let is = |file: &str, values: &[&str]| {
            let text = fs::read_to_string(device.join(file)).unwrap_or_default();
            values.contains(&text.trim())
        };
        // NVIDIA's display and 3D controllers.
        let is_gpu = is("vendor", &["0x10de"]) && is("class", &["0x030000", "0x030200"]);
        if is_gpu && !device.join("physfn").exists() {
            count += 1;
        }
    }
    Ok(count)
}

/// The minors of the capabilities of MIG itself and of the first GPUs; empty where the host has no MIG.
pub(super) fn capability_minors(gpus: u32) -> Result<Vec<u32>> {
    Ok(capabilities(&read("/proc/driver/nvidia-caps/mig-minors")?.unwrap_or_default(), gpus))
}

/// From the text of `mig-minors`: a line each, `gpu0/gi1/ci0/access 12`, `config 1`.
pub(super) fn capabilities(text: &str, gpus: u32) -> Vec<u32> {
    let minor = |line: &str| {
        let (capability, minor) = line.split_once(' ')?;
        let parts: Vec<&str> = capability.split('/').collect();
        let number = |part: &str, before: &str| part.strip_prefix(before)?.parse::<u32>().ok();
        let wanted = match parts.as_slice() {
            ["config" | "monitor"] => true,
            [gpu, gi, "access"] => number(gpu, "gpu")? < gpus && number(gi, "gi").is_some(),
            [gpu, gi, ci, "access"] => {
                number(gpu, "gpu")? < gpus
                    && number(gi, "gi").is_some()
                    && number(ci, "ci").is_some()
            }
            _ => false,
        };
        minor.parse().ok().filter(|_| wanted)
    };
    text.lines().filter_map(minor).collect()
}

/// A file's text; `None` where there is none.
fn read(path: &str) -> Result<Option<String>> {
    use io::Read as _;
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("{path}: cannot be read")),
    };
    let mut text = String::new();
    let read = file.take(MAX_FILE as u64).read_to_string(&mut text);
    read.with_context(|| format!("{path}: cannot be read"))?;
    Ok(Some(text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn majors_are_those_of_character_devices() {
        let majors = |gpu, uvm, caps| Majors { gpu, uvm, caps };
        for (text, expected) in [
            ("", majors(None, None, None)),
            (
                "Character devices:\n  1 mem\n195 nvidia\n511 nvidia-uvm\n508 nvidia-caps\n",
                majors(Some(195), Some(511), Some(508)),
            ),
            ("Character devices:\n195 nvidia-frontend\n", majors(Some(195), None, None)),
            (
                "Character devices:\n195 nvidia-frontend\n196 nvidia\n",
                majors(Some(196), None, None),
            ),
            (
                "Character devices:\n195 nvidiactl\n\nBlock devices:\n9 nvidia\n",
                majors(None, None, None),
            ),
            ("Character devices:\nx nvidia\n99999999999 nvidia\n", majors(None, None, None)),
        ] {
            assert_eq!(Majors::of(text), expected, "{text}");
        }
    }

    #[test]
    fn capabilities_are_those_of_the_gpus_that_there_are() {
        let text = "config 1\nmonitor 2\ngpu0/gi0/access 3\ngpu0/gi0/ci0/access 4\ngpu1/gi0/access 138\n\
                    gpu0/gi1/access x\nnothing 9\ngpu0/gi0/other 10\n gpu0/gi2/access 5\n";
        for (gpus, minors) in [(0, vec![1, 2]), (1, vec![1, 2, 3, 4]), (2, vec![1, 2, 3, 4, 138])] {
            assert_eq!(capabilities(text, gpus), minors, "{gpus}");
        }
    }

    #[test]
    fn gpus_are_nvidias_controllers_and_no_virtual_functions() {
        let bus = tempfile::tempdir().unwrap();
        for (device, vendor, class, is_virtual) in [
            ("0000:01:00.0", "0x10de\n", "0x030000\n", false),
            ("0000:01:00.1", "0x10de\n", "0x040300\n", false),
            ("0000:02:00.0", "0x10de\n", "0x030200\n", false),
            ("0000:02:00.4", "0x10de\n", "0x030200\n", true),
            ("0000:03:00.0", "0x8086\n", "0x030000\n", false),
            ("0000:04:00.0", "0x10de\n", "0x068000\n", false),
        ] {
            let device = bus.path().join(device);
            fs::create_dir(&device).unwrap();
            fs::write(device.join("vendor"), vendor).unwrap();
            fs::write(device.join("class"), class).unwrap();
            if is_virtual {
                std::os::unix::fs::symlink("../0000:02:00.0", device.join("physfn")).unwrap();
            }
        }
        assert_eq!(count_gpus(bus.path()).unwrap(), 2);
        assert_eq!(count_gpus(&bus.path().join("none")).unwrap(), 0);
    }

    #[test]
    fn modules_are_loaded_where_the_driver_is() {
        let lines = |root| load_modules(root).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            lines("/"),
            ["/sbin/modprobe nvidia", "/sbin/modprobe nvidia-uvm", "/sbin/modprobe nvidia-modeset"]
        );
        assert_eq!(lines("/run/d").first().unwrap(), "chroot /run/d /sbin/modprobe nvidia");
    }
}
