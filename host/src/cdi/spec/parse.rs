//! Bytes to a valid spec.

use super::{Format, Position, Spec, SpecError, json, tree, yaml};
use crate::cdi::names::Kind;

/// The largest spec file that is read, in bytes.
pub const MAX_SPEC_BYTES: u64 = 8 * 1024 * 1024;

impl Spec {
    /// Reads a spec and checks it: the spec, and its kind.
    pub fn parse(bytes: &[u8], format: Format) -> Result<(Self, Kind), SpecError> {
        let spec = Self::parse_unchecked(bytes, format)?;
        let kind = spec.validate()?;
        Ok((spec, kind))
    }

    /// Reads a spec without [`Spec::validate`]: its fields have the right types, no more.
    pub fn parse_unchecked(bytes: &[u8], format: Format) -> Result<Self, SpecError> {
        if bytes.len() as u64 > MAX_SPEC_BYTES {
            return Err(SpecError::TooLarge { limit: MAX_SPEC_BYTES });
        }
        let bytes = without_bom(bytes);
        match format {
            Format::Json => json::parse(bytes),
            Format::Yaml => parse_yaml(utf8(bytes)?),
        }
    }
}

/// The value of the field `kind`, where it is found without reading the whole file.
pub(crate) fn peek_kind(bytes: &[u8], format: Format) -> Option<String> {
    let bytes = without_bom(bytes);
    match format {
        Format::Json => json::peek_kind(bytes),
        Format::Yaml => yaml::peek_kind(utf8(bytes).ok()?),
    }
}

fn parse_yaml(text: &str) -> Result<Spec, SpecError> {
    let tree = yaml::tree(text)?;
    if tree.is_null() {
        return Err(SpecError::Empty);
    }
    tree::deserialize(&tree).map_err(|error| {
        let (field, position): (String, Option<Position>) = error.place.unwrap_or_default();
        SpecError::Shape { field, position, message: error.message }
    })
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn utf8(bytes: &[u8]) -> Result<&str, SpecError> {
    std::str::from_utf8(bytes)
        .map_err(|error| SpecError::NotUtf8 { valid_up_to: error.valid_up_to() })
}
