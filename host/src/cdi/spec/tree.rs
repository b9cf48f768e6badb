//! A parsed document before it has types: the nodes of a YAML document (or of a JSON one that the
//! fast way refused), in one list, each with its place in the file.
//!
//! Bounded on purpose: the depth, the number of nodes, and the number of nodes that are visited when
//! aliases are followed (so that a small file cannot expand to a large one).

mod de;
mod scalar;

#[cfg(any(feature = "schema", test))]
pub(crate) use de::deserialize_small;
pub(crate) use de::{DeError, deserialize, deserialize_known};
pub(crate) use scalar::{is_text, text_of};

use std::borrow::Cow;

use super::Position;

/// How deep a document may nest. A spec needs 7.
pub(crate) const MAX_DEPTH: usize = 64;
/// How many nodes a document may have.
pub(crate) const MAX_NODES: usize = 1_000_000;
/// What reading a document may cost: one for each visit of a node, and one for 8 bytes of its text.
pub(crate) const MAX_COST: usize = 8_000_000;

/// A document: its nodes in order, a collection before what is in it. The first is the root.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tree<'i> {
    nodes: Vec<Node<'i>>,
}

/// One node.
#[derive(Debug, PartialEq)]
pub(crate) struct Node<'i> {
    /// Line and column from 1; 0 where they are not known.
    line: u32,
    column: u32,
    /// The index after the last node that is in this one.
    end: u32,
    pub(crate) value: Value<'i>,
}

/// What a node is.
#[derive(Debug, PartialEq)]
pub(crate) enum Value<'i> {
    /// A scalar.
    Scalar {
        /// Without quotes and escapes.
        text: Cow<'i, str>,
        /// What it may mean.
        style: Style,
    },
    /// A list.
    Seq,
    /// A map: keys and values by turns.
    Map,
    /// The same as an earlier node.
    Alias(u32),
}

/// How a scalar may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Its text decides: a number, a boolean, null or a string.
    Plain,
    /// A string, quoted or tagged so.
    Text,
    /// Tagged as that.
    Tagged(ScalarTag),
}

/// The tags that make a scalar something else than a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScalarTag {
    Bool,
    Int,
    Float,
    Null,
}

/// The document has more nodes than [`MAX_NODES`].
#[derive(Debug)]
pub(crate) struct TooManyNodes;

impl<'i> Tree<'i> {
    /// Appends a node; its index. A collection has to be closed.
    pub(crate) fn push(
        &mut self,
        value: Value<'i>,
        place: (usize, usize),
    ) -> Result<u32, TooManyNodes> {
        if self.nodes.len() >= MAX_NODES {
            return Err(TooManyNodes);
        }
        let index = u32::try_from(self.nodes.len()).map_err(|_| TooManyNodes)?;
        let clamp = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        self.nodes.push(Node {
            line: clamp(place.0),
            column: clamp(place.1),
            end: index + 1,
            value,
        });
        Ok(index)
    }

    /// Closes a collection: what was pushed since is in it.
    pub(crate) fn close(&mut self, index: u32) {
        let end = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(node) = self.nodes.get_mut(index as usize) {
            node.end = end;
        }
    }

    /// The node at the index.
    pub(crate) fn get(&self, index: u32) -> Option<&Node<'i>> {
        self.nodes.get(index as usize)
    }

    /// The indexes of the nodes directly in a collection.
    pub(crate) fn children(&self, index: u32) -> Children<'_, 'i> {
        let end = self.get(index).map_or(0, |node| node.end);
        Children { tree: self, next: index + 1, end }
    }

    /// Whether there is nothing but null.
    pub(crate) fn is_null(&self) -> bool {
        self.get(0).is_none_or(|node| node.value.is_null())
    }
}

impl Node<'_> {
    /// Whether it is the key `<<`, whose value's entries belong to the map.
    fn is_merge_key(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, style: Style::Plain } if text == "<<")
    }

    fn position(&self) -> Option<Position> {
        (self.line > 0)
            .then_some(Position { line: self.line as usize, column: self.column as usize })
    }
}

impl Value<'_> {
    fn is_null(&self) -> bool {
        match self {
            Self::Scalar { text, style: Style::Plain } => {
                scalar::resolve(text) == scalar::Scalar::Null
            }
            Self::Scalar { style: Style::Tagged(ScalarTag::Null), .. } => true,
            _ => false,
        }
    }
}

/// Steps over the nodes directly in a collection.
pub(crate) struct Children<'t, 'i> {
    tree: &'t Tree<'i>,
    next: u32,
    end: u32,
}

impl Iterator for Children<'_, '_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.next >= self.end {
            return None;
        }
        let index = self.next;
        self.next = self.tree.get(index)?.end;
        Some(index)
    }
}
