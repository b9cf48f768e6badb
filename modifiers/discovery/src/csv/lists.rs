//! The CSV lists of a folder, read and put together.

use super::list::{self, Kind};
use crate::{FileKind, Files, Root};

/// Bytes of all lists together; a Jetson has about 100 kB.
const MOST_BYTES: u32 = (1 << 20) - 1;

/// Lines of all lists together that name something; a Jetson has about 1,500.
const MOST_LINES: usize = 16 * 1024;

/// The lists that count where not all are asked for.
const BASE: [&str; 3] = ["/devices.csv", "/drivers.csv", "/l4t.csv"];

/// What the lists name, by type, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lists {
    pub(super) devices: Vec<String>,
    pub(super) directories: Vec<String>,
    pub(super) libraries: Vec<String>,
    pub(super) links: Vec<String>,
}

impl Lists {
    /// Reads the base lists in a folder, or all. One that names nothing is skipped.
    pub(super) fn read<F: Files>(files: &mut F, folder: Root, all: bool) -> Result<Self, F::Error> {
        let names = if all { all_lists(files, folder)? } else { BASE.map(Into::into).into() };
        let mut lists = Self::default();
        let (mut bytes_left, mut lines_left, mut there) = (MOST_BYTES, MOST_LINES, false);
        for name in names {
            let Some(content) = files.read(folder, &name, bytes_left + 1)? else {
                continue;
            };
            there = true;
            let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
            bytes_left = bytes_left.checked_sub(size).ok_or_else(|| {
                format!("{}:{name}: the CSV lists have more than {MOST_BYTES} bytes", folder.name())
            })?;
            let list = list::parse(&content, lines_left).ok_or_else(|| {
                format!("{}:{name}: the CSV lists have more than {MOST_LINES} lines", folder.name())
            })?;
            lines_left -= list.lines.len();
            if let Some((line, why)) = list.first_bad {
                files.warn(&format!(
                    "{}:{name}: {} lines are skipped, the first is line {line}: {why}",
                    folder.name(),
                    list.bad,
                ));
            } else if list.lines.is_empty() {
                files.warn(&format!("{}:{name} is skipped: it is empty", folder.name()));
            }
            for line in list.lines {
                lists.of(line.kind).push(line.path);
            }
        }
        if !there {
            files.warn(&format!("there are no CSV lists in {}", folder.name()));
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
