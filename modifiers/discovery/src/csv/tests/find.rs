//! What is found of what is there.

use crate::csv::{
    FailedGpu, Gpu, Nvml, ORIN_COMPAT_ROOT, Options, Pattern, Selection, Source, find, find_each,
};
use crate::memory::Memory;
use crate::{Found, Root};

/// What is found, one line each, by what it is.
pub(super) fn lines(found: &Found) -> Vec<String> {
    let nodes = found.device_nodes.iter().map(|node| format!("node {}", node.path));
    let env = found.env.iter().map(|(name, value)| format!("env {name}={value}"));
    let mounts = found.mounts.iter().map(|mount| {
        assert_eq!((&mount.host_path, mount.root), (&mount.path, Root::Driver));
        format!("mount {}", mount.path)
    });
    let hooks = found.hooks.iter().map(|hook| format!("{} {}", hook.command, hook.args.join(" ")));
    nodes.chain(env).chain(mounts).chain(hooks).collect()
}

const FOLDER: Root = Root::Own("csv");

pub(super) const OPTIONS: Options<'static> = Options {
    lists: Source::Base(FOLDER),
    ignored: &[],
    compat_root: ORIN_COMPAT_ROOT,
    nvml: None,
    several_gpus: true,
};

fn common(mut host: Memory, options: &Options<'_>) -> (Vec<String>, Vec<String>) {
    let (_, common) = find(&mut host, options, &Selection::All).unwrap();
    (lines(&common), host.warnings)
}

/// A host with one list, and files by lines.
pub(super) fn host(list: impl AsRef<[u8]>, lines: &str) -> Memory {
    Memory::new(lines).file("/drivers.csv", list.as_ref())
}

const VOID: &str = "env NVIDIA_VISIBLE_DEVICES=void";

