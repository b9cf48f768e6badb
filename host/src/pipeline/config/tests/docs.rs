//! `docs/configuration.md` says what the code does.

use super::super::{Config, decode};
use super::load_with;

const TEXT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md"));

/// The text of the fenced blocks of this kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let start = format!("\n```{kind}\n");
    TEXT.split(start.as_str()).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn the_examples_load() {
    let [drop_in] = blocks("toml drop-in")[..] else { panic!("one drop-in") };
    let mains = blocks("toml");
    assert_eq!(mains.len(), 2);
    for main in mains {
        let config = load_with(&[("50-acme.toml", drop_in)], main).unwrap();
        let names: Vec<_> = config.stages_in(super::super::Mode::Cdi).map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["hook-removal", "cdi", "acme", "feature-gated"]);
        assert!(config.check().iter().all(|one| one.severity == super::super::Severity::Note), "{:#?}", config.check());
    }
}

#[test]
fn the_operators_examples_load() {
    const OPERATORS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operators.md"));
    let [drop_in] = blocks("toml drop-in")[..] else { panic!("one drop-in") };
    let [profiles] = blocks("toml profile")[..] else { panic!("one example of profiles") };
    let operators: Vec<&str> = OPERATORS.split("\n```toml operator\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert_eq!(operators.len(), 3);
    let drop_in = || [("/c/50-acme.toml".into(), drop_in.to_owned())];
    for text in operators.into_iter().chain([profiles]) {
        let main = || ("/c/config.toml".into(), text.to_owned());
        let config = Config::from_texts(drop_in(), main()).unwrap();
        for name in config.profiles {
            Config::from_texts_with_profile(drop_in(), main(), &name).unwrap();
        }
    }
}

#[test]
fn every_key_is_told() {
    let tables: Vec<&str> = TEXT.lines().filter(|line| line.starts_with('|')).collect();
    for key in decode::TABLES.iter().flat_map(|(_, keys)| keys.iter()) {
        let told = tables.iter().any(|line| line.contains(&format!("`{key}`"))) || TEXT.contains(&format!("### `[{key}")) || TEXT.contains(&format!("grants.{key}]`"));
        assert!(told, "{key}");
    }
}

/// The error of a text; in a profile's table that of the profile.
fn load(text: &str, table: &str) -> super::ConfigError {
    if table.starts_with("profiles.") {
        let main = ("/c/config.toml".into(), text.to_owned());
        return Config::from_texts_with_profile([], main, &"x".parse().unwrap()).unwrap_err();
    }
    super::load(text).unwrap_err()
}

/// A key that is known must be read: a value of a type that no key has is refused as a value.
#[test]
fn every_known_key_is_read() {
    const DATE: &str = "1979-05-27";
    for (table, keys) in decode::TABLES {
        for key in *keys {
            let hooks = table.strip_suffix("[]");
            let text = match hooks {
                Some(list) => format!("{list} = [{{ {key} = {DATE} }}]"),
                None if table.is_empty() => format!("{key} = {DATE}"),
                None => format!("{table}.{key} = {DATE}"),
            };
            let error = load(&text, table).to_string();
            let drop_in_only = matches!(*key, "after" | "before");
            assert!(error.contains(": must be ") || drop_in_only, "{text}: {error}");
        }
        let text = match table.strip_suffix("[]") {
            Some(list) => format!("{list} = [{{ no = 1 }}]"),
            None if table.is_empty() => "no = 1".to_owned(),
            None => format!("{table}.no = 1"),
        };
        let error = load(&text, table).to_string();
        assert!(error.contains("unknown key \"no\""), "{text}: {error}");
    }
}

#[test]
fn the_defaults_are_told() {
    for value in ["low-level", "level", "driver-root", "spec-dirs", "gpu-timeout", "gpu-cache", "hook-path", "disable-hooks", "keep", "order", "memory", "fuel", "edits", "log-lines", "log-bytes", "host-bytes", "edit-bytes"] {
        let shown = Config::built_in().unwrap().to_toml();
        let line = shown.lines().find(|line| line.starts_with(&format!("{value} = "))).unwrap();
        let default = line.split_once(" = ").unwrap().1;
        let row = TEXT.lines().find(|line| line.starts_with(&format!("| `{value}` |"))).unwrap();
        assert!(row.replace('_', "").contains(&format!("`{default}`")), "{row}\n{line}");
    }
}
