//! YAML files to trees. Only the first document of a stream is read, as in `pkg/cdi`.

mod block;
mod emit;

pub use emit::{YamlError, to_yaml};

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::tree::{MAX_DEPTH, MAX_NODES, ScalarTag, Style, Tree, Value, text_of};
use super::{Position, SpecError};
use crate::cdi::text::one_line;

/// Parses the first document.
pub(crate) fn tree(text: &str) -> Result<Tree<'_>, SpecError> {
    match block::tree(text) {
        Some(tree) => Ok(tree),
        None => any_tree(text),
    }
}

/// How many brackets, braces and commas a file may have that is left to the YAML library: it holds up to
/// seven tokens of 100 bytes for each until the outermost collection in brackets ends.
const MAX_INDICATORS: usize = MAX_NODES / 4;

/// Whether the YAML library can read the text in bounded memory.
fn is_bounded(text: &str) -> bool {
    let indicator = |byte: &u8| matches!(byte, b'[' | b']' | b'{' | b'}' | b',');
    text.bytes().filter(indicator).count() <= MAX_INDICATORS
}

/// Parses the first document, whatever YAML it is.
pub(super) fn any_tree(text: &str) -> Result<Tree<'_>, SpecError> {
    if !is_bounded(text) {
        let message = format!("has more than {MAX_INDICATORS} brackets, braces and commas");
        return Err(SpecError::Syntax { position: Position { line: 1, column: 1 }, message });
    }
    let mut builder = Builder { tree: Tree::default(), open: Vec::new(), anchors: Vec::new() };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax(&error))?;
        match event {
            Event::DocumentEnd | Event::StreamEnd => break,
            event => builder.take(event, span.start)?,
        }
    }
    Ok(builder.tree)
}

/// The value of the top-level key `kind`, read no further than there. `None`: it has to be parsed
/// whole.
pub(crate) fn peek_kind(text: &str) -> Option<String> {
    if !is_bounded(text) {
        return None;
    }
    let mut parser = Parser::new_from_str(text);
    let mut depth = 0_usize;
    // Whether the next node at depth 1 is a key, and whether the key before it was `kind`.
    let (mut key, mut found) = (true, false);
    while let Some(Ok((event, _))) = parser.next_event() {
        match event {
            Event::Scalar(text, style, _, tag) if depth == 1 => {
                if found {
                    return text_of(&text, scalar_style(style, tag.as_deref())?)
                        .map(Cow::into_owned);
                }
                found = key && text == "kind";
                key = !key;
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let root_fits = depth > 0 || matches!(event, Event::MappingStart(..));
                if found || !root_fits || depth > MAX_DEPTH {
                    return None;
                }
                depth += 1;
            }
            Event::MappingEnd | Event::SequenceEnd => {
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    key = !key;
                }
            }
            Event::Alias(_) if depth == 1 => {
                if found {
                    return None;
                }
                key = !key;
            }
            Event::DocumentEnd => return None,
            _ => {}
        }
    }
    None
}

/// The nodes so far, the collections that are open, and where each anchor is.
struct Builder<'i> {
    tree: Tree<'i>,
    open: Vec<u32>,
    anchors: Vec<Option<u32>>,
}

impl<'i> Builder<'i> {
    fn take(&mut self, event: Event<'i>, mark: Marker) -> Result<(), SpecError> {
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = scalar_style(style, tag.as_deref())
                    .ok_or_else(|| refused(mark, "the tag !!binary is not supported"))?;
                (Value::Scalar { text, style }, anchor)
            }
            Event::SequenceStart(anchor, _) => (Value::Seq, anchor),
            Event::MappingStart(anchor, _) => (Value::Map, anchor),
            Event::Alias(anchor) => {
                let target = self.anchors.get(anchor).copied().flatten();
                let target = target.ok_or_else(|| refused(mark, "unknown anchor"))?;
                if self.open.contains(&target) {
                    return Err(refused(mark, "an anchor that contains itself"));
                }
                (Value::Alias(target), 0)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(index) = self.open.pop() {
                    self.tree.close(index);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        let collection = matches!(value, Value::Seq | Value::Map);
        let index = self
            .tree
            .push(value, (mark.line(), mark.col() + 1))
            .map_err(|_| refused(mark, "more values than a spec may have"))?;
        if collection {
            if self.open.len() >= MAX_DEPTH {
                return Err(refused(mark, "nested deeper than a spec may be"));
            }
            self.open.push(index);
        }
        if anchor > 0 {
            // Anchors are numbered from 1 without gaps, one to a node.
            if self.anchors.len() <= anchor {
                self.anchors.resize(anchor + 1, None);
            }
            if let Some(slot) = self.anchors.get_mut(anchor) {
                *slot = Some(index);
            }
        }
        Ok(())
    }
}

/// How a scalar is read; `None` for a tag that is not supported. Tags that are not YAML's own leave a
/// text a text.
fn scalar_style(style: ScalarStyle, tag: Option<&Tag>) -> Option<Style> {
    let Some(tag) = tag else {
        return Some(if style == ScalarStyle::Plain { Style::Plain } else { Style::Text });
    };
    if !tag.is_yaml_core_schema() {
        return Some(Style::Text);
    }
    Some(match tag.suffix.as_str() {
        "bool" => Style::Tagged(ScalarTag::Bool),
        "int" => Style::Tagged(ScalarTag::Int),
        "float" => Style::Tagged(ScalarTag::Float),
        "null" => Style::Tagged(ScalarTag::Null),
        "binary" => return None,
        _ => Style::Text,
    })
}

fn syntax(error: &ScanError) -> SpecError {
    refused(*error.marker(), error.info())
}

fn refused(mark: Marker, message: &str) -> SpecError {
    SpecError::Syntax {
        position: Position { line: mark.line(), column: mark.col() + 1 },
        message: one_line(message),
    }
}

#[cfg(test)]
mod tests;
