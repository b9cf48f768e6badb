//! The CSV lists, read and put together.

use super::list::{self, Kind};
use crate::{FileKind, Files, Root};

/// Bytes of all lists together; a Jetson has about 100 kB.
const MOST_BYTES: u32 = (1 << 20) - 1;

/// Lines of all lists together that name something; a Jetson has about 1,500.
const MOST_LINES: usize = 16 * 1024;

/// The lists that count where not all are asked for.
const BASE: [&str; 3] = ["/devices.csv", "/drivers.csv", "/l4t.csv"];

/// Which lists are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// `l4t.csv`, `drivers.csv` and `devices.csv` of a folder.
    Base(Root),
    /// All lists of a folder.
    All(Root),
    /// These, below a root, in this order.
    These(Root, &'a [String]),
}

/// What the lists name, by type, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) devices: Vec<String>,
    pub(super) directories: Vec<String>,
    pub(super) libraries: Vec<String>,
    pub(super) links: Vec<String>,
}

impl Lists {
    /// Reads the lists. One that names nothing is skipped.
    pub(super) fn read<F: Files>(files: &mut F, source: Source<'_>) -> Result<Self, F::Error> {
        let (root, names) = match source {
            Source::Base(folder) => (folder, BASE.map(Into::into).into()),
            Source::All(folder) => (folder, all_lists(files, folder)?),
            Source::These(root, paths) => (root, paths.to_vec()),
        };
        let shown = |name: &str| match source {
            Source::These(..) => name.to_owned(),
            Source::Base(folder) | Source::All(folder) => [folder.name(), ":", name].concat(),
        };
        let mut lists = Self::default();
        let (mut bytes_left, mut lines_left, mut there) = (MOST_BYTES, MOST_LINES, false);
        let mut missing = Vec::new();
        for name in names {
            let Some(content) = files.read(root, &name, bytes_left + 1)? else {
                missing.push(name);
                continue;
            };
            there = true;
            let shown = shown(&name);
            let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
            bytes_left = bytes_left.checked_sub(size).ok_or_else(|| {
                format!("{shown}: the CSV lists have more than {MOST_BYTES} bytes")
            })?;
            let list = list::parse(&content, lines_left).ok_or_else(|| {
                format!("{shown}: the CSV lists have more than {MOST_LINES} lines")
            })?;
            lines_left -= list.lines.len();
            if let Some((line, why)) = list.first_bad {
                files.warn(&format!(
                    "{shown}: {} lines are skipped, the first is line {line}: {why}",
                    list.bad,
                ));
            } else if list.lines.is_empty() {
                files.warn(&format!("{shown} is skipped: it is empty"));
            }
            for line in list.lines {
                lists.of(line.kind).push(line.path);
            }
        }
        match source {
            Source::Base(folder) | Source::All(folder) if !there => {
                files.warn(&format!("there are no CSV lists in {}", folder.name()));
            }
            Source::Base(_) | Source::All(_) => {}
            Source::These(..) => {
                // Hardly a system has all three base lists.
                let base = |name: &String| BASE.iter().any(|base| name.ends_with(base));
                for name in missing.iter().filter(|name| !there || !base(name)) {
                    files.warn(&[name, " is no file: it names nothing"].concat());
                }
            }
        }
        Ok(lists)
    }

    fn of(&mut self, kind: Kind) -> &mut Vec<String> {
        match kind {
            Kind::Device => &mut self.devices,
            Kind::Directory => &mut self.directories,
            Kind::Library => &mut self.libraries,
            Kind::Link => &mut self.links,
        }
    }
}

/// All lists of a folder, by name.
fn all_lists<F: Files>(files: &mut F, folder: Root) -> Result<Vec<String>, F::Error> {
    let list = |kind| matches!(kind, FileKind::File | FileKind::Link);
    let entries = files.glob(folder, "/*.csv")?.into_iter();
    let lists = entries.filter(|entry| list(entry.kind) && entry.path != "/.csv");
    Ok(lists.map(|entry| entry.path).collect())
}
