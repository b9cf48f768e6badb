//! The files of a recorded case: `[kind, path, …]`, made below a folder.
#![allow(
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    reason = "the cases are ours, and a test fails where its files cannot be made"
)]

use std::fs::{self, Permissions};
use std::io::{self, Error};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use rustix::fs::{CWD, Dev, FileType, Mode, makedev, mknodat};
use serde_json::Value;

use crate::elf::shared_object;

/// Makes the entries of a list below a folder; `nvml` is the library that stands in for NVML.
pub fn lay_out(below: &Path, entries: &Value, nvml: Option<&Path>) -> io::Result<()> {
    entries.as_array().into_iter().flatten().try_for_each(|entry| make(below, entry, nvml))
}

/// Whether one of the entries is a device node, which only root can make.
#[must_use]
pub fn needs_root(entries: &Value) -> bool {
    entries.as_array().into_iter().flatten().any(|entry| entry[0] == "c")
}

fn make(below: &Path, entry: &Value, nvml: Option<&Path>) -> io::Result<()> {
    let word = |index: usize| entry[index].as_str().unwrap_or_default();
    let number = |index: usize| entry[index].as_u64().and_then(|number| u32::try_from(number).ok());
    let path = below.join(word(1).trim_start_matches('/'));
    fs::create_dir_all(path.parent().unwrap_or(below))?;
    match word(0) {
        "d" => fs::create_dir_all(&path),
        "f" => fs::write(&path, word(2)),
        "b" => fs::write(&path, base64(word(2))?),
        "x" => {
            fs::write(&path, "#!/bin/sh\n")?;
            fs::set_permissions(&path, Permissions::from_mode(0o755))
        }
        "l" => symlink(word(2), &path),
        "s" => Ok(mknodat(CWD, &path, FileType::Socket, Mode::from_raw_mode(0o755), 0)?),
        "c" => {
            let device: Dev = makedev(number(2).unwrap_or(0), number(3).unwrap_or(0));
            let mode = number(4).unwrap_or(0o666);
            mknodat(CWD, &path, FileType::CharacterDevice, Mode::from_raw_mode(mode), device)?;
            // Whatever the umask.
            fs::set_permissions(&path, Permissions::from_mode(mode))?;
            chown(&path, number(5), number(6))
        }
        "so" => fs::write(&path, shared_object(word(2))),
        "nvml" => {
            let library = nvml.ok_or_else(|| Error::other("there is no library for NVML"))?;
            // Linked where it can be: it is the same for all cases.
            fs::hard_link(library, &path).or_else(|_| fs::copy(library, &path).map(|_| ()))
        }
        other => Err(Error::other(format!("unknown kind of file {other:?}"))),
    }
}

fn base64(text: &str) -> io::Result<Vec<u8>> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0usize, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = ALPHABET.iter().position(|one| *one == letter);
        held = (held << 6) | value.ok_or_else(|| Error::other("not base64"))?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap_or_default());
        }
        held &= 0xffff;
    }
    Ok(bytes)
}
