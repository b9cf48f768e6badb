//! A Tegra system, made up: one line a case.

use std::sync::Arc;

use crate::generate::testing::{files, gpu, host, inventory, no_question, options, these};
use crate::generate::{
    CsvOptions, Features, GenerateError, Gpus, MissingNodes, Mode, NameStrategy, Options, make,
};
use crate::gpu::{FailedGpu, Gpu, Inventory, Version};
use crate::host_files::Recorded;

const NVML: &str = "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1!";
const FOLDER: &str = "/etc/nvidia-container-runtime/host-files-for-container.d";
const NODES: [&str; 8] = [
    "/dev/nvidia0",
    "/dev/nvidia1",
    "/dev/nvidia2",
    "/dev/nvidiactl",
    "/dev/nvidia-modeset",
    "/dev/nvidia-uvm",
    "/dev/nvidia-uvm-tools",
    "/dev/nvhost-x",
];

/// A Tegra system with these files beside.
fn tegra(more: &[&str]) -> Recorded {
    let devices = "dev, /dev/nvidia0\ndev, /dev/nvidia1\ndev, /dev/nvidia2\ndev, /dev/nvhost-x\n";
    files(&[&NODES[..], more].concat())
        .file(&format!("{FOLDER}/devices.csv"), devices.as_bytes())
        .file(
            &format!("{FOLDER}/drivers.csv"),
            b"lib, /usr/lib/a/libcuda.so.1.1\nsym, /usr/lib/a/libx.so\n",
        )
        .file(&format!("{FOLDER}/others.csv"), b"lib, /usr/lib/other.so\n")
        .file("/etc/x.csv", b"dev, /dev/nvidia0\nlib, /usr/lib/other.so\n")
        .file("/usr/lib/a/libcuda.so.1.1", b"")
        .file("/usr/lib/a/libx.so.1", b"")
        .link("/usr/lib/a/libx.so", "libx.so.1")
        .file("/usr/lib/other.so", b"")
}

fn thor() -> Gpu {
    gpu(0, "NVIDIA Thor", Some("00000000:01:00.0"))
}

fn h100() -> Gpu {
    gpu(1, "NVIDIA H100", Some("00000000:42:00.0"))
}

/// Each device with the names of its nodes.
fn devices(
    options: &Options,
    files: Recorded,
    gpus: &dyn Gpus,
) -> Result<(Vec<String>, usize), GenerateError> {
    let mut host = host("/", files, gpus);
    let made = make(options, &mut host)?;
    let line = |device: &crate::cdi::Device| {
        let nodes = device.container_edits.device_nodes.iter().map(|node| &node.path[5..]);
        let env = device.container_edits.env.iter().map(String::as_str);
        [device.name.as_str()].into_iter().chain(nodes).chain(env).collect::<Vec<_>>().join(" ")
    };
    Ok((made.devices.iter().map(line).collect(), host.warnings.len()))
}

const LISTED: &str = "nvidia0 nvidia1 nvidia2 nvhost-x";
const IGPU: &str = "nvidia0 nvidia2 nvhost-x";
const DGPU: &str = "nvidia1 nvidia-modeset nvidia-uvm-tools nvidia-uvm nvidiactl nvhost-x";

#[test]
fn one_gpu() {
    #[rustfmt::skip] // one line a case
    let table: [(&[&str], Result<&str, &str>); 6] = [
        (&[], Ok(LISTED)),
        (&["0"], Ok(LISTED)),
        (&["0", "all"], Ok(LISTED)),
        (&["1"], Err("unsupported device id: 1")),
        (&["GPU-0"], Err("unsupported device id: GPU-0")),
        (&["none"], Ok("")),
    ];
    for (ids, expected) in table {
        let options = Options { devices: these(ids), ..options(Mode::Csv) };
        let found = devices(&options, tegra(&[]), &no_question);
        match (found, expected) {
            (Ok((found, _)), Ok("")) => assert_eq!(found, ["none NVCT_EMPTY_DEVICE="]),
            (Ok((found, _)), Ok(nodes)) => assert_eq!(found, [format!("0 {nodes}")], "{ids:?}"),
            (found, expected) => {
                let told = found.map_err(|error| error.to_string());
                assert_eq!(told, Err(expected.unwrap_err().to_owned()), "{ids:?}");
            }
        }
    }
}

