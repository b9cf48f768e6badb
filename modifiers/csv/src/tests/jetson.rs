//! An Orin and a Thor, as they are recorded with a stand-in for NVML: in our words.

use gantry_modifier::gpus::{Driver, Gpu, Version};
use gantry_modifier::testing::{Facts, Host};

use super::{lines, modify};

const DEVICES: &[u8] = b"dev, /dev/nvidia0\ndev, /dev/nvidia1\ndev, /dev/nvidia2\n\
    dev, /dev/nvidiactl\ndev, /dev/nvhost-x\ndev, /dev/absent\n";
const DRIVERS: &[u8] = b"lib, /usr/lib/aarch64-linux-gnu/nvidia/libcuda.so.1.1\n\
    sym, /usr/lib/aarch64-linux-gnu/nvidia/libcuda.so\n\
    sym, /usr/lib/aarch64-linux-gnu/libcuda.so.1\n\
    dir, /usr/share/tegra\n";

/// The driver and the lists of both.
pub(super) fn tegra(request: &str) -> Host {
    let path = |name: &str| ["/usr/lib/aarch64-linux-gnu/", name].concat();
    let mut host = Host::new()
        .env(&["NVIDIA_VISIBLE_DEVICES=", request].concat())
        .file("csv", "/devices.csv", DEVICES)
        .file("csv", "/drivers.csv", DRIVERS)
        .library("driver-root", &path("nvidia/libcuda.so.1.1"), "libcuda.so.1")
        .link("driver-root", &path("nvidia/libcuda.so"), "libcuda.so.1.1")
        .link("driver-root", &path("libcuda.so.1"), "nvidia/libcuda.so.1.1")
        .directory("driver-root", "/usr/share/tegra")
        .file("driver-root", "/etc/nv_tegra_release", b"R38");
    #[rustfmt::skip] // one line a node
    let nodes = [
        ("nvidia0", 0o660, 44),
        ("nvidia1", 0o666, 44),
        ("nvidia2", 0o666, 44),
        ("nvidiactl", 0o666, 0),
        ("nvhost-x", 0o666, 44),
        ("nvidia-uvm", 0o666, 0),
    ];
    for (name, mode, gid) in nodes {
        host = host.char_device("dev-root", &["/dev/", name].concat(), (195, 0), mode, gid);
    }
    host
}

fn with_nvml(host: Host, gpus: &[Gpu]) -> Host {
    let driver = Driver { version: "575.57.08".into(), cuda: Version { major: 12, minor: 9 } };
    let host = host.facts(Facts { nvml: true, ..Facts::default() });
    gpus.iter().fold(host, |host, gpu| host.gpu(driver.clone(), gpu.clone()))
}

fn gpu(index: u32, uuid: &str, name: &str, bus: Option<&str>) -> Gpu {
    Gpu {
        index,
        uuid: uuid.into(),
        minor: Some(index),
        pci_bus_id: bus.map(Into::into),
        name: name.into(),
        brand: Some("nvidia".into()),
        compute_capability: Some(Version { major: 8, minor: 7 }),
        memory: None,
        integrated: false,
        mig_enabled: false,
        mig_devices: Vec::new(),
    }
}

const ORIN: &str = "54d0709b-558d-5a59-9c65-0c5fc14a21a4";

pub(super) fn orin(request: &str) -> Host {
    with_nvml(tegra(request), &[gpu(0, ORIN, "Orin (nvgpu)", None)])
}

/// With a discrete GPU, whose DRM node is where the bus says.
pub(super) fn thor(request: &str) -> Host {
    let own = gpu(0, "GPU-1", "NVIDIA Thor", Some("00000000:01:00.0"));
    let discrete = Gpu {
        compute_capability: Some(Version { major: 9, minor: 0 }),
        ..gpu(1, "GPU-2", "NVIDIA H100 80GB HBM3", Some("00000000:42:00.0"))
    };
    let device = "/sys/devices/pci0000:40/0000:42:00.0";
    with_nvml(tegra(request), &[own, discrete])
        .link("host", "/sys/bus/pci/devices/0000:42:00.0", device)
        .directory("host", &[device, "/drm/card0"].concat())
        .char_device("dev-root", "/dev/dri/card0", (226, 0), 0o660, 39)
        .link("dev-root", "/dev/dri/by-path/pci-0000:42:00.0-card", "../card0")
}

