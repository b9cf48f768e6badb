//! The host that a case describes, made in a temporary directory, and an injection on it.

use std::error::Error;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use gantry::cdi::{Container, Plan, Registry, document_edits};
use gantry::document::Document;
use gantry::host_files::Root;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use serde_json::{Map, Value, json};

/// Makes the spec directories `d0`, `d1`, …; null is one that is not there.
pub(crate) fn spec_dirs(tmp: &Path, dirs: &Value) -> Vec<PathBuf> {
    let make = |(i, files): (usize, &Value)| {
        let dir = tmp.join(format!("d{i}"));
        if let Some(files) = files.as_object() {
            fs::create_dir_all(&dir).unwrap();
            for (name, content) in files {
                let content = content.as_str().unwrap().replace("$T", &tmp.to_string_lossy());
                fs::write(dir.join(name), content).unwrap();
            }
        }
        dir
    };
    dirs.as_array().unwrap().iter().enumerate().map(make).collect()
}

pub(crate) fn normal(text: &str, tmp: &Path) -> String {
    text.replace(&*tmp.to_string_lossy(), "$T")
}

pub(crate) fn needs_root(setup: &Value) -> bool {
    let node = |item: &Value| item["kind"] == "c" || item["kind"] == "b";
    setup.as_array().is_some_and(|items| items.iter().any(node))
}

fn setup(tmp: &Path, items: &Value) {
    let at = |value: &Value| value.as_str().unwrap().replace("$T", &tmp.to_string_lossy());
    for item in items.as_array().into_iter().flatten() {
        let path = at(&item["path"]);
        let number = |field: &str| u32::try_from(item[field].as_u64().unwrap_or(0)).unwrap();
        let node = |kind| {
            let device = makedev(number("maj"), number("min"));
            mknodat(CWD, &path, kind, Mode::from_raw_mode(0o600), device).unwrap();
        };
        match item["kind"].as_str().unwrap() {
            "c" => node(FileType::CharacterDevice),
            "b" => node(FileType::BlockDevice),
            "p" => node(FileType::Fifo),
            "f" => fs::write(&path, "").unwrap(),
            "d" => fs::create_dir_all(&path).unwrap(),
            "l" => std::os::unix::fs::symlink(at(&item["target"]), &path).unwrap(),
            other => panic!("unknown kind of file {other}"),
        }
        if item["mode"].is_u64() {
            fs::set_permissions(&path, fs::Permissions::from_mode(number("mode"))).unwrap();
        }
    }
}

/// What injecting the case's devices gives: the document is changed wholly or not at all.
pub(crate) fn inject(case: &Value, dirs: &Value) -> Result<Value, String> {
    let tmp = tempfile::tempdir().map_err(|error| error.to_string())?;
    setup(tmp.path(), &case["setup"]);
    let registry = Registry::load(&spec_dirs(tmp.path(), dirs));
    let text = case.get("oci").unwrap_or(&json!({})).to_string();
    let text = text.replace("$T", &tmp.path().to_string_lossy());
    let mut document = Document::parse(text).map_err(|error| error.to_string())?;
    let devices: Vec<&str> =
        case["devices"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let (mut err, mut unresolved) = (false, Vec::new());
    for _ in 0..case["repeat"].as_u64().unwrap_or(1) {
        match registry.resolve_names(&devices) {
            Ok(plan) => match injected(&document, &plan) {
                Ok(next) => document = next,
                Err(_) => err = true,
            },
            Err(error) => {
                unresolved = error.devices.into_iter().map(|device| device.name).collect();
                err = true;
            }
        }
    }
    let oci: Value = serde_json::from_str(&normal(&document.to_text(), tmp.path())).unwrap();
    Ok(json!({ "err": err, "unresolved": unresolved, "oci": oci }))
}

fn injected(document: &Document, plan: &Plan) -> Result<Document, Box<dyn Error>> {
    let host = Root::new(Path::new("/"))?;
    let user = document.user()?;
    let has_user_namespace = document.namespaces()?.iter().any(|ns| ns.kind == "user");
    let container = Container { user, has_user_namespace };
    let mut next = document.clone();
    for part in plan.parts() {
        for edit in document_edits(part.edits(), &container, &host)? {
            next.apply(&edit)?;
        }
    }
    Ok(next)
}

/// All files below a directory: content and mode by path.
pub(crate) fn files_below(tmp: &Path) -> Value {
    let mut files = Map::new();
    let mut dirs = vec![tmp.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                dirs.push(path);
                continue;
            }
            let mode = format!("{:04o}", path.metadata().unwrap().mode() & 0o7777);
            let file = json!({ "content": fs::read_to_string(&path).unwrap(), "mode": mode });
            files.insert(normal(&path.to_string_lossy(), tmp), file);
        }
    }
    Value::Object(files)
}

/// Says that a test was not run, where it is seen.
pub(crate) fn skipped(test: &str, reason: &str) {
    use std::io::Write as _;

    let line = format!("SKIPPED: {test}: {reason}");
    eprintln!("{line}");
    if let Some(path) = std::env::var_os("GANTRY_SKIPS") {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}
