//! Replays the corpus of the fuzz targets, without a fuzzer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

use gantry_oracles::{edit_apply, hook_conf, hook_note, hook_state, spec_parse};

/// The inputs of a target, sorted.
fn corpus(target: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    inputs
}

/// Asks the oracle of each input; that some reach its end, or they would show little.
fn replay(target: &str, oracle: fn(&[u8]) -> bool) {
    let inputs = corpus(target);
    let through = inputs.iter().filter(|path| {
        eprintln!("{}", path.display());
        oracle(&fs::read(path).unwrap())
    });
    let count = through.count();
    assert!(count >= 5, "{count} of {} inputs of {target} get through", inputs.len());
}

#[test]
fn spec_parse_corpus() {
    replay("spec_parse", spec_parse);
}

#[test]
fn edit_apply_corpus() {
    replay("edit_apply", edit_apply);
}

#[test]
fn hook_state_corpus() {
    replay("hook_state", hook_state);
}

#[test]
fn hook_note_corpus() {
    replay("hook_note", hook_note);
}

#[test]
fn hook_conf_corpus() {
    replay("hook_conf", hook_conf);
}

/// It is carried by every clone.
#[test]
fn the_corpus_is_small() {
    for target in ["spec_parse", "edit_apply", "hook_state", "hook_note", "hook_conf"] {
        let size: u64 = corpus(target).iter().map(|path| path.metadata().unwrap().len()).sum();
        assert!(size < 64 * 1024, "{target}: {size} bytes");
    }
}
