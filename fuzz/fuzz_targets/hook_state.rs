//! A container's state, as a low-level runtime gives it to a hook.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    gantry_oracles::hook_state(input);
});
