//! Which objects of a document are expanded, and how: those that views read and edits write.

use std::borrow::Cow;
use std::sync::Arc;

use super::list::ListKind;
use super::scan::{MemberAt, Scanner};
use super::tree::{Member, Node, Object, Text};
use super::{DocumentError, entries};

/// An object of the OCI runtime specification's `config.json`.
struct Shape {
    /// RFC 6901.
    pointer: &'static str,
    /// The keys of it that views and edits use.
    known: &'static [&'static str],
    /// Those of them that are expanded too.
    objects: &'static [(&'static str, Shape)],
}

static ROOT: Shape = Shape {
    pointer: "",
    known: &["process", "mounts", "hooks", "annotations", "linux"],
    objects: &[
        (
            "process",
            Shape {
                pointer: "/process",
                known: &["env", "user", "capabilities"],
                objects: &[(
                    "user",
                    Shape {
                        pointer: "/process/user",
                        known: &["uid", "gid", "additionalGids"],
                        objects: &[],
                    },
                )],
            },
        ),
        (
            "hooks",
            Shape {
                pointer: "/hooks",
                known: &[
                    "prestart",
                    "createRuntime",
                    "createContainer",
                    "startContainer",
                    "poststart",
                    "poststop",
                ],
                objects: &[],
            },
        ),
        (
            "linux",
            Shape {
                pointer: "/linux",
                known: &["devices", "resources", "netDevices", "intelRdt", "namespaces"],
                objects: &[
                    (
                        "resources",
                        Shape { pointer: "/linux/resources", known: &["devices"], objects: &[] },
                    ),
                    // Its keys are names of interfaces: none is known.
                    (
                        "netDevices",
                        Shape { pointer: "/linux/netDevices", known: &[], objects: &[] },
                    ),
                ],
            },
        ),
    ],
};

/// Reads the top level of a document. The scanner stands at its brace.
pub(super) fn expand(scanner: &mut Scanner, source: &str) -> Result<Object, DocumentError> {
    object(&ROOT, scanner, source)
}

// As deep as the shapes are.
fn object(shape: &Shape, scanner: &mut Scanner, source: &str) -> Result<Object, DocumentError> {
    let mut members = Vec::with_capacity(16);
    let close = scanner.object(|scanner, head| {
        members.push(member(shape, scanner, head, source)?);
        Ok(())
    })?;
    refuse_duplicates(shape, &members)?;
    Ok(Object { members, close: Text::Source(close) })
}

fn member(
    shape: &Shape,
    scanner: &mut Scanner,
    MemberAt { separator, key, head }: MemberAt,
    source: &str,
) -> Result<Member, DocumentError> {
    let name = key_name(source.get(key).unwrap_or_default()).ok_or_else(|| {
        let why = "a key in it is not valid Unicode".to_owned();
        DocumentError::WrongType { pointer: shape.pointer.to_owned(), why }
    })?;
    let mut known = shape.known.iter();
    if let Some(known) = known.find(|known| **known != name && known.eq_ignore_ascii_case(&name)) {
        let pointer = child(shape.pointer, &name);
        return Err(DocumentError::AmbiguousCase { pointer, known });
    }
    let start = scanner.position();
    let below = shape.objects.iter().find(|(object, _)| *object == name);
    let value = match below {
        Some((_, below)) if scanner.peek() == Some(b'{') => {
            Node::Object(Arc::new(object(below, scanner, source)?))
        }
        _ if scanner.peek() == Some(b'[')
            && let Some(kind) = ListKind::at(shape.pointer, &name) =>
        {
            entries::pass(kind, scanner)?
        }
        _ => {
            scanner.value()?;
            Node::Raw(Text::Source(start..scanner.position()))
        }
    };
    let (separator, head) = (Text::Source(separator), Text::Source(head));
    Ok(Member { separator, head, name: name.into(), value })
}

fn key_name(raw: &str) -> Option<Cow<'_, str>> {
    if raw.contains('\\') {
        return serde_json::from_str(raw).ok().map(Cow::Owned);
    }
    raw.strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed)
}

fn refuse_duplicates(shape: &Shape, members: &[Member]) -> Result<(), DocumentError> {
    let mut names: Vec<&str> = members.iter().map(|member| &*member.name).collect();
    names.sort_unstable();
    match names.iter().zip(names.iter().skip(1)).find(|(name, next)| name == next) {
        Some((name, _)) => Err(DocumentError::DuplicateKey { pointer: child(shape.pointer, name) }),
        None => Ok(()),
    }
}

/// The pointer to a member (RFC 6901, section 3).
pub(super) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
