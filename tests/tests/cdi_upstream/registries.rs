//! Loading and looking again: devices, priorities, conflicts, errors.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use gantry::cdi::{Cache, CacheOptions, DirectoryState, Registry};
use serde_json::Value;

use crate::differences;
use crate::rows::{Scene, devices, flag, keys, map, name, strings, text};

pub(crate) fn new(_: &str, row: &Value) {
    let none = row["etc"].is_null() && row["run"].is_null();
    let scene = if none { Scene::bare() } else { Scene::new(&row["etc"], &row["run"]) };
    let registry = scene.load();
    let sources = map(&row["sources"]);
    assert_eq!(devices(&registry), sources.keys().cloned().collect::<Vec<_>>());
    for (device, path) in sources {
        let found = registry.device(&name(&device)).unwrap();
        assert_eq!(scene.relative(&found.file.path), path);
    }
    assert_eq!(errors(&scene, &registry), keys(&row["errors"]));
    let unread = registry.directories().iter().filter(|dir| !is_read(&dir.state));
    let unread: Vec<String> = unread.map(|dir| scene.relative(&dir.path)).collect();
    assert_eq!(unread, keys(&row["dirErrors"]));
}

fn is_read(state: &DirectoryState) -> bool {
    matches!(state, DirectoryState::Read)
}

pub(crate) fn refresh(_: &str, row: &Value) {
    let scene = Scene::new(&Value::Null, &Value::Null);
    let cache = Cache::new(&scene.dirs(), &CacheOptions::default());
    let mut registry = scene.load();
    for (i, update) in row["updates"].as_array().unwrap().iter().enumerate() {
        scene.update(&update["etc"], &update["run"]);
        registry.refresh();
        check(&scene, &registry, row, i);
        check(&scene, &scene.load(), row, i);
        // What is told of changes may not have been told yet.
        check(&scene, &cache.refresh(), row, i);
    }
}

/// What holds after the row's update of that index.
fn check(scene: &Scene, registry: &Registry, row: &Value, i: usize) {
    assert_eq!(devices(registry), strings(&row["devices"][i]), "update {i}");
    for (device, priority) in row["devprio"][i].as_object().into_iter().flatten() {
        let found = registry.device(&name(device)).unwrap();
        assert_eq!(Some(found.file.priority as u64), priority.as_u64(), "{device}, update {i}");
    }
    assert_eq!(errors(scene, registry), keys(&row["errors"][i]), "update {i}");
}

/// The files with errors, relative to the scene, sorted.
fn errors(scene: &Scene, registry: &Registry) -> Vec<String> {
    registry.errors().keys().map(|path| scene.relative(path)).collect()
}

/// While files change, a device that is always there always resolves, to one of its states.
pub(crate) fn changes_while_it_injects(_: &str, row: &Value) {
    let updates = row["updates"].as_array().unwrap();
    let device = "vendor1.com/device=dev1";
    let states: BTreeSet<String> = updates.iter().map(node_of_update).collect();
    let scene = Scene::new(&updates[0]["etc"], &updates[0]["run"]);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let mut count = 0_usize;
            while !stop.load(Ordering::Relaxed) || count < updates.len() {
                let update = &updates[count % updates.len()];
                scene.update(&update["etc"], &update["run"]);
                count += 1;
            }
        });
        let cache = Cache::new(&scene.dirs(), &CacheOptions::default());
        let injected = (0..200).map(|_| {
            let plan =
                cache.registry().resolve_names(&[device]).map_err(|error| error.details())?;
            Ok(plan.parts()[0].edits().device_nodes[0].path.clone())
        });
        let injected: Result<BTreeSet<String>, String> = injected.collect();
        stop.store(true, Ordering::Relaxed);
        thread.join().unwrap();
        let injected = injected.unwrap();
        assert!(injected.is_subset(&states), "{injected:?}");
    });
}

/// The device node's path in the one file of an update.
fn node_of_update(update: &Value) -> String {
    let files = ["etc", "run"].into_iter().flat_map(|dir| update[dir].as_object().into_iter());
    let content = files.flat_map(serde_json::Map::values).map(text).collect::<String>();
    let path = content.split("path:").nth(1).and_then(|rest| rest.split('"').nth(1));
    path.unwrap().to_owned()
}

pub(crate) fn vendors_and_classes(_: &str, row: &Value) {
    let registry = Scene::new(&row["cdiSpecs"]["etc"], &row["cdiSpecs"]["run"]).load();
    assert_eq!(registry.vendors().into_iter().collect::<Vec<_>>(), strings(&row["vendors"]));
    assert_eq!(registry.classes().into_iter().collect::<Vec<_>>(), strings(&row["classes"]));
}

pub(crate) fn configure(_: &str, row: &Value) {
    let registry = Scene::new(&row["entries"]["etc"], &row["entries"]["run"]).load();
    assert_eq!(devices(&registry), strings(&row["devices"]));
}

pub(crate) fn scan(_: &str, row: &Value) {
    let scene = Scene::new(&row["files"], &Value::Null);
    let dirs = [PathBuf::from("/no-such-dir"), scene.path("etc")];
    let registry = Registry::load(&dirs);
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let (mut success, mut vendors, mut classes) = (Vec::new(), Vec::new(), Vec::new());
    for file in registry.files() {
        let name = name(&file.path);
        vendors.push((name.clone(), file.kind.vendor().to_owned()));
        classes.push((name.clone(), file.kind.class().to_owned()));
        success.push(name);
    }
    let errors = registry.errors();
    assert_eq!(errors.keys().map(|path| name(path)).collect::<Vec<_>>(), keys(&row["failure"]));
    if flag(&row["abort"]) {
        assert_eq!(success, differences::nothing_aborts(row));
        return;
    }
    assert_eq!(success, keys(&row["success"]));
    assert_eq!(vendors, map(&row["vendors"]).into_iter().collect::<Vec<_>>());
    assert_eq!(classes, map(&row["classes"]).into_iter().collect::<Vec<_>>());
}
