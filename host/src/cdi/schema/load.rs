//! Schemas from text and files. Nothing is fetched: a schema may refer to files beside it, no more.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonschema::{Retrieve, Uri, ValidationError};
use serde_json::Value;

use super::{Loaded, Schema};
use crate::cdi::text::{one_line, quoted, shown};

/// The largest schema file, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;
/// What a schema's references are relative to: no real place.
const BASE: &str = "gantry-schema:///beside/";

/// Why there is no schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaLoadError {
    /// The file cannot be read.
    #[error("schema {}: cannot read: {source}", shown(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It is not JSON.
    #[error("schema {name}: is not JSON: {message}")]
    Syntax {
        /// The file's path, or `builtin`.
        name: String,
        /// What is wrong, and where.
        message: String,
    },
    /// It is JSON, and no schema; or it refers to something that is not there.
    #[error("schema {name}: {}{message}", At(.pointer))]
    Invalid {
        /// The file's path, or `builtin`.
        name: String,
        /// Where in it, as a JSON pointer; empty for the whole.
        pointer: String,
        /// What is wrong.
        message: String,
    },
}

struct At<'a>(&'a str);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "{}: ", self.0) }
    }
}

impl SchemaLoadError {
    /// Whether there is no such file.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

pub(super) fn from_file(path: &Path) -> Result<Schema, SchemaLoadError> {
    let read = |source| SchemaLoadError::Read { path: path.to_owned(), source };
    let bytes = read_file(path).map_err(read)?;
    from_text(&shown(path).to_string(), &bytes, path.parent())
}

/// A schema of that name, whose references are to files in the directory.
pub(super) fn from_text(
    name: &str,
    text: &[u8],
    dir: Option<&Path>,
) -> Result<Schema, SchemaLoadError> {
    let document = json(text).map_err(|error| SchemaLoadError::Syntax {
        name: name.to_owned(),
        message: one_line(&error.to_string()),
    })?;
    let validator = jsonschema::options()
        .with_base_uri(format!("{BASE}schema.json"))
        .with_retriever(Beside(dir.map(Path::to_owned)))
        .build(&document)
        .map_err(|error| invalid(name, &error))?;
    Ok(Schema(Arc::new(Loaded { name: name.to_owned(), document, validator })))
}

fn invalid(name: &str, error: &ValidationError<'_>) -> SchemaLoadError {
    SchemaLoadError::Invalid {
        name: name.to_owned(),
        pointer: one_line(error.instance_path().as_str()),
        message: one_line(&error.to_string()),
    }
}

/// A byte order mark is skipped.
fn json(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text))
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(format!("is larger than {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

/// Finds what a schema refers to: files in its directory, if it has one.
struct Beside(Option<PathBuf>);

impl Retrieve for Beside {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let name = uri.as_str().strip_prefix(BASE).filter(|name| is_file_name(name));
        let (Some(dir), Some(name)) = (&self.0, name) else {
            let uri = quoted(uri.as_str());
            return Err(format!("{uri} is not read: only files beside the schema are").into());
        };
        let path = dir.join(name);
        let bytes = read_file(&path).map_err(|error| format!("{}: {error}", shown(&path)))?;
        Ok(json(&bytes).map_err(|error| format!("{}: {error}", shown(&path)))?)
    }
}

/// Whether it is a plain file's name, the same in a URI as on a disk.
fn is_file_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}
