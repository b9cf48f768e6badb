//! `gantry cdi list`: what the spec directories hold.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use clap::{Args, ValueEnum};
use gantry::cdi::{DirectoryState, QualifiedName, Registry};
use serde::Serialize;

use super::failure::{Exit, note};
use super::options::{Options, Specs};
use super::problem::{Problem, Sort};
use super::table::Table;

const EXAMPLES: &str = "\
Examples:
  gantry cdi list
  gantry cdi list devices --format json | jq -r '.devices[].name'
  gantry cdi list errors        exits 4 when there is any";

/// List devices, or the specs, vendors, classes, directories and errors
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct List {
    /// What to list.
    #[arg(value_enum, default_value_t = What::Devices)]
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The devices that can be injected, each with its file.
    #[value(aliases = ["devs", "dev", "device"])]
    Devices,
    /// The files that were read: priority, kind, versions, number of devices.
    #[value(alias = "spec")]
    Specs,
    /// The vendors, with the numbers of their files and devices.
    #[value(alias = "vendor")]
    Vendors,
    /// The classes, with the numbers of their files and devices.
    #[value(alias = "class")]
    Classes,
    /// The spec directories: priority, state, numbers of files.
    #[value(aliases = ["dir", "directories"])]
    Dirs,
    /// What is wrong: rejected files, conflicts, directories that cannot be used.
    #[value(alias = "error")]
    Errors,
}

impl List {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let specs = options.specs()?;
        let registry = specs.registry();
        match self.what {
            What::Devices => devices(&registry).print(options, &specs, &registry),
            What::Specs => files(&registry).print(options, &specs, &registry),
            What::Vendors => vendors(&registry).print(options, &specs, &registry),
            What::Classes => classes(&registry).print(options, &specs, &registry),
            What::Dirs => dirs(&registry).print(options, &specs, &registry),
            What::Errors => {
                let problems = Problem::all(&registry);
                let wrong = problems.iter().any(Problem::is_error);
                let exit = if wrong { Exit::Invalid } else { Exit::Done };
                let text = || {
                    problems
                        .iter()
                        .fold(String::new(), |text, problem| text + &format!("{problem}\n"))
                };
                options.print(&Errors { errors: &problems }, text)?;
                Ok(exit)
            }
        }
    }
}

/// A list as a value, and as a table.
struct Listing<T> {
    name: &'static str,
    items: Vec<T>,
    table: Table,
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [Problem],
}

impl<T: Serialize> Listing<T> {
    fn print(self, options: &Options, specs: &Specs, registry: &Registry) -> Result<Exit> {
        let value = BTreeMap::from([(self.name, &self.items)]);
        options.print(&value, || self.table.text())?;
        if self.items.is_empty() {
            let dirs: Vec<_> = specs.dirs.iter().map(|dir| dir.to_string_lossy()).collect();
            note(&format!("no {} in {}", self.name, dirs.join(", ")));
        }
        let wrong = Problem::all(registry).iter().filter(|problem| problem.is_error()).count();
        if wrong > 0 && self.name != "dirs" {
            let what = if wrong == 1 { "1 error".to_owned() } else { format!("{wrong} errors") };
            note(&format!("{what}: see gantry cdi list errors"));
        }
        Ok(Exit::Done)
    }
}

#[derive(Serialize)]
struct Device<'a> {
    name: &'a str,
    file: String,
}

fn devices(registry: &Registry) -> Listing<Device<'_>> {
    let mut table = Table::new(&["DEVICE", "FILE"]);
    let mut items = Vec::new();
    for name in registry.devices() {
        let Some(found) = registry.device(name) else { continue };
        let file = found.file.path.to_string_lossy().into_owned();
        table.row([name, &file]);
        items.push(Device { name: name.as_str(), file });
    }
    Listing { name: "devices", items, table }
}

#[derive(Serialize)]
struct Listed {
    file: String,
    priority: usize,
    kind: String,
    version: String,
    needed: String,
    devices: usize,
}

