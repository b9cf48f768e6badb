//! Containers made by the engines that people run, with `gantry-runtime` in the place of `runc`, seen from inside. Each
//! engine is started by the test, in a temporary directory. They need the engine, a static busybox, and most of them root.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

#[path = "engines/cgroups.rs"]
mod cgroups;
#[path = "engines/containerd.rs"]
mod containerd;
#[path = "engines/cri.rs"]
mod cri;
#[path = "engines/docker.rs"]
mod docker;
#[path = "engines/grpc.rs"]
mod grpc;
#[path = "engines/host.rs"]
mod host;
#[path = "engines/image.rs"]
mod image;
#[path = "engines/podman.rs"]
mod podman;
#[path = "engines/rootless.rs"]
mod rootless;
#[path = "engines/scenarios.rs"]
mod scenarios;

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use gantry_tests::skips::{is_root, skip};

use cgroups::Cgroups;
use host::Host;

/// An engine that runs.
trait Engine: Sized {
    const NAME: &'static str;
    const NEEDS_ROOT: bool = true;

    /// Starts it in the directory of the host's scene, with [`image::NAME`] in its store and the host's runtimes under
    /// their names; or why it cannot be.
    fn start(host: &Host) -> Result<Self, String>;

    /// Runs a script in a container made by that low-level runtime, with these variables.
    fn run(&self, runtime: &Path, env: &[&str], script: &str) -> Output;
}

/// Makes tests: of each engine, with each low-level runtime and cgroups, these scenarios.
macro_rules! tests {
    ($($module:ident: $engine:ty, $low_level:literal, $cgroups:ident, $($scenario:ident)*;)*) => {$(
        mod $module {
            $(#[test] fn $scenario() {
                let name = concat!("engines::", stringify!($module), "::", stringify!($scenario));
                super::check::<$engine>(name, $low_level, super::Cgroups::$cgroups, super::scenarios::$scenario);
            })*
        }
    )*};
}

tests! {
    with_docker: crate::docker::Docker, "runc", Machine,
        a_device_is_there an_error_reaches_the_person a_profile_is_a_runtime_class a_vendors_stage_decides;
    with_podman: crate::podman::Podman, "runc", Machine,
        a_device_is_there an_error_reaches_the_person a_profile_is_a_runtime_class a_vendors_stage_decides;
    with_containerd: crate::containerd::Containerd, "runc", Machine,
        a_device_is_there an_error_reaches_the_person a_profile_is_a_runtime_class a_vendors_stage_decides;
    with_containerd_cri: crate::cri::Cri, "runc", Machine,
        a_device_is_there an_error_reaches_the_person a_profile_is_a_runtime_class a_vendors_stage_decides;

    with_rootless_podman: crate::rootless::Rootless, "runc", Machine,
        only_the_hosts_own_node_is_there an_error_reaches_the_person a_vendors_stage_is_pinned;
    with_podman_and_uidmap: crate::podman::Mapped, "runc", Machine,
        only_the_hosts_own_node_is_there an_error_reaches_the_person;

    with_docker_and_userns_remap: crate::docker::Remapped, "runc", Machine,
        only_the_hosts_own_node_is_there an_error_reaches_the_person;

    with_docker_and_crun: crate::docker::Docker, "crun", NotHybrid, a_device_is_there an_error_reaches_the_person;
    with_podman_and_crun: crate::podman::Podman, "crun", NotHybrid, a_device_is_there an_error_reaches_the_person;
    with_containerd_and_crun: crate::containerd::Containerd, "crun", NotHybrid, a_device_is_there an_error_reaches_the_person;
    with_containerd_cri_and_crun: crate::cri::Cri, "crun", NotHybrid, a_device_is_there an_error_reaches_the_person;

    with_docker_and_youki: crate::docker::Docker, "youki", NotHybrid, a_device_is_there an_error_reaches_the_person;
    with_podman_and_youki: crate::podman::Podman, "youki", NotHybrid, a_device_is_there an_error_reaches_the_person;
    with_containerd_and_youki: crate::containerd::Containerd, "youki", NotHybrid, a_device_is_there an_error_reaches_the_person;

    with_podman_on_cgroup_v2: crate::podman::Podman, "runc", V2, a_device_is_there;
    with_podman_and_crun_on_cgroup_v2: crate::podman::Podman, "crun", V2, a_device_is_there;
    with_docker_on_cgroup_v2: crate::docker::Docker, "runc", V2, a_device_is_there;
    with_containerd_on_cgroup_v2: crate::containerd::Containerd, "runc", V2, a_device_is_there;
}

fn check<E: Engine>(test: &str, low_level: &str, cgroups: Cgroups, scenario: fn(&str, &Host, &E)) {
    match started::<E>(low_level, cgroups) {
        Ok((host, engine)) => scenario(test, &host, &engine),
        Err(why) => skip(test, &why),
    }
}

fn started<E: Engine>(low_level: &str, cgroups: Cgroups) -> Result<(Host, E), String> {
    if E::NEEDS_ROOT && !is_root() {
        return Err(format!("{} needs root here", E::NAME));
    }
    let host = Host::new(low_level, cgroups)?;
    let engine = E::start(&host)?;
    let alone = engine.run(&host.low_level, &[], "echo works");
    if alone.stdout != b"works\n" {
        let why = String::from_utf8_lossy(&alone.stderr);
        let name = E::NAME;
        return Err(format!(
            "{name} with {low_level} alone makes no container here: {}",
            why.trim()
        ));
    }
    Ok((host, engine))
}

/// What a container says that must run.
#[track_caller]
fn ran<E: Engine>(engine: &E, runtime: &Path, env: &[&str], script: &str) -> String {
    let ran = engine.run(runtime, env, script);
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(0), "{stderr}");
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// What the person reads of one that must not.
#[track_caller]
fn refused<E: Engine>(engine: &E, runtime: &Path, env: &[&str]) -> String {
    let ran = engine.run(runtime, env, "echo must not run");
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_ne!(ran.status.code(), Some(0), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "", "{stderr}");
    stderr
}

/// Waits until a program that was started answers.
fn until_it_answers(what: &str, mut ask: impl FnMut() -> Command) -> Result<(), String> {
    until(what, || done(&mut ask()).map(drop))
}

/// Tries again until it is so, for a minute at most.
fn until(what: &str, mut is_so: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        match is_so() {
            Ok(()) => return Ok(()),
            Err(why) if Instant::now() > deadline => return Err(format!("{what}: {why}")),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// The output of a command that must succeed for the engine to be used.
fn done(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
