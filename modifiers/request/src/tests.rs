//! One line a case: a container, and what it requests.

mod capabilities;
mod imex;
mod requirements;

use super::*;

/// A container in words, and what was read of it.
#[derive(Default)]
struct Container {
    env: Vec<&'static str>,
    annotations: Vec<(&'static str, &'static str)>,
    mounts: Vec<(&'static str, &'static str)>,
    privileged: bool,
    asked: Vec<String>,
    warnings: usize,
}

impl Source for Container {
    type Error = String;

    fn env_get(&mut self, names: &[&str]) -> Result<Vec<Option<String>>, String> {
        self.asked.extend(names.iter().map(ToString::to_string));
        let get = |name: &&str| {
            let mut entries = self.env.iter().filter_map(|entry| entry.split_once('='));
            let found = entries.rfind(|(n, _)| n == name);
            found.map(|(_, value)| value.into())
        };
        Ok(names.iter().map(get).collect())
    }

    fn env_with_prefix(&mut self, prefix: &str) -> Result<Vec<(String, String)>, String> {
        let entries = self.env.iter().filter_map(|entry| entry.split_once('='));
        let these = entries.filter(|(name, _)| name.starts_with(prefix));
        Ok(these.map(|(name, value)| (name.into(), value.into())).collect())
    }

    fn malformed(&mut self) -> Result<Vec<u32>, String> {
        let entries = (0..).zip(&self.env);
        Ok(entries.filter(|(_, entry)| !entry.contains('=')).map(|(at, _)| at).collect())
    }

    fn annotations_with_prefix(&mut self, prefix: &str) -> Result<Vec<Annotation>, String> {
        self.asked.push(prefix.into());
        let these = self.annotations.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(these.map(|(k, v)| Annotation { key: (*k).into(), value: (*v).into() }).collect())
    }

    fn mounts_below(&mut self, directory: &str) -> Result<Vec<Mount>, String> {
        self.asked.push(directory.into());
        let mount = |(s, d): &(&str, &str)| Mount { source: (*s).into(), destination: (*d).into() };
        Ok(self.mounts.iter().map(mount).collect())
    }

    fn capabilities(&mut self) -> Result<Vec<String>, String> {
        self.asked.push("capabilities".into());
        Ok(vec![
            "CAP_CHOWN".into(),
            if self.privileged { "CAP_SYS_ADMIN" } else { "CAP_KILL" }.into(),
        ])
    }

    fn warn(&mut self, _: &str) {
        self.warnings += 1;
    }
}

fn rules() -> Rules {
    Rules {
        annotation_prefixes: vec!["cdi.k8s.io/".into()],
        accept_volume_mounts: true,
        accept_envvar_when_unprivileged: true,
        preferred_env: Vec::new(),
    }
}

/// A request in one line.
fn line(request: &Request) -> String {
    match request {
        Request::Void => "VOID".into(),
        Request::None(_) => "NONE".into(),
        Request::All(_) => "ALL".into(),
        Request::Devices(devices) => {
            devices.iter().map(|device| device.id.as_str()).collect::<Vec<_>>().join(" ")
        }
    }
}

fn read(mut container: Container, rules: &Rules) -> String {
    line(&Request::read(&mut container, rules).unwrap())
}

