//! Versions: which a spec needs, and who accepts which.

use super::*;
use crate::cdi::Format;

#[test]
fn versions_are_in_order_and_each_has_its_row() {
    assert!(Version::all().is_sorted());
    assert_eq!(Version::all().first(), Some(&Version::OLDEST));
    assert_eq!(Version::all().last(), Some(&Version::CURRENT));
    assert!(FEATURES.is_sorted_by(|a, b| a.since >= b.since));
    for version in Version::all() {
        assert_eq!(Version::known(&version.to_string()), Some(*version));
        assert_eq!(Version::known(&format!("v{version}")), Some(*version));
        assert_eq!(accepted_since(*version).len(), 6, "{version}");
    }
    // No program accepts a version before it accepts an older one.
    let numbers =
        |release: &str| -> Vec<u32> { release.split('.').map(|n| n.parse().unwrap()).collect() };
    for pair in Version::all().windows(2) {
        for (old, new) in accepted_since(pair[0]).iter().zip(accepted_since(pair[1])) {
            assert_eq!(old.0, new.0);
            assert!(numbers(old.1) <= numbers(new.1), "{old:?} {new:?}");
        }
    }
    assert!(accepted_since(v(9, 9, 9)).is_empty());
}

#[test]
fn a_version_higher_than_needed_is_noted() {
    let spec = |version: &str, edits: &str| {
        let text = format!(
            "{{\"cdiVersion\": \"{version}\", \"kind\": \"v.com/c\", \"devices\": [{{\"name\": \"d\", \"containerEdits\": {edits}}}]}}"
        );
        Spec::parse_unchecked(text.as_bytes(), Format::Json).unwrap()
    };
    for (version, edits, note) in [
        ("0.3.0", "{\"env\": [\"A=b\"]}", None),
        ("1.2.0", "{\"env\": [\"A=b\"]}", None),
        ("0.6.0", "{\"netDevices\": [{}]}", None),
        ("1.1.0", "{\"netDevices\": [{}]}", None),
        (
            "1.1.0",
            "{\"deviceNodes\": [{\"hostPath\": \"/x\"}]}",
            Some(
                "declares 1.1.0, but needs only 0.5.0: containerd before 2.2.7, CRI-O before 1.35, podman before 6, docker before 29.2, buildkit before 0.27, nerdctl before 2.3 refuse the whole file; declare 0.5.0",
            ),
        ),
        (
            "v0.5.0",
            "{\"env\": [\"A=b\"]}",
            Some(
                "declares 0.5.0, but needs only 0.3.0: CRI-O before 1.27, podman before 4.3 refuse the whole file; declare 0.3.0",
            ),
        ),
    ] {
        let spec = spec(version, edits);
        assert_eq!(spec.version_note().map(|note| note.to_string()).as_deref(), note, "{version}");
        let lowest = spec.with_minimum_version();
        assert_eq!(lowest.cdi_version, lowest.minimum_version().to_string());
        assert_eq!(lowest.version_note(), None);
    }
}
