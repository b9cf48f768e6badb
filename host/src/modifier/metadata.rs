//! What a component says of itself, read from its bytes. Nothing is compiled and nothing runs, so this
//! may be asked of any file.

use serde::Deserialize;
use wasmparser::{Parser, Payload};

use crate::text::escape;

/// The custom section that carries it.
const SECTION: &str = "gantry:modifier-metadata";
/// The package of the contract.
const PACKAGE: &str = "gantry:modifier/";
/// The form of the custom section that is read here.
const FORM: u64 = 1;
/// The version of the contract that this host offers.
pub const CONTRACT: &str = "0.1";
/// Bytes of one text that are passed on.
const WORDS: usize = 512;
/// Imports, exports and wants that are looked at.
const MANY: usize = 1024;

/// What a component is, by its own words and by its imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// What it says of itself; `None` where it says nothing.
    pub own: Option<Words>,
    /// What it imports: all that it can ever do.
    pub imports: Vec<String>,
    /// Whether it modifies containers or chooses the mode.
    pub world: World,
}

/// What a modifier can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// A modifier.
    Modifier,
    /// A mode selector.
    ModeSelector,
}

/// A modifier's own words; escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Words {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of the contract that it was written for.
    pub wit: String,
    /// What it does.
    #[serde(default)]
    pub description: String,
    /// The grants that it wants.
    #[serde(default)]
    pub wants: Vec<Want>,
}

/// One grant that a modifier wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Want {
    /// The kind: `edit.env`.
    pub grant: String,
    /// The pattern, as an operator writes it.
    pub pattern: String,
    /// What it does with it.
    pub why: String,
}

/// Why a file is no modifier for this host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Not WebAssembly, or damaged.
    #[error("it is no WebAssembly component: {0}")]
    NotWasm(String),
    /// A core module.
    #[error("it is a core module; make it a component with `wasm-tools component new`")]
    CoreModule,
    /// Another version of the contract.
    #[error(
        "it wants gantry:modifier {wanted}, and this host offers {CONTRACT}; build it against wit/v{CONTRACT}, or update Gantry"
    )]
    Version {
        /// What the component was built for.
        wanted: String,
    },
    /// An import that no version of the contract has.
    #[error(
        "it imports {0:?}, which the contract (gantry:modifier {CONTRACT}) does not offer; build it against wit/v{CONTRACT}, without WASI"
    )]
    UnknownImport(String),
    /// No export that could be called.
    #[error(
        "it exports neither a stage nor a selector of gantry:modifier {CONTRACT}; build it for the world `modifier` or `mode-selector`"
    )]
    NoWorld,
    /// The custom section is not what it should be.
    #[error("its custom section {SECTION:?} cannot be read: {0}")]
    Section(String),
}

impl Metadata {
    /// Reads a component. What it imports is known to this host, and its versions fit.
    pub fn read(wasm: &[u8]) -> Result<Self, MetadataError> {
        if wasm.starts_with(b"\0asm\x01\0\0\0") {
            return Err(MetadataError::CoreModule);
        }
        if !wasm.starts_with(b"\0asm") {
            return Err(MetadataError::NotWasm("it does not begin as WebAssembly does".into()));
        }
        let Found { imports, exports, section } = find(wasm)?;
        for name in imports.iter().chain(&exports) {
            version_fits(name)?;
        }
        let own = section.map(|json| words(&json)).transpose()?;
        if let Some(own) = &own
            && !fits(&own.wit)
        {
            return Err(MetadataError::Version { wanted: own.wit.clone() });
        }
        for import in &imports {
            let interface = import.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@'));
            let known = |name: &str| {
                matches!(name, "types" | "log")
                    || super::Interface::ALL.iter().any(|known| known.name() == name)
            };
            if !interface.is_some_and(|(name, _)| known(name)) {
                return Err(MetadataError::UnknownImport(escape(import, WORDS)));
            }
        }
        let exports_any = |interface: &str| {
            let name = format!("{PACKAGE}{interface}@");
            exports.iter().any(|export| export.starts_with(&name))
        };
        let world = match (exports_any("stage"), exports_any("selector")) {
            (true, _) => World::Modifier,
            (false, true) => World::ModeSelector,
            (false, false) => return Err(MetadataError::NoWorld),
        };
        Ok(Self { own, imports, world })
    }

    /// The interfaces that need a grant.
    pub fn interfaces(&self) -> impl Iterator<Item = super::Interface> {
        let names = self.imports.iter();
        names.filter_map(|import| {
            let (name, _) = import.strip_prefix(PACKAGE)?.split_once('@')?;
            super::Interface::ALL.into_iter().find(|known| known.name() == name)
        })
    }
}

#[derive(Default)]
struct Found {
    imports: Vec<String>,
    exports: Vec<String>,
    section: Option<Vec<u8>>,
}

fn find(wasm: &[u8]) -> Result<Found, MetadataError> {
    let damaged = |error: wasmparser::BinaryReaderError| {
        MetadataError::NotWasm(escape(&error.to_string(), WORDS))
    };
    let mut found = Found::default();
    // Modules and components within are walked too; only the outermost's names count.
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(damaged)? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section.into_iter().take(MANY) {
                    found.imports.push(import.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section.into_iter().take(MANY) {
                    found.exports.push(export.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) if section.name() == SECTION => {
                // The linker puts what one crate says twice behind itself; two say different things.
                let data = section.data();
                match &found.section {
                    Some(other) if other != data => {
                        return Err(MetadataError::Section("there are two".into()));
                    }
                    _ => found.section = Some(data.to_vec()),
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn version_fits(name: &str) -> Result<(), MetadataError> {
    let version = name.strip_prefix(PACKAGE).and_then(|rest| rest.split_once('@'));
    match version {
        Some((_, version)) if !fits(version) => {
            Err(MetadataError::Version { wanted: escape(version, 64) })
        }
        _ => Ok(()),
    }
}

/// Whether a version is one of those that the contract's version stands for.
fn fits(version: &str) -> bool {
    version.strip_prefix(CONTRACT).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn words(json: &[u8]) -> Result<Words, MetadataError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Form {
        metadata_version: u64,
    }
    let wrong =
        |error: serde_json::Error| MetadataError::Section(escape(&error.to_string(), WORDS));
    // Another form's fields may have these names and mean something else.
    let Form { metadata_version } = serde_json::from_slice(json).map_err(wrong)?;
    if metadata_version != FORM {
        return Err(MetadataError::Section(format!(
            "it is of metadata-version {metadata_version}, and this host reads {FORM}; update Gantry"
        )));
    }
    let mut words: Words = serde_json::from_slice(json).map_err(wrong)?;
    let Words { name, version, wit, description, wants } = &mut words;
    wants.truncate(MANY);
    let of_wants =
        wants.iter_mut().flat_map(|want| [&mut want.grant, &mut want.pattern, &mut want.why]);
    for text in [name, version, wit, description].into_iter().chain(of_wants) {
        *text = escape(text, WORDS);
    }
    Ok(words)
}
