//! A host under Windows, made up.

use gantry_discovery::wsl_driver;

use crate::generate::testing::{files, host, no_question, options, these};
use crate::generate::{Mode, Options, make};

const STORE: &str = "/usr/lib/wsl/drivers/nv_1/libcuda.so.1.1!";
const PATHS: [&str; 5] = [
    "/dev/dxg",
    STORE,
    "/usr/lib/wsl/drivers/nv_1/nvidia-smi!",
    "/usr/lib/wsl/drivers/nv_1/x.dll!",
    "/usr/lib/wsl/lib/libdxcore.so!",
];

#[test]
fn the_driver_of_windows() {
    let options = options(Mode::Auto);
    let mut host = host("/", files(&PATHS), &no_question);
    let spec = make(&options, &mut host).unwrap().into_spec(&options);
    let [device] = spec.devices.as_slice() else { panic!("{:?}", spec.devices) };
    let node = &device.container_edits.device_nodes[0];
    assert_eq!((device.name.as_str(), node.path.as_str()), ("all", "/dev/dxg"));
    let common = &spec.container_edits;
    assert_eq!(common.env, ["NVIDIA_VISIBLE_DEVICES=void"]);
    let mounts: Vec<_> = common.mounts.iter().map(|mount| mount.container_path.as_str()).collect();
    assert_eq!(
        mounts,
        [
            "/usr/lib/wsl/lib/libdxcore.so",
            "/usr/lib/wsl/drivers/nv_1/libcuda.so.1.1",
            "/usr/lib/wsl/drivers/nv_1/nvidia-smi",
            "/usr/lib/wsl/drivers/nv_1/x.dll",
        ]
    );
    let hooks: Vec<_> = common.hooks.iter().map(|hook| hook.args[1..].join(" ")).collect();
    assert_eq!(
        hooks,
        [
            "create-symlinks --link /usr/lib/wsl/drivers/nv_1/nvidia-smi::/usr/bin/nvidia-smi",
            "update-ldcache --folder /usr/lib/wsl/drivers/nv_1 --folder /usr/lib/wsl/lib",
        ]
    );
}

#[test]
fn what_is_not_there() {
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], &str); 2] = [
        (&PATHS[1..], "there is no device for the mode wsl: this host has no /dev/dxg"),
        (&PATHS[..1], "the driver of Windows is not found"),
    ];
    for (paths, expected) in table {
        let made = make(&options(Mode::Wsl), &mut host("/", files(paths), &no_question));
        let told = made.unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn devices_that_are_asked_for() {
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], &str, usize); 5] = [
        (&[], "all", 0),
        (&["all"], "all", 0),
        (&["0", "all"], "all", 1),
        (&["GPU-1"], "all", 1),
        (&["0", "none"], "none", 0),
    ];
    for (ids, name, warnings) in table {
        let options = Options { devices: these(ids), ..options(Mode::Wsl) };
        let mut host = host("/", files(&PATHS), &no_question);
        let made = make(&options, &mut host).unwrap();
        let names: Vec<_> = made.devices.iter().map(|device| device.name.as_str()).collect();
        assert_eq!((names, host.warnings.len()), (vec![name], missing() + warnings), "{ids:?}");
    }
}

/// Files of the driver that the made-up host lacks.
fn missing() -> usize {
    let mut host = host("/", files(&PATHS), &no_question);
    wsl_driver(&mut host).unwrap();
    host.warnings.len()
}