#[test]
fn environment() {
    #[rustfmt::skip] // one line a case
    let table: &[(&[&'static str], &str)] = &[
        (&[], "VOID"),
        (&["NVIDIA_VISIBLE_DEVICES="], "VOID"),
        (&["NVIDIA_VISIBLE_DEVICES=void"], "VOID"),
        (&["NVIDIA_VISIBLE_DEVICES=0,void"], "VOID"),
        (&["NVIDIA_VISIBLE_DEVICES=all,void"], "VOID"),
        (&["NVIDIA_VISIBLE_DEVICES= , ,"], "VOID"),
        (&["NVIDIA_VISIBLE_DEVICES=none"], "NONE"),
        (&["NVIDIA_VISIBLE_DEVICES=all"], "ALL"),
        (&["NVIDIA_VISIBLE_DEVICES=All"], "All"),
        (&["NVIDIA_VISIBLE_DEVICES=0,all,none"], "ALL"),
        (&["NVIDIA_VISIBLE_DEVICES=none,all"], "NONE"),
        (&["NVIDIA_VISIBLE_DEVICES=GPU-x"], "GPU-x"),
        (&["NVIDIA_VISIBLE_DEVICES= 0 ,, 1,"], "0 1"),
        (&["NVIDIA_VISIBLE_DEVICES=0,0"], "0 0"),
        (&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_VISIBLE_DEVICES=1"], "1"),
        (&["NVIDIA_VISIBLE_DEVICES=0", "NVIDIA_VISIBLE_DEVICES=void"], "VOID"),
        (&["NVIDIA_VISIBLE_DEVICES=nvidia.com/gpu=0,x"], "nvidia.com/gpu=0 x"),
        (&["CUDA_VERSION=11.6"], "ALL"),
        (&["CUDA_VERSION="], "VOID"),
        (&["CUDA_VERSION=11.6", "NVIDIA_REQUIRE_CUDA=cuda>=11"], "VOID"),
        (&["CUDA_VERSION=11.6", "NVIDIA_REQUIRE_CUDA="], "ALL"),
        (&["CUDA_VERSION=11.6", "NVIDIA_VISIBLE_DEVICES="], "VOID"),
        (&["CUDA_VERSION=11.6", "NVIDIA_VISIBLE_DEVICES=1"], "1"),
        (&["SWARM=1"], "VOID"),
        (&["SWARM=1", "NVIDIA_VISIBLE_DEVICES=0"], "0"),
        (&["NVIDIA_VISIBLE_DEVICES=none,0"], "NONE"),
        (&["NVIDIA_VISIBLE_DEVICES=GPU-x,GPU-y,2:1"], "GPU-x GPU-y 2:1"),
        (&["CUDA_VERSION=11.6", "NVIDIA_VISIBLE_DEVICES=void"], "VOID"),
        (&["CUDA_VERSION=11.6", "NVIDIA_VISIBLE_DEVICES=none"], "NONE"),
        (&["NVIDIA_REQUIRE_CUDA=cuda>=11"], "VOID"),
    ];
    for (env, expected) in table {
        let container = Container { env: env.to_vec(), ..Default::default() };
        assert_eq!(read(container, &rules()), *expected, "{env:?}");
    }
}

#[test]
fn preferred_variables() {
    #[rustfmt::skip] // one line a case
    let table: &[(&[&'static str], &str)] = &[
        (&["A=1", "NVIDIA_VISIBLE_DEVICES=0"], "1"),
        (&["A=", "NVIDIA_VISIBLE_DEVICES=0"], "VOID"),
        (&["A=void", "NVIDIA_VISIBLE_DEVICES=0"], "VOID"),
        (&["B=2,3", "A=1"], "1 2 3"),
        (&["B=all", "A=1"], "ALL"),
        (&["NVIDIA_VISIBLE_DEVICES=0"], "0"),
        (&["CUDA_VERSION=11.6"], "ALL"),
        (&["A=", "CUDA_VERSION=11.6"], "VOID"),
        (&["A=none", "NVIDIA_VISIBLE_DEVICES=0"], "NONE"),
        (&["A=1", "B=", "NVIDIA_VISIBLE_DEVICES=0"], "1"),
        (&["A=1", "B=void"], "VOID"),
        (&["B=1", "CUDA_VERSION=11.6"], "1"),
        (&[], "VOID"),
    ];
    let rules = Rules { preferred_env: vec!["A".into(), "B".into()], ..rules() };
    for (env, expected) in table {
        let container = Container { env: env.to_vec(), ..Default::default() };
        assert_eq!(read(container, &rules), *expected, "{env:?}");
    }
}

#[test]
fn mounts() {
    const NULL: &str = "/dev/null";
    #[rustfmt::skip] // one line a case
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("/dev/zero", "/var/run/nvidia-container-devices/0")], "VOID"),
        (&[(NULL, "/var/run/other/0")], "VOID"),
        (&[(NULL, "/var/run/nvidia-container-devices")], "VOID"),
        (&[(NULL, "/var/run/nvidia-container-devices/")], "VOID"),
        (&[(NULL, "/var/run/nvidia-container-devices/0"), (NULL, "/var/run/nvidia-container-devices/1")], "0 1"),
        (&[(NULL, "/var/run/nvidia-container-devices/0"), (NULL, "/var/run//nvidia-container-devices/x/../0/")], "0"),
        (&[("/dev/./null", "/var/run/nvidia-container-devices/0")], "0"),
        (&[(NULL, "/var/run/nvidia-container-devices/GPU0-MIG0/0/1")], "GPU0-MIG0/0/1"),
        (&[(NULL, "/var/run/nvidia-container-devices/nvidia.com/gpu=all")], "nvidia.com/gpu=all"),
        (&[(NULL, "/var/run/nvidia-container-devices/imex/0")], "VOID"),
        (&[(NULL, "/var/run/nvidia-container-devices/imex/0"), (NULL, "/var/run/nvidia-container-devices/0")], "0"),
        (&[("/dev/zero", "/var/run/nvidia-container-devices/0"), (NULL, "/var/run/nvidia-container-devices/1")], "1"),
        (&[("", "/var/run/nvidia-container-devices/0"), ("null", "/var/run/nvidia-container-devices/1")], "VOID"),
        (&[(NULL, "/var/run/nvidia-container-devices/all")], "ALL"),
        (&[(NULL, "/var/run/nvidia-container-devices/none")], "NONE"),
        (&[(NULL, "/var/run/nvidia-container-devices/all"), (NULL, "/var/run/nvidia-container-devices/0")], "all 0"),
        (&[(NULL, "/var/run/nvidia-container-devices/cdi/nvidia.com/gpu/0")], "nvidia.com/gpu=0"),
        (&[(NULL, "/var/run/nvidia-container-devices/cdi/nvidia.com/gpu=0")], "nvidia.com/gpu=0"),
        (&[(NULL, "/var/run/nvidia-container-devices/cdi/nvidia.com/gpu/0/1")], "nvidia.com/gpu=0/1"),
        (&[(NULL, "/var/run/nvidia-container-devices/cdi/nvidia.com/gpu")], "VOID"),
    ];
    for (mounts, expected) in table {
        let container = Container { mounts: mounts.to_vec(), ..Default::default() };
        assert_eq!(read(container, &rules()), *expected, "{mounts:?}");
        let disabled = Rules { accept_volume_mounts: false, ..rules() };
        let container = Container { mounts: mounts.to_vec(), ..Default::default() };
        assert_eq!(read(container, &disabled), "VOID", "{mounts:?}");
    }
}

#[test]
fn annotations() {
    #[rustfmt::skip] // one line a case
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[], "VOID"),
        (&[("other/x", "0")], "VOID"),
        (&[("cdi.k8s.io/x", "nvidia.com/gpu=0")], "nvidia.com/gpu=0"),
        (&[("cdi.k8s.io/", "a")], "a"),
        (&[("cdi.k8s.io/b", "3"), ("cdi.k8s.io/B", "1"), ("cdi.k8s.io/a", "2,2")], "1 2 2 3"),
        (&[("cdi.k8s.io/x", " a ,b")], " a  b"),
        (&[("cdi.k8s.io/x", "")], "NONE"),
        (&[("cdi.k8s.io/x", "0,")], "0 none"),
        (&[("cdi.k8s.io/x", "all")], "ALL"),
        (&[("cdi.k8s.io/x", "void")], "void"),
        (&[("cdi.k8s.io/x", "none")], "NONE"),
        (&[("cdi.k8s.io/x", "device")], "device"),
        (&[("cdi.k8s.io/x", "example.com/device")], "example.com/device"),
        (&[("x.cdi.k8s.io/", "0")], "VOID"),
        (&[("other/x", "0"), ("cdi.k8s.io/x", "1")], "1"),
    ];
    for (annotations, expected) in table {
        let container = Container { annotations: annotations.to_vec(), ..Default::default() };
        assert_eq!(read(container, &rules()), *expected, "{annotations:?}");
    }
    // Two prefixes that find the same annotation.
    let rules = Rules { annotation_prefixes: vec!["a/".into(), "a/b".into()], ..rules() };
    let container =
        Container { annotations: vec![("a/b", "1"), ("a/a", "0")], ..Default::default() };
    assert_eq!(read(container, &rules), "0 1");
}