#[test]
fn files_of_the_driver() {
    #[rustfmt::skip] // one line a case
    let table: &[(&str, &str, &str, &[&str])] = &[
        ("a directory, and one by a link", "dir,/a\ndir,/b\ndir,/f\ndir,/x", "/a/\n/b -> a\n/f", &["mount /a", "mount /b"]),
        ("a library by its links, once", "lib,/l/libx.so\nlib,/l/libx.so.1\nlib,/l/d", "/l/libx.so.1\n/l/libx.so -> libx.so.1\n/l/d/", &["mount /l/libx.so.1", "update-ldcache --folder /l"]),
        ("the driver's library without a link", "lib,/l/libcuda.so.1.1", "/l/libcuda.so.1.1", &["mount /l/libcuda.so.1.1", "create-symlinks --link libcuda.so.1::/l/libcuda.so", "update-ldcache --folder /l"]),
        ("names by the SONAME that the host has", "lib,/l/libx.so.1.2", "/l/libx.so.1.2 = libx.so.1\n/l/libx.so.1 -> libx.so.1.2\n/l/libx.so -> libx.so.1", &["mount /l/libx.so.1.2", "create-symlinks --link libx.so.1.2::/l/libx.so.1 --link libx.so.1::/l/libx.so", "update-ldcache --folder /l"]),
        ("a link, made again", "sym,/l/a", "/l/a -> ../m/b\n/m/b", &["mount /m/b", "create-symlinks --link ../m/b::/l/a"]),
        ("every hop of a chain, each once", "sym,/l/a\nsym,/l/b\nsym,/l/c", "/l/a -> b\n/l/b -> /m/c\n/m/c -> d\n/m/d\n/l/c -> b", &["mount /m/d", "create-symlinks --link b::/l/a --link /m/c::/l/b --link d::/m/c --link b::/l/c"]),
        ("a link above the root stays in it", "sym,/a", "/a -> ../../b\n/b", &["mount /b", "create-symlinks --link ../../b::/a"]),
        ("what is no link", "sym,/a", "/a", &["mount /a"]),
        ("a link to nowhere, in a circle, to a folder", "sym,/a\nsym,/b\nsym,/d", "/a -> x\n/b -> c\n/c -> b\n/d -> e\n/e/", &[]),
        ("links and libraries", "sym,/l/libcuda.so\nlib,/l/libcuda.so.1.1", "/l/libcuda.so -> libcuda.so.1.1\n/l/libcuda.so.1.1 = libcuda.so.1", &["mount /l/libcuda.so.1.1", "create-symlinks --link libcuda.so.1::/l/libcuda.so", "create-symlinks --link libcuda.so.1.1::/l/libcuda.so", "update-ldcache --folder /l"]),
        ("text that a hook cannot take", "sym,/a::b\nsym,/c", "/a::b -> d\n/c -> x::y\n/d\n/x::y", &["mount /d", "mount /x::y"]),
        ("near the root first, then by name", "lib,/c/d\nlib,/b\nlib,/a/z/y\nlib,/a/b", "/c/d\n/b\n/a/z/y\n/a/b", &["mount /b", "mount /a/b", "mount /c/d", "mount /a/z/y"]),
        ("folders of libraries, as found", "lib,/z/liba.so\nlib,/a/libb.so.1\nlib,/z/libc.so\nlib,/t/x.so\nlib,/t/libd.so-x\nlib,/libe.so", "/z/liba.so\n/a/libb.so.1\n/z/libc.so\n/t/x.so\n/t/libd.so-x\n/libe.so", &["mount /libe.so", "mount /a/libb.so.1", "mount /t/libd.so-x", "mount /t/x.so", "mount /z/liba.so", "mount /z/libc.so", "update-ldcache --folder /z --folder /a --folder /"]),
        ("the release of Tegra", "lib,/f", "/f\n/etc/nv_tegra_release", &["mount /f", "mount /etc/nv_tegra_release"]),
    ];
    for (name, list, lines, expected) in table {
        let found = common(host(list, lines), &OPTIONS).0;
        let expected: Vec<&str> = [VOID].iter().chain(*expected).copied().collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn links_that_are_not_wanted() {
    let list = "sym,/l/liba.so\nsym,/l/libb.so\nlib,/l/libc.so";
    let lines =
        "/l/liba.so -> liba.so.1\n/l/libb.so -> libb.so.1\n/l/liba.so.1\n/l/libb.so.1\n/l/libc.so";
    let (a, b) = ("mount /l/liba.so.1", "mount /l/libb.so.1");
    for (pattern, there) in [("**/liba.*", &[b][..]), ("/l/*.so", &[]), ("/l/libc.so", &[a, b])] {
        let ignored = [Pattern::parse(pattern).unwrap()];
        let found = common(host(list, lines), &Options { ignored: &ignored, ..OPTIONS }).0;
        let mounts: Vec<&String> = found.iter().filter(|line| line.starts_with("mount ")).collect();
        assert_eq!(mounts, [there, &["mount /l/libc.so"]].concat(), "{pattern}");
    }
}

#[test]
fn lists_that_count() {
    let lists = || {
        Memory::new("/1\n/2\n/3\n/4\n/5\n/empty.csv\n/folder.csv/\n/nowhere.csv -> x")
            .file("/l4t.csv", b"lib,/1")
            .file("/drivers.csv", b"lib,/2")
            .file("/devices.csv", b"lib,/3")
            .file("/extra.csv", b"lib,/4\nx\ny")
            .file("/.csv", b"lib,/5")
    };
    let these = ["/extra.csv", "/folder.csv", "/.csv", "/x/l4t.csv"].map(String::from);
    let none = ["/x/l4t.csv"].map(String::from);
    #[rustfmt::skip] // one line a case
    let table: [(_, _, &[&str], &[&str]); 6] = [
        (lists(), Source::Base(FOLDER), &["mount /1", "mount /2", "mount /3"], &[]),
        (lists(), Source::These(FOLDER, &these), &["mount /4", "mount /5"], &["/extra.csv: 2 lines are skipped, the first is line 2: it is not TYPE,PATH", "/folder.csv is no file: it names nothing"]),
        (lists(), Source::These(FOLDER, &[]), &[], &[]),
        (lists(), Source::These(FOLDER, &none), &[], &["/x/l4t.csv is no file: it names nothing"]),
        (lists(), Source::All(FOLDER), &["mount /1", "mount /2", "mount /3", "mount /4"], &["csv:/empty.csv is skipped: it is empty", "csv:/extra.csv: 2 lines are skipped, the first is line 2: it is not TYPE,PATH"]),
        (Memory::default(), Source::All(FOLDER), &[], &["there are no CSV lists in csv"]),
    ];
    for (host, lists, mounts, expected) in table {
        let (found, warnings) = common(host, &Options { lists, ..OPTIONS });
        assert_eq!(found, [&[VOID], mounts].concat());
        assert_eq!(warnings, expected);
    }
}

fn gpu(index: u32, name: &str, bus: Option<&str>) -> Gpu {
    let uuid = format!("GPU-{index}");
    Gpu { index, uuid, minor: Some(index), pci_bus_id: bus.map(Into::into), name: name.into() }
}

fn thor() -> Gpu {
    gpu(0, "NVIDIA Thor", Some("00000000:01:00.0"))
}

fn h100(index: u32) -> Gpu {
    gpu(index, "NVIDIA H100", Some("00000000:42:00.0"))
}

/// What NVML knows, what is asked for, what is given, and whether that needs a warning.
type Case = (Option<Nvml>, Selection, Result<&'static str, &'static str>, bool);

#[test]
fn devices() {
    const LISTED: &str = "nvidia0 nvidia1 nvidia2 nvidiactl nvhost/x";
    const IGPU: &str = "nvidia0 nvidia2 nvidiactl nvhost/x";
    const DGPU: &str = "nvidia-modeset nvidia-uvm nvidia-uvm-tools nvidia1 nvidiactl nvhost/x";
    const BOTH: &str =
        "nvidia-modeset nvidia-uvm nvidia-uvm-tools nvidia0 nvidia1 nvidia2 nvidiactl nvhost/x";
    let ids = |ids: &[&str]| Selection::Ids(ids.iter().map(|id| (*id).into()).collect());
    let nvml = |gpus: &[Gpu]| Some(Nvml { gpus: gpus.to_vec(), ..Nvml::default() });
    let broken = |index: u32| FailedGpu {
        index,
        uuid: Some(format!("GPU-{index}")),
        name: None,
        why: "lost".into(),
    };
    let failed =
        |gpu, index| Some(Nvml { gpus: vec![gpu], failed: vec![broken(index)], ..Nvml::default() });
    let mixed = || nvml(&[thor(), h100(1)]);
    let orin = || nvml(&[gpu(0, "Orin (nvgpu)", None), h100(1)]);
    #[rustfmt::skip] // one line a case
    let table: Vec<Case> = vec![
        (None, Selection::All, Ok(LISTED), false),
        (None, ids(&["0"]), Ok(LISTED), false),
        (None, ids(&["0", "all", "0"]), Ok(LISTED), false),
        (None, Selection::None, Ok(""), false),
        (None, ids(&["1"]), Err("unsupported device id: 1"), false),
        (None, ids(&["0", "GPU-0"]), Err("unsupported device id: GPU-0"), false),
        (None, ids(&["nvidia.com/gpu=0"]), Err("unsupported device id: nvidia.com/gpu=0"), false),
        (nvml(&[]), Selection::All, Ok(LISTED), false),
        (nvml(&[thor()]), Selection::All, Ok(LISTED), false),
        (nvml(&[thor()]), ids(&["GPU-0"]), Err("unsupported device id: GPU-0"), false),
        (mixed(), Selection::All, Ok(BOTH), false),
        (mixed(), ids(&["0", "1"]), Ok(BOTH), false),
        (mixed(), ids(&["1", "all"]), Ok(BOTH), false),
        (mixed(), ids(&["0"]), Ok(IGPU), false),
        (mixed(), ids(&["GPU-0", "0", "00"]), Ok(IGPU), false),
        (mixed(), ids(&["1"]), Ok(DGPU), false),
        (mixed(), ids(&["GPU-1"]), Ok(DGPU), false),
        (mixed(), Selection::None, Ok(""), false),
        (mixed(), ids(&["2"]), Err("unsupported device id: 2"), true),
        (mixed(), ids(&["+1"]), Err("unsupported device id: +1"), true),
        (mixed(), ids(&["0:1"]), Err("unsupported device id: 0:1"), true),
        (mixed(), ids(&["MIG-x"]), Err("unsupported device id: MIG-x"), true),
        (orin(), Selection::All, Ok(BOTH), false),
        (nvml(&[h100(0), thor()]), Selection::All, Ok(LISTED), true),
        (nvml(&[h100(0), Gpu { index: 1, ..thor() }]), ids(&["1"]), Err("unsupported device id: 1"), true),
        (nvml(&[thor(), h100(1), h100(2)]), Selection::All, Ok(LISTED), true),
        (nvml(&[thor(), h100(1), h100(2)]), ids(&["1"]), Ok(DGPU), false),
        (nvml(&[thor(), gpu(1, "NVIDIA RTX", Some("00000001:01:00.0"))]), ids(&["1"]), Ok(DGPU), false),
        (nvml(&[thor(), gpu(1, "NVIDIA RTX", None)]), ids(&["1"]), Ok(DGPU), false),
        (failed(thor(), 1), Selection::All, Ok(LISTED), true),
        (failed(thor(), 1), ids(&["0"]), Ok(IGPU), false),
        (failed(thor(), 1), ids(&["GPU-1"]), Err("unsupported device id: GPU-1"), true),
        (failed(h100(1), 0), ids(&["1"]), Ok(DGPU), false),
        (failed(h100(1), 0), ids(&["0"]), Ok(LISTED), true),
    ];
    for (nvml, selection, expected, warned) in table {
        let list: Vec<String> =
            LISTED.split(' ').chain(["nvidia0"]).map(|name| format!("dev,/dev/{name}")).collect();
        let nodes: Vec<String> =
            BOTH.split(' ').map(|name| format!("/dev/{name} c 195 7 666 44")).collect();
        let mut host = host(list.join("\n"), &nodes.join("\n"));
        let found = find(&mut host, &Options { nvml: nvml.as_ref(), ..OPTIONS }, &selection);
        let found = found.map(|(own, common)| {
            assert_eq!(common.device_nodes, []);
            assert!(own.device_nodes.iter().all(|node| (node.mode, node.gid) == (0o666, 44)));
            let names = own.device_nodes.iter().map(|node| node.path.replace("/dev/", ""));
            names.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(found, expected.map(Into::into).map_err(Into::into), "{nvml:?} {selection:?}");
        assert_eq!(
            !host.warnings.is_empty(),
            warned,
            "{nvml:?} {selection:?}: {:?}",
            host.warnings
        );
        let several = Options { nvml: nvml.as_ref(), several_gpus: false, ..OPTIONS };
        assert_eq!(find(&mut host, &several, &selection).is_ok(), selection.listed().is_ok());
    }
}

#[test]
fn drm_nodes_of_a_discrete_gpu() {
    let lines = "/sys/bus/pci/devices/0000:42:00.0/drm/card1/\n/dev/dri/card1 c 226 1 660 44
        /dev/nvidia1 c 195 1 666 0\n/dev/dri/by-path/pci-0000:42:00.0-card -> ../card1";
    let nvml = Nvml { gpus: vec![thor(), h100(1)], ..Nvml::default() };
    let options = Options { nvml: Some(&nvml), ..OPTIONS };
    let link = "create-symlinks --link ../card1::/dev/dri/by-path/pci-0000:42:00.0-card";
    let nodes = ["node /dev/nvidia1", "node /dev/dri/card1"];
    for (id, expected) in [("1", &[&nodes[..], &[link]].concat()[..]), ("0", &[])] {
        let selection = Selection::Ids(vec![id.into()]);
        let (own, _) = find(&mut host("", lines), &options, &selection).unwrap();
        assert_eq!(super::find::lines(&own), expected, "{id}");
    }
}

#[test]
fn each_device_for_itself() {
    let nvml = Nvml { gpus: vec![thor(), h100(1)], ..Nvml::default() };
    let options = Options { nvml: Some(&nvml), ..OPTIONS };
    let lines = "/dev/nvidia0 c 195 0 666 0\n/dev/nvidia1 c 195 1 666 0\n/dev/x c 1 1 666 0";
    let mut host = host("dev,/dev/nvidia0\ndev,/dev/x", lines);
    let (devices, common) = find_each(&mut host, &options, &Selection::All).unwrap();
    let told = devices.iter().map(|(device, found)| {
        let nodes = found.device_nodes.iter().map(|node| node.path.as_str());
        format!("{} {}", device.gpu().unwrap().uuid, nodes.collect::<Vec<_>>().join(" "))
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["GPU-0 /dev/nvidia0 /dev/x", "GPU-1 /dev/nvidia1 /dev/x"]
    );
    assert_eq!(common, Found::default());
}

#[test]
fn devices_that_are_not_there() {
    let mut host = host("dev,/dev/a\ndev,/dev/b\ndev,/dev/c", "/dev/b c 195 1 666 44\n/dev/c");
    let (own, _) = find(&mut host, &OPTIONS, &Selection::All).unwrap();
    assert_eq!(lines(&own), ["node /dev/b"]);
    assert_eq!(
        host.warnings,
        ["2 paths of the CSV lists are no character devices: /dev/a, /dev/c"]
    );
}

#[test]
fn nothing_but_the_driver() {
    let mut host = host("dev,/dev/b\nlib,/f", "/f\n/dev/b c 195 1 666 44");
    let (own, common) = find(&mut host, &OPTIONS, &Selection::None).unwrap();
    assert_eq!(lines(&own), ["env NVCT_EMPTY_DEVICE="]);
    assert_eq!(lines(&common), [VOID, "mount /f"]);
}

#[test]
fn newer_cuda_libraries() {
    let orin = || vec![gpu(0, "Orin (nvgpu)", None)];
    #[rustfmt::skip] // one line a case
    let table = [
        (Some((12, 9)), orin(), ORIN_COMPAT_ROOT, "enable-cuda-compat --host-cuda-version=12.9 --cuda-compat-container-root=/usr/local/cuda/compat_orin"),
        (Some((13, 0)), orin(), "/opt/compat", "enable-cuda-compat --host-cuda-version=13.0 --cuda-compat-container-root=/opt/compat"),
        (Some((12, 9)), vec![thor()], "/opt/compat", "enable-cuda-compat --host-cuda-version=12.9"),
        (Some((12, 9)), vec![], ORIN_COMPAT_ROOT, "enable-cuda-compat --host-cuda-version=12.9"),
        (None, orin(), ORIN_COMPAT_ROOT, ""),
    ];
    for (cuda, gpus, compat_root, expected) in table {
        let nvml = Nvml { cuda, gpus, ..Nvml::default() };
        let host = host("lib,/l/liba.so", "/l/liba.so");
        let (found, _) = common(host, &Options { nvml: Some(&nvml), compat_root, ..OPTIONS });
        let hooks =
            found.join("\n").replace("env NVIDIA_VISIBLE_DEVICES=void\nmount /l/liba.so\n", "");
        let expected = [expected, "update-ldcache --folder /l"].join("\n");
        assert_eq!(hooks, expected.trim_start());
    }
    // One that fails may still tell its name.
    let name = Some("Orin (nvgpu)".into());
    let failed = FailedGpu { index: 0, uuid: None, name, why: "lost".into() };
    assert!(Nvml { failed: vec![failed], ..Nvml::default() }.is_orin());
}
