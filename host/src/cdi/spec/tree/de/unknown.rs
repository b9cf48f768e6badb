//! Fields that a type does not know: left out and noted, where that is asked for.

use std::cell::RefCell;

use super::{De, DeError, Entry, read};
use crate::cdi::spec::Version;
use crate::cdi::spec::tree::{MAX_COST, Node, Tree};
use crate::cdi::spec::warning::Dropped;

/// Reads the whole tree as a `T`, without the fields that its types do not know: what was left out.
pub(crate) fn deserialize_known<'t, T: serde::Deserialize<'t>>(
    tree: &'t Tree<'t>,
) -> Result<(T, Dropped), DeError> {
    let dropped = RefCell::default();
    let value = read(tree, Some(&dropped), MAX_COST)?;
    Ok((value, dropped.into_inner()))
}

impl<'t> De<'t, '_> {
    /// Takes the entries out that the type does not know, where that is allowed. (Where not, the type
    /// refuses them itself.)
    pub(super) fn unknown(
        &self,
        entries: &mut Vec<Entry<'t>>,
        type_name: &str,
        fields: &[&str],
    ) -> Result<(), DeError> {
        let is_known = |entry: &Entry<'_>| fields.contains(&&*entry.name);
        let mut refused = Ok(());
        entries.retain(|entry| {
            let removed = Version::that_removed(type_name, &entry.name);
            let position = self.tree.get(entry.key).and_then(Node::position);
            match (self.dropped, removed) {
                _ if is_known(entry) => return true,
                (Some(dropped), _) => {
                    let field = self.at.field(&entry.name);
                    dropped.borrow_mut().push(&field, position, removed);
                }
                (None, Some(version)) => {
                    let message = format!("unknown field `{}`: {version} removed it", entry.name);
                    let place = Some((self.at.to_string(), position));
                    refused = Err(DeError { message, place });
                }
                (None, None) => return true,
            }
            false
        });
        refused
    }
}
