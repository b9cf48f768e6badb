//! The files of a made-up host below one root: found, followed and read as the host does it.

use std::collections::BTreeMap;

use super::patterns::matches;
use crate::bindings::gantry::modifier::types::Error;
use crate::files::{Entry, FileKind};

/// Links that one path may lead through.
const MOST_LINKS: u32 = 40;

/// What is at a path.
#[derive(Debug, Clone)]
pub(super) enum Node {
    File { mode: u32, content: Vec<u8>, soname: Option<String> },
    Directory,
    Link { target: String },
    CharDevice { number: (u32, u32), mode: u32, gid: u32 },
}

/// The files below one root, by path.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree(BTreeMap<String, Node>);

impl Tree {
    /// Without files.
    pub(super) const EMPTY: Self = Self(BTreeMap::new());

    /// Adds what is at a path, and the directories above it.
    pub(super) fn put(&mut self, path: &str, node: Node) {
        if let Some((parent, _)) = path.rsplit_once('/')
            && !parent.is_empty()
            && !self.0.contains_key(parent)
        {
            self.put(parent, Node::Directory);
        }
        self.0.insert(path.into(), node);
    }

    /// The path with the links of its directories followed, not its last element; as it is where
    /// these lead nowhere.
    pub(super) fn entry_path(&self, path: &str) -> String {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = if parent.is_empty() { Ok(String::new()) } else { self.resolve(parent) };
        parent.map_or_else(|_| path.into(), |parent| join(&parent, name))
    }

    /// Where a link leads, with the links of its directories followed.
    pub(super) fn next(&self, link: &str, target: &str) -> String {
        let mut elements: Vec<&str> = Vec::new();
        let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
        let folder = if target.starts_with('/') { "" } else { folder };
        for element in folder.split('/').chain(target.split('/')) {
            match element {
                "" | "." => {}
                ".." => drop(elements.pop()),
                _ => elements.push(element),
            }
        }
        self.entry_path(&["/", &elements.join("/")].concat())
    }

    /// The path that is left when all links are followed.
    pub(super) fn resolve(&self, path: &str) -> Result<String, Error> {
        let mut links = 0;
        // What is left to walk, the next element last.
        let mut rest: Vec<String> = elements(path);
        let mut walked: Vec<String> = Vec::new();
        while let Some(element) = rest.pop() {
            match element.as_str() {
                "" | "." => continue,
                ".." => {
                    walked.pop();
                    continue;
                }
                _ => walked.push(element),
            }
            let here = self.0.get(&format!("/{}", walked.join("/"))).ok_or_else(|| absent(path))?;
            if let Node::Link { target } = here {
                links += 1;
                if links > MOST_LINKS {
                    return Err(Error::Invalid(format!("{path}: too many links")));
                }
                walked.pop();
                if target.starts_with('/') {
                    walked.clear();
                }
                rest.extend(elements(target));
            }
        }
        Ok(format!("/{}", walked.join("/")))
    }

    /// The directories of a pattern before its first star, links followed, and the rest as it is.
    pub(super) fn glob_pattern(&self, pattern: &str) -> String {
        let head = pattern.split('*').next().unwrap_or_default();
        let Some((directory, _)) = head.rsplit_once('/') else {
            return pattern.into();
        };
        let rest = pattern.get(directory.len()..).unwrap_or_default();
        let resolved = if directory.is_empty() { Ok("/".into()) } else { self.resolve(directory) };
        resolved.map_or_else(
            |_| pattern.into(),
            |directory| [directory.trim_end_matches('/'), rest].concat(),
        )
    }

    /// The entries whose path matches, sorted by path.
    pub(super) fn glob(&self, pattern: &str) -> Vec<Entry> {
        let these = self.0.iter().filter(|(path, _)| matches(pattern, path));
        these.map(|(path, node)| entry(path, node)).collect()
    }

    /// What is at a path, no link followed.
    pub(super) fn stat(&self, path: &str) -> Result<Option<Entry>, Error> {
        let folder = path.rsplit_once('/').and_then(|(folder, _)| self.0.get(folder));
        match folder {
            Some(Node::Directory) | None => Ok(self.0.get(path).map(|node| entry(path, node))),
            Some(_) => Err(Error::Invalid(format!("{path}: a part of it is not a directory"))),
        }
    }

    pub(super) fn read_link(&self, path: &str) -> Result<String, Error> {
        match self.at(path)? {
            Node::Link { target } => Ok(target.clone()),
            _ => Err(Error::Invalid(format!("{path} is not a link"))),
        }
    }

    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.file(path).map(|(content, _)| content.to_vec())
    }

    pub(super) fn soname(&self, path: &str) -> Result<Option<String>, Error> {
        self.file(path).map(|(_, soname)| soname.map(Into::into))
    }

    fn file(&self, path: &str) -> Result<(&[u8], Option<&str>), Error> {
        match self.at(path)? {
            Node::File { content, soname, .. } => Ok((content, soname.as_deref())),
            _ => Err(Error::Invalid(format!("{path} is not a regular file"))),
        }
    }

    fn at(&self, path: &str) -> Result<&Node, Error> {
        self.0.get(path).ok_or_else(|| absent(path))
    }
}

fn absent(path: &str) -> Error {
    Error::Absent(format!("{path} is not there"))
}

fn elements(path: &str) -> Vec<String> {
    path.split('/').rev().map(Into::into).collect()
}

fn join(directory: &str, name: &str) -> String {
    [directory.trim_end_matches('/'), "/", name].concat()
}

fn entry(path: &str, node: &Node) -> Entry {
    let (kind, mode, gid, size, (major, minor)) = match node {
        Node::File { mode, content, .. } => (FileKind::File, *mode, 0, content.len(), (0, 0)),
        Node::Directory => (FileKind::Directory, 0o755, 0, 0, (0, 0)),
        Node::Link { target } => (FileKind::Link, 0o777, 0, target.len(), (0, 0)),
        Node::CharDevice { number, mode, gid } => (FileKind::CharDevice, *mode, *gid, 0, *number),
    };
    Entry { path: path.into(), kind, mode, uid: 0, gid, size: size as u64, major, minor }
}

#[cfg(test)]
mod tests;
