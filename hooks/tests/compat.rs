//! `enable-cuda-compat`: when an image's libraries are used, by versions and by what they say of themselves.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test program")]

mod elf;
mod scene;

use std::fs;

use elf::Elf;
use gantry_hooks::compat::{Note, Version, note_section};
use proptest::prelude::*;
use scene::Scene;

const CONFIG: &str = "/etc/ld.so.conf.d/00-compat-gantry-hook.conf";

/// Runs the hook; gives the directory that it names to the loader, if it does.
fn used(scene: &Scene, args: &[&str]) -> Option<String> {
    let outside = scene.outside();
    let outcome = scene.hook(&[&["enable-cuda-compat"], args].concat());
    assert_eq!(outcome.code, Some(0), "{args:?}: {}", outcome.stderr);
    assert_eq!(scene.outside(), outside, "{args:?}");
    let line = fs::read_to_string(scene.inside(CONFIG)).ok()?;
    assert_eq!(scene.root().get(CONFIG).unwrap(), &format!("644 {line}"));
    Some(line.strip_suffix('\n').unwrap().to_owned())
}

const NEWER: &str = "f /usr/local/cuda/compat/libcuda.so.333.88.99 x";
const DRIVER: &[&str] = &["--host-driver-version", "222.55.66"];
const FOLDER: &str = "/usr/local/cuda/compat";

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn by_the_major_version() {
    type Case =
        (&'static str, &'static [&'static str], &'static [&'static str], Option<&'static str>);
    const OLDER: &str = "f /usr/local/cuda/compat/libcuda.so.111.88.99 x";
    const SAME: &str = "f /usr/local/cuda/compat/libcuda.so.222.88.99 x";
    let cases: &[Case] = &[
        ("empty root", &[], DRIVER, None),
        ("newer", &[NEWER], DRIVER, Some(FOLDER)),
        ("newer, with a cache", &["f /etc/ld.so.cache x", NEWER], DRIVER, Some(FOLDER)),
        ("older", &[OLDER], DRIVER, None),
        ("same major version", &[SAME], DRIVER, None),
        ("numbers, not text", &[SAME], &["--host-driver-version", "99.55.66"], Some(FOLDER)),
        ("empty version", &[SAME], &["--host-driver-version", ""], None),
        ("no version", &[SAME], &[], None),
        ("unknown version of the host", &[NEWER], &["--host-driver-version", "x.1"], None),
        (
            "unknown version of the library",
            &["f /usr/local/cuda/compat/libcuda.so.333.x x"],
            DRIVER,
            None,
        ),
        (
            "CUDA's version says nothing of it",
            &[NEWER],
            &["--host-driver-version=222.5", "--host-cuda-version=12.0"],
            None,
        ),
        (
            "unknown version of CUDA",
            &[NEWER],
            &["--host-driver-version=222.5", "--host-cuda-version=x"],
            None,
        ),
        (
            "another folder",
            &[OLDER, "f /opt/compat/libcuda.so.333.88.99 x"],
            &["--host-driver-version", "222.55.66", "--cuda-compat-container-root", "/opt/compat"],
            Some("/opt/compat"),
        ),
        ("two libraries", &[NEWER, "f /usr/local/cuda/compat/libcuda.so.333.1 x"], DRIVER, None),
        (
            "other names",
            &[
                "f /usr/local/cuda/compat/libcuda.so.333 x",
                "f /usr/local/cuda/compat/libcudart.so.333.1 x",
            ],
            DRIVER,
            None,
        ),
        (
            "links beside it",
            &[NEWER, "l /usr/local/cuda/compat/libcuda.so.1.1 libcuda.so.333.88.99"],
            DRIVER,
            Some(FOLDER),
        ),
        (
            "link to a folder",
            &[
                "l /usr/local/cuda /etc/alternatives/cuda",
                "f /etc/alternatives/cuda/compat/libcuda.so.333.88.99 x",
            ],
            DRIVER,
            Some("/etc/alternatives/cuda/compat"),
        ),
        (
            "link of `..`",
            &["l /usr/local/cuda ../../../../../../", "f /compat/libcuda.so.333.88.99 x"],
            DRIVER,
            Some("/compat"),
        ),
        ("the host's", &["l /usr/local/cuda @/host"], DRIVER, None),
        ("the host's, by `..`", &["l /usr/local/cuda ../../../../host"], DRIVER, None),
        (
            "the host's library",
            &["l /usr/local/cuda/compat/libcuda.so.333.1 @/host/compat/libcuda.so.999.1.1"],
            DRIVER,
            None,
        ),
        (
            "a link to the library",
            &["f /lib/x x", "l /usr/local/cuda/compat/libcuda.so.333.1 /lib/x"],
            DRIVER,
            None,
        ),
        ("a FIFO", &["p /usr/local/cuda/compat/libcuda.so.333.1"], DRIVER, None),
        ("a directory", &["d /usr/local/cuda/compat/libcuda.so.333.1"], DRIVER, None),
        ("a FIFO as folder", &["p /usr/local/cuda/compat"], DRIVER, None),
        ("link round", &["l /usr/local/cuda /usr/local/cuda"], DRIVER, None),
        (
            "a link in its place",
            &[NEWER, "l /etc/ld.so.conf.d/00-compat-gantry-hook.conf @/host/file"],
            DRIVER,
            Some(FOLDER),
        ),
        (
            "a FIFO in its place",
            &[NEWER, "p /etc/ld.so.conf.d/00-compat-gantry-hook.conf"],
            DRIVER,
            Some(FOLDER),
        ),
        (
            "the root",
            &["f /libcuda.so.333.1 x"],
            &["--host-driver-version", "222", "--cuda-compat-container-root", "/.."],
            Some("/"),
        ),
    ];
    for (name, lines, args, expected) in cases {
        let scene = Scene::new(lines);
        assert_eq!(used(&scene, args).as_deref(), *expected, "{name}");
    }
}

#[test]
fn refused() {
    let cases: [(&str, &[&str], &str); 4] = [
        (
            "link to the host",
            &["l /etc/ld.so.conf.d @/host/etc/ld.so.conf.d"],
            "making its directory",
        ),
        ("a file in the way", &["f /etc/ld.so.conf.d x"], "Not a directory"),
        (
            "a directory in its place",
            &["d /etc/ld.so.conf.d/00-compat-gantry-hook.conf"],
            "writing it",
        ),
        (
            "control characters",
            &["l /usr/local/cuda /a\n/b", "f /a\n/b/compat/libcuda.so.333.1 x"],
            "control characters",
        ),
    ];
    for (name, lines, why) in cases {
        let scene = Scene::new(lines);
        if !name.starts_with("control") {
            fs::create_dir_all(scene.inside(FOLDER)).unwrap();
            fs::write(scene.inside(FOLDER).join("libcuda.so.333.1"), "").unwrap();
        }
        let (outside, root) = (scene.outside(), scene.root());
        let outcome = scene.hook(&["enable-cuda-compat", "--host-driver-version=222"]);
        assert_eq!(outcome.code, Some(1), "{name}: {}", outcome.stderr);
        assert!(
            outcome.stderr.contains("enable-cuda-compat") && outcome.stderr.contains(why),
            "{name}: {}",
            outcome.stderr
        );
        assert_eq!(outcome.stderr.lines().count(), 1, "{name}: {}", outcome.stderr);
        assert_eq!((scene.outside(), scene.root()), (outside, root), "{name}");
    }
}

/// A container that is started again has one file, not two.
#[test]
fn again() {
    let scene = Scene::new(&[NEWER]);
    assert!(used(&scene, DRIVER).is_some());
    let once = scene.root();
    assert!(used(&scene, DRIVER).is_some());
    assert_eq!(scene.root(), once);
}

#[test]
fn by_the_note() {
    const NOTE: &str =
        r#"{"Format": 1, "CUDA Version": "12.9", "Driver": [535, 570, 575], "Device": [1, 2]}"#;
    let cases: &[(&str, &str, &[&str], bool)] = &[
        ("newer CUDA", NOTE, &["--host-cuda-version=12.8"], true),
        ("same CUDA", NOTE, &["--host-cuda-version=12.9"], false),
        ("same CUDA, spelled", NOTE, &["--host-cuda-version=12.9.0"], false),
        ("older CUDA", NOTE, &["--host-cuda-version=12.10"], false),
        ("branch not named", NOTE, &["--host-driver-version=590.44.01"], false),
        ("older branch not named", NOTE, &["--host-driver-version=560.1"], false),
        ("older branch", NOTE, &["--host-driver-version=570.211.01"], true),
        ("same branch, older", NOTE, &["--host-driver-version=575.10.10"], true),
        ("same version", NOTE, &["--host-driver-version=575.57.08"], false),
        ("same version, spelled", NOTE, &["--host-driver-version=575.57.8"], false),
        ("same branch, newer", NOTE, &["--host-driver-version=575.99.99"], false),
        (
            "the driver decides",
            NOTE,
            &["--host-driver-version=575.99.99", "--host-cuda-version=12.8"],
            false,
        ),
        (
            "unknown driver, newer CUDA",
            NOTE,
            &["--host-driver-version=x", "--host-cuda-version=12.8"],
            true,
        ),
        ("unknown driver", NOTE, &["--host-driver-version=x"], false),
        ("unknown CUDA", NOTE, &["--host-cuda-version=x"], false),
        ("no drivers", r#"{"CUDA Version": "13.2"}"#, &["--host-driver-version=570.1"], false),
        (
            "no drivers, newer CUDA",
            r#"{"CUDA Version": "13.2"}"#,
            &["--host-cuda-version=13.1"],
            true,
        ),
        (
            "keys of any case",
            r#"{"cuda VERSION": "12.9", "dRiVeR": [570]}"#,
            &["--host-driver-version=570.1"],
            true,
        ),
        (
            "keys of any case, CUDA",
            r#"{"cuda version": "12.9"}"#,
            &["--host-cuda-version=12.8"],
            true,
        ),
        (
            "the last counts",
            r#"{"Driver": [570], "driver": [1]}"#,
            &["--host-driver-version=570.1"],
            false,
        ),
        (
            "null",
            r#"{"Driver": null, "Format": null, "CUDA Version": null}"#,
            &["--host-driver-version=570.1"],
            false,
        ),
        (
            "a version that is none",
            r#"{"CUDA Version": "twelve", "Driver": [570]}"#,
            &["--host-cuda-version=1.0"],
            false,
        ),
        (
            "other keys",
            r#"{"x": {"y": [1e9]}, "Driver": [570]}"#,
            &["--host-driver-version=570.1"],
            true,
        ),
        // A broken note is none, and then the major versions tell.
        ("broken", "{", &["--host-driver-version=570.1"], true),
        ("broken, CUDA", "{", &["--host-cuda-version=1.0"], false),
        ("not an object", "[]", &["--host-driver-version=570.1"], true),
        ("a text as driver", r#"{"Driver": ["570"]}"#, &["--host-driver-version=560.1"], true),
        ("a fraction as driver", r#"{"Driver": [570.5]}"#, &["--host-driver-version=560.1"], true),
        ("a number as CUDA", r#"{"CUDA Version": 12.9}"#, &["--host-driver-version=560.1"], true),
        ("more after it", r#"{"Driver": []} x"#, &["--host-driver-version=560.1"], true),
    ];
    for (name, note, args, expected) in cases {
        let scene = Scene::new(&["d /usr/local/cuda/compat"]);
        let library = scene.inside("/usr/local/cuda/compat/libcuda.so.575.57.08");
        fs::write(library, Elf::new(note).bytes()).unwrap();
        assert_eq!(used(&scene, args).is_some(), *expected, "{name}");
    }
}

#[test]
fn which_note() {
    type Change = fn(&mut Elf);
    let cases: &[(&str, Change, bool)] = &[
        ("as it is", |_| (), true),
        ("NULs behind it", |elf| elf.json.extend([0; 5]), true),
        ("an owner without NUL", |elf| elf.owner = b"NVIDIA Corporation", true),
        ("another owner", |elf| elf.owner = b"GNU\0", false),
        ("no owner", |elf| elf.owner = b"", false),
        ("a length beyond the section", |elf| elf.beyond = 2, true),
        ("a length far beyond", |elf| elf.beyond = 0xffff_0000, true),
        ("empty", |elf| elf.json.clear(), false),
        ("another name", |elf| elf.name = ".note.cuda.fwd_compatibility2", false),
        ("another kind", |elf| elf.kind = 1, false),
        ("no alignment", |elf| elf.align = 0, true),
        ("a large alignment", |elf| elf.align = 4096, true),
        ("a long one", |elf| elf.json.resize(60_000, b' '), true),
        ("too long a one", |elf| elf.json.resize(70_000, b' '), false),
    ];
    for (name, change, expected) in cases {
        for (wide, big) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut elf = Elf { wide, big, ..Elf::new(r#"{"Driver": [7]}"#) };
            change(&mut elf);
            let found = note_section(elf.bytes().as_slice()).and_then(|json| Note::parse(&json));
            let expected = expected.then(|| Note { cuda: None, drivers: vec![7] });
            assert_eq!(found, expected, "{name}, wide: {wide}, big: {big}");
        }
    }
}

proptest! {
    /// Whatever is found lies in the file, and a whole note is found in any form.
    #[test]
    fn any_elf(
        wide: bool, big: bool, align in 0_u32..5, json in proptest::collection::vec(1_u8.., 1..300),
        cut in 0_usize..600, changed in proptest::collection::vec((0_usize..600, any::<u8>()), 0..8),
    ) {
        let elf = Elf { wide, big, align: 1 << align, json, ..Elf::new("") };
        let mut bytes = elf.bytes();
        let found = note_section(bytes.as_slice());
        prop_assert_eq!(found.as_ref(), Some(&elf.json));
        for (at, byte) in changed {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut / 2));
        if let Some(found) = note_section(bytes.as_slice()) {
            prop_assert!(bytes.windows(found.len()).any(|window| window == found));
        }
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut elf = b"\x7fELF\x02\x01".to_vec();
        elf.extend(&bytes);
        prop_assert!(note_section(elf.as_slice()).is_none_or(|found| found.len() <= elf.len()));
        let _any = Note::parse(&bytes);
        if let Some(version) = Version::parse(&bytes) {
            prop_assert!(version.major() == 0 || bytes.iter().any(u8::is_ascii_digit));
        }
    }
}
