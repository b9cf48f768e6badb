//! The JSON text of new entries of a document: they hold what the edit says and nothing else. Keys are
//! in the order of their bytes, but for those of device rules. Written by hand, because a container gets a hundred of them; the tests
//! hold it against `oci-spec`.

use serde_json::Value;

use super::{Hook, IntelRdt, Mount, NodeRef, RuleRef};

/// Why an entry cannot be made, in words.
type Made = Result<(), String>;

/// A key with the comma before it and the colon after it, which it is written with at once.
macro_rules! key {
    ($name:literal) => {
        concat!(",\"", $name, "\":")
    };
}

pub(super) fn mount(mount: &Mount) -> String {
    whole(|out| {
        out.text(key!("destination"), &mount.destination);
        out.texts(key!("options"), &mount.options);
        out.given(key!("source"), mount.source.as_deref());
        out.given(key!("type"), mount.fs_type.as_deref());
    })
}

pub(super) fn hook(hook: &Hook) -> String {
    whole(|out| {
        out.texts(key!("args"), &hook.args);
        out.texts(key!("env"), &hook.env);
        out.text(key!("path"), &hook.path);
        out.number(key!("timeout"), hook.timeout);
    })
}

/// Appends the entry to a text.
pub(super) fn device_node(out: &mut String, node: &NodeRef<'_>) -> Made {
    if node.path.is_empty() {
        return Err("it has no path".to_owned());
    }
    let node_type = device_type(node.node_type)?;
    let mut out = Object::new(out);
    out.number(key!("fileMode"), node.file_mode);
    out.number(key!("gid"), node.gid);
    out.number(key!("major"), node.major);
    out.number(key!("minor"), node.minor);
    out.text(key!("path"), node.path);
    out.word(key!("type"), node_type);
    out.number(key!("uid"), node.uid);
    out.end();
    Ok(())
}

/// Appends the entry to a text. Its keys are in the order in which engines write them: a rule that stands
/// there already is then seen as the same by its text alone.
pub(super) fn device_rule(out: &mut String, rule: &RuleRef<'_>) -> Made {
    let node_type = rule.node_type.as_deref().map(device_type).transpose()?;
    let mut out = Object::new(out);
    out.flag(key!("allow"), Some(rule.allow));
    if let Some(node_type) = node_type {
        out.word(key!("type"), node_type);
    }
    out.number(key!("major"), rule.major);
    out.number(key!("minor"), rule.minor);
    out.given(key!("access"), rule.access.as_deref());
    out.end();
    Ok(())
}

pub(super) fn net_device(name: &str) -> String {
    whole(|out| out.text(key!("name"), name))
}

pub(super) fn intel_rdt(rdt: &IntelRdt) -> String {
    whole(|out| {
        out.given(key!("closID"), rdt.clos_id.as_deref());
        out.flag(key!("enableMonitoring"), rdt.enable_monitoring);
        out.given(key!("l3CacheSchema"), rdt.l3_cache_schema.as_deref());
        out.given(key!("memBwSchema"), rdt.mem_bw_schema.as_deref());
        if let Some(lines) = &rdt.schemata {
            out.list(key!("schemata"), lines);
        }
    })
}

fn device_type(letter: &str) -> Result<&str, String> {
    match letter {
        "a" | "b" | "c" | "u" | "p" => Ok(letter),
        other => Err(format!("the device type {other:?} is none of a, b, c, u, p")),
    }
}

/// Appends a variable as JSON.
pub(super) fn variable(out: &mut String, name: &str, value: &str) {
    out.push('"');
    for text in [name, "=", value] {
        push_inside(out, text);
    }
    out.push('"');
}

/// Appends a text as JSON.
pub(super) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    push_inside(out, text);
    out.push('"');
}

/// Appends what stands between the quotes of a text.
fn push_inside(out: &mut String, text: &str) {
    // Looks at every byte, which is quicker than to stop at the first: several are done at once.
    let needs = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    if text.bytes().fold(false, |any, byte| any | needs(byte)) {
        let quoted = Value::from(text).to_string();
        let inside = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        out.push_str(inside.unwrap_or_default());
    } else {
        out.push_str(text);
    }
}

/// Appends a whole number.
pub(super) fn push_number(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    let mut left = number.unsigned_abs();
    // As many digits as a number of 64 bits can have, the last one last.
    let mut digits = [b'0'; 20];
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        #[allow(clippy::cast_possible_truncation, reason = "a digit is less than ten")]
        let last = (left % 10) as u8;
        *digit += last;
        (left, count) = (left / 10, count + 1);
        if left == 0 {
            break;
        }
    }
    let from = digits.len() - count;
    digits.iter().skip(from).for_each(|&digit| out.push(char::from(digit)));
}

/// The text of a whole object.
fn whole(write: impl FnOnce(&mut Object<'_>)) -> String {
    let mut out = String::with_capacity(256);
    let mut object = Object::new(&mut out);
    write(&mut object);
    object.end();
    out
}

/// An object while it is written. Keys are those of `key!`, and need no escapes.
struct Object<'o> {
    out: &'o mut String,
    is_empty: bool,
}

impl<'o> Object<'o> {
    fn new(out: &'o mut String) -> Self {
        out.push('{');
        Self { out, is_empty: true }
    }

    fn key(&mut self, key: &str) {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        self.out.push_str(key.strip_prefix(',').filter(|_| is_first).unwrap_or(key));
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        push_text(self.out, text);
    }

    /// A text that needs no escapes.
    fn word(&mut self, key: &str, text: &str) {
        self.key(key);
        self.out.push('"');
        self.out.push_str(text);
        self.out.push('"');
    }

    /// A text that may be absent.
    fn given(&mut self, key: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    /// A number that may be absent.
    fn number(&mut self, key: &str, number: Option<impl Into<i64>>) {
        if let Some(number) = number {
            self.key(key);
            push_number(self.out, number.into());
        }
    }

    /// A boolean that may be absent.
    fn flag(&mut self, key: &str, flag: Option<bool>) {
        if let Some(flag) = flag {
            self.key(key);
            self.out.push_str(if flag { "true" } else { "false" });
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
        self.out.push('[');
        for (i, text) in texts.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            push_text(self.out, text);
        }
        self.out.push(']');
    }

    fn end(self) {
        self.out.push('}');
    }
}
