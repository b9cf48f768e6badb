//! Where the components of stages come from.

#[cfg(feature = "compile")]
use sha2::{Digest as _, Sha256};

use crate::modifier::{Component, Sandbox};

#[cfg(feature = "compile")]
use super::config::Digest;
use super::config::ModifierRef;
use super::run::{ComponentError, Components};

/// The modifiers that are embedded in this binary, and no others: what `gantry-runtime` has.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIns;

impl Components for BuiltIns {
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError> {
        match modifier {
            ModifierRef::BuiltIn(name) => Ok(sandbox.built_in(name.as_str())?),
            ModifierRef::File { .. } => Err(ComponentError {
                cause: "it is not compiled, and the wrapper never compiles".into(),
                remedy: Some(
                    "disable the stage: this version of gantry-runtime runs built-in modifiers \
                     only; `gantry explain` shows what the stage would do"
                        .into(),
                ),
            }),
        }
    }
}

/// The embedded modifiers, and files that are compiled as they are loaded: for `gantry explain` and
/// for tests.
#[cfg(feature = "compile")]
#[derive(Debug, Clone, Copy)]
pub struct Compiling;

#[cfg(feature = "compile")]
impl Components for Compiling {
    fn component(
        &self,
        sandbox: &Sandbox,
        modifier: &ModifierRef,
    ) -> Result<Component, ComponentError> {
        let ModifierRef::File { path, digest } = modifier else {
            return BuiltIns.component(sandbox, modifier);
        };
        let wasm = read(path)?;
        if let Some(wanted) = digest {
            let found = Digest::from(<[u8; 32]>::from(Sha256::digest(&wasm)));
            if found != *wanted {
                return Err(ComponentError {
                    cause: format!("its digest is {found}, but {wanted} is configured"),
                    remedy: Some(
                        "install the file that the digest is of, or change the digest".into(),
                    ),
                });
            }
        }
        Ok(sandbox.compile(&wasm)?)
    }
}

/// Bytes that a modifier may have.
#[cfg(feature = "compile")]
const MOST: u64 = 64 << 20;

#[cfg(feature = "compile")]
fn read(path: &std::path::Path) -> Result<Vec<u8>, ComponentError> {
    use std::io::Read;
    let unreadable = |error: std::io::Error| ComponentError {
        cause: error.to_string(),
        remedy: Some("check the path and the permissions of the stage's modifier".into()),
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(ComponentError { cause: "not a regular file".into(), remedy: None });
    }
    let mut wasm = Vec::new();
    file.take(MOST + 1).read_to_end(&mut wasm).map_err(unreadable)?;
    if wasm.len() as u64 > MOST {
        return Err(ComponentError { cause: format!("larger than {MOST} bytes"), remedy: None });
    }
    Ok(wasm)
}
