//! From spec directories and names to a document.

use gantry::cdi::{Plan, QualifiedName, Registry, parse_annotations};
use gantry::document::Document;
use gantry::host_files::Root;
use serde_json::{Value, json};

use crate::rows::{Scene, map, strings, text, without_zeros};

pub(crate) fn inject(_: &str, row: &Value) {
    let scene = Scene::new(&row["cdiSpecs"]["etc"], &row["cdiSpecs"]["run"]);
    match scene.load().resolve_names(&strings(&row["devices"])) {
        Ok(plan) => {
            assert!(strings(&row["unresolved"]).is_empty());
            let after = apply(&row["ociSpec"], &plan);
            assert_eq!(without_zeros(&after), without_zeros(&row["result"]));
        }
        Err(error) => {
            let names: Vec<&str> = error.devices.iter().map(|device| &*device.name).collect();
            assert_eq!(names, strings(&row["unresolved"]), "{error}");
            // The text is Go's; ours names the same devices.
            let told = error.to_string();
            assert!(names.iter().all(|name| told.contains(name)), "{told}");
            assert!(!text(&row["expectedErr"]).is_empty());
        }
    }
}

fn apply(document: &Value, plan: &Plan) -> Value {
    let document = Document::parse(document.to_string()).unwrap();
    let host = Root::new(std::path::Path::new("/")).unwrap();
    let edits = plan.parts().iter().map(gantry::cdi::Part::edits);
    let after = gantry_oracles::inject(&document, edits, &host).unwrap();
    serde_json::from_str(&after.to_text()).unwrap()
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
    let injected = (|| {
        let pairs = annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let (_, names) = parse_annotations(pairs).map_err(|error| error.to_string())?;
        let plan = resolve(&scene.load(), &names)?;
        Ok::<_, String>(apply(&json!({}), &plan))
    })();
    assert_eq!(injected.is_err(), row["expectError"] == true, "{injected:?}");
    if let Ok(document) = injected {
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

fn resolve(registry: &Registry, names: &[QualifiedName]) -> Result<Plan, String> {
    registry.resolve(names).map_err(|error| error.details())
}
