//! What the system refuses, and what it drops.

use std::sync::mpsc;

use notify::event::Flag;
use notify::{Event, EventHandler, EventKind, NullWatcher, RecursiveMode};

use super::*;

/// A watcher that meets the limit of watches.
struct Limited {
    left: usize,
    inner: RecommendedWatcher,
}

impl Watcher for Limited {
    fn new<F: EventHandler>(handler: F, config: notify::Config) -> notify::Result<Self> {
        Ok(Self { left: 0, inner: RecommendedWatcher::new(handler, config)? })
    }

    fn watch(&mut self, path: &Path, mode: RecursiveMode) -> notify::Result<()> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| notify::Error::new(notify::ErrorKind::MaxFilesWatch))?;
        self.inner.watch(path, mode)
    }

    fn unwatch(&mut self, path: &Path) -> notify::Result<()> {
        self.inner.unwatch(path)
    }

    fn kind() -> notify::WatcherKind {
        notify::WatcherKind::Inotify
    }
}

fn limited(dir: &Path, left: usize) -> Result<Watch, WatchError> {
    Watch::with(&[dir.to_owned()], |handler| {
        let mut watcher = <Limited as Watcher>::new(handler, notify::Config::default())?;
        watcher.left = left;
        Ok(Box::new(watcher))
    })
}

/// Takes hints until watching has ended.
fn lost(watch: &Watch) -> Hints {
    loop {
        assert!(watch.wait(Some(DEADLINE), AT_ONCE), "no hint");
        let hints = watch.take();
        if hints.lost.is_some() {
            return hints;
        }
    }
}

#[test]
fn a_limit_is_an_error_or_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().canonicalize().unwrap().join("cdi");
    // All on the way, the last excluded, as it is not there.
    let on_way = dir.ancestors().count() - 1;
    let error = limited(&dir, on_way - 1).err().unwrap().to_string();
    for part in ["limit of watches reached", "fs.inotify.max_user_watches", "modification times"] {
        assert!(error.contains(part), "{error}");
    }
    let watch = limited(&dir, on_way).ok().unwrap();
    fs::create_dir(&dir).unwrap();
    let hints = lost(&watch);
    assert!(hints.all && hints.dirs.is_empty());
    assert!(matches!(hints.lost, Some(WatchError::Limit { limit: error::Limit::Watches })));
    // It says so once.
    fs::write(dir.join("a.json"), "").unwrap();
    assert!(!watch.wait(Some(Duration::from_millis(1)), AT_ONCE));
    assert!(watch.take().lost.is_none());
}

/// Starts a watcher that does nothing, and hands the handler out.
fn idle(handlers: &mpsc::Sender<Handler>, dir: &Path) -> Result<Watch, WatchError> {
    Watch::with(&[dir.to_owned()], |handler| {
        handlers.send(handler).unwrap();
        Ok(Box::new(NullWatcher))
    })
}

#[test]
fn too_many_links_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for n in 0..=plan::MAX_NODES {
        fs::create_dir(root.join(n.to_string())).unwrap();
        symlink(format!("{n}/x"), root.join(format!("{n}.json"))).unwrap();
    }
    let (give, _keep) = mpsc::channel();
    let error = idle(&give, root).err().unwrap();
    assert!(matches!(error, WatchError::TooMany { .. }), "{error}");
}

#[test]
fn errors_and_the_end_of_the_thread_are_told() {
    type Deed = fn(Handler);
    let cases: [(&str, Deed, &str); 2] = [
        (
            "an error",
            |mut handler| {
                let error = std::io::Error::other("broken");
                handler.handle_event(Err(notify::Error::io(error)));
            },
            "cannot watch CDI spec directories: broken; modification times are checked instead",
        ),
        ("the end", drop, "the watcher's thread does not run"),
    ];
    for (what, deed, wanted) in cases {
        let (give, take) = mpsc::channel();
        let folder = tempfile::tempdir().unwrap();
        let watch = idle(&give, folder.path()).ok().unwrap();
        deed(take.recv().unwrap());
        let error = lost(&watch).lost.unwrap().to_string();
        assert!(error.contains(wanted), "{what}: {error}");
    }
}

#[test]
fn a_thread_that_did_not_start_is_an_error() {
    // The watcher says nothing of it, but drops the handler; any call would panic, its own end too.
    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::with(&[folder.path().to_owned()], |handler| {
        let ended = Arc::clone(&handler.ended);
        let watcher = RecommendedWatcher::new(handler, notify::Config::default())?;
        ended.store(true, std::sync::atomic::Ordering::Release);
        Ok(Box::new(Brittle(watcher)))
    });
    assert!(matches!(watch.err(), Some(WatchError::Ended)));
}

/// A watcher that must not be touched.
struct Brittle(#[expect(dead_code, reason = "kept")] RecommendedWatcher);

impl Watcher for Brittle {
    fn new<F: EventHandler>(_handler: F, _config: notify::Config) -> notify::Result<Self> {
        unreachable!()
    }

    fn watch(&mut self, _path: &Path, _mode: RecursiveMode) -> notify::Result<()> {
        unreachable!()
    }

    fn unwatch(&mut self, _path: &Path) -> notify::Result<()> {
        unreachable!()
    }

    fn kind() -> notify::WatcherKind {
        notify::WatcherKind::NullWatcher
    }
}

impl Drop for Brittle {
    fn drop(&mut self) {
        unreachable!()
    }
}

#[test]
fn a_rescan_is_for_all_and_watches_all_anew() {
    let play = Play::new(&["one", "two"], |root| fs::create_dir(root.join("one")).unwrap());
    let event = Event::new(EventKind::Other).set_flag(Flag::Rescan);
    let inbox = Arc::clone(&play.watch.inbox);
    let mut handler = Handler { plan: Arc::default(), inbox, ended: Arc::default() };
    handler.handle_event(Ok(event));
    let hints = play.watch.take();
    assert!(hints.all && hints.lost.is_none() && hints.dirs.is_empty());
    play.is_live(0);
}

#[test]
fn an_overflow_of_the_queue_is_for_all() {
    let setting = "/proc/sys/fs/inotify/max_queued_events";
    let most = fs::read_to_string(setting).ok().and_then(|most| most.trim().parse::<usize>().ok());
    let Some(most) = most.filter(|most| *most <= 100_000) else {
        eprintln!("SKIPPED: the queue cannot be made to overflow: {setting} is missing or large");
        return;
    };
    let play = Play::simple();
    let watched = Arc::clone(&play.watch.armed.lock().unwrap().as_ref().unwrap().plan);
    // The watcher's thread waits for this, and the queue fills.
    let held = watched.lock().unwrap();
    let files = ["x.json", "y.json"].map(|name| {
        let path = play.dirs[0].join(name);
        fs::write(&path, "").unwrap();
        path
    });
    // What the thread has read already does not count.
    for n in 0..most + 1000 {
        // Never two of one kind in a row, which the system would merge.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&files[n % 2], mode).unwrap();
    }
    drop(held);
    play.until("overflow", |seen| seen.all);
    play.is_live(0);
}
