//! When two documents are the same, as `conformance/README.md` says it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The programs whose hooks are compared by subcommand and arguments alone.
const CDI_HOOKS: &[&str] = &["nvidia-cdi-hook", "nvidia-ctk", "gantry-hook"];

/// A document in the form in which equal ones are equal.
pub(crate) fn normal(mut document: Value) -> Value {
    if let Some(env) = document.pointer_mut("/process/env") {
        *env = variables(env);
    }
    if let Some(rules) = document.pointer_mut("/linux/resources/devices") {
        *rules = set(rules);
    }
    if let Some(nodes) = document.pointer_mut("/linux/devices") {
        *nodes = by_path(nodes);
    }
    let hooks = document.get_mut("hooks").and_then(Value::as_object_mut);
    for hook in hooks.into_iter().flatten().filter_map(|(_, list)| list.as_array_mut()).flatten() {
        cdi_hook(hook);
    }
    document
}

/// By name, the last value counts, order ignored.
fn variables(env: &Value) -> Value {
    let entries = env.as_array().into_iter().flatten().filter_map(Value::as_str);
    let named: BTreeMap<&str, Option<&str>> = entries
        .map(|entry| {
            entry.split_once('=').map_or((entry, None), |(name, value)| (name, Some(value)))
        })
        .collect();
    named.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

fn set(rules: &Value) -> Value {
    let mut texts: Vec<String> =
        rules.as_array().into_iter().flatten().map(Value::to_string).collect();
    texts.sort();
    texts.dedup();
    texts.into()
}

fn by_path(nodes: &Value) -> Value {
    let path = |node: &Value| (node["path"].as_str().unwrap_or_default().to_owned(), node.clone());
    Value::Object(nodes.as_array().into_iter().flatten().map(path).collect::<Map<_, _>>())
}

/// Leaves the subcommand and its arguments of a CDI hook.
fn cdi_hook(hook: &mut Value) {
    let path = hook["path"].as_str().unwrap_or_default();
    let Some(program) = CDI_HOOKS.iter().find(|name| path.ends_with(*name)) else {
        return;
    };
    let own = usize::from(*program == "nvidia-ctk") + 1;
    let args = hook["args"].as_array().into_iter().flatten().skip(own).cloned().collect();
    *hook = Value::Array(args);
}
