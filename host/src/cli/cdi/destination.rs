//! Where specs go: printed, or each into its file, at once and only if it changes.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use gantry::cdi::{Format, MAX_SPEC_BYTES, Spec, WriteOptions, spec_text, write_spec};
use gantry::generate::{INFIXES, NamedSpec};

use super::failure::{Exit, Failure, note};
use super::{input, write};
use crate::diff::unified;
use crate::output::print;

/// Whether and how changes of a file are shown.
#[derive(Args)]
pub(super) struct Changes {
    /// Print what would change in the file; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print what changes in the file, as a unified diff.
    #[arg(long)]
    diff: bool,
}

/// What becomes of specs.
pub(super) struct Destination {
    /// `None`: they are printed.
    target: Option<Target>,
    format: Format,
    dry_run: bool,
    diff: bool,
}

/// A file's name, to which an infix may be added.
struct Target {
    folder: PathBuf,
    name: String,
}

/// One file.
struct File {
    name: String,
    path: PathBuf,
    /// `None`: there is none.
    before: Option<String>,
    after: String,
    is_changed: bool,
}

impl Destination {
    /// `None`, no file: they are printed. The notation is the file's, else the one that is asked for, else YAML.
    pub(super) fn new(
        file: Option<&Path>,
        wanted: Option<Format>,
        changes: &Changes,
        notes: &mut Vec<String>,
    ) -> Result<Self, Failure> {
        let target = file.map(Target::new).transpose()?;
        let Changes { dry_run, diff } = *changes;
        if target.is_none() && diff {
            return Err(Failure::usage("--diff needs --output: the file to compare with"));
        }
        let named = target.as_ref().and_then(|target| notation_of(&target.name));
        if let (Some(named), Some(wanted)) = (named, wanted)
            && named != wanted
        {
            notes.push(
                "the file is written in the notation of its name, not of --format".to_owned(),
            );
        }
        // The other spellings of the two endings are not read by anybody.
        let format = named.or(wanted).unwrap_or(Format::Yaml);
        Ok(Self { target, format, dry_run, diff })
    }

    /// Files of an earlier generation whose specs are not made any more.
    pub(super) fn stale(&self, specs: &[NamedSpec]) -> Vec<PathBuf> {
        let Some(target) = &self.target else { return Vec::new() };
        let gone =
            INFIXES.into_iter().filter(|one| specs.iter().all(|named| named.infix != Some(one)));
        let names = gone.map(|infix| file_name(&target.name, infix, self.format));
        names.map(|name| target.folder.join(name)).filter(|path| path.exists()).collect()
    }

    /// Prints or writes them, all or none: nothing is touched before all are known to be valid. Each comes
    /// with its infix.
    pub(super) fn put(&self, specs: &[NamedSpec], quiet: bool) -> Result<()> {
        let say = |text: &str| {
            if !quiet {
                note(text);
            }
        };
        let texts = specs.iter().map(|named| spec_text(&named.spec, self.format));
        let texts = texts.collect::<Result<Vec<_>, _>>().map_err(write::failure)?;
        let Some(target) = &self.target else {
            if self.dry_run {
                for NamedSpec { spec, .. } in specs {
                    say(&["dry run: would print ", &what(spec)].concat());
                }
                return Ok(());
            }
            let end = if self.format == Format::Json { "\n" } else { "" };
            return print(&texts.iter().fold(String::new(), |all, text| all + text + end));
        };
        let named = specs.iter().zip(texts);
        let files = named.map(|(NamedSpec { infix, spec }, text)| {
            Ok((spec, target.file(infix.unwrap_or_default(), self.format, text)?))
        });
        let files = files.collect::<Result<Vec<_>, Failure>>()?;
        if self.dry_run || self.diff {
            let changed = files.iter().filter(|(_, file)| file.is_changed);
            print(&changed.fold(String::new(), |all, (_, file)| all + &file.diff(self.format)))?;
        }
        for (spec, file) in &files {
            let shown = file.path.display();
            if !file.is_changed {
                say(&format!("{shown}: not changed"));
            } else if self.dry_run {
                say(&format!("dry run: {shown}: would be written: {}", what(spec)));
            } else {
                write_spec(&target.folder, &file.name, spec, &WriteOptions::default())
                    .map_err(write::failure)?;
                say(&format!("{shown}: written: {}", what(spec)));
            }
        }
        Ok(())
    }
}

