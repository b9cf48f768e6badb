//! `[generate]`: how devices are made just in time.

use super::field::Field;
use super::{Result, optional_path};
use crate::generate::{HookName, Mode};
use crate::pipeline::config::generate::{ALL_HOOKS, Generate, GenerateCsv, MODES};

pub(super) const GENERATE: &[&str] = &[
    "mode",
    "hook-path",
    "disable-hooks",
    "enable-hooks",
    "no-additional-gids",
    "no-ipc",
    "explicit-driver-libraries",
    "library-search-paths",
    "config-search-paths",
    "csv",
];
pub(super) const CSV: &[&str] =
    &["dir", "ignore-patterns", "compat-container-root", "several-gpus"];

/// Lays the section over what was said before.
pub(super) fn apply(generate: &mut Generate, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "mode" => generate.mode = field.word(&MODES, Mode::name)?,
            "hook-path" => field.path()?.clone_into(&mut generate.hooks.program),
            "disable-hooks" => {
                let hooks = field.list(|field| field.word(&disabled(), hook_name))?;
                generate.hooks.disable_all = hooks.contains(&None);
                generate.hooks.disabled = hooks.into_iter().flatten().collect();
            }
            "enable-hooks" => {
                let hooks = field.list(|field| field.word(&HookName::ALL, HookName::name))?;
                generate.hooks.enabled = hooks;
            }
            "no-additional-gids" => generate.no_additional_gids = field.boolean()?,
            "no-ipc" => generate.no_ipc = field.boolean()?,
            "explicit-driver-libraries" => {
                generate.explicit_driver_libraries = field.boolean()?;
            }
            "library-search-paths" => generate.library_search_paths = paths(&field)?,
            "config-search-paths" => generate.config_search_paths = paths(&field)?,
            "csv" => csv(&mut generate.csv, &field)?,
            _ => return Err(field.unknown(GENERATE)),
        }
        Ok(())
    })
}

fn csv(csv: &mut GenerateCsv, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "dir" => field.path()?.clone_into(&mut csv.dir),
            "ignore-patterns" => {
                csv.ignore_patterns = field.list(|field| field.string().map(str::to_owned))?;
            }
            "compat-container-root" => csv.compat_container_root = optional_path(&field)?,
            "several-gpus" => csv.several_gpus = field.boolean()?,
            _ => return Err(field.unknown(CSV)),
        }
        Ok(())
    })
}

fn paths(field: &Field<'_>) -> Result<Vec<String>> {
    field.list(|field| field.path().map(str::to_owned))
}

/// What `disable-hooks` may name; `None` stands for all.
fn disabled() -> Vec<Option<HookName>> {
    HookName::ALL.into_iter().map(Some).chain([None]).collect()
}

fn hook_name(hook: Option<HookName>) -> &'static str {
    hook.map_or(ALL_HOOKS, HookName::name)
}
