//! Bytes to a valid spec.

use super::tree::{DeError, Tree};
use super::warning::Ignored;
use super::{
    Format, ParseOptions, Parsed, Spec, SpecError, SpecWarning, Unknown, Version, json, tree, yaml,
};
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

    /// Reads a spec and checks it, as the options say.
    pub fn parse_with(
        bytes: &[u8],
        format: Format,
        options: &ParseOptions,
    ) -> Result<Parsed, SpecError> {
        let lenient = options.unknown == Unknown::Warn;
        let (spec, mut warnings) = if lenient {
            Self::parse_known(bytes, format)?
        } else {
            (Self::parse_unchecked(bytes, format)?, Vec::new())
        };
        let kind = if lenient && Version::is_newer(&spec.cdi_version) {
            let ignored = Ignored::NewerVersion { declared: spec.cdi_version.clone() };
            let field = "cdiVersion".to_owned();
            warnings.insert(0, SpecWarning { field, position: None, ignored });
            spec.validate_as(Version::CURRENT)?
        } else {
            spec.validate()?
        };
        if let Some(validator) = &options.validator {
            validator.validate(&spec).map_err(|message| SpecError::Refused { message })?;
        }
        Ok(Parsed { spec, kind, warnings })
    }

    /// Reads a spec without the fields that it should not have: the spec, and these.
    fn parse_known(bytes: &[u8], format: Format) -> Result<(Self, Vec<SpecWarning>), SpecError> {
        let strict = match Self::parse_unchecked(bytes, format) {
            Ok(spec) => return Ok((spec, Vec::new())),
            Err(error @ SpecError::Shape { .. }) => error,
            Err(error) => return Err(error),
        };
        let tree = tree_of(bytes, format)?;
        let result = tree::deserialize_known(&tree).map_err(shape);
        match (result, strict) {
            (Ok((spec, dropped)), _) => Ok((spec, dropped.into_warnings())),
            // The same error, of which only strict reading of JSON knows the place.
            (
                Err(SpecError::Shape { field, message, .. }),
                SpecError::Shape { field: strict_field, position, message: strict_message },
            ) if field == strict_field && message == strict_message => {
                Err(SpecError::Shape { field, position, message })
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Reads a spec without [`Spec::validate`]: its fields have the right types, no more.
    pub fn parse_unchecked(bytes: &[u8], format: Format) -> Result<Self, SpecError> {
        if bytes.len() as u64 > MAX_SPEC_BYTES {
            return Err(SpecError::TooLarge { limit: MAX_SPEC_BYTES });
        }
        let bytes = without_bom(bytes);
        match format {
            Format::Json => json::parse(bytes),
            Format::Yaml => from_yaml(utf8(bytes)?),
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

/// Reads the first document of a YAML text, within the bounds of a spec: depth, values, work. What
/// [`super::to_yaml`] wrote comes back; a field's name matches whatever its case.
pub fn from_yaml<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, SpecError> {
    let tree = yaml::tree(text)?;
    if tree.is_null() {
        return Err(SpecError::Empty);
    }
    tree::deserialize(&tree).map_err(shape)
}

/// The document as a tree that is not empty.
pub(super) fn tree_of(bytes: &[u8], format: Format) -> Result<Tree<'_>, SpecError> {
    if bytes.len() as u64 > MAX_SPEC_BYTES {
        return Err(SpecError::TooLarge { limit: MAX_SPEC_BYTES });
    }
    let bytes = without_bom(bytes);
    let tree = match format {
        Format::Json => json::tree(bytes)?,
        Format::Yaml => yaml::tree(utf8(bytes)?)?,
    };
    if tree.is_null() { Err(SpecError::Empty) } else { Ok(tree) }
}

pub(super) fn shape(error: DeError) -> SpecError {
    let (field, position) = error.place.unwrap_or_default();
    SpecError::Shape { field, position, message: error.message }
}

fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn utf8(bytes: &[u8]) -> Result<&str, SpecError> {
    std::str::from_utf8(bytes)
        .map_err(|error| SpecError::NotUtf8 { valid_up_to: error.valid_up_to() })
}

#[cfg(test)]
mod tests;
