//! Which file the configuration is read from.

use std::ffi::OsString;
use std::path::PathBuf;

use super::profile::ProfileName;
use crate::trust::Trust;
use crate::user_namespace::overflow_uid;

/// What of the process decides where the configuration is: plain data, so that tests can give it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `GANTRY_CONFIG`.
    pub gantry_config: Option<OsString>,
    /// `XDG_CONFIG_HOME`.
    pub xdg_config_home: Option<OsString>,
    /// `XDG_DATA_HOME`.
    pub xdg_data_home: Option<OsString>,
    /// `HOME`.
    pub home: Option<OsString>,
    /// The effective user id.
    pub euid: u32,
    /// In a user namespace: the id that files of unmapped users (and so of the host's root) show as
    /// their owner. `None` outside of one.
    pub overflow_uid: Option<u32>,
}

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            gantry_config: std::env::var_os("GANTRY_CONFIG"),
            xdg_config_home: std::env::var_os("XDG_CONFIG_HOME"),
            xdg_data_home: std::env::var_os("XDG_DATA_HOME"),
            home: std::env::var_os("HOME"),
            euid: rustix::process::geteuid().as_raw(),
            overflow_uid: overflow_uid(),
        }
    }

    /// Whose files are believed: root's, our own, and, in a user namespace, those whose owner it
    /// cannot name.
    #[must_use]
    pub fn trust(&self) -> Trust {
        Trust::new(self.euid, self.overflow_uid)
    }

    /// Where modifiers are stored unless the configuration says: `/var/lib/gantry/modifiers`; rootless,
    /// the user's own `$XDG_DATA_HOME/gantry/modifiers`, by default below `~/.local/share`. `None`
    /// where the environment does not tell.
    #[must_use]
    pub fn store(&self) -> Option<PathBuf> {
        if !self.is_rootless() {
            return Some(PathBuf::from("/var/lib/gantry/modifiers"));
        }
        self.of_user(self.xdg_data_home.as_ref(), ".local/share")
            .map(|data| data.join("gantry/modifiers"))
    }

    /// A folder of the user's: what a variable names, else one below the home.
    fn of_user(&self, variable: Option<&OsString>, below_home: &str) -> Option<PathBuf> {
        let set = |value: Option<&OsString>| value.filter(|one| !one.is_empty()).cloned();
        // A relative path is to be ignored (XDG Base Directory Specification).
        let named = set(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || set(self.home.as_ref()).map(|home| PathBuf::from(home).join(below_home));
        named.or_else(home).filter(|path| path.is_absolute())
    }

    /// Whether we are not the host's root: another user, or root of a user namespace.
    #[must_use]
    pub fn is_rootless(&self) -> bool {
        self.euid != 0 || self.overflow_uid.is_some()
    }
}

/// Where the configuration is looked for, and who may have written it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSource {
    candidates: Vec<PathBuf>,
    required: bool,
    pub(super) trust: Trust,
    pub(super) profile: Option<ProfileName>,
}

impl ConfigSource {
    /// The file that `GANTRY_CONFIG` names and no other; else, rootless, the user's own
    /// (`$XDG_CONFIG_HOME/gantry/config.toml`, by default below `~/.config`); else
    /// `/etc/gantry/config.toml`; else the built-in configuration.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        let set = |value: &Option<OsString>| value.clone().filter(|one| !one.is_empty());
        if let Some(path) = set(&environment.gantry_config) {
            return Self::file(path, environment);
        }
        let mut candidates = Vec::with_capacity(2);
        if environment.is_rootless() {
            let user = environment.of_user(environment.xdg_config_home.as_ref(), ".config");
            candidates.extend(user.map(|folder| folder.join("gantry/config.toml")));
        }
        candidates.push(PathBuf::from("/etc/gantry/config.toml"));
        Self { candidates, required: false, trust: environment.trust(), profile: None }
    }

    /// This file, which must be there.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>, environment: &Environment) -> Self {
        let trust = environment.trust();
        Self { candidates: vec![path.into()], required: true, trust, profile: None }
    }

    /// The same, with a profile of it laid over it; it is an error when it is not there.
    #[must_use]
    pub fn with_profile(self, profile: Option<ProfileName>) -> Self {
        Self { profile, ..self }
    }

    /// The files that are tried; the first that is there counts.
    #[must_use]
    pub fn candidates(&self) -> &[PathBuf] {
        &self.candidates
    }

    /// Whether it is an error when none is there.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }
}
