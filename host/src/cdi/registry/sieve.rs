//! Whether a file may define what is wanted, told from its bytes: many times quicker than to parse it.
//!
//! A valid name has letters, digits and a few signs. So it stands in a file as it is, in one piece, but
//! for an escape in quotes (which has a backslash), a tag of YAML (an exclamation mark), or a number or
//! boolean that is read as a text (`0x10` is "16"). A file with neither the name nor any of those does
//! not define it.

use memchr::memmem::Finder;
use memchr::{memchr, memchr2};

use super::select::Wanted;
use crate::cdi::spec::Format;

/// What files are held against.
pub(super) struct Sieve<'w> {
    wanted: Wanted<'w>,
    /// The kind, and the device's name; `None`: it may be written otherwise, or any of the kind is wanted.
    rows: Vec<(Finder<'w>, Option<Finder<'w>>)>,
}

impl<'w> Sieve<'w> {
    pub(super) fn new(wanted: Wanted<'w>) -> Self {
        let finder = |text: &'w str| Finder::new(text);
        let rows = match wanted {
            Wanted::Kinds(kinds) => {
                kinds.iter().map(|kind| (finder(kind.as_str()), None)).collect()
            }
            Wanted::Devices(names) => {
                let name = |name: &'w str| (!may_be_converted(name)).then(|| finder(name));
                names.iter().map(|all| (finder(all.kind_str()), name(all.name()))).collect()
            }
        };
        Self { wanted, rows }
    }

    /// Whether a file of these bytes may define something that is wanted.
    pub(super) fn lets_through(&self, bytes: &[u8], format: Format) -> bool {
        let has = |finder: &Finder<'_>| finder.find(bytes).is_some();
        // The name first: files of the same kind are many.
        self.rows.iter().any(|(kind, name)| name.as_ref().is_none_or(has) && has(kind))
            || match format {
                Format::Json => memchr(b'\\', bytes).is_some(),
                Format::Yaml => memchr2(b'\\', b'!', bytes).is_some(),
            }
    }

    /// Whether devices of that kind are wanted.
    pub(super) fn wants(&self, kind: &str) -> bool {
        match self.wanted {
            Wanted::Kinds(kinds) => kinds.iter().any(|wanted| wanted.as_str() == kind),
            Wanted::Devices(names) => names.iter().any(|wanted| wanted.kind_str() == kind),
        }
    }
}

/// Whether another text may be read as this one: it is what a number or a boolean is written as.
fn may_be_converted(name: &str) -> bool {
    matches!(name, "true" | "false" | "NaN")
        || name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cdi::names::QualifiedName;
    use crate::cdi::spec::Spec;

    /// Each device that a text defines must come through.
    fn check(text: &str, format: Format) -> usize {
        let Ok((spec, _)) = Spec::parse(text.as_bytes(), format) else { return 0 };
        for device in &spec.devices {
            let name: QualifiedName = format!("{}={}", spec.kind, device.name).parse().unwrap();
            let (names, kinds) = ([name.clone()], [name.kind()]);
            for wanted in [Wanted::Devices(&names), Wanted::Kinds(&kinds)] {
                assert!(Sieve::new(wanted).lets_through(text.as_bytes(), format), "{name}: {text}");
            }
        }
        spec.devices.len()
    }

    fn yaml(kind: &str, name: &str) -> String {
        format!(
            "cdiVersion: 0.7.0\nkind: {kind}\ndevices:\n- name: {name}\n  \
             containerEdits: {{env: [A=b]}}\n- name: other\n  containerEdits: {{env: [A=b]}}\n"
        )
    }

    #[test]
    fn however_a_name_is_written_its_file_comes_through() {
        for name in [
            "gpu0",
            "0",
            "0x10",
            "0b11",
            "007",
            "1.50",
            "1e3",
            "1e-9",
            "1_0",
            "yes",
            "On",
            "n",
            "no",
            ".5",
            "'gpu0'",
            "\"gpu0\"",
            "\"gp\\u00750\"",
            "\"gp\\\n    u0\"",
            "!!str gpu0",
            "!!str 0",
            "! gpu0",
            ">-\n    gpu0",
            "|-\n    gpu0",
            "&a gpu0",
            "# x\n    gpu0",
            "\n    gpu0",
            "e0",
            "0-1",
            "a:b",
        ] {
            assert_ne!(check(&yaml("v.com/c", name), Format::Yaml), 0, "{name}");
        }
        for kind in
            ["'v.com/c'", "\"v.com\\/c\"", "\"\\x76.com/c\"", "!!str v.com/c", "|-\n  v.com/c"]
        {
            assert_ne!(check(&yaml(kind, "gpu0"), Format::Yaml), 0, "{kind}");
        }
        let alias = "cdiVersion: 0.7.0\nkind: &k v.com/c\nannotations: {v.com/x: &n gpu0}\n\
                     devices: [{name: *n, containerEdits: {env: [A=b]}}]";
        assert_ne!(check(alias, Format::Yaml), 0);
        for name in ["gpu0", "gp\\u00750", "\\u0067pu0"] {
            let json = format!(
                r#"{{"cdiVersion":"0.7.0","kind":"v.com\/c","devices":[{{"name":"{name}","containerEdits":{{"env":["A=b"]}}}}]}}"#
            );
            assert_ne!(check(&json, Format::Json), 0, "{name}");
            assert_ne!(check(&json.replace("v.com\\/c", "v.com/c"), Format::Json), 0, "{name}");
        }
    }

    #[test]
    fn a_file_without_the_name_or_the_kind_does_not() {
        let sieve = |name: &str, text: &str| {
            let names = [name.parse().unwrap()];
            Sieve::new(Wanted::Devices(&names)).lets_through(text.as_bytes(), Format::Yaml)
        };
        let text = yaml("v.com/c", "gpu0");
        for (name, expected) in [
            ("v.com/c=gpu0", true),
            ("v.com/c=gpu1", false),
            ("w.com/c=gpu0", false),
            // Perhaps a number in another notation.
            ("v.com/c=7", true),
            ("w.com/c=7", false),
        ] {
            assert_eq!(sieve(name, &text), expected, "{name}");
        }
        assert!(sieve("v.com/c=gpu1", &text.replace("other", "\"oth\\x65r\"")));
    }

    proptest! {
        #[test]
        fn whatever_is_done_to_a_file(
            name in "[a-zA-Z0-9][-a-zA-Z0-9_.:]{0,6}[a-zA-Z0-9]",
            pieces in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12), 0..4),
        ) {
            let mut text = yaml("v.com/c", &name);
            for (at, piece) in pieces {
                let piece = ["\"", "'", "\\", "\n", " ", "!!str ", "&a ", "*a", "- ", ">-\n   ", "0x", "_"][piece];
                let at = at.index(text.len());
                text.insert_str(at, piece);
            }
            check(&text, Format::Yaml);
        }
    }
}
