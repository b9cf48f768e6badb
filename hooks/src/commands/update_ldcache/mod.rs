//! `update-ldcache`: tells the container's loader of the folders with injected libraries.
//!
//! The configuration is the image's, and so are the libraries that the host's `ldconfig` is to look at. So
//! the configuration is read here, within limits; `ldconfig` is run in namespaces of its own with the
//! container's root as its root ([`inside`]), on a flat list in memory, and puts the cache into memory
//! ([`ldconfig`]). Only when all that went well, whole files are put in their places.

mod inside;
mod ldconfig;
mod program;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::sched::{CloneFlags, unshare};

use super::{Command, Context};
use crate::args::{Flag, Values};
use crate::container_root::{ContainerRoot, Directory, clean, open_regular};
use crate::error::{At as _, HookError};
use crate::loader::{Config, Line, is_musl, lines, musl_path, musl_path_file, system_directories};
use crate::namespace::{make_private, take_kernels_away};

pub(super) use inside::COMMAND as INSIDE;

pub(super) const COMMAND: Command = Command {
    name: "update-ldcache",
    about: "tell the container's loader of folders with libraries",
    flags: &[FOLDER, LDCONFIG],
    run,
};

const FOLDER: Flag = Flag {
    name: "folder",
    value: "FOLDER",
    about: "a folder of the container to tell of",
    many: true,
};

const LDCONFIG: Flag = Flag {
    name: "ldconfig-path",
    value: "FILE",
    about: "the host's ldconfig (/sbin/ldconfig); `FILE.real` is preferred",
    many: false,
};

const ETC: &str = "/etc";
const CACHE: &str = "ld.so.cache";
const CONFIG: &str = "ld.so.conf";
const CONFIGS: &str = "/etc/ld.so.conf.d";
const CONFIG_TEXT: &[u8] = b"include /etc/ld.so.conf.d/*.conf\n";

/// Comes before the files of others. Always the same, so that a container that is started again has one.
const FOLDERS: &str = "00-gantry-hook.conf";

/// Bytes that are read at most of a file that is to be added to.
const MOST_BYTES: u64 = 1024 * 1024;

fn run(context: &Context<'_>) -> Result<(), HookError> {
    let started = Instant::now();
    let program = program::path(context.values.all(&LDCONFIG).last())?;
    let folders = folders(context.values)?;
    let root = leave_host(&context.root()?)?;
    let configs = root.make_directory(Path::new(CONFIGS), 0o755);
    let configs = configs.at("making it", Path::new(CONFIGS))?;

    let etc = root.directory(Path::new(ETC)).at("looking it up", Path::new(ETC))?;
    let present = etc.lstat(OsStr::new(CONFIG));
    let missing = present.is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let (config, listed) = (Path::new(ETC).join(CONFIG), Path::new(CONFIGS).join(FOLDERS));
    let text = missing.then_some(CONFIG_TEXT);
    let Config { directories: known, before } =
        Config::read(&root, &config, text, &listed, context.log);
    let system = system_directories(&root).iter().map(PathBuf::from);
    let mut seen: HashSet<PathBuf> = known.iter().cloned().chain(system.clone()).collect();
    let fresh: Vec<PathBuf> =
        folders.iter().filter(|folder| seen.insert((*folder).clone())).cloned().collect();
    // Where the file with the new ones will be read: CUDA's compatibility libraries go before the driver's.
    let (first, rest) = known.split_at(before.unwrap_or_default().min(known.len()));
    // Those of the image's system too: a host of another kind does not think of them.
    let all = first.iter().chain(&fresh).chain(rest).cloned().chain(system);
    let mut seen = HashSet::new();
    let all: Vec<PathBuf> = all.filter(|path| seen.insert(path.clone())).collect();

    let cache = ldconfig::run(&ldconfig::Job {
        root: &root,
        configs: &configs,
        program: &program,
        directories: &all,
        started,
        log: context.log,
    })?;
    let mut files: Vec<(&str, Vec<u8>)> = vec![(CACHE, cache)];
    files.extend(missing.then(|| (CONFIG, CONFIG_TEXT.to_vec())));
    put(&root, &etc, configs, files, &fresh, &folders)
}

