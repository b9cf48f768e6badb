//! Requirements: which are read, their grammar, and which hosts meet them.

use super::super::*;
use super::Container;

/// Reads the requirements of a container with this environment.
fn read(env: &[&'static str]) -> Result<Requirements, String> {
    Requirements::read(&mut Container { env: env.to_vec(), ..Default::default() })
}

/// A host with everything known.
fn host() -> Facts {
    Facts {
        cuda: Some((12, 4)),
        driver: Some("550.54.15".into()),
        arch: Some((8, 9)),
        brand: Some("GeForce RTX".into()),
    }
}

/// What the host does not meet, or what cannot be read: both as a text.
fn failure(env: &[&'static str], facts: &Facts) -> Option<String> {
    match read(env) {
        Ok(requirements) => requirements.check(facts).err().map(|unmet| unmet.to_string()),
        Err(error) => Some(error),
    }
}

/// An entry that requires this.
fn require(text: &str) -> &'static str {
    format!("NVIDIA_REQUIRE_X={text}").leak()
}

#[test]
fn which_variables_require() {
    let cuda = |required: &str, variable: &str| {
        format!("the host does not meet `cuda>={required}` of {variable}: it has cuda 12.4")
    };
    #[rustfmt::skip] // one line a case
    let table: &[(&[&'static str], Option<String>)] = &[
        (&[], None),
        (&["NVIDIA_REQUIRE_CUDA="], None),
        (&["NVIDIA_REQUIRE_CUDA=cuda>=12.0"], None),
        (&["NVIDIA_REQUIRE_CUDA=cuda>=99.0"], Some(cuda("99.0", "NVIDIA_REQUIRE_CUDA"))),
        (&["NVIDIA_REQUIRE_OWN=cuda>=99.0"], Some(cuda("99.0", "NVIDIA_REQUIRE_OWN"))),
        // Each variable must be met.
        (&["NVIDIA_REQUIRE_A=cuda>=12.0", "NVIDIA_REQUIRE_B=cuda>=13.0"], Some(cuda("13.0", "NVIDIA_REQUIRE_B"))),
        (&["NVIDIA_REQUIREMENT=cuda>=99.0", "REQUIRE_CUDA=cuda>=99.0"], None),
        // Those of Jetson images say something else.
        (&["NVIDIA_REQUIRE_JETPACK=csv-mounts=all"], None),
        (&["NVIDIA_REQUIRE_JETPACK_HOST_MOUNTS=notvalid"], None),
        // Old images.
        (&["CUDA_VERSION=11.6"], None),
        (&["CUDA_VERSION=13.1.0"], Some(cuda("13.1", "CUDA_VERSION"))),
        (&["CUDA_VERSION=13", "NVIDIA_REQUIRE_CUDA="], Some(cuda("13.0", "CUDA_VERSION"))),
        (&["CUDA_VERSION=13", "NVIDIA_REQUIRE_OWN=cuda>=12"], Some(cuda("13.0", "CUDA_VERSION"))),
        (&["CUDA_VERSION=13", "NVIDIA_REQUIRE_CUDA=cuda>=12"], None),
        (&["CUDA_VERSION=foo", "NVIDIA_REQUIRE_CUDA=cuda>=12"], None),
        (&["CUDA_VERSION="], None),
        (&["CUDA_VERSION=foo"], Some("CUDA_VERSION: `foo` is no version: write MAJOR.MINOR".into())),
        // Nothing is required, and nothing is read, where requirements are disabled.
        (&["NVIDIA_DISABLE_REQUIRE=1", "NVIDIA_REQUIRE_CUDA=notvalid", "CUDA_VERSION=foo"], None),
    ];
    for (env, expected) in table {
        assert_eq!(failure(env, &host()), *expected, "{env:?}");
    }
}

#[test]
fn disabled() {
    let on = ["1", "t", "T", "true", "TRUE", "True"];
    let off = ["", "0", "f", "false", "FALSE", "yes", "on", "tRUE", " true", "enabled", "2"];
    for (values, met) in [(on.as_slice(), true), (off.as_slice(), false)] {
        for value in values {
            let disable: &str = format!("NVIDIA_DISABLE_REQUIRE={value}").leak();
            let env = [disable, "NVIDIA_REQUIRE_CUDA=cuda>=99.0"];
            assert_eq!(failure(&env, &host()).is_none(), met, "{value:?}");
        }
    }
}

#[test]
fn terms_that_are_met_or_not() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("cuda=12.4", true), ("cuda=12.4.0", true), ("cuda=v12.4", true), ("cuda=12", false),
        ("cuda!=12.4", false), ("cuda!=12", true),
        ("cuda<12.4", false), ("cuda<12.10", true), ("cuda<13", true),
        ("cuda<=12.4", true), ("cuda<=12.3", false),
        ("cuda>12.4", false), ("cuda>9", true), ("cuda>=12.4", true), ("cuda>=12.4.1", false),
        ("arch=8.9", true), ("arch>=8", true), ("arch>=10.0", false),
        ("driver>=550", true), ("driver>=450.80.02", true), ("driver<551", true), ("driver=550.54.15", true),
        ("driver>=550.54.16", false), ("driver>=550.100", false),
        ("brand=geforcertx", true), ("brand=GeForceRTX", true), ("brand=tesla", false), ("brand!=tesla", true),
        // What nobody knows is left out.
        ("foo=45", true), ("foo=45,cuda>=99", false), ("foo=45 cuda>=99", false), (">=5", true), ("CUDA>=99", true),
        // A space is "or", a comma "and", and the comma binds tighter.
        ("cuda<12.0 cuda>=11.6,arch=8.9", true), ("cuda<13.6 cuda>=99,arch=5.3", true),
        ("cuda<12.0 cuda>=11.6,arch=5.3", false), ("cuda>=11.6,arch=5.3", false), ("cuda>=99,arch=8.9", false),
        ("cuda>=99 brand=tesla,driver>=450 brand=geforcertx,driver>=450,driver<600", true),
        // Empty terms.
        ("", true), (" ", true), (",", true), ("cuda>=12,,", true), ("  cuda>=99", false), ("cuda>=99 ,", false),
    ];
    for (text, met) in table {
        let found = failure(&[require(text)], &host());
        assert_eq!(found.is_none(), met, "{text}: {found:?}");
        if let Some(found) = found {
            assert!(found.starts_with("the host does not meet `"), "{text}: {found}");
        }
    }
}

#[test]
fn unknown_facts_meet_nothing() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("cuda>=1", "cuda unknown"),
        ("cuda!=1", "cuda unknown"),
        ("driver>=1 arch>=1", "driver unknown, arch unknown"),
        ("brand!=tesla", "brand unknown"),
    ];
    for (text, found) in table {
        let expected =
            format!("the host does not meet `{text}` of NVIDIA_REQUIRE_X: it has {found}");
        assert_eq!(failure(&[require(text)], &Facts::default()), Some(expected));
    }
    let odd = Facts { driver: Some("unreadable".into()), ..host() };
    assert!(failure(&[require("driver>=1")], &odd).is_some());
    // Another list may still be met.
    assert_eq!(failure(&[require("brand=tesla cuda>=12")], &Facts { brand: None, ..host() }), None);
    assert_eq!(failure(&[require("foo=1")], &Facts::default()), None);
}

