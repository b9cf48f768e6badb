//! The table: an engine, its files, options.

use std::fmt::Write as _;

use gantry_tests::golden::assert_golden;

use crate::host::Host;

struct Case {
    name: &'static str,
    engine: &'static str,
    /// The version of the containerd that is installed.
    containerd: &'static str,
    files: &'static [(&'static str, &'static str)],
    options: &'static [&'static str],
}

const ALL: &[&str] = &["--set-default", "--enable-cdi", "--cdi-spec-dirs", "/etc/cdi,/run/cdi"];
const DEFAULT: &[&str] = &["--set-default"];
const DROP_IN: &[&str] = &["--drop-in", "--set-default", "--enable-cdi"];

fn config(engine: &str) -> &'static str {
    match engine {
        "docker" => "docker/daemon.json",
        "containerd" => "containerd/config.toml",
        "crio" => "crio/crio.conf",
        _ => "containers/containers.conf",
    }
}

const fn case(
    name: &'static str,
    engine: &'static str,
    containerd: &'static str,
    files: &'static [(&'static str, &'static str)],
    options: &'static [&'static str],
) -> Case {
    Case { name, engine, containerd, files, options }
}

const KUBEADM: &str = r#"# Made for this node; do not edit.
version = 2

[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.k8s.io/pause:3.9" # pinned
    [plugins."io.containerd.grpc.v1.cri".containerd]
      default_runtime_name = "runc"  # as kubelet expects

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes]
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"
          pod_annotations = ["a.example/*"]

          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
            SystemdCgroup = true

    [plugins."io.containerd.grpc.v1.cri".cni]
      bin_dir = "/opt/cni/bin"
# the end
"#;

const NVIDIA: &str = r#"version = 2
[plugins."io.containerd.grpc.v1.cri"]
cdi_spec_dirs = [
  "/opt/cdi",   # ours
]
enable_cdi = false
[plugins."io.containerd.grpc.v1.cri".containerd]
default_runtime_name = 'nvidia'
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]
runtime_type = "io.containerd.kata.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia]
privileged_without_host_devices = false
runtime_engine = ""
runtime_root = ""
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.nvidia.options]
BinaryName = "/usr/bin/nvidia-container-runtime"
SystemdCgroup = true
"#;

const V3: &str = r"version = 3
root = '/var/lib/containerd'
imports = [
  '/etc/containerd/other/*.toml',
]

