//! Expected output as files below `tests/golden`, reviewed as text. `BLESS=1 cargo test` rewrites them.
#![allow(clippy::panic, clippy::missing_panics_doc, reason = "a test fails where they differ")]

use std::path::Path;
use std::{env, fs};

/// Compares text with a file.
#[track_caller]
pub fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if env::var_os("BLESS").is_some() {
        let written = fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| fs::write(&path, text));
        if let Err(error) = written {
            panic!("{}: {error}", path.display());
        }
        return;
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    if wanted == text {
        return;
    }
    let mut lines = wanted.lines().zip(text.lines()).enumerate();
    let first = lines.find(|(_, (wanted, got))| wanted != got);
    let at = first.map_or_else(
        || "one ends before the other".to_owned(),
        |(at, (wanted, got))| format!("line {}:\n  wanted {wanted}\n  got    {got}", at + 1),
    );
    panic!(
        "{} differs at {at}\nif that is meant, run the test with BLESS=1\n--- all of it\n{text}",
        path.display()
    );
}

/// The text without the digests in it: those of what was built here are of this machine's compiler.
#[must_use]
pub fn without_digests(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += "sha256:…";
        out += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    out
}
