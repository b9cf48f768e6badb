//! When two documents of recorded cases are the same.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The programs whose hooks are compared by subcommand and arguments alone.
const CDI_HOOKS: &[&str] = &["nvidia-cdi-hook", "nvidia-ctk", "gantry-hook"];

/// What of a CDI hook is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CdiHooks {
    /// The subcommand and its arguments.
    ByArguments,
    /// The program too.
    WithProgram,
}

/// A document in the form in which equal ones are equal.
#[must_use]
pub fn normal(mut document: Value, hooks: CdiHooks) -> Value {
    if let Some(env) = document.pointer_mut("/process/env") {
        *env = variables(env);
    }
    if let Some(rules) = document.pointer_mut("/linux/resources/devices") {
        *rules = set(rules);
    }
    if let Some(nodes) = document.pointer_mut("/linux/devices") {
        *nodes = by_path(nodes);
    }
    let lists = document.get_mut("hooks").and_then(Value::as_object_mut);
    for hook in lists.into_iter().flatten().filter_map(|(_, list)| list.as_array_mut()).flatten() {
        cdi_hook(hook, hooks);
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

/// Leaves of a CDI hook what is compared.
fn cdi_hook(hook: &mut Value, compared: CdiHooks) {
    let path = hook["path"].as_str().unwrap_or_default();
    let Some(program) = CDI_HOOKS.iter().find(|name| path.ends_with(*name)) else {
        return;
    };
    let own = usize::from(*program == "nvidia-ctk") + 1;
    let path = (compared == CdiHooks::WithProgram).then(|| hook["path"].clone());
    let args = hook["args"].as_array().into_iter().flatten();
    let args = args.skip(if path.is_some() { 0 } else { own }).cloned();
    *hook = path.into_iter().chain(args).collect();
}
