//! What is no modifier does not get into the store, and costs no more than the limits.

use std::fs;

use gantry_tests::scene::Scene;

use crate::component::{HARMLESS, raw};
use crate::shop::{RAN, Shop};

const CORE: &[u8] = b"\0asm\x01\0\0\0";

/// A component with one import and one export, each an instance without anything in it.
fn component(import: &str, export: &str) -> Vec<u8> {
    raw(&format!(
        r#"(component
            (import "{import}" (instance))
            (instance $none)
            (export "{export}" (instance $none)))"#
    ))
}

/// An export without any function in it.
fn empty(export: &str) -> String {
    format!(r#"(component (instance $none) (export "{export}" (instance $none)))"#)
}

/// A component with metadata of this form.
fn metadata(version: u32) -> Vec<u8> {
    raw(&format!(
        r#"(component (@custom "gantry:modifier-metadata" "{{\22metadata-version\22:{version}}}"))"#
    ))
}

#[test]
fn what_is_no_modifier_is_refused() {
    const STAGE: &str = "gantry:modifier/stage@0.1.0";
    const LOG: &str = "gantry:modifier/log@0.1.0";
    let harmless = HARMLESS.component();
    let damaged = [&harmless[..harmless.len() / 2], &[0xff; 64]].concat();
    for (case, wasm, more, says) in [
        ("empty", Vec::new(), "", &["no WebAssembly component"][..]),
        (
            "garbage",
            b"not wasm at all".to_vec(),
            "",
            &["no WebAssembly component: it does not begin as WebAssembly does"],
        ),
        ("core module", CORE.to_vec(), "", &["core module", "wasm-tools component new"]),
        ("cut off", harmless[..harmless.len() / 2].to_vec(), "", &["no WebAssembly component"]),
        ("damaged", damaged, "", &["no WebAssembly component"]),
        (
            "newer contract",
            component(LOG, "gantry:modifier/stage@0.9.0"),
            "",
            &["wants gantry:modifier 0.9.0", "this host offers 0.1"],
        ),
        (
            "newer import",
            component("gantry:modifier/log@1.0.0", STAGE),
            "",
            &["wants gantry:modifier 1.0.0", "offers 0.1"],
        ),
        (
            "WASI",
            component("wasi:cli/environment@0.2.0", STAGE),
            "",
            &["wasi:cli/environment@0.2.0", "without WASI"],
        ),
        (
            "unknown interface",
            component("gantry:modifier/root-shell@0.1.0", STAGE),
            "",
            &["root-shell"],
        ),
        ("no world", component(LOG, "vendor:own/thing"), "", &["exports neither"]),
        ("nothing in its world", raw(&empty(STAGE)), "", &["does not export", STAGE]),
        ("a form of metadata to come", metadata(2), "", &["metadata-version 2", "reads 1"]),
        (
            "too long",
            harmless.clone(),
            "--compile-time 1us",
            &["longer than 1us", "--compile-time"],
        ),
        ("too much memory", harmless.clone(), "--compile-memory 1MiB", &["--compile-memory"]),
        ("settings are no object", harmless.clone(), "--settings []", &["must be a JSON object"]),
        ("settings are no JSON", harmless.clone(), "--settings {", &["--settings"]),
        ("no such stage", harmless.clone(), "--stage none", &["no stage is called"]),
    ] {
        let shop = Shop::empty();
        fs::write(shop.0.path("bad.wasm"), wasm).unwrap();
        let ran = shop.gantry(&format!("add ${{TMP}}/bad.wasm {more}"), 1);
        assert_eq!(ran.stdout, "", "{case}");
        let error = ran.stderr.lines().last().unwrap_or_default();
        for one in says {
            assert!(error.contains(one), "{case}: no {one:?} in {}", ran.stderr);
        }
        assert!(shop.names().is_empty(), "{case}: {:?}", shop.names());
    }
}

#[test]
fn what_is_no_file_of_a_sane_size_is_refused() {
    let shop = Shop::empty();
    let huge = fs::File::create(shop.0.path("huge.wasm")).unwrap();
    huge.set_len((64 << 20) + 1).unwrap();
    for (file, says) in [
        ("${TMP}/huge.wasm", "larger than 64 MiB"),
        ("${TMP}", "not a regular file"),
        ("/dev/zero", "not a regular file"),
        ("${TMP}/none.wasm", "none.wasm: No such file"),
    ] {
        let error = shop.gantry(&format!("add {file}"), 1).stderr;
        assert!(error.contains(says), "{file}: {error}");
    }
}

/// Nothing is stored of a modifier that does not like its stage's settings.
#[test]
fn settings_are_checked() {
    let shop = Shop::empty();
    let picky = crate::component::Guest { validate: "unreachable", ..HARMLESS };
    fs::write(shop.0.path("a.wasm"), picky.component()).unwrap();
    let error = shop.gantry("add ${TMP}/a.wasm", 1).stderr;
    assert!(error.contains("stage \"a\": it trapped"), "{error}");
    assert!(shop.names().is_empty());
}

#[test]
fn what_is_added_is_listed_run_and_removed() {
    let shop = Shop::empty();
    let error = shop.create();
    assert!(error.contains("gantry modifier add"), "{error}");
    let told = shop.gantry("add ${TMP}/a.wasm", 0).stdout;
    assert!(told.contains(&shop.hex("a")) && told.contains("it runs in: a"), "{told}");
    assert_eq!(shop.list(), [("\"a\"".to_owned(), true)]);
    assert!(shop.create().contains(RAN));
    let told = shop.gantry("add ${TMP}/b.wasm", 0).stdout;
    let digest = format!("digest = \"sha256:{}\"", shop.hex("b"));
    // What runs now goes on to run.
    for line in ["order = [\"a\", \"b\"]", "[stages.b]", "enabled = true", &digest] {
        assert!(told.contains(line), "no {line:?} in {told}");
    }
    // A stage of it that is there already, in a drop-in, is only to be enabled.
    let drop_in = "[stages.of-b]\nmodifier = \"${TMP}/b.wasm\"\nafter = \"a\"\n";
    let shop = Shop(shop.0.file("etc/conf.d/b.toml", drop_in));
    let told = shop.gantry("add ${TMP}/b.wasm", 0).stdout;
    assert!(told.contains("`gantry config enable of-b`") && !told.contains("[pipeline]"), "{told}");
    // A stage that pins what the file was before is only to pin another digest.
    let pins = format!("[stages.of-b]\ndigest = \"sha256:{}\"", shop.hex("a"));
    let pinned = Shop(Scene::new().file("etc/conf.d/b.toml", drop_in).config(&pins));
    fs::copy(shop.0.path("b.wasm"), pinned.0.path("b.wasm")).unwrap();
    let told = pinned.gantry("add ${TMP}/b.wasm", 0).stdout;
    for line in ["Stage \"of-b\" names this file, and pins", "[stages.of-b]", &digest] {
        assert!(told.contains(line) && !told.contains("[pipeline]"), "no {line:?} in {told}");
    }
    let told = pinned.gantry("inspect ${TMP}/b.wasm", 0).stdout;
    assert!(told.contains("Stage \"of-b\" names this file, and pins"), "{told}");
    // Nor does a stage run what its file was before.
    fs::write(shop.0.path("b.wasm"), HARMLESS.component()).unwrap();
    shop.gantry("add ${TMP}/b.wasm", 0);
    let listed = shop.gantry("list", 0).stdout;
    let line = listed.lines().find(|line| line.contains("of-b")).unwrap_or_default();
    assert!(line.contains(&shop.hex("b")) && listed.matches("of-b").count() == 1, "{listed}");
    shop.gantry(&format!("remove {}", shop.hex("b")), 0);
    shop.gantry("verify", 0);
    shop.gantry("inspect b", 0);
    let error = shop.gantry("inspect ${TMP}/c.wasm", 1).stderr;
    assert!(shop.0.normal(&error).contains("there is no file ${TMP}/c.wasm"), "{error}");
    for name in ["b", "${TMP}/a.wasm"] {
        shop.gantry(&format!("remove {name}"), 0);
    }
    assert_eq!(shop.names(), Vec::<String>::new());
    let error = shop.gantry("remove b", 1).stderr;
    assert!(error.contains("no modifier \"b\""), "{error}");
    shop.gantry("verify", 1);
}

/// A folder where the wasm belongs, which no file can take the place of.
#[test]
fn what_cannot_be_written_leaves_nothing_behind() {
    let shop = Shop::stocked();
    let wasm = shop.store().join(format!("{}.wasm", shop.hex("b")));
    fs::remove_file(&wasm).unwrap();
    fs::create_dir(&wasm).unwrap();
    let before = shop.names();
    let error = shop.gantry("add ${TMP}/b.wasm", 1).stderr;
    assert!(error.contains(".wasm: Is a directory"), "{error}");
    assert_eq!(shop.names(), before);
}

/// A person who explains a container sees what it would get, and that the wrapper would refuse.
#[test]
fn explain_says_what_is_not_compiled() {
    let shop = Shop::empty();
    fs::write(shop.0.path("a.wasm"), HARMLESS.component()).unwrap();
    let told = shop.0.run("gantry", "explain --bundle ${TMP}/bundle");
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.stdout.contains("gantry modifier add"), "{told:?}");
    shop.gantry("add ${TMP}/a.wasm", 0);
    let told = shop.0.run("gantry", "explain --bundle ${TMP}/bundle");
    assert_eq!(told.code, Some(0), "{told:?}");
    shop.0.create().assert_quiet("from the store");
}
