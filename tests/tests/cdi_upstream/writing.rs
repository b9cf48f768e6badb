//! Writing and removing spec files.

use std::fs;

use gantry::cdi::{
    Cache, CacheOptions, Format, Registry, Spec, WriteOptions, name_for_transient_spec, write_spec,
};
use serde_json::Value;

use crate::rows::{Scene, devices, files, flag, strings, text};

fn spec(content: &Value) -> Spec {
    Spec::parse_unchecked(text(content).as_bytes(), Format::Yaml).unwrap()
}

pub(crate) fn write(_: &str, row: &Value) {
    let (scene, spec, name) = (Scene::bare(), spec(&row["data"]), text(&row["name"]));
    let dir = scene.path("run");
    let once = WriteOptions { overwrite: false, ..WriteOptions::default() };
    let written = write_spec(&dir, name, &spec, &WriteOptions::default());
    assert_eq!(written.is_err(), flag(&row["invalid"]), "{written:?}");
    let Ok(path) = written else {
        assert!(!dir.join(name).exists());
        return;
    };
    assert_eq!(path, dir.join(name));
    write_spec(&dir, name, &spec, &once).unwrap_err();
    let (read, _) = Spec::parse(&fs::read(path).unwrap(), Format::Yaml).unwrap();
    assert_eq!(read, spec);
}

pub(crate) fn through_registries(_: &str, row: &Value) {
    let (scene, options) = (Scene::bare(), WriteOptions::default());
    let mut valid = serde_json::Map::new();
    for (name, content) in row["etc"].as_object().unwrap() {
        let written = write_spec(&scene.path("first"), name, &spec(content), &options);
        assert_eq!(written.is_err(), flag(&row["invalid"][name]), "{written:?}");
        if written.is_ok() {
            valid.insert(name.clone(), content.clone());
        }
    }
    scene.update(&Value::Object(valid.clone()), &Value::Null);
    let read = |dir: &str| {
        let registry = Registry::load(&[scene.path(dir)]);
        assert!(registry.errors().is_empty());
        let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        files(&registry)
            .iter()
            .map(|file| (name(&file.path), file.spec.clone()))
            .collect::<Vec<_>>()
    };
    let specs = read("etc");
    assert_eq!(specs.len(), valid.len());
    for (name, spec) in &specs {
        write_spec(&scene.path("run"), name, spec, &options).unwrap();
    }
    assert_eq!(read("run"), specs);
}

/// Specs come and go; `-2` stands for the removal of the one of that index.
pub(crate) fn transient(_: &str, row: &Value) {
    let scene = Scene::new(&Value::Null, &Value::Null);
    let cache = Cache::new(&scene.dirs(), &CacheOptions::default());
    let mut names = Vec::new();
    for (i, content) in row["specs"].as_array().unwrap().iter().enumerate() {
        if let Some(removed) = text(content).strip_prefix('-') {
            let name: &Option<String> = &names[removed.parse::<usize>().unwrap()];
            assert!(cache.remove_spec(name.as_deref().unwrap()).unwrap());
            names.push(None);
        } else {
            let spec = spec(content);
            let name = name_for_transient_spec(&spec, &format!("id{i}"));
            assert_eq!(name.is_err(), flag(&row["invalid"][i.to_string()]), "{name:?}");
            names.push(name.ok());
            let Some(Some(name)) = names.last() else {
                continue;
            };
            cache.write_spec(name, &spec, &WriteOptions::default()).unwrap();
        }
        let registry = cache.registry();
        assert!(registry.errors().is_empty());
        assert_eq!(devices(&registry), strings(&row["expected"][i]), "after {i}");
        let files = fs::read_dir(scene.path("run")).unwrap().count() as u64;
        assert_eq!(Some(files), row["numSpecFiles"][i].as_u64(), "after {i}");
    }
}
