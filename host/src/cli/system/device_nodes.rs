//! `gantry system create-device-nodes`: the driver's control nodes.
#![allow(clippy::doc_markdown, reason = "people are shown the names of variables as they are")]

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueHint};

use super::actions::{Action, carry_out, node};
use super::kernel::{Majors, load_modules};
use crate::environment::{switch, text};

const EXAMPLES: &str = "\
The nodes are nvidiactl, nvidia-modeset, nvidia-uvm and nvidia-uvm-tools, open to all; their majors
are those of /proc/devices. What is there is never replaced: where it is something else, that is said,
and the exit status is 1.

--load-kernel-modules runs `/sbin/modprobe` for nvidia, nvidia-uvm and nvidia-modeset; with a root
other than /, `chroot ROOT /sbin/modprobe`.

Each action is printed as the command that would do the same.

Examples:
  gantry system create-device-nodes --control-devices --dry-run
  gantry system create-device-nodes --control-devices --load-kernel-modules
  gantry system create-device-nodes --control-devices --root /run/nvidia/driver --dev-root /";

/// Make the control nodes of NVIDIA's driver
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct CreateDeviceNodes {
    /// Where the driver is. [default: /] [env: NVIDIA_DRIVER_ROOT, DRIVER_ROOT]
    #[arg(long, visible_alias = "driver-root", value_name = "DIR", value_hint = ValueHint::DirPath)]
    root: Option<String>,
    /// Where the folder dev is. [default: the root] [env: NVIDIA_DEV_ROOT, DEV_ROOT]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    dev_root: Option<String>,
    /// Make the control nodes.
    #[arg(long)]
    control_devices: bool,
    /// Load the driver's kernel modules first.
    #[arg(long)]
    load_kernel_modules: bool,
    /// Print what would be done; do nothing. [env: DRY_RUN]
    #[arg(long)]
    dry_run: bool,
}

impl CreateDeviceNodes {
    pub(super) fn run(&self) -> Result<ExitCode> {
        let root = text(self.root.as_deref(), &["NVIDIA_DRIVER_ROOT", "DRIVER_ROOT"])?;
        let root = root.unwrap_or_else(|| "/".to_owned());
        let dev_root = text(self.dev_root.as_deref(), &["NVIDIA_DEV_ROOT", "DEV_ROOT"])?;
        let dev_root = dev_root.unwrap_or_else(|| root.clone());
        let dry_run = switch(self.dry_run.then_some("true"), &["DRY_RUN"])?;
        if !self.control_devices && !self.load_kernel_modules {
            anyhow::bail!(
                "nothing is asked for: give --control-devices, --load-kernel-modules or both"
            );
        }
        if self.load_kernel_modules {
            carry_out(&load_modules(&root), dry_run)?;
        }
        if self.control_devices {
            let loaded = !(dry_run && self.load_kernel_modules);
            carry_out(&control_nodes(Path::new(&dev_root), &Majors::read()?, loaded), dry_run)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes the control nodes. Where the modules are not loaded yet, a major may not be known.
pub(super) fn control_nodes(dev_root: &Path, majors: &Majors, loaded: bool) -> Vec<Action> {
    let one = |(name, major, minor, module): (&str, Option<u32>, u32, &str)| {
        let path = dev_root.join("dev").join(name);
        let shown = path.display();
        match major {
            Some(major) => node(path, major, minor),
            None if loaded => Action::Wrong(format!(
                "{shown}: /proc/devices has no major for it: the kernel module {module} is not loaded"
            )),
            None => Action::Nothing(format!("{shown}: the major is known once {module} is loaded")),
        }
    };
    CONTROL_NODES
        .map(|(name, of, minor, module)| (name, of(majors), minor, module))
        .map(one)
        .to_vec()
}

/// Which of the majors a node has.
type MajorOf = fn(&Majors) -> Option<u32>;

/// The control nodes: their names, majors, minors, and who makes the major known.
pub(super) const CONTROL_NODES: [(&str, MajorOf, u32, &str); 4] = [
    ("nvidiactl", |majors| majors.gpu, 255, "nvidia"),
    ("nvidia-modeset", |majors| majors.gpu, 254, "nvidia"),
    ("nvidia-uvm", |majors| majors.uvm, 0, "nvidia-uvm"),
    ("nvidia-uvm-tools", |majors| majors.uvm, 1, "nvidia-uvm"),
];
