//! From nodes to types, through serde: the target's type decides what a scalar is read as. Differs
//! from strict reading as `pkg/cdi` does: a field's name matches whatever its case, a null field is
//! an absent one, and a null text or number is an empty one.

mod error;
mod unknown;

pub(crate) use error::DeError;
pub(crate) use unknown::deserialize_known;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use self::error::{error, tag_mismatch, unexpected, wrong};
use super::scalar::{Scalar, meaning, text_of};
use super::{MAX_COST, MAX_DEPTH, Node, Tree, Value};
use crate::cdi::path::FieldPath;
use crate::cdi::spec::warning::Dropped;
use crate::cdi::text::quoted;

/// Reads the whole tree as a `T`.
pub(crate) fn deserialize<'t, T: serde::Deserialize<'t>>(tree: &'t Tree<'t>) -> Result<T, DeError> {
    read(tree, None, MAX_COST)
}

/// The same for a type that holds whatever comes, at a lower cost.
#[cfg(any(feature = "schema", test))]
pub(crate) fn deserialize_small<'t, T: serde::Deserialize<'t>>(
    tree: &'t Tree<'t>,
) -> Result<T, DeError> {
    read(tree, None, 2 * super::MAX_NODES)
}

fn read<'t, T: serde::Deserialize<'t>>(
    tree: &'t Tree<'t>,
    dropped: Option<&RefCell<Dropped>>,
    max_cost: usize,
) -> Result<T, DeError> {
    let cost = Cell::new(0);
    let root = FieldPath::Root;
    let de = De { tree, index: 0, at: &root, depth: 0, cost: &cost, max_cost, dropped };
    T::deserialize(de).map_err(|error| de.place(error))
}

/// One node, its path, and what has been spent.
#[derive(Clone, Copy)]
struct De<'t, 'p> {
    tree: &'t Tree<'t>,
    index: u32,
    at: &'p FieldPath<'p>,
    depth: usize,
    cost: &'p Cell<usize>,
    max_cost: usize,
    /// Where unknown fields go; `None`: they are errors.
    dropped: Option<&'p RefCell<Dropped>>,
}

impl<'t, 'p> De<'t, 'p> {
    /// The node, with aliases followed.
    fn node(&self) -> Result<(u32, &'t Node<'t>), DeError> {
        let index = match self.tree.get(self.index) {
            // An alias's target is never an alias: the tree's builder resolved it.
            Some(Node { value: Value::Alias(target), .. }) => *target,
            _ => self.index,
        };
        let node = self.tree.get(index).ok_or_else(|| error("no such node"))?;
        let text = if let Value::Scalar { text, .. } = &node.value { text.len() } else { 0 };
        self.cost.set(self.cost.get() + 1 + text / 8);
        if self.cost.get() > self.max_cost || self.depth > MAX_DEPTH {
            return Err(error("is too large or too deep with its aliases followed"));
        }
        Ok((index, node))
    }

    fn scalar(&self) -> Result<Scalar, DeError> {
        let (_, node) = self.node()?;
        match &node.value {
            Value::Scalar { text, style } => {
                meaning(text, *style).ok_or_else(|| tag_mismatch(text))
            }
            other => Err(wrong(other, "a scalar")),
        }
    }

    fn text(&self) -> Result<Cow<'t, str>, DeError> {
        let (_, node) = self.node()?;
        match &node.value {
            Value::Scalar { text, style } => {
                text_of(text, *style).ok_or_else(|| tag_mismatch(text))
            }
            other => Err(wrong(other, "a string")),
        }
    }

    fn child(self, index: u32, at: &'p FieldPath<'p>) -> Self {
        Self { index, at, depth: self.depth + 1, ..self }
    }

    /// Notes where an error comes from, unless something deeper did.
    fn place(&self, mut error: DeError) -> DeError {
        if error.place.is_none() {
            let position = self.tree.get(self.index).and_then(Node::position);
            error.place = Some((self.at.to_string(), position));
        }
        error
    }

    /// The entries of a map, merged ones (`<<`) after its own, keys as text.
    fn entries(&self) -> Result<Vec<Entry<'t>>, DeError> {
        let mut entries = Vec::new();
        self.collect(&mut entries, &mut HashSet::new(), false)?;
        Ok(entries)
    }

    fn collect(
        &self,
        entries: &mut Vec<Entry<'t>>,
        seen: &mut HashSet<Cow<'t, str>>,
        inherited: bool,
    ) -> Result<(), DeError> {
        let (index, node) = self.node()?;
        match &node.value {
            Value::Map => {}
            Value::Seq if inherited => {
                for index in self.tree.children(index) {
                    self.child(index, self.at).collect(entries, seen, true)?;
                }
                return Ok(());
            }
            other => return Err(wrong(other, "an object")),
        }
        let mut merges = Vec::new();
        let mut children = self.tree.children(index);
        while let (Some(key), Some(value)) = (children.next(), children.next()) {
            let de = self.child(key, self.at);
            if self.tree.get(key).is_some_and(Node::is_merge_key) {
                merges.push(value);
                continue;
            }
            let name = de.text().map_err(|error| de.place(error))?;
            if !is_there(entries, seen, name.clone()) {
                entries.push(Entry { name, key, value });
            } else if !inherited {
                return Err(de.place(error(format!("duplicate key {}", quoted(&name)))));
            }
        }
        for value in merges {
            let de = self.child(value, self.at);
            de.collect(entries, seen, true).map_err(|error| de.place(error))?;
        }
        Ok(())
    }
}

