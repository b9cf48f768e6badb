//! The quick way against the whole language.

use proptest::prelude::*;

use super::*;

/// Where the quick way reads a text, the whole language reads the same there.
fn agree(text: &str) -> Result<bool, TestCaseError> {
    let Some(quick) = block::tree(text) else { return Ok(false) };
    match any_tree(text) {
        Ok(whole) => prop_assert_eq!(quick, whole, "{}", text),
        Err(error) => prop_assert!(false, "{:?} is no YAML: {}", text, error),
    }
    Ok(true)
}

#[test]
fn what_programs_write_is_read_quickly() {
    for (text, quick) in [
        ("---\na: b\n", true),
        ("a: b", true),
        ("a:\n- b\n- 'c'\nd: \"e\"\n", true),
        ("a:\n    - b: c\n      d:\n        - --e\n    - f: -1\ng:\n  h: i\n", true),
        ("a:\n- - b\n  - c\n- d\n", true),
        ("a:\n  - b:\n      - c\n    d: e\n", true),
        ("a: x: y", false),
        ("a: b:", false),
        ("a: b #c", false),
        ("a: \"b\\n\"", false),
        ("a: 'b''c'", false),
        ("a: 'b' ", false),
        ("a: b\n  c", false),
        ("a:\n  b", false),
        ("a:", false),
        ("a:\nb: c", false),
        ("a: {}", false),
        ("a: &b c", false),
        ("a: !b c", false),
        ("a: *b", false),
        ("a: |\n  b", false),
        ("a:  b", false),
        ("a: \tb", false),
        ("a: é", false),
        ("a: b\n---\nc: d", false),
        ("a: b\n...\n", false),
        ("- a", false),
        ("a", false),
        ("", false),
        ("\n", false),
        ("a:\n- b\n -c\n", false),
        ("a:\n  - b\n c: d", false),
        (" a: b", false),
        ("<<: a", false),
        ("# a\nb: c", false),
    ] {
        assert_eq!(agree(text).unwrap(), quick, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Lines of keys, items and scalars, well nested or not.
    #[test]
    fn any_lines_agree(
        lines in prop::collection::vec(("( ){0,6}", "(- ){0,2}", "(a|b|c-d|e/f): ?|-|", "(x|1|-x|--x|\"x y\"|'x'|x y|a:b|x:|[-?:,\\[{}#&*!|>'\"%@`x .~$/]{1,4})?"), 0..8),
        start in prop_oneof![Just(""), Just("---\n"), Just("a:\n")],
        end in prop_oneof![Just(""), Just("\n"), Just("\n\n")],
    ) {
        let lines: Vec<_> = lines.iter().map(|(a, b, c, d)| format!("{a}{b}{c}{d}")).collect();
        agree(&format!("{start}{}{end}", lines.join("\n")))?;
    }

    /// Well nested texts of which most are read quickly.
    #[test]
    fn nested_lines_agree(steps in prop::collection::vec((0_usize..4, 0_usize..3, 0_usize..9), 1..14)) {
        let mut lines = vec!["a:".to_owned()];
        let mut columns = vec![0];
        for (i, (kind, pops, value)) in steps.into_iter().enumerate() {
            for _ in 0..pops {
                if columns.len() > 1 {
                    columns.pop();
                }
            }
            let column = *columns.last().unwrap();
            let value = ["x", "1", "-x", "--x y", "\"x: y\"", "'x #y'", "a:b", "/dev/x", "${X}"][value];
            let line = match kind {
                0 => format!("k{i}: {value}"),
                1 => format!("- {value}"),
                2 => format!("k{i}:"),
                _ => format!("- k{i}: {value}"),
            };
            lines.push(" ".repeat(column) + &line);
            match kind {
                2 => columns.push(column + 2 * (value.len() % 2)),
                3 => columns.push(column + 2),
                _ => {}
            }
        }
        agree(&lines.join("\n"))?;
    }
}
