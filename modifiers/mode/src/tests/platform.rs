//! What the host decides, and what is asked of it.

use gantry_modifier::Want;
use gantry_modifier::gpus::{Driver, Gpu, Version};
use gantry_modifier::testing::{Facts, Host};

use super::super::*;

const JIT: &str = r#"{"default":"jit-cdi"}"#;
const ARM: &str = "aarch64";
const X86: &str = "x86_64";

/// A host with NVML, Tegra files, an integrated GPU: each where its letter (n, t, g) is in `what`;
/// `w` is DXCore. Each also has a GPU that is not integrated.
fn host(what: &str, architecture: &str) -> Host {
    let facts = Facts {
        architecture: architecture.into(),
        tegra_files: what.contains('t'),
        nvml: what.contains('n'),
        dxcore: what.contains('w'),
        ..Default::default()
    };
    let driver = Driver { version: "580.0".into(), cuda: Version { major: 13, minor: 0 } };
    let gpu = |index, integrated| Gpu {
        index,
        uuid: format!("GPU-{index}"),
        minor: None,
        pci_bus_id: None,
        name: String::new(),
        brand: None,
        compute_capability: None,
        memory: None,
        integrated,
        mig_enabled: false,
        mig_devices: vec![],
    };
    let host = Host::new().facts(facts).gpu(driver.clone(), gpu(0, false));
    host.gpu(driver, gpu(1, what.contains('g')))
}

#[test]
fn truth_table() {
    use Mode::{Csv, JitCdi};
    // host, mode on aarch64, mode on x86_64, mode on aarch64 for a container that requests nothing
    #[rustfmt::skip] // one line a case
    let table = [
        ("", JitCdi, JitCdi, JitCdi),
        // An integrated GPU that NVML does not tell of is not known to be there.
        ("g", JitCdi, JitCdi, JitCdi),
        ("t", Csv, Csv, Csv),
        ("tg", Csv, Csv, Csv),
        ("n", JitCdi, JitCdi, JitCdi),
        ("ng", Csv, JitCdi, JitCdi),
        ("nt", JitCdi, JitCdi, Csv),
        ("ntg", Csv, JitCdi, Csv),
        ("w", JitCdi, JitCdi, JitCdi),
        ("wt", JitCdi, JitCdi, JitCdi),
        ("wntg", JitCdi, JitCdi, JitCdi),
    ];
    for (what, arm, x86, nothing) in table {
        for request in ["0", "all", "none", "nvidia.com/gpu=0,0"] {
            let request = format!("NVIDIA_VISIBLE_DEVICES={request}");
            let select = |on| host(what, on).env(&request).select::<Selector>(JIT);
            assert_eq!(select(ARM), Ok(arm), "{what} {request}");
            assert_eq!(select(X86), Ok(x86), "{what} {request}");
        }
        for request in ["NVIDIA_VISIBLE_DEVICES=void", "OTHER=1"] {
            let host = host(what, ARM).env(request);
            assert_eq!(host.select::<Selector>(JIT), Ok(nothing), "{what} {request}");
        }
        let qualified = host(what, ARM).env("NVIDIA_VISIBLE_DEVICES=nvidia.com/gpu=0");
        assert_eq!(qualified.select::<Selector>(JIT), Ok(Mode::Cdi), "{what}");
    }
}

/// The selector where asking NVML is refused; without `PLATFORM`, asking of the platform too.
struct Without<const PLATFORM: bool>;

impl<const PLATFORM: bool> ModeSelector for Without<PLATFORM> {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        wants: &[
            Want::read_env("*", ""),
            Want::read_annotations("cdi.k8s.io/*", ""),
            Want::edit_mode("*", ""),
            if PLATFORM { Want::read_platform("") } else { Want::read_env("*", "") },
        ],
        ..Selector::METADATA
    };

    fn select(settings: Settings) -> Result<Mode, Failure> {
        Selector::select(settings)
    }
}

/// Whether NVML and the platform were asked.
fn asked(host: &Host, settings: &str) -> &'static str {
    let free = |answer: Result<Mode, Failure>| match answer {
        Ok(_) => true,
        Err(failure) => {
            assert!(failure.cause.contains("not granted"), "{failure:?}");
            false
        }
    };
    match (
        free(host.select::<Without<false>>(settings)),
        free(host.select::<Without<true>>(settings)),
    ) {
        (true, true) => "nothing",
        (false, true) => "platform",
        (false, false) => "platform and nvml",
        (true, false) => "nvml",
    }
}

#[test]
fn asked_only_where_it_matters() {
    let env = |value: &str| format!("NVIDIA_VISIBLE_DEVICES={value}");
    #[rustfmt::skip] // one line a case
    let table = [
        ("n", ARM, "0", JIT, "platform and nvml"),
        ("ntg", ARM, "none", JIT, "platform and nvml"),
        ("ntg", ARM, "void", JIT, "platform"),
        ("ntg", ARM, "void", "{}", "platform"),
        ("ntg", ARM, "void", r#"{"default":"legacy"}"#, "platform"),
        ("n", X86, "0", JIT, "platform"),
        ("nt", X86, "0", JIT, "platform"),
        ("g", ARM, "0", JIT, "platform"),
        ("tg", ARM, "0", JIT, "platform"),
        ("wng", ARM, "0", JIT, "platform"),
        ("ng", ARM, "nvidia.com/gpu=0", JIT, "nothing"),
        ("ng", ARM, "0", r#"{"default":"csv"}"#, "nothing"),
        ("ng", ARM, "0", r#"{"mode":"legacy"}"#, "nothing"),
    ];
    for (what, architecture, request, settings, expected) in table {
        let host = host(what, architecture).env(&env(request));
        assert_eq!(asked(&host, settings), expected, "{what} {architecture} {request} {settings}");
    }
}
