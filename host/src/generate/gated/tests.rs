//! One line a case: what there is, and the device.

use crate::generate::testing::{files, host, no_question, options, these};
use crate::generate::{Mode, Options, make};

const PATHS: [&str; 9] = [
    "/dev/nvidia-fs0",
    "/dev/nvidia-fs1",
    "/dev/infiniband/uverbs0",
    "/dev/infiniband/rdma_cm",
    "/dev/gdrdrv",
    "/dev/nvidia-nvswitchctl",
    "/dev/nvidia-nvswitch0",
    "/run/udev/x!",
    "/etc/cufile.json!",
];

#[test]
fn one_device_of_all_nodes() {
    #[rustfmt::skip] // one line a case
    let table: [(_, _, &[&str]); 4] = [
        (Mode::Gds, "0.5.0", &["/dev/nvidia-fs0", "/dev/nvidia-fs1", "/run/udev", "/etc/cufile.json"]),
        (Mode::Mofed, "0.5.0", &["/dev/infiniband/rdma_cm", "/dev/infiniband/uverbs0"]),
        (Mode::Gdrcopy, "0.5.0", &["/dev/gdrdrv"]),
        (Mode::Nvswitch, "0.5.0", &["/dev/nvidia-nvswitch0", "/dev/nvidia-nvswitchctl"]),
    ];
    for (mode, version, expected) in table {
        let options = options(mode);
        let mut host = host("/run/driver", files(&PATHS), &no_question);
        let spec = make(&options, &mut host).unwrap().into_spec(&options);
        assert_eq!((spec.cdi_version.as_str(), host.warnings), (version, Vec::new()), "{mode:?}");
        assert_eq!(spec.container_edits.env, ["NVIDIA_VISIBLE_DEVICES=void"]);
        let [device] = spec.devices.as_slice() else { panic!("{:?}", spec.devices) };
        assert_eq!(device.name, "all");
        let edits = &device.container_edits;
        let nodes = edits.device_nodes.iter().map(|node| (&node.path, &node.host_path));
        let mounts = edits.mounts.iter().map(|mount| (&mount.container_path, &mount.host_path));
        let expected: Vec<_> = expected
            .iter()
            .map(|&path| (path.to_owned(), ["/run/driver", path].concat()))
            .collect();
        let found = nodes.chain(mounts).map(|(path, host)| (path.clone(), host.clone()));
        let (mut found, mut expected) = (found.collect::<Vec<_>>(), expected);
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{mode:?}");
    }
}

#[test]
fn what_is_not_there() {
    #[rustfmt::skip] // one line a case
    let table = [
        (Mode::Gds, "there is no device for the mode gds: this host has no /run/driver/dev/nvidia-fs*"),
        (Mode::Mofed, "there is no device for the mode mofed: this host has no /run/driver/dev/infiniband/rdma_cm and no /run/driver/dev/infiniband/uverbs*"),
        (Mode::Gdrcopy, "there is no device for the mode gdrcopy: this host has no /run/driver/dev/gdrdrv"),
        (Mode::Nvswitch, "there is no device for the mode nvswitch: this host has no /run/driver/dev/nvidia-nvswitch*"),
    ];
    for (mode, expected) in table {
        let mut host =
            host("/run/driver", files(&["/dev/nvidia0", "/etc/cufile.json!"]), &no_question);
        let told = make(&options(mode), &mut host).unwrap_err().to_string();
        assert_eq!(told, expected);
    }
}

#[test]
fn devices_that_are_asked_for() {
    for (ids, expected) in
        [(&["all"][..], None), (&["all", "3"], Some("3")), (&["none"], Some("none"))]
    {
        let options = Options { devices: these(ids), ..options(Mode::Mofed) };
        let made = make(&options, &mut host("/", files(&PATHS), &no_question));
        let told = made.err().map(|error| error.to_string());
        let expected = expected.map(|id| {
            format!("there is no device `{id}` in the mode mofed: its only device is `all`")
        });
        assert_eq!(told, expected);
    }
}
