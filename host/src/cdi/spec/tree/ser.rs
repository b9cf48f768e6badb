//! Values to trees, through serde and JSON: fields in their order, numbers as they are written in JSON,
//! not rounded by being read.

use std::borrow::Cow;

use super::{MAX_NODES, Style, Tree, Value};
use crate::cdi::spec::YamlError;

/// How deep a value may nest to be written.
const MAX_WRITTEN_DEPTH: usize = 128;

/// A value, as the JSON that was written of it, as a tree without positions. Its scalars that are no texts
/// are those of JSON.
pub(crate) fn tree_of(json: &str) -> Result<Tree<'_>, YamlError> {
    let mut tree = Tree::default();
    let mut open = Vec::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => string_end(rest),
            '[' | ']' | '{' | '}' | ',' | ':' | ' ' | '\t' | '\r' | '\n' => 1,
            _ => rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = after;
        let value = match first {
            ',' | ':' | ' ' | '\t' | '\r' | '\n' => continue,
            ']' | '}' => {
                open.pop().into_iter().for_each(|index| tree.close(index));
                continue;
            }
            '[' => Value::Seq,
            '{' => Value::Map,
            '"' => Value::Scalar { text: unescaped(token)?, style: Style::Text },
            _ => Value::Scalar { text: token.into(), style: Style::Plain },
        };
        let index =
            tree.push(value, (0, 0)).map_err(|_| YamlError::TooLarge { limit: MAX_NODES })?;
        if matches!(first, '[' | '{') {
            if open.len() >= MAX_WRITTEN_DEPTH {
                return Err(YamlError::TooDeep { limit: MAX_WRITTEN_DEPTH });
            }
            open.push(index);
        }
    }
    Ok(tree)
}

/// The length of the string that the text starts with.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|b| {
        let closes = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 2)
}

fn unescaped(token: &str) -> Result<Cow<'_, str>, YamlError> {
    match token.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) if !inner.contains('\\') => Ok(inner.into()),
        _ => Ok(Cow::Owned(serde_json::from_str(token)?)),
    }
}
