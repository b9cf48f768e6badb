//! `gantry-nvml`: the only program of Gantry that loads the driver's library.
//!
//! `gantry-nvml [--library PATH] [--mig-minors PATH]` prints the inventory of this host's GPUs on stdout,
//! as JSON. It may hang or crash with the driver; who runs it (`gantry::gpu::Reader`) has a deadline.
//! Why there is no inventory is on stderr, and in the exit status: `gantry::gpu::Refusal`.
#![no_main]
#![deny(unsafe_code)]

mod ask;
mod device;
mod functions;
mod instance;
mod mig;
mod nvml;
mod start;

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;

use gantry::gpu::{Inventory, MigMinors, Refusal};
use nvml_wrapper_sys::bindings::{
    nvmlReturn_enum_NVML_ERROR_DRIVER_NOT_LOADED as DRIVER_NOT_LOADED,
    nvmlReturn_enum_NVML_ERROR_LIB_RM_VERSION_MISMATCH as LIB_RM_VERSION_MISMATCH,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Signal, set_parent_process_death_signal};

use ask::Kernel;
use nvml::{NoAnswer, NotLoaded, Nvml};

/// The library by the name that all versions of the driver have, where the linker looks.
const LIBRARY: &str = "libnvidia-ml.so.1";
/// A list of MIG minors that is larger is no list.
const MOST_MINORS: u64 = 4 << 20;

/// The exit status of a command line that is not understood, and of any other failure that is not NVML's.
const USAGE: u8 = 2;
const FAILURE: u8 = 1;

/// Does it; returns the exit status.
fn run() -> u8 {
    if let Err(error) = end_with_parent() {
        eprintln!("{error}");
        return FAILURE;
    }
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
    let kernel = Kernel { minors: MigMinors::parse(&read(&minors)), tegra: is_tegra() };
    match inventory(&library, &kernel) {
        Ok(inventory) => print(&inventory),
        Err((refusal, why)) => {
            eprintln!("{why}");
            refusal.status()
        }
    }
}

fn usage() -> u8 {
    eprintln!("usage: gantry-nvml [--library PATH] [--mig-minors PATH]");
    USAGE
}

/// Whoever asked, when he is gone nobody is left to end this: the kernel does.
fn end_with_parent() -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let look = |fd| PollFd::from_borrowed_fd(fd, PollFlags::empty());
    let mut open = [look(stdout.as_fd()), look(stdin.as_fd()), look(stderr.as_fd())];
    poll(&mut open, Some(&rustix::time::Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    // The library would open its own files in place of one that is closed.
    if open.iter().any(|fd| fd.revents().contains(PollFlags::NVAL)) {
        return Err(io::Error::other("stdin, stdout and stderr must be open"));
    }
    let [answer, ..] = open;
    // He may be gone already, and with him the other end of the pipe.
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
    let nvml = Nvml::load(library).map_err(refusal)?;
    ask::inventory(&nvml, kernel).map_err(|unanswered| (Refusal::Failed, unanswered.text(&nvml)))
}

/// Why NVML is not to be had.
fn refusal(error: NotLoaded) -> (Refusal, String) {
    let (error, words) = match error {
        NotLoaded::Library(error) => return (Refusal::NotLoaded, loading(&error)),
        NotLoaded::Init(error, words) => (error, words),
    };
    let refusal = match error {
        NoAnswer::Lacking => Refusal::NotNvml,
        NoAnswer::Code(DRIVER_NOT_LOADED) => Refusal::NoDriver,
        NoAnswer::Code(LIB_RM_VERSION_MISMATCH) => Refusal::OtherVersion,
        _ => Refusal::Failed,
    };
    (refusal, format!("nvmlInit_v2: {words}"))
}

/// What the dynamic linker says, without what is said around it.
fn loading(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn print(inventory: &Inventory) -> u8 {
    let printed = serde_json::to_vec(inventory).map_err(io::Error::from).and_then(|json| {
        let mut out = io::stdout().lock();
        out.write_all(&json)?;
        out.flush()
    });
    match printed {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("the answer cannot be written: {error}");
            FAILURE
        }
    }
}