/// What is asked for, the GPUs, those that failed, what is given, and how many warnings.
type Case = (&'static [&'static str], Vec<Gpu>, Vec<u32>, Vec<String>, usize);

#[test]
fn two_gpus() {
    let igpu = || vec![format!("0 {IGPU}"), format!("GPU-0 {IGPU}")];
    let dgpu = || vec![format!("1 {DGPU}"), format!("GPU-1 {DGPU}")];
    let both = || [igpu(), dgpu()].concat();
    let listed = || vec![format!("0 {LISTED}")];
    let mixed = || vec![thor(), h100()];
    #[rustfmt::skip] // one line a case
    let table: Vec<Case> = vec![
        (&[], mixed(), vec![], both(), 0),
        (&["all"], mixed(), vec![], both(), 0),
        (&["0"], mixed(), vec![], igpu(), 0),
        (&["GPU-1"], mixed(), vec![], dgpu(), 0),
        (&["1", "0", "GPU-1"], mixed(), vec![], [dgpu(), igpu()].concat(), 0),
        (&["none"], mixed(), vec![], vec!["none NVCT_EMPTY_DEVICE=".into()], 0),
        (&[], vec![thor()], vec![], listed(), 0),
        (&[], vec![h100(), Gpu { index: 1, ..thor() }], vec![], listed(), 1),
        (&[], vec![thor()], vec![1], listed(), 1),
        (&["0"], vec![thor()], vec![1], igpu(), 0),
    ];
    for (ids, gpus, failed, expected, warnings) in table {
        let lost = |&index: &u32| FailedGpu { index, name: None, uuid: None, why: "lost".into() };
        let known = Inventory { failed: failed.iter().map(lost).collect(), ..inventory(&gpus) };
        let known = move || Ok(Arc::new(known.clone()));
        let options = Options { devices: these(ids), ..options(Mode::Csv) };
        let found = devices(&options, tegra(&[NVML]), &known).unwrap();
        assert_eq!(found, (expected, warnings), "{ids:?} {gpus:?}");
    }
}

#[test]
fn options_of_the_operator() {
    let known = || Ok(Arc::new(inventory(&[thor(), h100()])));
    let features = Features { multiple_csv_devices: false, ..Features::default() };
    let one = Options { features, ..options(Mode::Csv) };
    assert_eq!(devices(&one, tegra(&[NVML]), &known).unwrap().0, [format!("0 {LISTED}")]);

    let named = Options { names: vec![NameStrategy::TypeIndex], ..options(Mode::Csv) };
    let found = devices(&named, tegra(&[NVML]), &known).unwrap().0;
    assert_eq!(found, [format!("gpu0 {IGPU}"), format!("gpu1 {DGPU}")]);

    let unnamed = Options { names: vec![NameStrategy::Uuid], ..options(Mode::Csv) };
    let told = devices(&unnamed, tegra(&[]), &no_question).unwrap_err().to_string();
    assert!(told.contains("no UUID"), "{told}");

    let csv = CsvOptions { ignore_patterns: vec!["**/[x".into()], ..CsvOptions::default() };
    let told = devices(&Options { csv, ..options(Mode::Csv) }, tegra(&[]), &no_question);
    assert!(told.unwrap_err().to_string().starts_with("`**/[x` is no pattern"));
}