/// The first of annotations, mounts and environment decides, and the rest is not read.
#[test]
fn precedence() {
    const MOUNTS: &str = "/var/run/nvidia-container-devices";
    let full = || Container {
        env: vec!["NVIDIA_VISIBLE_DEVICES=env"],
        annotations: vec![("cdi.k8s.io/x", "annotation")],
        mounts: vec![("/dev/null", "/var/run/nvidia-container-devices/mount")],
        ..Default::default()
    };
    #[rustfmt::skip] // one line a case
    let table: [(Container, &str, &[&str]); 4] = [
        (full(), "annotation", &["cdi.k8s.io/"]),
        (Container { annotations: vec![], ..full() }, "mount", &["cdi.k8s.io/", MOUNTS]),
        (Container { annotations: vec![], mounts: vec![], ..full() }, "env", &["cdi.k8s.io/", MOUNTS, "NVIDIA_VISIBLE_DEVICES"]),
        (Container::default(), "VOID", &["cdi.k8s.io/", MOUNTS, "NVIDIA_VISIBLE_DEVICES", "CUDA_VERSION", "NVIDIA_REQUIRE_CUDA"]),
    ];
    for (mut container, expected, asked) in table {
        assert_eq!(line(&Request::read(&mut container, &rules()).unwrap()), expected);
        assert_eq!(container.asked, asked);
    }
}

