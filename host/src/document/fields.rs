//! What an entry of a list is known by, where that is plain to see: found while the entry is passed,
//! without copies. What is not plain (escapes, other types, a key that stands twice) is left to
//! `serde_json`, which knows it or says what is wrong.

use std::borrow::Cow;

use super::list::{Identity, ListKind};
use super::scan::Scanner;
use super::{DeviceRule, DocumentError};

impl ListKind {
    /// Passes an entry; what it is known by, if that is plain.
    pub(super) fn pass<'a>(
        self,
        scanner: &mut Scanner<'a>,
    ) -> Result<Option<Identity<'a>>, DocumentError> {
        match self {
            Self::Mounts => {
                let path = fields(scanner, ["destination"])?.and_then(|[path]| text(path));
                Ok(path.map(|path| Identity::destination(path.unwrap_or_default())))
            }
            Self::DeviceNodes => {
                let path = fields(scanner, ["path"])?.and_then(|[path]| text(path));
                Ok(path.map(|path| Identity::Path(path.unwrap_or_default().into())))
            }
            Self::DeviceRules => {
                let fields = fields(scanner, ["allow", "type", "major", "minor", "access"])?;
                Ok(fields.and_then(rule).map(|rule| Identity::Rule(Cow::Owned(rule))))
            }
            Self::Env => {
                let start = scanner.position();
                scanner.value()?;
                let entry = unquoted(scanner.piece(start..scanner.position()));
                Ok(entry.map(|entry| Identity::variable(entry.into())))
            }
            Self::Gids => {
                let start = scanner.position();
                scanner.value()?;
                let gid = scanner.piece(start..scanner.position()).parse().ok();
                Ok(gid.map(Identity::Gid))
            }
            Self::Hooks(_) => scanner.value().map(|()| None),
        }
    }
}

fn rule([allow, node_type, major, minor, access]: [Option<&str>; 5]) -> Option<DeviceRule> {
    let allow = match allow {
        None | Some("null" | "false") => false,
        Some("true") => true,
        Some(_) => return None,
    };
    Some(DeviceRule {
        allow,
        node_type: text(node_type)?.map(str::to_owned),
        major: number(major)?,
        minor: number(minor)?,
        access: text(access)?.map(str::to_owned),
    })
}

/// Passes a value; if it is an object, the texts of the values of some keys.
fn fields<'a, const N: usize>(
    scanner: &mut Scanner<'a>,
    names: [&str; N],
) -> Result<Option<[Option<&'a str>; N]>, DocumentError> {
    if scanner.peek() != Some(b'{') {
        scanner.value()?;
        return Ok(None);
    }
    let mut found = [None; N];
    let mut is_plain = true;
    scanner.object(|scanner, at| {
        let start = scanner.position();
        scanner.value()?;
        let Some(key) = unquoted(scanner.piece(at.key)) else {
            is_plain = false;
            return Ok(());
        };
        let mut slots = names.iter().zip(&mut found);
        if let Some((_, slot)) = slots.find(|(name, _)| **name == key) {
            is_plain &= slot.replace(scanner.piece(start..scanner.position())).is_none();
        }
        Ok(())
    })?;
    Ok(is_plain.then_some(found))
}

/// A string that may be absent; `None` if it is something else, or has escapes.
fn text(value: Option<&str>) -> Option<Option<&str>> {
    match value {
        None | Some("null") => Some(None),
        Some(value) => unquoted(value).map(Some),
    }
}

/// A whole number that may be absent.
fn number(value: Option<&str>) -> Option<Option<i64>> {
    match value {
        None | Some("null") => Some(None),
        // To `serde_json` that is no whole number.
        Some("-0") => None,
        Some(value) => value.parse().ok().map(Some),
    }
}

/// What is between the quotes of a string without escapes.
fn unquoted(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')?.strip_suffix('"').filter(|inside| !inside.contains('\\'))
}
