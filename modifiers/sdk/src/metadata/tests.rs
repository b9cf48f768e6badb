use serde_json::{Value, json};

use super::{Metadata, Want};

const PLAIN: Metadata = Metadata {
    name: "acme",
    version: "1.0.0",
    description: "says \"hello\" \\ and\ta tab, ünïcode",
    wants: &[],
    settings_schema: None,
};

const FULL: Metadata = Metadata {
    wants: &[
        Want::read_env("ACME_*", "reads"),
        Want::edit_mounts("/opt/acme/** => /opt/acme/** : ro", "mounts"),
    ],
    settings_schema: Some(
        r#"{
            "type": "object",
            "description": "a \" b  c\\"
        }"#,
    ),
    ..PLAIN
};

fn parse(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn plain() {
    let expected = json!({
        "metadata-version": 1, "name": "acme", "version": "1.0.0", "wit": "0.1.0",
        "description": PLAIN.description, "wants": [],
    });
    assert_eq!(parse(crate::metadata_json!(PLAIN)), expected);
}

#[test]
fn wants_and_schema() {
    let json = parse(crate::metadata_json!(FULL));
    let wants = json!([
        {"grant": "read.env", "pattern": "ACME_*", "why": "reads"},
        {"grant": "edit.mounts", "pattern": "/opt/acme/** => /opt/acme/** : ro", "why": "mounts"},
    ]);
    assert_eq!(json["wants"], wants);
    let schema = json!({"type": "object", "description": "a \" b  c\\"});
    assert_eq!(json["settings-schema"], schema);
    let compact = r#""settings-schema":{"type":"object","description":"a \" b  c\\"}}"#;
    assert!(crate::metadata_json!(FULL).ends_with(compact));
}
