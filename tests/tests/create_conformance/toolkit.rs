//! The toolkit's configuration as ours, as far as the cases use it.

use std::fmt::Write as _;

use toml::{Table, Value};

/// Where the toolkit has its switches, and what they are called in the settings of `mode` and `cdi`.
const SETTINGS: &[(&str, &str)] = &[
    ("accept-nvidia-visible-devices-envvar-when-unprivileged", "accept-envvar-when-unprivileged"),
    ("accept-nvidia-visible-devices-as-volume-mounts", "accept-volume-mounts"),
];

/// Our configuration for a toolkit's.
pub(crate) fn translate(toolkit: &str) -> String {
    let toolkit: Table = toolkit.parse().unwrap();
    let at = |path: &str| {
        let mut keys = path.split('/');
        let first = toolkit.get(keys.next().unwrap());
        keys.fold(first, |value, key| value?.get(key))
    };
    let mut shared = Table::new();
    let mut env = vec!["NVIDIA_VISIBLE_DEVICES", "NVIDIA_REQUIRE_CUDA", "CUDA_VERSION"];
    let mut annotations = vec!["cdi.k8s.io/*".to_owned()];
    for (theirs, ours) in SETTINGS {
        if let Some(value) = at(theirs) {
            shared.insert((*ours).into(), value.clone());
        }
    }
    if let Some(name) = at("swarm-resource").and_then(Value::as_str) {
        shared.insert("preferred-env".into(), vec![name].into());
        env.push(name);
    }
    if let Some(prefixes) = at("nvidia-container-runtime/modes/cdi/annotation-prefixes") {
        shared.insert("annotation-prefixes".into(), prefixes.clone());
        let prefixes = prefixes.as_array().unwrap().iter().filter_map(Value::as_str);
        annotations.extend(prefixes.map(|prefix| format!("{prefix}*")));
    }

    let mut out = String::new();
    let mut line = |text: String| writeln!(out, "{text}").unwrap();
    line(format!("[runtime]\nlow-level = {}", at("nvidia-container-runtime/runtimes").unwrap()));
    line(format!(
        "[cdi]\nspec-dirs = {}",
        at("nvidia-container-runtime/modes/cdi/spec-dirs").unwrap()
    ));
    if let Some(root) = at("nvidia-container-cli/root") {
        line(format!("[host]\ndriver-root = {root}"));
    }
    for stage in ["mode", "cdi"] {
        line(format!("[stages.{stage}.grants.read]\nenv = {env:?}\nannotations = {annotations:?}"));
        let mut settings = shared.clone();
        let (key, theirs) = match stage {
            "mode" => ("mode", "nvidia-container-runtime/mode"),
            _ => ("default-kind", "nvidia-container-runtime/modes/cdi/default-kind"),
        };
        if let Some(value) = at(theirs) {
            settings.insert(key.into(), value.clone());
        }
        line(format!("[stages.{stage}.settings]\n{settings}"));
    }
    out
}
