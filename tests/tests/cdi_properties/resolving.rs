//! Resolving: any names, and a device that is asked for twice.

use std::fs;

use gantry::cdi::{QualifiedName, Registry, Source, WriteOptions, split_device, write_spec};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{config, specs};

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn any_names(names in vec(prop_oneof![specs::text(), "[a-z./=-]{0,12}", "v/c=[a-z]{0,3}"], 0..6)) {
        let dir = tempfile::tempdir().unwrap();
        let spec = r#"{"cdiVersion":"0.3.0","kind":"v/c","devices":[{"name":"a","containerEdits":{"env":["A=b"]}}]}"#;
        fs::write(dir.path().join("a.json"), spec).unwrap();
        fs::write(dir.path().join("bad\n.json"), "{").unwrap();
        for name in &names {
            let (vendor, class, device) = split_device(name);
            if let Ok(parsed) = name.parse::<QualifiedName>() {
                prop_assert_eq!(parsed.as_str(), name);
                prop_assert_eq!((parsed.vendor(), parsed.class(), parsed.name()), (vendor, class, device));
            }
        }
        match Registry::load(&[dir.path()]).resolve_names(&names) {
            Ok(_) => prop_assert!(names.iter().all(|name| name == "v/c=a")),
            Err(error) => {
                let text = error.to_string();
                prop_assert!(!text.contains(char::is_control), "{:?}", text);
                prop_assert!(!error.details().replace('\n', "").contains(char::is_control));
                let mut missing: Vec<&str> = names.iter().map(String::as_str).collect();
                missing.retain(|name| *name != "v/c=a");
                let mut seen = Vec::new();
                missing.retain(|name| !seen.contains(name) && { seen.push(*name); true });
                let told: Vec<&str> = error.devices.iter().map(|device| &*device.name).collect();
                prop_assert_eq!(told, missing);
            }
        }
    }

    #[test]
    fn a_device_counts_once_where_it_is_first_asked_for(
        specs in vec(specs::spec(), 1..4),
        wishes in vec(any::<Index>(), 0..8),
    ) {
        let dir = tempfile::tempdir().unwrap();
        for (i, spec) in specs.iter().enumerate() {
            let mut spec = spec.clone();
            spec.kind = format!("v{i}.com/{}", spec.kind.split_once('/').unwrap().1);
            write_spec(dir.path(), &format!("{i}.json"), &spec, &WriteOptions::default()).unwrap();
        }
        let registry = Registry::load(&[dir.path()]);
        prop_assert!(registry.errors().is_empty());
        let known: Vec<&QualifiedName> = registry.devices().collect();
        let wishes: Vec<QualifiedName> = wishes.iter().map(|at| (*at.get(&known)).clone()).collect();
        let mut once: Vec<QualifiedName> = Vec::new();
        for name in &wishes {
            if !once.contains(name) {
                once.push(name.clone());
            }
        }
        let sources = |names: &[QualifiedName]| -> Vec<Source> {
            let plan = registry.resolve(names).unwrap();
            plan.parts().iter().map(|part| part.source.clone()).collect()
        };
        let plan = sources(&wishes);
        prop_assert_eq!(&plan, &sources(&once));
        let devices: Vec<_> = plan.iter().filter_map(|source| source.device.clone()).collect();
        prop_assert_eq!(devices, once);
        for (i, source) in plan.iter().enumerate().filter(|(_, source)| source.device.is_none()) {
            // The common edits of a file: once, right before those of its first device.
            prop_assert_eq!(&plan[i + 1].file, &source.file);
            prop_assert!(plan[..i].iter().all(|earlier| earlier.file != source.file));
        }
    }
}
