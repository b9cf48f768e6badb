//! Changes on the way to a spec directory, or to a spec file that is a link.

use super::*;

fn mkdir(path: impl AsRef<Path>) {
    fs::create_dir_all(path).unwrap();
}

/// Runs commands below a folder, as a shell would.
fn run(root: &Path, script: &str) {
    for command in script.split("; ").filter(|command| !command.is_empty()) {
        let words: Vec<_> = command.split(' ').collect();
        match words[..] {
            ["mkdir", dir] => mkdir(root.join(dir)),
            ["touch", file] => fs::write(root.join(file), "").unwrap(),
            ["mv", from, to] => fs::rename(root.join(from), root.join(to)).unwrap(),
            ["rm", file] if !root.join(file).is_dir() => fs::remove_file(root.join(file)).unwrap(),
            ["rm", dir] => fs::remove_dir_all(root.join(dir)).unwrap(),
            ["ln", target, link] => symlink(target, root.join(link)).unwrap(),
            ["relink", target, link] => relink(target, &root.join(link)),
            _ => panic!("{command}"),
        }
    }
}

#[test]
fn changes_on_the_way_to_a_directory_are_hinted_and_followed() {
    // What it is, the spec directory, what is there first, and what is done.
    let cases = [
        ("made later", "cdi", "", "mkdir cdi"),
        ("made later with parents", "a/b/c/cdi", "", "mkdir a/b/c/cdi"),
        ("removed and made anew", "cdi", "mkdir cdi", "rm cdi; mkdir cdi"),
        ("parent removed and made anew", "a/b/cdi", "mkdir a/b/cdi", "rm a; mkdir a/b/cdi"),
        ("moved away and made anew", "cdi", "mkdir cdi", "mv cdi old; mkdir cdi"),
        ("parent moved away and made anew", "a/b/cdi", "mkdir a/b/cdi", "mv a old; mkdir a/b/cdi"),
        ("moved into place", "cdi", "mkdir new", "mv new cdi"),
        ("moved away and back", "cdi", "mkdir cdi", "mv cdi old; mv old cdi"),
        ("swapped", "cdi", "mkdir cdi; mkdir new", "mv cdi old; mv new cdi"),
        ("replaced by a link", "cdi", "mkdir cdi; mkdir real", "rm cdi; ln real cdi"),
        ("moved and linked to", "cdi", "mkdir cdi", "mv cdi real; ln real cdi"),
        ("parent replaced by a link", "a/cdi", "mkdir a/cdi; mkdir b/cdi", "rm a; ln b a"),
        ("a link replaced by a directory", "cdi", "mkdir real; ln real cdi", "rm cdi; mkdir cdi"),
        ("a file in its place", "cdi", "touch cdi", "rm cdi; mkdir cdi"),
        ("link swapped", "cdi", "mkdir one; mkdir two; ln one cdi", "relink two cdi"),
        (
            "link inside the path swapped",
            "config/..data/cdi",
            "mkdir config/..1/cdi; mkdir config/..2/cdi; ln ..1 config/..data",
            "relink ..2 config/..data; rm config/..1",
        ),
        (
            "second of two links swapped",
            "cdi",
            "mkdir x/one; mkdir x/two; ln one x/link; ln x/link cdi",
            "relink two x/link",
        ),
        (
            "what a link leads through is moved",
            "cdi",
            "mkdir x/y/real; ln x/../x/./y/real cdi",
            "mv x z; mkdir x/y/real",
        ),
        ("a dangling link's target is made", "cdi", "ln p/real cdi", "mkdir p/real"),
        ("a loop of links is mended", "cdi", "ln other cdi; ln cdi other", "rm other; mkdir other"),
        ("dots in the path", "a/../b/./cdi", "mkdir a", "mkdir b/cdi"),
    ];
    for (what, dir, first, deed) in cases {
        let play = Play::new(&[dir], |root| run(root, first));
        run(&play.root, deed);
        play.until(what, |seen| seen.dirs.contains(&0));
        play.is_live(0);
        // What is only moved away does not keep its watch.
        let seen = play.settled(0);
        assert!(seen.names.is_empty() && seen.dirs.is_empty() && !seen.all, "{what}: {seen:?}");
    }
}

