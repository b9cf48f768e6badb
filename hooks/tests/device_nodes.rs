//! `disable-device-node-modification`, in mount namespaces that share with a stand-in for the host's.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test program")]

mod scene;

use std::process::Command;

use scene::{PROGRAM, Scene, run, skip};

/// The host: a namespace that shares all its mounts, with a driver. `$1` prepares the container's root
/// `$R` there; then the hook runs in a namespace that shares with it.
const HOST: &str = r#"
set -eu
mount --make-rshared /
mount -t tmpfs driver /proc/driver
mkdir /proc/driver/nvidia
printf "$PARAMETERS" > /proc/driver/nvidia/params
mkdir -p "$R"
eval "$1"
before=$(cat /proc/self/mountinfo)
unshare -m --propagation unchanged sh -euc "$CONTAINER"
test "$before" = "$(cat /proc/self/mountinfo)" || { echo "the host's mounts changed"; exit 1; }
test "$(printf "$PARAMETERS")" = "$(cat /proc/driver/nvidia/params)" || { echo "the host's file changed"; exit 1; }
"#;

/// The container's namespace: says how the hook ended, what the file is, and how many mounts there are more.
const CONTAINER: &str = r#"
count() { wc -l < /proc/self/mountinfo; }
before=$(count)
for turn in $TURNS; do
    rc=0; "$HOOK" disable-device-node-modification < "$STATE" || rc=$?
done
echo "rc $rc, $(($(count) - before)) more"
if test -f "$R/proc/driver/nvidia/params"; then
    cat "$R/proc/driver/nvidia/params"
    if test "$before" != "$(count)"; then
        (echo x > "$R/proc/driver/nvidia/params") 2>/dev/null && echo writable || echo read-only
    fi
fi
"#;

const ON: &str = r"A: 1\nModifyDeviceFiles: 1\nB: 2\n";
const BIND: &str = "mkdir -p $R/proc/driver; mount --bind /proc/driver $R/proc/driver";
const DONE: &str = "rc 0, 1 more\nA: 1\nModifyDeviceFiles: 0\nB: 2\nread-only\n";

/// What the root is, the host's parameters, how often the hook runs; what is to be seen, and said.
const CASES: &[[&str; 6]] = &[
    ["the driver's directory is shared", BIND, ON, "1", DONE, ""],
    ["twice", BIND, ON, "1 2", DONE, ""],
    ["a proc of its own", "mkdir -p $R/proc; mount --rbind /proc $R/proc", ON, "1", DONE, ""],
    [
        "a root that is shared",
        "mount --bind $R $R; mount --make-shared $R; mkdir -p $R/proc/driver/nvidia; printf \"$PARAMETERS\" > $R/proc/driver/nvidia/params",
        ON,
        "1",
        DONE,
        "",
    ],
    [
        "no mount at all",
        "mkdir -p $R/proc/driver/nvidia; printf \"$PARAMETERS\" > $R/proc/driver/nvidia/params",
        ON,
        "1",
        DONE,
        "",
    ],
    [
        "the file on a mount of its own",
        "mkdir -p $R/proc/driver/nvidia; touch $R/proc/driver/nvidia/params; mount --bind /proc/driver/nvidia/params $R/proc/driver/nvidia/params",
        ON,
        "1",
        DONE,
        "",
    ],
    [
        "off at the host",
        BIND,
        r"ModifyDeviceFiles: 0\n",
        "1",
        "rc 0, 0 more\nModifyDeviceFiles: 0\n",
        "",
    ],
    ["no switch at the host", BIND, r"A: 1\n", "1", "rc 0, 0 more\nA: 1\n", ""],
    ["not there", "mkdir -p $R/proc/driver", ON, "1", "rc 0, 0 more\n", "is not in the container"],
    ["no proc", "true", ON, "1", "rc 0, 0 more\n", "is not in the container"],
    [
        "a FIFO",
        "mkdir -p $R/proc/driver/nvidia; mkfifo $R/proc/driver/nvidia/params",
        ON,
        "1",
        "rc 1, 0 more\n",
        "not a regular file",
    ],
    [
        "a link to the host's",
        "mkdir -p $R/proc/driver/nvidia; ln -s /proc/driver/nvidia/params $R/proc/driver/nvidia/params",
        ON,
        "1",
        "rc 1, 0 more\nA: 1\nModifyDeviceFiles: 1\nB: 2\n",
        "not a regular file",
    ],
    [
        "a link out of the root on the way",
        "mkdir -p $R/proc; ln -s ../../../../../../../../proc/driver $R/proc/driver",
        ON,
        "1",
        "rc 1, 0 more\nA: 1\nModifyDeviceFiles: 1\nB: 2\n",
        "looking it up",
    ],
    [
        "a link to another directory of the root",
        "mkdir -p $R/proc/driver $R/x; ln -s ../../x $R/proc/driver/nvidia; printf \"$PARAMETERS\" > $R/x/params",
        ON,
        "1",
        DONE,
        "",
    ],
    [
        "a name to escape",
        "mkdir \"$R/a b\"; mount -t tmpfs t \"$R/a b\"; mount --make-shared \"$R/a b\"; ln -s 'a b' $R/proc; mkdir -p $R/proc/driver/nvidia; printf \"$PARAMETERS\" > $R/proc/driver/nvidia/params",
        ON,
        "1",
        DONE,
        "",
    ],
];

#[test]
fn roots() {
    const TEST: &str = "disable-device-node-modification";
    if !rustix::process::geteuid().is_root() {
        return skip(TEST, "not root");
    }
    if !Command::new("unshare")
        .args(["-m", "mount", "-t", "tmpfs", "t", "/proc/driver"])
        .status()
        .is_ok_and(|s| s.success())
    {
        return skip(TEST, "this machine refuses mounts, or has no /proc/driver");
    }
    for [name, root, parameters, turns, expected, told] in CASES {
        let scene = Scene::new(&[]);
        let state = scene.folder.path().join("state.json");
        std::fs::write(&state, scene.state()).unwrap();
        let mut command = Command::new("env");
        command
            .arg(format!("R={}", scene.inside("").display()))
            .arg(format!("STATE={}", state.display()))
            .arg(format!("HOOK={PROGRAM}"))
            .arg(format!("PARAMETERS={parameters}"))
            .arg(format!("TURNS={turns}"))
            .arg(format!("CONTAINER={CONTAINER}"))
            .args(["unshare", "-m", "--propagation", "private", "sh", "-c", HOST, "host", root]);
        let outside = scene.outside();
        let outcome = run(&mut command, b"");
        assert_eq!(outcome.stdout, *expected, "{name}: {}", outcome.stderr);
        assert_eq!(outcome.code, Some(0), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(told), "{name}: {}", outcome.stderr);
        assert_eq!(scene.outside(), outside, "{name}: changed outside");
    }
}
