//! Which file is looked for.

use super::super::{ConfigSource, Environment};

#[test]
fn candidates() {
    const ETC: &str = "/etc/gantry/config.toml";
    for (gantry, xdg, home, euid, overflow, candidates, required) in [
        (None, None, None, 0, None, &[ETC][..], false),
        (None, Some("/x"), Some("/h"), 0, None, &[ETC], false),                                           // root has no user's
        (None, Some("/x"), Some("/h"), 1000, None, &["/x/gantry/config.toml", ETC], false),
        (None, None, Some("/h"), 1000, None, &["/h/.config/gantry/config.toml", ETC], false),
        (None, Some(""), Some("/h"), 1000, None, &["/h/.config/gantry/config.toml", ETC], false),         // empty is unset
        (None, Some("x"), Some("/h"), 1000, None, &["/h/.config/gantry/config.toml", ETC], false),        // relative is ignored
        (None, None, None, 1000, None, &[ETC], false),
        (None, None, Some("h"), 1000, None, &[ETC], false),
        (None, Some("/x"), None, 0, Some(65534), &["/x/gantry/config.toml", ETC], false),                 // root of a user namespace
        (Some("/g.toml"), Some("/x"), Some("/h"), 1000, None, &["/g.toml"], true),
        (Some("/g.toml"), None, None, 0, None, &["/g.toml"], true),
        (Some(""), None, None, 0, None, &[ETC], false),
    ] {
        let environment = Environment {
            gantry_config: gantry.map(Into::into),
            xdg_data_home: None, xdg_config_home: xdg.map(Into::into),
            home: home.map(Into::into),
            euid,
            overflow_uid: overflow,
        };
        let source = ConfigSource::from_environment(&environment);
        let found: Vec<_> = source.candidates().iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(found, candidates, "{environment:?}");
        assert_eq!(source.is_required(), required, "{environment:?}");
    }
}

#[test]
fn this_process_has_an_environment() {
    assert_eq!(Environment::of_process().euid, rustix::process::geteuid().as_raw());
}

#[test]
fn the_store_is_where_whoever_runs_this_keeps_state() {
    const STATE: &str = "/var/lib/gantry/modifiers";
    for (xdg, home, euid, overflow, store) in [
        (None, None, 0, None, Some(STATE)),
        (Some("/x"), Some("/h"), 0, None, Some(STATE)),
        (Some("/x"), Some("/h"), 1000, None, Some("/x/gantry/modifiers")),
        (Some("x"), Some("/h"), 1000, None, Some("/h/.local/share/gantry/modifiers")),
        (None, Some("/h"), 0, Some(65534), Some("/h/.local/share/gantry/modifiers")),
        (None, Some("h"), 1000, None, None),
        (None, None, 1000, None, None),
    ] {
        let environment = Environment {
            xdg_data_home: xdg.map(Into::into),
            home: home.map(Into::into),
            euid,
            overflow_uid: overflow,
            ..Environment::default()
        };
        assert_eq!(environment.store(), store.map(Into::into), "{environment:?}");
    }
}
