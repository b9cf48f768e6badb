//! How drop-ins are laid under `config.toml`, and where their stages stand.

use super::{Config, load_with};

/// A drop-in with one stage.
fn drop_in(name: &str, place: &str) -> String {
    format!("[stages.{name}]\nmodifier = \"/m/{name}.wasm\"\n{place}\n[stages.{name}.grants.edit]\nenv = [\"X\"]\n")
}

#[test]
fn a_drop_in_is_inert_until_it_is_enabled() {
    let text = drop_in("acme", "");
    let off = load_with(&[("a.toml", &text)], "").unwrap();
    assert!(!off.stage("acme").unwrap().enabled);
    let on = load_with(&[("a.toml", &text)], "stages.acme.enabled = true").unwrap();
    assert!(on.stage("acme").unwrap().enabled);
    assert!(on.stage("acme").unwrap().grants.edit.env_name("X"));
    assert_eq!(on.origin(&["stages", "acme", "modifier"]).to_string(), "/c/conf.d/a.toml:2");
}

#[test]
fn the_operator_changes_what_a_drop_in_says() {
    let text = drop_in("acme", "after = \"cdi\"");
    let config = load_with(&[("a.toml", &text)], "[stages.acme]\nenabled = true\nbefore = \"cdi\"\ngrants.edit.env = []").unwrap();
    assert!(!config.stage("acme").unwrap().grants.edit.env_name("X"));
    assert_eq!(super::order(&config), "acme cdi");
}

#[test]
fn a_drop_in_defines_stages_of_its_own_and_nothing_else() {
    for (text, error) in [
        ("[pipeline]\norder = []", "/c/conf.d/b.toml:1: pipeline cannot stand in a drop-in: it may only define stages of its own; say this in config.toml"),
        ("runtime.low-level = []", "/c/conf.d/b.toml:1: runtime cannot stand in a drop-in: it may only define stages of its own; say this in config.toml"),
        ("cdi.spec-dirs = []", "/c/conf.d/b.toml:1: cdi cannot stand in a drop-in: it may only define stages of its own; say this in config.toml"),
        ("[stages.b]\nenabled = true", "/c/conf.d/b.toml:2: stages.b.enabled cannot stand in a drop-in: only config.toml enables a stage"),
        ("[stages.b]\nenabled = false", "/c/conf.d/b.toml:2: stages.b.enabled cannot stand in a drop-in: only config.toml enables a stage"),
        ("[stages.cdi]\nenforce = false", "/c/conf.d/b.toml:1: stages.cdi cannot stand in a drop-in: the stage is defined elsewhere; give this one a name of its own, or change the other in config.toml"),
        ("[stages.mode]\n", "/c/conf.d/b.toml:1: stages.mode cannot stand in a drop-in: the stage is defined elsewhere; give this one a name of its own, or change the other in config.toml"),
        ("[stages.acme]\n", "/c/conf.d/b.toml:1: stages.acme cannot stand in a drop-in: the stage is defined elsewhere; give this one a name of its own, or change the other in config.toml"),
        ("[stages.b]\n", "/c/conf.d/b.toml:1: stages.b: the stage has no modifier; set modifier to the absolute path of a .wasm file or \"builtin:NAME\" (stages: known: acme, cdi, csv, feature-gated, graphics, hook-removal, legacy, mode)"),
        ("[stages.b]\nmodifier = \"builtin:b\"\nafter = \"cdi\"\nbefore = \"cdi\"", "/c/conf.d/b.toml:4: stages.b.before: stands beside `after`; keep one of them"),
        ("x = 1", "/c/conf.d/b.toml:1: unknown key \"x\" at the top; known: runtime, log, host, cdi, generate, journal, store, pipeline, stages, profiles"),
    ] {
        let found = load_with(&[("a.toml", &drop_in("acme", "")), ("b.toml", text)], "").unwrap_err();
        assert_eq!(found.to_string(), error, "{text}");
    }
}

#[test]
fn a_drop_in_adds_no_grants_to_an_operators_stage() {
    let error = load_with(&[("a.toml", &drop_in("acme", ""))], "[stages.acme]\nmodifier = \"/m/mine.wasm\"").unwrap_err();
    assert_eq!(error.to_string(), "/c/config.toml:2: stages.acme.modifier: a drop-in defines this stage; remove the drop-in, or give yours another name");
}

#[test]
fn a_drop_in_cannot_choose_the_mode() {
    let error = load_with(&[("a.toml", &drop_in("acme", ""))], "pipeline.mode = \"acme\"\nstages.acme.enabled = true").unwrap_err();
    assert_eq!(error.to_string(), "/c/config.toml:1: pipeline.mode: \"acme\" is defined by a drop-in, and a drop-in cannot choose the mode; define it in config.toml");
}

