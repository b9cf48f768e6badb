//! Docker: `daemon.json`. JSON has no comments, so what stood there before is remembered in a file beside
//! it, `daemon.json.gantry`; Docker does not read that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::json_text::{JsonText, Kind};
use super::plan::{FileChange, Plan};
use super::show::{Runtime, Shown};
use super::{Wanted, files};

/// What `--remove` needs to know.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    /// For whoever finds the file.
    #[serde(rename = "//", default)]
    about: String,
    /// The file was not there.
    made: bool,
    /// The runtimes that were added.
    runtimes: Vec<String>,
    /// By path, `/` between keys; `""` is the whole file.
    keys: BTreeMap<String, Kept>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The text that stood there. None: nothing.
    before: Option<String>,
    /// What was written; only that is undone.
    wrote: Option<Value>,
}

const ABOUT: &str =
    "what `gantry runtime configure` changed in the file beside this one; --remove reads it";

struct Files {
    json: JsonText,
    before: Option<String>,
    memory: Memory,
    memory_path: PathBuf,
    memory_before: Option<String>,
}

impl Files {
    fn read(wanted: &Wanted) -> Result<Self> {
        let before = files::read(&wanted.file)?;
        let mut name = wanted.file.as_os_str().to_owned();
        name.push(".gantry");
        let memory_path = PathBuf::from(name);
        let memory_before = files::read(&memory_path)?;
        let memory = match &memory_before {
            Some(text) => serde_json::from_str(text)
                .with_context(|| format!("{}: not what gantry wrote", memory_path.display()))?,
            None => Memory::default(),
        };
        let json = JsonText::new(&wanted.file, before.clone().unwrap_or_default());
        Ok(Self { json, before, memory, memory_path, memory_before })
    }

    fn plan(mut self, plan: &mut Plan, gone: bool) -> Result<()> {
        let path = self.json.file.clone();
        let after = (!gone).then_some(self.json.text);
        self.memory.about = ABOUT.into();
        let memory_after = match self.memory.runtimes.as_slice() {
            [] => None,
            _ => Some(serde_json::to_string_pretty(&self.memory)? + "\n"),
        };
        let file = FileChange { path, before: self.before, after, operators: true };
        let memory = FileChange {
            path: self.memory_path,
            before: self.memory_before,
            after: memory_after,
            operators: false,
        };
        // What undoes a change is written before it, and taken away after.
        plan.files = if memory.after.is_some() { vec![memory, file] } else { vec![file, memory] };
        Ok(())
    }

    /// Sets a value, and remembers what stood there the first time.
    fn set(&mut self, path: &[&str], value: &Value, wrote: bool) -> Result<()> {
        let Some((key, parent)) = path.split_last() else { return Ok(()) };
        let root = self.json.parse()?;
        let before = root.get(path).map(|node| self.json.raw(node));
        let same = |text: &String| serde_json::from_str::<Value>(text).ok().as_ref() == Some(value);
        if before.as_ref().is_some_and(same) {
            return Ok(());
        }
        match root.get(parent).map(|node| (&node.kind, node)) {
            // What is within an empty object's braces would be lost.
            Some((Kind::Object(members), node)) if members.is_empty() => {
                let raw = self.json.raw(node);
                let kept = Kept { before: Some(raw), wrote: None };
                self.memory.keys.entry(parent.join("/")).or_insert(kept);
            }
            Some((Kind::Object(_), _)) => {}
            Some((_, node)) => {
                bail!("{}: {:?} is not an object", self.json.at(node.span.start), parent.join("."))
            }
            None => self.set(parent, &json!({}), false)?,
        }
        let wrote = wrote.then(|| value.clone());
        let kept = self.memory.keys.entry(path.join("/")).or_insert(Kept { before, wrote: None });
        if wrote.is_some() {
            kept.wrote = wrote;
        }
        self.json.set(parent, key, value)
    }

    /// Undoes [`Files::set`], if what was written still stands there.
    fn unset(&mut self, path: &[&str]) -> Result<()> {
        let name = path.join("/");
        let Some(kept) = self.memory.keys.remove(&name) else { return Ok(()) };
        let root = self.json.parse()?;
        let Some(node) = root.get(path) else { return Ok(()) };
        let now: Value = serde_json::from_str(&self.json.raw(node))?;
        if now != kept.wrote.unwrap_or_else(|| json!({})) {
            return Ok(());
        }
        match (kept.before, path.split_last()) {
            (Some(raw), _) => self.json.put_raw(path, &raw),
            (None, Some((key, parent))) => self.json.remove(parent, key),
            (None, None) => Ok(()),
        }
    }
}

