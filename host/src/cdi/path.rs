//! The path of a field in a spec, as it is shown: `devices[2].containerEdits.env[0]`. A chain of
//! borrowed steps, so that nothing is allocated until an error needs it.

use std::fmt;

/// A field, by the steps to it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldPath<'p> {
    /// The whole document.
    Root,
    /// A field of an object.
    Field(&'p FieldPath<'p>, &'p str),
    /// An element of a list.
    Index(&'p FieldPath<'p>, usize),
}

impl<'p> FieldPath<'p> {
    pub(crate) fn field(&'p self, name: &'p str) -> Self {
        FieldPath::Field(self, name)
    }

    pub(crate) fn index(&'p self, index: usize) -> Self {
        FieldPath::Index(self, index)
    }
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            FieldPath::Root => Ok(()),
            FieldPath::Field(FieldPath::Root, name) => f.write_str(&super::text::one_line(name)),
            FieldPath::Field(parent, name) => write!(f, "{parent}.{}", super::text::one_line(name)),
            FieldPath::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}
