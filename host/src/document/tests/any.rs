//! Any document: what holds whatever is in it.

use std::collections::BTreeMap;
use std::fmt;

use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::{
    DeviceNode, DeviceRule, Document, DocumentError, Edit, Hook, HookPoint, IntelRdt, Mount,
};

/// JSON text with all that a value cannot hold: the spelling of numbers and strings, white space.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("false".to_owned()),
        prop::sample::select(vec![
            "0",
            "-0",
            "1e400",
            "-1.5E-3",
            "12345678901234567890123",
            "0.10"
        ])
        .prop_map(str::to_owned),
        any_string(),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), any_space())
                .prop_map(|(list, space)| bracketed('[', ']', &list, &space)),
            prop::collection::btree_map("[a-d]{1,2}", inner, 0..4)
                .prop_flat_map(|map| (Just(map), any_space()))
                .prop_map(|(map, space)| object(map, &space)),
        ]
    })
}

fn any_space() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "", " ", "\n\t", "\r\n  "]).prop_map(str::to_owned)
}

fn any_string() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["a", "=", "/", "\\/", "\\u0041", "\\n", "ä", "😀", "\\ud83d"]),
        0..4,
    )
    .prop_map(|parts| format!("\"{}\"", parts.concat()))
}

fn bracketed(open: char, close: char, parts: &[String], space: &str) -> String {
    let inside = parts.join(&format!("{space},{space}"));
    format!("{open}{space}{inside}{space}{close}")
}

fn object(members: BTreeMap<String, String>, space: &str) -> String {
    let member = |(key, value)| format!("\"{key}\"{space}:{value}");
    bracketed('{', '}', &members.into_iter().map(member).collect::<Vec<_>>(), space)
}

/// A list of what stands in one, as it may be written.
fn list_of(entries: &'static [&'static str]) -> impl Strategy<Value = String> {
    let list = prop::collection::vec(prop::sample::select(entries), 0..5);
    let list = (list, any_space()).prop_map(|(list, space)| {
        bracketed('[', ']', &list.into_iter().map(str::to_owned).collect::<Vec<_>>(), &space)
    });
    prop_oneof![4 => list, 1 => Just("null".to_owned())]
}

