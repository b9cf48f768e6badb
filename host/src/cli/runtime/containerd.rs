//! containerd: `config.toml`, versions 1 to 4, whose CRI plugin goes by three names; and a drop-in that it
//! imports.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::Wanted;
use super::imports;
use super::plan::Plan;
use super::show::Shown;
use super::toml_edits::Lines;
use super::toml_flow::{Entry, Layout, TomlFile, copied, documents, last_with, setting};
use super::toml_text::{KeyPath, TomlText, child, dotted, item, list, path, quoted};

/// The shim that calls an OCI runtime.
const SHIM: &str = "io.containerd.runc.v2";
/// What a runtime does not take over from another.
const OWN: &[&str] = &["runtime_type", "runtime_path", "runtime_engine", "runtime_root", "options"];
/// The default runtime as a table, which containerd 1 prefers to a name.
const OLD_DEFAULT: &str = "default_runtime";
/// In a drop-in of ours.
const COPIED: &str = "# gantry: containerd 1 takes a plugin's section whole from the last file that has it, so below is a copy";

/// Which format, and the CRI plugin's section in it.
struct Format {
    version: i64,
    plugin: KeyPath,
}

impl Format {
    fn of(version: i64) -> Self {
        let plugin = match version {
            1 => "cri",
            2 => "io.containerd.grpc.v1.cri",
            _ => "io.containerd.cri.v1.runtime",
        };
        Self { version, plugin: path(&["plugins", plugin]) }
    }

    fn in_plugin(&self, keys: &[&str]) -> KeyPath {
        [self.plugin.clone(), path(keys)].concat()
    }

    fn runtime(&self, name: &str) -> KeyPath {
        self.in_plugin(&["containerd", "runtimes", name])
    }

    fn old_default(&self) -> KeyPath {
        self.in_plugin(&["containerd", OLD_DEFAULT])
    }

    fn default_key(&self) -> KeyPath {
        self.in_plugin(&["containerd", "default_runtime_name"])
    }
}

/// The format that a file is in. None: it says nothing yet.
fn format_of(file: &TomlFile) -> Result<Option<Format>> {
    let document = file.toml.parse()?;
    let Some(found) = item(&document, &path(&["version"])) else {
        // A file without a version is of version 1.
        return Ok((!file.says_nothing()?).then(|| Format::of(1)));
    };
    match found.as_integer() {
        Some(version @ 1..=4) => Ok(Some(Format::of(version))),
        _ => bail!(
            "{}: version: neither 1, 2, 3 nor 4, and no other is known",
            file.toml.at(found.span().map_or(0, |span| span.start))
        ),
    }
}

/// The major version of the containerd that is installed.
fn installed_major() -> Option<u32> {
    let output = Command::new("containerd").arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().find_map(|word| {
        let (major, _) = word.trim_start_matches('v').split_once('.')?;
        major.parse().ok()
    })
}

/// The format to begin a file with.
fn first_format(plan: &mut Plan) -> Format {
    match installed_major() {
        Some(major) if major >= 2 => Format::of(3),
        Some(_) => Format::of(2),
        None => {
            plan.notes.push(
                "containerd is not installed here; the file is begun in version 2, which containerd \
                 1.5 to 2 read"
                    .into(),
            );
            Format::of(2)
        }
    }
}