impl Target {
    fn new(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(Failure::usage(format_args!(
                "--output {shown}: that is a directory; give the file's name"
            )));
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name else {
            return Err(Failure::usage(format_args!(
                "--output {shown}: give the file's name, in UTF-8"
            )));
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(Self { folder: folder.unwrap_or(Path::new(".")).to_owned(), name: name.to_owned() })
    }

    /// The file for the spec with this infix, and what is there now.
    fn file(&self, infix: &str, format: Format, after: String) -> Result<File, Failure> {
        let name = file_name(&self.name, infix, format);
        let path = self.folder.join(&name);
        let (before, mode) = match path.metadata() {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                (None, 0)
            }
            Err(error) => {
                let path = path.display();
                return Err(Failure::new(
                    Exit::CouldNot,
                    format_args!("{path}: cannot be read: {error}"),
                ));
            }
            Ok(facts) => {
                let bytes = input::read(&path, MAX_SPEC_BYTES)?.unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                (Some(text), facts.permissions().mode() & 0o7777)
            }
        };
        let is_same = before.as_ref() == Some(&after) && mode == WriteOptions::default().mode;
        Ok(File { name, path, before, after, is_changed: !is_same })
    }
}

impl File {
    /// JSON is compared indented: on one line everything would differ.
    fn diff(&self, format: Format) -> String {
        let lines = |text: &str| {
            let json = (format == Format::Json)
                .then(|| Spec::parse_unchecked(text.as_bytes(), format).ok())
                .flatten()
                .and_then(|spec| serde_json::to_string_pretty(&spec).ok());
            json.map_or_else(|| text.to_owned(), |json| json + "\n")
        };
        let before = self.before.as_deref().map(lines);
        unified(&self.path.to_string_lossy(), before.as_deref(), Some(&lines(&self.after)))
    }
}

/// The file's name with its infix, and with an ending that readers of CDI look at.
fn file_name(name: &str, infix: &str, format: Format) -> String {
    let (stem, ending) = match name.rfind('.').and_then(|at| name.split_at_checked(at)) {
        Some(parts) if !infix.is_empty() => parts,
        _ => (name, ""),
    };
    let name = [stem, infix, ending].concat();
    match Format::of_path(Path::new(&name)) {
        Some(_) => name,
        None if format == Format::Json => name + ".json",
        None => name + ".yaml",
    }
}

/// The notation that a name speaks of.
fn notation_of(name: &str) -> Option<Format> {
    let (_, ending) = name.rsplit_once('.')?;
    match ending.to_lowercase().as_str() {
        "json" => Some(Format::Json),
        "yaml" | "yml" => Some(Format::Yaml),
        _ => None,
    }
}

/// A spec in a few words.
fn what(spec: &Spec) -> String {
    let count = spec.devices.len();
    let devices = if count == 1 { "device" } else { "devices" };
    format!("{count} {devices} of {}, CDI {}", spec.kind, spec.cdi_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_ends_in_what_readers_look_at() {
        for (name, infix, format, file) in [
            ("x.yaml", "", Format::Yaml, "x.yaml"),
            ("x.json", "", Format::Json, "x.json"),
            ("x", "", Format::Yaml, "x.yaml"),
            ("x", "", Format::Json, "x.json"),
            ("x.yml", "", Format::Yaml, "x.yml.yaml"),
            ("x.JSON", "", Format::Json, "x.JSON.json"),
            ("x.v2", "", Format::Yaml, "x.v2.yaml"),
            ("x.json", ".coherent", Format::Json, "x.coherent.json"),
            ("x", ".coherent", Format::Yaml, "x.coherent.yaml"),
            ("x.v2", ".coherent", Format::Yaml, "x.coherent.v2.yaml"),
        ] {
            assert_eq!(file_name(name, infix, format), file, "{name}");
        }
    }

    #[test]
    fn a_name_speaks_of_a_notation() {
        for (name, format) in [
            ("x.yaml", Some(Format::Yaml)),
            ("x.yml", Some(Format::Yaml)),
            ("x.JSON", Some(Format::Json)),
            ("x", None),
            ("x.json.bak", None),
        ] {
            assert_eq!(notation_of(name), format, "{name}");
        }
    }
}
