//! Several runtimes, an operator's own changes in between, links, modes, backups, and JSON.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::host::Host;

const CRIO: &str = "[crio.runtime]\ndefault_runtime = \"runc\"\n";

#[test]
fn the_default_goes_back_to_what_it_was_before_the_first() {
    for (engine, name, text, default) in [
        ("crio", "crio.conf", CRIO, "default_runtime = \"runc\""),
        ("podman", "containers.conf", "[engine]\nruntime = \"crun\"\n", "runtime = \"crun\""),
        (
            "docker",
            "daemon.json",
            "{ \"default-runtime\": \"nvidia\" }",
            "\"default-runtime\": \"nvidia\"",
        ),
    ] {
        let host = Host::new("");
        host.file(name, text);
        let before = host.files();
        let run = |options: &[&str]| host.said(&host.configure(engine, name, options));
        run(&["--set-default"]);
        run(&["--set-default", "--name", "gantry.b"]);
        assert!(host.text(name).contains("\"gantry.b\""), "{}", host.text(name));
        run(&["--remove", "--name", "gantry.b"]);
        assert!(host.text(name).contains(default), "{}", host.text(name));
        run(&["--remove"]);
        assert_eq!(host.files(), before);
        // In the other order.
        run(&["--set-default"]);
        run(&["--set-default", "--name", "gantry.b"]);
        run(&["--remove"]);
        run(&["--remove", "--name", "gantry.b"]);
        assert_eq!(host.files(), before);
    }
}

#[test]
fn another_path_is_changed_in_place() {
    for (engine, name) in
        [("crio", "x.conf"), ("podman", "x.conf"), ("docker", "x.json"), ("containerd", "x.toml")]
    {
        let host = Host::new("");
        host.said(&host.configure(engine, name, &[]));
        host.said(&host.configure(engine, name, &["--path", "/opt/other"]));
        assert!(host.text(name).contains("/opt/other"));
        assert!(!host.text(name).contains("/gantry-runtime"));
        host.said(&host.configure(engine, name, &["--remove"]));
        assert!(host.files().is_empty(), "{:?}", host.files());
    }
}

#[test]
fn what_an_operator_changed_since_stays() {
    let host = Host::new("");
    host.file("crio.conf", CRIO);
    host.said(&host.configure("crio", "crio.conf", &["--set-default"]));
    let text = host
        .text("crio.conf")
        .replace("default_runtime = \"gantry\"", "default_runtime = \"kata\"")
        + "\n[crio.image]\n";
    host.file("crio.conf", &text);
    host.said(&host.configure("crio", "crio.conf", &["--remove"]));
    assert_eq!(
        host.text("crio.conf"),
        "[crio.runtime]\ndefault_runtime = \"kata\"\n\n[crio.image]\n"
    );

    // A key that would come to stand in another table.
    host.file("crio.conf", CRIO);
    host.said(&host.configure("crio", "crio.conf", &[]));
    host.file("crio.conf", &(host.text("crio.conf") + "runtime_root = \"/run/x\"\n[crio.image]\n"));
    let before = host.files();
    let message = host.refused(&host.configure("crio", "crio.conf", &["--remove"]));
    assert!(
        message.contains("crio.conf:10: crio.runtime.runtimes.gantry.runtime_root")
            || message.contains("runtime_root"),
        "{message}"
    );
    assert_eq!(host.files(), before);

    // Another import, and a default of Gantry's that a person set.
    let host = Host::new("v2.1.0");
    host.said(&host.configure("containerd", "c/config.toml", &["--drop-in"]));
    let text =
        host.text("c/config.toml").replace("99-gantry.toml\"", "99-gantry.toml\", \"/x.toml\"");
    host.file("c/config.toml", &text);
    host.said(&host.configure("containerd", "c/config.toml", &["--drop-in", "--remove"]));
    assert!(host.text("c/config.toml").contains("imports = [\"/x.toml\"]"), "{:?}", host.files());
    assert_eq!(host.files().len(), 1);

    host.file("p.conf", "[engine]\nruntime = \"gantry\"\n");
    host.said(&host.configure("podman", "p.conf", &[]));
    let message = host.refused(&host.configure("podman", "p.conf", &["--remove"]));
    assert!(message.contains("p.conf:2: engine.runtime is \"gantry\""), "{message}");
}

