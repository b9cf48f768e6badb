//! Names: what is accepted, and what an error says.

use super::*;

#[test]
fn qualified_names() {
    for (text, expected) in [
        ("v/c=d", Ok(("v", "c", "d"))),
        ("vendor.com/class.x=0", Ok(("vendor.com", "class.x", "0"))),
        ("V_x.com/C-1=a:b.c_d-e", Ok(("V_x.com", "C-1", "a:b.c_d-e"))),
        ("", Err("invalid qualified device name \"\": must have the form vendor/class=name")),
        ("v/c", Err("invalid qualified device name \"v/c\": must have the form vendor/class=name")),
        (
            "/v/c=d",
            Err("invalid qualified device name \"/v/c=d\": must have the form vendor/class=name"),
        ),
        (
            "v/c=",
            Err("invalid qualified device name \"v/c=\": must have the form vendor/class=name"),
        ),
        ("3v/c=d", Err("invalid vendor in \"3v/c=d\": must start with a letter, not '3'")),
        ("v/c/d=x", Err("invalid class in \"v/c/d=x\": '/' is not allowed in it")),
        ("v/c=a=b", Err("invalid device name in \"v/c=a=b\": '=' is not allowed in it")),
        (
            "v/c=-a",
            Err("invalid device name in \"v/c=-a\": must start with a letter or digit, not '-'"),
        ),
        (
            "v/c=a:",
            Err("invalid device name in \"v/c=a:\": must end with a letter or digit, not ':'"),
        ),
        (
            "v/c=é",
            Err("invalid device name in \"v/c=é\": must start with a letter or digit, not 'é'"),
        ),
        ("v/c=a\nb", Err("invalid device name in \"v/c=a\\nb\": '\\n' is not allowed in it")),
    ] {
        match (text.parse::<QualifiedName>(), expected) {
            (Ok(name), Ok(parts)) => {
                assert_eq!((name.vendor(), name.class(), name.name()), parts, "{text}");
                assert_eq!(name.to_string(), text);
                assert_eq!(name.kind().to_string(), name.kind_str());
                assert_eq!(name.kind().device(name.name()).as_ref(), Ok(&name));
            }
            (Err(error), Err(message)) => assert_eq!(error.to_string(), message),
            (got, _) => panic!("{text}: {got:?}"),
        }
    }
}

#[test]
fn kinds() {
    for (text, expected) in [
        ("v/c", Ok(("v", "c"))),
        ("v", Err("invalid kind \"v\": must have the form vendor/class")),
        ("/c", Err("invalid kind \"/c\": must have the form vendor/class")),
        ("v/c-", Err("invalid class in \"v/c-\": must end with a letter or digit, not '-'")),
    ] {
        match (text.parse::<Kind>(), expected) {
            (Ok(kind), Ok(parts)) => assert_eq!((kind.vendor(), kind.class()), parts),
            (Err(error), Err(message)) => assert_eq!(error.to_string(), message),
            (got, _) => panic!("{text}: {got:?}"),
        }
    }
}
