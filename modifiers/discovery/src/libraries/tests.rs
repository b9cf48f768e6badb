use super::*;
use crate::Driver;
use crate::memory::Memory;

/// A cache of the new format that names these libraries.
fn cache(paths: &[&str]) -> Vec<u8> {
    let mut bytes = b"glibc-ld.so.cache1.1".to_vec();
    bytes.extend(u32::try_from(paths.len()).unwrap().to_le_bytes());
    bytes.resize(48, 0);
    let mut at = 48 + 24 * paths.len();
    for path in paths {
        let name = u32::try_from(at + path.rfind('/').unwrap() + 1).unwrap();
        let path_at = u32::try_from(at).unwrap();
        bytes.extend([0x0303, name, path_at, 0, 0, 0].iter().flat_map(|n: &u32| n.to_le_bytes()));
        at += path.len() + 1;
    }
    bytes.extend(paths.iter().flat_map(|path| path.bytes().chain([0])));
    bytes
}

fn located(files: &mut Memory, pattern: &str) -> String {
    Libraries::new(Root::Driver, Some(Architecture::X86_64))
        .locate(files, pattern)
        .unwrap()
        .join(" ")
}

#[test]
fn places() {
    let debian = "/usr/lib/x86_64-linux-gnu/libcuda.so.570.86.10
        /usr/lib/x86_64-linux-gnu/libcuda.so.1 -> libcuda.so.570.86.10
        /lib -> usr/lib";
    #[rustfmt::skip] // one line a case
    let table = [
        ("a link is its target, and a linked directory is one", debian, "libcuda.so.*", "/usr/lib/x86_64-linux-gnu/libcuda.so.570.86.10"),
        ("one star is not a version", debian, "libcuda.so.*.*", "/usr/lib/x86_64-linux-gnu/libcuda.so.570.86.10"),
        ("nothing", debian, "libnvidia-ml.so.*.*", ""),
        ("an absolute link stays in the root", "/usr/lib64/libx.so.1 -> /opt/libx.so.1.2\n/opt/libx.so.1.2", "libx.so.*", "/opt/libx.so.1.2"),
        ("a link to nowhere", "/usr/lib64/libx.so.1 -> libx.so.1.2", "libx.so.*", ""),
        ("a link in a circle", "/usr/lib64/libx.so.1 -> libx.so.1", "libx.so.*", ""),
        ("a directory of that name", "/usr/lib64/libx.so.1/", "libx.so.*", ""),
        ("all directories, in order", "/lib64/libx.so.1\n/usr/lib64/libx.so.2\n/libx.so.3", "libx.so.*", "/libx.so.3 /usr/lib64/libx.so.2 /lib64/libx.so.1"),
    ];
    for (what, lines, pattern, expected) in table {
        assert_eq!(located(&mut Memory::new(lines), pattern), expected, "{what}");
    }
}

#[test]
fn the_cache_is_the_last_resort() {
    let bytes = cache(&[
        "/opt/libcuda.so.1",
        "/opt/libcuda.so",
        "/../libcuda.so.1",
        "/opt/libgone.so.1",
        "/opt/libcudart.so.1",
    ]);
    let lines = "/opt/libcuda.so.1 -> libcuda.so.570.86.10
        /opt/libcuda.so -> libcuda.so.1
        /opt/libcuda.so.570.86.10
        /opt/libcudart.so.1";
    #[rustfmt::skip] // one line a case
    let table = [
        ("libcuda.so.*.*", "/opt/libcuda.so.570.86.10"),
        ("lib*.so.570.86.10", "/opt/libcuda.so.570.86.10"),
        ("libgone.so.*", ""),
    ];
    for (pattern, expected) in table {
        let mut files = Memory::new(lines).file("/etc/ld.so.cache", &bytes);
        assert_eq!(located(&mut files, pattern), expected, "{pattern}");
    }
    let mut found =
        Memory::new(&format!("{lines}\n/lib64/libcuda.so.1.2")).file("/etc/ld.so.cache", &bytes);
    assert_eq!(located(&mut found, "libcuda.so.*.*"), "/lib64/libcuda.so.1.2");
    let mut within = Libraries::within(Root::Driver, &["/lib64".into()]);
    assert_eq!(within.locate(&mut found, "libcudart.so.*").unwrap(), [""; 0]);
}

/// In the order of the cache. What is not the driver's by its name is not even followed.
#[test]
fn directories_through_the_cache() {
    let names = ["/gl/libGLX_nvidia.so.0", "/a/libnvcuvid.so.1", "/x/libx.so.1", "/c/libcuda.so.1"];
    let lines =
        names.map(|name| format!("{name} -> {}", name.replace(|c: char| c.is_numeric(), "5.7")));
    let files = names.map(|name| name.replace(|c: char| c.is_numeric(), "5.7"));
    let lines = [lines.join("\n"), files.join("\n")].join("\n");
    let mut files = Memory::new(&lines).file("/etc/ld.so.cache", &cache(&names));
    let mut libraries = Libraries::new(Root::Driver, Some(Architecture::X86_64));
    let driver = Driver::locate(&mut files, &mut libraries).unwrap();
    assert_eq!(driver.version, "5.7");
    assert_eq!(driver.directories(&mut files, &mut libraries).unwrap(), ["/gl", "/a", "/c"]);
}

#[test]
fn drivers() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("/usr/lib64/libcuda.so.570.86.10\n/usr/lib64/libnvidia-ml.so.1.2.3", "570.86.10 /usr/lib64"),
        ("/usr/lib64/libcuda.so.1\n/lib64/libnvidia-ml.so.1.2.3\n/usr/lib64/libx.so.1.2.3", "1.2.3 /usr/lib64 /lib64"),
        ("/usr/lib64/libcuda.so.1 -> libcuda.so.2.3\n/usr/lib64/libcuda.so.2.3", "2.3 /usr/lib64"),
        ("/libcuda.so.2.3", "2.3 /"),
    ];
    for (lines, expected) in table {
        let mut files = Memory::new(lines);
        let mut libraries = Libraries::new(Root::Driver, Some(Architecture::X86_64));
        let driver = Driver::locate(&mut files, &mut libraries).unwrap();
        let directories = driver.directories(&mut files, &mut libraries).unwrap().join(" ");
        assert_eq!(format!("{} {directories}", driver.version), expected, "{lines}");
    }
    let error = Driver::locate(
        &mut Memory::new("/usr/lib64/libcuda.so.1"),
        &mut Libraries::new(Root::Driver, Some(Architecture::X86_64)),
    );
    assert!(error.unwrap_err().starts_with("the driver's version is not known"));
}
