//! Container edits: valid or not, applied, and one after another.

use gantry::cdi::{ContainerEdits, Format, Spec};
use gantry::document::Document;
use gantry::host_files::Root;
use serde_json::{Value, json};

use crate::rows::{flag, without_zeros};

/// The edits of a row.
fn edits(value: &Value) -> ContainerEdits {
    let spec = json!({ "containerEdits": value }).to_string();
    Spec::parse_unchecked(spec.as_bytes(), Format::Json).unwrap().container_edits
}

pub(crate) fn validate(_: &str, row: &Value) {
    let result = edits(&row["edits"]).validate();
    assert_eq!(result.is_err(), flag(&row["invalid"]), "{result:?}");
}

pub(crate) fn apply(_: &str, row: &Value) {
    let edits = edits(&row["edits"]);
    edits.validate().unwrap();
    let document = Document::parse(row["spec"].to_string()).unwrap();
    let host = Root::new(std::path::Path::new("/")).unwrap();
    let after = gantry_oracles::inject(&document, [&edits], &host).unwrap().to_text();
    let after: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(without_zeros(&after), without_zeros(&row["result"]));
}

/// Nil edits are empty ones.
pub(crate) fn append(_: &str, row: &Value) {
    let mut merged = edits(&row["dst"]);
    for source in row["src"].as_array().unwrap() {
        merged.append(edits(source));
    }
    assert_eq!(merged, edits(&row["result"]));
}

pub(crate) fn device(_: &str, row: &Value) {
    let spec =
        json!({ "cdiVersion": "1.1.0", "kind": "vendor.com/class", "devices": [row["device"]] });
    let spec = Spec::parse(spec.to_string().as_bytes(), Format::Json);
    assert_eq!(spec.is_err(), flag(&row["invalid"]), "{spec:?}");
}
