use super::*;
use crate::memory::Memory;
use crate::{kernel_gpus, select};

/// Two GPUs whose minors are the other way round than their indices.
fn host() -> Memory {
    let information = |minor: u32, uuid: &str, bus: &str| {
        format!(
            "Model: \t\t X\nGPU UUID: \t {uuid}\nBus Location: \t {bus}\nDevice Minor: \t {minor}\n"
        )
    };
    Memory::new(
        "/dev/dri/card1 c 226 1 660 44
        /dev/dri/renderD129 c 226 129 666 104
        /dev/dri/card2 c 226 2 660 0
        /dev/dri/renderD130 c 226 130 666 0
        /dev/dri/card9
        /dev/dri/by-path/pci-0000:41:00.0-card -> ../card1
        /dev/dri/by-path/pci-0000:41:00.0-render -> ../renderD129
        /dev/dri/by-path/pci-0000:c1:00.0-card -> ../card2
        /dev/dri/by-path/platform-card -> ../card2
        /sys/devices/pci0000:40/0000:41:00.0/drm/card1/
        /sys/devices/pci0000:40/0000:41:00.0/drm/renderD129/
        /sys/devices/pci0000:40/0000:41:00.0/drm/controlD64/
        /sys/devices/pci0000:c0/0000:c1:00.0/drm/card2/
        /sys/devices/pci0000:c0/0000:c1:00.0/drm/card9/
        /sys/devices/pci0000:c0/0000:c1:00.0/drm/renderD130/
        /sys/devices/pci0000:c0/0000:c1:00.0/drm/renderD999/
        /sys/devices/pci0000:c0/0000:c1:00.0/drm/card2-DP-1/
        /sys/bus/pci/devices/0000:41:00.0 -> ../../../devices/pci0000:40/0000:41:00.0
        /sys/bus/pci/devices/0000:c1:00.0 -> ../../../devices/pci0000:c0/0000:c1:00.0",
    )
    .file(
        "/proc/driver/nvidia/gpus/0000:41:00.0/information",
        information(1, "GPU-a", "0000:41:00.0").as_bytes(),
    )
    .file(
        "/proc/driver/nvidia/gpus/0000:c1:00.0/information",
        information(0, "GPU-b", "0000:C1:00.0").as_bytes(),
    )
    .file("/proc/driver/nvidia/gpus/odd/information", b"")
}

/// The nodes and links of a request, as the last elements of their paths.
fn line(ids: Option<&[&str]>) -> String {
    let mut files = host();
    let ids: Option<Vec<String>> = ids.map(|ids| ids.iter().map(ToString::to_string).collect());
    let gpus = kernel_gpus(&mut files).unwrap();
    assert_eq!(files.warnings.len(), 1, "{:?}", files.warnings);
    let found = drm(&mut files, &select(&gpus, ids.as_deref())).unwrap();
    let nodes = found.device_nodes.iter().map(|node| base(&node.path).to_owned());
    let links = found.hooks.iter().flat_map(|hook| &hook.args).filter(|arg| *arg != "--link");
    nodes
        .chain(links.map(|link| link.replace("/dev/dri/by-path/", "")))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn requests() {
    let first =
        "card1 renderD129 ../card1::pci-0000:41:00.0-card ../renderD129::pci-0000:41:00.0-render";
    let second = "card2 renderD130 ../card2::pci-0000:c1:00.0-card";
    let both = "card1 card2 renderD129 renderD130 ../card1::pci-0000:41:00.0-card \
        ../renderD129::pci-0000:41:00.0-render ../card2::pci-0000:c1:00.0-card";
    #[rustfmt::skip] // one line a case
    let table: [(Option<&[&str]>, &str); 12] = [
        (Some(&["0"]), first),
        (Some(&["1"]), second),
        (Some(&["GPU-a"]), first),
        (Some(&["gpu-B"]), second),
        (Some(&["0000:C1:00.0"]), second),
        (Some(&["00000000:41:00.0"]), first),
        (Some(&["0", "GPU-a", "0"]), first),
        (Some(&["1", "0"]), both),
        (None, both),
        (Some(&[]), ""),
        (Some(&["2", "GPU-c", "", "0000:42:00.0", "+0", "-1", "0:1", "nvidia.com/gpu=0"]), ""),
        (Some(&["GPU-", "gpu"]), ""),
    ];
    for (ids, expected) in table {
        assert_eq!(line(ids), expected, "{ids:?}");
    }
}

#[test]
fn groups_are_the_hosts() {
    let mut files = host();
    let gpus = kernel_gpus(&mut files).unwrap();
    let found = drm(&mut files, &select(&gpus, None)).unwrap();
    let gids: Vec<_> = found.device_nodes.iter().map(DeviceNode::needed_gid).collect();
    assert_eq!(gids, [Some(44), None, None, None]);
}

#[test]
fn addresses() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("0000:41:00.0", "0000:41:00.0"),
        ("00000000:C1:00.1", "0000:c1:00.1"),
        ("10000:01:02.3", "10000:01:02.3"),
        ("41:00.0", ""), ("0000:41:00", ""), ("0000:141:00.0", ""), ("+1:41:00.0", ""), ("", ""), ("a", ""),
    ];
    for (text, expected) in table {
        let shown = PciAddress::parse(text).map(|address| address.to_string());
        assert_eq!(shown.unwrap_or_default(), expected, "{text}");
    }
}
