//! The policy as functions, then the whole modifier against a host made up for the test.

use gantry_modifier::testing::{Host, validate};

use super::*;

#[test]
fn requests() {
    #[rustfmt::skip] // one line a case
    let table: [(&str, &[&str]); 6] = [
        ("", &[]),
        (" , ", &[]),
        ("0", &["0"]),
        ("1, 0,1", &["1", "0"]),
        ("all", &["all"]),
        ("card2", &["card2"]),
    ];
    for (request, names) in table {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let expected = if names.is_empty() { Devices::None } else { Devices::These(names) };
        assert_eq!(policy::devices(request), Ok(expected), "{request}");
    }
    for hostile in ["../0", "0=1", "a b", "é"] {
        assert!(policy::devices(hostile).is_err(), "{hostile}");
    }
}

#[test]
fn tiers() {
    #[rustfmt::skip] // one line a case
    let table = [
        (None, Tier::Silver, Ok(Tier::Silver)),
        (Some("bronze"), Tier::Silver, Ok(Tier::Bronze)),
        (Some("gold"), Tier::Silver, Ok(Tier::Silver)),
        (Some("gold"), Tier::Gold, Ok(Tier::Gold)),
        (Some("Gold"), Tier::Gold, Err("annotation acme.com/tier is `Gold`: write bronze, silver or gold".into())),
    ];
    for (wish, highest, expected) in table {
        assert_eq!(policy::tier(wish, highest), expected, "{wish:?}");
    }
}

/// What the modifier does, one edit a line.
fn edits(host: &Host, settings: &str) -> Vec<String> {
    let edits = host.modify::<Acme>(Mode::Cdi, settings).unwrap();
    edits.into_iter().map(|edit| edit.text).collect()
}

#[test]
fn nothing_requested() {
    let host = Host::new().annotation("acme.com/tier", "gold");
    assert!(edits(&host, "{}").is_empty());
}

#[test]
fn everything() {
    let host = Host::new().env("ACME_DEVICES=0,1").annotation("acme.com/tier", "gold");
    let expected = [
        "device acme.com/accelerator=0",
        "device acme.com/accelerator=1",
        "env ACME_TIER=gold",
        "mount /opt/acme/gold => /opt/acme/gold : ro,bind",
        "device-node /dev/acme-ctl rw",
    ];
    assert_eq!(edits(&host, r#"{"tier":"gold"}"#), expected);
}

#[test]
fn settings() {
    assert_eq!(validate::<Acme>(r#"{"tier":"gold"}"#), Ok(()));
    for (settings, key) in [(r#"{"tier":"platinum"}"#, "tier"), (r#"{"teir":"gold"}"#, "teir")] {
        assert_eq!(validate::<Acme>(settings).unwrap_err()[0].key, key);
    }
}

/// The drop-in grants what the modifier wants.
#[test]
fn drop_in() {
    let drop_in = include_str!("../50-acme.toml");
    for want in Acme::METADATA.wants {
        assert!(drop_in.contains(&format!("\"{}\"", want.pattern)), "{want:?}");
    }
}
