//! The inventory, read from the stand-in for NVML by the real `gantry-nvml`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use std::fs;
use std::process::Command;
use std::time::Duration;

use gantry::gpu::{Inventory, InventoryError, Reader};
use gantry_tests::nvml::{self, host, host_with_mig};
use gantry_tests::programs::program;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use serde_json::{Value, json};

#[path = "gpu_inventory/cli.rs"]
mod cli;

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(2);

/// What the reader makes of an inventory.
fn read(library: &std::path::Path, inventory: &Value) -> Result<Inventory, InventoryError> {
    let directory = tempfile::tempdir().unwrap();
    let program = nvml::reader(directory.path(), inventory);
    Reader { program, library: Some(library.to_owned()), timeout: PATIENCE }.read()
}

/// A host with something more.
fn with(mut host: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        host[key] = value.clone();
    }
    host
}

/// The GPUs and MIG devices that are listed, and those that failed, in short.
fn outline(inventory: &Inventory) -> (String, String) {
    let gpu = |gpu: &gantry::gpu::Gpu| {
        let migs = gpu.mig_devices.iter();
        let migs: Vec<_> = migs.map(|mig| format!("{}={}", mig.index, mig.profile)).collect();
        format!("{}[{}]", gpu.index, migs.join(" "))
    };
    let gpus: Vec<_> = inventory.gpus.iter().map(gpu).collect();
    let failed = inventory.failures();
    let failed: Vec<_> = failed.iter().map(|told| told.trim_start_matches("GPU ")).collect();
    (gpus.join(" "), failed.join("; "))
}

/// Everything that is asked of a GPU is in the inventory.
#[test]
fn one_gpu_whole() {
    let Some(library) = nvml::library("gpu_inventory::one_gpu_whole") else { return };
    let inventory = read(&library, &host(1)).unwrap();
    let expected = json!({
        "driver-version": "575.57.08",
        "cuda-version": "12.9",
        "gpus": [{
            "index": 0,
            "uuid": "GPU-00000001-aaaa-bbbb-cccc-0123456789ab",
            "minor": 0,
            "pci-bus-id": "00000000:41:00.0",
            "name": "NVIDIA H100 80GB HBM3",
            "brand": "NVIDIA",
            "architecture": "Hopper",
            "compute-capability": "9.0",
            "memory": 85_520_809_984_u64,
            "integrated": false,
            "mig-enabled": false,
        }],
    });
    assert_eq!(serde_json::to_value(&inventory).unwrap(), expected);
}

