//! What the engines that are configured in TOML have in common: how a runtime gets into a file and out of
//! it.

use std::path::Path;

use anyhow::{Result, bail};
use toml_edit::{DocumentMut, Item};

use super::files;
use super::plan::FileChange;
use super::show::{Runtime, Shown};
use super::toml_edits::{Fate, Lines, Setting};
use super::toml_text::{
    BEGIN_TABLE, KeyPath, MADE, TomlText, begin_runtime, dotted, item, text_at,
};

/// The keys that are set beside a default runtime.
const SET: &[&str] = &["enable_cdi", "cdi_spec_dirs", "version"];

/// A TOML file, and what it was.
pub(crate) struct TomlFile {
    pub(crate) toml: TomlText,
    before: Option<String>,
}

/// A runtime as an engine's file names it.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: KeyPath,
    /// Where its program is, and that as TOML text.
    pub(crate) program: (KeyPath, String),
    /// How it is written where it is not there.
    pub(crate) lines: Lines,
    /// A table that must be there beside it: its path, and its lines.
    pub(crate) beside: Option<(KeyPath, Vec<String>)>,
}

impl TomlFile {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let before = files::read(path)?;
        let toml = TomlText::new(path, before.clone().unwrap_or_default());
        toml.parse()?;
        Ok(Self { toml, before })
    }

    pub(crate) fn is_there(&self) -> bool {
        self.before.is_some()
    }

    /// Notes, in a file that is not there, who made it.
    pub(crate) fn sign(&mut self) {
        if !self.is_there() && self.toml.text.is_empty() {
            self.toml.text = format!("{MADE}\n");
        }
    }

    /// Whether nothing is set in it.
    pub(crate) fn says_nothing(&self) -> Result<bool> {
        Ok(self.toml.parse()?.as_table().is_empty())
    }

    /// As a part of the plan.
    pub(crate) fn change(self, operators: bool) -> FileChange {
        let gone =
            self.toml.is_ours_alone() || (self.before.is_none() && self.toml.text.is_empty());
        let after = (!gone).then_some(self.toml.text);
        FileChange { path: self.toml.file, before: self.before, after, operators }
    }

    /// Adds the runtime and sets keys.
    pub(crate) fn configure(&mut self, entry: &Entry, settings: &[Setting]) -> Result<()> {
        let before = self.toml.clone();
        let is_there = item(&self.toml.parse()?, &entry.path).is_some();
        if matches!(entry.lines, Lines::Tables(_)) && !is_there {
            self.toml.check_open(&entry.path)?;
        }
        for setting in settings {
            self.toml.set(setting)?;
        }
        if let Some((_, lines)) = &entry.beside {
            self.toml.add_table(lines);
        }
        self.add(entry)?;
        let mut allowed: Vec<_> = settings.iter().map(Setting::path).collect();
        allowed.push(entry.path.clone());
        allowed.extend(entry.beside.as_ref().map(|(path, _)| path.clone()));
        self.toml.check_only(&before, &allowed)
    }

    fn add(&mut self, entry: &Entry) -> Result<()> {
        let (program, value) = &entry.program;
        let ours = self.toml.has_line(&begin_runtime(&entry.name));
        let document = self.toml.parse()?;
        let Some(found) = item(&document, &entry.path) else {
            drop(document);
            if ours {
                // Somebody emptied it.
                self.toml.cut_runtime(&entry.name)?;
            }
            return self.toml.add_runtime(&entry.name, &entry.lines);
        };
        let same = item(&document, program).is_some_and(|now| same_item(now, value));
        if !same && !ours {
            bail!(
                "{}: the runtime {:?} is there ({}), and was not written by this command: take it out, or \
                 choose another --name",
                self.toml.at(found.span().map_or(0, |span| span.start)),
                entry.name,
                dotted(&entry.path)
            );
        }
        drop(document);
        if same { Ok(()) } else { self.toml.replace_value(program, value) }
    }

    /// Takes the runtime out, and with the last one all that was set. `default` is the key of the default
    /// runtime, `beside` one that [`Entry::beside`] may have set.
    pub(crate) fn remove(
        &mut self,
        name: &str,
        path: &KeyPath,
        default: &KeyPath,
        beside: Option<KeyPath>,
    ) -> Result<()> {
        let before = self.toml.clone();
        let cut = self.toml.cut_runtime(name)?;
        let key = default.last().map_or("", String::as_str);
        self.toml.restore(|_, line| match assigned(line) {
            Some((found, value)) if found == key && value.as_str() == Some(name) => Fate::Restore,
            _ => Fate::Leave,
        });
        if cut && !self.toml.has_runtimes() {
            self.toml.restore(|_, line| match assigned(line) {
                // Somebody chose another since.
                Some((found, _)) if found == key => Fate::Unmark(line.to_owned()),
                _ => Fate::Restore,
            });
            self.toml.restore_rest()?;
        }
        let document = self.toml.parse()?;
        if let Some(found) = item(&document, path)
            && before.text == self.toml.text
        {
            bail!(
                "{}: the runtime {name:?} was not written by this command, or its marks are gone: take \
                 {} out by hand",
                self.toml.at(found.span().map_or(0, |span| span.start)),
                dotted(path)
            );
        }
        if cut && text_at(&document, default).as_deref() == Some(name) {
            let old = before.parse()?;
            let at = item(&old, default).and_then(Item::span).map_or(0, |span| span.start);
            bail!(
                "{}: {} is {name:?} and was not set by this command: change it first",
                before.at(at),
                dotted(default)
            );
        }
        drop(document);
        let mut allowed = vec![path.clone(), default.clone()];
        allowed.extend(self.set_keys(&before, key)?);
        allowed.extend(beside.filter(|_| before.has_line(BEGIN_TABLE)));
        self.toml.check_only(&before, &allowed)
    }

    /// The paths of the keys that carried a mark, and that are set here: somebody may have written another one
    /// right behind a mark.
    fn set_keys(&self, before: &TomlText, default: &str) -> Result<Vec<KeyPath>> {
        let marked = std::cell::RefCell::new(Vec::new());
        before.clone().restore(|_, line| {
            let keys = assigned(line).map(|(key, _)| key);
            let set = keys.filter(|key| key == default || SET.contains(&key.as_str()));
            marked.borrow_mut().extend(set);
            Fate::Leave
        });
        let marked = marked.into_inner();
        let paths = before.values()?.into_keys();
        let kept = self.toml.values()?.into_keys();
        Ok(paths
            .chain(kept)
            .filter(|path| path.last().is_some_and(|key| marked.contains(key)))
            .collect())
    }
}

