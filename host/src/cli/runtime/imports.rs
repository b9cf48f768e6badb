//! containerd's `imports`: which files they lead to, and the line that leads to a drop-in.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use gantry::host_files::Pattern;
use toml_edit::Value;

use super::files;
use super::plan::Plan;
use super::toml_edits::{Fate, Setting};
use super::toml_flow::{TomlFile, assigned};
use super::toml_text::{KeyPath, TomlText, dotted, item, list, path};

/// What the file imports, as it is written.
fn patterns(main: &TomlText) -> Result<Vec<String>> {
    let document = main.parse()?;
    let Some(found) = item(&document, &path(&["imports"])) else { return Ok(Vec::new()) };
    let texts = found.as_array().and_then(texts_of);
    let at = found.span().map_or(0, |span| span.start);
    texts.ok_or_else(|| anyhow::anyhow!("{}: imports: not a list of texts", main.at(at)))
}

fn texts_of(array: &toml_edit::Array) -> Option<Vec<String>> {
    array.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

/// Where a pattern leads: a relative one counts from the file's folder.
fn absolute(main: &TomlText, pattern: &str) -> PathBuf {
    main.file.parent().unwrap_or(Path::new("/")).join(pattern)
}

/// Whether a pattern leads to a file. Only `*` in the file's name is understood.
fn leads_to(main: &TomlText, pattern: &str, file: &Path) -> bool {
    let pattern = absolute(main, pattern);
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    pattern.parent() == file.parent()
        && name(&pattern).zip(name(file)).is_some_and(|(pattern, name)| matches(&pattern, &name))
}

/// Neither has a `/` in it.
fn matches(pattern: &str, name: &str) -> bool {
    Pattern::parse(pattern).is_ok_and(|pattern| pattern.matches(name))
}

/// The files that are imported, in the order in which they are read.
pub(super) fn imported(main: &TomlText) -> Result<Vec<TomlText>> {
    let mut found = Vec::new();
    for pattern in patterns(main)? {
        let folder = absolute(main, &pattern);
        for file in files::names_in(folder.parent().unwrap_or(Path::new("/")))? {
            if leads_to(main, &pattern, &file) && file != main.file {
                found.push(TomlFile::read(&file)?.toml);
            }
        }
    }
    Ok(found)
}

/// Warns of imported files that change the same section.
pub(super) fn warn_of_later(main: &TomlText, plugin: &KeyPath, plan: &mut Plan) -> Result<()> {
    for file in imported(main)? {
        if let Some(found) = item(&file.parse()?, plugin) {
            plan.warnings.push(format!(
                "{}: has [{}] too, and is read later (containerd 1 then forgets what this file says in \
                 it): use --drop-in",
                file.at(found.span().map_or(0, |span| span.start)),
                dotted(plugin)
            ));
        }
    }
    Ok(())
}

/// Has the drop-in imported.
pub(super) fn add(main: &mut TomlText, drop_in: &Path) -> Result<()> {
    let mut patterns = patterns(main)?;
    if patterns.iter().any(|pattern| leads_to(main, pattern, drop_in)) {
        return Ok(());
    }
    let Some(drop_in) = drop_in.to_str() else {
        bail!("--drop-in: {} is not plain UTF-8", drop_in.display());
    };
    patterns.push(drop_in.to_owned());
    main.set(&Setting { table: Vec::new(), key: "imports", value: list(&patterns) })
}

/// Undoes [`add`], and the version of a file that said nothing.
pub(super) fn take_out(main: &mut TomlText, drop_in: &Path) {
    let Some(ours) = drop_in.to_str() else { return };
    main.restore(|before, line| match assigned(line) {
        Some((key, value)) if key == "imports" => imports_fate(before, line, &value, ours),
        Some((key, _)) if key == "version" => Fate::Restore,
        _ => Fate::Leave,
    });
}

/// The line as it was; or, where somebody changed it since, without our file.
fn imports_fate(before: &[&str], line: &str, now: &Value, ours: &str) -> Fate {
    let Some(now) = now.as_array().and_then(texts_of) else { return Fate::Unmark(line.to_owned()) };
    let old = assigned(&before.concat()).and_then(|(_, old)| texts_of(old.as_array()?));
    let rest: Vec<_> = now.into_iter().filter(|entry| entry != ours).collect();
    if rest == old.unwrap_or_default() {
        return Fate::Restore;
    }
    let eol = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    Fate::Unmark(format!("imports = {}{eol}", list(&rest)))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("*.toml", "99-gantry.toml", true),
            ("*.toml", "99-gantry.conf", false),
            ("99-*.toml", "99-gantry.toml", true),
            ("*", "x", true),
            ("*-*.toml", "99-gantry.toml", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("x.toml", "x.toml", true),
            ("x?toml", "x.toml", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
