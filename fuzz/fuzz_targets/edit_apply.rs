//! A document, a line `---`, and a spec whose edits are applied to it.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    gantry_oracles::edit_apply(input);
});