#[test]
fn gating() {
    // privileged, accepted when unprivileged, env, expected, warnings
    #[rustfmt::skip] // one line a case
    let table: [(bool, bool, &'static str, &str, usize); 6] = [
        (false, true, "NVIDIA_VISIBLE_DEVICES=0", "0", 0),
        (false, false, "NVIDIA_VISIBLE_DEVICES=0", "VOID", 1),
        (true, false, "NVIDIA_VISIBLE_DEVICES=0", "0", 0),
        (false, false, "NVIDIA_VISIBLE_DEVICES=none", "VOID", 1),
        (false, false, "NVIDIA_VISIBLE_DEVICES=void", "VOID", 0),
        (false, false, "CUDA_VERSION=11", "VOID", 1),
    ];
    for (privileged, accept, env, expected, warnings) in table {
        let rules = Rules { accept_envvar_when_unprivileged: accept, ..rules() };
        let mut container = Container { env: vec![env], privileged, ..Default::default() };
        assert_eq!(line(&Request::read(&mut container, &rules).unwrap()), expected, "{env}");
        assert_eq!(container.warnings, warnings, "{env}");
        // Capabilities are asked for only where they decide.
        let decides = !accept && env != "NVIDIA_VISIBLE_DEVICES=void";
        assert_eq!(container.asked.contains(&"capabilities".into()), decides, "{env}");
    }
    // A privileged container's mounts and variables are not merged either.
    let mounts = vec![("/dev/null", "/var/run/nvidia-container-devices/1")];
    let env = vec!["NVIDIA_VISIBLE_DEVICES=0"];
    assert_eq!(
        read(Container { env, mounts, privileged: true, ..Default::default() }, &rules()),
        "1"
    );
    // A mount counts without privileges.
    let rules = Rules { accept_envvar_when_unprivileged: false, ..rules() };
    let mounts = vec![("/dev/null", "/var/run/nvidia-container-devices/0")];
    assert_eq!(read(Container { mounts, ..Default::default() }, &rules), "0");
}

#[test]
fn malformed_entries() {
    let mut container = Container {
        env: vec!["A=1", "NOEQUALS"],
        annotations: vec![("cdi.k8s.io/x", "nvidia.com/gpu=0")],
        ..Default::default()
    };
    let error = Request::read(&mut container, &rules()).unwrap_err();
    assert_eq!(error, "process.env[1] has no `=`: every entry must be NAME=VALUE");
}

#[test]
fn origins() {
    #[rustfmt::skip] // one line a case
    let table = [
        (Container { env: vec!["NVIDIA_VISIBLE_DEVICES=0"], ..Default::default() }, "requested by NVIDIA_VISIBLE_DEVICES"),
        (Container { annotations: vec![("cdi.k8s.io/x", "0")], ..Default::default() }, "requested by annotation cdi.k8s.io/x"),
        (Container { mounts: vec![("/dev/null", "/var/run/nvidia-container-devices/0")], ..Default::default() }, "requested by mount /var/run/nvidia-container-devices/0"),
    ];
    for (mut container, expected) in table {
        let Request::Devices(devices) = Request::read(&mut container, &rules()).unwrap() else {
            panic!()
        };
        assert_eq!(devices[0].origin.to_string(), expected);
    }
    let mut legacy = Container { env: vec!["CUDA_VERSION=11"], ..Default::default() };
    let request = Request::read(&mut legacy, &rules()).unwrap();
    assert_eq!(request, Request::All(Origin::LegacyImage));
}

#[test]
fn qualified() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("nvidia.com/gpu=0", true),
        ("nvidia.com/gpu=all", true),
        ("nvidia.com/gpu=GPU0:1", true),
        ("v/c=d", true),
        ("nvidia.com/gpu=", false),
        ("=0", false),
        ("nvidia.com=0", false),
        ("/gpu=0", false),
        ("3v.com/gpu=0", false),
        ("v/c/d=0", false),
        ("v/c=a=b", false),
        ("v/c=0,1", false),
        ("v/c= 0", false),
        ("v./c=0", false),
        ("v/c=é", false),
        ("example.com/device", false),
        ("0", false),
        ("", false),
    ];
    for (name, expected) in table {
        assert_eq!(is_qualified(name), expected, "{name}");
    }
    assert_eq!(
        qualify("nvidia.com/gpu", "example.com/device"),
        "nvidia.com/gpu=example.com/device"
    );
    assert_eq!(qualify("nvidia.com/gpu", "v/c=d"), "v/c=d");
}

