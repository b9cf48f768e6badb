//! What is in the files of large spec directories, remembered from one process to the next: for each
//! file its stamp, its kind and the names of its devices, so that a new process need not read it.
//!
//! It is a hint and never a source: what counts is read from the spec file itself, and a file whose
//! stamp differs is read anew. It is used only if nobody but root or the calling user can have written
//! it; what is wrong with it makes it worthless, and nothing else.
//!
//! The file is a [header](HEADER), a checksum, and for each directory its path and its files in the
//! order of their names. Numbers are 64 bits, little-endian; a text is its length and its bytes.

mod read;
mod write;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

pub(super) use read::{Index, Section, Summary};
pub(super) use write::{Writer, is_possible};

use super::options::LoadOptions;
use crate::cdi::spec::Unknown;

/// How an index file begins. The number counts its formats.
const HEADER: &[u8; 16] = b"gantry-cdi-idx 1";
/// The largest index that is read or written, in bytes.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Stands before the content: what the content depends on, and the content itself. Another version
/// has other rules for what is valid, other options refuse other files, and another user trusts others.
fn checksum(options: &LoadOptions, content: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_PKG_VERSION").hash(&mut hasher);
    options.require_trusted.hash(&mut hasher);
    (options.parse.unknown == Unknown::Warn).hash(&mut hasher);
    rustix::process::geteuid().as_raw().hash(&mut hasher);
    hasher.write(content);
    hasher.finish()
}

#[cfg(test)]
mod tests;
