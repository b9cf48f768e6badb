//! Times operations of Gantry's CDI core for `cargo xtask bench cdi`. `xtask/bench/go` has the same
//! for the Go library: the same arguments, the same line of output.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use gantry::cdi::{Cache, CacheOptions, Freshness, LoadOptions, QualifiedName, Registry, Wanted};
use gantry::document::Document;
use gantry::host_files::{Entry, FileError, HostFiles, Root};

/// What an operation gave.
#[derive(Default)]
struct Measured {
    ns: Vec<u64>,
    lstats: Option<usize>,
}

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let measured = match args.as_slice() {
        ["nothing"] => Measured::default(),
        ["load", rounds, dir] => load(rounds.parse()?, dir)?,
        ["inject", rounds, dir, config, devices] => {
            inject(rounds.parse()?, dir, config, devices, &Root::new(Path::new("/"))?)?
        }
        ["inject-known", rounds, dir, config, devices] => {
            let known = Known::new()?;
            let mut measured = inject(rounds.parse()?, dir, config, devices, &known)?;
            measured.lstats = Some(known.lstats(measured.ns.len()));
            measured
        }
        ["refresh", rounds, dir] => refresh(rounds.parse()?, dir)?,
        ["watched", rounds, dir] => watched(rounds.parse()?, dir)?,
        ["visible", rounds, dir, file, device] => visible(rounds.parse()?, dir, file, device)?,
        ["resolve", dir, device] => resolve(dir, device, None)?,
        ["resolve", dir, device, index] => resolve(dir, device, Some(index))?,
        other => bail!("no such operation: {}", other.join(" ")),
    };
    let peak = peak_kib()?;
    let lstats = measured.lstats.map_or(String::new(), |count| format!(",\"lstats\":{count}"));
    println!("{{\"ns\":{:?},\"peak_kib\":{peak}{lstats}}}", measured.ns);
    Ok(())
}

/// The peak memory of this process. `getrusage` would count that of the process which started it.
fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix(" kB"));
    Ok(peak.context("no VmHWM in /proc/self/status")?.trim().parse()?)
}

/// `load ROUNDS DIR`: a registry of its own each time, as a new process makes it.
fn load(rounds: usize, dir: &str) -> Result<Measured> {
    times(
        rounds,
        || Ok(()),
        |()| {
            let registry = Registry::load(&[dir]);
            // So that what is fast has done its work.
            if registry.devices().next().is_none() {
                bail!("no devices in {dir}: {:?}", registry.failures().next());
            }
            Ok(())
        },
    )
}

/// `inject ROUNDS DIR CONFIG DEVICE,…`: the registry is warm, the container's configuration parsed.
/// `inject-known` is the same without the kernel's share: facts of the host's nodes are remembered.
fn inject(
    rounds: usize,
    dir: &str,
    config: &str,
    devices: &str,
    host: &dyn HostFiles,
) -> Result<Measured> {
    let registry = Registry::load(&[dir]);
    let text = fs::read_to_string(config)?;
    let devices: Vec<&str> = devices.split(',').collect();
    let document = || Ok(Document::parse(text.clone())?);
    times(rounds, document, |mut document| {
        let injected = registry.inject(&mut document, &devices, host)?;
        Ok((document, injected))
    })
}

/// `refresh ROUNDS DIR`: nothing has changed, which the files' stamps say.
fn refresh(rounds: usize, dir: &str) -> Result<Measured> {
    let mut registry = Registry::load(&[dir]);
    times(
        rounds,
        || Ok(()),
        |()| if registry.refresh() { bail!("{dir} has changed") } else { Ok(()) },
    )
}

/// `watched ROUNDS DIR`: nothing has changed, which the system would have told.
fn watched(rounds: usize, dir: &str) -> Result<Measured> {
    let cache = watching(dir)?;
    times(rounds, || Ok(()), |()| Ok(cache.registry()))
}