#[test]
fn what_all_share() {
    let orin = || Inventory {
        cuda_version: Some(Version { major: 12, minor: 9 }),
        ..inventory(&[gpu(0, "Orin (nvgpu)", None)])
    };
    let known = || Ok(Arc::new(orin()));
    let csv = |files: &[&str], ignored: &[&str], root: Option<&str>| CsvOptions {
        files: files.iter().map(|&it| it.into()).collect(),
        ignore_patterns: ignored.iter().map(|&it| it.into()).collect(),
        compat_container_root: root.map(Into::into),
    };
    let ldcache = "update-ldcache --folder /usr/lib/a";
    let compat = "enable-cuda-compat --host-cuda-version=12.9 --cuda-compat-container-root=/usr/local/cuda/compat_orin";
    let elsewhere =
        "enable-cuda-compat --host-cuda-version=12.9 --cuda-compat-container-root=/opt/c";
    let cuda = "create-symlinks --link libcuda.so.1::/usr/lib/a/libcuda.so";
    let link = "create-symlinks --link libx.so.1::/usr/lib/a/libx.so";
    let (lib, target) = ("/usr/lib/a/libcuda.so.1.1", "/usr/lib/a/libx.so.1");
    #[rustfmt::skip] // one line a case
    let table: [(_, &[&str], &[&str]); 4] = [
        (csv(&[], &[], None), &[lib, target], &[cuda, link, compat, ldcache]),
        (csv(&[], &["**/libx.so"], Some("/opt/c")), &[lib], &[cuda, elsewhere, ldcache]),
        (csv(&["/etc/x.csv"], &[], None), &["/usr/lib/other.so"], &[compat]),
        (csv(&["/etc/x.csv", "/etc/none.csv"], &[], None), &["/usr/lib/other.so"], &[compat]),
    ];
    for (csv, mounts, hooks) in table {
        let options = Options { csv, ..options(Mode::Auto) };
        let mut host = host("/", tegra(&[NVML]), &known);
        let made = make(&options, &mut host).unwrap();
        assert_eq!(made.common.env, ["NVIDIA_VISIBLE_DEVICES=void"]);
        let found: Vec<_> =
            made.common.mounts.iter().map(|mount| mount.host_path.as_str()).collect();
        assert_eq!(found, mounts);
        let found: Vec<_> = made.common.hooks.iter().map(|hook| hook.args[1..].join(" ")).collect();
        assert_eq!(found, hooks);
    }
}

#[test]
fn a_device_without_nodes() {
    let csv = CsvOptions { files: vec!["/etc/x.csv".into()], ..CsvOptions::default() };
    let options = Options { csv, ..options(Mode::Csv) };
    let list = |text: &[u8]| files(&["/etc/nv_tegra_release!", "/dev/a"]).file("/etc/x.csv", text);
    for (text, nodes, mounts) in
        [(&b""[..], 0, 1), (b"dev, /dev/gone", 0, 1), (b"dev, /dev/a", 1, 0)]
    {
        let mut host = host("/", list(text), &no_question);
        let spec = make(&options, &mut host).unwrap().into_spec(&options);
        for device in &spec.devices {
            let edits = &device.container_edits;
            assert_eq!((edits.device_nodes.len(), edits.mounts.len()), (nodes, mounts), "{text:?}");
        }
        assert_eq!((spec.devices.len(), spec.container_edits.mounts.len()), (2, 1));
    }
}

#[test]
fn nodes_that_are_not_there() {
    let known = || Ok(Arc::new(inventory(&[thor(), Gpu { minor: Some(7), ..h100() }])));
    let unknown = || Ok(Arc::new(inventory(&[thor(), Gpu { minor: None, ..h100() }])));
    let none = || Err("the driver is not loaded".into());
    let lists = || files(&[NVML, "/etc/x!"]);
    let nothing = "there is no device for the mode csv: this host has no";
    #[rustfmt::skip] // one line a case
    let table: [(_, &dyn Gpus, _); 3] = [
        (tegra(&[NVML]), &known, format!("{nothing} /dev/nvidia7")),
        (tegra(&[NVML]), &unknown, format!("{nothing} /dev/nvidiaN of the GPU")),
        (lists(), &none, format!("{nothing} device node that {FOLDER}/devices.csv, ")),
    ];
    for (files, gpus, expected) in table {
        let told = devices(&options(Mode::Csv), files.clone(), gpus).unwrap_err().to_string();
        assert!(told.starts_with(&expected), "{told}");
        let warned = Options { missing_nodes: MissingNodes::Warn, ..options(Mode::Csv) };
        let (_, warnings) = devices(&warned, files, gpus).unwrap();
        assert!(warnings > 0);
    }
}
