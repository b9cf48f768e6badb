//! Plain scalars: their meaning, and their text.

use super::*;

#[test]
fn plain_scalars_read_as_text() {
    for (text, expected) in [
        ("", ""),
        ("~", ""),
        ("null", ""),
        ("nULL", "nULL"),
        ("0", "0"),
        ("-0", "0"),
        ("+5", "5"),
        ("007", "7"),
        ("08", "8"),
        ("0x10", "16"),
        ("-0x10", "-16"),
        ("0b11", "3"),
        ("0o17", "15"),
        ("0o", "0o"),
        ("0x", "0x"),
        ("0x+1", "0x+1"),
        ("1_000", "1000"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "1.8446744073709552e+19"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1.50", "1.5"),
        ("1.", "1"),
        ("1e3", "1000"),
        ("1e6", "1e+06"),
        ("123456789.0", "1.23456789e+08"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1e999", "1e999"),
        (".5", "0.5"),
        (".", "."),
        ("-", "-"),
        ("--a", "--a"),
        ("1e", "1e"),
        ("e1", "e1"),
        (".nan", "NaN"),
        (".inf", "+Inf"),
        ("-.INF", "-Inf"),
        ("infinity", "infinity"),
        ("yes", "true"),
        ("y", "true"),
        ("yEs", "yEs"),
        ("off", "false"),
        ("N", "false"),
        ("1:30", "1:30"),
        ("190:20:30", "190:20:30"),
        ("2024-01-01", "2024-01-01"),
        ("0.1.0", "0.1.0"),
        ("1.1.0", "1.1.0"),
        ("0.6", "0.6"),
        ("é", "é"),
    ] {
        assert_eq!(text_of(text, Style::Plain).as_deref(), Some(expected), "{text}");
        assert_eq!(text_of(text, Style::Text).as_deref(), Some(text), "{text}");
    }
}

#[test]
fn tags_must_fit() {
    for (text, tag, expected) in [
        ("0660", ScalarTag::Int, Some(Scalar::Int(0o660))),
        ("5", ScalarTag::Float, Some(Scalar::Float(5.0))),
        ("on", ScalarTag::Bool, Some(Scalar::Bool(true))),
        ("x", ScalarTag::Null, Some(Scalar::Null)),
        ("x", ScalarTag::Int, None),
        ("1.5", ScalarTag::Int, None),
        ("1", ScalarTag::Bool, None),
    ] {
        assert_eq!(meaning(text, Style::Tagged(tag)), expected, "{text} {tag:?}");
    }
}
