//! What a Tegra system gives its containers: the device nodes and the driver's files that CSV lists
//! name, links included.
//!
//! One kind of device is known where NVML is not, or knows one GPU: all that the lists name. With
//! more GPUs the first is the integrated one and the second a discrete one; where that does not fit,
//! the lists count alone, with a warning.

mod devices;
mod driver;
mod gpus;
pub mod list;
mod lists;
mod missing;
mod pattern;

pub use driver::RELEASE;
pub use gpus::{Device, FailedGpu, Gpu, Nvml, Selection, is_integrated_name};
pub use lists::Source;
pub use pattern::Pattern;

use lists::Lists;

use crate::{Files, Found, Hook, update_ldcache};

/// Where an Orin's containers have the CUDA libraries that are newer than the host's driver.
pub const ORIN_COMPAT_ROOT: &str = "/usr/local/cuda/compat_orin";

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The lists.
    pub lists: Source<'a>,
    /// Links that are not made.
    pub ignored: &'a [Pattern],
    /// Where an Orin's containers have the CUDA libraries that are newer than the host's driver.
    pub compat_root: &'a str,
    /// What NVML knows, where there is one.
    pub nvml: Option<&'a Nvml>,
    /// Whether more than one GPU counts.
    pub several_gpus: bool,
}

/// What the container needs of the selected devices, and of the driver whatever is selected.
///
/// # Errors
///
/// What the files refuse, lists that are too large, and a device that there is not.
pub fn find<F: Files>(
    files: &mut F,
    options: &Options<'_>,
    selection: &Selection,
) -> Result<(Found, Found), F::Error> {
    let (devices, mut common) = find_each(files, options, selection)?;
    common.env.push(("NVIDIA_VISIBLE_DEVICES".into(), "void".into()));
    let mut own = Found::default();
    for (_, Found { device_nodes, hooks, .. }) in devices {
        own.device_nodes.extend(device_nodes);
        own.hooks.extend(hooks);
    }
    if *selection == Selection::None {
        own.env.push(("NVCT_EMPTY_DEVICE".into(), String::new()));
    }
    own.device_nodes.sort_unstable_by(|a, b| by_depth(&a.path, &b.path));
    own.device_nodes.dedup();
    Ok((own, common))
}

/// The selected devices, and what the container needs of each; and what it needs of the driver.
pub type Each<'a> = (Vec<(Device<'a>, Found)>, Found);

/// As [`find`], each selected device for itself.
///
/// # Errors
///
/// What the files refuse, lists that are too large, and a device that there is not.
pub fn find_each<'a, F: Files>(
    files: &mut F,
    options: &Options<'a>,
    selection: &Selection,
) -> Result<Each<'a>, F::Error> {
    let selected = devices(files, options, selection)?;
    let lists = Lists::read(files, options.lists)?;
    let mut own = Vec::with_capacity(selected.len());
    for device in selected {
        own.push((device, devices::device(files, device, &lists.devices)?));
    }
    let mut common = driver::driver_files(files, &lists, options.ignored)?;
    common.hooks.extend(options.nvml.and_then(|nvml| enable_cuda_compat(nvml, options)));
    common.hooks.extend(update_ldcache(&common.mounts));
    common.mounts.sort_unstable_by(|a, b| by_depth(&a.path, &b.path));
    Ok((own, common))
}

/// The selected devices.
fn devices<'a, F: Files>(
    files: &mut F,
    options: &Options<'a>,
    selection: &Selection,
) -> Result<Vec<Device<'a>>, F::Error> {
    let several = options.nvml.filter(|nvml| options.several_gpus && nvml.count() > 1);
    match several.map(|nvml| selection.of_several(nvml)) {
        Some(Ok(devices)) => return Ok(devices),
        Some(Err(why)) => files.warn(&format!("only what the CSV lists name counts: {why}")),
        None => {}
    }
    Ok(selection.listed()?)
}

/// The hook that prefers the container's CUDA libraries where they are newer than the host's driver.
fn enable_cuda_compat(nvml: &Nvml, options: &Options<'_>) -> Option<Hook> {
    let (major, minor) = nvml.cuda?;
    let mut args = vec![format!("--host-cuda-version={major}.{minor}")];
    if nvml.is_orin() {
        args.push(["--cuda-compat-container-root=", options.compat_root].concat());
    }
    Some(Hook { command: "enable-cuda-compat", args })
}

/// What is nearer the root comes first.
fn by_depth(one: &str, other: &str) -> std::cmp::Ordering {
    let key = |path: &str| path.matches('/').count();
    key(one).cmp(&key(other)).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests;
