//! The modules that the driver brings for the X server.

use super::{first, is_file};
use crate::name::join;
use crate::{Driver, Files};

/// The module that speaks GLX, by the stem of its name.
pub(super) const GLX_MODULE: &str = "libglxserver_nvidia";

/// Where modules are, below a directory of the X server.
const BELOW: [&str; 4] = ["drivers", "extensions", "updates/drivers", "updates/extensions"];

/// The X server's own directories of modules.
const SERVER_DIRS: [&str; 4] = [
    "/usr/lib/xorg/modules",
    "/usr/lib64/xorg/modules",
    "/usr/X11R6/lib/modules",
    "/usr/X11R6/lib64/modules",
];

/// The driver's modules, each where it is found first.
pub(super) fn modules<F: Files>(
    files: &mut F,
    driver_directories: &[String],
    driver: &Driver,
    missing: &mut Vec<String>,
) -> Result<Vec<String>, F::Error> {
    let server = |modules: &str| BELOW.map(|below| join(modules, below));
    let mut directories = Vec::new();
    for directory in driver_directories {
        directories.push(join(directory, "nvidia/xorg"));
        directories.extend(server(&join(directory, "xorg/modules")));
    }
    directories.extend(SERVER_DIRS.into_iter().flat_map(server));

    let mut modules = Vec::new();
    for name in [String::from("nvidia_drv.so"), driver.library(GLX_MODULE)] {
        let paths: Vec<_> = directories.iter().map(|directory| join(directory, &name)).collect();
        match first(files, &paths, is_file)? {
            Some(path) => modules.push(path),
            None => missing.push(name),
        }
    }
    Ok(modules)
}
