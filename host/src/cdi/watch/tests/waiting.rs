//! Waiting for hints.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[test]
fn a_burst_is_one_wait() {
    let play = Play::simple();
    let burst = Burst { quiet: Duration::from_millis(500), at_most: DEADLINE };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                fs::write(play.dirs[0].join(format!("{n}.json")), "{}").unwrap();
            }
        });
        assert!(play.watch.wait(Some(2 * DEADLINE), burst));
        assert_eq!(play.watch.take().names.len(), 200);
    });
    assert!(play.settled(0).names.is_empty());
}

#[test]
fn a_burst_without_end_is_cut() {
    let (play, stop) = (Play::simple(), AtomicBool::new(false));
    let burst = Burst { quiet: Duration::from_hours(1), at_most: Duration::from_millis(50) };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::write(play.dirs[0].join("a.json"), "{}").unwrap();
            }
        });
        assert!(play.watch.wait(None, burst));
        stop.store(true, Ordering::Relaxed);
    });
    assert!(!play.watch.take().names.is_empty());
}

#[test]
fn waiting_ends_without_a_change() {
    let play = Play::simple();
    let never = Burst { quiet: DEADLINE, at_most: DEADLINE };
    for timeout in [Duration::ZERO, Duration::from_millis(1)] {
        assert!(!play.watch.wait(Some(timeout), never));
    }
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| play.watch.wait(None, never));
        play.watch.cancel();
        assert!(!waiter.join().unwrap());
    });
    // From now on, also where there is a change.
    fs::remove_file(play.dirs[0].join("a.json")).unwrap();
    assert!(!play.watch.wait(None, AT_ONCE));
}

#[test]
fn a_watch_is_shared_by_threads() {
    fn check<T: Send + Sync>() {}
    check::<Watch>();
}