pub(super) fn configure(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut main = TomlFile::read(&wanted.file)?;
    let known = format_of(&main)?;
    let fresh = known.is_none();
    let format = known.unwrap_or_else(|| first_format(plan));
    warn_if_disabled(&main.toml, &format, plan)?;
    let drop_in = wanted.drop_in.as_deref().map(TomlFile::read).transpose()?;
    let mut texts = vec![&main.toml];
    texts.extend(drop_in.iter().map(|file| &file.toml));
    let entry = entry(wanted, &texts, &format, plan)?;
    if wanted.set_default {
        warn_of_old_default(&texts, &format, plan)?;
    }
    let mut settings = Vec::new();
    if wanted.enable_cdi {
        settings.push(setting(&format.plugin, "enable_cdi", "true".into()));
        if format.version < 3 {
            plan.notes.push("enable_cdi: containerd knows it since version 1.7".into());
        }
    }
    if !wanted.spec_dirs.is_empty() {
        settings.push(setting(&format.plugin, "cdi_spec_dirs", list(&wanted.spec_dirs)));
    }
    if wanted.set_default {
        let name = quoted(&wanted.name);
        settings.push(setting(&format.in_plugin(&["containerd"]), "default_runtime_name", name));
    }
    let version = setting(&[], "version", format.version.to_string());
    plan.restart = restart(wanted);

    let Some(mut file) = drop_in else {
        main.sign();
        if fresh {
            settings.insert(0, version);
        }
        imports::warn_of_later(&main.toml, &format.plugin, plan)?;
        main.configure(&entry, &settings)?;
        plan.files = vec![main.change(true)];
        return Ok(());
    };
    let document = main.toml.parse()?;
    if let Some(found) = item(&document, &entry.path) {
        bail!(
            "{}: the runtime {:?} is in this file already: take it out before it goes to {}",
            main.toml.at(found.span().map_or(0, |span| span.start)),
            wanted.name,
            file.toml.file.display()
        );
    }
    drop(document);
    let merges = format.version >= 3 || installed_major().is_some_and(|major| major >= 2);
    if file.is_there() {
        match format_of(&file)? {
            Some(found) if found.version != format.version => bail!(
                "{}: is of version {}, but {} of version {}: --remove it first",
                file.toml.file.display(),
                found.version,
                wanted.file.display(),
                format.version
            ),
            _ => warn_if_stale(&file.toml, &main.toml, &format, plan)?,
        }
    } else {
        file.sign();
        if !merges && let Some(copy) = copy_of_plugin(&main.toml, &format)? {
            let of = gantry::text::one_line(&wanted.file.to_string_lossy());
            let head = format!("{COPIED}\n# gantry: of that in {of}\n\n");
            file.toml.text.extend([head, copy]);
        }
    }
    if item(&file.toml.parse()?, &path(&["version"])).is_none() {
        settings.insert(0, version.clone());
    }
    let done = file.configure(&entry, &settings);
    if done.is_err() && !file.is_there() {
        // In a copy of it: the place that a person can mend is here.
        main.toml.check_open(&entry.path)?;
        for setting in &settings {
            main.toml.check_open(&setting.path())?;
            main.toml.find_room(&setting.table)?;
        }
    }
    done?;
    main.sign();
    let before = main.toml.clone();
    if fresh {
        main.toml.set(&version)?;
    }
    imports::add(&mut main.toml, &file.toml.file)?;
    main.toml.check_only(&before, &[path(&["version"]), path(&["imports"])])?;
    plan.files = vec![file.change(false), main.change(true)];
    Ok(())
}

pub(super) fn remove(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut main = TomlFile::read(&wanted.file)?;
    plan.restart = restart(wanted);
    let format = format_of(&main)?.unwrap_or_else(|| Format::of(2));
    let (runtime, default) = (format.runtime(&wanted.name), format.default_key());
    let runc = child(&format.runtime("runc"), "runtime_type");
    let Some(drop_in) = &wanted.drop_in else {
        main.remove(&wanted.name, &runtime, &default, Some(runc))?;
        plan.files = vec![main.change(true)];
        return Ok(());
    };
    let mut file = TomlFile::read(drop_in)?;
    let was_there = file.toml.has_runtimes();
    file.remove(&wanted.name, &runtime, &default, Some(runc))?;
    if was_there && !file.toml.has_runtimes() {
        if file.toml.has_line(COPIED) {
            // Nobody else's: a copy, and what was put into it.
            file.toml.text = format!("{}\n", super::toml_text::MADE);
        }
        if !main.toml.has_runtimes() {
            let before = main.toml.clone();
            imports::take_out(&mut main.toml, drop_in);
            main.toml.restore_rest()?;
            main.toml.check_only(&before, &[path(&["version"]), path(&["imports"])])?;
        }
    }
    plan.files = vec![main.change(true), file.change(false)];
    Ok(())
}

fn entry(wanted: &Wanted, texts: &[&TomlText], format: &Format, plan: &mut Plan) -> Result<Entry> {
    let documents = documents(texts)?;
    let default = last_with(&documents, &format.default_key()).and_then(Item::as_str);
    let names = [default, Some("runc"), Some("crun")].into_iter().flatten();
    let listed = names.filter(|name| *name != wanted.name).filter_map(|name| {
        let found = last_with(&documents, &format.runtime(name))?;
        Some((name, found))
    });
    let old = last_with(&documents, &format.old_default()).filter(|table| is_set(table));
    let source =
        old.map(|table| (OLD_DEFAULT, table)).into_iter().chain(listed).find(|(_, found)| {
            let kind = found.get("runtime_type").and_then(Item::as_str);
            // Another shim has other options.
            kind.is_none_or(|kind| kind == SHIM)
        });
    let own = format.runtime(&wanted.name);
    let options = child(&own, "options");
    let mut lines = vec![format!("[{}]", dotted(&own)), format!("runtime_type = {}", quoted(SHIM))];
    let mut taken = Vec::new();
    if let Some((_, source)) = source {
        taken = copied(source, OWN);
        lines.extend(taken.clone());
    }
    lines.push(String::new());
    lines.push(format!("[{}]", dotted(&options)));
    lines.push(format!("BinaryName = {}", quoted(&wanted.program)));
    if let Some((name, source)) = source {
        let of_shim = source.get("options").map(|table| copied(table, &["BinaryName"]));
        let of_shim = of_shim.unwrap_or_default();
        lines.extend(of_shim.clone());
        taken.extend(of_shim);
        if !taken.is_empty() {
            plan.notes.push(format!("taken over from the runtime {name:?}: {}", taken.join(", ")));
        }
    }
    // containerd 1 forgets its built-in one as soon as a file names any, and does not start the plugin.
    let runtimes = format.in_plugin(&["containerd", "runtimes"]);
    let bare = documents.iter().all(|document| {
        let found =
            last_with(std::slice::from_ref(document), &runtimes).and_then(Item::as_table_like);
        found.is_none_or(TableLike::is_empty)
    });
    let beside = bare.then(|| {
        plan.notes
            .push("no file names a runtime yet; containerd's own, \"runc\", is written out".into());
        let runc = format.runtime("runc");
        let lines =
            vec![format!("[{}]", dotted(&runc)), format!("runtime_type = {}", quoted(SHIM))];
        (child(&runc, "runtime_type"), lines)
    });
    Ok(Entry {
        beside,
        name: wanted.name.clone(),
        path: own,
        program: (child(&options, "BinaryName"), quoted(&wanted.program)),
        lines: Lines::Tables(lines),
    })
}

