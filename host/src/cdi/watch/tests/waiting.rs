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
}

#[test]
fn a_watch_is_shared_by_threads() {
    fn check<T: Send + Sync>() {}
    check::<Watch>();
}

#[test]
fn very_many_files_are_told_as_their_directory() {
    let inbox = Inbox::default();
    let of = |dirs: std::ops::Range<usize>, names: usize| Batch {
        names: dirs.flat_map(|dir| (0..names).map(move |n| (dir, n.to_string().into()))).collect(),
        ..Batch::default()
    };
    inbox.put(of(1..2, 1000));
    assert_eq!(inbox.take().names.len(), 1000);
    inbox.put(of(1..3, 3000));
    inbox.put(of(3..4, 1));
    let batch = inbox.take();
    assert_eq!(batch.stale, [plan::Subject::Dir(1), plan::Subject::Dir(2)].into());
    assert_eq!(batch.names.len(), 1);
}
