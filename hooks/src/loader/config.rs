//! `/etc/ld.so.conf` and what it includes: the directories that `ldconfig` searches.
//!
//! All of it is the image's text. So it is read here, within limits, and `ldconfig` is given a flat list.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::glob::{expand, matches};
use crate::container_root::{ContainerRoot, open_regular};
use crate::log::Log;

/// A line that says something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Line<'t> {
    /// A directory to search, by an absolute path without slashes at its end.
    Directory(&'t [u8]),
    /// Files to read here, by patterns.
    Include(Vec<&'t [u8]>),
}

/// The lines of a configuration; those that `ldconfig` would complain of are left out.
pub fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    text.split(|&byte| byte == b'\n').filter_map(line)
}

fn line(line: &[u8]) -> Option<Line<'_>> {
    let line = line.split(|&byte| byte == b'#').next()?.trim_ascii();
    if line.contains(&0) {
        return None;
    }
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    match line.strip_prefix(b"include") {
        Some(rest) if rest.first().is_some_and(is_blank) => {
            let patterns = rest.split(is_blank).filter(|pattern| !pattern.is_empty());
            Some(Line::Include(patterns.collect()))
        }
        _ if line.first() == Some(&b'/') => {
            let is_end = |byte: &u8| *byte == b'/' || is_blank(byte);
            let end = line.iter().rposition(|byte| !is_end(byte)).map_or(1, |at| at + 1);
            Some(Line::Directory(line.get(..end)?))
        }
        _ => None,
    }
}

/// How much is read at most, of everything, and for how long. A real configuration has a dozen files and
/// directories, and takes no time.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) until: Instant,
    pub(super) files: usize,
    pub(super) bytes: usize,
    /// Bytes of the paths that are listed for patterns, and what that costs besides.
    pub(super) listed: usize,
    pub(super) directories: usize,
    pub(super) cut: bool,
}

impl Budget {
    fn new() -> Self {
        Self {
            until: Instant::now() + Duration::from_secs(2),
            files: 4096,
            bytes: 4 << 20,
            listed: 32 << 20,
            directories: 4096,
            cut: false,
        }
    }

    /// Whether nothing is read any more.
    fn is_over(&mut self) -> bool {
        let over = self.files == 0 || Instant::now() >= self.until;
        self.cut |= over;
        over
    }

    /// Takes a file.
    fn file(&mut self) -> bool {
        let left = take(&mut self.files, 1);
        self.cut |= !left;
        left && !self.is_over()
    }

    /// Takes a directory that is named.
    fn directory(&mut self) -> bool {
        let left = take(&mut self.directories, 1);
        self.cut |= !left;
        left
    }

    /// Takes what it costs to list something.
    pub(super) fn list(&mut self, cost: usize) -> bool {
        let left = take(&mut self.listed, cost);
        self.cut |= !left;
        left && !self.is_over()
    }
}

/// Takes from something that there is `left` of; what is not enough is gone, too.
fn take(left: &mut usize, cost: usize) -> bool {
    let after = left.checked_sub(cost);
    *left = after.unwrap_or(0);
    after.is_some()
}

const MOST_DEPTH: usize = 16;

/// The directories that a container's configuration names, in its order.
#[derive(Debug, Default)]
pub struct Config {
    /// Each of them once.
    pub directories: Vec<PathBuf>,
    /// How many of them come before what one more file would name; `None` where it would not be read.
    pub before: Option<usize>,
}

impl Config {
    /// Reads the configuration that starts at `path`, where `fresh` is one more file of it. What cannot be
    /// read counts as empty; `text` is what stands at `path` where nothing is yet.
    #[must_use]
    pub fn read(
        root: &ContainerRoot,
        path: &Path,
        text: Option<&[u8]>,
        fresh: &Path,
        log: Log,
    ) -> Self {
        let mut reader = Reader {
            root,
            fresh,
            log,
            budget: Budget::new(),
            files: HashSet::new(),
            known: HashSet::new(),
            config: Self::default(),
        };
        match text {
            Some(text) => reader.lines(path, text, 0),
            None => reader.file(path, 0),
        }
        if reader.budget.cut {
            log.warn(&format!(
                "{path:?} in the container: too much is in it, the rest is left out"
            ));
        }
        reader.config
    }
}