/// `containerd config default` prints the table without a type.
fn is_set(old_default: &Item) -> bool {
    let kind = old_default.get("runtime_type").and_then(Item::as_str);
    kind.is_some_and(|kind| !kind.is_empty())
}

fn warn_of_old_default(texts: &[&TomlText], format: &Format, plan: &mut Plan) -> Result<()> {
    for text in texts {
        let document = text.parse()?;
        if let Some(found) = item(&document, &format.old_default()).filter(|table| is_set(table)) {
            plan.warnings.push(format!(
                "{}: containerd 1 takes [{}] for the default, whatever default_runtime_name says: take it out",
                text.at(found.span().map_or(0, |span| span.start)),
                dotted(&format.old_default())
            ));
        }
    }
    Ok(())
}

fn warn_if_disabled(main: &TomlText, format: &Format, plan: &mut Plan) -> Result<()> {
    let document = main.parse()?;
    let Some(found) = item(&document, &path(&["disabled_plugins"])) else { return Ok(()) };
    let names = found.as_array().into_iter().flat_map(|array| array.iter());
    let own = format.plugin.last().map(String::as_str);
    let cri = ["cri", "io.containerd.grpc.v1.cri"];
    if names
        .filter_map(toml_edit::Value::as_str)
        .any(|name| Some(name) == own || cri.contains(&name))
    {
        plan.warnings.push(format!(
            "{}: disabled_plugins has the CRI plugin, which is the one that reads runtimes: Kubernetes \
             cannot use this containerd (docker and ctr do not need it)",
            main.at(found.span().map_or(0, |span| span.start))
        ));
    }
    Ok(())
}

/// The CRI plugin's section as a file of its own.
fn copy_of_plugin(main: &TomlText, format: &Format) -> Result<Option<String>> {
    let documents = documents(&[main])?;
    let Some(section) = last_with(&documents, &format.plugin) else { return Ok(None) };
    let mut plugins = Table::new();
    plugins.set_implicit(true);
    if let Some(name) = format.plugin.last() {
        plugins.insert(name, section.clone());
    }
    let mut copy = DocumentMut::new();
    copy.insert("version", toml_edit::value(format.version));
    copy.insert("plugins", Item::Table(plugins));
    // The marks of what else we wrote belong to the file they stand in.
    let text = copy.to_string();
    let kept = |line: &&str| !line.trim_start().starts_with("# gantry: ");
    Ok(Some(text.split_inclusive('\n').filter(kept).collect()))
}

fn warn_if_stale(file: &TomlText, main: &TomlText, format: &Format, plan: &mut Plan) -> Result<()> {
    if !file.has_line(COPIED) {
        return Ok(());
    }
    let copy = file.values()?;
    let ours = [
        format.default_key(),
        child(&format.plugin, "enable_cdi"),
        child(&format.plugin, "cdi_spec_dirs"),
    ];
    let stale = main.values()?.into_iter().find(|(path, value)| {
        path.starts_with(&format.plugin) && !ours.contains(path) && copy.get(path) != Some(value)
    });
    if let Some((path, _)) = stale {
        plan.warnings.push(format!(
            "{}: {} is not what {} says, of which this file has a copy: --remove it and configure again",
            file.file.display(),
            dotted(&path),
            main.file.display()
        ));
    }
    Ok(())
}

fn restart(wanted: &Wanted) -> String {
    let user = if wanted.rootless { "--user " } else { "" };
    format!("systemctl {user}restart containerd")
}

/// What is configured now.
pub(super) fn show(file: &Path) -> Result<Shown> {
    let main = TomlFile::read(file)?;
    let mut shown = Shown::default();
    for toml in std::iter::once(main.toml.clone()).chain(imports::imported(&main.toml)?) {
        let file = TomlFile::read(&toml.file)?;
        let format = format_of(&file)?.unwrap_or_else(|| Format::of(2));
        let layout = Layout {
            runtimes: format.in_plugin(&["containerd", "runtimes"]),
            program: path(&["options", "BinaryName"]),
            default: format.default_key(),
            enable_cdi: Some(child(&format.plugin, "enable_cdi")),
            spec_dirs: child(&format.plugin, "cdi_spec_dirs"),
        };
        shown.add(layout.show(&file.toml)?);
    }
    Ok(shown)
}
