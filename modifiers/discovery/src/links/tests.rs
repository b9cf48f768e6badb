use super::*;
use crate::memory::Memory;

#[test]
fn what_a_hook_can_be_given() {
    let mut files = Memory::default();
    let mut links = Links::default();
    assert_eq!(links.clone().hook(), None);
    for (target, path) in [("a", "/b"), ("a::b", "/c"), ("a", "/b"), ("../a", "/d"), ("a", "/\n")] {
        links.add(&mut files, target, path);
    }
    let hook = links.hook().unwrap();
    assert_eq!(
        (hook.command, hook.args.join(" ")),
        ("create-symlinks", "--link a::/b --link ../a::/d".into())
    );
    assert_eq!(files.warnings.len(), 2);
}

#[test]
fn of_libraries() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("cuda without links on the host", "/l/libcuda.so.1.2 = libcuda.so.1", "libcuda.so.1::/l/libcuda.so"),
        ("cuda", "/l/libcuda.so.1.2 = libcuda.so.1\n/l/libcuda.so.1 -> libcuda.so.1.2\n/l/libcuda.so -> libcuda.so.1", "libcuda.so.1::/l/libcuda.so libcuda.so.1.2::/l/libcuda.so.1"),
        ("soname and plain name", "/l/libx.so.1.2 = libx.so.1\n/l/libx.so.1 -> libx.so.1.2\n/l/libx.so -> libx.so.1", "libx.so.1.2::/l/libx.so.1 libx.so.1::/l/libx.so"),
        ("the plain name alone", "/l/libx.so.1.2 = libx.so.1\n/l/libx.so -> libx.so.1.2", "libx.so.1::/l/libx.so"),
        ("the soname is the plain name", "/l/libx.so.1.2 = libx.so\n/l/libx.so -> libx.so.1.2", "libx.so.1.2::/l/libx.so"),
        ("the soname is the file", "/l/libx.so.1.2 = libx.so.1.2\n/l/libx.so -> libx.so.1.2", "libx.so.1.2::/l/libx.so"),
        ("one number alone", "/l/libx.so.1 = libx.so.1\n/l/libx.so -> libx.so.1", "libx.so.1::/l/libx.so"),
        ("no number", "/l/libx.so = libx.so.1\n/l/libx.so.1 -> libx.so", ""),
        ("no library", "/l/libx.so.1.2\n/l/libx.so.1 -> libx.so.1.2\n/l/libx.so -> libx.so.1", ""),
        ("a file where the link would be", "/l/libx.so.1.2 = libx.so.1\n/l/libx.so.1", ""),
        ("a soname of another library", "/l/libx.so.1.2 = liby.so.1\n/l/liby.so.1 -> libx.so.1.2", ""),
        ("a soname that is a path", "/l/libx.so.1.2 = ../libx.so.1\n/libx.so.1 -> l/libx.so.1.2", ""),
        ("no `.so` at all", "/l/libx.1.2 = libx.1\n/l/libx.1 -> libx.1.2", ""),
        ("indirect GLX", "/l/libGLX_nvidia.so.1.2 = libGLX_nvidia.so.0\n/l/libGLX_nvidia.so.0 -> libGLX_nvidia.so.1.2", "libGLX_nvidia.so.1.2::/l/libGLX_indirect.so.0 libGLX_nvidia.so.1.2::/l/libGLX_nvidia.so.0"),
        ("optical flow", "/l/libnvidia-opticalflow.so.1.2", "libnvidia-opticalflow.so.1::/l/libnvidia-opticalflow.so"),
    ];
    for (what, lines, expected) in table {
        let library = lines.split([' ', '\n']).next().unwrap();
        assert_eq!(made(Memory::new(lines), library, None), expected, "{what}");
        assert_eq!(made(Memory::new(lines), library, Some("9.9")), "", "{what}");
    }
    let elf = Memory::new("/l/libx.so -> libx.so.1.2").file("/l/libx.so.1.2", b"\x7fELF\x02");
    assert_eq!(made(elf, "/l/libx.so.1.2", Some("1.2")), "libx.so.1.2::/l/libx.so");
}

#[test]
fn of_chains() {
    let endless: Vec<String> = (0..99).map(|hop| format!("/{hop} -> {}", hop + 1)).collect();
    #[rustfmt::skip] // one line a case
    let table = [
        ("a file", "/a", ""),
        ("nothing", "/a -> b", "b::/a"),
        ("every hop", "/a -> x/b\n/x/b -> ../c\n/c -> /d\n/d", "x/b::/a ../c::/x/b /d::/c"),
        ("through the root", "/a -> ../../b\n/b -> c\n/c", "../../b::/a c::/b"),
        ("in a linked folder", "/l/a -> b\n/l/b -> c\n/a -> /m/a\n/m -> l", "/m/a::/a b::/m/a c::/m/b"),
        ("out of a linked folder", "/a -> /m/a\n/m -> l/k\n/l/k/a -> ../b\n/l/b -> c", "/m/a::/a ../b::/m/a c::/b"),
        ("into a folder", "/a -> b\n/b/", "b::/a"),
    ];
    for (what, lines, expected) in table {
        let mut links = Links::default();
        links.add_chain(&mut Memory::new(lines), "/a").unwrap();
        assert_eq!(text(links), expected, "{what}");
    }
    for (lines, most) in [("/0 -> 0".into(), 1), (endless.join("\n"), 40)] {
        let mut links = Links::default();
        links.add_chain(&mut Memory::new(&lines), "/0").unwrap();
        assert_eq!(text(links).split(' ').count(), most);
    }
}

fn made(mut files: Memory, library: &str, version: Option<&str>) -> String {
    let mut links = Links::default();
    links.add_library(&mut files, library, version).unwrap();
    text(links)
}

fn text(links: Links) -> String {
    links.hook().map(|hook| hook.args.join(" ").replace("--link ", "")).unwrap_or_default()
}