/// What becomes of the answers that NVML may give.
#[test]
#[rustfmt::skip] // a table: one line a case
fn answers() {
    let Some(library) = nvml::library("gpu_inventory::answers") else { return };
    let eight = "0[] 1[] 2[] 3[] 4[] 5[] 6[] 7[]";
    let migs = "0[0=1g.10gb 1=1g.10gb+gfx 4=2g.20gb] 1[]";
    for (host, more, gpus, failed) in [
        (host(0), json!({}), "", ""),
        (host(1), json!({}), "0[]", ""),
        (host(8), json!({}), eight, ""),
        (host_with_mig(), json!({}), migs, ""),
        // Not supported is no failure.
        (host(1), json!({"errors": {"nvmlDeviceGetMinorNumber": 3, "nvmlDeviceGetPciInfo_v3": 3}}), "0[]", ""),
        (host(1), json!({"errors": {"nvmlDeviceIsMigDeviceHandle": 3}}), "0[]", ""),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetMigMode": 3}}), "0[] 1[]", ""),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetMigDeviceHandleByIndex.gpu0.mig1": 2}}), "0[0=1g.10gb 4=2g.20gb] 1[]", ""),
        // What no container needs may fail.
        (host(1), json!({"errors": {"nvmlDeviceGetBrand": 999, "nvmlDeviceGetMemoryInfo": 15, "nvmlDeviceGetArchitecture": 1}}), "0[]", ""),
        (host(1), json!({"errors": {"nvmlSystemGetDriverVersion": 999, "nvmlSystemGetCudaDriverVersion": 999}}), "0[]", ""),
        // A GPU that is broken takes none with it.
        (host(3), json!({"errors": {"nvmlDeviceGetHandleByIndex_v2.gpu1": 15}}), "0[] 2[]", "1: nvmlDeviceGetHandleByIndex_v2: GPU is lost (NVML error 15)"),
        (host(2), json!({"errors": {"nvmlDeviceGetUUID.gpu0": 999}}), "1[]", "0: nvmlDeviceGetUUID: Unknown Error (NVML error 999)"),
        (host(2), json!({"errors": {"nvmlDeviceGetName.gpu0": 4}}), "1[]", "0: nvmlDeviceGetName: Insufficient Permissions (NVML error 4)"),
        (host(2), json!({"errors": {"nvmlDeviceGetHandleByUUID.gpu1": 15}}), "0[]", "1: nvmlDeviceGetHandleByUUID: GPU is lost (NVML error 15)"),
        (host(2), json!({"errors": {"nvmlDeviceGetMinorNumber.gpu1": 15}}), "0[]", "1: nvmlDeviceGetMinorNumber: GPU is lost (NVML error 15)"),
        (host(2), json!({"errors": {"nvmlDeviceGetPciInfo_v3.gpu1": 15}}), "0[]", "1: nvmlDeviceGetPciInfo_v3: GPU is lost (NVML error 15)"),
        (host(1), json!({"errors": {"nvmlDeviceIsMigDeviceHandle": 12345}}), "", "0: nvmlDeviceIsMigDeviceHandle: Unknown Error (NVML error 12345)"),
        (host(2), json!({"errors": {"nvmlDeviceGetHandleByUUID.gpu1": 3}}), "0[]", "1: nvmlDeviceGetHandleByUUID: Not Supported (NVML error 3)"),
        (host(2), json!({"errors": {"nvmlDeviceGetIndex.gpu1": 999}}), "0[]", "1: nvmlDeviceGetIndex: Unknown Error (NVML error 999)"),
        // A MIG device that is broken takes neither its GPU nor the others with it.
        (host(1), json!({"errors": {"nvmlDeviceGetMigMode": 999}}), "0[]", "0: its MIG devices: nvmlDeviceGetMigMode: Unknown Error (NVML error 999)"),
        (host(1), json!({"errors": {"nvmlDeviceGetMigMode": 13}}), "0[]", "0: its MIG devices: nvmlDeviceGetMigMode: Function Not Found (NVML error 13)"),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetMaxMigDeviceCount.gpu0": 999}}), "0[] 1[]", "0: its MIG devices: nvmlDeviceGetMaxMigDeviceCount: Unknown Error (NVML error 999)"),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetMigDeviceHandleByIndex.gpu0.mig1": 15}}), "0[0=1g.10gb 4=2g.20gb] 1[]", "0: its MIG device 1: nvmlDeviceGetMigDeviceHandleByIndex: GPU is lost (NVML error 15)"),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetUUID.gpu0.mig4": 999}}), "0[0=1g.10gb 1=1g.10gb+gfx] 1[]", "0: its MIG device 4: nvmlDeviceGetUUID: Unknown Error (NVML error 999)"),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetDeviceHandleFromMigDeviceHandle.gpu0.mig4": 15}}), "0[0=1g.10gb 1=1g.10gb+gfx] 1[]", "0: its MIG device 4: nvmlDeviceGetDeviceHandleFromMigDeviceHandle: GPU is lost (NVML error 15)"),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetGpuInstanceId.gpu0.mig1": 999}}), "0[0=1g.10gb 4=2g.20gb] 1[]", "0: its MIG device 1: nvmlDeviceGetGpuInstanceId: Unknown Error (NVML error 999)"),
        (host_with_mig(), json!({"errors": {"nvmlDeviceGetAttributes_v2.gpu0.mig0": 15, "nvmlDeviceGetAttributes_v2.gpu0.mig1": 15}}), "0[4=2g.20gb] 1[]", "0: its MIG device 0: nvmlDeviceGetAttributes_v2: GPU is lost (NVML error 15); 0: its MIG device 1: nvmlDeviceGetAttributes_v2: GPU is lost (NVML error 15)"),
    ] {
        let inventory = with(host, &more);
        let read = read(&library, &inventory).unwrap();
        let (listed, broken) = outline(&read);
        assert_eq!((listed.as_str(), broken.as_str()), (gpus, failed), "{more}");
    }
}

