//! What a container needs of the driver, whichever GPU it gets: its libraries and their links, the
//! sockets of its daemons, firmware and programs.

use crate::name::join;
use crate::{
    Driver, Entry, FileKind, Files, Found, Hook, KERNEL, Libraries, Links, Mount, Root,
    update_ldcache,
};

/// A directory beside the driver's libraries that has more of them.
const VDPAU: &str = "vdpau";

/// A library whose version is not the driver's.
const NVVM: &str = "libnvidia-nvvm70.so.*";

/// Libraries that programs link by a name without a version. Others than the driver bring some of
/// them, too, so only who asks for them gets them.
const EXPLICIT: [&str; 11] = [
    "libEGL.so",
    "libGL.so",
    "libGLESv1_CM.so",
    "libGLESv2.so",
    "libGLX.so",
    "libGLdispatch.so",
    "libOpenCL.so",
    "libOpenGL.so",
    "libnvidia-api.so",
    "libnvidia-egl-xcb.so",
    "libnvidia-egl-xlib.so",
];

/// The sockets of daemons, below the directories that daemons use.
const SOCKETS: [&str; 2] = ["nvidia-persistenced/socket", "nvidia-fabricmanager/socket"];
const SOCKET_DIRS: [&str; 2] = ["/run", "/var/run"];

/// Where the multi-process service puts its pipe.
const MPS: &str = "/tmp/nvidia-mps";

/// A socket is written to.
const SOCKET_OPTIONS: &[&str] = &["nosuid", "nodev", "rbind", "rprivate", "noexec"];

/// Where the kernel tells of another directory of firmware.
const FIRMWARE_PATH: &str = "/sys/module/firmware_class/parameters/path";

/// Bytes of it that are read.
const MOST_BYTES: u32 = 4096;

/// The driver's programs.
const PROGRAMS: [&str; 7] = [
    "nvidia-smi",
    "nvidia-debugdump",
    "nvidia-persistenced",
    "nvidia-cuda-mps-control",
    "nvidia-cuda-mps-server",
    "nvidia-imex",
    "nvidia-imex-ctl",
];

