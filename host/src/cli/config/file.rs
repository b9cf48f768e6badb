//! Changing `config.toml`: one key of one stage, the rest as it was, and all of it at once.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::fs::{FlockOperation, Gid, Mode, Uid};
use toml_edit::{DocumentMut, Item, Table, Value};

/// The text with `enabled` of a stage set; comments, order and all else stay.
pub(super) fn with_enabled(text: &str, stage: &str, enabled: bool) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    if !has_stage(&document, stage)
        && let Some(longer) = appended(text, stage, enabled)
    {
        return Ok(longer);
    }
    let mut fresh = Table::new();
    // `[stages]` alone would say nothing.
    fresh.set_implicit(true);
    let stages = document.entry("stages").or_insert(Item::Table(fresh));
    let stages = stages.as_table_like_mut().context("stages is no table")?;
    let table = stages.entry(stage).or_insert_with(|| Item::Table(Table::new()));
    let table = table.as_table_like_mut().with_context(|| format!("stages.{stage} is no table"))?;
    if let Some(Item::Value(value)) = table.get_mut("enabled") {
        let decor = value.decor().clone();
        *value = Value::from(enabled);
        *value.decor_mut() = decor;
    } else {
        table.insert("enabled", toml_edit::value(enabled));
    }
    let new = document.to_string();
    // What wrote it has dropped the returns.
    let has_returns = text.contains('\r') && text.lines().count() == text.matches("\r\n").count();
    Ok(if has_returns { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new })
}

/// Whether the text says anything of a stage.
pub(super) fn names_stage(text: &str, stage: &str) -> bool {
    text.parse().is_ok_and(|document| has_stage(&document, stage))
}

fn has_stage(document: &DocumentMut, stage: &str) -> bool {
    document.get("stages").and_then(|stages| stages.get(stage)).is_some()
}

/// The text with a table of its own for the stage behind it: a new table of the document would stand before
/// comments that no key follows. `None` where `stages` is written in a way that allows no such table.
fn appended(text: &str, stage: &str, enabled: bool) -> Option<String> {
    let gap = match text.trim_end() {
        "" => "",
        _ if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let text = format!("{text}{gap}[stages.{stage}]\nenabled = {enabled}\n");
    text.parse::<DocumentMut>().is_ok().then_some(text)
}

/// Puts the new text in the place of the old one, `None` where there was no file. Whoever reads it meanwhile,
/// or ends this program, finds the one or the other.
pub(super) fn replace(path: &Path, old: Option<&str>, new: &str) -> Result<()> {
    let writing = || format!("{}: cannot be written", path.display());
    // Where it is a link, what it leads to is changed.
    let path: PathBuf = match old {
        Some(_) => fs::canonicalize(path).with_context(writing)?,
        None => path.to_owned(),
    };
    let folder = path.parent().context("no file")?;
    DirBuilder::new().recursive(true).mode(0o755).create(folder).with_context(writing)?;
    // Another one waits for this, and then finds the file changed. Gone with the process.
    let lock = fs::File::open(folder).with_context(writing)?;
    rustix::fs::flock(&lock, FlockOperation::LockExclusive).with_context(writing)?;
    let there = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(writing),
    };
    if there.as_deref() != old {
        bail!("{}: has changed meanwhile; look at it, and run this again", path.display());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let fresh = folder.join(format!(".{name}.new"));
    // Left by one that was ended: nobody else is here.
    let _ = fs::remove_file(&fresh);
    let written = write(&path, &fresh, old.is_some(), new);
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written.with_context(writing)
}

fn write(path: &Path, fresh: &Path, is_there: bool, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(fresh)?;
    file.write_all(text.as_bytes())?;
    // Whatever the umask: it holds no secret, and whoever runs Gantry must be able to read it.
    let mut mode = 0o644;
    if is_there {
        let (old, own) = (fs::metadata(path)?, file.metadata()?);
        if (old.uid(), old.gid()) != (own.uid(), own.gid()) {
            let (uid, gid) = (Uid::from_raw(old.uid()), Gid::from_raw(old.gid()));
            rustix::fs::fchown(&file, Some(uid), Some(gid))?;
        }
        mode = old.mode() & 0o7777;
    }
    rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))?;
    file.sync_all()?;
    fs::rename(fresh, path)
}

/// The lines that differ, with their signs: the two texts differ in one place.
pub(super) fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - start;
    let ends = old.iter().rev().zip(new.iter().rev());
    let end = ends.take_while(|(old, new)| old == new).count().min(most);
    let changed = |lines: &[&str], sign: char| -> String {
        let lines = lines.iter().take(lines.len() - end).skip(start);
        lines.fold(String::new(), |out, line| {
            out + &format!("{sign}{}\n", gantry::text::one_line(line))
        })
    };
    format!("@@ line {} @@\n{}{}", start + 1, changed(&old, '-'), changed(&new, '+'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::{difference, with_enabled};

    #[test]
    #[rustfmt::skip]
    fn only_the_one_key_changes() {
        for (old, enabled, new) in [
            ("", true, "[stages.acme]\nenabled = true\n"),
            ("# mine\n", true, "# mine\n\n[stages.acme]\nenabled = true\n"),
            ("[log]\n# last", true, "[log]\n# last\n\n[stages.acme]\nenabled = true\n"),
            ("[log]\nlevel = \"warn\" # why\n", true, "[log]\nlevel = \"warn\" # why\n\n[stages.acme]\nenabled = true\n"),
            ("[stages.acme]\nenabled = false # not yet\n\n[log]\n", true, "[stages.acme]\nenabled = true # not yet\n\n[log]\n"),
            ("[stages.acme]\n# pinned\ndigest = \"x\"\n", true, "[stages.acme]\n# pinned\ndigest = \"x\"\nenabled = true\n"),
            ("stages.acme.enabled = true\n", false, "stages.acme.enabled = false\n"),
            ("stages = { acme = { enabled = true } }\n", false, "stages = { acme = { enabled = false } }\n"),
            ("[stages.acme]\r\nenabled = false # k\r\n\r\n[log]\r\n", true, "[stages.acme]\r\nenabled = true # k\r\n\r\n[log]\r\n"),
            ("stages = { acme = {} }\n", true, "stages = { acme = { enabled = true } }\n"),
            ("[stages.acme.settings]\ntier = 1\n", true, "[stages.acme]\nenabled = true\n[stages.acme.settings]\ntier = 1\n"),
            ("[stages.cdi]\nenforce=true\n\n[log]\n", true, "[stages.cdi]\nenforce=true\n\n[log]\n\n[stages.acme]\nenabled = true\n"),
        ] {
            assert_eq!(with_enabled(old, "acme", enabled).unwrap(), new, "{old:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_an_error() {
        for text in ["stages = 1", "stages.acme = 1", "= 1"] {
            assert!(with_enabled(text, "acme", true).is_err(), "{text}");
        }
    }

    #[test]
    fn a_difference_is_the_lines_that_differ() {
        for (old, new, shown) in [
            ("a\nb\nc\n", "a\nx\nc\n", "@@ line 2 @@\n-b\n+x\n"),
            ("a\na\n", "a\na\na\n", "@@ line 3 @@\n+a\n"),
            ("", "a\n", "@@ line 1 @@\n+a\n"),
        ] {
            assert_eq!(difference(old, new), shown);
        }
    }
}