#[test]
fn all_qualified() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("NVIDIA_VISIBLE_DEVICES=nvidia.com/gpu=all", true),
        ("NVIDIA_VISIBLE_DEVICES=nvidia.com/gpu=0,nvidia.com/gpu=1", true),
        ("NVIDIA_VISIBLE_DEVICES=nvidia.com/gpu=0,0", false),
        ("NVIDIA_VISIBLE_DEVICES=all", false),
        ("NVIDIA_VISIBLE_DEVICES=none", false),
        ("NVIDIA_VISIBLE_DEVICES=", false),
    ];
    for (env, expected) in table {
        let mut container = Container { env: vec![env], ..Default::default() };
        let request = Request::read(&mut container, &rules()).unwrap();
        assert_eq!(request.is_qualified(), expected, "{env}");
    }
}

#[test]
fn jetpack() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("NVIDIA_REQUIRE_JETPACK=csv-mounts=all", true),
        ("NVIDIA_REQUIRE_JETPACK=csv-mounts=base-only", false),
        ("NVIDIA_REQUIRE_JETPACK_HOST_MOUNTS=csv-mounts=all", false),
    ];
    for (env, expected) in table {
        let mut container = Container { env: vec![env], ..Default::default() };
        assert_eq!(all_csv_files(&mut container), Ok(expected), "{env}");
    }
}
