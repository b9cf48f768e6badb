//! Contents that are hostile and small: nesting, aliases, duplicates, bytes that are no text, numbers.

use super::{Specs, spec};

/// A valid start of a spec, to which a test adds what it is about.
const HEAD: &str = "cdiVersion: 0.6.0\nkind: bad.com/device\n";
const DEVICES: &str = "devices: [{name: d, containerEdits: {env: [A=b]}}]\n";
const DEPTH: usize = 10_000;

#[test]
fn refused() {
    let nested = |open: &str, close: &str| open.repeat(DEPTH) + &close.repeat(DEPTH);
    let block_lists = "- ".repeat(DEPTH) + "x\n";
    let block_maps: String = (0..DEPTH / 5).map(|i| " ".repeat(i) + "a:\n").collect();
    let aliases = |merge: &str| -> String {
        let of = |i: usize| format!("{merge}*a{}", i - 1);
        let line = |i: usize| match merge {
            "" => format!("x{i}: &a{i} [{}]\n", vec![of(i); 10].join(", ")),
            _ => {
                format!("x{i}: &a{i} {{<<: [{}]}}\n", vec![of(i).replace(merge, ""); 10].join(", "))
            }
        };
        (1..10).map(line).collect()
    };
    let env_bomb: String = {
        let line = |i: usize| {
            format!("    l{i}: &l{i} [{}]\n", vec![format!("*l{}", i - 1); 10].join(", "))
        };
        "annotations:\n    l0: &l0 [A=b]\n".to_owned() + &(1..9).map(line).collect::<String>()
    };
    for (name, content, words) in [
        ("arrays.json", nested("[", "]"), ""),
        ("objects.json", nested("{\"a\":", "}").replace(":}", ":1}"), ""),
        ("open-arrays.json", "[".repeat(DEPTH), ""),
        ("deep-in-a-field.json", format!("{{\"devices\":{}}}", nested("[", "]")), ""),
        ("deep-in-an-unknown-field.json", format!("{{\"x\":{}}}", nested("[", "]")), ""),
        ("flow-lists.yaml", nested("[", "]"), ""),
        ("flow-maps.yaml", nested("{a: ", "}"), ""),
        ("open-flow-lists.yaml", "[".repeat(DEPTH), ""),
        ("block-lists.yaml", block_lists, ""),
        ("block-maps.yaml", block_maps, ""),
        ("unknown-block-lists.yaml", format!("{HEAD}x:\n{}y\n", " - ".repeat(DEPTH)), ""),
        ("laughs.yaml", format!("{HEAD}x0: &a0 [a]\n{}{DEVICES}", aliases("")), ""),
        ("laughs-merged.yaml", format!("{HEAD}x0: &a0 {{a: b}}\n{}{DEVICES}", aliases("<<: ")), ""),
        ("laughs-in-a-field.yaml", format!("{HEAD}{env_bomb}{DEVICES}"), ""),
        ("cycle.yaml", format!("{HEAD}annotations: &a {{x: *a}}\n{DEVICES}"), ""),
        ("cycle-list.yaml", format!("{HEAD}devices: &a [*a]\n"), ""),
        ("cycle-merge.yaml", format!("{HEAD}annotations: &a {{<<: *a}}\n{DEVICES}"), ""),
        ("no-anchor.yaml", format!("{HEAD}annotations: *a\n{DEVICES}"), ""),
        ("twice.yaml", format!("{HEAD}{DEVICES}{DEVICES}"), "duplicate"),
        (
            "twice.json",
            spec("bad.com/device", "d").replacen('{', "{\"kind\":\"a/b\",", 1),
            "duplicate",
        ),
        (
            "twice-nested.json",
            spec("b.com/d", "d").replace("\"name\"", "\"name\":\"e\",\"name\""),
            "duplicate",
        ),
        (
            "twice-in-a-map.yaml",
            format!("{HEAD}{DEVICES}annotations: {{a: b, a: b}}\n"),
            "duplicate",
        ),
        ("nul.json", spec("bad.com/device", "d") + "\0", ""),
        ("nul.yaml", format!("{HEAD}{DEVICES}\0"), ""),
        ("nul-in-env.json", spec("bad.com/device", "d\\u0000"), "devices[0].name"),
        ("empty.json", String::new(), "empty"),
        ("empty.yaml", String::new(), "empty"),
        ("space.json", " \n".repeat(1000), ""),
        ("comments.yaml", "# \n".repeat(1000), "empty"),
        ("null.json", "null".to_owned(), "empty"),
        ("number.json", "1".to_owned(), ""),
        ("half.json", spec("bad.com/device", "d").split_off(20), ""),
        ("cut.json", spec("bad.com/device", "d").split_at(60).0.to_owned(), ""),
        ("big-number.json", number("99999999999999999999999999"), "major"),
        ("big-exponent.json", number("1e999999999"), ""),
        ("long-number.json", number(&"9".repeat(100_000)), ""),
        ("long-number.yaml", number(&"9".repeat(100_000)), "major"),
        ("fraction.json", number("1.5"), "major"),
        ("escape.json", spec("bad.com/\\u001b[31m", "d"), "kind"),
        (
            "newlines.yaml",
            format!("{HEAD}devices: [{{name: \"a\\nb\\e[2J\"}}]\n"),
            "devices[0].name",
        ),
        ("quotes.json", "\"".repeat(1_000_000), ""),
        ("anchors.yaml", "- &a x\n".repeat(100_000), ""),
        ("tags.yaml", format!("{HEAD}devices: !!binary aGVsbG8=\n"), ""),
        ("directive.yaml", format!("%YAML 9.9\n---\n{HEAD}x: y\n"), ""),
    ] {
        let specs = Specs::new();
        let path = specs.put(name, content.as_bytes());
        eprintln!("{name}");
        specs.assert_refused(&path, words);
    }
}

fn number(major: &str) -> String {
    let node = format!(r#""deviceNodes":[{{"path":"/dev/a","type":"c","major":{major}}}],"env""#);
    spec("bad.com/device", "d").replace("\"env\"", &node)
}

#[test]
fn not_text() {
    for (name, content) in [
        ("latin1.json", b"{\"kind\":\"v/\xe9\"}".to_vec()),
        ("latin1.yaml", b"kind: v/\xe9\n".to_vec()),
        ("utf16.json", b"\xff\xfe{\0}\0".to_vec()),
        ("utf16.yaml", b"\xff\xfek\0:\0".to_vec()),
        ("surrogate.yaml", b"kind: \xed\xa0\x80\n".to_vec()),
        ("zeros.json", vec![0; 100_000]),
        ("zeros.yaml", vec![0; 100_000]),
        (
            "elf.yaml",
            std::fs::read(std::env::current_exe().unwrap()).unwrap()[..1_000_000].to_vec(),
        ),
    ] {
        let specs = Specs::new();
        let path = specs.put(name, &content);
        eprintln!("{name}");
        specs.assert_refused(&path, "");
    }
}

/// Keys that differ from a field's name only in case are that field, as in the reference; one of
/// several wins or all are refused, and nothing is left half read.
#[test]
fn keys_in_another_case() {
    for (name, more) in
        [("case.json", "\"Kind\":\"other.com/device\","), ("case.yaml", "\"KIND\":\"x\",")]
    {
        let specs = Specs::new();
        let content = spec("bad.com/device", "d").replacen('{', &format!("{{{more}"), 1);
        let path = specs.put(name, content.as_bytes());
        let loaded = specs.load();
        let refused = !loaded.error(&path).is_empty();
        assert_eq!(loaded.devices.len(), if refused { 2 } else { 3 }, "{loaded:?}");
    }
}
