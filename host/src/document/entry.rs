//! The JSON text of new entries of a document: they hold what the edit says and nothing else. Keys are
//! in the order of their bytes. Written by hand, because a container gets a hundred of them; the tests
//! hold it against `oci-spec`.

use serde_json::Value;

use super::{DeviceNode, DeviceRule, Hook, IntelRdt, Mount};

/// An entry's text, or why it cannot be made, in words.
type Made = Result<String, String>;

pub(super) fn mount(mount: &Mount) -> String {
    let mut out = Object::new();
    out.text("destination", &mount.destination);
    out.texts("options", &mount.options);
    out.given("source", mount.source.as_deref());
    out.given("type", mount.fs_type.as_deref());
    out.end()
}

pub(super) fn hook(hook: &Hook) -> String {
    let mut out = Object::new();
    out.texts("args", &hook.args);
    out.texts("env", &hook.env);
    out.text("path", &hook.path);
    out.plain("timeout", hook.timeout);
    out.end()
}

pub(super) fn device_node(node: &DeviceNode) -> Made {
    if node.path.is_empty() {
        return Err("it has no path".to_owned());
    }
    let node_type = device_type(&node.node_type)?;
    let mut out = Object::new();
    out.plain("fileMode", node.file_mode);
    out.plain("gid", node.gid);
    out.plain("major", node.major);
    out.plain("minor", node.minor);
    out.text("path", &node.path);
    out.text("type", node_type);
    out.plain("uid", node.uid);
    Ok(out.end())
}

pub(super) fn device_rule(rule: &DeviceRule) -> Made {
    let node_type = rule.node_type.as_deref().map(device_type).transpose()?;
    let mut out = Object::new();
    out.given("access", rule.access.as_deref());
    out.plain("allow", Some(rule.allow));
    out.plain("major", rule.major);
    out.plain("minor", rule.minor);
    out.given("type", node_type);
    Ok(out.end())
}

pub(super) fn net_device(name: &str) -> String {
    let mut out = Object::new();
    out.text("name", name);
    out.end()
}

pub(super) fn intel_rdt(rdt: &IntelRdt) -> String {
    let mut out = Object::new();
    out.given("closID", rdt.clos_id.as_deref());
    out.plain("enableMonitoring", rdt.enable_monitoring);
    out.given("l3CacheSchema", rdt.l3_cache_schema.as_deref());
    out.given("memBwSchema", rdt.mem_bw_schema.as_deref());
    if let Some(lines) = &rdt.schemata {
        out.list("schemata", lines);
    }
    out.end()
}

fn device_type(letter: &str) -> Result<&str, String> {
    match letter {
        "a" | "b" | "c" | "u" | "p" => Ok(letter),
        other => Err(format!("the device type {other:?} is none of a, b, c, u, p")),
    }
}

/// A text as JSON.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_text(&mut out, text);
    out
}

fn push_text(out: &mut String, text: &str) {
    // Looks at every byte, which is quicker than to stop at the first: several are done at once.
    let needs = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |any, byte| any | needs(byte)) {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

/// An object while it is written. Keys need no escapes.
struct Object(String);

impl Object {
    fn new() -> Self {
        let mut out = String::with_capacity(256);
        out.push('{');
        Self(out)
    }

    fn key(&mut self, key: &str) {
        self.0.push_str(if self.0.len() == 1 { "\"" } else { ",\"" });
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        push_text(&mut self.0, text);
    }

    /// A text that may be absent.
    fn given(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// A number or a boolean that may be absent.
    fn plain(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.key(key);
            self.0.push_str(&value.to_string());
        }
    }

    /// Texts; absent where there are none.
    fn texts(&mut self, key: &str, texts: &[String]) {
        if !texts.is_empty() {
            self.list(key, texts);
        }
    }

    fn list(&mut self, key: &str, texts: &[String]) {
        self.key(key);
        self.0.push('[');
        for (i, text) in texts.iter().enumerate() {
            if i > 0 {
                self.0.push(',');
            }
            push_text(&mut self.0, text);
        }
        self.0.push(']');
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
