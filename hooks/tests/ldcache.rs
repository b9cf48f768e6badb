//! `update-ldcache`: hostile root file systems, and that nothing outside changes; needs root, and a
//! machine with glibc's `ldconfig`.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test program")]

mod scene;

use std::fs;
use std::process::Command;

use scene::libraries::{is_skipped, library};
use scene::{Manifest, PROGRAM, Scene, run};

const HOOK: &str = "update-ldcache";

/// How a hook has to end.
enum Ends {
    /// With success; then each of these paths holds this text. `!` before a text: it does not.
    Holds(&'static [(&'static str, &'static str)]),
    /// With failure, this in its message, and nothing changed.
    Fails(&'static str),
}
use Ends::{Fails, Holds};

type Case = (&'static str, &'static [&'static str], &'static [&'static str], Ends);

/// The injected library is in the cache.
const CACHED: (&str, &str) = ("/etc/ld.so.cache", "/opt/gpu/libgcc_s.so.1");
const LISTED: (&str, &str) = ("/etc/ld.so.conf.d/00-gantry-hook.conf", "644 /opt/gpu\n");
const CONF: (&str, &str) = ("/etc/ld.so.conf", "644 include /etc/ld.so.conf.d/*.conf\n");
const DONE: Ends = Holds(&[CACHED, LISTED]);
const MUSL: &str = "/etc/ld-musl-x86_64.path";

const CASES: &[Case] = &[
    ("empty", &[], &[], Holds(&[CACHED, LISTED, CONF, ("/var", "nothing"), (MUSL, "nothing")])),
    ("a folder twice", &[], &["--folder=/opt/gpu/,/opt/./gpu"], DONE),
    (
        "a folder that the image names",
        &["f /etc/ld.so.conf /opt/gpu/\n"],
        &[],
        Holds(&[CACHED, (LISTED.0, "nothing")]),
    ),
    (
        "a folder that Debian searches anyway",
        &["f /etc/debian_version 12", "d /usr/lib/x86_64-linux-gnu"],
        &["--folder=/usr/lib/x86_64-linux-gnu"],
        Holds(&[(LISTED.0, "!x86_64")]),
    ),
    (
        "an include of everything",
        &["f /etc/ld.so.conf include /etc/* ld.so.conf *.conf /*/* /*/*/* ../../../*"],
        &[],
        DONE,
    ),
    (
        "a loop of includes",
        &[
            "f /etc/ld.so.conf include ld.so.conf.d/*",
            "f /etc/ld.so.conf.d/a include b",
            "f /etc/ld.so.conf.d/b include a",
        ],
        &[],
        DONE,
    ),
    (
        "the configuration is a FIFO",
        &["p /etc/ld.so.conf", "p /etc/ld.so.conf.d/a.conf"],
        &[],
        DONE,
    ),
    (
        "sockets",
        &[
            "s /etc/ld.so.conf",
            "s /etc/ld.so.conf.d/00-gantry-hook.conf",
            "s /etc/ld.so.cache",
            "s /opt/gpu/liba.so",
        ],
        &[],
        DONE,
    ),
    ("the configuration is a device", &["c /etc/ld.so.conf 1 5"], &[], DONE),
    ("the configuration is a link to itself", &["l /etc/ld.so.conf ld.so.conf"], &[], DONE),
    ("the configuration is the host's", &["l /etc/ld.so.conf @/host/file"], &[], DONE),
    ("our file is a FIFO", &["p /etc/ld.so.conf.d/00-gantry-hook.conf"], &[], DONE),
    ("our file is the host's", &["l /etc/ld.so.conf.d/00-gantry-hook.conf @/host/file"], &[], DONE),
    (
        "our file has another folder",
        &["f /etc/ld.so.conf.d/00-gantry-hook.conf /a"],
        &[],
        Holds(&[CACHED, (LISTED.0, "644 /a\n/opt/gpu\n")]),
    ),
    ("the cache is a FIFO", &["p /etc/ld.so.cache", "p /etc/ld.so.cache~"], &[], DONE),
    (
        "the cache is the host's",
        &["l /etc/ld.so.cache @/host/file", "l /etc/ld.so.cache~ @/host/file"],
        &[],
        DONE,
    ),
    ("the cache is a directory", &["d /etc/ld.so.cache/x"], &[], Fails("ld.so.cache")),
    ("etc is the root", &["l /etc /"], &[], Holds(&[("/ld.so.cache", CACHED.1)])),
    (
        "etc leads up",
        &["l /etc ../../../../../../../../x", "d /x"],
        &[],
        Holds(&[("/x/ld.so.cache", CACHED.1)]),
    ),
    ("etc is the host's", &["l /etc @/host/etc"], &[], Fails("/etc/ld.so.conf.d")),
    ("etc is a file", &["f /etc x"], &[], Fails("/etc/ld.so.conf.d")),
    (
        "the directory is the host's",
        &["l /etc/ld.so.conf.d @/host/etc/ld.so.conf.d"],
        &[],
        Fails("/etc/ld.so.conf.d"),
    ),
    ("the directory is a FIFO", &["p /etc/ld.so.conf.d"], &[], Fails("/etc/ld.so.conf.d")),
    (
        "the directory is elsewhere",
        &["l /etc/ld.so.conf.d /x/y", "d /x/y"],
        &[],
        Holds(&[CACHED, ("/x/y/00-gantry-hook.conf", LISTED.1)]),
    ),
    (
        "system directories are links",
        &["l /proc /", "l /run /", "l /tmp /", "l /lib /", "l /dev @/host"],
        &[],
        DONE,
    ),
    ("system directories are files", &["f /proc x", "p /run", "f /lib x", "f /var x"], &[], DONE),
    (
        "the folder is the host's",
        &["l /gpu @/host/lib"],
        &["--folder=/gpu"],
        Holds(&[(CACHED.0, "!libcuda")]),
    ),
    (
        "the folder leads up",
        &["l /gpu ../../host/lib"],
        &["--folder=/gpu"],
        Holds(&[(CACHED.0, "!libcuda")]),
    ),
    (
        "libraries are no files",
        &[
            "p /opt/gpu/liba.so",
            "c /opt/gpu/libb.so 1 8",
            "l /opt/gpu/libc.so /opt/gpu/libc.so",
            "d /opt/gpu/libd.so",
        ],
        &[],
        DONE,
    ),
    (
        "a library is the host's",
        &["l /opt/gpu/libcuda.so.1.2 @/host/lib/libcuda.so.1.2"],
        &[],
        Holds(&[CACHED, (CACHED.0, "!libcuda")]),
    ),
    ("its own cache is a FIFO", &["p /var/cache/ldconfig/aux-cache"], &[], DONE),
    (
        "nothing is left in its own cache",
        &["d /var/cache"],
        &[],
        Holds(&[CACHED, ("/var/cache/ldconfig", "nothing")]),
    ),
    (
        "its own cache is elsewhere",
        &["l /var/cache /x", "d /x"],
        &[],
        Holds(&[CACHED, ("/x/ldconfig", "nothing")]),
    ),
    ("its own cache is with libraries", &["l /var/cache /opt"], &[], DONE),
    ("its own cache is the host's", &["l /var/cache @/host"], &[], DONE),
    (
        "Alpine",
        &["f /etc/alpine-release 3"],
        &[],
        Holds(&[CACHED, (MUSL, "644 /lib:/usr/local/lib:/usr/lib\n/opt/gpu\n")]),
    ),
    (
        "Alpine, with a path file",
        &["f /etc/alpine-release 3", "f /etc/ld-musl-x86_64.path /a:/b"],
        &[],
        Holds(&[(MUSL, "644 /a:/b\n/opt/gpu\n")]),
    ),
    (
        "Alpine, with it linked",
        &["f /etc/alpine-release 3", "f /x /a\n", "l /etc/ld-musl-x86_64.path /x"],
        &[],
        Holds(&[(MUSL, "644 /a\n/opt/gpu\n"), ("/x", "644 /a\n")]),
    ),
    (
        "Alpine, with a FIFO",
        &["f /etc/alpine-release 3", "p /etc/ld-musl-x86_64.path"],
        &[],
        Holds(&[(MUSL, "\n/opt/gpu\n")]),
    ),
    (
        "Alpine, with the host's",
        &["f /etc/alpine-release 3", "l /etc/ld-musl-x86_64.path @/host/file"],
        &[],
        Holds(&[(MUSL, "\n/opt/gpu\n"), (MUSL, "!host's")]),
    ),
    ("musl's loader alone", &["f /lib/ld-musl-x86_64.so.1 x"], &[], Holds(&[(MUSL, "/opt/gpu\n")])),
    (
        "both loaders",
        &["f /lib/ld-musl-x86_64.so.1 x", "f /lib64/ld-linux-x86-64.so.2 x"],
        &[],
        Holds(&[(MUSL, "nothing")]),
    ),
    ("a relative folder", &[], &["--folder=opt/gpu"], DONE),
    ("a folder with blanks around it", &[], &["--folder= /opt/gpu"], Fails("--folder")),
    ("an empty ldconfig", &[], &["--ldconfig-path="], Fails("--ldconfig-path")),
    (
        "the configuration is a directory, and links round",
        &["d /etc/ld.so.conf", "l /etc/ld.so.conf.d/a.conf a.conf"],
        &[],
        DONE,
    ),
    ("a folder of two lines", &[], &["--folder=/a\n/b"], Fails("--folder")),
    ("two folders in one", &[], &["--folder=/a:/b"], Fails("--folder")),
    ("no ldconfig", &[], &["--ldconfig-path=@/host/none"], Fails("host/none")),
    (
        "the image's ldconfig, by its name",
        &[],
        &["--ldconfig-path=ldconfig"],
        Fails("--ldconfig-path"),
    ),
    ("a script", &[], &["--ldconfig-path=@/host/file"], Fails("not a statically linked")),
    (
        "a program that needs a loader",
        &[],
        &["--ldconfig-path=/usr/bin/env"],
        Fails("not a statically linked"),
    ),
    ("a directory", &[], &["--ldconfig-path=/usr"], Fails("not a regular file")),
];

/// A root with an injected library.
fn scene(lines: &[&str]) -> Scene {
    let scene = Scene::new(&[lines, &["d /opt/gpu"]].concat());
    fs::copy(library().unwrap(), scene.inside("/opt/gpu/libgcc_s.so.1")).unwrap();
    scene
}

fn check(name: &str, scene: &Scene, args: &[&str], ends: &Ends) {
    let default = ["--folder=/opt/gpu"];
    let args = if args.iter().any(|arg| arg.starts_with("--folder")) {
        args.to_vec()
    } else {
        [&default, args].concat()
    };
    let (outside, before, mounted) = (scene.outside(), scene.root(), scene.mounts());
    let mut twice = Manifest::new();
    for turn in 1..=2 {
        let outcome = scene.hook(&[&[HOOK], args.as_slice()].concat());
        let told = &outcome.stderr;
        let after = scene.root();
        assert_eq!(scene.outside(), outside, "{name}: changed outside");
        assert_eq!(scene.mounts(), mounted, "{name}: mounts");
        assert!(
            !after.keys().any(|path| path.contains(".gantry-hook-")
                || path.contains("cache~") && !before.contains_key(path)),
            "{name}: left behind: {after:?}"
        );
        match ends {
            Holds(expected) => {
                assert_eq!(outcome.code, Some(0), "{name}: {told}");
                for (path, text) in *expected {
                    let found = after.get(*path).map_or("nothing", String::as_str);
                    match text.strip_prefix('!') {
                        Some(not) => assert!(!found.contains(not), "{name}: {path}: {found}"),
                        None => assert!(found.contains(text), "{name}: {path}: {found}"),
                    }
                }
                if turn == 2 {
                    assert_eq!(after, twice, "{name}: not the same the second time");
                }
                twice = after;
            }
            Fails(why) => {
                assert_eq!(outcome.code, Some(1), "{name}: {told}");
                assert!(told.contains(HOOK) && told.contains(&scene.text(why)), "{name}: {told}");
                assert_eq!(after, before, "{name}");
            }
        }
    }
}

#[test]
fn roots() {
    if is_skipped(HOOK) {
        return;
    }
    for (name, lines, args, ends) in CASES {
        check(name, &scene(lines), args, ends);
    }
}

#[test]
fn many_entries() {
    if is_skipped("update-ldcache: many entries") {
        return;
    }
    let scene = scene(&[
        "f /etc/ld.so.conf include /etc/ld.so.conf.d/*.conf",
        "d /etc/ld.so.conf.d",
        "d /many",
    ]);
    let lines: Vec<String> = (0..100_000).map(|number| format!("/many/{number}\n")).collect();
    fs::write(scene.inside("/etc/ld.so.conf.d/many.conf"), lines.concat()).unwrap();
    for number in 0..100_000 {
        fs::write(scene.inside(&format!("/many/lib{number}.so")), "").unwrap();
    }
    for number in 0..20_000 {
        fs::write(scene.inside(&format!("/etc/ld.so.conf.d/{number}.conf")), "").unwrap();
    }
    let outcome = scene.hook(&[HOOK, "--folder=/opt/gpu", "--folder=/many"]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("too much is in it"), "{}", outcome.stderr);
    let cache = fs::read(scene.inside("/etc/ld.so.cache")).unwrap();
    assert!(String::from_utf8_lossy(&cache).contains(CACHED.1));
}

/// A root without room, and one that is read-only, in a mount namespace that is shared with another, which
/// sees nothing of it.
#[test]
fn mounts_around_it() {
    const HOST: &str = r#"
set -eu
mount --make-rshared /
eval "$1"
before=$(cat /proc/self/mountinfo)
rc=0; unshare -m --propagation unchanged "$HOOK" update-ldcache --folder /opt/gpu < "$STATE" || rc=$?
test "$before" = "$(cat /proc/self/mountinfo)" || { echo "mounts changed"; exit 1; }
cd "$R"; echo "rc $rc"; find etc | sort
"#;
    const FULL: &str = "mount -t tmpfs -o size=64k t $R/etc; mkdir $R/etc/ld.so.conf.d; head -c 65536 /dev/zero > $R/etc/full 2>/dev/null || :";
    const EMPTY: &str = "rc 0\netc\netc/ld.so.cache\netc/ld.so.conf\netc/ld.so.conf.d\netc/ld.so.conf.d/00-gantry-hook.conf\n";
    if is_skipped("update-ldcache: mounts") {
        return;
    }
    let cases = [
        ("shared", "true", EMPTY, ""),
        ("a root of its own", "mount --bind $R $R; mount --make-shared $R", EMPTY, ""),
        ("full", FULL, "rc 1\netc\netc/full\netc/ld.so.conf.d\n", "No space left"),
        (
            "read-only",
            "mkdir $R/etc/ld.so.conf.d; mount --bind $R $R; mount -o remount,bind,ro $R",
            "rc 1\netc\netc/ld.so.conf.d\n",
            "Read-only",
        ),
        (
            "read-only and empty",
            "mount --bind $R $R; mount -o remount,bind,ro $R",
            "rc 1\netc\n",
            "Read-only",
        ),
    ];
    for (name, prepare, expected, told) in cases {
        let scene = scene(&["d /etc"]);
        let state = scene.folder.path().join("state.json");
        fs::write(&state, scene.state()).unwrap();
        let mut command = Command::new("env");
        command
            .arg(format!("R={}", scene.inside("").display()))
            .arg(format!("STATE={}", state.display()))
            .arg(format!("HOOK={PROGRAM}"))
            .args(["unshare", "-m", "--propagation", "private", "sh", "-c", HOST, "host"])
            .arg(prepare);
        let outside = scene.outside();
        let outcome = run(&mut command, b"");
        assert_eq!(outcome.stdout, expected, "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(told), "{name}: {}", outcome.stderr);
        assert_eq!(scene.outside(), outside, "{name}: changed outside");
    }
}