/// Whether an entry has that name. Few are compared; many are looked up in a set, made when needed.
fn is_there<'t>(
    entries: &[Entry<'t>],
    seen: &mut HashSet<Cow<'t, str>>,
    name: Cow<'t, str>,
) -> bool {
    if entries.len() < 16 {
        return entries.iter().any(|entry| entry.name == name);
    }
    if seen.is_empty() {
        seen.extend(entries.iter().map(|entry| entry.name.clone()));
    }
    !seen.insert(name)
}

struct Entry<'t> {
    name: Cow<'t, str>,
    key: u32,
    value: u32,
}

impl<'t> Deserializer<'t> for De<'t, '_> {
    type Error = DeError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        let (_, node) = self.node()?;
        match &node.value {
            Value::Seq => self.deserialize_seq(visitor),
            Value::Map => self.deserialize_map(visitor),
            Value::Scalar { .. } | Value::Alias(_) => match self.scalar()? {
                Scalar::Null => visitor.visit_unit(),
                Scalar::Bool(flag) => visitor.visit_bool(flag),
                Scalar::Int(_) => self.deserialize_i64(visitor),
                Scalar::Float(float) => visitor.visit_f64(float),
                Scalar::Text => self.deserialize_str(visitor),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        match self.scalar()? {
            Scalar::Bool(flag) => visitor.visit_bool(flag),
            Scalar::Null => visitor.visit_bool(false),
            other => Err(unexpected(other, &visitor)),
        }
    }

    fn deserialize_i64<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        let int = match self.scalar()? {
            Scalar::Int(int) => int,
            Scalar::Null => 0,
            #[allow(clippy::cast_possible_truncation, reason = "whole, and checked for its size")]
            Scalar::Float(float) if float.fract() == 0.0 && float.abs() < 1e21 => float as i128,
            other => return Err(unexpected(other, &visitor)),
        };
        match (i64::try_from(int), u64::try_from(int)) {
            (Ok(int), _) => visitor.visit_i64(int),
            (_, Ok(int)) => visitor.visit_u64(int),
            _ => visitor.visit_i128(int),
        }
    }

    fn deserialize_u32<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        match self.text()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        if self.node()?.1.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        let (index, node) = self.node()?;
        match &node.value {
            Value::Seq => {
                let children = self.tree.children(index);
                visitor.visit_seq(Items { de: self, children, count: 0 })
            }
            other => Err(wrong(other, "a list")),
        }
    }

    fn deserialize_map<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, DeError> {
        let entries = self.entries()?;
        visitor.visit_map(Fields { de: self, entries: entries.into_iter(), current: None })
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeError> {
        let mut entries = self.entries()?;
        // A null field is an absent one, but none that nobody knows.
        entries.retain(|entry| {
            !(self.tree.get(entry.value).is_some_and(|node| node.value.is_null())
                && fields.iter().any(|field| field.eq_ignore_ascii_case(&entry.name)))
        });
        if !fold_names(&mut entries, fields) {
            self.unknown(&mut entries, name, fields)?;
        }
        visitor.visit_map(Fields { de: self, entries: entries.into_iter(), current: None })
    }

    forward_to_deserialize_any! {
        <W: Visitor<'t>>
        i8 i16 i32 i128 u8 u16 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct enum identifier ignored_any
    }
}

/// Gives each entry the exact name of the field that it means. Of two names for one field, the exact
/// one counts, else the last in the order of their bytes, as in `pkg/cdi`.
/// Whether all were exact before.
fn fold_names(entries: &mut Vec<Entry<'_>>, fields: &'static [&'static str]) -> bool {
    if entries.iter().all(|entry| fields.contains(&&*entry.name)) {
        return true;
    }
    entries.sort_by(|a, b| b.name.cmp(&a.name));
    let exact: HashSet<String> = entries.iter().map(|entry| entry.name.to_string()).collect();
    let mut taken = HashSet::new();
    entries.retain_mut(|entry| {
        if fields.contains(&&*entry.name) {
            return true;
        }
        match fields.iter().find(|field| field.eq_ignore_ascii_case(&entry.name)) {
            Some(&field) => {
                entry.name = field.into();
                !exact.contains(field) && taken.insert(field)
            }
            // Unknown: the type says so.
            None => true,
        }
    });
    entries.sort_by_key(|entry| entry.key);
    false
}

/// The elements of a list.
struct Items<'t, 'p> {
    de: De<'t, 'p>,
    children: super::Children<'t, 't>,
    count: usize,
}

impl<'t> SeqAccess<'t> for Items<'t, '_> {
    type Error = DeError;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DeError> {
        let Some(index) = self.children.next() else {
            return Ok(None);
        };
        let at = self.de.at.index(self.count);
        self.count += 1;
        let de = self.de.child(index, &at);
        seed.deserialize(de).map(Some).map_err(|error| de.place(error))
    }
}

/// The fields of an object.
struct Fields<'t, 'p> {
    de: De<'t, 'p>,
    entries: std::vec::IntoIter<Entry<'t>>,
    current: Option<Entry<'t>>,
}

impl<'t> MapAccess<'t> for Fields<'t, '_> {
    type Error = DeError;

    fn next_key_seed<K: DeserializeSeed<'t>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeError> {
        let Some(entry) = self.entries.next() else {
            return Ok(None);
        };
        let de = self.de.child(entry.key, self.de.at);
        let key = match &entry.name {
            Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => seed.deserialize(StrDeserializer::new(name)),
        };
        let key = key.map_err(|error| de.place(error))?;
        self.current = Some(entry);
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, DeError> {
        let Some(entry) = self.current.take() else {
            return Err(error("a value without a key"));
        };
        let at = self.de.at.field(&entry.name);
        let de = self.de.child(entry.value, &at);
        seed.deserialize(de).map_err(|error| de.place(error))
    }
}
