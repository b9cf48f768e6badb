//! Reading one spec, what it says of itself, and its version.

use gantry::cdi::{Format, InvalidSpec, LoadOptions, Registry, Spec, SpecProblem, read_spec};
use serde_json::{Value, json};

use crate::differences;
use crate::rows::{Scene, files, flag, text};

pub(crate) fn read(_: &str, row: &Value) {
    let (scene, registry) = one_file(0, &row["data"]);
    let read = read_spec(&scene.path("etc/spec.yaml"), &LoadOptions::default());
    let rejected = flag(&row["unparsable"]) || flag(&row["invalid"]);
    assert_eq!(read.is_err(), rejected, "{read:?}");
    assert_eq!(files(&registry).len(), usize::from(!rejected));
    assert_eq!(registry.errors().len(), usize::from(rejected));
}

/// A file `spec.yaml` in the directory of that priority.
fn one_file(priority: usize, content: &Value) -> (Scene, Registry) {
    let scene = Scene::bare();
    let file = json!({ "spec.yaml": content });
    match priority {
        0 => scene.update(&file, &Value::Null),
        _ => scene.update(&Value::Null, &file),
    }
    let registry = scene.load();
    (scene, registry)
}

pub(crate) fn new(_: &str, row: &Value) {
    let spec = Spec::parse_unchecked(text(&row["data"]).as_bytes(), Format::Yaml);
    assert_eq!(spec.is_err(), flag(&row["unparsable"]), "{spec:?}");
    if let Ok(spec) = spec {
        let valid = spec.validate();
        let invalid = flag(&row["invalid"]) || flag(&row["schemaFail"]);
        assert_eq!(valid.is_err(), invalid, "{valid:?}");
    }
}

pub(crate) fn getters(_: &str, row: &Value) {
    let priority = usize::try_from(row["priority"].as_u64().unwrap()).unwrap();
    let (scene, registry) = one_file(priority, &row["data"]);
    let file = files(&registry).first().copied();
    assert_eq!(file.is_none(), flag(&row["invalid"]));
    let Some(file) = file else {
        return;
    };
    assert_eq!(*file.path, scene.dirs()[priority].join("spec.yaml"));
    assert_eq!(file.priority, priority);
    assert_eq!(
        (file.kind.vendor(), file.kind.class()),
        (text(&row["vendor"]), text(&row["class"]))
    );
    for (i, device) in file.spec.devices.iter().enumerate() {
        let name = file.kind.device(&device.name).unwrap();
        assert_eq!(name.as_str(), format!("{}={}", file.spec.kind, device.name));
        let found = registry.device(&name).unwrap();
        assert_eq!((&found.file.path, found.index), (&file.path, i));
        assert_eq!(found.device(), Some(device));
    }
}

pub(crate) fn required_version(_: &str, row: &Value) {
    assert_eq!(spec(&row["spec"]).minimum_version().to_string(), text(&row["expectedVersion"]));
}

pub(crate) fn minimum_version(_: &str, row: &Value) {
    assert_eq!(spec(&row["spec"]).minimum_version().to_string(), text(&row["want"]));
}

fn spec(value: &Value) -> Spec {
    Spec::parse_unchecked(value.to_string().as_bytes(), Format::Json).unwrap()
}

/// The version is the first thing that is checked; these specs are wrong in other ways too.
pub(crate) fn version(_: &str, row: &Value) {
    let version = text(&row["version"]);
    let spec = Spec { cdi_version: version.to_owned(), ..spec(&row["spec"]) };
    let problem = match spec.validate() {
        Err(InvalidSpec { field, problem }) if field == "cdiVersion" => Some(problem),
        _ => None,
    };
    let wanted = text(&row["wantErr"]);
    match &problem {
        None => assert_eq!(wanted, ""),
        Some(SpecProblem::VersionTooLow { needed, .. }) => {
            assert!(wanted.ends_with(&format!("at least v{needed}")), "{wanted}");
        }
        Some(SpecProblem::UnknownVersion { declared, .. }) => {
            assert_eq!(declared, version);
            let said = wanted.starts_with("invalid version");
            assert!(said || differences::is_unknown_to_us(version), "{wanted}");
        }
        Some(other) => panic!("{other}"),
    }
}
