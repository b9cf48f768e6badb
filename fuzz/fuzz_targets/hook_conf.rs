//! The configuration of a container's loader, which `update-ldcache` reads.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    gantry_oracles::hook_conf(input);
});
