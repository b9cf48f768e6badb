//! podman: `containers.conf` and the files of `containers.conf.d`, which are read after it.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::plan::Plan;
use super::show::Shown;
use super::toml_edits::Lines;
use super::toml_flow::{Entry, Layout, TomlFile, setting};
use super::toml_text::{KeyPath, child, dotted, item, list, path, quoted};
use super::{Wanted, files};

fn table() -> KeyPath {
    path(&["engine"])
}

fn runtimes() -> KeyPath {
    path(&["engine", "runtimes"])
}

fn default_key() -> KeyPath {
    path(&["engine", "runtime"])
}

/// The drop-ins, in the order in which podman reads them.
fn drop_ins(file: &Path) -> Result<Vec<PathBuf>> {
    let mut folder = file.as_os_str().to_owned();
    folder.push(".d");
    let mut found = files::names_in(Path::new(&folder))?;
    found.retain(|path| path.extension().is_some_and(|extension| extension == "conf"));
    Ok(found)
}

fn restart(wanted: &Wanted) -> String {
    let user = if wanted.rootless { "--user " } else { "" };
    format!("nothing to do (its API service, where it runs: systemctl {user}restart podman)")
}

pub(super) fn configure(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut file = TomlFile::read(wanted.drop_in.as_deref().unwrap_or(&wanted.file))?;
    let program = list(std::slice::from_ref(&wanted.program));
    let key = dotted(std::slice::from_ref(&wanted.name));
    let entry_path = child(&runtimes(), &wanted.name);
    let entry = Entry {
        name: wanted.name.clone(),
        path: entry_path.clone(),
        lines: Lines::In(runtimes(), format!("{key} = {program}")),
        beside: None,
        program: (entry_path, program),
    };
    let mut settings = Vec::new();
    if wanted.set_default {
        settings.push(setting(&table(), "runtime", quoted(&wanted.name)));
    }
    if !wanted.spec_dirs.is_empty() {
        settings.push(setting(&table(), "cdi_spec_dirs", list(&wanted.spec_dirs)));
        plan.notes
            .push("engine.cdi_spec_dirs: a podman that does not know the key ignores it".into());
    }
    if wanted.enable_cdi {
        plan.notes.push("podman has no switch for CDI: it is on".into());
    }
    if wanted.drop_in.is_none() {
        for later in drop_ins(&wanted.file)? {
            let later = TomlFile::read(&later)?.toml;
            let document = later.parse()?;
            for setting in &settings {
                if let Some(found) = item(&document, &setting.path()) {
                    plan.warnings.push(format!(
                        "{}: sets {}, and is read later: use --drop-in",
                        later.at(found.span().map_or(0, |span| span.start)),
                        dotted(&setting.path())
                    ));
                }
            }
        }
    }
    file.sign();
    file.configure(&entry, &settings)?;
    plan.restart = restart(wanted);
    plan.files = vec![file.change(wanted.drop_in.is_none())];
    Ok(())
}

pub(super) fn remove(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut file = TomlFile::read(wanted.drop_in.as_deref().unwrap_or(&wanted.file))?;
    file.remove(&wanted.name, &child(&runtimes(), &wanted.name), &default_key(), None)?;
    plan.restart = restart(wanted);
    plan.files = vec![file.change(wanted.drop_in.is_none())];
    Ok(())
}

/// What is configured now.
pub(super) fn show(file: &Path) -> Result<Shown> {
    let layout = Layout {
        runtimes: runtimes(),
        program: Vec::new(),
        default: default_key(),
        enable_cdi: None,
        spec_dirs: child(&table(), "cdi_spec_dirs"),
    };
    let mut shown = layout.show(&TomlFile::read(file)?.toml)?;
    for drop_in in drop_ins(file)? {
        shown.add(layout.show(&TomlFile::read(&drop_in)?.toml)?);
    }
    Ok(shown)
}
