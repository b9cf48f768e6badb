//! Hostile root file systems: what each hook makes of them, and that nothing outside changes.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test program")]

mod scene;

use scene::{Manifest, Scene, skip};

/// How a hook has to end.
enum Ends {
    /// With success, and exactly these paths changed.
    Changes(&'static [(&'static str, &'static str)]),
    /// With failure, this in its message, and nothing changed.
    Fails(&'static str),
}
use Ends::{Changes, Fails};

/// With success, and nothing changed.
const NOTHING: Ends = Changes(&[]);

type Case = (&'static str, &'static [&'static str], &'static [&'static str], Ends);

fn check(hook: &str, cases: &[Case]) {
    let root = rustix::process::geteuid().is_root();
    let mut left_out = 0;
    for (name, lines, args, ends) in cases {
        let name = format!("{hook}: {name}");
        if !root && lines.iter().any(|line| line.starts_with("c ")) {
            left_out += 1;
            continue;
        }
        let scene = Scene::new(lines);
        let (outside, before) = (scene.outside(), scene.root());
        let outcome = scene.hook(&[&[hook], *args].concat());
        assert_eq!(scene.outside(), outside, "{name}: changed outside");
        let told = &outcome.stderr;
        assert_eq!(outcome.stdout, "", "{name}");
        let changes = changes(&before, &scene.root());
        match ends {
            Changes(expected) => {
                assert_eq!(outcome.code, Some(0), "{name}: {told}");
                let expected = expected.iter();
                let expected: Manifest =
                    expected.map(|(path, what)| (scene.text(path), scene.text(what))).collect();
                assert_eq!(changes, expected, "{name}");
            }
            Fails(why) => {
                assert_eq!(outcome.code, Some(1), "{name}: {told}");
                assert!(told.contains(hook) && told.contains(&scene.text(why)), "{name}: {told}");
                assert_eq!(changes, Manifest::new(), "{name}");
            }
        }
    }
    if left_out > 0 {
        skip(
            hook,
            &format!("{left_out} of {} cases: not root, and they need device nodes", cases.len()),
        );
    }
}

fn changes(before: &Manifest, after: &Manifest) -> Manifest {
    let new = after.iter().filter(|(path, what)| before.get(*path) != Some(*what));
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let gone = gone.map(|path| (path.clone(), "gone".to_owned()));
    new.map(|(path, what)| (path.clone(), what.clone())).chain(gone).collect()
}

const LINK: &[&str] = &["--link", "libx.so.1::/usr/lib/libx.so"];
const MADE: Ends = Changes(&[("/usr/lib/libx.so", "-> libx.so.1")]);
const LONG: &str = concat!(
    "t::/new/dir/",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
    "01234567890123456789012345678901234567890123456789",
    "123456"
);

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn create_symlinks() {
    check(
        "create-symlinks",
        &[
            ("plain", &["d /usr/lib"], LINK, MADE),
            ("no links", &[], &[], NOTHING),
            ("relative path", &["d /usr/lib"], &["--link", "libx.so.1::usr//lib/./libx.so"], MADE),
            (
                "a slash at the end",
                &["d /usr/lib"],
                &["--link", "libx.so.1::/usr/lib/libx.so/"],
                MADE,
            ),
            (
                "`..` in the path",
                &["d /usr/lib"],
                &["--link", "libx.so.1::/../../a/../usr/lib/libx.so"],
                MADE,
            ),
            (
                "twice",
                &["d /usr/lib"],
                &["--link", "libx.so.1::/usr/lib/libx.so", "--link=libx.so.1::/usr/lib/libx.so"],
                MADE,
            ),
            (
                "commas, and one dash",
                &[],
                &["-link", "a::/x,b::/y"],
                Changes(&[("/x", "-> a"), ("/y", "-> b")]),
            ),
            (
                "any target",
                &[],
                &["--link", "/proc/self/../../..::/x"],
                Changes(&[("/x", "-> /proc/self/../../..")]),
            ),
            (
                "directories are made",
                &[],
                LINK,
                Changes(&[
                    ("/usr", "755 directory"),
                    ("/usr/lib", "755 directory"),
                    ("/usr/lib/libx.so", "-> libx.so.1"),
                ]),
            ),
            ("is there", &["l /usr/lib/libx.so libx.so.1"], LINK, NOTHING),
            ("another link", &["l /usr/lib/libx.so libx.so.2"], LINK, MADE),
            ("a link to the host", &["l /usr/lib/libx.so @/host/file"], LINK, MADE),
            ("a link to itself", &["l /usr/lib/libx.so libx.so"], LINK, MADE),
            ("a file", &["f /usr/lib/libx.so text"], LINK, MADE),
            ("a FIFO", &["p /usr/lib/libx.so"], LINK, MADE),
            ("a socket", &["s /usr/lib/libx.so"], LINK, MADE),
            ("a device", &["c /usr/lib/libx.so 1 3"], LINK, MADE),
            (
                "a directory",
                &["d /usr/lib/libx.so"],
                LINK,
                Fails("/usr/lib/libx.so\" in the container: making the link: Is a directory"),
            ),
            (
                "absolute link to the host",
                &["l /usr/lib @/host/lib"],
                LINK,
                Fails("making its directory"),
            ),
            (
                "absolute link, in the root",
                &["l /usr/lib @/host/lib", "d @/host/lib"],
                LINK,
                Changes(&[("@/host/lib/libx.so", "-> libx.so.1")]),
            ),
            ("link to the root", &["l /usr/lib /"], LINK, Changes(&[("/libx.so", "-> libx.so.1")])),
            (
                "link of `..`",
                &["l /usr/lib ../../../../../../../../../../../.."],
                LINK,
                Changes(&[("/libx.so", "-> libx.so.1")]),
            ),
            (
                "`..` to the host",
                &["l /usr/lib ../../../host/lib"],
                LINK,
                Fails("making its directory"),
            ),
            (
                "chain",
                &["l /usr /a", "l /a b", "l /b ../../c", "d /c/lib"],
                LINK,
                Changes(&[("/c/lib/libx.so", "-> libx.so.1")]),
            ),
            (
                "link to /proc",
                &["l /usr/lib /proc/self/root/@/host/lib"],
                LINK,
                Fails("making its directory"),
            ),
            ("link round", &["l /usr/lib /usr/lib"], LINK, Fails("symbolic links")),
            ("link to nothing", &["l /usr/lib /nothing"], LINK, Fails("making its directory")),
            ("file as directory", &["f /usr/lib text"], LINK, Fails("Not a directory")),
            ("FIFO as directory", &["p /usr/lib"], LINK, Fails("Not a directory")),
            ("device as directory", &["c /usr 1 3"], LINK, Fails("Not a directory")),
            ("nothing half made", &[], &["--link", LONG], Fails("File name too long")),
            (
                "all are read first",
                &[],
                &["--link", "a::/x", "--link", "a"],
                Fails("not of the form"),
            ),
            ("name /", &[], &["--link", "a::/"], Fails("has no name")),
            ("name .", &[], &["--link", "a::."], Fails("has no name")),
            ("name ..", &[], &["--link", "a::.."], Fails("has no name")),
            ("name /usr/..", &["d /usr"], &["--link", "a::/usr/.."], Fails("has no name")),
            ("name /usr/./", &["d /usr"], &["--link", "a::/usr/./"], Fails("has no name")),
            ("no name", &[], &["--link", "a::"], Fails("has no name")),
            ("no target", &[], &["--link", "::/x"], Fails("target is empty")),
            ("three parts", &[], &["--link", "a::/b::/c"], Fails("not of the form")),
            ("empty", &[], &["--link", ""], Fails("not of the form")),
            ("no value", &[], &["--link"], Fails("needs a value")),
        ],
    );
}

#[test]
fn chmod() {
    const X: &[&str] = &["--mode", "755", "--path", "/x"];
    check(
        "chmod",
        &[
            ("plain", &["f /x a", "m /x 600"], X, Changes(&[("/x", "755 a")])),
            ("is so", &["f /x a", "m /x 755"], X, NOTHING),
            ("no path", &[], &["--mode", "755"], NOTHING),
            (
                "two",
                &["d /x", "m /x 700", "d /y", "m /y 700"],
                &["--mode=0711", "--path", "/x,/none,y"],
                Changes(&[("/x", "711 directory"), ("/y", "711 directory")]),
            ),
            (
                "no other bits",
                &["f /x a", "m /x 600"],
                &["--mode", "7755", "--path", "/x"],
                Changes(&[("/x", "755 a")]),
            ),
            ("other bits go", &["f /x a", "m /x 4755"], X, Changes(&[("/x", "755 a")])),
            ("missing", &[], X, NOTHING),
            ("below a file", &["f /x a"], &["--mode", "755", "--path", "/x/y"], NOTHING),
            ("link to the host", &["l /x @/host/file"], X, NOTHING),
            (
                "link to the host's file, in the root",
                &["l /x @/host/file", "f @/host/file a", "m @/host/file 600"],
                X,
                Changes(&[("@/host/file", "755 a")]),
            ),
            ("`..` to the host", &["l /x ../../host/file"], X, NOTHING),
            (
                "`..` in the path",
                &["f /x a", "m /x 600"],
                &["--mode", "755", "--path", "../../x"],
                Changes(&[("/x", "755 a")]),
            ),
            ("link round", &["l /x /x"], X, NOTHING),
            ("a FIFO", &["p /x", "m /x 600"], X, Changes(&[("/x", "755 fifo")])),
            ("a socket", &["s /x", "m /x 600"], X, Changes(&[("/x", "755 device")])),
            ("a device", &["c /x 1 3", "m /x 600"], X, Changes(&[("/x", "755 device")])),
            ("no mode", &[], &["--path", "/x"], Fails("is not octal")),
            ("mode 8", &[], &["--mode", "8", "--path", "/x"], Fails("is not octal")),
            ("mode +7", &[], &["--mode", "+7", "--path", "/x"], Fails("is not octal")),
            ("empty path", &[], &["--mode", "7", "--path", "/x,"], Fails("empty")),
            ("unknown flag", &[], &["--mod", "7"], Fails("no flag")),
        ],
    );
}

#[test]
fn update_application_profile() {
    const PLACE: &str = "/etc/nvidia/nvidia-application-profiles-rc.d/10-container.conf";
    const TEXT: &str = r#"444 {"profiles":[{"name":"_container_","settings":["EGLVisibleDGPUDevices",0x9]}],"rules":[{"pattern":[],"profile":"_container_"}]}"#;
    const WRITTEN: Ends = Changes(&[(PLACE, TEXT)]);
    check(
        "update-application-profile",
        &[
            ("no /dev", &[], &[], NOTHING),
            ("no GPU", &["d /dev"], &[], NOTHING),
            (
                "two GPUs",
                &[
                    "c /dev/nvidia0 195 0",
                    "c /dev/nvidia7 195 3",
                    "c /dev/nvidiactl 195 255",
                    "c /dev/nvidia 195 9",
                    "c /dev/nvidia1x 195 9",
                ],
                &[],
                Changes(&[
                    ("/etc", "755 directory"),
                    ("/etc/nvidia", "755 directory"),
                    ("/etc/nvidia/nvidia-application-profiles-rc.d", "555 directory"),
                    (PLACE, TEXT),
                ]),
            ),
            (
                "no devices",
                &[
                    "f /dev/nvidia0 a",
                    "p /dev/nvidia1",
                    "s /dev/nvidia4",
                    "d /dev/nvidia2",
                    "l /dev/nvidia3 @/host/file",
                ],
                &[],
                NOTHING,
            ),
            ("a large minor number", &["c /dev/nvidia0 195 64"], &[], NOTHING),
            ("/dev of the host", &["l /dev @/host/dev"], &[], NOTHING),
            (
                "/dev is a file",
                &["f /dev a"],
                &[],
                Fails("\"/dev\" in the container: looking it up: Not a directory"),
            ),
            ("/dev is a FIFO", &["p /dev"], &[], Fails("Not a directory")),
            (
                "/etc of the host",
                &["c /dev/nvidia0 195 0", "l /etc @/host/etc"],
                &[],
                Fails("making its directory"),
            ),
            (
                "/etc is `..`",
                &[
                    "c /dev/nvidia0 195 0",
                    "c /dev/nvidia3 195 3",
                    "l /etc ../../../..",
                    "d /nvidia/nvidia-application-profiles-rc.d",
                ],
                &[],
                Changes(&[("/nvidia/nvidia-application-profiles-rc.d/10-container.conf", TEXT)]),
            ),
            (
                "a link to the host",
                &[
                    "c /dev/nvidia0 195 0",
                    "c /dev/nvidia3 195 3",
                    "l /etc/nvidia/nvidia-application-profiles-rc.d/10-container.conf @/host/file",
                ],
                &[],
                WRITTEN,
            ),
            (
                "a FIFO",
                &[
                    "c /dev/nvidia0 195 0",
                    "c /dev/nvidia3 195 3",
                    "p /etc/nvidia/nvidia-application-profiles-rc.d/10-container.conf",
                ],
                &[],
                WRITTEN,
            ),
            (
                "a directory",
                &[
                    "c /dev/nvidia0 195 0",
                    "d /etc/nvidia/nvidia-application-profiles-rc.d/10-container.conf",
                ],
                &[],
                Fails("writing it: Is a directory"),
            ),
        ],
    );
}
