//! Components made of WebAssembly text, by the same way as a modifier's: a core module with the
//! contract's metadata, then `wit-component`.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A modifier whose parts can each be replaced.
#[derive(Clone, Copy)]
pub(crate) struct Guest {
    /// Imports; the function of the log is `$log`.
    pub(crate) imports: &'static str,
    /// The memory's type.
    pub(crate) memory: &'static str,
    /// The body of `cabi_realloc`: `$old`, `$old-size`, `$align`, `$size`.
    pub(crate) realloc: &'static str,
    /// The body of `modify`: `$mode`, `$text`, `$length`; its result is at 1024, where `ok` is.
    pub(crate) modify: &'static str,
    /// The body of `validate`: as `modify`.
    pub(crate) validate: &'static str,
    /// What else there is: functions, data, `(start …)`.
    pub(crate) more: &'static str,
}

/// Gives out memory from 64 KiB on, and never takes it back.
const BUMP: &str = "
    global.get $top
    local.get $align i32.const 1 i32.sub i32.add
    i32.const 0 local.get $align i32.sub i32.and
    local.tee $old
    local.get $size i32.add global.set $top
    local.get $old";

/// What does nothing, and succeeds.
pub(crate) const HARMLESS: Guest = Guest {
    imports: "",
    memory: "4",
    realloc: BUMP,
    modify: "i32.const 1024",
    validate: "i32.const 1024",
    more: "",
};

impl Guest {
    /// The component.
    pub(crate) fn component(self) -> Vec<u8> {
        let Self { imports, memory, realloc, modify, validate, more } = self;
        component(&format!(
            r#"(module
                {imports}
                (memory (export "memory") {memory})
                (global $top (mut i32) (i32.const 65536))
                (func $realloc (export "cabi_realloc")
                    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32)
                    (result i32) {realloc})
                (func $modify (export "gantry:modifier/stage@0.1.0#modify")
                    (param $mode i32) (param $text i32) (param $length i32) (result i32)
                    {modify})
                (func $validate (export "gantry:modifier/settings@0.1.0#validate")
                    (param $text i32) (param $length i32) (result i32) {validate})
                {more})"#
        ))
    }
}

/// Makes a component of a core module, for the world `modifier`.
fn component(module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap_or_else(|error| panic!("{error}\n{module}"));
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit/v0.1");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(contract).unwrap();
    let world = resolve.select_world(&[package], Some("modifier")).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

/// A component's own text, for what no tool would make.
pub(crate) fn raw(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
