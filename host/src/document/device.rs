//! Device nodes and rules that borrow their texts: what edits of either kind are written from.

use std::borrow::Cow;

use super::{DeviceNode, DeviceRule};

/// A [`DeviceNode`] that borrows.
#[derive(Debug, Clone)]
pub(crate) struct NodeRef<'a> {
    pub(crate) path: &'a str,
    pub(crate) node_type: &'a str,
    pub(crate) major: Option<i64>,
    pub(crate) minor: Option<i64>,
    pub(crate) file_mode: Option<u32>,
    pub(crate) uid: Option<u32>,
    pub(crate) gid: Option<u32>,
}

impl<'a> From<&'a DeviceNode> for NodeRef<'a> {
    fn from(node: &'a DeviceNode) -> Self {
        let DeviceNode { path, node_type, major, minor, file_mode, uid, gid } = node;
        let (major, minor, file_mode, uid, gid) = (*major, *minor, *file_mode, *uid, *gid);
        Self { path, node_type, major, minor, file_mode, uid, gid }
    }
}

impl From<NodeRef<'_>> for DeviceNode {
    fn from(node: NodeRef<'_>) -> Self {
        let NodeRef { path, node_type, major, minor, file_mode, uid, gid } = node;
        let (path, node_type) = (path.to_owned(), node_type.to_owned());
        Self { path, node_type, major, minor, file_mode, uid, gid }
    }
}

/// A [`DeviceRule`] that borrows where it can.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RuleRef<'a> {
    pub(crate) allow: bool,
    pub(crate) node_type: Option<Cow<'a, str>>,
    pub(crate) major: Option<i64>,
    pub(crate) minor: Option<i64>,
    pub(crate) access: Option<Cow<'a, str>>,
}

impl<'a> From<&'a DeviceRule> for RuleRef<'a> {
    fn from(rule: &'a DeviceRule) -> Self {
        let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
        let (node_type, access) = (text(&rule.node_type), text(&rule.access));
        Self { allow: rule.allow, node_type, major: rule.major, minor: rule.minor, access }
    }
}

impl From<DeviceRule> for RuleRef<'_> {
    fn from(rule: DeviceRule) -> Self {
        let text = |text: Option<String>| text.map(Cow::Owned);
        let (node_type, access) = (text(rule.node_type), text(rule.access));
        Self { allow: rule.allow, node_type, major: rule.major, minor: rule.minor, access }
    }
}

impl From<RuleRef<'_>> for DeviceRule {
    fn from(rule: RuleRef<'_>) -> Self {
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let (node_type, access) = (text(rule.node_type), text(rule.access));
        Self { allow: rule.allow, node_type, major: rule.major, minor: rule.minor, access }
    }
}
