use super::*;
use crate::memory::Memory;

#[test]
fn hooks() {
    let link = |target, path: &str| Link::new(target, path.into());
    assert_eq!(symlinks_hook(&[]), None);
    let links =
        [link("a", "/b"), link("", "/c"), link("a::b", "/c"), link("a", "/b"), link("../a", "/d")];
    let hook = symlinks_hook(&links).unwrap();
    assert_eq!(
        (hook.command, hook.args.join(" ")),
        ("create-symlinks", "--link a::/b --link ../a::/d".into())
    );
}

#[test]
fn of_libraries() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("cuda without links on the host", "/l/libcuda.so.1.2 = libcuda.so.1", "libcuda.so.1::/l/libcuda.so"),
        ("cuda", "/l/libcuda.so.1.2 = libcuda.so.1\n/l/libcuda.so.1 -> libcuda.so.1.2\n/l/libcuda.so -> libcuda.so.1",
            "libcuda.so.1::/l/libcuda.so libcuda.so.1.2::/l/libcuda.so.1"),
        ("soname and plain name", "/l/libx.so.1.2 = libx.so.1\n/l/libx.so.1 -> libx.so.1.2\n/l/libx.so -> libx.so.1",
            "libx.so.1.2::/l/libx.so.1 libx.so.1::/l/libx.so"),
        ("the soname is the plain name", "/l/libx.so.1.2 = libx.so\n/l/libx.so -> libx.so.1.2", "libx.so.1.2::/l/libx.so"),
        ("the soname is the file", "/l/libx.so.1.2 = libx.so.1.2\n/l/libx.so -> libx.so.1.2", ""),
        ("no soname", "/l/libx.so.1.2\n/l/libx.so.1 -> libx.so.1.2", ""),
        ("a file where the link would be", "/l/libx.so.1.2 = libx.so.1\n/l/libx.so.1", ""),
        ("a soname that is a path", "/l/libx.so.1.2 = ../libx.so.1\n/libx.so.1 -> l/libx.so.1.2", ""),
        ("indirect GLX", "/l/libGLX_nvidia.so.1.2 = libGLX_nvidia.so.0\n/l/libGLX_nvidia.so.0 -> libGLX_nvidia.so.1.2",
            "libGLX_nvidia.so.1.2::/l/libGLX_indirect.so.0 libGLX_nvidia.so.1.2::/l/libGLX_nvidia.so.0"),
        ("optical flow", "/l/libnvidia-opticalflow.so.1.2", "libnvidia-opticalflow.so.1::/l/libnvidia-opticalflow.so"),
    ];
    for (what, lines, expected) in table {
        let mut files = Memory::new(lines);
        let library = lines.split([' ', '\n']).next().unwrap().to_owned();
        let links = library_links(&mut files, Root::Driver, &[library]).unwrap();
        // A link is made once, also where two rules ask for it.
        let hook = symlinks_hook(&links).map(|hook| hook.args.join(" ").replace("--link ", ""));
        assert_eq!(hook.unwrap_or_default(), expected, "{what}");
    }
}
