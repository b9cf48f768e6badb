//! Which devices an identifier means, and what an error says of one that means none.

use crate::generate::DeviceIds;
use crate::generate::ids::{Chosen, choose};
use crate::generate::testing::gpu;
use crate::gpu::{FailedGpu, FailedMig, Gpu, Inventory, MigDevice};

/// A GPU, one for a display, one that is divided (slot 3 alone), and three that are broken, one of them
/// for a display.
fn inventory() -> Inventory {
    let mig = MigDevice {
        index: 3,
        uuid: "MIG-3".to_owned(),
        gpu_instance: 1,
        compute_instance: 0,
        profile: "1g.10gb".to_owned(),
        graphics: false,
        capability_minors: None,
    };
    let failed = |index, uuid: Option<&str>, name: Option<&str>| FailedGpu {
        name: name.map(str::to_owned),
        index,
        uuid: uuid.map(str::to_owned),
        why: "nvmlDeviceGetName: GPU is lost".to_owned(),
    };
    let divided = Gpu { mig_enabled: true, mig_devices: vec![mig], ..gpu(5, "NVIDIA H100", None) };
    Inventory {
        gpus: vec![gpu(0, "NVIDIA H100", None), gpu(1, "NVIDIA DGX Display", None), divided],
        failed: vec![
            failed(4, None, Some("DGX Display")),
            failed(2, Some("GPU-2"), Some("NVIDIA H100")),
            failed(3, None, None),
        ],
        ..Inventory::default()
    }
}

fn told(ids: &[&str], inventory: &Inventory) -> String {
    let ids = match ids {
        [] => DeviceIds::All,
        ids => DeviceIds::These(ids.iter().map(ToString::to_string).collect()),
    };
    let one = |chosen: Chosen<'_>| match chosen {
        Chosen::Nothing => "none".to_owned(),
        Chosen::Gpu(gpu) => gpu.uuid.clone(),
        Chosen::Mig(gpu, mig) => format!("{} of {}", mig.uuid, gpu.uuid),
    };
    match choose(&ids, inventory) {
        Ok(chosen) => chosen.into_iter().map(one).collect::<Vec<_>>().join(", "),
        Err(error) => error.to_string(),
    }
}

#[test]
fn identifiers() {
    let healthy = Inventory { failed: Vec::new(), ..inventory() };
    let unknown =
        |id: &str, hint: &str| format!("this host has no GPU and no MIG device `{id}`; {hint}");
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], String); 20] = [
        (&[], "GPU-0, MIG-3 of GPU-5".into()),
        (&["all"], "GPU-0, MIG-3 of GPU-5".into()),
        (&["1", "none", "all"], "none".into()),
        (&["0", "all", "none"], "GPU-0, MIG-3 of GPU-5".into()),
        (&["0"], "GPU-0".into()),
        (&["1"], "GPU-1".into()),
        (&["GPU-1", "00"], "GPU-1, GPU-0".into()),
        (&["0", "0"], "GPU-0, GPU-0".into()),
        (&["5"], "GPU-5".into()),
        (&["5:3"], "MIG-3 of GPU-5".into()),
        (&["MIG-3"], "MIG-3 of GPU-5".into()),
        (&["5:0"], unknown("5:0", "near it: 5:3")),
        (&["0:0"], unknown("0:0", "it has 3 GPUs")),
        (&["77777"], unknown("77777", "it has 3 GPUs")),
        (&["GPU-7"], unknown("GPU-7", "near it: GPU-0, GPU-1, GPU-5")),
        (&["MIG-300"], unknown("MIG-300", "near it: MIG-3")),
        (&["-1"], "`-1` is neither an index (`0`), nor a UUID (`GPU-…`, `MIG-…`), nor the indices of a MIG device (`0:1`), nor `all` or `none`".into()),
        (&["0:1:2"], "`0:1:2` is neither".into()),
        (&[""], "`` is neither".into()),
        (&["99999999999999999999"], unknown("99999999999999999999", "it has 3 GPUs")),
    ];
    for (ids, expected) in table {
        let told = told(ids, &healthy);
        assert!(told.starts_with(&expected), "{ids:?}\n  {told}\n  {expected}");
    }
}

/// Whoever copies a UUID may lose its end.
#[test]
fn a_uuid_that_is_cut_off() {
    let mut inventory = Inventory { failed: Vec::new(), ..inventory() };
    inventory.gpus[0].uuid = "GPU-00000001-aaaa-bbbb-cccc-0123456789ab".to_owned();
    for (id, hint) in
        [("GPU-00000001", "near it: GPU-00000001-aaaa"), ("GPU-", "near it: GPU-1, GPU-5")]
    {
        assert!(told(&[id], &inventory).contains(hint), "{}", told(&[id], &inventory));
    }
}

#[test]
fn broken_gpus() {
    let why = "which NVML cannot describe: nvmlDeviceGetName: GPU is lost";
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], String); 8] = [
        (&["0"], "GPU-0".into()),
        (&["none"], "none".into()),
        (&[], format!("`all` needs GPU 2, {why}")),
        (&["0", "2"], format!("`2` needs GPU 2, {why}")),
        (&["GPU-2"], format!("`GPU-2` needs GPU 2, {why}")),
        (&["4"], format!("`4` needs GPU 4, {why}")),
        (&["3:0"], format!("`3:0` needs GPU 3, {why}")),
        (&["MIG-33"], "this host has no GPU and no MIG device `MIG-33`; near it: MIG-3, and 3 that NVML cannot describe".into()),
    ];
    for (ids, expected) in table {
        assert_eq!(told(ids, &inventory()), expected, "{ids:?}");
    }
    let mut parts = Inventory { failed: Vec::new(), ..inventory() };
    let lost = |index, uuid: Option<&str>| FailedMig {
        index,
        uuid: uuid.map(str::to_owned),
        why: "nvmlDeviceGetUUID: GPU is lost".to_owned(),
    };
    parts.gpus[2].failed_mig_devices = vec![lost(Some(1), Some("MIG-1"))];
    let why =
        "needs GPU 5, which NVML cannot describe: its MIG device 1: nvmlDeviceGetUUID: GPU is lost";
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], String); 8] = [
        (&[], format!("`all` {why}")),
        (&["0"], "GPU-0".into()),
        (&["5"], "GPU-5".into()),
        (&["5:3"], "MIG-3 of GPU-5".into()),
        (&["MIG-3"], "MIG-3 of GPU-5".into()),
        (&["5:1"], format!("`5:1` {why}")),
        (&["MIG-1"], format!("`MIG-1` {why}")),
        (&["5:0"], "this host has no GPU and no MIG device `5:0`; near it: 5:3, and 1 that NVML cannot describe".into()),
    ];
    for (ids, expected) in table {
        assert_eq!(told(ids, &parts), expected, "{ids:?}");
    }
    parts.gpus[2].failed_mig_devices = vec![lost(None, None)];
    let why = why.replace("its MIG device 1", "its MIG devices");
    for (id, expected) in [("5", "GPU-5".to_owned()), ("5:0", format!("`5:0` {why}"))] {
        assert_eq!(told(&[id], &parts), expected);
    }
    let mut display = inventory();
    display.failed.truncate(1);
    assert_eq!(told(&[], &display), "GPU-0, MIG-3 of GPU-5", "a display is not meant by `all`");
}
