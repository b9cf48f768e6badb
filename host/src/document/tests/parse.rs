//! What is read, what is refused, and that an unedited document is its text.

use super::super::Document;

const KEPT: &[&str] = &[
    "{}",
    "\n { \t}\r\n\n",
    r#"{"a":1e400,"b":-0,"c":12345678901234567890123,"d":1.50,"e":1E+2}"#,
    r#"{"terminal":false,"z":null,"a":"","":[],"o":{}}"#,
    r#"{"z":1,"a":2,"\u0061b":"\u00e4\/\ud83d\ude00","lone":"\ud800"}"#,
    "{ \"process\" : { \"env\" : [ \"A=b\" , \"C\" ] , \"user\":{ } } , \"linux\":null }\n",
    r#"{"process":[],"linux":7,"mounts":{},"hooks":"no"}"#,
    r#"{"annotations":{"a":"1","a":"2"},"x":{"k":1,"k":2}}"#,
];

#[test]
fn an_unedited_document_is_its_text() {
    for text in KEPT {
        let document = Document::parse((*text).to_owned()).unwrap();
        assert_eq!(document.to_text(), *text);
        assert!(document.is_same_as(&document.clone()));
    }
}

#[test]
fn refuses() {
    for (text, error) in [
        ("", "not valid JSON at line 1 column 1: expected a value, and the text ends"),
        ("{", "not valid JSON at line 1 column 2: expected a key, and the text ends"),
        ("[]", "the top level is not an object"),
        ("7", "the top level is not an object"),
        ("[", "not valid JSON at line 1 column 2: expected a value, and the text ends"),
        ("\u{feff}{}", "begins with a UTF-8 byte order mark: write it without one"),
        ("{}x", "not valid JSON at line 1 column 3: text after the end of the document"),
        ("{\"a\":1,}", "not valid JSON at line 1 column 8: expected a key"),
        ("{\"a\":[1,]}", "not valid JSON at line 1 column 9: expected a value"),
        ("{\"a\" 1}", "not valid JSON at line 1 column 6: expected `:`"),
        ("{\"a\":01}", "not valid JSON at line 1 column 7: expected `,` or `}`"),
        ("{\n\"a\": +1}", "not valid JSON at line 2 column 6: expected a value"),
        ("{\"a\":1.}", "not valid JSON at line 1 column 8: expected a digit"),
        ("{\"a\":\"\n\"}", "not valid JSON at line 1 column 7: a control character in a string"),
        (r#"{"a":"\x"}"#, "not valid JSON at line 1 column 8: an unknown escape in a string"),
        (
            r#"{"a":"\u12g4"}"#,
            "not valid JSON at line 1 column 11: expected four hexadecimal digits",
        ),
        (
            r#"{"a":"b"#,
            "not valid JSON at line 1 column 8: a string without an end, and the text ends",
        ),
        (r#"{"a":nul}"#, "not valid JSON at line 1 column 6: expected a value"),
        (
            r#"{"a":1,"b":2,"a":3}"#,
            "/a: the key stands twice, and runtimes differ in which one counts",
        ),
        (
            r#"{"linux":{"resources":{"x/y~":1,"\u0078/y~":2}}}"#,
            "/linux/resources/x~1y~0: the key stands twice, and runtimes differ in which one counts",
        ),
        (
            r#"{"Process":{}}"#,
            "/Process: differs from `process` only in case, and runtimes differ in whether it counts",
        ),
        (
            r#"{"process":{"ENV":[]}}"#,
            "/process/ENV: differs from `env` only in case, and runtimes differ in whether it counts",
        ),
        (r#"{"process":{"\ud800":[]}}"#, "/process: a key in it is not valid Unicode"),
    ] {
        assert_eq!(Document::parse(text.to_owned()).unwrap_err().to_string(), error, "{text}");
    }
}

#[test]
fn is_read_to_a_depth_and_no_deeper() {
    let nested = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(Document::parse(nested(127)).is_ok());
    let error = Document::parse(nested(128)).unwrap_err().to_string();
    assert_eq!(error, "nested deeper than 128 levels at line 1 column 133");
    assert!(Document::parse("[".repeat(1 << 20)).is_err());
    assert!(Document::parse("{\"a\":".repeat(1 << 20)).is_err());
}
