//! What only a process in namespaces of its own can try: limits of the user, and mounts.

use std::process::Command;

use super::*;

/// Runs [`child`] in a process of its own, by a shell's command that ends in it.
fn in_child(prepare: &str, case: &str) -> Option<String> {
    let script = format!(
        "{prepare} exec \"$0\" cdi::watch::tests::namespaces::child --exact --ignored --nocapture"
    );
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "--", "sh", "-ec", &script])
        .arg(std::env::current_exe().unwrap())
        .env("WATCH_CASE", case)
        .output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: {case}: no unshare");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !text.contains("running 1 test") {
        eprintln!("SKIPPED: {case}: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(text)
}

#[test]
fn real_limits_are_named() {
    for (case, prepare, wanted) in [
        ("watches", "echo 2 >/proc/sys/user/max_inotify_watches;", "limit of watches reached"),
        ("instances", "echo 0 >/proc/sys/user/max_inotify_instances;", "limit of watchers reached"),
        ("files-0", "", "limit of open files reached"),
        ("files-1", "", "limit of open files reached"),
        ("files-2", "", "limit of open files reached"),
        ("files-3", "", "watching"),
        ("none", "", "watching"),
    ] {
        if let Some(text) = in_child(prepare, case) {
            assert!(text.contains(&format!("RESULT: {wanted}")), "{case}: {text}");
        }
    }
}

#[test]
fn a_directory_that_is_mounted_twice_is_watched_for_both() {
    let prepare = "d=$(mktemp -d); mkdir -p $d/p/r/cdi $d/q; mount --bind $d/p/r $d/q; \
                   export WATCH_DIR=$d; trap 'rm -r $d' EXIT;";
    if let Some(text) = in_child(prepare, "mount") {
        assert!(text.contains("RESULT: both"), "{text}");
    }
}

#[test]
fn what_is_no_longer_on_the_way_is_not_watched() {
    if let Some(text) = in_child("", "leak") {
        assert!(text.contains("RESULT: none left"), "{text}");
    }
}

/// How many directories this process watches.
fn watches() -> usize {
    let files = fs::read_dir("/proc/self/fdinfo").unwrap();
    let texts = files.filter_map(|file| fs::read_to_string(file.unwrap().path()).ok());
    texts.map(|text| text.lines().filter(|line| line.starts_with("inotify ")).count()).sum()
}

fn none_left() {
    let play = Play::new(&["a/cdi"], |root| {
        for dir in ["one/cdi", "two/cdi"] {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        symlink("one", root.join("a")).unwrap();
    });
    // The folder, where the link is looked up, and what is on the way to it; `one`, and `cdi`.
    let wanted = play.root.ancestors().count() + 2;
    assert_eq!(watches(), wanted);
    for round in 0..10 {
        relink(["two", "one"][round % 2], &play.root.join("a"));
        play.until("link", |seen| seen.dirs.contains(&0));
        play.is_live(0);
        fs::rename(play.root.join("a/cdi"), play.root.join("old")).unwrap();
        fs::create_dir(play.root.join("a/cdi")).unwrap();
        play.until("moved", |seen| seen.dirs.contains(&0));
        play.is_live(0);
        fs::remove_dir_all(play.root.join("old")).unwrap();
        assert_eq!(watches(), wanted, "round {round}");
    }
    drop(play);
    let start = std::time::Instant::now();
    while watches() > 0 && start.elapsed() < DEADLINE {
        std::thread::yield_now();
    }
    println!("RESULT: {}", if watches() == 0 { "none left" } else { "some left" });
}

/// The system watches what is mounted twice once, by the path that was first. That one goes.
fn mounted_twice(root: PathBuf) {
    let dirs = vec![root.join("p/r/cdi"), root.join("q/cdi")];
    let watch = Watch::new(&dirs).unwrap();
    let play = Play { folder: None, root, dirs, watch, markers: Cell::new(0) };
    fs::write(play.dirs[0].join("a.json"), "").unwrap();
    assert_eq!(play.settled(1).names.len(), 2);
    fs::rename(play.root.join("p"), play.root.join("old")).unwrap();
    play.until("moved", |seen| seen.dirs.contains(&0));
    play.is_live(1);
    println!("RESULT: both");
}

#[test]
#[ignore = "runs in a process of its own, started by another test"]
fn child() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let case = std::env::var("WATCH_CASE").unwrap_or_default();
    match case.as_str() {
        "mount" => return mounted_twice(std::env::var_os("WATCH_DIR").unwrap().into()),
        "leak" => return none_left(),
        _ => {}
    }
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    if let Some(more) = case.strip_prefix("files-") {
        let limit = Rlimit { current: Some(64), maximum: getrlimit(Resource::Nofile).maximum };
        setrlimit(Resource::Nofile, limit).unwrap();
        files.extend(std::iter::from_fn(|| fs::File::open("/").ok()));
        files.truncate(files.len() - more.parse::<usize>().unwrap());
    }
    match Watch::new(&[folder.path().to_owned()]) {
        Ok(_) => println!("RESULT: watching"),
        Err(WatchError::Limit { limit }) => println!("RESULT: {limit}"),
        Err(error) => println!("RESULT: {error}"),
    }
}
