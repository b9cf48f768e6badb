use super::*;

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Layer {
    text: &'static str,
    source: Option<Box<Layer>>,
}

fn layers(texts: &[&'static str]) -> Layer {
    let (first, rest) = texts.split_first().unwrap();
    Layer { text: first, source: (!rest.is_empty()).then(|| Box::new(layers(rest))) }
}

#[test]
fn causes() {
    let rows: [(&[&str], &str); 4] = [
        (&["a"], "a"),
        (&["a", "b", "c"], "a: b: c"),
        (&["a: b", "b", "c"], "a: b: c"),
        (&["a: b: c", "b: c", "c"], "a: b: c"),
    ];
    for (texts, expected) in rows {
        assert_eq!(with_causes(&layers(texts)), expected);
    }
}

#[test]
fn environment() {
    let entries =
        [c"NAME", c"=odd", c"NAMED=no", c"NAME=one=1", c"NAME=two", c"EMPTY=", c"BYTES=\xff"];
    let environment = Environment::new(&entries);
    let rows: [(&str, Option<&[u8]>); 5] = [
        ("NAME", Some(b"one=1")),
        ("EMPTY", Some(b"")),
        ("BYTES", Some(b"\xff")),
        ("NAM", None),
        ("name", None),
    ];
    for (name, expected) in rows {
        assert_eq!(environment.get(name).map(OsStr::as_bytes), expected, "{name}");
    }
}