/// The key and the value of a line `KEY = VALUE`; of a dotted key, its last part.
pub(crate) fn assigned(line: &str) -> Option<(String, toml_edit::Value)> {
    let document: DocumentMut = line.trim().parse().ok()?;
    let mut found = document.as_table().iter().next()?;
    while let Item::Table(table) = found.1 {
        found = table.iter().next()?;
    }
    Some((found.0.to_owned(), found.1.as_value()?.clone()))
}

fn same_item(now: &Item, wanted: &str) -> bool {
    let program = |value: &toml_edit::Value| -> Option<String> {
        let first = value.as_array().and_then(|array| array.get(0).filter(|_| array.len() == 1));
        first.unwrap_or(value).as_str().map(str::to_owned)
    };
    let wanted = wanted.parse::<toml_edit::Value>().ok();
    now.as_value().and_then(program) == wanted.as_ref().and_then(program)
}

/// `KEY = VALUE` for each value of a table, but these keys.
pub(crate) fn copied(table: &Item, but: &[&str]) -> Vec<String> {
    let Some(table) = table.as_table_like() else { return Vec::new() };
    let kept = table.iter().filter(|(key, _)| !but.contains(key));
    let lines = kept.filter_map(|(key, item)| {
        let mut value = item.clone().into_value().ok()?;
        value.decor_mut().clear();
        let key = toml_edit::Key::new(key);
        Some(format!("{} = {}", key.display_repr(), value.to_string().trim()))
    });
    lines.collect()
}

/// The first file, from the last, that has the path.
pub(crate) fn last_with<'a>(documents: &'a [DocumentMut], path: &[String]) -> Option<&'a Item> {
    documents.iter().rev().find_map(|document| {
        path.iter().try_fold(document.as_item(), |item, key| item.as_table_like()?.get(key))
    })
}

/// The documents of files, to be looked up in.
pub(crate) fn documents(texts: &[&TomlText]) -> Result<Vec<DocumentMut>> {
    texts.iter().map(|text| Ok(text.parse()?.into_mut())).collect()
}

/// Where one file's runtimes, default and CDI are.
pub(crate) struct Layout {
    pub(crate) runtimes: KeyPath,
    /// Within a runtime's table; empty: the runtime is a list of programs.
    pub(crate) program: KeyPath,
    pub(crate) default: KeyPath,
    pub(crate) enable_cdi: Option<KeyPath>,
    pub(crate) spec_dirs: KeyPath,
}

impl Layout {
    /// What a file says.
    pub(crate) fn show(&self, toml: &TomlText) -> Result<Shown> {
        let document = toml.parse()?;
        let mut shown = Shown { default: text_at(&document, &self.default), ..Shown::default() };
        let runtimes = item(&document, &self.runtimes).and_then(Item::as_table_like);
        for (name, runtime) in runtimes.into_iter().flat_map(|table| table.iter()) {
            let program = self.program.iter().try_fold(runtime, |item, key| item.get(key));
            let first = program.and_then(|item| item.as_array()?.get(0)?.as_str());
            let program = program.and_then(Item::as_str).or(first);
            shown.runtimes.push(Runtime::new(name, program, &toml.file));
        }
        shown.cdi = self.enable_cdi.as_ref().and_then(|path| item(&document, path)?.as_bool());
        shown.cdi_spec_dirs =
            item(&document, &self.spec_dirs).and_then(Item::as_array).map(|folders| {
                folders.iter().filter_map(|folder| folder.as_str().map(str::to_owned)).collect()
            });
        Ok(shown)
    }
}

/// The table that a key path leads into, and the key.
pub(crate) fn setting(table: &[String], key: &'static str, value: String) -> Setting {
    Setting { table: table.to_vec(), key, value }
}
