//! The container's state, as the low-level runtime gives it to a hook, and the root that follows from it.
//!
//! Lenient: a field that does not matter may have any type, and what follows the first JSON value is not
//! read. In bounded memory: fields that do not matter are skipped as they are read.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// Bytes of a state, and of a `config.json`, that are read at most.
pub const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Why the container's root is not to be found.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file cannot be read.
    #[error("{what}: reading {path:?}: {source}")]
    Read {
        /// What the file is.
        what: &'static str,
        /// Its path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not what it should be.
    #[error("{what}: not valid: {source}")]
    Invalid {
        /// The state, or `config.json`.
        what: &'static str,
        /// Where and why.
        source: serde_json::Error,
    },
    /// It is too long.
    #[error("{what}: longer than {MOST_BYTES} bytes")]
    TooLong {
        /// The state, or `config.json`.
        what: &'static str,
    },
    /// A field that is needed is not as it must be.
    #[error("{what}: {field}: {why}")]
    Field {
        /// The state, or `config.json`.
        what: &'static str,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

const STATE: &str = "the container's state";
const CONFIG: &str = "the bundle's config.json";

/// What a hook needs of the container's state.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct State {
    bundle: Option<String>,
    /// What crun adds, because `config.json` may be out of reach in a user namespace.
    root: Option<String>,
}

impl State {
    /// Reads a state from a file, or from standard input where the name is empty or `-`.
    pub fn load(file: &Path) -> Result<Self, StateError> {
        if file.as_os_str().is_empty() || file.as_os_str() == "-" {
            return Self::read(io::stdin().lock());
        }
        let source = File::open(file);
        Self::read(source.map_err(|source| StateError::Read {
            what: STATE,
            path: file.into(),
            source,
        })?)
    }

    /// Reads a state: the first JSON value.
    pub fn read(from: impl Read) -> Result<Self, StateError> {
        parse(STATE, from)
    }

    /// The path of the container's root on the host: `root.path` of the bundle's `config.json`, or what
    /// the state itself says.
    pub fn root(&self) -> Result<PathBuf, StateError> {
        let bundle = Path::new(needed(STATE, "bundle", self.bundle.as_deref())?);
        if !bundle.is_absolute() {
            return Err(StateError::Field {
                what: STATE,
                field: "bundle",
                why: "not an absolute path",
            });
        }
        // The kernel resolves `..` from where the bundle really is, as runtimes do.
        match self.root.as_deref() {
            Some(root) if !root.is_empty() => Ok(bundle.join(root)),
            _ => {
                let path = bundle.join("config.json");
                let config: Config = parse(CONFIG, open_config(&path)?)?;
                let root = config.root.unwrap_or_default().path;
                Ok(bundle.join(needed(CONFIG, "root.path", root.as_deref())?))
            }
        }
    }
}

fn needed<'a>(
    what: &'static str,
    field: &'static str,
    value: Option<&'a str>,
) -> Result<&'a str, StateError> {
    let why = match value {
        Some("") => "empty",
        Some(value) if value.contains('\0') => "with a NUL byte",
        Some(value) => return Ok(value),
        None => "missing",
    };
    Err(StateError::Field { what, field, why })
}

/// Opens a file that has to be regular: not one to wait for.
fn open_config(path: &Path) -> Result<File, StateError> {
    let failed = |source| StateError::Read { what: CONFIG, path: path.into(), source };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file =
        rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| failed(errno.into()))?;
    let stat = rustix::fs::fstat(&file).map_err(|errno| failed(errno.into()))?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(failed(io::Error::other("not a regular file")));
    }
    Ok(file.into())
}

/// Reads the first JSON value, and nothing after it.
fn parse<T: for<'de> Deserialize<'de>>(
    what: &'static str,
    from: impl Read,
) -> Result<T, StateError> {
    let mut limited = from.take(MOST_BYTES);
    let mut reader = serde_json::Deserializer::from_reader(BufReader::new(&mut limited));
    let value = T::deserialize(&mut reader);
    value.map_err(|source| {
        if limited.limit() == 0 {
            return StateError::TooLong { what };
        }
        StateError::Invalid { what, source }
    })
}

/// What a hook needs of `config.json`; whatever else stands there, now or in later versions, is skipped.
#[derive(Default)]
struct Config {
    root: Option<ConfigRoot>,
}

#[derive(Default)]
struct ConfigRoot {
    path: Option<String>,
}

/// Implements `Deserialize` by hand: of fields that stand there twice the last one counts, where derived
/// code would fail.
macro_rules! lenient {
    ($type:ident, $expected:literal, $($key:literal => $field:ident),+) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Fields;
                impl<'de> Visitor<'de> for Fields {
                    type Value = $type;

                    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                        to.write_str($expected)
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        let mut found = $type::default();
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $($key => found.$field = map.next_value()?,)+
                                _ => drop(map.next_value::<IgnoredAny>()?),
                            }
                        }
                        Ok(found)
                    }
                }
                from.deserialize_map(Fields)
            }
        }
    };
}

lenient!(State, "an object with the container's state", "bundle" => bundle, "root" => root);
lenient!(Config, "an object with the container's configuration", "root" => root);
lenient!(ConfigRoot, "an object with the root's path", "path" => path);
