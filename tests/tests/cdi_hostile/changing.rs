//! Files and directories that change while they are read: each load sees a spec or an error, never
//! half of something, and the others serve.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gantry_tests::loads::{self, Loaded};

use super::{PROGRAM, Specs, assert_serves, spec};

const LOADS: usize = 200;

/// Loads while another thread changes the file by turns; all loads, and whether none saw more than the
/// two good files and the changing one.
fn while_changing(change: impl Fn(&Path, usize) + Sync) -> Vec<Loaded> {
    let specs = Specs::new();
    let path = specs.path("changing.json");
    change(&path, 0);
    let stop = AtomicBool::new(false);
    let loads = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 1;
            while !stop.load(Ordering::Relaxed) {
                change(&path, turn);
                turn += 1;
            }
        });
        let loads = std::panic::catch_unwind(|| loads::loads(PROGRAM, LOADS, &[specs.dir()]));
        stop.store(true, Ordering::Relaxed);
        loads.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    for loaded in &loads {
        assert_serves(loaded);
        let all = loaded.devices.len() + usize::from(!loaded.error(&path).is_empty());
        assert!((2..=3).contains(&all), "{loaded:?}");
    }
    loads
}

fn content(turn: usize) -> String {
    // Of two sizes, and told apart by the device's name.
    let pad = " ".repeat(turn % 2 * 100_000);
    spec("changing.com/device", if turn.is_multiple_of(2) { "even" } else { "odd" }) + &pad
}

#[test]
fn replaced_by_renaming() {
    let loads = while_changing(|path, turn| {
        let beside = path.with_extension("tmp");
        fs::write(&beside, content(turn)).unwrap();
        fs::rename(beside, path).unwrap();
    });
    // Whoever writes so is never seen half.
    for loaded in loads {
        assert!(loaded.errors.is_empty(), "{loaded:?}");
        assert_eq!(loaded.devices.len(), 3, "{loaded:?}");
    }
}

#[test]
fn rewritten_in_place() {
    let _ = while_changing(|path, turn| fs::write(path, content(turn)).unwrap());
}

#[test]
fn growing_and_cut() {
    let _ = while_changing(|path, turn| {
        if turn.is_multiple_of(500) {
            fs::write(path, content(0)).unwrap();
        }
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(&vec![b' '; 40_000]).unwrap();
    });
}

#[test]
fn removed_and_made_again() {
    let loads = while_changing(|path, turn| {
        fs::write(path.with_file_name("target"), content(turn)).unwrap();
        let _ = fs::remove_file(path);
        symlink(["target", "nowhere"][turn % 2], path).unwrap();
    });
    assert_eq!(loads.len(), LOADS);
}

/// A link that leads to one directory, then to another: a load sees one of them whole.
#[test]
fn a_directory_that_is_replaced_by_a_link() {
    let specs = Specs::new();
    let at = |name: &str| specs.tmp.path().join(name);
    for (dir, device) in [("one", "one"), ("two", "two")] {
        fs::create_dir(at(dir)).unwrap();
        for file in ["a", "b", "c"] {
            let kind = format!("{file}.com/device");
            fs::write(at(dir).join(format!("{file}.json")), spec(&kind, device)).unwrap();
        }
    }
    symlink("one", at("link")).unwrap();
    let stop = AtomicBool::new(false);
    let loads = std::thread::scope(|scope| {
        scope.spawn(|| {
            for target in ["two", "one"].into_iter().cycle() {
                symlink(target, at("new")).unwrap();
                fs::rename(at("new"), at("link")).unwrap();
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let dirs = [specs.dir(), at("link")];
        let loads = std::panic::catch_unwind(|| loads::loads(PROGRAM, LOADS, &dirs));
        stop.store(true, Ordering::Relaxed);
        loads.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    for loaded in loads {
        assert_serves(&loaded);
        let of = |device: &str| loaded.devices.iter().filter(|d| d.ends_with(device)).count();
        assert!(matches!((of("=one"), of("=two")), (3, 0) | (0, 3)), "{loaded:?}");
    }
}
