//! What graphics needs of the driver beside its libraries: the platform libraries of EGL, the modules
//! of the X server, and the configuration of the loaders and of the X server.

mod config;
mod xorg;

use crate::name::{base, directory, join, matches};
use crate::{Architecture, Driver, FileKind, Files, Found, Libraries, Links, Mount, Root};

pub use config::CONFIG_DIRS;

/// Libraries whose versions are not the driver's.
const EGL_LIBRARIES: [&str; 5] = [
    "libnvidia-egl-gbm.so.*.*",
    "libnvidia-egl-wayland.so.*.*",
    "libnvidia-egl-wayland2.so.*.*",
    "libnvidia-egl-xcb.so.*.*",
    "libnvidia-egl-xlib.so.*.*",
];

/// Where programs are, in the order searched.
pub(crate) const PROGRAM_DIRS: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The program that writes configuration of X.Org.
const XCONFIG: &str = "nvidia-xconfig";

/// How graphics is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// That hold the driver's libraries.
    pub directories: &'a [String],
    /// The machine's; `None` for one that has no driver.
    pub architecture: Option<Architecture>,
    /// Where configuration is searched.
    pub config_dirs: &'a [&'a str],
}

/// The mounts and links of graphics, all below the driver's root. What is missing is warned of.
///
/// # Errors
///
/// What the files refuse.
pub fn find<F: Files>(
    files: &mut F,
    libraries: &mut Libraries,
    driver: &Driver,
    options: &Options<'_>,
) -> Result<Found, F::Error> {
    let mut missing = Vec::new();
    let mut found = Found::default();
    let mut links = Links::default();
    let same = |path: String| Mount::read_only(Root::Driver, path.clone(), path);

    // One look into each directory serves all five.
    let egl = libraries.locate_in_directories(files, "libnvidia-egl-*.so.*.*")?;
    for name in EGL_LIBRARIES {
        let mut located: Vec<_> =
            egl.iter().filter(|path| matches(name, base(path))).cloned().collect();
        if located.is_empty() {
            located = libraries.locate_in_cache(files, name)?;
        }
        if located.is_empty() {
            missing.push(name.to_owned());
        }
        found.mounts.extend(located.into_iter().map(same));
    }
    // The driver's own libraries bring the allocator; here it is what the link leads to.
    let allocator = driver.library("libnvidia-allocator");
    let producer = driver.library("libnvidia-vulkan-producer");
    for name in [&allocator, &producer] {
        let located = libraries.locate(files, name)?;
        if located.is_empty() {
            missing.push(name.clone());
        }
        for path in located {
            let directory = directory(&path);
            if *name == allocator {
                let link = join(directory, "gbm/nvidia-drm_gbm.so");
                links.add(files, "../libnvidia-allocator.so.1", &link);
            } else {
                let link = join(directory, "libnvidia-vulkan-producer.so");
                links.add(files, base(&path), &link);
                found.mounts.push(same(path));
            }
        }
    }
    for module in xorg::modules(files, options.directories, driver, &mut missing)? {
        if base(&module) == driver.library(xorg::GLX_MODULE) {
            let link = join(directory(&module), &[xorg::GLX_MODULE, ".so"].concat());
            links.add(files, base(&module), &link);
        }
        found.mounts.push(same(module));
    }
    match program(files, XCONFIG)? {
        Some(path) => found.mounts.push(same(path)),
        None => missing.push(XCONFIG.into()),
    }
    found.mounts.extend(config::files(files, options, &mut missing)?);
    found.hooks.extend(links.hook());
    if !missing.is_empty() {
        files.warn(&["not found below the driver's root: ", &missing.join(", ")].concat());
    }
    Ok(found)
}

/// The first executable of this name.
fn program<F: Files>(files: &mut F, name: &str) -> Result<Option<String>, F::Error> {
    let paths = PROGRAM_DIRS.map(|directory| join(directory, name));
    let is_program = |entry: &crate::Entry| {
        entry.kind == FileKind::Link || (entry.kind == FileKind::File && entry.mode & 0o111 != 0)
    };
    first(files, &paths, is_program)
}

/// The first of these paths that is there: a link that leads somewhere, or a file.
pub(crate) fn first<F: Files>(
    files: &mut F,
    paths: &[String],
    is_wanted: impl Fn(&crate::Entry) -> bool,
) -> Result<Option<String>, F::Error> {
    let asked: Vec<&str> = paths.iter().map(String::as_str).collect();
    for entry in files.stat(Root::Driver, &asked)?.into_iter().flatten().filter(is_wanted) {
        if entry.kind != FileKind::Link || files.resolve(Root::Driver, &entry.path)?.is_some() {
            return Ok(Some(entry.path));
        }
    }
    Ok(None)
}

/// Whether this may be a regular file.
pub(crate) fn is_file(entry: &crate::Entry) -> bool {
    matches!(entry.kind, FileKind::File | FileKind::Link)
}

#[cfg(test)]
mod tests;
