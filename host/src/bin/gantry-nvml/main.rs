//! `gantry-nvml`: the only program of Gantry that loads the driver's library.
//!
//! `gantry-nvml [--library PATH] [--mig-minors PATH]` prints the inventory of this host's GPUs on stdout,
//! as JSON. It may hang or crash with the driver; who runs it (`gantry::gpu::Reader`) has a deadline.
//! Why there is no inventory is on stderr, and in the exit status: `gantry::gpu::Refusal`.
#![deny(unsafe_code)]

mod ask;
mod mig;
mod raw;

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;

use gantry::gpu::{Inventory, MigMinors, Refusal};
use nvml_wrapper::Nvml;
use nvml_wrapper::error::NvmlError;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, set_parent_process_death_signal};

use ask::Kernel;

/// The library by the name that all versions of the driver have, where the linker looks.
const LIBRARY: &str = "libnvidia-ml.so.1";
/// A list of MIG minors that is larger is no list.
const MOST_MINORS: u64 = 4 << 20;

fn main() -> ExitCode {
    let mut library = OsString::from(LIBRARY);
    let mut minors = OsString::from(MigMinors::PATH);
    let mut args = std::env::args_os().skip(1);
    while let Some(arg) = args.next() {
        let place = match arg.to_str() {
            Some("--library") => &mut library,
            Some("--mig-minors") => &mut minors,
            _ => return usage(),
        };
        match args.next() {
            Some(value) => *place = value,
            None => return usage(),
        }
    }
    if let Err(error) = end_with_parent() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    let kernel = Kernel { minors: MigMinors::parse(&read(&minors)), tegra: is_tegra() };
    match inventory(&library, &kernel) {
        Ok(inventory) => print(&inventory),
        Err((refusal, why)) => {
            eprintln!("{why}");
            refusal.status().into()
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: gantry-nvml [--library PATH] [--mig-minors PATH]");
    ExitCode::from(2)
}

/// Whoever asked, when he is gone nobody is left to end this: the kernel does.
fn end_with_parent() -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // He may be gone already, and with him the other end of the pipe.
    let stdout = io::stdout();
    let mut answer = [PollFd::new(&stdout, PollFlags::empty())];
    poll(&mut answer, Some(&rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    let [answer] = answer;
    if answer.revents().contains(PollFlags::ERR) {
        return Err(io::Error::new(io::ErrorKind::BrokenPipe, "nobody reads the answer"));
    }
    Ok(())
}

/// The text of a file of the kernel's; empty where there is none.
fn read(path: &OsStr) -> String {
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MOST_MINORS).read_to_end(&mut bytes));
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    }
}

/// Whether this is a Tegra system, as the driver's tools tell it.
fn is_tegra() -> bool {
    let family = || std::fs::read("/sys/devices/soc0/family").unwrap_or_default();
    std::path::Path::new("/etc/nv_tegra_release").is_file()
        || family().to_ascii_lowercase().starts_with(b"tegra")
}

fn inventory(library: &OsStr, kernel: &Kernel) -> Result<Inventory, (Refusal, String)> {
    let nvml = Nvml::builder().lib_path(library).init().map_err(|error| refusal(&error))?;
    let inventory = ask::inventory(&nvml, kernel)
        .map_err(|unanswered| (Refusal::Failed, unanswered.text(&nvml)));
    // The process ends now, and the kernel takes back what NVML holds.
    std::mem::forget(nvml);
    inventory
}

/// Why NVML is not to be had.
fn refusal(error: &NvmlError) -> (Refusal, String) {
    let refusal = match error {
        NvmlError::LibloadingError(error) => return (Refusal::NotLoaded, loading(error)),
        NvmlError::FailedToLoadSymbol(_) => Refusal::NotNvml,
        NvmlError::DriverNotLoaded => Refusal::NoDriver,
        NvmlError::LibRmVersionMismatch => Refusal::OtherVersion,
        _ => Refusal::Failed,
    };
    (refusal, format!("nvmlInit_v2: {error}"))
}

/// What the dynamic linker says, without what the wrapper says around it.
fn loading(error: &(impl std::error::Error + ?Sized)) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

fn print(inventory: &Inventory) -> ExitCode {
    let printed = serde_json::to_vec(inventory).map_err(io::Error::from).and_then(|json| {
        let mut out = io::stdout().lock();
        out.write_all(&json)?;
        out.flush()
    });
    match printed {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the answer cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}