#[test]
fn stages_of_drop_ins_stand_where_they_ask() {
    const TWO: &str = "pipeline.order = [\"cdi\", \"x\"]\n[stages.x]\nmodifier = \"builtin:x\"\n";
    for (places, main, order) in [
        (&[("a", ""), ("b", "")][..], "", "cdi a b"),
        (&[("a", "after = \"cdi\""), ("b", "after = \"cdi\"")], TWO, "cdi a b x"),
        (&[("a", "before = \"x\""), ("b", "before = \"x\"")], TWO, "cdi a b x"),
        (&[("a", "before = \"cdi\"")], TWO, "a cdi x"),
        (&[("a", "after = \"b\""), ("b", "after = \"cdi\"")], TWO, "cdi b a x"),       // a later file's
        (&[("a", "after = \"cdi\""), ("b", "after = \"cdi\""), ("c", "after = \"a\"")], TWO, "cdi a c b x"),
        (&[("a", "after = \"cdi\"")], "pipeline.order = [\"a\", \"cdi\"]", "a cdi"),    // the order wins
        (&[("a", "after = \"gone\""), ("b", "")], "", "cdi b a"),                       // not enabled: last
        (&[("a", "after = \"mode\"")], "", "cdi a"),
        (&[("a", "after = \"b\""), ("b", "after = \"a\"")], "", "cdi a b"),
        (&[("a", "after = \"a\"")], "", "cdi a"),
    ] {
        let texts: Vec<_> = places.iter().map(|(name, place)| (format!("{name}.toml"), drop_in(name, place))).collect();
        let texts: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let config = load_with(&texts, main).unwrap();
        assert_eq!(super::order(&config), order, "{places:?} {main}");
    }
}

/// A vendor's package is removed, with its drop-in: what `gantry config disable` wrote stays and stops nothing.
#[test]
fn what_is_left_of_a_disabled_stage_is_noted() {
    for (main, profile, expected) in [
        ("stages.gone.enabled = false", None::<&str>, Ok("cdi")),
        ("pipeline.order = [\"gone\", \"cdi\"]\nstages.gone = { enabled = false, limits = { time = \"1s\" } }", None, Ok("cdi")),
        ("stages.gone.limits.time = \"1s\"", None, Err("config.toml:1: stages.gone: the stage has no modifier, and no drop-in defines it: ")),
        ("stages.gone.enabled = true", None, Err("config.toml:1: stages.gone: the stage has no modifier, and no drop-in defines it: ")),
        ("stages.gone.enabled = false\nprofiles.p.stages.gone.enabled = true", Some("p"), Err("stages.gone: the stage has no modifier, ")),
        ("stages.gone.enabled = false\nprofiles.p.pipeline.order = [\"cdi\"]", Some("p"), Ok("cdi")),
        ("stages.gone.enabled = false\npipeline.mode = \"gone\"", None, Err("config.toml:2: pipeline.mode: \"gone\" is not enabled")),
    ] {
        let main_file = ("/c/config.toml".into(), main.to_owned());
        let found = match profile {
            None => load_with(&[], main),
            Some(profile) => Config::from_texts_with_profile([], main_file, &profile.parse().unwrap()),
        };
        match (found, expected) {
            (Ok(config), Ok(order)) => {
                assert_eq!(super::order(&config), order, "{main}");
                let notes: Vec<_> = config.check().iter().map(ToString::to_string).collect();
                assert!(notes.iter().any(|note| note.contains("stages.gone: nothing defines the stage")), "{main}: {notes:?}");
            }
            (Err(error), Err(says)) => assert!(error.to_string().contains(says), "{main}: {error}"),
            (result, _) => panic!("{main}: {result:?}"),
        }
    }
}

#[test]
fn an_enabled_stage_without_its_neighbour_is_an_error() {
    for (place, main, error) in [
        ("after = \"gone\"", "", "/c/conf.d/a.toml:3: stages.a.after: \"gone\" is no stage; name \"a\" in [pipeline] order"),
        ("before = \"mode\"", "", "/c/conf.d/a.toml:3: stages.a.before: \"mode\" is the mode selector; name \"a\" in [pipeline] order"),
        ("after = \"a\"", "", "/c/conf.d/a.toml:3: stages.a.after: \"a\" in turn waits for a place; name \"a\" in [pipeline] order"),
        ("after = \"x\"", "stages.x.modifier = \"builtin:x\"\n", "/c/conf.d/a.toml:3: stages.a.after: \"x\" is not in [pipeline] order; name \"a\" in [pipeline] order"),
    ] {
        let found = load_with(&[("a.toml", &drop_in("a", place))], &format!("{main}stages.a.enabled = true")).unwrap_err();
        assert_eq!(found.to_string(), error, "{place}");
    }
}