/// The driver's libraries in these directories, with the links and hooks that go with them. With
/// `explicit` those too that programs link by a name without a version.
///
/// # Errors
///
/// What the files refuse.
pub fn driver_libraries<F: Files>(
    files: &mut F,
    driver: &Driver,
    directories: &[String],
    explicit: bool,
) -> Result<Found, F::Error> {
    let more = directories.iter().map(|directory| join(directory, VDPAU));
    let with_vdpau: Vec<String> = directories.iter().cloned().chain(more).collect();
    let mut paths =
        Libraries::within(Root::Driver, &with_vdpau).locate(files, &driver.library("*"))?;
    let mut libraries = Libraries::within(Root::Driver, directories);
    let named = EXPLICIT.iter().filter(|_| explicit);
    for name in [NVVM].iter().chain(named) {
        let located = libraries.locate(files, name)?;
        if located.is_empty() {
            files.warn(&["not found beside the driver's libraries: ", name].concat());
        }
        for path in located {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    let mut links = Links::default();
    for path in &paths {
        links.add_library(files, path, None)?;
    }
    let mount = |path: String| Mount::read_only(Root::Driver, path.clone(), path);
    let mounts: Vec<Mount> = paths.into_iter().map(mount).collect();
    let compat = Hook {
        command: "enable-cuda-compat",
        args: vec![["--host-driver-version=", &driver.version].concat()],
    };
    let closed = Hook { command: "disable-device-node-modification", args: Vec::new() };
    let cache = update_ldcache(&mounts);
    let hooks = links.hook().into_iter().chain([compat]).chain(cache).chain([closed]).collect();
    let env = vec![("NVIDIA_CTK_LIBCUDA_DIR".into(), directories.join(":"))];
    Ok(Found { env, mounts, hooks, ..Found::default() })
}

/// The sockets of the driver's daemons.
///
/// # Errors
///
/// What the files refuse.
pub fn sockets<F: Files>(files: &mut F) -> Result<Found, F::Error> {
    let in_run = |name: &&str| SOCKET_DIRS.map(|directory| join(directory, name)).to_vec();
    let mut mounts = Vec::new();
    for paths in SOCKETS.iter().map(in_run).chain([vec![MPS.into()]]) {
        match first(files, &paths, |entry| entry.kind != FileKind::Directory)? {
            Some(path) => mounts.push(Mount {
                root: Root::Driver,
                host_path: path.clone(),
                path,
                options: SOCKET_OPTIONS,
            }),
            None => files.warn(&["not there: ", &paths.join(", ")].concat()),
        }
    }
    Ok(Found { mounts, ..Found::default() })
}

/// The firmware that the driver's version loads into GPUs, in every directory where the kernel of this
/// release looks for firmware.
///
/// # Errors
///
/// What the files refuse.
pub fn firmware<F: Files>(
    files: &mut F,
    driver: &Driver,
    kernel_release: &str,
) -> Result<Found, F::Error> {
    let told = files.read(KERNEL, FIRMWARE_PATH, MOST_BYTES)?.unwrap_or_default();
    let told = String::from_utf8_lossy(&told);
    let told = told.trim().split(':').filter(|path| is_directory(path)).map(String::from);
    let usual = ["/lib/firmware/updates", "/lib/firmware"];
    let usual = usual.iter().flat_map(|path| [join(path, kernel_release), (*path).into()]);
    let mut mounts: Vec<Mount> = Vec::new();
    for directory in told.chain(usual) {
        let below = ["nvidia/", &driver.version, "/gsp*.bin"].concat();
        for entry in files.glob(Root::Driver, &join(&directory, &below))? {
            let is_new = mounts.iter().all(|mount| mount.path != entry.path);
            if is_new && leads_to(files, &entry, |entry| entry.kind != FileKind::Directory)? {
                mounts.push(Mount::read_only(Root::Driver, entry.path.clone(), entry.path));
            }
        }
    }
    if mounts.is_empty() {
        files.warn(&["no firmware of version ", &driver.version, " is there"].concat());
    }
    Ok(Found { mounts, ..Found::default() })
}

/// The driver's programs, each where it is found first.
///
/// # Errors
///
/// What the files refuse.
pub fn programs<F: Files>(files: &mut F) -> Result<Found, F::Error> {
    let mut mounts = Vec::new();
    let mut missing = Vec::new();
    let is_program = |entry: &Entry| entry.kind == FileKind::File && entry.mode & 0o111 != 0;
    for name in PROGRAMS {
        let paths = crate::graphics::PROGRAM_DIRS.map(|directory| join(directory, name));
        match first(files, &paths, is_program)? {
            Some(path) => mounts.push(Mount::read_only(Root::Driver, path.clone(), path)),
            None => missing.push(name),
        }
    }
    if !missing.is_empty() {
        files.warn(&["no program below the driver's root: ", &missing.join(", ")].concat());
    }
    Ok(Found { mounts, ..Found::default() })
}

/// The first of these paths that is, or leads to, what is wanted.
fn first<F: Files>(
    files: &mut F,
    paths: &[String],
    is_wanted: impl Fn(&Entry) -> bool,
) -> Result<Option<String>, F::Error> {
    let asked: Vec<&str> = paths.iter().map(String::as_str).collect();
    for entry in files.stat(Root::Driver, &asked)?.into_iter().flatten() {
        if leads_to(files, &entry, &is_wanted)? {
            return Ok(Some(entry.path));
        }
    }
    Ok(None)
}

/// Whether an entry is what is wanted, or a link that leads there.
fn leads_to<F: Files>(
    files: &mut F,
    entry: &Entry,
    is_wanted: impl Fn(&Entry) -> bool,
) -> Result<bool, F::Error> {
    if entry.kind != FileKind::Link {
        return Ok(is_wanted(entry));
    }
    let Some(path) = files.resolve(Root::Driver, &entry.path)? else {
        return Ok(false);
    };
    Ok(files.stat(Root::Driver, &[&path])?.pop().flatten().is_some_and(|entry| is_wanted(&entry)))
}

/// Whether this text can be a directory that is looked into.
fn is_directory(text: &str) -> bool {
    let is_plain = |element: &str| !matches!(element, "" | "." | "..");
    let rest = text.strip_prefix('/').map(|rest| rest.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.split('/').all(is_plain) && !rest.contains('*'))
}

#[cfg(test)]
mod tests;