/// What fails as a whole says what was looked for, and what to do.
#[test]
#[rustfmt::skip] // a table: one line a case
fn refusals() {
    let Some(library) = nvml::library("gpu_inventory::refusals") else { return };
    for (more, expected) in [
        (json!({"errors": {"nvmlInit_v2": 9}}), "the driver is not loaded; load the kernel module nvidia: nvmlInit_v2: Driver Not Loaded (NVML error 9)"),
        (json!({"errors": {"nvmlInit_v2": 18}}), "the library and the loaded kernel module are of different versions"),
        (json!({"errors": {"nvmlInit_v2": 4}}), "NVML fails; see what nvidia-smi and the kernel's log say: nvmlInit_v2: Insufficient Permissions (NVML error 4)"),
        (json!({"errors": {"nvmlDeviceGetCount_v2": 15}}), "nvmlDeviceGetCount_v2: GPU is lost (NVML error 15)"),
        (json!({"crash": {"nvmlInit_v2": 11}}), "its reader was ended by SIGSEGV (signal 11)"),
        (json!({"crash": {"nvmlDeviceGetUUID": 6}}), "its reader was ended by SIGABRT (signal 6)"),
    ] {
        let error = read(&library, &with(host(1), &more)).unwrap_err().to_string();
        assert!(error.contains(expected), "{more}: {error}");
        assert!(error.contains(library.to_str().unwrap()), "{more}: {error}");
    }
}

/// The nodes that give access to MIG devices are those that the kernel lists for the GPU's minor.
#[test]
fn capability_minors() {
    let Some(library) = nvml::library("gpu_inventory::capability_minors") else { return };
    let directory = tempfile::tempdir().unwrap();
    let minors = directory.path().join("mig-minors");
    let listed = "config 1\ngpu0/gi1/access 12\ngpu0/gi1/ci0/access 13\nnonsense\n\
                  gpu0/gi2/access 21\ngpu1/gi5/access 5\ngpu1/gi5/ci0/access 6\n";
    fs::write(&minors, listed).unwrap();
    let answers = nvml::answers(directory.path(), &host_with_mig());
    let said = Command::new(program("gantry-nvml"))
        .env("NVML_STANDIN", answers)
        .arg("--library")
        .arg(library)
        .arg("--mig-minors")
        .arg(minors)
        .output()
        .unwrap();
    let inventory: Inventory = serde_json::from_slice(&said.stdout).unwrap();
    let minors = inventory.gpus[0].mig_devices.iter().map(|mig| mig.capability_minors);
    let minors: Vec<_> = minors.map(|m| m.map(|m| (m.gpu_instance, m.compute_instance))).collect();
    assert_eq!(minors, [Some((12, 13)), None, None]);
}

/// What is asked of NVML changes nothing on the host.
#[test]
fn only_questions_are_asked() {
    let Some(library) = nvml::library("gpu_inventory::only_questions_are_asked") else { return };
    let directory = tempfile::tempdir().unwrap();
    let trace = directory.path().join("trace");
    let status = Command::new(program("gantry-nvml"))
        .env("NVML_STANDIN", nvml::answers(directory.path(), &host_with_mig()))
        .env("NVML_STANDIN_TRACE", &trace)
        .arg("--library")
        .arg(library)
        .output()
        .unwrap()
        .status;
    assert!(status.success());
    let asked = fs::read_to_string(trace).unwrap();
    let questions = ["nvmlDeviceGet", "nvmlSystemGet", "nvmlDeviceIs"];
    let instances = ["nvmlGpuInstanceGet", "nvmlComputeInstanceGet", "nvmlInit_v2"];
    for function in asked.lines() {
        let mut known = questions.iter().chain(&instances);
        assert!(known.any(|known| function.starts_with(known)), "{function}");
    }
    assert_eq!(asked.lines().filter(|function| *function == "nvmlInit_v2").count(), 1);
}