pub(super) fn configure(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut files = Files::read(wanted)?;
    if files.json.text.trim().is_empty() {
        let text = std::mem::replace(&mut files.json.text, "{}\n".into());
        files.memory.made |= files.before.is_none();
        files.memory.keys.entry(String::new()).or_insert(Kept { before: Some(text), wrote: None });
    }
    let name = wanted.name.as_str();
    let root = files.json.parse()?;
    let entry = root.get(&["runtimes", name]);
    let program = root.get(&["runtimes", name, "path"]).and_then(|node| node.as_text());
    let ours = files.memory.runtimes.iter().any(|known| known == name);
    match entry {
        Some(_) if program == Some(wanted.program.as_str()) => {}
        Some(entry) if !ours => bail!(
            "{}: the runtime {name:?} is there, and was not written by this command: take it out, or \
             choose another --name",
            files.json.at(entry.span.start)
        ),
        Some(_) => files.json.set(&["runtimes", name], "path", &json!(wanted.program))?,
        None => {
            files.set(&["runtimes", name], &json!({ "path": wanted.program }), false)?;
            if !ours {
                files.memory.runtimes.push(name.to_owned());
            }
        }
    }
    if wanted.set_default {
        files.set(&["default-runtime"], &json!(name), true)?;
    }
    if wanted.enable_cdi {
        files.set(&["features", "cdi"], &json!(true), true)?;
        plan.notes.push("features.cdi: docker knows it since version 25".into());
    }
    if !wanted.spec_dirs.is_empty() {
        files.set(&["cdi-spec-dirs"], &json!(wanted.spec_dirs), true)?;
        plan.notes.push("cdi-spec-dirs: docker before version 25 does not start with it".into());
    }
    // Keys of a runtime that was written by hand have nothing to be undone with.
    if files.memory.runtimes.is_empty() && !files.memory.keys.is_empty() {
        files.memory.runtimes.push(name.to_owned());
    }
    plan.restart = restart(wanted);
    files.plan(plan, false)
}

pub(super) fn remove(wanted: &Wanted, plan: &mut Plan) -> Result<()> {
    let mut files = Files::read(wanted)?;
    plan.restart = restart(wanted);
    let name = wanted.name.as_str();
    let known = files.memory.runtimes.iter().position(|known| known == name);
    if files.json.text.trim().is_empty() && known.is_none() {
        return files.plan(plan, files_absent(wanted));
    }
    let root = files.json.parse()?;
    let Some(known) = known else {
        if let Some(entry) = root.get(&["runtimes", name]) {
            bail!(
                "{}: the runtime {name:?} was not written by this command, or {} is gone: take it out by \
                 hand",
                files.json.at(entry.span.start),
                files.memory_path.display()
            );
        }
        return files.plan(plan, false);
    };
    files.memory.runtimes.remove(known);
    if files.memory.keys.remove(&format!("runtimes/{name}")).is_some() {
        files.json.remove(&["runtimes"], name)?;
    }
    let is_default = |files: &Files| -> Result<bool> {
        let root = files.json.parse()?;
        Ok(root.get(&["default-runtime"]).and_then(|node| node.as_text()) == Some(name))
    };
    if is_default(&files)? {
        files.unset(&["default-runtime"])?;
        if is_default(&files)? {
            bail!(
                "{}: \"default-runtime\" is {name:?} and was not set by this command: change it first",
                wanted.file.display()
            );
        }
    }
    if files.memory.runtimes.is_empty() {
        files.memory.keys.remove("default-runtime");
        files.unset(&["cdi-spec-dirs"])?;
        files.unset(&["features", "cdi"])?;
        files.unset(&["features"])?;
        files.unset(&["runtimes"])?;
        if files.memory.keys.contains_key("") && is_empty(&files.json)? {
            let kept =
                files.memory.keys.remove("").and_then(|kept| kept.before).unwrap_or_default();
            if kept.trim().is_empty() {
                files.json.text = kept;
            } else {
                files.json.put_raw(&[], &kept)?;
            }
            let gone = files.memory.made;
            return files.plan(plan, gone);
        }
    }
    files.plan(plan, false)
}

fn files_absent(wanted: &Wanted) -> bool {
    !wanted.file.exists()
}

fn is_empty(json: &JsonText) -> Result<bool> {
    Ok(matches!(json.parse()?.kind, Kind::Object(members) if members.is_empty()))
}

fn restart(wanted: &Wanted) -> String {
    if wanted.rootless { "systemctl --user restart docker" } else { "systemctl restart docker" }
        .into()
}

/// What is configured now.
pub(super) fn show(file: &Path) -> Result<Shown> {
    let text = files::read(file)?.unwrap_or_default();
    let json = JsonText::new(file, if text.trim().is_empty() { "{}".into() } else { text });
    let root = json.parse()?;
    let text_of = |path: &[&str]| root.get(path).and_then(|node| node.as_text()).map(str::to_owned);
    let mut runtimes = Vec::new();
    if let Some(Kind::Object(members)) = root.get(&["runtimes"]).map(|node| &node.kind) {
        for member in members {
            let program = member.value.get(&["path"]).and_then(|node| node.as_text());
            runtimes.push(Runtime::new(&member.key, program, file));
        }
    }
    let raw = |path: &[&str]| {
        root.get(path).and_then(|node| serde_json::from_str::<Value>(&json.raw(node)).ok())
    };
    Ok(Shown {
        runtimes,
        default: text_of(&["default-runtime"]),
        cdi: raw(&["features", "cdi"]).and_then(|value| value.as_bool()),
        cdi_spec_dirs: raw(&["cdi-spec-dirs"]).and_then(|value| serde_json::from_value(value).ok()),
    })
}
