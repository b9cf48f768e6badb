//! `enable-cuda-compat`: names the image's CUDA compatibility libraries to the container's loader, where
//! they are newer than the host's driver and work with it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::FileType;

use super::{Command, Context};
use crate::args::Flag;
use crate::compat::{Host, Note, Version, is_wanted, note_section};
use crate::container_root::{ContainerRoot, Directory, Entry, clean, open_regular};
use crate::error::{At as _, HookError};
use crate::log::Log;

pub(super) const COMMAND: Command = Command {
    name: "enable-cuda-compat",
    about: "name CUDA's compatibility libraries to the loader, where they are to be used",
    flags: &[DRIVER, CUDA, FOLDER],
    run,
};

const DRIVER: Flag = Flag {
    name: "host-driver-version",
    value: "VERSION",
    about: "the version of the host's driver",
    many: false,
};

const CUDA: Flag = Flag {
    name: "host-cuda-version",
    value: "VERSION",
    about: "the version of CUDA that the host's driver brings",
    many: false,
};

const FOLDER: Flag = Flag {
    name: "cuda-compat-container-root",
    value: "FOLDER",
    about: "where the libraries are in the container (/usr/local/cuda/compat)",
    many: false,
};

const DEFAULT_FOLDER: &str = "/usr/local/cuda/compat";
const LIBRARY: &[u8] = b"libcuda.so.";
const CONFIGS: &str = "/etc/ld.so.conf.d";

/// Comes before the files of others. Always the same, so that a container that is started again has one.
const CONFIG: &str = "00-compat-gantry-hook.conf";

fn run(context: &Context<'_>) -> Result<(), HookError> {
    let (driver, cuda) = (context.values.one(&DRIVER), context.values.one(&CUDA));
    if driver.is_empty() && cuda.is_empty() {
        context.log.debug("no version of the host is given");
        return Ok(());
    }
    let host = Host {
        driver: version(&DRIVER, driver, context.log),
        cuda: version(&CUDA, cuda, context.log),
        cuda_given: !cuda.is_empty(),
    };
    let given = context.values.all(&FOLDER).last().map_or(Path::new(DEFAULT_FOLDER), Path::new);
    let folder = clean(given);
    let root = context.root()?;
    let directory = match root.directory(&folder) {
        Ok(directory) => directory,
        Err(error) => {
            context.log.debug(&format!("{folder:?} in the container: {error}"));
            return Ok(());
        }
    };
    let Some(library) = library(&directory, &folder, context.log) else { return Ok(()) };
    if !is_library_wanted(&directory, &folder.join(&library), &library, &host)? {
        context.log.debug(&format!("{library:?} is not for this host"));
        return Ok(());
    }
    write(&root, &directory, &folder)
}

fn version(flag: &Flag, text: &OsStr, log: Log) -> Option<Version> {
    let version = Version::parse(text.as_bytes());
    if version.is_none() && !text.is_empty() {
        log.warn(&format!("--{}: {text:?} is not numbers with dots between them", flag.name));
    }
    version
}

/// The name of the library; `None` where there is none, or more than one.
fn library(directory: &Directory, folder: &Path, log: Log) -> Option<OsString> {
    let (mut first, mut count) = (None, 0_u32);
    let listed = directory.for_each(|Entry { name, kind }| {
        let version = name.as_bytes().strip_prefix(LIBRARY);
        if version.is_none_or(|version| !version.contains(&b'.')) {
            return Ok(());
        }
        let kind = match kind {
            FileType::Unknown => FileType::from_raw_mode(directory.lstat(&name)?.st_mode),
            kind => kind,
        };
        if kind == FileType::RegularFile {
            count += 1;
            first.get_or_insert(name);
        }
        Ok::<_, io::Error>(())
    });
    match listed {
        Err(error) => log.warn(&format!("{folder:?} in the container: {error}")),
        Ok(()) if count > 1 => {
            log.warn(&format!(
                "{folder:?} in the container: {count} compatibility libraries, not one"
            ));
        }
        Ok(()) => return first,
    }
    None
}

fn is_library_wanted(
    directory: &Directory,
    path: &Path,
    name: &OsStr,
    host: &Host,
) -> Result<bool, HookError> {
    let handle = directory.entry(name).at("looking it up", path)?;
    let file = open_regular(handle).at("opening it", path)?;
    let note = note_section(&file).and_then(|json| Note::parse(&json));
    let version = name.as_bytes().strip_prefix(LIBRARY).and_then(Version::parse);
    Ok(is_wanted(host, version.as_ref(), note.as_ref()))
}

/// Writes where the libraries really are: a link may change.
fn write(root: &ContainerRoot, directory: &Directory, folder: &Path) -> Result<(), HookError> {
    let resolved = root.path_of(directory).at("finding out where it is", folder)?;
    let mut line = resolved.as_os_str().as_bytes().to_vec();
    if line.iter().any(u8::is_ascii_control) {
        let why = "its name has control characters".to_owned();
        return Err(HookError::Refused { path: resolved, why });
    }
    line.push(b'\n');
    let file = Path::new(CONFIGS).join(CONFIG);
    let made = root.make_directory(Path::new(CONFIGS), 0o755);
    let mut configs = made.at("making its directory", &file)?;
    configs.write(OsStr::new(CONFIG), 0o644, &line).at("writing it", &file)?;
    configs.keep();
    Ok(())
}
