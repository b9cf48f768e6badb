//! Refreshing: whatever happens to the directories, a refreshed registry is what a fresh one would be,
//! and so is one that was loaded with the help of an index.

use std::fs;

use gantry::cdi::{
    Cache, CacheOptions, DirectoryState, LoadOptions, QualifiedName, Registry, Wanted,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::config;
use crate::files::{At, Content, Operation, Tree, operation};

/// All that a registry says, as text.
fn said(registry: &Registry) -> String {
    let mut said = Vec::new();
    for dir in registry.directories() {
        let state = match &dir.state {
            DirectoryState::Read => "read".to_owned(),
            DirectoryState::Missing => "missing".to_owned(),
            DirectoryState::Failed(error) => error.to_string(),
        };
        said.push(format!("directory {} {} {state}", dir.path.display(), dir.priority));
    }
    for file in registry.files() {
        said.push(format!("file {} {} {:?}", file.path.display(), file.priority, file.spec));
    }
    for name in registry.devices() {
        let found = registry.device(name).unwrap();
        said.push(format!("device {name} {} {:?}", found.file.path.display(), found.device()));
        for definition in registry.definitions(name) {
            said.push(format!("defined {name} {}", definition.file.path.display()));
        }
    }
    for (path, problems) in registry.errors() {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        said.push(format!("error {} {problems:?}", path.display()));
    }
    for name in wishes() {
        said.push(format!("conflict {name} {:?}", registry.conflict(&name)));
    }
    said.push(format!("{:?} {:?}", registry.vendors(), registry.classes()));
    said.join("\n")
}

/// All names that there may be.
fn wishes() -> Vec<QualifiedName> {
    let names = ["v0.com/c=d0", "v0.com/c=d1", "v1.com/c=d0", "v1.com/c=d1"];
    names.map(|name| name.parse().unwrap()).to_vec()
}

/// What a request for one device would do, as text.
fn answer(registry: &Registry, name: &QualifiedName) -> String {
    match registry.resolve(std::slice::from_ref(name)) {
        Ok(plan) => {
            let part = |part: &gantry::cdi::Part| format!("{}: {:?}", part.source, part.edits());
            plan.parts().iter().map(part).collect::<Vec<_>>().join("\n")
        }
        Err(error) => error.details(),
    }
}

/// Looks after each operation: what a refreshed registry says is what a fresh one does.
fn look_after_each(operations: &[Operation]) -> Result<(), TestCaseError> {
    let tree = Tree::new();
    let mut registry = Registry::load(&tree.dirs());
    let mut before = said(&registry);
    for (i, operation) in operations.iter().enumerate() {
        // What cannot be done is not done.
        let _ = tree.apply(operation);
        let changed = registry.refresh();
        let after = said(&registry);
        let done = &operations[..=i];
        prop_assert_eq!(&after, &said(&Registry::load(&tree.dirs())), "after {:?}", done);
        prop_assert!(changed || after == before, "a change that is not told, after {:?}", done);
        before = after;
    }
    Ok(())
}

/// Changes of which little shows: each after a look that found the files settled.
#[test]
fn changes_that_hardly_show() {
    use Operation::{
        Digit, HardLink, Link, Make, RemoveAll, Replace, Settle, Swap, Target, WriteKeepingTime,
    };

    let (at, content) = (At::first, Content::Spec);
    for operations in [
        vec![WriteKeepingTime(at(), content(0, 0, 1))],
        vec![Digit(at(), 1)],
        vec![Replace(at(), content(0, 0, 1))],
        vec![Link(at(), 0), Settle, Target(0, content(0, 0, 1))],
        vec![Link(at(), 0), Settle, Target(1, content(0, 0, 1)), Settle, Link(at(), 1)],
        vec![HardLink(at(), At::other()), Settle, Digit(At::other(), 2)],
        vec![Swap(0), Settle, Swap(0), Settle, Swap(0)],
        vec![RemoveAll(0), Settle, Make(0), Settle, Replace(at(), content(0, 0, 1))],
    ] {
        let settled: Vec<_> = [Settle].into_iter().chain(operations).collect();
        look_after_each(&settled).unwrap();
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn a_refreshed_registry_is_a_fresh_one(operations in vec(operation(), 1..30)) {
        look_after_each(&operations)?;
    }

    /// As many operations as come between two looks.
    #[test]
    fn after_many_operations(bursts in vec(vec(operation(), 1..8), 1..5)) {
        let tree = Tree::new();
        let mut registry = Registry::load(&tree.dirs());
        let cache = Cache::new(&tree.dirs(), &CacheOptions { watch: false, ..CacheOptions::default() });
        let watching = Cache::new(&tree.dirs(), &CacheOptions::default());
        for burst in &bursts {
            for operation in burst {
                let _ = tree.apply(operation);
            }
            registry.refresh();
            let fresh = said(&Registry::load(&tree.dirs()));
            prop_assert_eq!(&said(&registry), &fresh);
            prop_assert_eq!(&said(&cache.registry()), &fresh);
            // What it will be told of this may come later; looking must not depend on that.
            prop_assert_eq!(&said(&watching.refresh()), &fresh);
        }
    }
}

proptest! {
    #![proptest_config(config(60))]

    /// With many other files, so that the index is used.
    #[test]
    fn a_request_with_an_index_is_one_without(operations in vec(operation(), 1..20)) {
        let tree = Tree::new();
        for i in 0..40 {
            let spec = format!(
                r#"{{"cdiVersion":"0.3.0","kind":"filler.com/c","devices":[{{"name":"f{i}","containerEdits":{{"env":["A=b"]}}}}]}}"#
            );
            fs::write(tree.dirs()[0].join(format!("filler{i}.json")), spec).unwrap();
        }
        let options = LoadOptions { index: Some(tree.beside("index")), ..LoadOptions::default() };
        for (i, operation) in [Operation::Settle].iter().chain(&operations).enumerate() {
            let _ = tree.apply(operation);
            let fresh = Registry::load(&tree.dirs());
            for name in wishes() {
                let wanted = [name.clone()];
                let with = Registry::load_for(&tree.dirs(), Wanted::Devices(&wanted), &options);
                prop_assert_eq!(
                    answer(&with, &name), answer(&fresh, &name), "after {:?}", &operations[..i]
                );
            }
        }
    }
}
