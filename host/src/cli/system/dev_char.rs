//! `gantry system create-dev-char-symlinks`: links from `/dev/char` to the driver's nodes. systemd finds the
//! devices of a container there, and takes away what it does not find.
#![allow(clippy::doc_markdown, reason = "people are shown the names of variables as they are")]

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueHint};

use super::actions::{Action, carry_out, link};
use super::device_nodes::{CONTROL_NODES, control_nodes};
use super::kernel::{Majors, capability_minors, count_gpus, load_modules};
use crate::environment::{switch, text};

const EXAMPLES: &str = "\
Each link is called MAJOR:MINOR. udev makes none for these nodes, since the driver does not tell it of
them; where systemd manages control groups (248 and later), a container then loses its GPUs when
systemd reloads.

Without --create-all: a link for each node that there is, but for those of nvidia-fs and NVSwitches.
With it: for the control nodes, a node for each GPU on the PCI bus, and MIG's capabilities, whether
they are there or not. What is there is never replaced: where a link leads elsewhere, that is said, and
the exit status is 1.

--load-kernel-modules runs `/sbin/modprobe` for nvidia, nvidia-uvm and nvidia-modeset; with a root
other than /, `chroot ROOT /sbin/modprobe`.

Each action is printed as the command that would do the same.

Examples:
  gantry system create-dev-char-symlinks --dry-run
  gantry system create-dev-char-symlinks --create-all --create-device-nodes --load-kernel-modules";

/// Link /dev/char/MAJOR:MINOR to the nodes of NVIDIA's driver
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct CreateDevCharLinks {
    /// Where the links are made. [default: /dev/char] [env: DEV_CHAR_PATH]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dev_char_path: Option<PathBuf>,
    /// Where the driver is. [default: /] [env: NVIDIA_DRIVER_ROOT, DRIVER_ROOT]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    driver_root: Option<String>,
    /// Where the folder dev is. [default: the driver root] [env: NVIDIA_DEV_ROOT, DEV_ROOT]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dev_root: Option<String>,
    /// Link all nodes that there may be, and not only those that there are. [env: CREATE_ALL]
    #[arg(long)]
    create_all: bool,
    /// Load the driver's kernel modules first; with --create-all. [env: LOAD_KERNEL_MODULES]
    #[arg(long)]
    load_kernel_modules: bool,
    /// Make the control nodes first; with --create-all. [env: CREATE_DEVICE_NODES]
    #[arg(long)]
    create_device_nodes: bool,
    /// Print what would be done; do nothing. [env: DRY_RUN]
    #[arg(long)]
    dry_run: bool,
}

impl CreateDevCharLinks {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let folder = match &self.dev_char_path {
            Some(folder) => folder.clone(),
            None => {
                text(None, &["DEV_CHAR_PATH"])?.unwrap_or_else(|| "/dev/char".to_owned()).into()
            }
        };
        let root = text(self.driver_root.as_deref(), &["NVIDIA_DRIVER_ROOT", "DRIVER_ROOT"])?;
        let root = root.unwrap_or_else(|| "/".to_owned());
        let dev_root = text(self.dev_root.as_deref(), &["NVIDIA_DEV_ROOT", "DEV_ROOT"])?;
        let dev_root = PathBuf::from(dev_root.unwrap_or_else(|| root.clone()));
        let flag = |given: bool, name| switch(given.then_some("true"), &[name]);
        let dry_run = flag(self.dry_run, "DRY_RUN")?;
        let all = flag(self.create_all, "CREATE_ALL")?;
        let load = flag(self.load_kernel_modules, "LOAD_KERNEL_MODULES")?;
        let make_nodes = flag(self.create_device_nodes, "CREATE_DEVICE_NODES")?;
        if (load || make_nodes) && !all {
            bail!("--load-kernel-modules and --create-device-nodes go with --create-all");
        }
        if load {
            carry_out(&load_modules(&root), dry_run)?;
        }
        if make_nodes {
            carry_out(&control_nodes(&dev_root, &Majors::read()?, !(dry_run && load)), dry_run)?;
        }
        let nodes = if all {
            let gpus = count_gpus(Path::new("/sys/bus/pci/devices"))?;
            possible(&dev_root, &Majors::read()?, gpus, &capability_minors(gpus)?)?
        } else {
            existing(&dev_root)?
        };
        carry_out(&links(&folder, &nodes), dry_run)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A device node that there is, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    path: PathBuf,
    major: u32,
    minor: u32,
}

fn links(folder: &Path, nodes: &[Node]) -> Vec<Action> {
    if nodes.is_empty() {
        return vec![Action::Nothing("there are no device nodes of NVIDIA's driver".to_owned())];
    }
    let links: Vec<_> = nodes
        .iter()
        .map(|node| link(folder.join(format!("{}:{}", node.major, node.minor)), node.path.clone()))
        .collect();
    let makes = links.iter().any(|action| matches!(action, Action::Link { .. }));
    let folder = (makes && !folder.is_dir()).then(|| Action::Folder(folder.to_owned()));
    folder.into_iter().chain(links).collect()
}

/// The nodes of the driver below `dev`, by name.
fn existing(dev_root: &Path) -> Result<Vec<Node>> {
    let dev = dev_root.join("dev");
    let mut nodes = Vec::new();
    for (folder, begins) in [(dev.clone(), "nvidia"), (dev.join("nvidia-caps"), "nvidia-")] {
        let mut found = Vec::new();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("{}: cannot be read", folder.display()));
            }
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("{}: cannot be read", folder.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let others = ["nvidia-fs", "nvidia-nvswitch", "nvidia-nvlink"];
            if !name.starts_with(begins) || others.iter().any(|other| name.starts_with(other)) {
                continue;
            }
            let path = entry.path();
            let facts = fs::symlink_metadata(&path);
            let facts =
                facts.with_context(|| format!("{}: cannot be looked at", path.display()))?;
            if facts.file_type().is_char_device() {
                let (major, minor) =
                    (rustix::fs::major(facts.rdev()), rustix::fs::minor(facts.rdev()));
                found.push(Node { path, major, minor });
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        nodes.append(&mut found);
    }
    Ok(nodes)
}

/// The nodes that this many GPUs may have.
fn possible(
    dev_root: &Path,
    majors: &Majors,
    gpus: u32,
    capabilities: &[u32],
) -> Result<Vec<Node>> {
    if gpus == 0 {
        return Ok(Vec::new());
    }
    let major = |major: Option<u32>, module: &str| {
        major.with_context(|| {
            format!("/proc/devices has no major for {module}: the kernel module is not loaded")
        })
    };
    let dev = dev_root.join("dev");
    let mut nodes = Vec::new();
    for (name, of, minor, module) in CONTROL_NODES {
        nodes.push(Node { path: dev.join(name), major: major(of(majors), module)?, minor });
    }
    let gpu = major(majors.gpu, "nvidia")?;
    nodes.extend((0..gpus).map(|minor| Node {
        path: dev.join(format!("nvidia{minor}")),
        major: gpu,
        minor,
    }));
    for &minor in capabilities {
        let path = dev.join(format!("nvidia-caps/nvidia-cap{minor}"));
        nodes.push(Node { path, major: major(majors.caps, "nvidia-caps")?, minor });
    }
    Ok(nodes)
}

#[cfg(test)]
mod tests;
