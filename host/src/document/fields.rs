//! What an entry of a list is known by, where that is plain to see: found while the entry is passed,
//! without copies. What is not plain (escapes, other types, a key that stands twice) is left to
//! `serde_json`, which knows it or says what is wrong.

use std::borrow::Cow;

use super::list::{Identity, ListKind};
use super::scan::Scanner;
use super::{DocumentError, RuleRef};

impl ListKind {
    /// Passes an entry; what it is known by, if that is plain.
    pub(super) fn pass<'a>(
        self,
        scanner: &mut Scanner<'a>,
    ) -> Result<Option<Identity<'a>>, DocumentError> {
        match self {
            Self::Mounts => {
                let path = fields(scanner, ["destination"])?.and_then(|[path]| text(path).ok());
                Ok(path.map(|path| Identity::destination(path.unwrap_or_default())))
            }
            Self::DeviceNodes => {
                let path = fields(scanner, ["path"])?.and_then(|[path]| text(path).ok());
                Ok(path.map(|path| Identity::Path(path.unwrap_or_default().into())))
            }
            Self::DeviceRules => {
                let fields = fields(scanner, ["allow", "type", "major", "minor", "access"])?;
                Ok(fields.and_then(rule).map(Identity::Rule))
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

fn rule([allow, node_type, major, minor, access]: [Option<&str>; 5]) -> Option<RuleRef<'_>> {
    let allow = match allow {
        None | Some("null" | "false") => false,
        Some("true") => true,
        Some(_) => return None,
    };
    Some(RuleRef {
        allow,
        node_type: text(node_type).ok()?.map(Cow::Borrowed),
        major: number(major).ok()?,
        minor: number(minor).ok()?,
        access: text(access).ok()?.map(Cow::Borrowed),
    })
}

/// Whether a list of objects has one whose key has a value; `None` where that is not plain to see.
/// The value of the `other` key must be plain, too.
pub(super) fn any_has(raw: &str, key: &str, value: &str, other: &str) -> Option<bool> {
    let mut scanner = Scanner::new(raw, 0);
    if scanner.peek() != Some(b'[') {
        return None;
    }
    let (mut any, mut is_plain) = (false, true);
    let passed = scanner.array(|scanner, _| {
        match fields(scanner, [key, other])?.map(|[found, other]| (text(found), text(other))) {
            Some((Ok(found), Ok(_))) => any |= found == Some(value),
            _ => is_plain = false,
        }
        Ok(())
    });
    (passed.is_ok() && is_plain).then_some(any)
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
        let key = scanner.piece(at.key);
        let inside = key.strip_prefix('"').and_then(|key| key.strip_suffix('"'));
        let mut slots = names.iter().zip(&mut found);
        match slots.find(|(name, _)| inside == Some(**name)) {
            Some((_, slot)) => {
                is_plain &= slot.replace(scanner.piece(start..scanner.position())).is_none();
            }
            // It may be one of them, in other words.
            None => is_plain &= !key.contains('\\'),
        }
        Ok(())
    })?;
    Ok(is_plain.then_some(found))
}

/// What only `serde_json` reads.
struct NotPlain;

/// A string without escapes, that may be absent.
fn text(value: Option<&str>) -> Result<Option<&str>, NotPlain> {
    match value {
        None | Some("null") => Ok(None),
        Some(value) => unquoted(value).map(Some).ok_or(NotPlain),
    }
}

/// A whole number that may be absent.
fn number(value: Option<&str>) -> Result<Option<i64>, NotPlain> {
    match value {
        None | Some("null") => Ok(None),
        // To `serde_json` that is no whole number.
        Some("-0") => Err(NotPlain),
        Some(value) => value.parse().map(Some).map_err(|_| NotPlain),
    }
}

/// What is between the quotes of a string without escapes.
fn unquoted(raw: &str) -> Option<&str> {
    raw.strip_prefix('"')?.strip_suffix('"').filter(|inside| !inside.contains('\\'))
}
