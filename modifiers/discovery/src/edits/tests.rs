use gantry_modifier::platform;
use gantry_modifier::testing::Host;
use gantry_modifier::{Metadata, Mode, Modifier, Want};

use super::*;
use crate::{Architecture, Feature, Files, Hook, Root, Sandbox, gated};

/// Finds and makes edits, with the hook program that the settings name and groups.
struct Everything;

impl Modifier for Everything {
    type Settings = (String, bool);
    const METADATA: Metadata = Metadata {
        name: "everything",
        version: "1.0.0",
        description: "",
        wants: &[
            Want::read_files("driver-root:/**", ""),
            Want::read_files("dev-root:/dev/**", ""),
            Want::read_platform(""),
            Want::edit_device_nodes("dev-root:/dev/**", ""),
            Want::edit_env("A", ""),
            Want::edit_mounts("driver-root:/** => /** : ro,nosuid,nodev,rbind,rprivate", ""),
            Want::edit_hooks("createContainer /usr/bin/*", ""),
            Want::edit_gids("device-nodes", ""),
        ],
        settings_schema: None,
    };

    fn modify(_: Mode, (hook_path, additional_gids): (String, bool)) -> Result<(), Failure> {
        assert_eq!(Sandbox::architecture()?, Architecture::from_name(&platform::architecture()?));
        let mut found = gated(&mut Sandbox, Feature::Gds)?;
        found.env.push(("A".into(), "b".into()));
        found.hooks.push(Hook { command: "do", args: vec!["--it".into()] });
        Edits { hook_path: &hook_path, additional_gids }.make_all(&found, "why")
    }
}

fn host() -> Host {
    Host::new()
        .char_device("dev-root", "/dev/nvidia-fs0", (240, 0), 0o660, 44)
        .char_device("dev-root", "/dev/nvidia-fs1", (240, 1), 0o660, 44)
        .char_device("dev-root", "/dev/nvidia-fs2", (240, 2), 0o666, 45)
        .char_device("dev-root", "/dev/nvidia-fs3", (240, 3), 0o660, 0)
        .file("driver-root", "/etc/cufile.json", b"{}")
        .link("driver-root", "/run", "var/run")
        .directory("driver-root", "/var/run/udev")
}

#[test]
fn edits() {
    let nodes = "device-node /dev/nvidia-fs0 from dev-root:/dev/nvidia-fs0 gid 44\n\
        device-node /dev/nvidia-fs1 from dev-root:/dev/nvidia-fs1 gid 44\n\
        device-node /dev/nvidia-fs2 from dev-root:/dev/nvidia-fs2 gid 45\n\
        device-node /dev/nvidia-fs3 from dev-root:/dev/nvidia-fs3\n\
        env A=b\n\
        mount driver-root:/etc/cufile.json => /etc/cufile.json : ro,nosuid,nodev,rbind,rprivate\n\
        mount driver-root:/run/udev => /run/udev : ro,nosuid,nodev,rbind,rprivate";
    #[rustfmt::skip] // one line a case
    let table = [
        ("gantry-hook", false, "hook createContainer /usr/bin/gantry-hook do --it"),
        ("nvidia-ctk", false, "hook createContainer /usr/bin/nvidia-ctk hook do --it"),
        ("x", true, "hook createContainer /usr/bin/x do --it\ngid 44"),
    ];
    for (program, gids, expected) in table {
        let settings = format!(r#"["/usr/bin/{program}",{gids}]"#);
        let edits = host().modify::<Everything>(Mode::Legacy, &settings).unwrap();
        let text: Vec<_> = edits.iter().map(|edit| edit.text.as_str()).collect();
        assert_eq!(text.join("\n"), format!("{nodes}\n{expected}"), "{program}");
        assert!(edits.iter().all(|edit| edit.reason.ends_with("why")), "{edits:?}");
    }
}

/// Reads through the sandbox, and tells it as a failure.
struct Reader;

impl Modifier for Reader {
    type Settings = (String, u32);
    const METADATA: Metadata =
        Metadata { wants: &[Want::read_files("driver-root:/a/*", "")], ..Everything::METADATA };

    fn modify(_: Mode, (path, most): (String, u32)) -> Result<(), Failure> {
        let content = Sandbox.read(Root::Driver, &path, most)?;
        let resolved = Sandbox.resolve(Root::Driver, &path)?;
        let soname = Sandbox.soname(Root::Driver, &path)?;
        Err(Failure::new(format!("{:?} {resolved:?} {soname:?}", content.map(|bytes| bytes.len()))))
    }
}

#[test]
fn reading() {
    let host = Host::new()
        .file("driver-root", "/a/large", &vec![0; (2 << 20) + 5])
        .library("driver-root", "/a/lib.so.1", "lib.so")
        .link("driver-root", "/a/link", "lib.so.1")
        .link("driver-root", "/a/gone", "nothing")
        .link("driver-root", "/a/away", "../b")
        .file("driver-root", "/b", b"");
    #[rustfmt::skip] // one line a case
    let table = [
        ("/a/large", 5 << 20, r#"Some(2097157) Some("/a/large") None"#),
        ("/a/large", 2 << 20, r#"Some(2097152) Some("/a/large") None"#),
        ("/a/large", 7, r#"Some(7) Some("/a/large") None"#),
        ("/a/link", 7, r#"Some(0) Some("/a/lib.so.1") Some("lib.so")"#),
        ("/a/gone", 7, "None None None"),
        ("/a/none", 7, "None None None"),
        ("/a/away", 7, "host-files.read: not granted: METADATA.wants has no read.files that covers `driver-root:/b`"),
    ];
    for (path, most, expected) in table {
        let told = host.modify::<Reader>(Mode::Legacy, &format!(r#"["{path}",{most}]"#));
        assert_eq!(told.unwrap_err().cause, expected, "{path} {most}");
    }
}

#[test]
fn hook_paths() {
    for (path, good) in
        [("/usr/bin/x", true), ("x", false), ("/usr//x", false), ("/a/../x", false), ("", false)]
    {
        assert_eq!(hook_path_problem(path).is_none(), good, "{path}");
    }
}
