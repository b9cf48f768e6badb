//! What is refused, and that nothing is written then.

use std::os::unix::fs::symlink;

use crate::host::Host;

const TABLE: &str = "[plugins.\"io.containerd.grpc.v1.cri\".containerd";

/// Engine, file, its text, options; what the message must say.
type Case<'a> = (&'a str, &'a str, &'a str, &'a [&'a str], &'a [&'a str]);

#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn a_problem_is_named_with_its_place_and_nothing_is_written() {
    let dup = "{\n  \"runtimes\": {},\n  \"runtimes\": {}\n}";
    let taken = "{\n  \"runtimes\": { \"gantry\": { \"path\": \"/bin/x\" } }\n}";
    let toml_taken = format!("version = 2\n{TABLE}.runtimes.gantry]\nruntime_type = \"x\"\n");
    let inline =
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\ncontainerd = { runtimes = {} }\n";
    let dotted = "[engine]\nruntimes.crun = [\"/usr/bin/crun\"]\n";
    let cases: &[Case] = &[
        ("docker", "daemon.json", "\u{feff}{}", &[], &["daemon.json:1:1: ", "byte-order mark"]),
        ("docker", "daemon.json", "{\n  // x\n}", &[], &["daemon.json:2:3: ", "no comments"]),
        (
            "docker",
            "daemon.json",
            "{\n  \"a\": 1,\n}",
            &[],
            &["daemon.json:3:1: ", "key must be a string"],
        ),
        ("docker", "daemon.json", "[]", &[], &["daemon.json:1:1: must hold an object"]),
        ("docker", "daemon.json", dup, &[], &["daemon.json:3:3: ", "\"runtimes\" stands twice"]),
        (
            "docker",
            "daemon.json",
            "{\"runtimes\": 3}",
            &[],
            &["daemon.json:1:14: \"runtimes\" is not an object"],
        ),
        (
            "docker",
            "daemon.json",
            "{\"features\": []}",
            &["--enable-cdi"],
            &["daemon.json:1:14: \"features\" is not"],
        ),
        (
            "docker",
            "daemon.json",
            taken,
            &[],
            &["daemon.json:2:27: ", "\"gantry\"", "was not written by this command"],
        ),
        ("docker", "daemon.json", taken, &["--remove"], &["daemon.json:2:27: ", "by hand"]),
        ("docker", "daemon.json", "{}", &["--drop-in"], &["--drop-in", "docker"]),
        ("docker", "daemon.json", "{}", &["--name", "a b"], &["--name", "a b"]),
        ("docker", "daemon.json", "{}", &["--name", "runc"], &["--name", "runc"]),
        ("docker", "daemon.json", "{}", &["--path", "gantry-runtime"], &["--path", "absolute"]),
        (
            "docker",
            "daemon.json",
            "{}",
            &["--cdi-spec-dirs", "etc/cdi"],
            &["--cdi-spec-dirs", "absolute"],
        ),
        ("containerd", "config.toml", "version = 2\nx = \n", &[], &["config.toml:2:"]),
        (
            "containerd",
            "config.toml",
            "version = 2\nversion = 2\n",
            &[],
            &["config.toml:2:", "duplicate"],
        ),
        ("containerd", "config.toml", "version = 5\n", &[], &["config.toml:1: version"]),
        ("containerd", "config.toml", "version = \"2\"\n", &[], &["config.toml:1: version"]),
        (
            "containerd",
            "config.toml",
            "\u{feff}version = 2\n",
            &[],
            &["config.toml:1:1: ", "byte-order"],
        ),
        (
            "containerd",
            "config.toml",
            "version = 2\nimports = 3\n",
            &["--drop-in"],
            &["config.toml:2: imports"],
        ),
        (
            "containerd",
            "config.toml",
            &toml_taken,
            &[],
            &["config.toml:2: ", "\"gantry\"", "runtimes.gantry"],
        ),
        ("containerd", "config.toml", &toml_taken, &["--remove"], &["config.toml:2: ", "by hand"]),
        (
            "containerd",
            "config.toml",
            inline,
            &["--set-default"],
            &["config.toml:3: ", "header of its own"],
        ),
        ("containerd", "config.toml", inline, &[], &["config.toml:3: ", "header of its own"]),
        ("containerd", "config.toml", inline, &["--drop-in"], &["config.toml:3: ", "of its own"]),
        (
            "podman",
            "containers.conf",
            dotted,
            &[],
            &["containers.conf:2: engine.runtimes", "header of its own"],
        ),
        (
            "podman",
            "containers.conf",
            "engine = 3\n",
            &["--set-default"],
            &["containers.conf:1: engine"],
        ),
        ("crio", "crio.conf", "[[crio.runtime]]\n", &[], &["crio.conf:"]),
    ];
    for (engine, name, text, options, expected) in cases {
        let host = Host::new("1.7.1");
        host.file(name, text);
        let before = host.files();
        let message = host.refused(&host.configure(engine, name, options));
        for part in *expected {
            assert!(
                message.contains(part),
                "{engine} {options:?} {text:?}\n{message}\nlacks {part:?}"
            );
        }
        assert_eq!(host.files(), before, "{message}");
    }
}

#[test]
fn what_is_not_a_file_is_refused() {
    let host = Host::new("");
    std::fs::create_dir(host.path("etc/folder")).unwrap();
    symlink(host.path("nowhere"), host.path("etc/link")).unwrap();
    std::fs::write(host.path("etc/bytes"), b"{}\n\xff").unwrap();
    std::fs::write(host.path("etc/large"), " ".repeat(1 << 20) + "{}").unwrap();
    for (name, expected) in [
        ("folder", "not a file"),
        ("link", "leads nowhere"),
        ("bytes", "bytes:2: not UTF-8"),
        ("large", "larger than"),
    ] {
        let message = host.refused(&host.configure("docker", name, &[]));
        assert!(message.contains(expected), "{message}");
    }
}