/// With a standard descriptor closed, a file of the library's would come into its place.
#[test]
fn closed_descriptors() {
    for closed in ["<&-", ">&-", "2>&-"] {
        let status = Command::new("sh")
            .args(["-c", &format!("\"$1\" --library libc.so.6 {closed}"), "sh"])
            .arg(program("gantry-nvml"))
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(1), "{closed}");
    }
}

/// A library of an old driver has no functions for MIG: that is "not supported".
#[test]
fn old_driver() {
    let Some(library) = nvml::old_library("gpu_inventory::old_driver") else { return };
    let inventory = read(&library, &with(host_with_mig(), &json!({}))).unwrap();
    let (gpus, failed) = outline(&inventory);
    assert_eq!((gpus.as_str(), failed.as_str()), ("0[] 1[]", ""));
}

/// A file that is no library, or not this one.
#[test]
fn other_libraries() {
    let directory = tempfile::tempdir().unwrap();
    let not_elf = directory.path().join("not-elf.so");
    fs::write(&not_elf, "#!/bin/sh\n").unwrap();
    let absent = directory.path().join("absent.so");
    for (library, expected) in [
        (Some(&absent), "cannot open shared object file"),
        (Some(&not_elf), "the NVML library cannot be loaded"),
        (Some(&"libc.so.6".into()), "the library is not NVML"),
    ] {
        let reader = Reader {
            program: program("gantry-nvml"),
            library: library.cloned(),
            timeout: PATIENCE,
        };
        let error = reader.read().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains(library.unwrap().to_str().unwrap()), "{error}");
    }
}

/// A library that hangs is an error at the deadline.
#[test]
fn hanging_library() {
    let Some(library) = nvml::library("gpu_inventory::hanging_library") else { return };
    let directory = tempfile::tempdir().unwrap();
    for function in ["nvmlInit_v2", "nvmlDeviceGetName"] {
        let inventory = with(host(1), &json!({"sleep": {function: 600_000}}));
        let program = nvml::reader(directory.path(), &inventory);
        let timeout = Duration::from_millis(300);
        let reader = Reader { program, library: Some(library.clone()), timeout };
        let error = reader.read().unwrap_err();
        let expected = InventoryError::TimedOut {
            library: library.to_str().unwrap().to_owned(),
            timeout,
            ended: true,
        };
        assert_eq!(error, expected, "{function}");
    }
}

/// Whoever asked was killed: nobody is left to end the program at the deadline, and the kernel does.
#[test]
fn an_orphan_ends() {
    let Some(library) = nvml::library("gpu_inventory::an_orphan_ends") else { return };
    let directory = tempfile::tempdir().unwrap();
    let fifo = |name: &str| {
        let path = directory.path().join(name);
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
        path
    };
    let (alive, trace) = (fifo("alive"), fifo("trace"));
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let open = rustix::fs::open(&alive, flags, Mode::empty()).unwrap();
    let inventory = with(host(1), &json!({"sleep": {"nvmlInit_v2": 600_000}}));
    // All that it starts inherits an open file.
    let mut asking = Command::new("sh")
        .args(["-c", "exec 9> \"$1\"; shift; exec \"$@\"", "sh"])
        .arg(alive)
        .arg(program("gantry"))
        .args(["gpu", "inventory", "--timeout", "600s", "--library"])
        .arg(library)
        .env("NVML_STANDIN", nvml::answers(directory.path(), &inventory))
        .env("NVML_STANDIN_TRACE", &trace)
        .spawn()
        .unwrap();
    assert_eq!(fs::read_to_string(trace).unwrap(), "nvmlInit_v2\n");
    asking.kill().unwrap();
    asking.wait().unwrap();
    // The other end is closed once the last of them has ended.
    let mut last = [PollFd::new(&open, PollFlags::IN)];
    let patience = Timespec { tv_sec: 120, tv_nsec: 0 };
    assert_eq!(poll(&mut last, Some(&patience)).unwrap(), 1, "it goes on");
}