struct Reader<'r> {
    root: &'r ContainerRoot,
    fresh: &'r Path,
    log: Log,
    budget: Budget,
    /// The files that were read, by device and inode.
    files: HashSet<(u64, u64)>,
    known: HashSet<Vec<u8>>,
    config: Config,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path, depth: usize) {
        if depth > MOST_DEPTH || !self.budget.file() {
            self.budget.cut = true;
            return;
        }
        let text = match self.text(path) {
            Ok(text) => text,
            Err(error) => {
                let text = format!("{path:?} in the container is left out: {error}");
                if error.kind() == io::ErrorKind::NotFound {
                    self.log.debug(&text);
                } else {
                    self.log.warn(&text);
                }
                return;
            }
        };
        self.lines(path, &text, depth);
    }

    fn lines(&mut self, path: &Path, text: &[u8], depth: usize) {
        for line in lines(text) {
            if self.budget.is_over() {
                return;
            }
            match line {
                Line::Directory(directory) => self.directory(directory),
                Line::Include(patterns) => {
                    for pattern in patterns {
                        if self.budget.is_over() {
                            return;
                        }
                        let beside = path.parent().unwrap_or(Path::new("/"));
                        self.include(&beside.join(OsStr::from_bytes(pattern)), depth);
                    }
                }
            }
        }
    }

    fn include(&mut self, pattern: &Path, depth: usize) {
        let files = expand(self.root, pattern, &mut self.budget);
        let place = stands_for(pattern, self.fresh)
            .then(|| files.partition_point(|file| file.as_path() <= self.fresh));
        for (at, file) in files.iter().enumerate() {
            self.place(place == Some(at));
            self.file(file, depth + 1);
        }
        self.place(place == Some(files.len()));
    }

    /// Notes where the one more file would be read first.
    fn place(&mut self, here: bool) {
        if here {
            self.config.before.get_or_insert(self.config.directories.len());
        }
    }

    fn directory(&mut self, directory: &[u8]) {
        if !self.known.contains(directory) && self.budget.directory() {
            self.known.insert(directory.to_vec());
            self.config.directories.push(OsStr::from_bytes(directory).into());
        }
    }

    /// The text of a file; empty where it was read before.
    fn text(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        let handle = self.root.resolve(path)?;
        let stat = rustix::fs::fstat(&handle)?;
        if !self.files.insert((stat.st_dev, stat.st_ino)) {
            return Ok(Vec::new());
        }
        let mut text = Vec::new();
        let most = self.budget.bytes as u64 + 1;
        open_regular(handle)?.take(most).read_to_end(&mut text)?;
        if text.len() > self.budget.bytes {
            self.budget.cut = true;
            text.truncate(self.budget.bytes);
            // Not a part of its last line.
            text.truncate(text.iter().rposition(|&byte| byte == b'\n').unwrap_or(0));
        }
        self.budget.bytes -= text.len();
        Ok(text)
    }
}

/// Whether a pattern stands for a path, going by their texts.
fn stands_for(pattern: &Path, path: &Path) -> bool {
    let bytes = |name: Option<&OsStr>| name.unwrap_or_default().as_bytes().to_vec();
    pattern.parent() == path.parent()
        && matches(&bytes(pattern.file_name()), &bytes(path.file_name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("/etc/ld.so.conf.d/*.conf", true),
            ("/etc//ld.so.conf.d/./*", true),
            ("/etc/ld.so.conf.d/00-gantry-hook.conf", true),
            ("/etc/ld.so.conf.d/[1-9]*.conf", false),
            ("/etc/ld.so.conf.d/*.cfg", false),
            ("/usr/ld.so.conf.d/*.conf", false),
            ("/", false),
        ];
        for (pattern, expected) in cases {
            let path = Path::new("/etc/ld.so.conf.d/00-gantry-hook.conf");
            assert_eq!(stands_for(Path::new(pattern), path), expected, "{pattern}");
        }
    }

    #[test]
    fn what_lines_say() {
        use Line::{Directory, Include};
        let cases: &[(&[u8], &[Line<'_>])] = &[
            (b"/usr/lib\n/opt/lib//\n", &[Directory(b"/usr/lib"), Directory(b"/opt/lib")]),
            (b" \t/usr/a b # c\r\n#/no\n\n", &[Directory(b"/usr/a b")]),
            (b"///\n/ /\n/a /", &[Directory(b"/"), Directory(b"/"), Directory(b"/a")]),
            (b"include a*.conf\t/b c", &[Include(vec![b"a*.conf", b"/b", b"c"])]),
            (b"include\nincluded x\nhwcap 0 x\nrelative/lib\n/a\0b", &[]),
            (b"include # x", &[]),
            (b"/lib=libc6", &[Directory(b"/lib=libc6")]),
            (b"\xff\n/\xff", &[Directory(b"/\xff")]),
        ];
        for (text, expected) in cases {
            assert_eq!(lines(text).collect::<Vec<_>>(), *expected, "{text:?}");
        }
    }
}