/// What every container gets, with this hook for CUDA libraries.
fn driver(compat: &str) -> Vec<String> {
    let lines = [
        "env NVIDIA_VISIBLE_DEVICES=void",
        "mount /etc/nv_tegra_release",
        "mount /usr/share/tegra",
        "mount /usr/lib/aarch64-linux-gnu/nvidia/libcuda.so.1.1",
        "hook create-symlinks --link libcuda.so.1::/usr/lib/aarch64-linux-gnu/nvidia/libcuda.so",
        "hook create-symlinks \
            --link libcuda.so.1.1::/usr/lib/aarch64-linux-gnu/nvidia/libcuda.so \
            --link nvidia/libcuda.so.1.1::/usr/lib/aarch64-linux-gnu/libcuda.so.1",
        compat,
        "hook update-ldcache --folder /usr/lib/aarch64-linux-gnu/nvidia",
    ];
    lines.into_iter().filter(|line| !line.is_empty()).map(Into::into).collect()
}

#[test]
fn containers() {
    const COMPAT: &str = "hook enable-cuda-compat --host-cuda-version=12.9";
    const OF_ORIN: &str = "hook enable-cuda-compat --host-cuda-version=12.9 \
        --cuda-compat-container-root=/usr/local/cuda/compat_orin";
    const OPT: &str = "hook enable-cuda-compat --host-cuda-version=12.9 \
        --cuda-compat-container-root=/opt";
    const LISTED: &str = "nvhost-x nvidia0 nvidia1 nvidia2 nvidiactl 44";
    const OWN: &str = "nvhost-x nvidia0 nvidia2 nvidiactl 44";
    const DISCRETE: &str = "nvhost-x nvidia-uvm nvidia1 nvidiactl dri/card0 LINK 39";
    const BOTH: &str = "nvhost-x nvidia-uvm nvidia0 nvidia1 nvidia2 nvidiactl dri/card0 LINK 44 39";
    #[rustfmt::skip] // one line a case
    let table = [
        ("no NVML", tegra("all"), "{}", LISTED, ""),
        ("NVML without a driver", with_nvml(tegra("all"), &[]), "{}", LISTED, ""),
        ("orin", orin("all"), "{}", LISTED, OF_ORIN),
        ("orin, by index", orin("0,0"), "{}", LISTED, OF_ORIN),
        ("orin, no device", orin("none"), "{}", "NONE", OF_ORIN),
        ("orin, another folder", orin("none"), r#"{"compat-container-root":"/opt"}"#, "NONE", OPT),
        ("orin, no such hook", orin("none"), r#"{"disable-hooks":["enable-cuda-compat"]}"#, "NONE", ""),
        ("orin, no groups", orin("all"), r#"{"no-additional-gids":true}"#, "nvhost-x nvidia0 nvidia1 nvidia2 nvidiactl", OF_ORIN),
        ("thor", thor("all"), "{}", BOTH, COMPAT),
        ("thor, its own", thor("0"), "{}", OWN, COMPAT),
        ("thor, its own by UUID", thor("GPU-1"), "{}", OWN, COMPAT),
        ("thor, the discrete one", thor("1"), "{}", DISCRETE, COMPAT),
        ("thor, both", thor("GPU-2,0"), "{}", BOTH, COMPAT),
        ("thor, one GPU", thor("all"), r#"{"several-gpus":false}"#, LISTED, COMPAT),
        ("thor, no device", thor("none"), "{}", "NONE", COMPAT),
    ];
    for (name, host, settings, own, compat) in table {
        let own = own.split(' ').map(|word| match word {
            "NONE" => "env NVCT_EMPTY_DEVICE=".into(),
            "LINK" => "hook create-symlinks \
                --link ../card0::/dev/dri/by-path/pci-0000:42:00.0-card"
                .into(),
            gid if gid.starts_with(|one: char| one.is_ascii_digit()) => ["gid ", gid].concat(),
            node => ["node /dev/", node].concat(),
        });
        let expected: Vec<String> = own.chain(driver(compat)).collect();
        let made = modify(&host, settings).unwrap();
        assert_eq!(lines(&made), expected, "{name}");
        let reason = "requested by NVIDIA_VISIBLE_DEVICES";
        assert!(made.iter().all(|edit| edit.reason.contains(reason)), "{name}");
    }
}

/// What lists name and nobody can have is a warning, not a container that does not start.
#[test]
fn lists_with_nonsense() {
    let nonsense = "lib, /etc/nv_tegra_release/x\nsym, /etc/nv_tegra_release/x/y\ndir, /dev/..\n\
        dev, /dev/nvidia0/x\nsym, /loop\nlib, /loop/x\ndir, /loop\nlib, /usr\nsym, /nowhere\n\
        dev, /usr/share/tegra\nlib, /\u{fffd}*\nsym,\n\0\n";
    let host = orin("all")
        .file("csv", "/l4t.csv", nonsense.as_bytes())
        .file("csv", "/drivers.csv", &[DRIVERS, b"\xff\n"].concat())
        .link("driver-root", "/loop", "loop")
        .link("driver-root", "/nowhere", "x");
    assert_eq!(modify(&host, "{}"), modify(&orin("all"), "{}"));
}

#[test]
fn hooks_that_are_not_wanted() {
    let hooks = |settings: &str| {
        let made = lines(&modify(&orin("all"), settings).unwrap());
        made.into_iter().filter(|line| line.starts_with("hook ")).collect::<Vec<_>>()
    };
    let all = hooks("{}");
    let without = |at: &[usize]| {
        let kept = all.iter().enumerate().filter(|(index, _)| !at.contains(index));
        kept.map(|(_, hook)| hook.clone()).collect::<Vec<_>>()
    };
    #[rustfmt::skip] // one line a case
    let table = [
        (r#"{"disable-hooks":["create-symlinks"]}"#, without(&[0, 1])),
        (r#"{"disable-hooks":["update-ldcache","enable-cuda-compat"]}"#, without(&[2, 3])),
        (r#"{"disable-hooks":["all"]}"#, vec![]),
        (r#"{"ignore-patterns":["**/libcuda.so*"]}"#, without(&[1])),
        (r#"{"ignore-patterns":["/usr/lib/*/nothing"]}"#, all.clone()),
    ];
    for (settings, expected) in table {
        assert_eq!(hooks(settings), expected, "{settings}");
    }
}

#[test]
fn containers_that_fail() {
    let unmet = |text: &str| format!("requirements not met: the host does not meet {text}");
    let unsupported = |id: &str| format!("unsupported device id: {id}");
    #[rustfmt::skip] // one line a case
    let table = [
        (tegra("1"), unsupported("1")),
        (orin(ORIN), unsupported(ORIN)),
        (thor("2"), unsupported("2")),
        (thor("MIG-x"), unsupported("MIG-x")),
        (orin("all").env("X"), "process.env[1] has no `=`: every entry must be NAME=VALUE".into()),
        (orin("all").env("NVIDIA_REQUIRE_CUDA=cuda>=13"), unmet("`cuda>=13` of NVIDIA_REQUIRE_CUDA: it has cuda 12.9")),
        (orin("all").env("NVIDIA_REQUIRE_X=arch>=9.0"), unmet("`arch>=9.0` of NVIDIA_REQUIRE_X: it has arch 8.7")),
        (thor("all").env("NVIDIA_REQUIRE_X=arch=8.7"), unmet("`arch=8.7` of NVIDIA_REQUIRE_X: it has arch 9.0")),
        (thor("1").env("NVIDIA_REQUIRE_X=arch=8.7"), unmet("`arch=8.7` of NVIDIA_REQUIRE_X: it has arch 9.0")),
        (thor("GPU-1").env("NVIDIA_REQUIRE_X=arch=9.0"), unmet("`arch=9.0` of NVIDIA_REQUIRE_X: it has arch 8.7")),
        (thor("none").env("NVIDIA_REQUIRE_X=arch=9.0"), unmet("`arch=9.0` of NVIDIA_REQUIRE_X: it has arch 8.7")),
        (orin("none").env("NVIDIA_REQUIRE_X=cuda>=13"), unmet("`cuda>=13` of NVIDIA_REQUIRE_X: it has cuda 12.9")),
        (tegra("all").env("NVIDIA_REQUIRE_X=driver>=1"), unmet("`driver>=1` of NVIDIA_REQUIRE_X: it has driver unknown")),
        (tegra("all").env("NVIDIA_REQUIRE_X=cuda"), "NVIDIA_REQUIRE_X: ".into()),
    ];
    for (host, expected) in table {
        let cause = modify(&host, "{}").unwrap_err().cause;
        assert!(cause.starts_with(&expected), "{cause}");
    }
}

#[test]
fn containers_that_require_what_there_is() {
    let met = "NVIDIA_REQUIRE_X=arch>=8.7,driver>=575,brand=nvidia";
    #[rustfmt::skip] // one line a case
    let table = [
        (orin("all").env("NVIDIA_REQUIRE_CUDA=cuda>=12.9 cuda>=99").env(met), true),
        (orin("all").env("NVIDIA_REQUIRE_CUDA=cuda>=13").env("NVIDIA_DISABLE_REQUIRE=true"), true),
        (orin("all").env("NVIDIA_REQUIRE_JETPACK=csv-mounts=all"), true),
        (thor("0").env("NVIDIA_REQUIRE_X=arch=8.7"), true),
        (tegra("void").env("NVIDIA_REQUIRE_CUDA=cuda>=99"), false),
        (Host::new().env("NVIDIA_REQUIRE_CUDA=cuda>=99"), false),
    ];
    for (host, requested) in table {
        let made = modify(&host, "{}").unwrap();
        assert_eq!(lines(&made).contains(&"node /dev/nvidia0".into()), requested);
        assert_eq!(made.is_empty(), !requested);
    }
}
