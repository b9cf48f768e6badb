//! A shared object that may say what it is compatible with.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    gantry_oracles::hook_note(input);
});
