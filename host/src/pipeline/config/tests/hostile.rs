//! Whatever the text, an answer: never a panic, never an overflow of the stack.

use proptest::prelude::*;

use super::super::{ConfigError, RuntimeConfig};
use super::{ACME, load, load_with};

#[test]
fn depth_is_bounded() {
    let nest = |open: &str, close: &str, levels: usize| format!("{ACME}settings = {{ a = {}1{} }}", open.repeat(levels), close.repeat(levels));
    for (text, fine) in [
        (nest("[", "]", 20), true),
        (nest("[", "]", 60), false),
        (nest("[", "]", 100_000), false),
        (nest("{ a = ", " }", 20), true),
        (nest("{ a = ", " }", 60), false),
        (nest("{ a = ", " }", 100_000), false),
        (format!("{ACME}settings = {{ {} = 1 }}", vec!["a"; 79].join(".")), false),
        (nest(&format!("{{ {} = ", vec!["a"; 70].join(".")), " }", 70), false),
        (format!("[{}]\n", vec!["a"; 100_000].join(".")), false),
        (format!("{} = 1\n", vec!["a"; 100_000].join(".")), false),
    ] {
        assert_eq!(load(&text).is_ok(), fine, "{}", text.chars().take(200).collect::<String>());
    }
}

#[test]
fn names_and_numbers_at_their_edges() {
    for (name, fine) in [("a", true), ("0", true), ("a-b", true), ("-a", false), ("", false), ("a_b", false), ("ä", false), ("a.b", false)] {
        let text = format!("[stages.\"{name}\"]\nmodifier = \"builtin:x\"");
        assert_eq!(load(&text).is_ok(), fine, "{name}");
    }
    assert!(load(&format!("[stages.{}]\nmodifier = \"builtin:x\"", "a".repeat(64))).is_ok());
    assert!(load(&format!("[stages.{}]\nmodifier = \"builtin:x\"", "a".repeat(65))).is_err());
    for number in ["0x10", "1_0", "+10", "0o20", "0b10000"] {
        assert!(load(&format!("journal.keep = {number}")).is_ok(), "{number}");
    }
    for number in ["99999999999999999999999", "-0x1", "1.0", "inf", "4294967296"] {
        assert!(load(&format!("journal.keep = {number}")).is_err(), "{number}");
    }
}

fn runtime_only(text: &str) -> Result<(), ConfigError> {
    use super::super::layer::{Kind, Layer};
    use super::super::{decode, defaults};
    let layer = Layer { kind: Kind::Main, path: "x".into(), text: text.to_owned() };
    let mut config = RuntimeConfig { runtime: defaults::runtime(), log: defaults::log() };
    decode::apply_runtime(&layer.parse()?, &layer, &mut config.runtime, &mut config.log)
}

/// Pieces of which nearly right texts are made.
fn pieces() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "[", "]", "{", "}", "=", ",", ".", "\n", "\"", "'''", " ", "#", "1", "-1", "true", "\"a\"", "\"/a/**\"", "\"/a => /b : ro\"",
        "stages", "cdi", "mode", "grants", "read", "edit", "override", "env", "mounts", "hooks", "point", "\"prestart\"", "settings",
        "limits", "memory", "\"1MiB\"", "pipeline", "order", "log", "level", "after", "\"cdi\"", "modifier", "\"builtin:cdi\"", "\u{0}", "ä", "\r",
        "files", "gids", "\"1-5\"", "1979-05-27", "nan", "1e999",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_text_is_answered(text in ".{0,400}") {
        let _ = load(&text);
        let _ = load_with(&[("a.toml", &text)], &text);
        let _ = runtime_only(&text);
    }

    #[test]
    fn any_nearly_right_text_is_answered(text in pieces()) {
        if let Ok(config) = load_with(&[("a.toml", &text)], "") {
            let _ = config.check();
        }
        if let Ok(config) = load(&text) {
            let _ = config.check();
            let shown = config.to_toml();
            prop_assert!(load(&shown).is_ok(), "{shown}");
        }
        let _ = runtime_only(&text);
    }

    #[test]
    fn any_setting_comes_back(key in "[^\u{0}]{0,8}", value in any::<String>(), number in any::<i64>(), float in any::<f64>()) {
        let mut config = load(ACME).unwrap();
        let stage = config.stages.last_mut().unwrap();
        let value = serde_json::json!({ "s": value, "n": number, "f": float, key: [] });
        // JSON has no infinities: they are null there, which TOML has not.
        if value.get("f").is_some_and(|float| !float.is_null()) {
            stage.settings.insert("x".into(), value);
            let again = load(&config.to_toml()).unwrap();
            let (again, stage) = (again.stages.last().unwrap(), config.stages.last().unwrap());
            prop_assert_eq!(again.settings_text(), stage.settings_text());
        }
    }
}
