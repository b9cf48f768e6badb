//! Where the host's files are looked for.

use std::path::Path;

use anyhow::Result;

use super::super::failure::Failure;
use super::super::options::Options;
use super::arguments::Generate;
use crate::environment::text;

/// Where the driver is: as given, or as the configuration says. Then the device nodes are where the
/// driver is, or where the configuration says.
pub(super) fn roots(given: &Generate, options: &Options) -> Result<(String, String)> {
    let driver_root = text(given.driver_root.as_deref(), &["NVIDIA_CTK_DRIVER_ROOT"])?;
    let dev_root = text(given.dev_root.as_deref(), &["NVIDIA_CTK_DEV_ROOT"])?;
    let driver_root = driver_root.filter(|root| !root.is_empty());
    let dev_root = dev_root.filter(|root| !root.is_empty());
    let (driver_root, dev_root) = match (driver_root, dev_root) {
        (Some(driver_root), dev_root) => (driver_root.clone(), dev_root.unwrap_or(driver_root)),
        (None, dev_root) => {
            let host = options.config()?.host;
            (host.driver_root, dev_root.unwrap_or(host.dev_root))
        }
    };
    let normal =
        |option, root| absolute(option, &[root]).map(|mut paths| paths.pop().unwrap_or_default());
    Ok((normal("--driver-root", driver_root)?, normal("--dev-root", dev_root)?))
}

/// Absolute and normal paths; what is empty is none.
pub(super) fn absolute(option: &str, paths: &[String]) -> Result<Vec<String>, Failure> {
    let one = |path: &String| {
        let whole = std::path::absolute(Path::new(path)).ok();
        let whole = whole.as_deref().and_then(Path::to_str);
        let whole = whole.map(|path| gantry::path::clean(path).into_owned());
        whole.ok_or_else(|| Failure::usage(format_args!("{option} {path:?} is not a path")))
    };
    paths.iter().filter(|path| !path.is_empty()).map(one).collect()
}
