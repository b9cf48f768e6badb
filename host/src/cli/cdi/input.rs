//! Files that are named on the command line, `-` for stdin: read whole, within limits.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use clap::ValueEnum;
use gantry::cdi::{Format, MAX_SPEC_BYTES, SpecError};
use rustix::fs::{Mode, OFlags};

use super::failure::{Exit, Failure};

/// The notation of a spec that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    Json,
    Yaml,
}

/// Whether a file stands for stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// How a file is called in messages.
pub(crate) fn name(path: &Path) -> &Path {
    if is_stdin(path) { Path::new("stdin") } else { path }
}

/// The file's bytes; `None` where there are more than the limit.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
    let all = || {
        let mut bytes = Vec::new();
        if is_stdin(path) {
            io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
        } else {
            File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    let bytes = all().map_err(|error: io::Error| {
        Failure::new(
            Exit::CouldNot,
            format_args!("{}: cannot be read: {error}", name(path).display()),
        )
    })?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= limit))
}

/// A spec's bytes, and their notation: the one that is given, else that of the name, else that of
/// the text: JSON where it begins with a brace.
pub(crate) fn spec(
    path: &Path,
    format: Option<InputFormat>,
) -> Result<Result<(Vec<u8>, Format), SpecError>, Failure> {
    let Some(bytes) = read(path, MAX_SPEC_BYTES)? else {
        return Ok(Err(SpecError::TooLarge { limit: MAX_SPEC_BYTES }));
    };
    let format = match format {
        Some(InputFormat::Json) => Format::Json,
        Some(InputFormat::Yaml) => Format::Yaml,
        None => Format::of_path(path).unwrap_or_else(|| {
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start();
            if text.starts_with(b"{") { Format::Json } else { Format::Yaml }
        }),
    };
    Ok(Ok((bytes, format)))
}

/// The bytes of a spec file that was loaded before, and their notation; `None` if that cannot be done
/// any more. Whatever stands there now, it is not waited for.
pub(crate) fn spec_again(path: &Path) -> Option<(Vec<u8>, Format)> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MAX_SPEC_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MAX_SPEC_BYTES).then_some((bytes, Format::of_path(path)?))
}
