//! A grant to add bind mounts: `"SRC => DST"`, or `"SRC => DST : ro,nosuid"`. `SRC` may be below a
//! named root: `"driver-root:/opt/acme/** => /opt/acme/** : ro"`.

use std::fmt;
use std::str::FromStr;

use super::device_node::{split_arrow, split_options};
use super::host_path::path_pattern;
use super::path::is_normal;
use super::{HostPath, HostPattern, Pattern};

/// Which bind mounts may be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountGrant {
    /// The source on the host, after links were resolved.
    pub source: HostPattern,
    /// The destination in the container.
    pub destination: Pattern,
    /// The only options that may be used; `None`: any [`MountOption`].
    pub options: Option<Vec<MountOption>>,
}

macro_rules! mount_options {
    ($($variant:ident = $name:literal,)*) => {
        /// The options that a bind mount of a modifier can have. No other is ever allowed: none here
        /// propagates mounts, and none changes the file system itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "named as in mount(8)")]
        pub enum MountOption { $($variant,)* }

        impl MountOption {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name, as in mount(8).
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

mount_options! {
    Ro = "ro", Rw = "rw",
    NoSuid = "nosuid", Suid = "suid",
    NoDev = "nodev", Dev = "dev",
    NoExec = "noexec", Exec = "exec",
    Bind = "bind", RBind = "rbind",
    Private = "private", RPrivate = "rprivate",
    RelATime = "relatime", NoATime = "noatime", NoDirATime = "nodiratime",
}

impl MountOption {
    /// The option of that name, if it is one that a modifier can use.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// What a mount is that does not have this option and not its opposite, where that is more than
    /// the option leaves: without `ro` it is writable.
    fn opposite(self) -> Option<Self> {
        match self {
            Self::Ro => Some(Self::Rw),
            Self::NoSuid => Some(Self::Suid),
            Self::NoDev => Some(Self::Dev),
            Self::NoExec => Some(Self::Exec),
            _ => None,
        }
    }
}

impl MountGrant {
    /// Whether a mount with these paths may be added, with some options.
    #[must_use]
    pub fn paths<'a>(&self, source: impl Into<HostPath<'a>>, destination: &str) -> bool {
        is_normal(destination)
            && self.source.matches(source.into())
            && self.destination.matches(destination)
    }

    /// Whether this mount may be added.
    ///
    /// Where the grant lists options, the mount may have no other (`bind` apart: it always is one);
    /// and what the grant restricts, the mount must restrict: `ro` in the grant without `rw` means
    /// that the mount must have `ro`, since without it would be writable. So for `nosuid`, `nodev`
    /// and `noexec`.
    #[must_use]
    pub fn allows<'a, S: AsRef<str>>(
        &self,
        source: impl Into<HostPath<'a>>,
        destination: &str,
        options: &[S],
    ) -> bool {
        let asked: Option<Vec<MountOption>> =
            options.iter().map(|name| MountOption::from_name(name.as_ref())).collect();
        asked.is_some_and(|asked| self.paths(source, destination) && self.options_allow(&asked))
    }

    fn options_allow(&self, asked: &[MountOption]) -> bool {
        let Some(granted) = &self.options else {
            return true;
        };
        let only_granted =
            asked.iter().all(|one| *one == MountOption::Bind || granted.contains(one));
        let as_restricted = granted.iter().all(|one| match one.opposite() {
            Some(opposite) => granted.contains(&opposite) || asked.contains(one),
            None => true,
        });
        only_granted && as_restricted
    }
}

impl FromStr for MountGrant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (paths, options) = split_options(text);
        let (source, Some(destination)) = split_arrow(paths) else {
            return Err("has no destination; write `SRC => DST` or `SRC => DST : ro`".into());
        };
        Ok(Self {
            source: source.parse()?,
            destination: path_pattern(destination)?,
            options: options.map(parse_options).transpose()?,
        })
    }
}

fn parse_options(text: &str) -> Result<Vec<MountOption>, String> {
    text.split(',')
        .map(|name| {
            let name = name.trim();
            MountOption::from_name(name).ok_or_else(|| {
                let names: Vec<_> = MountOption::ALL.iter().map(|one| one.name()).collect();
                format!("has the mount option {name:?}; there are {}", names.join(", "))
            })
        })
        .collect()
}

impl fmt::Display for MountGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} => {}", self.source, self.destination.as_str())?;
        if let Some(options) = &self.options {
            let names: Vec<_> = options.iter().map(|one| one.name()).collect();
            write!(f, " : {}", names.join(","))?;
        }
        Ok(())
    }
}
