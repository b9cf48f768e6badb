//! The text of one CSV list: `TYPE,PATH` lines. Pure, so that whoever grants what a list names reads
//! it as the discovery does.

/// What a line names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `dev`: a character device, below the dev root.
    Device,
    /// `dir`: a directory.
    Directory,
    /// `lib`: a library or another file, links followed.
    Library,
    /// `sym`: a link, which is made again in the container, and what it leads to.
    Link,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it names.
    pub kind: Kind,
    /// Where, relative to the root: absolute, without `.`, `..`, empty elements and control characters.
    pub path: String,
}

/// A list, and what was wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// How many lines are neither that nor a comment.
    pub bad: usize,
    /// The number of the first of these, from 1, and what is wrong with it.
    pub first_bad: Option<(usize, &'static str)>,
}

/// Bytes of a path and of one element, as in Linux.
const MOST_BYTES: usize = 4095;
const MOST_NAME: usize = 255;

/// Reads a list of up to `most` lines that name something; `None` where there are more.
#[must_use]
pub fn parse(content: &[u8], most: usize) -> Option<List> {
    let mut list = List::default();
    for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        match parse_line(line) {
            Ok(None) => {}
            Ok(Some(_)) if list.lines.len() == most => return None,
            Ok(Some(line)) => list.lines.push(line),
            Err(why) => {
                list.bad += 1;
                list.first_bad.get_or_insert((number, why));
            }
        }
    }
    Some(list)
}

/// One line; `None` for an empty one and a comment.
fn parse_line(line: &[u8]) -> Result<Option<Line>, &'static str> {
    let line = str::from_utf8(line).map_err(|_| "it is no UTF-8")?.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (kind, path) = line.split_once(',').ok_or("it is not TYPE,PATH")?;
    let kind = match kind.trim() {
        "dev" => Kind::Device,
        "dir" => Kind::Directory,
        "lib" => Kind::Library,
        "sym" => Kind::Link,
        _ => return Err("its type is none of dev, dir, lib and sym"),
    };
    let path = normal(path.trim())?;
    Ok(Some(Line { kind, path }))
}

/// The path with one `/` between elements.
fn normal(path: &str) -> Result<String, &'static str> {
    if !path.starts_with('/') {
        return Err("its path does not begin with `/`");
    }
    if path.len() > MOST_BYTES {
        return Err("its path is too long");
    }
    if path.contains(char::is_control) {
        return Err("its path has control characters");
    }
    let mut normal = String::with_capacity(path.len());
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => return Err("its path has `..`"),
            _ if element.len() > MOST_NAME => return Err("its path is too long"),
            _ => {
                normal.push('/');
                normal.push_str(element);
            }
        }
    }
    if normal.is_empty() { Err("its path is the root itself") } else { Ok(normal) }
}
