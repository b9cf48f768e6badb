//! A host made up for a test: one root, which all roots are.

use std::collections::BTreeMap;

use crate::name::matches;
use crate::{Entry, FileKind, Files, Root};

/// What is at a path.
#[derive(Debug, Clone)]
enum Node {
    File { content: Vec<u8>, soname: Option<String> },
    Directory,
    Link(String),
    Device { number: (u32, u32), mode: u32, gid: u32 },
}

/// Files by path, and what was warned of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    nodes: BTreeMap<String, Node>,
    pub(crate) warnings: Vec<String>,
}

impl Memory {
    /// From lines: `/path`, a file; `/path/`, a directory; `/path -> target`, a link;
    /// `/path = soname`, a library; `/path c MAJOR MINOR MODE GID`, a device.
    pub(crate) fn new(lines: &str) -> Self {
        let mut memory = Self::default();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (path, node) = if let Some((path, target)) = line.split_once(" -> ") {
                (path, Node::Link(target.into()))
            } else if let Some((path, soname)) = line.split_once(" = ") {
                (path, Node::File { content: Vec::new(), soname: Some(soname.into()) })
            } else if let Some((path, numbers)) = line.split_once(" c ") {
                (path, device(numbers))
            } else if let Some(path) = line.strip_suffix('/') {
                (path, Node::Directory)
            } else {
                (line, Node::File { content: Vec::new(), soname: None })
            };
            memory.put(path, node);
        }
        memory
    }

    pub(crate) fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.put(path, Node::File { content: content.into(), soname: None });
        self
    }

    fn put(&mut self, path: &str, node: Node) {
        let parents = path.match_indices('/').skip(1).map(|(at, _)| &path[..at]);
        for parent in parents {
            self.nodes.entry(parent.into()).or_insert(Node::Directory);
        }
        self.nodes.insert(path.into(), node);
    }

    /// Follows links: all, or those of the directories.
    fn follow(&self, path: &str, last: bool) -> Option<String> {
        let mut rest: Vec<String> = path.rsplit('/').map(Into::into).collect();
        let mut walked = String::new();
        let mut links = 0;
        while let Some(element) = rest.pop() {
            match element.as_str() {
                "" => continue,
                ".." => {
                    walked.truncate(walked.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => walked = format!("{walked}/{element}"),
            }
            match self.nodes.get(&walked) {
                Some(Node::Link(target)) if last || !rest.is_empty() => {
                    links += 1;
                    if links > 40 {
                        return None;
                    }
                    walked.truncate(walked.rfind('/').unwrap_or(0));
                    if target.starts_with('/') {
                        walked.clear();
                    }
                    rest.extend(target.rsplit('/').map(Into::into));
                }
                Some(_) => {}
                None => return None,
            }
        }
        Some(walked)
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        let (kind, mode, gid, (major, minor)) = match self.nodes.get(path)? {
            Node::File { .. } if path.contains("/bin/") => (FileKind::File, 0o755, 0, (0, 0)),
            Node::File { .. } => (FileKind::File, 0o644, 0, (0, 0)),
            Node::Directory => (FileKind::Directory, 0o755, 0, (0, 0)),
            Node::Link(_) => (FileKind::Link, 0o777, 0, (0, 0)),
            Node::Device { number, mode, gid } => (FileKind::CharDevice, *mode, *gid, *number),
        };
        Some(Entry { path: path.into(), kind, mode, uid: 0, gid, size: 0, major, minor })
    }
}

fn device(numbers: &str) -> Node {
    let mut words = numbers.split(' ');
    let mut next = |radix| u32::from_str_radix(words.next().unwrap(), radix).unwrap();
    Node::Device { number: (next(10), next(10)), mode: next(8), gid: next(10) }
}

impl Files for Memory {
    type Error = String;

    fn glob(&mut self, _: Root, pattern: &str) -> Result<Vec<Entry>, String> {
        assert!(!pattern.contains("**"), "{pattern}");
        let star = pattern.find('*').unwrap_or(pattern.len());
        let (directory, rest) = pattern.split_at(pattern[..star].rfind('/').unwrap());
        let Some(directory) = self.follow(directory, true) else {
            return Ok(Vec::new());
        };
        let pattern = format!("{directory}{rest}");
        let like = |path: &str| {
            path.matches('/').count() == pattern.matches('/').count()
                && path.split('/').zip(pattern.split('/')).all(|(name, part)| matches(part, name))
        };
        Ok(self
            .nodes
            .keys()
            .filter(|path| like(path))
            .filter_map(|path| self.entry(path))
            .collect())
    }

    fn stat(&mut self, _: Root, paths: &[&str]) -> Result<Vec<Option<Entry>>, String> {
        assert!(paths.len() <= 4096, "more than a host answers");
        Ok(paths.iter().map(|path| self.entry(&self.follow(path, false)?)).collect())
    }

    fn read_link(&mut self, _: Root, path: &str) -> Result<String, String> {
        match self.follow(path, false).and_then(|path| self.nodes.get(&path)) {
            Some(Node::Link(target)) => Ok(target.clone()),
            _ => Err(format!("{path} is not a link")),
        }
    }

    fn resolve(&mut self, _: Root, path: &str) -> Result<Option<String>, String> {
        Ok(self.follow(path, true))
    }

    fn read(&mut self, _: Root, path: &str, most: u32) -> Result<Option<Vec<u8>>, String> {
        Ok(self.follow(path, true).and_then(|path| match self.nodes.get(&path) {
            Some(Node::File { content, .. }) => {
                Some(content.iter().take(most as usize).copied().collect())
            }
            _ => None,
        }))
    }

    fn soname(&mut self, _: Root, path: &str) -> Result<Option<String>, String> {
        Ok(self.follow(path, true).and_then(|path| match self.nodes.get(&path) {
            Some(Node::File { soname, .. }) => soname.clone(),
            _ => None,
        }))
    }

    fn warn(&mut self, message: &str) {
        self.warnings.push(message.into());
    }
}