/// What stands where a line of the command's did is not taken for it.
#[test]
fn a_persons_line_behind_a_mark_stays() {
    const OURS: &str = "default_runtime_name = \"gantry\"\n";
    const RUNC: &str = "version = 2\n[plugins.cri]\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n\
        default_runtime_name = \"runc\"\nruntimes.runc.runtime_type = \"io.containerd.runc.v2\"\n";
    for (case, text, line, says) in [
        ("before it", "", format!("mine = 1\n{OURS}"), "mine stands among"),
        ("instead of it", RUNC, String::new(), "runtimes.runc.runtime_type stands among"),
    ] {
        let host = Host::new("1.7.1");
        host.file("c.toml", text);
        host.said(&host.configure("containerd", "c.toml", &["--set-default"]));
        let changed = host.text("c.toml").replace(OURS, &line);
        host.file("c.toml", &changed);
        let message = host.refused(&host.configure("containerd", "c.toml", &["--remove"]));
        assert!(message.contains(says), "{case}: {message}");
        assert_eq!(host.text("c.toml"), changed, "{case}");
    }
}

#[test]
fn a_link_is_followed_and_owner_and_mode_stay() {
    let host = Host::new("");
    host.file("real/daemon.json", "{}");
    fs::set_permissions(host.path("etc/real/daemon.json"), Permissions::from_mode(0o640)).unwrap();
    symlink("real/daemon.json", host.path("etc/daemon.json")).unwrap();
    host.said(&host.configure("docker", "daemon.json", &["--backup"]));
    assert!(fs::symlink_metadata(host.path("etc/daemon.json")).unwrap().is_symlink());
    let facts = fs::metadata(host.path("etc/real/daemon.json")).unwrap();
    assert_eq!(facts.permissions().mode() & 0o7777, 0o640);
    assert!(host.text("real/daemon.json").contains("gantry-runtime"));
    assert_eq!(host.text("daemon.json.before-gantry"), "{}");
    let hidden: Vec<_> = host.files().into_keys().filter(|name| name.contains(".tmp")).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn a_program_reads_it_as_json() {
    let host = Host::new("");
    let output = host.configure("docker", "daemon.json", &["--format", "json", "--dry-run"]);
    let report: serde_json::Value = serde_json::from_str(&host.said(&output)).unwrap();
    assert_eq!(report["changed"], true);
    assert_eq!(report["written"], false);
    assert_eq!(report["files"][1]["action"], "create");
    assert_eq!(report["restart"].as_str().unwrap().split(' ').next_back(), Some("docker"));
    assert!(host.files().is_empty());

    host.said(&host.configure("docker", "daemon.json", &["--enable-cdi", "--set-default"]));
    let output = host.gantry(&[
        "show",
        "--engine",
        "docker",
        "--config",
        "@daemon.json",
        "--format",
        "json",
    ]);
    let shown: serde_json::Value = serde_json::from_str(&host.said(&output)).unwrap();
    assert_eq!(shown["default"], "gantry");
    assert_eq!(shown["cdi"], true);
    assert_eq!(shown["runtimes"][0]["program"], "${TMP}/gantry-runtime");
}

#[test]
fn a_missing_wrapper_is_warned_of_and_control_characters_do_not_reach_the_terminal() {
    let host = Host::new("");
    host.file("p.conf", "# \u{202e}2J\n[engine.runtimes]\n");
    let said = host.said(&host.configure("podman", "p.conf", &["--path", "/no/such"]));
    assert!(said.contains("warning: /no/such: cannot be found"), "{said}");
    assert!(said.contains("# \\u{202e}2J"), "{said}");
}

#[test]
fn many_runs_are_undone_too() {
    const RUNS: &[&[&str]] = &[
        &[],
        &["--enable-cdi"],
        &["--set-default", "--name", "b"],
        &["--cdi-spec-dirs", "/a"],
        &["--set-default"],
        &["--name", "c"],
        &["--remove", "--name", "b"],
        &["--remove"],
        &["--remove", "--name", "c"],
    ];
    for (engine, input) in [
        ("docker", None),
        ("docker", Some("{\"a\":1}")),
        ("docker", Some("{\n  \"runtimes\": {\n  },\n  \"features\": {}\n}\n")),
        ("containerd", None),
        ("containerd", Some("#c")),
        ("containerd", Some("version = 3\n\n\n")),
        ("crio", None),
        ("crio", Some("[crio.runtime] # here")),
        ("podman", None),
        ("podman", Some("[engine]\n  [engine.runtimes]\n")),
    ] {
        let host = Host::new("v2.1.0");
        if let Some(input) = input {
            host.file("x", input);
        }
        let before = host.files();
        for options in RUNS {
            host.said(&host.configure(engine, "x", options));
        }
        assert_eq!(host.files(), before, "{engine} {input:?}");
    }
}
