//! The tables of `pkg/cdi`'s own tests, each row a test of its own, asked of our public API. They lie
//! in `../shared/conformance` beside the repository and are not copied; where they are missing, that
//! is said and counted. Where ours is meant to differ, `differences` says how and why.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail, and the rows are as recorded"
)]

#[path = "cdi_upstream/differences.rs"]
mod differences;
#[path = "cdi_upstream/edits.rs"]
mod edits;
#[path = "cdi_upstream/injections.rs"]
mod injections;
#[path = "cdi_upstream/names.rs"]
mod names;
#[path = "cdi_upstream/registries.rs"]
mod registries;
#[path = "cdi_upstream/rows.rs"]
mod rows;
#[path = "cdi_upstream/specs.rs"]
mod specs;
#[path = "cdi_upstream/writing.rs"]
mod writing;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use gantry_tests::skips;
use libtest_mimic::{Arguments, Trial};
use serde_json::Value;

const TABLES: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/conformance/cdi/upstream-tables.jsonl");

/// What a test of upstream asks, and what its row's fields mean.
fn test_of(name: &str) -> Option<fn(&str, &Value)> {
    Some(match name {
        "TestQualifiedName" => names::qualified,
        "TestAnnotationKey" => names::annotation_key,
        "TestUpdateAnnotations" => names::update_annotations,
        "TestParseAnnotation" => names::parse_annotations,
        "TestNewCache" => registries::new,
        "TestRefreshCache" | "TestDefaultCacheRefresh" => registries::refresh,
        "TestFuzzSelfRefreshCache" => registries::changes_while_it_injects,
        "TestListVendorsAndClasses" => registries::vendors_and_classes,
        "TestDefaultCacheConfigure" => registries::configure,
        "TestScanSpecDirs" => registries::scan,
        "TestInjectDevice" | "TestDefaultCacheInjectDevice" => injections::inject,
        "TestCDIInjectionRace" => injections::from_annotations,
        "TestValidateContainerEdits" => edits::validate,
        "TestApplyContainerEdits" => edits::apply,
        "TestAppend" => edits::append,
        "TestDeviceValidate" => edits::device,
        "TestReadSpec" => specs::read,
        "TestNewSpec" => specs::new,
        "TestGetters" => specs::getters,
        "TestRequiredVersion" => specs::required_version,
        "TestMinimumRequiredVersion" => specs::minimum_version,
        "TestValidateVersion" => specs::version,
        "TestWriteSpec" => writing::write,
        "TestCacheWriteSpec" => writing::through_registries,
        "TestCacheTransientSpecs" => writing::transient,
        _ => return None,
    })
}

fn main() {
    let trials = match fs::read_to_string(TABLES) {
        Ok(tables) => trials(&tables),
        Err(error) => {
            let path = Path::new(TABLES).file_name().unwrap().to_string_lossy().into_owned();
            let why = format!("{path} is not beside the repository, {error}");
            vec![Trial::test("upstream_tables", move || {
                skips::skip("upstream_tables", &why);
                Ok(())
            })]
        }
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trials(tables: &str) -> Vec<Trial> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let rows = tables.lines().filter(|line| !line.trim().is_empty());
    let trials: Vec<_> = rows.map(|line| trial(line, &mut seen)).collect();
    assert!(!trials.is_empty(), "{TABLES} holds no rows");
    trials
}

fn trial(line: &str, seen: &mut HashMap<String, usize>) -> Trial {
    let row: Value = serde_json::from_str(line).unwrap();
    let mut name = row["test"].as_str().unwrap().to_owned();
    // Two rows of one table may have one name.
    let count = seen.entry(name.clone()).or_default();
    *count += 1;
    if *count > 1 {
        name = format!("{name}#{count}");
    }
    let test = name.split('/').next().and_then(test_of);
    Trial::test(name.clone(), move || {
        let test = test.ok_or("a test of upstream that is not known here")?;
        test(&name, &row["row"]);
        Ok(())
    })
}
