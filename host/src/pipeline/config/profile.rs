//! Profiles: `[profiles.NAME]`, what is different for containers of one runtime class.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use super::error::ConfigError;
use super::layer::{Kind, Layer};
use crate::pipeline::grants::Mode;

/// What the wrapper is called, and before what a profile's name stands in its links: our own name, and
/// that of the runtime that it stands in for, so that replacing a binary switches an engine.
const WRAPPERS: [&str; 2] = ["gantry-runtime", "nvidia-container-runtime"];

/// The name of a profile: 1 to 64 lower-case letters, digits, `-` and `_`, beginning with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProfileName(Box<str>);

impl ProfileName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The profile that the name of a program asks for: `NAME` of `gantry-runtime.NAME` or
    /// `nvidia-container-runtime.NAME`, whatever directory stands before it. `None` where it asks for none.
    ///
    /// # Errors
    ///
    /// What is behind the dot is no name of a profile.
    #[must_use]
    pub fn of_program(program: &OsStr) -> Option<Result<Self, String>> {
        let name = Path::new(program).file_name()?.as_encoded_bytes();
        let name = WRAPPERS.iter().find_map(|wrapper| name.strip_prefix(wrapper.as_bytes()))?;
        let name = name.strip_prefix(b".")?;
        Some(String::from_utf8_lossy(name).parse())
    }
}

impl FromStr for ProfileName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=64).contains(&text.len())
            && !text.starts_with(['-', '_'])
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(format!(
                "{text:?} is no name of a profile: 1 to 64 lower-case letters, digits, `-` and `_`, a \
                 letter or digit first"
            ))
        }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The layers of a profile: what is built in for it, and what the file says. A profile that is called as
/// a mode is built in, and chooses that mode.
pub(super) fn layers(main: Option<&Layer>, name: &ProfileName) -> Vec<Layer> {
    let built_in = Mode::ALL.iter().any(|mode| mode.name() == name.as_str()).then(|| Layer {
        kind: Kind::Profile(name.clone()),
        path: "built-in configuration".into(),
        text: format!("[profiles.{name}.pipeline]\nfixed-mode = \"{name}\"\n"),
    });
    let own = main.filter(|main| built_in.is_none() || main.find(&["profiles", &name.0]).is_some());
    let own = own.map(|main| Layer { kind: Kind::Profile(name.clone()), ..main.clone() });
    built_in.into_iter().chain(own).collect()
}

/// The error of a profile that the configuration does not have.
pub(super) fn unknown(
    name: &ProfileName,
    file: Option<&Path>,
    known: &[ProfileName],
) -> ConfigError {
    let file = file
        .map_or_else(|| "the built-in configuration".to_owned(), |file| file.display().to_string());
    let remedy = if known.is_empty() {
        "there is none".to_owned()
    } else {
        format!("known: {}", known.iter().map(ProfileName::as_str).collect::<Vec<_>>().join(", "))
    };
    let name = name.to_string();
    ConfigError::UnknownProfile {
        remedy: format!(
            "{remedy}; write [profiles.{name}] there, or call the wrapper by another name"
        ),
        file,
        name,
    }
}
