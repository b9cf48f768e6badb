//! Reading the files, and laying them over one another.

use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::error::ConfigError;
use super::finish::finish;
use super::layer::{Kind, Layer};
use super::profile::{self, ProfileName};
use super::sections::{Log, Runtime};
use super::source::ConfigSource;
use super::{Config, decode, defaults};
use crate::trust::TrustError;

/// How many drop-ins are read.
const DROP_INS: usize = 256;

/// The configuration file, read once and not looked at yet: the wrapper first needs the low-level
/// runtime, and the rest only on `create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    source: ConfigSource,
    /// `None`: there is no file, and the built-in configuration holds.
    file: Option<(PathBuf, String)>,
}

impl ConfigFile {
    /// Reads it. It is an error when anybody else could have written it.
    pub fn read(source: ConfigSource) -> Result<Self, ConfigError> {
        Ok(Self { file: main_file(&source)?, source })
    }

    /// `[runtime]` and `[log]`, and nothing else. The text must be valid TOML.
    pub fn runtime(&self) -> Result<RuntimeConfig, ConfigError> {
        let (mut runtime, mut log) = (defaults::runtime(), defaults::log());
        let main = self.file.clone().map(|(path, text)| Layer { kind: Kind::Main, path, text });
        let profile = self.source.profile.as_ref().map(|name| layers_of(main.as_ref(), name));
        for layer in main.into_iter().chain(profile.transpose()?.into_iter().flatten()) {
            decode::apply_runtime(&layer.parse()?, &layer, &mut runtime, &mut log)?;
        }
        Ok(RuntimeConfig { runtime, log })
    }

    /// The low-level runtimes that the text names, in the profile if there is one, whatever else is
    /// wrong with it: those that made the containers which run. `None` where it names none that could be.
    #[must_use]
    pub fn low_level(&self, profile: Option<&ProfileName>) -> Option<Vec<String>> {
        let (path, text) = self.file.clone()?;
        let layer = Layer { kind: Kind::Main, path, text };
        let of_profile = profile
            .and_then(|name| layer.salvage(&["profiles", name.as_str(), "runtime", "low-level"]));
        of_profile.or_else(|| layer.salvage(&["runtime", "low-level"]))
    }

    /// The whole configuration: the built-in one, the drop-ins `conf.d/*.toml` beside the file, in the
    /// order of their names' bytes, and the file; then the source's profile, if it has one. Where
    /// there is no file, nothing else is read.
    pub fn config(self) -> Result<Config, ConfigError> {
        let mut layers = Vec::new();
        if let Some((path, text)) = self.file {
            layers = drop_ins(&self.source, &path)?;
            layers.push(Layer { kind: Kind::Main, path, text });
        }
        if let Some(name) = &self.source.profile {
            layers.extend(layers_of(layers.last(), name)?);
        }
        Config::of_layers(defaults::draft(), layers)
    }

    /// Its path and text; `None` where there is none, and the built-in configuration holds.
    #[must_use]
    pub fn file(&self) -> Option<(&Path, &str)> {
        self.file.as_ref().map(|(path, text)| (path.as_path(), text.as_str()))
    }

    /// As if this file had been read: to see what a change would mean before it is made.
    #[must_use]
    pub fn with_file(source: ConfigSource, path: PathBuf, text: String) -> Self {
        Self { source, file: Some((path, text)) }
    }
}

impl Config {
    /// Reads the configuration; see [`ConfigFile::config`].
    pub fn load(source: &ConfigSource) -> Result<Self, ConfigError> {
        ConfigFile::read(source.clone())?.config()
    }

    /// The built-in configuration.
    pub fn built_in() -> Result<Self, ConfigError> {
        finish(defaults::draft(), Vec::new())
    }

    /// The text that says what the built-in configuration is.
    #[must_use]
    pub fn built_in_text() -> &'static str {
        defaults::TEXT
    }

    /// The configuration that these texts make, each with the path that its errors name: the drop-ins
    /// in their order, then `config.toml`. Nothing is read.
    pub fn from_texts(
        drop_ins: impl IntoIterator<Item = (PathBuf, String)>,
        main: (PathBuf, String),
    ) -> Result<Self, ConfigError> {
        let layer = |kind, (path, text)| Layer { kind, path, text };
        let mut layers: Vec<_> = drop_ins.into_iter().map(|one| layer(Kind::DropIn, one)).collect();
        layers.push(layer(Kind::Main, main));
        Self::of_layers(defaults::draft(), layers)
    }

    /// As [`Self::from_texts`], with a profile of `config.toml`.
    pub fn from_texts_with_profile(
        drop_ins: impl IntoIterator<Item = (PathBuf, String)>,
        main: (PathBuf, String),
        profile: &ProfileName,
    ) -> Result<Self, ConfigError> {
        let layer = |kind, (path, text)| Layer { kind, path, text };
        let mut layers: Vec<_> = drop_ins.into_iter().map(|one| layer(Kind::DropIn, one)).collect();
        layers.push(layer(Kind::Main, main));
        layers.extend(layers_of(layers.last(), profile)?);
        Self::of_layers(defaults::draft(), layers)
    }

    pub(super) fn of_layers(mut draft: Draft, layers: Vec<Layer>) -> Result<Self, ConfigError> {
        for layer in &layers {
            decode::apply(&mut draft, layer)?;
        }
        finish(draft, layers)
    }
}

/// What a subcommand other than `create` needs: `[runtime]` and `[log]`. Drop-ins cannot set either,
/// so none is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeConfig {
    /// The low-level runtime.
    pub runtime: Runtime,
    /// The log.
    pub log: Log,
}

/// The layers of a profile, over that of its file. Whether the file has it is for the reader to say.
fn layers_of(main: Option<&Layer>, name: &ProfileName) -> Result<Vec<Layer>, ConfigError> {
    let layers = profile::layers(main, name);
    if layers.is_empty() { Err(profile::unknown(name, None, &[])) } else { Ok(layers) }
}

impl Default for RuntimeConfig {
    /// What is built in.
    fn default() -> Self {
        Self { runtime: defaults::runtime(), log: defaults::log() }
    }
}

/// The first candidate that is there.
fn main_file(source: &ConfigSource) -> Result<Option<(PathBuf, String)>, ConfigError> {
    for path in source.candidates() {
        if let Some(text) = source.trust.read_text(path)? {
            return Ok(Some((path.clone(), text)));
        }
    }
    match source.candidates().first() {
        Some(path) if source.is_required() => Err(ConfigError::Missing {
            path: path.clone(),
            remedy:
                "write it, or unset GANTRY_CONFIG (leave out --config) to use the default places"
                    .to_owned(),
        }),
        _ => Ok(None),
    }
}

/// The drop-ins beside a file.
fn drop_ins(source: &ConfigSource, main: &Path) -> Result<Vec<Layer>, ConfigError> {
    let folder = main.with_file_name("conf.d");
    let names = source.trust.list(&folder)?.unwrap_or_default();
    let mut layers = Vec::new();
    for name in names {
        let path = folder.join(&name);
        // A name that begins with `.` is an editor's.
        if name.as_encoded_bytes().starts_with(b".")
            || path.extension().is_none_or(|extension| extension != "toml")
        {
            continue;
        }
        if layers.len() == DROP_INS {
            return Err(ConfigError::Trust(TrustError::Read {
                path: folder,
                why: format!("has more than {DROP_INS} drop-ins"),
            }));
        }
        // A file that goes away in between is as if it had never been.
        if let Some(text) = source.trust.read_text(&path)? {
            layers.push(Layer { kind: Kind::DropIn, path, text });
        }
    }
    Ok(layers)
}