#[test]
fn one_goes_and_comes_again_and_again() {
    let play = Play::new(&["a/cdi", "b/cdi"], |root| mkdir(root.join("b/cdi")));
    for round in 0..20 {
        mkdir(&play.dirs[0]);
        play.until("made", |seen| seen.dirs.contains(&0));
        play.is_live(0);
        if round % 2 == 0 {
            fs::remove_dir_all(play.root.join("a")).unwrap();
        } else {
            fs::rename(play.root.join("a"), play.root.join(format!("old{round}"))).unwrap();
        }
        play.until("gone", |seen| seen.dirs.contains(&0));
    }
    // The other directory was not concerned, and is watched.
    let seen = play.settled(1);
    assert!(!seen.dirs.contains(&1) && seen.names.is_empty(), "{seen:?}");
}

#[test]
fn a_directory_that_vanishes_under_its_making_is_watched_in_the_end() {
    // The makers' events and the watcher's calls come in any order.
    let play = Play::new(&["a/b/cdi"], |_| {});
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..200 {
                mkdir(&play.dirs[0]);
                fs::remove_dir_all(play.root.join("a")).unwrap();
            }
            mkdir(&play.dirs[0]);
        });
        while !play.dirs[0].is_dir() || play.watch.wait(Some(Duration::from_millis(20)), AT_ONCE) {
            Seen::default().take(&play.watch);
        }
    });
    play.is_live(0);
}

#[test]
fn two_directories_that_are_one_both_get_hints() {
    let play = Play::new(&["cdi", "link", "cdi/../cdi"], |root| {
        mkdir(root.join("cdi"));
        symlink("cdi", root.join("link")).unwrap();
    });
    fs::write(play.dirs[1].join("a.json"), "").unwrap();
    let seen = play.settled(0);
    assert_eq!(seen.names.len(), 3, "{seen:?}");
    // One of them goes elsewhere.
    mkdir(play.root.join("real"));
    relink("real", &play.dirs[1]);
    let seen = play.until("link", |seen| seen.dirs.contains(&1));
    assert!(!seen.dirs.contains(&0));
    play.is_live(1);
    fs::write(play.dirs[0].join("b.json"), "").unwrap();
    let seen = play.settled(0);
    assert_eq!(seen.names, ["0/b.json".to_owned(), "2/b.json".to_owned()].into());
}

#[test]
fn what_a_linked_file_is_counts_as_the_file() {
    // As Kubernetes mounts it: every file is a link through one link that is swapped.
    let play = Play::new(&["cdi"], |root| {
        for version in ["cdi/..1", "cdi/..2"] {
            mkdir(root.join(version));
            fs::write(root.join(version).join("a.json"), version).unwrap();
        }
        symlink("..1", root.join("cdi/..data")).unwrap();
        symlink("..data/a.json", root.join("cdi/a.json")).unwrap();
    });
    let wanted: BTreeSet<String> = ["0/a.json".to_owned()].into();
    relink("..2", &play.root.join("cdi/..data"));
    let seen = play.settled(0);
    assert_eq!((&seen.names, seen.dirs.len()), (&wanted, 0));
    // The new target is watched, and the old one is not.
    fs::write(play.root.join("cdi/..2/a.json"), "{}").unwrap();
    assert_eq!(play.settled(0).names, wanted);
    fs::write(play.root.join("cdi/..1/a.json"), "{}").unwrap();
    assert!(play.settled(0).names.is_empty());
    // A link that is made later is followed too, until it is none.
    fs::write(play.root.join("far"), "").unwrap();
    symlink("../far", play.root.join("cdi/b.yaml")).unwrap();
    let wanted: BTreeSet<String> = ["0/b.yaml".to_owned()].into();
    assert_eq!(play.settled(0).names, wanted);
    fs::write(play.root.join("far"), "{}").unwrap();
    assert_eq!(play.settled(0).names, wanted);
    fs::remove_file(play.root.join("cdi/b.yaml")).unwrap();
    fs::write(play.root.join("cdi/b.yaml"), "").unwrap();
    assert_eq!(play.settled(0).names, wanted);
    fs::write(play.root.join("far"), "{ }").unwrap();
    assert!(play.settled(0).names.is_empty());
}

#[test]
fn what_the_directory_itself_may_be_told_is_hinted() {
    use std::os::unix::fs::PermissionsExt as _;
    let play = Play::simple();
    fs::set_permissions(&play.dirs[0], fs::Permissions::from_mode(0o700)).unwrap();
    play.until("mode", |seen| seen.dirs.contains(&0));
    play.is_live(0);
}
