//! The engines themselves read what was written. Skipped where they are not installed.

use std::process::{Command, Output};

use gantry_tests::programs::installed;
use gantry_tests::skips::skip;

use crate::host::Host;

const ALL: &[&str] = &["--set-default", "--enable-cdi"];

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", text(&output));
    text(&output)
}

#[test]
fn dockerd_takes_it() {
    let name = "runtime_configure::dockerd_takes_it";
    let Some(dockerd) = installed("dockerd") else { return skip(name, "no dockerd") };
    let help = run(Command::new(&dockerd).arg("--help"));
    if !help.contains("--validate") {
        return skip(name, "this dockerd has no --validate (it came with version 23)");
    }
    let host = Host::new("");
    host.said(&host.configure("docker", "daemon.json", ALL));
    let file = format!("--config-file={}", host.path("etc/daemon.json").display());
    run(Command::new(&dockerd).args(["--validate", &file]));
}

#[test]
fn containerd_takes_it() {
    let Some(containerd) = installed("containerd") else {
        return skip("runtime_configure::containerd_takes_it", "no containerd");
    };
    let version = run(Command::new(&containerd).arg("--version"));
    let version = version.split_whitespace().nth(2).unwrap().to_owned();
    let tables = "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"example/pause:1\"\n\
                  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.kata]\nruntime_type = \"io.containerd.kata.v2\"\n";
    for (before, options) in
        [(None, ALL), (Some(tables), ALL), (Some(tables), &["--set-default", "--drop-in"])]
    {
        let host = Host::new(&version);
        if let Some(before) = before {
            host.file("config.toml", before);
        }
        host.said(&host.configure("containerd", "config.toml", options));
        let file = host.path("etc/config.toml");
        let dump =
            run(Command::new(&containerd).arg("--config").arg(file).args(["config", "dump"]));
        let wrapper = host.path("gantry-runtime");
        for part in [
            "containerd.runtimes.gantry]",
            "containerd.runtimes.gantry.options]",
            &format!("{:?}", wrapper.to_str().unwrap()),
        ] {
            let single = part.replace('"', "'");
            assert!(
                dump.contains(part) || dump.contains(&single),
                "{options:?}: no {part} in\n{dump}"
            );
        }
        let default = dump.lines().find(|line| line.contains("default_runtime_name")).unwrap();
        assert!(default.contains("gantry"), "{default}");
        // A file that names a runtime has always hidden the built-in one.
        if before.is_none() {
            assert!(dump.contains("containerd.runtimes.runc]"), "its own runtime is gone:\n{dump}");
        }
        if before.is_some() {
            assert!(dump.contains("containerd.runtimes.kata]"), "{dump}");
            assert!(dump.contains("example/pause:1"), "{dump}");
        }
    }
}

#[test]
fn podman_takes_it() {
    let name = "runtime_configure::podman_takes_it";
    let Some(podman) = installed("podman") else { return skip(name, "no podman") };
    let host = Host::new("");
    host.executable("gantry-runtime", "#!/bin/sh\necho gantry-runtime version 1\n");
    host.said(&host.configure("podman", "containers.conf", ALL));
    let info = Command::new(podman)
        .env("CONTAINERS_CONF", host.path("etc/containers.conf"))
        .arg("--root")
        .arg(host.path("root"))
        .arg("--runroot")
        .arg(host.path("run"))
        .args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "info", "--format"])
        .arg("{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}")
        .output()
        .unwrap();
    if !info.status.success() {
        return skip(name, &format!("podman does not run here: {}", text(&info).trim()));
    }
    let expected = format!("gantry {}", host.path("gantry-runtime").display());
    assert!(text(&info).contains(&expected), "{}", text(&info));
}
