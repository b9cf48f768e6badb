//! Written YAML: its form, and that it is read as what it was, by us and by readers of YAML 1.1.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::cdi::Format;
use crate::cdi::spec::{written, yaml};

#[test]
fn the_form() {
    for (value, yaml) in [
        (json!(null), "null"),
        (json!("x"), "x"),
        (json!({}), "{}"),
        (json!([]), "[]"),
        (json!({"a": [], "b": {}, "c": null, "d": true}), "a: []\nb: {}\nc: null\nd: true"),
        (json!({"a": [1, {"b": "c", "d": [2]}]}), "a:\n    - 1\n    - b: c\n      d:\n        - 2"),
        (
            json!([[1, [2]], [], [{}], {"a": {"b": 1}}]),
            "- - 1\n  - - 2\n- []\n- - {}\n- a:\n    b: 1",
        ),
        (
            json!([1.0, 1.5, -2.5, 1e16, 1.5e300, 1e-7]),
            "- 1.0\n- 1.5\n- -2.5\n- 1.0e+16\n- 1.5e+300\n- 1.0e-7",
        ),
        (json!([u64::MAX, i64::MIN]), "- 18446744073709551615\n- -9223372036854775808"),
        (json!({"yes": "1", "": "a: b", "a b": "it's"}), "\"\": 'a: b'\na b: it's\n\"yes\": \"1\""),
        (
            json!(["\u{2028}", "\u{202e}x", "a\tb", "é", "😀"]),
            "- \"\\u2028\"\n- \"\\u202ex\"\n- \"a\\tb\"\n- é\n- 😀",
        ),
    ] {
        assert_eq!(to_yaml(&value).unwrap(), format!("---\n{yaml}\n"));
    }
    // What is not finite has no form in JSON.
    assert_eq!(to_yaml(&f64::NAN).unwrap(), "---\nnull\n");
}

/// Texts that some reader takes for something else.
#[rustfmt::skip]
const QUOTED: &[&str] = &[
    "", "y", "Y", "yes", "n", "No", "on", "OFF", "true", "null", "~", "Null", "1", "-1", "+1",
    "007", "0o17", "089", "0x1F", "0xfffffffffffffffffff", "0b11", "1_000", "0_", "1.", ".5",
    ".1_0", "._", "1e3", "1e400", "1.5", "-.5", "99999999999999999999999", ".inf", "-.INF", ".nan",
    "1:30", "-1:30:59", "190:20:30.15", "2024-01-01", "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5", "=", "<<", "-", "?", ":", "---", "...", "- a", "a: b", "a:",
    "a #b", "#a", "&a", "*a", "!a", "|", ">", "'a", "\"a", "%a", "@a", "`a", "[a", "]a", "{a", "}a",
    ",a", "/a: b", "/a:", "/a #b", "/a ", " a", "a ", "--- a", "... a", "? a", ": a", "-_", "+___", "ab:", "--a:", "../:",
];

#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "../lib/a.so.1::/usr/lib/a.so", "--link", "GPU-1e5", "yes=", "e1_0", "/", "/dev/x-1.2_3+", "/a b", "/a:b", "/a#b", "a", "1.1.0", "0.6.0", "/dev/null", "a:b", "-a", "--x", "?a", ":a", "a#b", "x=1", "A=b c", "rw",
    "0660x", "1.2.3.4", "1-2a", "é", "a'b", "a\"b", "nvidia.com/gpu", "5g", "v1", "__",
];

#[test]
fn texts_are_quoted_where_some_reader_would_mistake_them() {
    for text in QUOTED {
        let yaml = to_yaml(text).unwrap();
        assert!(yaml.starts_with("---\n\"") || yaml.starts_with("---\n'"), "{yaml}");
    }
    for text in PLAIN {
        assert_eq!(to_yaml(text).unwrap(), format!("---\n{text}\n"));
    }
}

#[test]
fn what_is_too_deep_is_refused() {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    assert!(to_yaml(&deep).is_ok());
    let deep = (0..100).fold(deep, |inner, _| json!({ "a": inner }));
    assert!(matches!(to_yaml(&deep), Err(YamlError::TooDeep { .. })));
    let raw: Box<serde_json::value::RawValue> =
        serde_json::from_str("{ \"a\" : [ 1E5 , \"\\u0041\\\"\" ] }").unwrap();
    assert_eq!(to_yaml(&raw).unwrap(), "---\na:\n    - 1.0e+5\n    - A\"\n");
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,20}",
        "[-?:,\\[\\]{}#&*!|>'\"%@` a0.~=\\\\\n\t\r]{0,6}",
        "(0x|0o|0b|0|[+-])?[0-9_.:e-]{1,6}",
        "(y|yes|No|ON|off|true|null|~|<<|=|---|\\.\\.\\.|\\.inf|2024-01-01)",
        Just("\u{85}\u{2028}\u{feff}\u{fffe}\u{7f}\u{a0}".to_owned()),
        Just("x y".repeat(600)),
        Just("\"\n".repeat(600)),
    ]
}

fn any_json() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (-1000_i32..1000).prop_map(|n| Json::from(f64::from(n))),
        any_text().prop_map(Json::from),
    ];
    scalar.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map(any_text(), inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever is written is read the same, by the quick way and by the whole language.
    #[test]
    fn any_value_is_read_as_it_was(value in any_json()) {
        let text = to_yaml(&value).unwrap();
        let tree = yaml::any_tree(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        let whole = written::from_tree(&tree).unwrap();
        prop_assert_eq!(&whole, &value, "{}", text);
        let tree = yaml::tree(&text).unwrap();
        prop_assert_eq!(&written::from_tree(&tree).unwrap(), &value, "{}", text);
        if !value.is_null() {
            prop_assert_eq!(&written::written(text.as_bytes(), Format::Yaml).unwrap(), &value);
        }
    }
}
