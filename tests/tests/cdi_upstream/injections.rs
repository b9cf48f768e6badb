//! From spec directories and names to a document.

use gantry::cdi::{InjectError, QualifiedName, Registry, parse_annotations};
use gantry::document::Document;
use gantry::host_files::Root;
use serde_json::{Value, json};

use crate::rows::{Scene, map, strings, text, without_zeros};

pub(crate) fn inject(_: &str, row: &Value) {
    let scene = Scene::new(&row["cdiSpecs"]["etc"], &row["cdiSpecs"]["run"]);
    match injected(&scene.load(), &row["ociSpec"], &strings(&row["devices"])) {
        Ok(after) => {
            assert!(strings(&row["unresolved"]).is_empty());
            assert_eq!(without_zeros(&after), without_zeros(&row["result"]));
        }
        Err(InjectError::Unresolved(error)) => {
            let names: Vec<&str> = error.devices.iter().map(|device| &*device.name).collect();
            assert_eq!(names, strings(&row["unresolved"]), "{error}");
            // The text is Go's; ours names the same devices.
            let told = error.to_string();
            assert!(names.iter().all(|name| told.contains(name)), "{told}");
            assert!(!text(&row["expectedErr"]).is_empty());
        }
        Err(error) => panic!("{error}"),
    }
}

fn injected<S: AsRef<str>>(
    registry: &Registry,
    document: &Value,
    names: &[S],
) -> Result<Value, InjectError> {
    let mut document = Document::parse(document.to_string()).unwrap();
    let host = Root::new(std::path::Path::new("/")).unwrap();
    registry.inject(&mut document, names, &host)?;
    Ok(serde_json::from_str(&document.to_text()).unwrap())
}

/// As containerd does it: names from annotations, then an injection. Upstream's own check of the
/// result never runs, for its condition is the wrong way round; ours does.
pub(crate) fn from_annotations(_: &str, row: &Value) {
    let scene = Scene::bare();
    for (i, content) in row["cdiSpecFiles"].as_array().into_iter().flatten().enumerate() {
        let files = json!({ format!("spec-{i}.yaml"): content });
        scene.update(&files, &Value::Null);
    }
    let annotations = map(&row["annotations"]);
    let result = (|| {
        let pairs = annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let (_, names) = parse_annotations(pairs).map_err(|error| error.to_string())?;
        let names: Vec<&str> = names.iter().map(QualifiedName::as_str).collect();
        injected(&scene.load(), &json!({}), &names).map_err(|error| error.to_string())
    })();
    assert_eq!(result.is_err(), row["expectError"] == true, "{result:?}");
    if let Ok(document) = result {
        let env = strings(&document["process"]["env"]);
        assert!(strings(&row["expectEnv"]).iter().all(|entry| env.contains(entry)), "{document}");
        let nodes = document["linux"]["devices"].as_array().cloned().unwrap_or_default();
        for wanted in row["expectDevices"].as_array().into_iter().flatten() {
            // Where the host has the node, its mode comes with it.
            let same = |node: &Value| {
                let mut node = node.clone();
                node.as_object_mut().unwrap().remove("fileMode");
                node == *wanted
            };
            assert!(nodes.iter().any(same), "{wanted} is not in {document}");
        }
    }
}
