//! A spec file's bytes after a byte that picks the format: `j` for JSON, `y` for YAML.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    gantry_oracles::spec_parse(input);
});
