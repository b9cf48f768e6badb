//! Specs to YAML, in the form in which `pkg/cdi` writes them. Every text that a reader of YAML 1.1 or
//! 1.2 could take for something else is quoted.

use std::fmt::Write as _;

use super::super::Spec;
use super::super::json;
use super::super::tree::{Node, Style, Tree, Value, is_text};

/// The spec as a YAML document.
pub(crate) fn spec_to_yaml(spec: &Spec) -> Result<String, serde_json::Error> {
    let tree = json::tree_of(spec)?;
    let mut out = String::from("---\n");
    if let Some(root) = tree.get(0) {
        collection(&tree, 0, root, 0, &mut out);
    }
    Ok(out)
}

/// Writes a collection's entries, each on lines of its own. The model bounds the depth.
fn collection(tree: &Tree<'_>, index: u32, node: &Node<'_>, indent: usize, out: &mut String) {
    let mut children = tree.children(index);
    while let Some(child) = children.next() {
        pad(indent, out);
        if matches!(node.value, Value::Seq) {
            out.push_str("- ");
            item(tree, child, indent, out);
            continue;
        }
        if let Some(Node { value: Value::Scalar { text, style }, .. }) = tree.get(child) {
            scalar(text, *style, out);
        }
        out.push(':');
        if let Some(child) = children.next() {
            value(tree, child, indent, out);
        }
    }
}

/// Writes what follows `key:`.
fn value(tree: &Tree<'_>, index: u32, indent: usize, out: &mut String) {
    let Some(node) = tree.get(index) else { return };
    match &node.value {
        Value::Scalar { text, style } => {
            out.push(' ');
            scalar(text, *style, out);
            out.push('\n');
        }
        value if tree.children(index).next().is_none() => {
            out.push_str(if matches!(value, Value::Seq) { " []\n" } else { " {}\n" });
        }
        _ => {
            out.push('\n');
            // The next column that 4 divides, as the reference's writer has it.
            collection(tree, index, node, (indent + 4) / 4 * 4, out);
        }
    }
}

/// Writes what follows `- `: an object starts on the same line.
fn item(tree: &Tree<'_>, index: u32, indent: usize, out: &mut String) {
    let Some(node) = tree.get(index) else { return };
    if let Value::Scalar { text, style } = &node.value {
        scalar(text, *style, out);
        out.push('\n');
        return;
    }
    let mut inner = String::new();
    collection(tree, index, node, indent + 2, &mut inner);
    out.push_str(inner.trim_start());
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(text: &str, style: Style, out: &mut String) {
    if style != Style::Text {
        out.push_str(text);
    } else if text.chars().any(char::is_control) || !is_text(text) || looks_like_time(text) {
        double_quoted(text, out);
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        let _ = write!(out, "'{}'", text.replace('\'', "''"));
    }
}

/// Whether some reader might see a date, or a number to the base of 60.
fn looks_like_time(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'))
        && text.contains([':', '-'])
        && text.chars().all(|c| {
            c.is_ascii_digit()
                || matches!(c, ':' | '-' | '+' | '.' | '_' | 'T' | 'Z' | 't' | 'z' | ' ')
        })
}

/// Whether the text needs no quotes in a block.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let first_fits = match chars.next() {
        None => false,
        Some('-' | '?' | ':') => chars.next().is_some_and(|second| second != ' '),
        Some(c) => !matches!(
            c,
            ' ' | ','
                | '['
                | ']'
                | '{'
                | '}'
                | '#'
                | '&'
                | '*'
                | '!'
                | '|'
                | '>'
                | '\''
                | '"'
                | '%'
                | '@'
                | '`'
                | '='
        ),
    };
    first_fits
        && text != "---"
        && text != "..."
        && text != "<<"
        && !text.starts_with("--- ")
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains('\u{feff}')
}

/// YAML's double quotes take JSON's escapes.
fn double_quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