fn watching(dir: &str) -> Result<Cache> {
    let cache = Cache::new(&[dir], &CacheOptions::default());
    match cache.freshness() {
        Freshness::Watching => Ok(cache),
        Freshness::Checking { why } => bail!("{dir} cannot be watched: {why}"),
    }
}

/// `visible ROUNDS DIR FILE DEVICE`: from the rename of a copy of FILE, which lies in the watched DIR
/// under a temporary name as atomic writers leave it, until the cache knows its DEVICE.
fn visible(rounds: usize, dir: &str, file: &str, device: &str) -> Result<Measured> {
    let device: QualifiedName = device.parse()?;
    let target = Path::new(dir).join(Path::new(file).file_name().context("no file")?);
    let temporary = target.with_extension("yaml.tmp");
    fs::copy(file, &target)?;
    let cache = watching(dir)?;
    let wait = |there: bool| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while cache.registry().device(&device).is_some() != there {
            if Instant::now() > deadline {
                bail!("{device} should be known: {there}");
            }
            sleep(Duration::from_micros(20));
        }
        Ok(())
    };
    let hide = || {
        fs::rename(&target, &temporary)?;
        wait(false)
    };
    let show = |()| {
        fs::rename(&temporary, &target)?;
        wait(true)
    };
    let measured = times(rounds, hide, show);
    fs::remove_file(target)?;
    measured
}

/// `resolve DIR DEVICE [INDEX]`: all that a process does which lives for one request.
fn resolve(dir: &str, device: &str, index: Option<&str>) -> Result<Measured> {
    let device: QualifiedName = device.parse()?;
    let options = LoadOptions { index: index.map(PathBuf::from), ..LoadOptions::default() };
    let wanted = std::slice::from_ref(&device);
    let registry = Registry::load_for(&[dir], Wanted::Devices(wanted), &options);
    let mut document = Document::parse("{}".to_owned())?;
    registry.inject(&mut document, &[device.as_str()], &Root::new(Path::new("/"))?)?;
    Ok(Measured::default())
}

/// Runs and times an operation that often, and what makes its input without the clock. What it returns
/// is dropped without the clock too.
fn times<I, O>(
    rounds: usize,
    mut prepare: impl FnMut() -> Result<I>,
    mut operation: impl FnMut(I) -> Result<O>,
) -> Result<Measured> {
    let mut ns = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let input = prepare()?;
        let start = Instant::now();
        let output = operation(input)?;
        ns.push(start.elapsed().as_nanos().try_into()?);
        drop(output);
    }
    Ok(Measured { ns, lstats: None })
}

/// The host's files, each looked at once.
#[derive(Debug)]
struct Known {
    root: Root,
    seen: Mutex<HashMap<String, (Entry, usize)>>,
}

impl Known {
    fn new() -> Result<Self> {
        let root = Root::new(Path::new("/")).context("the host's files")?;
        Ok(Self { root, seen: Mutex::default() })
    }

    /// How often it was asked, in each of that many rounds.
    fn lstats(&self, rounds: usize) -> usize {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.values().map(|(_, asked)| asked).sum::<usize>() / rounds.max(1)
    }
}

impl HostFiles for Known {
    fn lstat(&self, path: &str) -> Result<Entry, FileError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((entry, asked)) = seen.get_mut(path) {
            *asked += 1;
            return Ok(entry.clone());
        }
        let entry = self.root.lstat(path)?;
        seen.insert(path.to_owned(), (entry.clone(), 1));
        Ok(entry)
    }

    fn list(&self, directory: &str) -> Result<Vec<Entry>, FileError> {
        self.root.list(directory)
    }

    fn read_link(&self, path: &str) -> Result<String, FileError> {
        self.root.read_link(path)
    }

    fn read(&self, path: &str, offset: u64, length: usize) -> Result<Vec<u8>, FileError> {
        self.root.read(path, offset, length)
    }
}
