//! The recorded cases, as a source of files and documents that look like real ones.

use gantry::cdi::Format;
use serde_json::Value;

const CASES: &str = include_str!("../../conformance/cdi/cases.jsonl");

fn cases(op: &str) -> Vec<Value> {
    let rows = CASES.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| row["case"].clone()).filter(|case| case["op"] == op).collect()
}

/// Spec files: format and bytes.
pub(crate) fn spec_files() -> Vec<(Format, Vec<u8>)> {
    let file = |case: Value| {
        let format = Format::of_path(std::path::Path::new(case["file"].as_str().unwrap()))?;
        Some((format, case["content"].as_str().unwrap().as_bytes().to_vec()))
    };
    let files: Vec<_> = cases("parse").into_iter().filter_map(file).collect();
    assert!(files.len() > 100);
    files
}

/// Documents.
pub(crate) fn documents() -> Vec<String> {
    let documents: Vec<_> =
        cases("inject").iter().filter_map(|case| case.get("oci")).map(Value::to_string).collect();
    assert!(documents.len() > 10);
    documents
}
