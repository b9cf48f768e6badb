//! Parsing a spec: no bytes make it panic, and what it accepts is written and read again as the same.

use std::fs;

use gantry::cdi::{Format, ParseOptions, Spec, Unknown, WriteOptions, write_spec};

/// The first byte picks the format (odd: YAML; `j` and `y` do), the rest is the file. Whether it was a
/// valid spec.
pub fn spec_parse(input: &[u8]) -> bool {
    let Some((choice, bytes)) = input.split_first() else {
        return false;
    };
    let format = if choice % 2 == 0 { Format::Json } else { Format::Yaml };
    let unchecked = Spec::parse_unchecked(bytes, format);
    let lenient = ParseOptions { unknown: Unknown::Warn, ..ParseOptions::default() };
    let lenient = Spec::parse_with(bytes, format, &lenient);
    match Spec::parse(bytes, format) {
        Ok((spec, kind)) => {
            assert_eq!(unchecked.as_ref(), Ok(&spec), "checking changes nothing");
            assert_eq!(kind.as_str(), spec.kind, "the kind is the spec's");
            let lenient = lenient.expect("lenient reading takes what strict reading takes");
            assert_eq!((&lenient.spec, &lenient.kind), (&spec, &kind), "and as the same");
            assert!(lenient.warnings.is_empty(), "and has nothing to say of it");
            written_is_read(&spec);
            true
        }
        Err(error) => {
            let text = error.to_string();
            assert!(is_one_line(&text), "an error is one line: {text:?}");
            if let Ok(lenient) = lenient {
                let warnings = lenient.warnings.iter().map(ToString::to_string);
                let warnings: Vec<String> = warnings.collect();
                assert!(!warnings.is_empty(), "what is left out is said: {text}");
                assert!(warnings.iter().all(|text| is_one_line(text)), "{warnings:?}");
            }
            false
        }
    }
}

fn is_one_line(text: &str) -> bool {
    !text.contains(char::is_control)
}

/// A valid spec is the same after it was written and read, in both formats.
pub fn written_is_read(spec: &Spec) {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    for (name, format) in [("a.json", Format::Json), ("a.yaml", Format::Yaml)] {
        let path = write_spec(dir.path(), name, spec, &WriteOptions::default())
            .unwrap_or_else(|error| panic!("a valid spec is written: {error}\n{spec:#?}"));
        let bytes = fs::read(path).expect("what was written is there");
        match Spec::parse(&bytes, format) {
            Ok((read, _)) => assert_eq!(&read, spec, "{}", String::from_utf8_lossy(&bytes)),
            Err(error) => panic!("{error}\n{}\n{spec:#?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_verdicts() {
        let json = br#"{"cdiVersion":"0.3.0","kind":"v/c","devices":[{"name":"d","containerEdits":{"env":["A=b"]}}]}"#;
        let yaml =
            b"cdiVersion: 0.3.0\nkind: v/c\ndevices: [{name: d, containerEdits: {env: [A=b]}}]\n";
        for (first, bytes, valid) in [
            (b'j', &json[..], true),
            (b'y', json, true),
            (b'y', yaml, true),
            (b'j', yaml, false),
            (b'j', b"", false),
            (b'y', b"\xff\0", false),
        ] {
            assert_eq!(spec_parse(&[&[first], bytes].concat()), valid, "{first} {bytes:?}");
        }
        assert!(!spec_parse(b""));
    }

    #[test]
    #[should_panic(expected = "a valid spec is written")]
    fn a_spec_that_cannot_be_written_is_noticed() {
        written_is_read(&Spec::default());
    }
}