#[test]
fn malformed() {
    let no_requirement = "is no requirement: write a property, one of != <= >= = < >, and a value";
    #[rustfmt::skip] // one line a case
    let table = [
        ("notvalid", format!("`notvalid` {no_requirement}")),
        ("cuda>=12 notvalid", format!("`notvalid` {no_requirement}")),
        ("cuda>=12,notvalid", format!("`notvalid` {no_requirement}")),
        ("cuda!12", format!("`cuda!12` {no_requirement}")),
        ("cuda >=12", format!("`cuda` {no_requirement}")),
        ("cuda=foo", "`cuda=foo`: `foo` is no version".into()),
        ("cuda>=", "`cuda>=`: `` is no version".into()),
        ("cuda==12", "`cuda==12`: `=12` is no version".into()),
        ("arch=8.x", "`arch=8.x`: `8.x` is no version".into()),
        ("driver>=450.80.02.01", "`driver>=450.80.02.01`: `450.80.02.01` is no version".into()),
    ];
    for (text, expected) in table {
        let expected = Err(format!("NVIDIA_REQUIRE_X: {expected}"));
        assert_eq!(read(&[require(text)]), expected, "{text}");
    }
}

#[test]
fn versions_of_old_images() {
    #[rustfmt::skip] // one line a case
    let valid = [
        ("0", "0.0"), ("8", "8.0"), ("7.5", "7.5"), ("9.0.116", "9.0"), ("v11.6", "11.6"), ("10.2.89", "10.2"),
        ("4294967295.4294967295.4294967295", "4294967295.4294967295"), ("11.6.0-rc1", "11.6"), ("11.6.0+a.b", "11.6"),
    ];
    #[rustfmt::skip] // one line a case
    let invalid = [
        "foo", "foo.5.10", "9.0.116.50", "9.0.116foo", "7.foo", "9.0.bar", "9.4294967296", "9.0.116.", "9..0", "9.",
        ".5.10", "-9", "+9", "-9.1.116", "-9.-1.-116", "v", "vv9", " 9", "9.0.1-", "9.0.1-é", "9-rc1", "٩",
    ];
    let image = |text: &str| failure(&[format!("CUDA_VERSION={text}").leak()], &Facts::default());
    for (text, required) in valid {
        let expected = format!(
            "the host does not meet `cuda>={required}` of CUDA_VERSION: it has cuda unknown"
        );
        assert_eq!(image(text), Some(expected), "{text}");
    }
    for text in invalid {
        let expected = format!("CUDA_VERSION: `{text}` is no version: write MAJOR.MINOR");
        assert_eq!(image(text), Some(expected), "{text}");
    }
}

/// A fact that no requirement names need not be found out.
#[test]
fn named_properties() {
    let all = [Property::Cuda, Property::Driver, Property::Arch, Property::Brand];
    #[rustfmt::skip] // one line a case
    let table: &[(&[&'static str], [bool; 4])] = &[
        (&[], [false; 4]),
        (&["NVIDIA_REQUIRE_A=cuda>=1"], [true, false, false, false]),
        (&["CUDA_VERSION=11"], [true, false, false, false]),
        (&["NVIDIA_REQUIRE_A=driver>=1 brand=a", "NVIDIA_REQUIRE_B=foo=1,arch>8"], [false, true, true, true]),
        (&["NVIDIA_DISABLE_REQUIRE=true", "NVIDIA_REQUIRE_A=cuda>=1"], [false; 4]),
    ];
    for (env, expected) in table {
        let requirements = read(env).unwrap();
        assert_eq!(all.map(|property| requirements.names(property)), *expected, "{env:?}");
    }
}
