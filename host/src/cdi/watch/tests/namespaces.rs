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
    if case == "mount" {
        return mounted_twice(std::env::var_os("WATCH_DIR").unwrap().into());
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