/// An object of optional members, beside others.
fn object_of(members: Vec<(&'static str, BoxedStrategy<String>)>) -> impl Strategy<Value = String> {
    let members: Vec<_> = members
        .into_iter()
        .map(|(key, value)| prop::option::of(value).prop_map(move |value| (key.to_owned(), value)))
        .collect();
    let others = prop::collection::btree_map("[a-d]{1,2}", any_json(), 0..3);
    (members, others, any_space()).prop_map(|(members, mut all, space)| {
        all.extend(members.into_iter().filter_map(|(key, value)| Some((key, value?))));
        object(all, &space)
    })
}

/// A document whose known parts are of the right types.
fn any_document() -> impl Strategy<Value = String> {
    let mounts = list_of(&[
        r#"{"destination":"/a"}"#,
        r#"{ "destination" : "/a/" , "x":1e400 }"#,
        r#"{"source":"/s","destination":"/b/c","options":[]}"#,
        "{}",
    ]);
    let devices = list_of(&[
        r#"{"path":"/d","x":-0}"#,
        r#"{"path":"/e","type":"c"}"#,
        r#"{ "type":"c","path":"/d","major":1,"minor":1}"#,
    ]);
    let rules = list_of(&[
        r#"{"allow":false,"access":"rwm"}"#,
        r#"{"allow": true,"type":"c","major":1,"minor":1}"#,
    ]);
    let hooks = list_of(&[r#"{"path":"/h"}"#, r#"{"timeout":0,"path":"/g"}"#]);
    let user = object_of(vec![("additionalGids", list_of(&["0", "5", "6"]).boxed())]);
    let env = list_of(&[r#""A=1""#, r#""\u0041=2""#, r#""B""#, r#""C=""#]);
    let resources = object_of(vec![("devices", rules.boxed())]);
    let net = object_of(vec![("eth0", Just(r#"{"name":"x"}"#.to_owned()).boxed())]);
    let rdt = Just(r#"{"closID":"x", "u":1e400}"#.to_owned());
    let document = object_of(vec![
        ("annotations", any_json().boxed()),
        ("process", object_of(vec![("env", env.boxed()), ("user", user.boxed())]).boxed()),
        ("mounts", mounts.boxed()),
        ("hooks", object_of(vec![("prestart", hooks.boxed())]).boxed()),
        (
            "linux",
            object_of(vec![
                ("devices", devices.boxed()),
                ("resources", resources.boxed()),
                ("netDevices", net.boxed()),
                ("intelRdt", rdt.boxed()),
            ])
            .boxed(),
        ),
    ]);
    (any_space(), document, any_space())
        .prop_map(|(before, document, after)| before + &document + &after)
}

/// Edits of which no two set the same key to different values; the mounts are ordered after the last.
fn any_edits() -> impl Strategy<Value = Vec<Edit>> {
    let text = |text: &str| text.to_owned();
    let mount = |at: &str| {
        let (destination, source) = (text(at), Some(text("/s")));
        Edit::PutMount(Mount { destination, source, ..Mount::default() }.into())
    };
    let node = |path: &str| {
        Edit::PutDeviceNode(DeviceNode {
            path: text(path),
            node_type: text("c"),
            major: Some(1),
            minor: Some(1),
            ..DeviceNode::default()
        })
    };
    let rule = |minor| {
        Edit::AddDeviceRule(DeviceRule {
            allow: true,
            node_type: Some(text("c")),
            major: Some(1),
            minor,
            access: None,
        })
    };
    let hook = |path: &str| Edit::AddHook {
        point: HookPoint::Prestart,
        hook: Hook { path: text(path), ..Hook::default() }.into(),
    };
    let all = vec![
        Edit::SetEnv { name: text("A"), value: text("1") },
        Edit::SetEnv { name: text("D"), value: text("ä\"") },
        mount("/a"),
        mount("/b/c/"),
        mount("/"),
        node("/d"),
        node("/f"),
        rule(Some(1)),
        rule(None),
        hook("/h"),
        hook("/i"),
        Edit::RemoveHooks { point: HookPoint::Prestart, path: text("/g") },
        Edit::AddGid(0),
        Edit::AddGid(5),
        Edit::AddGid(7),
        Edit::PutNetDevice { host_name: text("eth0"), name: text("y") },
        Edit::PutNetDevice { host_name: text("eth/1"), name: text("z") },
        Edit::SetRdt(IntelRdt { clos_id: Some(text("c")), ..IntelRdt::default() }),
    ];
    (prop::sample::subsequence(all, 0..=18).prop_shuffle(), any::<bool>()).prop_map(
        |(mut edits, sort)| {
            edits.extend(sort.then_some(Edit::SortMounts));
            edits
        },
    )
}

/// JSON whose leaves are their text, so that nothing is lost in comparing.
#[derive(Debug, PartialEq)]
enum Exact {
    Leaf(String),
    List(Vec<Exact>),
    Object(Vec<(String, Exact)>),
}

fn exact(raw: &RawValue) -> Exact {
    let text = raw.get();
    if text.starts_with('[') {
        let list: Vec<&RawValue> = serde_json::from_str(text).unwrap();
        return Exact::List(list.into_iter().map(exact).collect());
    }
    if !text.starts_with('{') {
        return Exact::Leaf(text.to_owned());
    }
    let Members(members) = serde_json::from_str(text).unwrap();
    Exact::Object(members.into_iter().map(|(key, value)| (key, exact(value))).collect())
}

/// An object's members, in order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Takes away all that edits write, and the objects that they may have made.
fn without_edited(exact: Exact, pointer: &str) -> Option<Exact> {
    const WRITTEN: &[&str] = &[
        "/process/env",
        "/process/user/additionalGids",
        "/mounts",
        "/hooks/prestart",
        "/linux/devices",
        "/linux/resources/devices",
        "/linux/netDevices/eth0",
        "/linux/netDevices/eth/1",
        "/linux/intelRdt",
    ];
    const MADE: &[&str] =
        &["/process", "/process/user", "/hooks", "/linux", "/linux/resources", "/linux/netDevices"];
    if WRITTEN.contains(&pointer) {
        return None;
    }
    let Exact::Object(members) = exact else { return Some(exact) };
    let member = |(key, value)| {
        Some((String::clone(&key), without_edited(value, &format!("{pointer}/{key}"))?))
    };
    let members: Vec<_> = members.into_iter().filter_map(member).collect();
    if members.is_empty() && MADE.contains(&pointer) {
        return None;
    }
    Some(Exact::Object(members))
}

fn rest(text: &str) -> Option<Exact> {
    without_edited(exact(serde_json::from_str(text).unwrap()), "")
}

proptest! {
    #[test]
    fn unedited_is_the_same_bytes(text in any_document()) {
        prop_assert_eq!(Document::parse(text.clone()).unwrap().to_text(), text);
    }

    #[test]
    fn only_what_is_edited_differs(text in any_document(), edits in any_edits()) {
        let mut document = Document::parse(text.clone()).unwrap();
        let mut changed = false;
        for edit in &edits {
            changed |= !document.apply(edit).unwrap().is_empty();
        }
        let after = document.to_text();
        prop_assert_eq!(rest(&after), rest(&text));
        if !changed {
            prop_assert_eq!(&after, &text);
        }
        // What a reader of the new text sees is what the document says.
        let read = Document::parse(after).unwrap();
        prop_assert_eq!(read.env().ok(), document.env().ok());
        prop_assert_eq!(read.mounts().unwrap(), document.mounts().unwrap());
        prop_assert_eq!(read.device_nodes().unwrap(), document.device_nodes().unwrap());
        prop_assert_eq!(read.user().unwrap(), document.user().unwrap());
    }

    /// However the edits are grouped; also after the first one that is refused.
    #[test]
    fn all_at_once_is_one_after_the_other(text in any_document(), edits in any_edits()) {
        let mut one_by_one = Document::parse(text.clone()).unwrap();
        let mut all = Document::parse(text).unwrap();
        let mut expected = Vec::new();
        let failed = edits.iter().find_map(|edit| match one_by_one.apply(edit) {
            Ok(more) => { expected.extend(more); None }
            Err(error) => Some(error),
        });
        let (done, changes) = all.edit(|editor| (editor.apply(&edits), editor.take_changes()));
        prop_assert_eq!(done.err(), failed);
        prop_assert_eq!(all.to_text(), one_by_one.to_text());
        prop_assert_eq!(changes, expected);
    }

    /// Whether or not others share the document, which stays what it is for them.
    #[test]
    fn all_or_none_is_one_after_the_other_or_nothing(
        text in any_document(),
        edits in any_edits(),
        is_shared: bool,
    ) {
        let mut one_by_one = Document::parse(text.clone()).unwrap();
        let mut all = one_by_one.clone();
        let shared = is_shared.then(|| all.clone());
        let expected: Result<Vec<_>, _> = edits.iter().map(|edit| one_by_one.apply(edit)).collect();
        let done = all.edit_wholly(|editor| {
            let (first, rest) = edits.split_at(edits.len() / 2);
            editor.apply(first)?;
            editor.apply(rest)?;
            Ok::<_, DocumentError>(editor.take_changes())
        });
        let wanted = if expected.is_ok() { one_by_one.to_text() } else { text.clone() };
        prop_assert_eq!(all.to_text(), wanted);
        prop_assert_eq!(done, expected.map(|changes| changes.concat()));
        prop_assert!(shared.is_none_or(|shared| shared.to_text() == text));
    }

    #[test]
    fn the_same_edits_again_change_nothing(text in any_document(), edits in any_edits()) {
        let mut document = Document::parse(text).unwrap();
        for edit in &edits {
            document.apply(edit).unwrap();
        }
        let once = document.to_text();
        let mut read = Document::parse(once.clone()).unwrap();
        for edit in &edits {
            document.apply(edit).unwrap();
            read.apply(edit).unwrap();
        }
        prop_assert_eq!(document.to_text(), once.as_str());
        prop_assert_eq!(read.to_text(), once.as_str());
    }

    #[test]
    fn the_scanner_agrees_with_serde_json(
        text in any_document(),
        at in any::<prop::sample::Index>(),
        noise in prop::sample::select(vec![
            "", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", ".", "e", "\u{1}", "t", "\u{a0}",
        ]),
        remove in 0..2_usize,
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..(at + remove).min(characters.len()), noise.chars());
        let text: String = characters.into_iter().collect();
        let accepted = match Document::parse(text.clone()) {
            Ok(document) => {
                prop_assert_eq!(document.to_text(), text.as_str());
                true
            }
            Err(DocumentError::Syntax { .. }) => false,
            // The syntax is right up to the place that is refused: nothing is said of the rest.
            Err(_) => return Ok(()),
        };
        prop_assert_eq!(accepted, serde_json::from_str::<&RawValue>(&text).is_ok(), "{}", text);
    }
}
