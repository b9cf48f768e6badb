//! A grant to add device nodes: `"HOST"`, `"HOST => CONTAINER"`, and either with ` : rw` after it.
//! `HOST` may be below a named root: `"dev-root:/dev/acme*"`.

use std::fmt;
use std::str::FromStr;

use super::Pattern;
use super::host_path::path_pattern;
use super::path::is_normal;
use super::{HostPath, HostPattern};

/// Which device nodes may be added. Type, major and minor are never the modifier's to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceNodeGrant {
    /// The node's path on the host, after links were resolved.
    pub host: HostPattern,
    /// Its path in the container; `None`: any.
    pub container: Option<Pattern>,
    /// What the cgroup rule may allow; `None`: all.
    pub permissions: Option<Permissions>,
}

/// Permissions of a cgroup rule: a set of `r`, `w` and `m`, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions(u8);

impl DeviceNodeGrant {
    /// Whether a node with these paths may be added, with some permissions.
    #[must_use]
    pub fn paths<'a>(&self, host: impl Into<HostPath<'a>>, container: &str) -> bool {
        is_normal(container)
            && self.host.matches(host.into())
            && self.container.as_ref().is_none_or(|pattern| pattern.matches(container))
    }

    /// Whether this node may be added with these permissions; `None` stands for `rwm`.
    #[must_use]
    pub fn allows<'a>(
        &self,
        host: impl Into<HostPath<'a>>,
        container: &str,
        permissions: Option<&str>,
    ) -> bool {
        let Ok(asked) = permissions.unwrap_or("rwm").parse::<Permissions>() else {
            return false;
        };
        self.paths(host, container) && self.permissions.is_none_or(|most| most.contains(asked))
    }
}

impl Permissions {
    /// Whether every permission of `other` is in it.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl FromStr for Permissions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut set = 0;
        for c in text.chars() {
            set |= match c {
                'r' => 1,
                'w' => 2,
                'm' => 4,
                _ => {
                    return Err(format!("has {c:?} in its permissions; they are of r, w and m"));
                }
            };
        }
        if set == 0 {
            return Err("has empty permissions; they are of r, w and m".into());
        }
        Ok(Self(set))
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (bit, c) in [(1, "r"), (2, "w"), (4, "m")] {
            if self.0 & bit != 0 {
                f.write_str(c)?;
            }
        }
        Ok(())
    }
}

impl FromStr for DeviceNodeGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (paths, permissions) = split_options(text);
        let (host, container) = split_arrow(paths);
        Ok(Self {
            host: host.parse()?,
            container: container.map(path_pattern).transpose()?,
            permissions: permissions.map(str::parse).transpose()?,
        })
    }
}

impl fmt::Display for DeviceNodeGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        if let Some(container) = &self.container {
            write!(f, " => {}", container.as_str())?;
        }
        if let Some(permissions) = self.permissions {
            write!(f, " : {permissions}")?;
        }
        Ok(())
    }
}

/// Splits ` : OPTIONS` off; the blanks count, since paths may have colons.
pub(super) fn split_options(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(" : ") {
        Some((paths, options)) => (paths.trim(), Some(options.trim())),
        None => match text.trim_end().strip_suffix(" :") {
            Some(paths) => (paths.trim(), Some("")),
            None => (text.trim(), None),
        },
    }
}

/// Splits at ` => `.
pub(super) fn split_arrow(text: &str) -> (&str, Option<&str>) {
    match text.split_once(" => ") {
        Some((host, container)) => (host.trim(), Some(container.trim())),
        None => (text, None),
    }
}
