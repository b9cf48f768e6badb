//! Writers that are interrupted, and readers beside them: the old state or the new one, whole.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::shop::{RAN, Shop};

/// Every state that a writer goes through on its way is the old one, and the next writer cleans it up.
#[test]
fn each_step_of_adding_is_old_or_new() {
    let done = Shop::stocked();
    let hex = done.hex("a");
    let of = |end: &str| {
        let names = done.names();
        names.into_iter().find(|name| name.starts_with(&hex) && name.ends_with(end)).unwrap()
    };
    let (artefact, wasm, record) = (of(".cwasm"), of(".wasm"), of(".json"));
    let read = |name: &str| fs::read(done.store().join(name)).unwrap();
    let half = |name: &str| {
        let whole = read(name);
        (format!(".new-{name}"), whole[..whole.len() / 2].to_vec())
    };
    let whole = |name: &str| (name.to_owned(), read(name));
    for (case, files, is_new) in [
        ("half an artefact", vec![half(&artefact)], false),
        ("the artefact", vec![whole(&artefact)], false),
        ("half the wasm", vec![whole(&artefact), half(&wasm)], false),
        ("the wasm", vec![whole(&artefact), whole(&wasm)], false),
        ("half a record", vec![whole(&artefact), whole(&wasm), half(&record)], false),
        ("the record", vec![whole(&artefact), whole(&wasm), whole(&record)], true),
    ] {
        let shop = Shop::empty();
        shop.gantry("add ${TMP}/b.wasm", 0);
        let before = shop.names();
        for (name, bytes) in files {
            fs::write(shop.store().join(name), bytes).unwrap();
        }
        assert_eq!(shop.create().contains(RAN), is_new, "{case}");
        assert_eq!(shop.list().len(), 1 + usize::from(is_new), "{case}");
        assert!(shop.list().iter().all(|(_, ready)| *ready), "{case}: {:?}", shop.list());
        shop.gantry("compile", 0);
        let after = shop.names();
        assert_eq!(after == before, !is_new, "{case}: {after:?}");
        assert!(!after.iter().any(|name| name.starts_with(".new-")), "{case}: {after:?}");
    }
}

/// Killed at any moment of its run, spread over it.
#[test]
fn a_killed_add_leaves_the_old_state_or_the_new() {
    let shop = Shop::empty();
    shop.gantry("add ${TMP}/b.wasm", 0);
    let start = Instant::now();
    shop.gantry("add ${TMP}/a.wasm", 0);
    let usual = start.elapsed();
    for turn in 0..24_u32 {
        if turn % 2 == 0 {
            shop.gantry(&format!("remove {}", shop.hex("a")), 0);
        }
        let was = shop.list().len();
        let mut add = shop.command("add ${TMP}/a.wasm").spawn().unwrap();
        // More of them at the end, where it writes.
        let part = f64::from(turn + 1) / 24.0;
        thread::sleep(Duration::from_secs_f64(usual.as_secs_f64() * part.sqrt()));
        let _may_be_done = add.kill();
        add.wait().unwrap();
        let list = shop.list();
        assert!(list.iter().all(|(_, ready)| *ready), "turn {turn}: {list:?}");
        assert!(list.len() >= was && list.len() <= 2, "turn {turn}: {list:?}");
        assert_eq!(shop.create().contains(RAN), list.len() == 2, "turn {turn}");
        shop.gantry("add ${TMP}/a.wasm", 0);
    }
}

/// A stage's modifier runs in every container that is created while it is compiled again, and while
/// others come and go.
#[test]
fn creates_see_a_whole_modifier_while_writers_work() {
    let shop = Shop::stocked();
    let writing = AtomicUsize::new(2);
    let done = || writing.fetch_sub(1, Ordering::SeqCst);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..4 {
                shop.gantry("compile --all", 0);
            }
            done();
        });
        scope.spawn(|| {
            for _ in 0..4 {
                shop.gantry("add ${TMP}/b.wasm", 0);
                shop.gantry("add ${TMP}/a.wasm", 0);
            }
            done();
        });
        for _ in 0..2 {
            scope.spawn(|| {
                while writing.load(Ordering::SeqCst) > 0 {
                    let error = shop.create();
                    assert!(error.contains(RAN), "{error}");
                }
            });
        }
    });
    assert_eq!(shop.list().len(), 2);
    let left: Vec<_> = shop.names().into_iter().filter(|name| name.ends_with(".refused")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// An upgrade: what another build has compiled is compiled again, while containers are created; they
/// are refused until then, and nothing is lost.
#[test]
fn an_upgrade_compiles_what_is_old() {
    let shop = Shop::stocked();
    for name in ["a", "b"] {
        shop.forge(name, |record| record["build"]["version"] = "0.0.9".into());
    }
    assert!(shop.create().contains("`gantry modifier compile`"));
    shop.gantry("verify", 1);
    let told = shop.gantry("compile", 0).stdout;
    assert_eq!(told.matches("compiled: ").count(), 2, "{told}");
    let told = shop.gantry("compile", 0).stdout;
    assert_eq!(told.matches("up to date: ").count(), 2, "{told}");
    assert!(shop.create().contains(RAN));
    assert_eq!(shop.names().len(), 6, "{:?}", shop.names());
}