fn files(registry: &Registry) -> Listing<Listed> {
    let mut table = Table::new(&["FILE", "PRIORITY", "KIND", "VERSION", "NEEDED", "DEVICES"]);
    let mut items = Vec::new();
    for file in registry.files() {
        let item = Listed {
            file: file.path.to_string_lossy().into_owned(),
            priority: file.priority,
            kind: file.kind.to_string(),
            version: file.spec.cdi_version.clone(),
            needed: file.spec.minimum_version().to_string(),
            devices: file.spec.devices.len(),
        };
        let Listed { file, priority, kind, version, needed, devices } = &item;
        table.row([file, priority, kind, version, needed, devices]);
        items.push(item);
    }
    Listing { name: "specs", items, table }
}

#[derive(Serialize)]
struct Group {
    name: String,
    files: usize,
    devices: usize,
}

fn vendors(registry: &Registry) -> Listing<Group> {
    let files = count(registry.files().map(|file| file.kind.vendor()));
    group("vendors", "VENDOR", registry, files, QualifiedName::vendor)
}

fn classes(registry: &Registry) -> Listing<Group> {
    let files = count(registry.files().map(|file| file.kind.class()));
    group("classes", "CLASS", registry, files, QualifiedName::class)
}

/// How often each stands there.
fn count<'r>(names: impl Iterator<Item = &'r str>) -> BTreeMap<&'r str, usize> {
    let mut counted = BTreeMap::new();
    for name in names {
        *counted.entry(name).or_default() += 1;
    }
    counted
}

fn group(
    name: &'static str,
    column: &str,
    registry: &Registry,
    files: BTreeMap<&str, usize>,
    part: fn(&QualifiedName) -> &str,
) -> Listing<Group> {
    let devices = count(registry.devices().map(part));
    let mut table = Table::new(&[column, "FILES", "DEVICES"]);
    let mut items = Vec::new();
    for (of, files) in files {
        let devices = devices.get(of).copied().unwrap_or_default();
        table.row([&of, &files, &devices]);
        items.push(Group { name: of.to_owned(), files, devices });
    }
    Listing { name, items, table }
}

#[derive(Serialize)]
struct Dir {
    path: String,
    priority: usize,
    state: &'static str,
    /// Why it could not be used.
    problem: Option<String>,
    files: usize,
    /// Files that were rejected.
    rejected: usize,
    /// Devices that files of this directory are in conflict about.
    conflicts: usize,
}

fn dirs(registry: &Registry) -> Listing<Dir> {
    let problems = Problem::all(registry);
    let columns = ["DIRECTORY", "PRIORITY", "STATE", "FILES", "REJECTED", "CONFLICTS"];
    let mut table = Table::new(&columns);
    let mut items = Vec::new();
    for (priority, directory) in registry.directories().iter().enumerate() {
        let (state, problem) = match &directory.state {
            DirectoryState::Read => ("read", None),
            DirectoryState::Missing => ("missing", None),
            DirectoryState::Failed(error) => ("failed", Some(error.to_string())),
        };
        let conflicts = problems
            .iter()
            .filter(|problem| problem.sort == Sort::Conflict)
            .filter(|problem| Path::new(&problem.path).parent() == Some(&directory.path));
        let item = Dir {
            path: directory.path.to_string_lossy().into_owned(),
            priority,
            state,
            problem,
            files: registry.files().filter(|file| file.priority == priority).count(),
            rejected: registry.failures().filter(|error| error.priority == priority).count(),
            conflicts: conflicts.count(),
        };
        let shown = match &item.problem {
            Some(problem) => format!("{state}: {problem}"),
            None => state.to_owned(),
        };
        let Dir { path, priority, files, rejected, conflicts, .. } = &item;
        table.row([path, priority, &shown, files, rejected, conflicts]);
        items.push(item);
    }
    Listing { name: "dirs", items, table }
}
