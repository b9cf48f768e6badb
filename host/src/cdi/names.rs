//! Names of devices: `vendor/class=device` (CDI specification, "Kind" and "Device name").
//!
//! The grammar is ASCII only. A vendor or class starts with a letter, a device with a letter or digit;
//! all end with a letter or digit, and have letters, digits, `_`, `-` and `.` between (a device also
//! `:`). No length limit is enforced, as in `pkg/cdi`.

use std::fmt;
use std::str::FromStr;

use super::text::quoted;

/// What a kind of devices is called: `vendor/class`. Always valid. Orders as its text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    text: Box<str>,
    slash: usize,
}

impl Kind {
    /// Joins the parts, if they are valid.
    pub fn new(vendor: &str, class: &str) -> Result<Self, NameError> {
        validate_vendor(vendor)?;
        validate_class(class)?;
        Ok(Self { text: format!("{vendor}/{class}").into(), slash: vendor.len() })
    }

    /// The part before the `/`.
    #[must_use]
    pub fn vendor(&self) -> &str {
        self.text.get(..self.slash).unwrap_or_default()
    }

    /// The part after the `/`.
    #[must_use]
    pub fn class(&self) -> &str {
        self.text.get(self.slash + 1..).unwrap_or_default()
    }

    /// `vendor/class`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The device of that name of this kind, if the name is valid.
    pub fn device(&self, name: &str) -> Result<QualifiedName, NameError> {
        validate_device(name)?;
        Ok(QualifiedName {
            text: format!("{}={name}", self.text).into(),
            slash: self.slash,
            equals: self.text.len(),
        })
    }
}

impl FromStr for Kind {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (vendor, class) = split_kind(text);
        if vendor.is_empty() {
            return Err(NameError {
                whole: text.to_owned(),
                part: Part::Kind,
                problem: Problem::NotSplit { form: "vendor/class" },
            });
        }
        Self::new(vendor, class).map_err(|error| error.of(text))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// The whole name of a device: `vendor/class=name`. Always valid. Orders as its text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QualifiedName {
    text: Box<str>,
    slash: usize,
    equals: usize,
}

impl QualifiedName {
    /// Joins the parts, if they are valid.
    pub fn new(vendor: &str, class: &str, name: &str) -> Result<Self, NameError> {
        Kind::new(vendor, class)?.device(name)
    }

    /// The part before the `/`.
    #[must_use]
    pub fn vendor(&self) -> &str {
        self.text.get(..self.slash).unwrap_or_default()
    }

    /// The part between `/` and `=`.
    #[must_use]
    pub fn class(&self) -> &str {
        self.text.get(self.slash + 1..self.equals).unwrap_or_default()
    }

    /// The part after the `=`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text.get(self.equals + 1..).unwrap_or_default()
    }

    /// `vendor/class`, as text.
    #[must_use]
    pub fn kind_str(&self) -> &str {
        self.text.get(..self.equals).unwrap_or_default()
    }

    /// `vendor/class`.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind { text: self.kind_str().into(), slash: self.slash }
    }

    /// `vendor/class=name`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for QualifiedName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (vendor, class, name) = split_device(text);
        if vendor.is_empty() {
            return Err(NameError {
                whole: text.to_owned(),
                part: Part::Name,
                problem: Problem::NotSplit { form: "vendor/class=name" },
            });
        }
        let checked = validate_vendor(vendor)
            .and_then(|()| validate_class(class))
            .and_then(|()| validate_device(name));
        checked.map_err(|error| error.of(text))?;
        let (slash, equals) = (vendor.len(), vendor.len() + 1 + class.len());
        Ok(Self { text: text.into(), slash, equals })
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Splits `vendor/class=name` without validating the parts; `("", "", text)` where it does not split.
#[must_use]
pub fn split_device(text: &str) -> (&str, &str, &str) {
    let whole = ("", "", text);
    if text.starts_with('/') {
        return whole;
    }
    let Some((kind, name)) = text.split_once('=') else {
        return whole;
    };
    let (vendor, class) = split_kind(kind);
    if vendor.is_empty() || name.is_empty() { whole } else { (vendor, class, name) }
}

/// Splits `vendor/class` without validating the parts; `("", text)` where it does not split.
#[must_use]
pub fn split_kind(text: &str) -> (&str, &str) {
    match text.split_once('/') {
        Some((vendor, class)) if !vendor.is_empty() && !class.is_empty() => (vendor, class),
        _ => ("", text),
    }
}

/// Whether a vendor's name is valid, and if not, why.
pub fn validate_vendor(vendor: &str) -> Result<(), NameError> {
    validate(vendor, Part::Vendor)
}

/// Whether a class's name is valid, and if not, why.
pub fn validate_class(class: &str) -> Result<(), NameError> {
    validate(class, Part::Class)
}

/// Whether a device's unqualified name is valid, and if not, why.
pub fn validate_device(name: &str) -> Result<(), NameError> {
    validate(name, Part::Device)
}

fn validate(text: &str, part: Part) -> Result<(), NameError> {
    let device = part == Part::Device;
    let problem = match (text.chars().next(), text.chars().last()) {
        (Some(first), _) if !device && !first.is_ascii_alphabetic() => {
            Some(Problem::FirstNotLetter(first))
        }
        (Some(first), _) if !first.is_ascii_alphanumeric() => Some(Problem::First(first)),
        (_, Some(last)) if !last.is_ascii_alphanumeric() => Some(Problem::Last(last)),
        (None, _) | (_, None) => Some(Problem::Empty),
        _ => text
            .chars()
            .find(|&c| {
                !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') || device && c == ':')
            })
            .map(Problem::Character),
    };
    match problem {
        None => Ok(()),
        Some(problem) => Err(NameError { whole: text.to_owned(), part, problem }),
    }
}

/// Why a name is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    /// The name as it was given.
    pub whole: String,
    /// The part of it that is wrong.
    pub part: Part,
    /// What is wrong with that part.
    pub problem: Problem,
}

impl NameError {
    fn of(self, whole: &str) -> Self {
        Self { whole: whole.to_owned(), ..self }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid {} {}: ", self.part, quoted(&self.whole))?;
        match self.problem {
            Problem::NotSplit { form } => write!(f, "must have the form {form}"),
            Problem::Empty => f.write_str("must not be empty"),
            Problem::FirstNotLetter(c) => write!(f, "must start with a letter, not {c:?}"),
            Problem::First(c) => write!(f, "must start with a letter or digit, not {c:?}"),
            Problem::Last(c) => write!(f, "must end with a letter or digit, not {c:?}"),
            Problem::Character(c) => write!(f, "{c:?} is not allowed in it"),
        }
    }
}

impl std::error::Error for NameError {}

/// The part of a name that an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The whole qualified name.
    Name,
    /// `vendor/class`.
    Kind,
    /// Before the `/`.
    Vendor,
    /// Between `/` and `=`.
    Class,
    /// After the `=`.
    Device,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "qualified device name",
            Self::Kind => "kind",
            Self::Vendor => "vendor in",
            Self::Class => "class in",
            Self::Device => "device name in",
        })
    }
}

/// What is wrong with a part of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// It has not the separators, or nothing on one side of one.
    NotSplit {
        /// The form that it must have.
        form: &'static str,
    },
    /// There is nothing.
    Empty,
    /// A vendor or class starts with this.
    FirstNotLetter(char),
    /// A device starts with this.
    First(char),
    /// It ends with this.
    Last(char),
    /// This stands in it.
    Character(char),
}

#[cfg(test)]
mod tests;