[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'runc'
  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      BinaryName = ''
      SystemdCgroup = true
";

const CRIO_10: &str = "[crio.runtime]\ndefault_runtime = \"crun\"\n\n[crio.runtime.runtimes.crun]\nruntime_path = \
                       \"/usr/libexec/crio/crun\"\nruntime_root = \"/run/crun\"\nmonitor_path = \
                       \"/usr/libexec/crio/conmon\"\nallowed_annotations = [\n    \"io.containers.trace-syscall\",\n]\n";

const PODMAN: &str = "# Written by the distribution\n[containers]\n#ulimits = []\n\n[engine]\nruntime = \"crun\"\n\
                      # more\n#cgroup_manager = \"systemd\"\n\n[engine.runtimes]\n#crun = [\"/usr/bin/crun\"]\nkata \
                      = [\n  \"/usr/bin/kata-runtime\",\n]\n\n[network]\n";

const CASES: &[Case] = &[
    case("absent", "docker", "", &[], &[]),
    case("empty", "docker", "", &[("docker/daemon.json", "")], ALL),
    case("braces", "docker", "", &[("docker/daemon.json", "{}")], ALL),
    case("braces-apart", "docker", "", &[("docker/daemon.json", "{\n}\n")], DEFAULT),
    case(
        "typical",
        "docker",
        "",
        &[(
            "docker/daemon.json",
            "{\n    \"log-driver\": \"json-file\",\n    \"log-opts\": {\"max-size\": \"10m\"}\n}\n",
        )],
        ALL,
    ),
    case(
        "others",
        "docker",
        "",
        &[(
            "docker/daemon.json",
            "{\n\t\"default-runtime\": \"nvidia\",\n\t\"runtimes\": {\n\t\t\"nvidia\": {\n\t\t\t\"args\": [],\n\t\t\t\"path\": \"nvidia-container-runtime\"\n\t\t}\n\t},\n\t\"features\": { \"cdi\": false, \"buildkit\": true },\n\t\"x\": 1.50\n}",
        )],
        ALL,
    ),
    case(
        "one-line",
        "docker",
        "",
        &[("docker/daemon.json", "{\"debug\":true,\"runtimes\":{},\"features\":{ }}\n")],
        ALL,
    ),
    case("crlf", "docker", "", &[("docker/daemon.json", "{\r\n  \"debug\": true\r\n}\r\n")], ALL),
    case(
        "profile",
        "docker",
        "",
        &[],
        &["--name", "gantry.strict", "--path", "/opt/gantry-runtime.strict"],
    ),
    case("absent", "containerd", "1.6.20~ds1", &[], ALL),
    case("absent-new", "containerd", "v2.1.4", &[], ALL),
    case("absent-unknown", "containerd", "", &[], &[]),
    case("empty", "containerd", "v2.0.0", &[("containerd/config.toml", "")], DEFAULT),
    case(
        "comments-only",
        "containerd",
        "1.7.1",
        &[("containerd/config.toml", "#   Copyright\n\n#root = \"/var/lib/containerd\"\n")],
        DEFAULT,
    ),
    case(
        "disabled",
        "containerd",
        "1.7.1",
        &[(
            "containerd/config.toml",
            "# Copyright\n\ndisabled_plugins = [\"cri\"]\n\n#root = \"/var\"\n",
        )],
        DEFAULT,
    ),
    case("kubeadm", "containerd", "1.7.1", &[("containerd/config.toml", KUBEADM)], ALL),
    case("nvidia", "containerd", "1.7.1", &[("containerd/config.toml", NVIDIA)], ALL),
    case("v3", "containerd", "v2.1.0", &[("containerd/config.toml", V3)], ALL),
    case(
        "v1",
        "containerd",
        "1.4.0",
        &[(
            "containerd/config.toml",
            "[plugins.cri.containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v1\"\n[plugins.cri.containerd.runtimes.crun]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.cri.containerd.runtimes.crun.options]\nBinaryName = \"/usr/bin/crun\"\n",
        )],
        ALL,
    ),
    case(
        "old-default",
        "containerd",
        "1.6.20",
        &[(
            "containerd/config.toml",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.default_runtime]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.default_runtime.options]\nSystemdCgroup = true\n",
        )],
        DEFAULT,
    ),
    case(
        "no-newline",
        "containerd",
        "1.7.1",
        &[(
            "containerd/config.toml",
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"runc\"",
        )],
        ALL,
    ),
    case(
        "crlf",
        "containerd",
        "1.7.1",
        &[(
            "containerd/config.toml",
            "version = 2\r\n\r\n[plugins.\"io.containerd.grpc.v1.cri\"]\r\nenable_cdi = false\r\n",
        )],
        ALL,
    ),
    case("drop-in-absent", "containerd", "v2.1.0", &[], DROP_IN),
    case("drop-in-v3", "containerd", "v2.1.0", &[("containerd/config.toml", V3)], DROP_IN),
    case("drop-in-copy", "containerd", "1.7.1", &[("containerd/config.toml", KUBEADM)], DROP_IN),
    case("drop-in-merged", "containerd", "v2.1.0", &[("containerd/config.toml", KUBEADM)], DROP_IN),
    case(
        "drop-in-imported",
        "containerd",
        "v2.1.0",
        &[(
            "containerd/config.toml",
            "version = 3\nimports = [\"${TMP}/etc/containerd/conf.d/*.toml\"]\n",
        )],
        DROP_IN,
    ),
    case(
        "imports-later",
        "containerd",
        "1.7.1",
        &[
            ("containerd/config.toml", "version = 2\nimports = [\"conf.d/*.toml\"]\n"),
            ("containerd/conf.d/a.toml", "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n"),
        ],
        DEFAULT,
    ),
    case("absent", "crio", "", &[], ALL),
    case("drop-in", "crio", "", &[("crio/crio.conf.d/10-crio.conf", CRIO_10)], DROP_IN),
    case(
        "later",
        "crio",
        "",
        &[("crio/crio.conf", "[crio]\n"), ("crio/crio.conf.d/10-crio.conf", CRIO_10)],
        DEFAULT,
    ),
    case(
        "pod",
        "crio",
        "",
        &[(
            "crio/crio.conf",
            "[crio.runtime]\n  default_runtime = \"crun\"\n  [crio.runtime.runtimes.crun]\n  runtime_path = \"/usr/bin/crun\"\n  runtime_type = \"pod\"\n  monitor_path = \"/usr/bin/conmonrs\"\n",
        )],
        DEFAULT,
    ),
    case("absent", "podman", "", &[], ALL),
    case("typical", "podman", "", &[("containers/containers.conf", PODMAN)], ALL),
    case(
        "no-newline",
        "podman",
        "",
        &[("containers/containers.conf", "[engine]\nruntime = \"runc\"")],
        ALL,
    ),
    case("drop-in", "podman", "", &[("containers/containers.conf", PODMAN)], DROP_IN),
    case(
        "later",
        "podman",
        "",
        &[("containers/containers.conf.d/50-x.conf", "[engine]\nruntime = \"runc\"\n")],
        DEFAULT,
    ),
    case(
        "profile",
        "podman",
        "",
        &[("containers/containers.conf", "[engine.runtimes]\n")],
        &["--name", "gantry.strict", "--path", "/opt/gantry-runtime.strict"],
    ),
];

