//! Qualified names and annotations.

use gantry::cdi::{
    Kind, QualifiedName, annotation_key as key_of, parse_annotations as parse, split_device,
    update_annotations as update,
};
use serde_json::Value;

use crate::rows::{flag, map, strings, text};

pub(crate) fn qualified(_: &str, row: &Value) {
    let device = text(&row["device"]);
    let parts = (text(&row["vendor"]), text(&row["class"]), text(&row["name"]));
    let parsed = device.parse::<QualifiedName>();
    assert_eq!(parsed.is_ok(), flag(&row["isQualified"]), "{parsed:?}");
    assert_eq!(split_device(device), parts);
    if let Ok(name) = parsed {
        assert_eq!((name.vendor(), name.class(), name.name()), parts);
        let kind: Kind = format!("{}/{}", parts.0, parts.1).parse().unwrap();
        assert_eq!(kind.device(parts.2).unwrap().as_str(), device);
    }
}

pub(crate) fn annotation_key(_: &str, row: &Value) {
    let key = key_of(text(&row["plugin"]), text(&row["devID"]));
    let wanted = (!flag(&row["invalid"])).then(|| text(&row["key"]).to_owned());
    assert_eq!(key.ok(), wanted);
}

/// The fields of an injection were not recorded. Those of a valid row are in the annotations that they
/// give; of the others each has one injection that must be refused.
pub(crate) fn update_annotations(_: &str, row: &Value) {
    let mut annotations = map(&row["existing"]);
    if !flag(&row["invalid"]) {
        for (key, value) in map(&row["annotations"]) {
            let (plugin, id) = plugin_and_id(&key);
            let devices: Vec<&str> = value.split(',').collect();
            update(&mut annotations, plugin, id, &devices).unwrap();
        }
        assert_eq!(annotations, map(&row["annotations"]));
        assert_eq!(parsed(&row["annotations"]).unwrap(), sorted(&row["parsed"]));
        return;
    }
    let existing = annotations.keys().next().cloned().unwrap_or_default();
    let (plugin, id, device) = match text(&row["name"]) {
        "invalid, empty plugin" => ("", "device", "vendor3.com/class2=device1"),
        "invalid, malformed device reference" => ("v", "device", "vendor2.com/device2"),
        "invalid, pre-resolved device" => ("v", "device", "/dev/null"),
        "invalid, conflicting keys" => {
            let (plugin, id) = plugin_and_id(&existing);
            (plugin, id, "vendor3.com/class2=device1")
        }
        other => panic!("the row {other:?} does not say what it injects"),
    };
    update(&mut annotations, "other", "device", &["v/c=d"]).unwrap();
    let before = annotations.clone();
    update(&mut annotations, plugin, id, &["v/c=d", device]).unwrap_err();
    assert_eq!(annotations, before, "a refused injection changes nothing");
}

pub(crate) fn parse_annotations(_: &str, row: &Value) {
    let devices = parsed(&row["annotations"]);
    assert_eq!(devices.is_none(), flag(&row["invalid"]), "{devices:?}");
    if let Some(devices) = devices {
        assert_eq!(devices, sorted(&row["devices"]));
    }
}

/// The devices of annotations, sorted: the reference's order is random.
fn parsed(annotations: &Value) -> Option<Vec<String>> {
    let annotations = map(annotations);
    let (_, devices) = parse(annotations.iter().map(|(k, v)| (k.as_str(), v.as_str()))).ok()?;
    let mut devices: Vec<String> = devices.iter().map(ToString::to_string).collect();
    devices.sort();
    Some(devices)
}

fn sorted(list: &Value) -> Vec<String> {
    let mut list: Vec<String> = strings(list).into_iter().map(str::to_owned).collect();
    list.sort();
    list
}

fn plugin_and_id(key: &str) -> (&str, &str) {
    key.split_once('/').and_then(|(_, name)| name.rsplit_once('_')).unwrap()
}
