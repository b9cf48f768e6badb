//! Applying a spec to a document: no bytes make it panic, twice is once, and what no edit is about
//! stays as it was.

use gantry::cdi::{ContainerEdits, Format, Spec};
use gantry::document::Document;
use gantry::host_files::{FileKind, Recorded};

use crate::{inject, kept, twice};

/// What separates the document from the spec. No JSON holds such a line.
const SEPARATOR: &[u8] = b"\n---\n";

/// The document's bytes, a line `---`, the spec's: JSON if they start with `{`, else YAML. Whether all
/// edits of the spec could be applied.
pub fn edit_apply(input: &[u8]) -> bool {
    let Some(at) = input.windows(SEPARATOR.len()).position(|bytes| bytes == SEPARATOR) else {
        return false;
    };
    let (document, rest) = input.split_at(at);
    let spec = rest.strip_prefix(SEPARATOR).unwrap_or_default();
    let Ok(document) = String::from_utf8(document.to_vec()) else {
        return false;
    };
    let Ok(document) = Document::parse(document) else {
        return false;
    };
    let format = if spec.starts_with(b"{") { Format::Json } else { Format::Yaml };
    // An invalid spec never gets as far as a document, but its edits must not panic either.
    let Ok(spec) = Spec::parse_unchecked(spec, format) else {
        return false;
    };
    let devices = spec.devices.iter().map(|device| &device.container_edits);
    let edits: Vec<_> = [&spec.container_edits].into_iter().chain(devices).collect();
    edits_hold(&document, &edits)
}

/// Whether the edits can be applied. If so: twice is once, the result is a document, and what they are
/// not about is kept.
pub fn edits_hold(document: &Document, edits: &[&ContainerEdits]) -> bool {
    let before = document.to_text();
    let host = host();
    let result = inject(document, edits.iter().copied(), &host);
    assert_eq!(document.to_text(), before, "the document that was given is as it was");
    let Ok(once) = result else {
        return false;
    };
    let text = once.to_text();
    let read = Document::parse(text.clone());
    let read = read.unwrap_or_else(|error| panic!("{error}\nbefore {before}\nafter {text}"));
    kept::check(&before, &text);
    // As the next `create` on this bundle would find it, and as this process still has it.
    for document in [&read, &once] {
        match inject(document, edits.iter().copied(), &host) {
            Ok(again) => twice::check(edits, &before, &text, &again.to_text()),
            Err(error) => panic!("once but not twice: {error}\nbefore {before}\nafter {text}"),
        }
    }
    true
}

/// A host with a node of each type, the same everywhere.
#[must_use]
pub fn host() -> Recorded {
    Recorded::new()
        .device("/dev/null", FileKind::CharDevice, 0o666, (1, 3))
        .device("/dev/sda", FileKind::BlockDevice, 0o660, (8, 0))
        .device("/dev/pipe", FileKind::Fifo, 0o600, (0, 0))
        .file("/dev/file", b"")
        .link("/dev/link", "/dev/null")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = r#"{"containerEdits":{"env":["A=b"]},"devices":[{"containerEdits":{
        "deviceNodes":[{"path":"/dev/null"}],"mounts":[{"hostPath":"/a","containerPath":"/b"}],
        "hooks":[{"hookName":"prestart","path":"/h"}],"additionalGids":[7]}}]}"#;

    #[test]
    fn what_is_applied() {
        for (document, spec, applied) in [
            ("{}", SPEC, true),
            (r#"{"x":{"y":1e400},"process":{"env":["A=a","A"],"z":null}}"#, SPEC, true),
            ("{}", "containerEdits: {env: [A=b]}", true),
            ("{}", "containerEdits: {deviceNodes: [{path: /dev/file}]}", false),
            ("{}", "containerEdits: {env: [A]}", false),
            ("[]", SPEC, false),
            ("{}", "[", false),
        ] {
            assert_eq!(
                edit_apply(format!("{document}\n---\n{spec}").as_bytes()),
                applied,
                "{spec}"
            );
        }
        assert!(!edit_apply(b"{}"));
        assert!(!edit_apply(b"\xff\n---\n{}"));
    }
}