#[test]
fn configures_again_changes_nothing_and_undoes() {
    let mut failed = Vec::new();
    for case in CASES {
        let name = format!("{}-{}", case.engine, case.name);
        if let Err(panic) = std::panic::catch_unwind(|| check(case, &name)) {
            let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
            failed.push(format!("== {name}\n{text}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn check(case: &Case, name: &str) {
    let host = Host::new(case.containerd);
    for (file, text) in case.files {
        host.file(file, text);
    }
    let before = host.files();
    let run =
        |options: &[&str]| host.said(&host.configure(case.engine, config(case.engine), options));

    let dry = run(&[case.options, &["--dry-run"]].concat());
    assert_eq!(host.files(), before, "--dry-run");
    let said = run(case.options);
    assert_eq!(dry.lines().count(), said.lines().count());
    let after = host.files();

    let mut golden = format!(
        "$ gantry runtime configure --engine {} {}\n{said}",
        case.engine,
        case.options.join(" ")
    );
    for (file, text) in &after {
        if before.get(file) != Some(text) {
            write!(golden, "\n== {file}\n{}", text.replace('\r', "\\r")).unwrap();
        }
    }
    assert_golden(&format!("runtime-configure/{name}.txt"), &golden);

    let again = run(case.options);
    assert!(again.ends_with("nothing to change\n"), "{again}");
    assert_eq!(host.files(), after, "the second time");

    let mut options = vec!["--remove"];
    for (index, option) in case.options.iter().enumerate() {
        match *option {
            "--drop-in" => options.push("--drop-in"),
            "--name" => options.extend(["--name", case.options[index + 1]]),
            _ => {}
        }
    }
    run(&options);
    assert_eq!(host.files(), before, "--remove");
    assert!(run(&options).ends_with("nothing to change\n"));
}

/// The examples are what the command writes on a host without any files.
#[test]
fn the_examples_are_what_it_writes() {
    for (engine, options, file) in [
        ("docker", ALL, "daemon.json"),
        ("containerd", ALL, "config.toml"),
        ("containerd", &["--drop-in"], "conf.d/99-gantry.toml"),
        ("crio", &["--drop-in", "--set-default"], "crio.conf.d/99-gantry.toml"),
        ("podman", &["--drop-in", "--set-default"], "containers.conf.d/99-gantry.conf"),
    ] {
        let host = Host::new("v2.1.0");
        let options = [options, &["--path", "/usr/bin/gantry-runtime"]].concat();
        host.said(&host.configure(engine, config(engine), &options));
        let folder =
            std::path::Path::new(config(engine)).parent().unwrap().to_str().unwrap().to_owned();
        let written = host.text(&format!("{folder}/{file}"));
        assert_golden(&format!("../../examples/engines/{engine}/{file}"), &written);
    }
}
