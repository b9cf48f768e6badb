//! Profiles: what they lay over the file, what they may not say, and their names.

use std::ffi::OsStr;

use super::super::{Config, ConfigError, ConfigFile, ConfigSource, Environment, ProfileName};

const DROP_IN: &str = "[stages.acme]\nmodifier = \"/m/acme.wasm\"\nafter = \"cdi\"\n[stages.acme.grants.edit]\nenv = [\"X\"]\n[stages.acme.settings]\ntier = \"bronze\"\nkept = 1\n";

/// The profile `gold` of this `config.toml`.
fn gold(main: &str) -> Result<Config, ConfigError> {
    let drop_in = ("/c/conf.d/a.toml".into(), DROP_IN.to_owned());
    Config::from_texts_with_profile([drop_in], ("/c/config.toml".into(), main.to_owned()), &"gold".parse().unwrap())
}

#[test]
fn a_profile_is_laid_over_the_whole_file() {
    let config = gold("[log]\nlevel = \"warn\"\n[stages.cdi]\nenabled = false\n[profiles.gold]\nruntime.low-level = [\"crun\"]\nlog.file = \"/l\"\ncdi.spec-dirs = [\"/s\"]\n[profiles.gold.stages.acme]\nenabled = true\nenforce = false\non-error = \"skip\"\nmodes = [\"csv\"]\nsettings.tier = \"gold\"\n[profiles.other]\nx = 1").unwrap();
    assert_eq!(config.runtime.low_level, ["crun"]);
    assert_eq!((config.log.level.name(), config.log.file.as_deref()), ("warn", Some("/l".as_ref())));
    assert_eq!(config.cdi.spec_dirs, [std::path::PathBuf::from("/s")]);
    let acme = config.stage("acme").unwrap();
    assert!(acme.enabled && !acme.enforce && acme.grants.edit.env_name("X"));
    assert_eq!(acme.settings_text(), r#"{"kept":1,"tier":"gold"}"#);
    assert!(!config.stage("cdi").unwrap().enabled);
    assert_eq!(config.profiles.iter().map(ProfileName::as_str).collect::<Vec<_>>(), ["gold", "other"]);
    assert_eq!(config.origin(&["stages", "acme", "enabled"]).to_string(), "/c/config.toml:10");
    assert_eq!(config.files().count(), 2);
}

#[test]
fn a_profile_orders_the_stages_anew() {
    let config = gold("[profiles.gold]\npipeline.order = [\"acme\", \"cdi\"]").unwrap();
    assert_eq!(config.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>(), ["acme", "cdi"]);
}

/// Also those of drop-ins, which the order of the file need not name.
#[test]
fn the_order_of_a_profile_is_all_that_runs() {
    let config = gold("stages.acme.enabled = true\n[profiles.gold]\npipeline.order = []").unwrap();
    assert!(config.stages.is_empty() && !config.stage("acme").unwrap().enabled);
    let error = gold("[profiles.gold]\npipeline.order = []\nstages.acme.enabled = true").unwrap_err();
    assert_eq!(error.to_string(), "/c/config.toml:3: stages.acme.enabled: the stage has no place; name it in [pipeline] order");
}

#[test]
fn what_a_profile_may_not_say_is_an_error() {
    for (text, error) in [
        ("[profiles.silver]\n", "profile \"gold\" is not in /c/config.toml; known: silver; write [profiles.gold] there, or call the wrapper by another name"),
        ("[profiles.golf]\n", "profile \"gold\" is not in /c/config.toml; known: golf; write [profiles.gold] there, or call the wrapper by another name"),
        ("", "profile \"gold\" is not in /c/config.toml; there is none; write [profiles.gold] there, or call the wrapper by another name"),
        ("[profiles.gold]\nhost.dev-root = \"/x\"", "/c/config.toml:2: profiles.gold.host cannot stand in a profile: it is the same for all profiles; say it at the top of the file"),
        ("[profiles.gold]\njournal.dir = \"/x\"", "/c/config.toml:2: profiles.gold.journal cannot stand in a profile: it is the same for all profiles; say it at the top of the file"),
        ("[profiles.gold.profiles.x]\n", "/c/config.toml:1: profiles.gold.profiles cannot stand in a profile: it is the same for all profiles; say it at the top of the file"),
        ("[profiles.gold.stages.acme.grants.edit]\nenv = [\"*\"]", "/c/config.toml:1: profiles.gold.stages.acme.grants cannot stand in a profile: what a stage is and what it may do is the same in all profiles; say it in [stages]"),
        ("[profiles.gold.stages.acme]\nmodifier = \"/x.wasm\"", "/c/config.toml:2: profiles.gold.stages.acme.modifier cannot stand in a profile: what a stage is and what it may do is the same in all profiles; say it in [stages]"),
        ("[profiles.gold.stages.acme]\nenable = true", "/c/config.toml:2: unknown key \"enable\" in [profiles.gold.stages.acme]; did you mean \"enabled\"?"),
        ("[profiles.gold.stages.acne]\nenabled = true", "/c/config.toml:1: profiles.gold.stages.acne: is no stage; did you mean \"acme\"?"),
        ("[profiles.gold]\npipelin.order = []", "/c/config.toml:2: unknown key \"pipelin\" in [profiles.gold]; did you mean \"pipeline\"?"),
        ("[profiles.gold]\nruntime.low-level = []", "/c/config.toml:2: profiles.gold.runtime.low-level: names no runtime; write for example [\"runc\", \"crun\"]"),
        ("[profiles.gold]\npipeline.order = [\"x\"]", "/c/config.toml:2: pipeline.order: \"x\" is no stage; known: acme, cdi, csv, feature-gated, graphics, hook-removal, legacy"),
        ("[profiles.gold]\npipeline.mode = \"acme\"", "/c/config.toml:2: pipeline.mode: \"acme\" is defined by a drop-in, and a drop-in cannot choose the mode; define it in config.toml"),
        ("[profiles.gold.stages.mode]\nenabled = false", "built-in configuration: pipeline.mode: \"mode\" is not enabled, and without a mode no stage runs; set enabled = true in [stages.mode]"),
        ("profiles.gold = 1", "/c/config.toml:1: profiles.gold: must be a table, not an integer"),
        ("[profiles.Gold]\n", "/c/config.toml:1: profiles.Gold: \"Gold\" is no name of a profile: 1 to 64 lower-case letters, digits, `-` and `_`, a letter or digit first"),
        ("[profiles.\"../x\"]\n", "/c/config.toml:1: profiles.../x: \"../x\" is no name of a profile: 1 to 64 lower-case letters, digits, `-` and `_`, a letter or digit first"),
    ] {
        assert_eq!(gold(text).unwrap_err().to_string(), error, "{text}");
    }
}

/// `nvidia-container-runtime.legacy` works whatever the file says, and the file may say more.
#[test]
fn a_profile_of_each_mode_is_built_in() {
    let mode = |config: &Config| config.fixed_mode.unwrap().name();
    let file = || ("/c/config.toml".into(), "[profiles.cdi]\nruntime.low-level = [\"crun\"]\n[stages.mode.settings]\nmode = \"auto\"".to_owned());
    for name in ["cdi", "jit-cdi", "csv", "legacy"] {
        let profile = || name.parse().unwrap();
        let config = Config::from_texts_with_profile([], file(), &profile()).unwrap();
        assert_eq!(mode(&config), name);
        let runtime = if name == "cdi" { &["crun"][..] } else { &["runc", "crun"] };
        assert_eq!(config.runtime.low_level, runtime, "{name}");
        let source = ConfigSource::file("/c/config.toml", &Environment::default()).with_profile(Some(profile()));
        let read = ConfigFile::with_file(source, file().0, file().1);
        assert_eq!(read.runtime().unwrap().runtime.low_level, runtime, "{name}");
        assert_eq!(mode(&read.config().unwrap()), name);
    }
    let text = "[profiles.cdi.pipeline]\nfixed-mode = \"csv\"".to_owned();
    let config = Config::from_texts_with_profile([], ("/c/config.toml".into(), text), &"cdi".parse().unwrap()).unwrap();
    assert_eq!(mode(&config), "csv");
}

#[test]
fn a_profile_of_no_drop_in() {
    let error = super::load_with(&[("a.toml", "[profiles.x]")], "").unwrap_err();
    assert_eq!(error.to_string(), "/c/conf.d/a.toml:1: profiles cannot stand in a drop-in: it may only define stages of its own; say this in config.toml");
}

#[test]
fn programs_ask_for_profiles() {
    for (program, profile) in [
        ("gantry-runtime.gold", Some(Ok("gold"))),
        ("/usr/bin/gantry-runtime.a-1_b", Some(Ok("a-1_b"))),
        ("gantry-runtime", None),
        ("/usr/bin/nvidia-container-runtime.cdi", Some(Ok("cdi"))),
        ("nvidia-container-runtime", None),
        ("nvidia-container-runtime-hook", None),
        ("/x/gantry-runtime.gold/gantry-runtime", None),
        ("runc.gold", None),
        ("", None),
        ("/", None),
        ("gantry-runtime-gold", None),
        ("gantry-runtime.", Some(Err("\"\""))),
        ("gantry-runtime.Gold", Some(Err("\"Gold\""))),
        ("gantry-runtime.a.b", Some(Err("\"a.b\""))),
        ("gantry-runtime.-x", Some(Err("\"-x\""))),
        ("gantry-runtime.a b", Some(Err("\"a b\""))),
    ] {
        let found = ProfileName::of_program(OsStr::new(program));
        match (&found, profile) {
            (Some(Ok(name)), Some(Ok(wanted))) => assert_eq!(name.as_str(), wanted),
            (Some(Err(error)), Some(Err(wanted))) => assert!(error.starts_with(&format!("{wanted} is no name")), "{error}"),
            (found, wanted) => assert!(found.is_none() && wanted.is_none(), "{program}: {found:?}"),
        }
    }
    let long = format!("gantry-runtime.{}", "a".repeat(65));
    assert!(ProfileName::of_program(OsStr::new(&long)).unwrap().is_err());
}

/// The wrapper's quick look and the whole configuration agree.
#[test]
fn the_runtime_of_a_profile_is_told_first() {
    let source = ConfigSource::file("/c/config.toml", &Environment::default());
    let of = |text: &str, profile: &str| {
        let source = source.clone().with_profile(Some(profile.parse().unwrap()));
        ConfigFile::with_file(source, "/c/config.toml".into(), text.to_owned()).runtime()
    };
    let text = "log.level = \"warn\"\nruntime.low-level = [\"a\"]\n[profiles.x]\nruntime.low-level = [\"b\"]\n[profiles.y]\nodd = 1";
    assert_eq!(of(text, "x").unwrap().runtime.low_level, ["b"]);
    assert_eq!(of(text, "x").unwrap().log.level.name(), "warn");
    assert_eq!(of(text, "y").unwrap().runtime.low_level, ["a"]);
    assert!(of(text, "z").unwrap_err().to_string().contains("known: x, y"));
}