/// The folders of the command line, each once.
fn folders(values: &Values) -> Result<Vec<PathBuf>, HookError> {
    let mut folders = Vec::new();
    for given in values.all(&FOLDER).filter(|given| !given.is_empty()) {
        // Such a path would be several lines, or several folders, to who reads it.
        let bytes = given.as_bytes();
        let parts = bytes.iter().any(|byte| byte.is_ascii_control() || b":#".contains(byte));
        let trimmed = bytes.trim_ascii() == bytes;
        if parts || !trimmed {
            let why = format!("{given:?} is not a path that a loader can be told of");
            return Err(HookError::Flag { flag: FOLDER.name, why });
        }
        let folder = clean(Path::new(given));
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// Takes this process into namespaces of its own, and gives the root as it is there. What it mounts from
/// now on is seen by nobody else, and goes with it.
fn leave_host(root: &ContainerRoot) -> Result<ContainerRoot, HookError> {
    let host = |step| move |source: io::Error| HookError::Host { step, source };
    // Handles stay in the namespace in which they were opened; only the working directory comes along.
    rustix::process::fchdir(root)
        .map_err(io::Error::from)
        .map_err(host("entering the container's root"))?;
    let flags = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWNET;
    unshare(flags).map_err(io::Error::from).map_err(host("making namespaces"))?;
    make_private().map_err(host("making the mount namespace private"))?;
    let root = ContainerRoot::open(Path::new("."))?;
    // ldconfig has no use for them, and whoever runs as root could order the host about by them.
    let away = root.path().and_then(|path| take_kernels_away(&path));
    away.map_err(host("taking /proc and the like away"))?;
    Ok(root)
}

/// Puts the files in their places: those of `/etc` first, of which the cache is most likely to find no room.
fn put(
    root: &ContainerRoot,
    etc: &Directory,
    mut configs: Directory,
    mut files: Vec<(&str, Vec<u8>)>,
    fresh: &[PathBuf],
    folders: &[PathBuf],
) -> Result<(), HookError> {
    if is_musl(root) {
        let file = Path::new(ETC).join(musl_path_file());
        // What a link leads to counts as the content, as it does for the loader.
        let present = match root.resolve(&file) {
            Ok(handle) => text(handle).at("reading it", &file)?,
            Err(_) => None,
        };
        files.extend(musl_path(present.as_deref(), folders).map(|text| (musl_path_file(), text)));
    }
    let listed = Path::new(CONFIGS).join(FOLDERS);
    let present = configs.entry(OsStr::new(FOLDERS)).ok().map(text).transpose();
    let present = present.at("reading it", &listed)?.flatten().unwrap_or_default();

    for (name, text) in files {
        etc.write(OsStr::new(name), 0o644, &text).at("writing it", &Path::new(ETC).join(name))?;
    }
    if !fresh.is_empty() {
        let text = with_folders(&present, fresh);
        configs.write(OsStr::new(FOLDERS), 0o644, &text).at("writing it", &listed)?;
    }
    configs.keep();
    Ok(())
}

/// The configuration with these folders added.
fn with_folders(present: &[u8], fresh: &[PathBuf]) -> Vec<u8> {
    let known = lines(present).filter_map(|line| match line {
        Line::Directory(directory) => Some(directory),
        Line::Include(_) => None,
    });
    let mut all: Vec<&[u8]> = known.collect();
    for folder in fresh {
        let folder = folder.as_os_str().as_bytes();
        if !all.contains(&folder) {
            all.push(folder);
        }
    }
    let mut text = all.join(&b'\n');
    text.push(b'\n');
    text
}

/// The text of a file; `None` where it is no regular file.
fn text(handle: impl AsFd) -> io::Result<Option<Vec<u8>>> {
    let Ok(file) = open_regular(handle) else { return Ok(None) };
    let mut text = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("longer than {MOST_BYTES} bytes")));
    }
    Ok(Some(text))
}
