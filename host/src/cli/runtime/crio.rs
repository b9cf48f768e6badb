//! CRI-O: `crio.conf` and the files of `crio.conf.d`, which are read after it, each over the one before.

use std::path::Path;

use anyhow::Result;

use super::plan::Plan;
use super::show::Shown;
use super::toml_edits::Lines;
use super::toml_flow::{Entry, Layout, TomlFile, copied, documents, last_with, setting};
use super::toml_text::{KeyPath, TomlText, child, dotted, list, path, quoted};
use super::{Wanted, files};

/// What a runtime does not take over from another: they name that one's program and its state.
const OWN: &[&str] = &["runtime_path", "runtime_type", "runtime_root", "runtime_config_path"];

fn table() -> KeyPath {
    path(&["crio", "runtime"])
}

fn runtimes() -> KeyPath {
    path(&["crio", "runtime", "runtimes"])
}

fn default_key() -> KeyPath {
    child(&table(), "default_runtime")
}

/// The files that CRI-O reads, in its order; but not ours.
fn others(wanted: &Wanted) -> Result<Vec<TomlText>> {
    let folder = wanted.file.parent().unwrap_or(Path::new("/")).join("crio.conf.d");
    let mut texts = Vec::new();
    for file in files::names_in(&folder)? {
        if Some(&file) != wanted.drop_in.as_ref() && file != wanted.file {
            texts.push(TomlFile::read(&file)?.toml);
        }
    }
    Ok(texts)
}

pub(super) fn configure(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut main = TomlFile::read(&wanted.file)?;
    let others = others(wanted)?;
    let mut drop_in = wanted.drop_in.as_deref().map(TomlFile::read).transpose()?;
    let texts: Vec<_> = std::iter::once(&main.toml).chain(&others).collect();
    let documents = documents(&texts)?;
    let default = last_with(&documents, &default_key()).and_then(|item| item.as_str());
    let names = [default, Some("crun"), Some("runc")].into_iter().flatten();
    let source = names
        .filter(|name| *name != wanted.name)
        .find_map(|name| last_with(&documents, &child(&runtimes(), name)).map(|item| (name, item)));

    let entry_path = child(&runtimes(), &wanted.name);
    let mut lines = vec![
        format!("[{}]", dotted(&entry_path)),
        format!("runtime_path = {}", quoted(&wanted.program)),
        "runtime_type = \"oci\"".to_owned(),
    ];
    if let Some((name, source)) = source {
        let pod = source.get("runtime_type").and_then(|item| item.as_str()) == Some("pod");
        // The monitor of a pod runtime is another program than that of the type we have.
        let monitor: &[&str] = if pod {
            &["monitor_path", "monitor_cgroup", "monitor_exec_cgroup", "monitor_env"]
        } else {
            &[]
        };
        let taken = copied(source, &[OWN, monitor].concat());
        if !taken.is_empty() {
            plan.notes.push(format!("taken over from the runtime {name:?}: {}", taken.join(", ")));
        }
        if pod {
            plan.notes.push(format!(
                "the runtime {name:?} is of type \"pod\": its monitor is not taken over"
            ));
        }
        lines.extend(taken);
    }
    let program = (child(&entry_path, "runtime_path"), quoted(&wanted.program));
    let entry = Entry {
        name: wanted.name.clone(),
        path: entry_path,
        program,
        lines: Lines::Tables(lines),
        beside: None,
    };
    let mut settings = Vec::new();
    if wanted.set_default {
        settings.push(setting(&table(), "default_runtime", quoted(&wanted.name)));
    }
    if !wanted.spec_dirs.is_empty() {
        settings.push(setting(&table(), "cdi_spec_dirs", list(&wanted.spec_dirs)));
    }
    if wanted.enable_cdi {
        plan.notes.push("CRI-O has no switch for CDI: it is on".into());
    }
    let later: Vec<_> = if drop_in.is_some() { Vec::new() } else { others.iter().collect() };
    for setting in &settings {
        for text in &later {
            let document = text.parse()?;
            if let Some(found) = super::toml_text::item(&document, &setting.path()) {
                plan.warnings.push(format!(
                    "{}: sets {}, and is read later: use --drop-in",
                    text.at(found.span().map_or(0, |span| span.start)),
                    dotted(&setting.path())
                ));
            }
        }
    }
    let file = drop_in.as_mut().unwrap_or(&mut main);
    file.sign();
    file.configure(&entry, &settings)?;
    plan.restart = "systemctl restart crio".into();
    plan.files = vec![match drop_in {
        Some(file) => file.change(false),
        None => main.change(true),
    }];
    Ok(())
}

pub(super) fn remove(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut file = TomlFile::read(wanted.drop_in.as_deref().unwrap_or(&wanted.file))?;
    file.remove(&wanted.name, &child(&runtimes(), &wanted.name), &default_key(), None)?;
    plan.restart = "systemctl restart crio".into();
    plan.files = vec![file.change(wanted.drop_in.is_none())];
    Ok(())
}

/// What is configured now.
pub(super) fn show(file: &Path) -> Result<Shown> {
    let layout = Layout {
        runtimes: runtimes(),
        program: path(&["runtime_path"]),
        default: default_key(),
        enable_cdi: None,
        spec_dirs: child(&table(), "cdi_spec_dirs"),
    };
    let mut shown = layout.show(&TomlFile::read(file)?.toml)?;
    let folder = file.parent().unwrap_or(Path::new("/")).join("crio.conf.d");
    for file in files::names_in(&folder)? {
        shown.add(layout.show(&TomlFile::read(&file)?.toml)?);
    }
    Ok(shown)
}
