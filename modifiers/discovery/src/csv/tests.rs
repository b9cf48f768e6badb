//! One line a case: what lists say, what is there, and what is found.

mod find;
mod hostile;

use super::Pattern;
use super::list::{Kind, parse};

/// A line, and what it names, or what is wrong with it.
type Case = (&'static str, Result<Option<(Kind, &'static str)>, &'static str>);

#[test]
fn lines() {
    use Kind::{Device, Directory, Library, Link};
    #[rustfmt::skip] // one line a case
    let table: &[Case] = &[
        ("dev,/dev/nvidia0", Ok(Some((Device, "/dev/nvidia0")))),
        ("dir, /usr/share/tegra", Ok(Some((Directory, "/usr/share/tegra")))),
        ("lib, /usr/lib/a.so", Ok(Some((Library, "/usr/lib/a.so")))),
        (" sym ,\t/usr/lib/a.so\r", Ok(Some((Link, "/usr/lib/a.so")))),
        ("lib, /a b, c", Ok(Some((Library, "/a b, c")))),
        ("lib, //a/./b/", Ok(Some((Library, "/a/b")))),
        ("lib, /a::b", Ok(Some((Library, "/a::b")))),
        ("", Ok(None)),
        ("  \t", Ok(None)),
        ("# dev, /dev/nvidia0", Ok(None)),
        ("dev", Err("it is not TYPE,PATH")),
        ("dev /dev/nvidia0", Err("it is not TYPE,PATH")),
        ("DEV, /dev/nvidia0", Err("its type is none of dev, dir, lib and sym")),
        (", /dev/nvidia0", Err("its type is none of dev, dir, lib and sym")),
        ("dev,", Err("its path does not begin with `/`")),
        ("dev, nvidia0", Err("its path does not begin with `/`")),
        ("lib, /a/../etc/shadow", Err("its path has `..`")),
        ("dir, /", Err("its path is the root itself")),
        ("dir, /./", Err("its path is the root itself")),
        ("lib, /a\0b", Err("its path has control characters")),
        ("lib, /a\u{1b}[2J", Err("its path has control characters")),
    ];
    for (text, expected) in table {
        let list = parse(text.as_bytes(), 1).unwrap();
        let found = match list.first_bad {
            Some((1, why)) => Err(why),
            Some(_) => panic!("{text}: there is one line"),
            None => Ok(list.lines.first().map(|line| (line.kind, line.path.as_str()))),
        };
        assert_eq!(found, *expected, "{text}");
        assert_eq!(list.bad, usize::from(expected.is_err()), "{text}");
    }
    for (long, there) in [(255, 1), (256, 0)] {
        let list = parse(format!("lib,/{}", "a".repeat(long)).as_bytes(), 1).unwrap();
        assert_eq!((list.lines.len(), list.bad), (there, 1 - there), "{long}");
    }
    let list = parse(b"dev,/a\nx\n\nlib,/b\ny\n", 2).unwrap();
    assert_eq!((list.lines.len(), list.bad, list.first_bad.unwrap().0), (2, 2, 2));
    assert_eq!(parse(b"dev,/a\nlib,/b", 1), None);
}

#[test]
fn ignored() {
    #[rustfmt::skip] // one line a case
    let table: &[(&str, &[&str], &[&str])] = &[
        ("**/libcuda.so", &["/libcuda.so", "/usr/lib/libcuda.so", "libcuda.so"], &["/libcuda.so.1", "/a/xlibcuda.so"]),
        ("**/*.so", &["/usr/lib/libx.so", "/.so"], &["/usr/lib/libx.so.1", "/x.so/y"]),
        ("**/*.so.[0-9]", &["/a/libx.so.1"], &["/a/libx.so.10", "/a/libx.so.a", "/a/libx.so"]),
        ("/usr/lib/*.so", &["/usr/lib/libx.so"], &["/usr/lib/a/libx.so", "/lib/libx.so", "usr/lib/libx.so"]),
        ("*.so", &["libx.so"], &["/libx.so"]),
        ("/usr/*/libx.so", &["/usr/lib/libx.so", "/usr//libx.so"], &["/usr/lib/a/libx.so"]),
        ("/usr/**/libx.so", &["/usr/lib/libx.so"], &["/usr/lib/a/libx.so"]),
        ("/a?c", &["/abc", "/aéc"], &["/ac", "/a/c", "/abbc"]),
        ("/[a-c]x[^0-9]", &["/axy", "/cx."], &["/dxy", "/ax1", "/ax/"]),
        ("/a\\*", &["/a*"], &["/ab"]),
        ("/[\\]]", &["/]"], &["/["]),
        ("/*a*b*c", &["/abc", "/xaxbxcxc"], &["/acb", "/ab/c"]),
        ("", &[""], &["/", "a"]),
        ("**/", &["/a/"], &["/a"]),
    ];
    for (pattern, yes, no) in table {
        let parsed = Pattern::parse(pattern).unwrap();
        for (paths, expected) in [(yes, true), (no, false)] {
            for path in *paths {
                assert_eq!(parsed.matches(path), expected, "{pattern}: {path}");
            }
        }
    }
    for pattern in ["[", "[]", "[a", "[a-]", "[-a]", "a\\", "[^]", "**/[x"] {
        assert_eq!(Pattern::parse(pattern), None, "{pattern}");
    }
    let stars = Pattern::parse(&"*a".repeat(500)).unwrap();
    assert!(!stars.matches(&["/", &"a".repeat(4000)].concat()), "and in no time");
}
