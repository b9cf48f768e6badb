//! A host under Windows, made up.

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
    let table: [(&[&str], &[&str], &str); 3] = [
        (&PATHS[1..], &[], "there is no device for the mode wsl: this host has no /dev/dxg"),
        (&PATHS[..1], &[], "the driver of Windows is not found"),
        (&PATHS, &["0"], "there is no device `0` in the mode wsl"),
    ];
    for (paths, ids, expected) in table {
        let options = Options { devices: these(ids), ..options(Mode::Wsl) };
        let made = make(&options, &mut host("/", files(paths), &no_question));
        let told = made.unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
    }
}
