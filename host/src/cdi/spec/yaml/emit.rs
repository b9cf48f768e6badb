//! Values to YAML, in the form in which `pkg/cdi` writes specs. Readers of YAML 1.1 and of YAML 1.2
//! see the same: every text that either could take for something else is quoted.

mod scalar;

use serde::Serialize;

use self::scalar::{number, text};
use super::super::tree::{Node, Style, Tree, Value, tree_of};

/// The longest key that stands before its `:` as it is. YAML allows 1024 characters there; a longer
/// one is written with a `?` before it.
const MAX_KEY: usize = 1000;

/// Why a value is not written as YAML.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// It has no form as JSON: a map's keys are no texts, or its own code fails.
    #[error("cannot be written: {0}")]
    Value(#[from] serde_json::Error),
    /// It nests deeper than what can be written.
    #[error("cannot be written: nested deeper than {limit}")]
    TooDeep {
        /// How deep it may nest.
        limit: usize,
    },
    /// It has more values in it than can be written.
    #[error("cannot be written: more than {limit} values")]
    TooLarge {
        /// How many.
        limit: usize,
    },
}

/// The value as a YAML document: what `serde_json` would write, as a block, fields in their order. A
/// [`super::super::Spec`] is written as `pkg/cdi` writes it.
///
/// Strings that a reader of YAML 1.1 or 1.2 could take for a number, a truth, a date or nothing are
/// quoted; characters that a terminal must not see are escaped.
///
/// ```
/// let yaml = gantry::cdi::to_yaml(&[("a", "yes"), ("b", "x")])?;
/// assert_eq!(yaml, "---\n- - a\n  - \"yes\"\n- - b\n  - x\n");
/// # Ok::<(), gantry::cdi::YamlError>(())
/// ```
pub fn to_yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, YamlError> {
    let json = serde_json::to_string(value)?;
    let tree = tree_of(&json)?;
    let mut out = String::from("---\n");
    match tree.get(0) {
        Some(Node { value: Value::Seq | Value::Map, .. }) if !is_empty(&tree, 0) => {
            collection(&tree, 0, 0, true, &mut out);
        }
        Some(node) => {
            flat(&node.value, &mut out);
            out.push('\n');
        }
        None => {}
    }
    Ok(out)
}

/// Writes a collection's entries, each on lines of its own; the first where `out` ends, if it is
/// `inline`. Writing to a tree bounded the depth.
fn collection(tree: &Tree<'_>, index: u32, indent: usize, inline: bool, out: &mut String) {
    let Some(node) = tree.get(index) else { return };
    let list = matches!(node.value, Value::Seq);
    let mut children = tree.children(index);
    let mut inline = inline;
    while let Some(child) = children.next() {
        if !std::mem::take(&mut inline) {
            pad(indent, out);
        }
        if list {
            out.push_str("- ");
            item(tree, child, indent, out);
        } else {
            key(tree, child, indent, out);
            if let Some(child) = children.next() {
                value(tree, child, indent, out);
            }
        }
    }
}

/// Writes `key:`.
fn key(tree: &Tree<'_>, index: u32, indent: usize, out: &mut String) {
    let mut written = String::new();
    if let Some(node) = tree.get(index) {
        flat(&node.value, &mut written);
    }
    if written.len() > MAX_KEY {
        out.push_str("? ");
        out.push_str(&written);
        out.push('\n');
        pad(indent, out);
    } else {
        out.push_str(&written);
    }
    out.push(':');
}

/// Writes what follows `key:`.
fn value(tree: &Tree<'_>, index: u32, indent: usize, out: &mut String) {
    let Some(node) = tree.get(index) else { return };
    if matches!(node.value, Value::Seq | Value::Map) && !is_empty(tree, index) {
        out.push('\n');
        // The next column that 4 divides, as the reference's writer has it.
        collection(tree, index, (indent + 4) / 4 * 4, false, out);
    } else {
        out.push(' ');
        flat(&node.value, out);
        out.push('\n');
    }
}

/// Writes what follows `- `: a collection starts on the same line.
fn item(tree: &Tree<'_>, index: u32, indent: usize, out: &mut String) {
    let Some(node) = tree.get(index) else { return };
    if matches!(node.value, Value::Seq | Value::Map) && !is_empty(tree, index) {
        collection(tree, index, indent + 2, true, out);
    } else {
        flat(&node.value, out);
        out.push('\n');
    }
}

/// Writes a scalar, or a collection with nothing in it.
fn flat(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Scalar { text: scalar, style: Style::Text } => text(scalar, out),
        Value::Scalar { text: scalar, .. } => number(scalar, out),
        Value::Seq => out.push_str("[]"),
        Value::Map => out.push_str("{}"),
        Value::Alias(_) => {}
    }
}

fn is_empty(tree: &Tree<'_>, index: u32) -> bool {
    tree.children(index).next().is_none()
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests;
