//! The driver's files on Windows Subsystem for Linux: those of the Windows host, which it shows in a
//! folder for each driver that is installed there, the driver store.
//!
//! The library of DXCore would tell which store belongs to which adapter. It is foreign code, so the files
//! tell: a store with the library of CUDA is the driver's.

use crate::name::{base, directory, join};
use crate::{DeviceNode, Entry, FileKind, Files, Found, Links, Mount, Root, update_ldcache};

/// The device that all GPUs are reached through.
pub const DXG: &str = "/dev/dxg";

/// What is in the store of the driver and in no other.
const CUDA: &str = "/usr/lib/wsl/drivers/*/libcuda.so.1.1";

/// What the driver is reached through.
const DXCORE: &str = "/usr/lib/wsl/lib/libdxcore.so";

/// A program of the store, and where containers look for it.
const SMI: (&str, &str) = ("nvidia-smi", "/usr/bin/nvidia-smi");

/// What every store has. The linker finds these alone: others have names of the system's.
const NEEDED: [&str; 8] = [
    "libcuda.so.1.1",
    "libcuda_loader.so",
    "libnvidia-ptxjitcompiler.so.1",
    "libnvidia-ml.so.1",
    "libnvidia-ml_loader.so",
    "libnvdxgdmal.so.1",
    "nvcubins.bin",
    SMI.0,
];

/// What else of a store a container gets.
const OTHERS: [&str; 3] = ["*.so*", "*.bin", "*.dll"];

/// The device of all GPUs. None is no error here.
///
/// # Errors
///
/// What the files refuse.
pub fn wsl_gpu<F: Files>(files: &mut F) -> Result<Found, F::Error> {
    let entry = files.stat(Root::Dev, &[DXG])?.pop().flatten();
    let entry = entry.filter(|entry| entry.kind == FileKind::CharDevice);
    let device_nodes = entry.into_iter().map(|entry| DeviceNode::same(Root::Dev, entry)).collect();
    Ok(Found { device_nodes, ..Found::default() })
}

/// The driver's files. Those that are not there are a warning.
///
/// # Errors
///
/// What the files refuse, and that there is no driver store.
pub fn wsl_driver<F: Files>(files: &mut F) -> Result<Found, F::Error> {
    let store = store(files)?;
    let needed = NEEDED.map(|name| join(&store, name));
    let mut paths: Vec<&str> = needed.iter().map(String::as_str).collect();
    paths.push(DXCORE);
    let entries = files.stat(Root::Driver, &paths)?;
    let mut mounts = Vec::new();
    for (path, entry) in paths.into_iter().zip(entries) {
        match entry {
            Some(entry) if is_file(files, &entry)? => mounts.push(mount(path)),
            _ => files.warn(&["not found below the driver's root: ", path].concat()),
        }
    }
    let mut links = Links::default();
    let (program, link) = SMI;
    if let Some(smi) = mounts.iter().find(|mount| base(&mount.path) == program) {
        links.add(files, &smi.path, link);
    }
    let hooks = links.hook().into_iter().chain(update_ldcache(&mounts)).collect();
    for pattern in OTHERS {
        for entry in files.glob(Root::Driver, &join(&store, pattern))? {
            let known = mounts.iter().any(|mount| mount.path == entry.path);
            if !known && is_file(files, &entry)? {
                mounts.push(mount(&entry.path));
            }
        }
    }
    Ok(Found { mounts, hooks, ..Found::default() })
}

/// The folder of the driver; the first by name of several, with a warning.
fn store<F: Files>(files: &mut F) -> Result<String, F::Error> {
    let mut stores = Vec::new();
    for entry in files.glob(Root::Driver, CUDA)? {
        if is_file(files, &entry)? {
            stores.push(directory(&entry.path).to_owned());
        }
    }
    let Some(store) = stores.first().cloned() else {
        return Err(String::from(
            "the driver of Windows is not found: there is no /usr/lib/wsl/drivers/*/libcuda.so.1.1; \
             install it on the Windows host, and start WSL anew",
        )
        .into());
    };
    if stores.len() > 1 {
        let all = stores.join(", ");
        files.warn(&format!("there are several drivers of Windows, {all}: {store} is taken"));
    }
    Ok(store)
}

/// Whether an entry is a file, or leads to what is there.
fn is_file<F: Files>(files: &mut F, entry: &Entry) -> Result<bool, F::Error> {
    Ok(match entry.kind {
        FileKind::File => true,
        FileKind::Link => files.resolve(Root::Driver, &entry.path)?.is_some(),
        _ => false,
    })
}

fn mount(path: &str) -> Mount {
    Mount::read_only(Root::Driver, path.into(), path.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    const STORE: &str = "/usr/lib/wsl/drivers/nv_dispi.inf_amd64_1";

    fn lines(found: &Found) -> Vec<String> {
        let short = |path: &str| path.replace(STORE, "STORE").replace("/usr/lib/wsl", "WSL");
        let mounts = found.mounts.iter().map(|mount| {
            assert_eq!(mount.path, mount.host_path);
            short(&mount.path)
        });
        let hooks = found.hooks.iter().map(|hook| short(&hook.args.join(" ")));
        mounts.chain(hooks).collect()
    }

    fn at(store: &str, names: &[&str]) -> String {
        names.iter().map(|name| [store, "/", name, "\n"].concat()).collect()
    }

    #[test]
    fn drivers() {
        let all = at(STORE, &NEEDED);
        let more = at(STORE, &["libnvwgf2umx.so", "nvgpucomp64.dll", "x.bin", "README", "d.so/x"]);
        let core = "/usr/lib/wsl/lib/libdxcore.so\n/usr/lib/wsl/lib/libcuda.so";
        let other = at("/usr/lib/wsl/drivers/other", &["libx.so"]);
        let older = at("/usr/lib/wsl/drivers/nv_a", &["libcuda.so.1.1"]);
        let needed: Vec<String> = NEEDED.iter().map(|name| format!("STORE/{name}")).collect();
        let needed: Vec<&str> = needed.iter().map(String::as_str).collect();
        let smi = "--link STORE/nvidia-smi::/usr/bin/nvidia-smi";
        let folders = "--folder STORE --folder WSL/lib";
        let whole = [
            &needed[..],
            &[
                "WSL/lib/libdxcore.so",
                "STORE/libnvwgf2umx.so",
                "STORE/x.bin",
                "STORE/nvgpucomp64.dll",
                smi,
                folders,
            ],
        ]
        .concat();
        let a = "WSL/drivers/nv_a";
        #[rustfmt::skip] // one line a case
        let table: [(String, Vec<String>, usize); 3] = [
            ([&all, &more, &other, core].concat(), whole.iter().map(|&line| line.into()).collect(), 0),
            (at(STORE, &["libcuda.so.1.1", "libnvidia-ml.so.1 -> gone"]), vec!["STORE/libcuda.so.1.1".into(), "--folder STORE".into()], 8),
            ([&all, core, "\n", &older].concat(), vec![format!("{a}/libcuda.so.1.1"), "WSL/lib/libdxcore.so".into(), format!("--folder {a} --folder WSL/lib")], 8),
        ];
        for (host, expected, warnings) in table {
            let mut files = Memory::new(&host);
            let found = wsl_driver(&mut files).unwrap();
            assert_eq!(lines(&found), expected, "{host}");
            assert_eq!(files.warnings.len(), warnings, "{:?}", files.warnings);
        }
    }

    #[test]
    fn no_driver() {
        let hosts = [
            "/usr/lib/wsl/lib/libdxcore.so",
            "/usr/lib/wsl/drivers/a/libcuda.so.1.1/",
            "/usr/lib/wsl/drivers/a/libcuda.so.1.1 -> gone",
            "/usr/lib/wsl/drivers/libcuda.so.1.1",
        ];
        for host in hosts {
            let told = wsl_driver(&mut Memory::new(host)).unwrap_err();
            assert!(told.starts_with("the driver of Windows is not found"), "{host}: {told}");
        }
    }

    #[test]
    fn devices() {
        for (host, expected) in [("/dev/dxg c 10 125 666 0", 1), ("/dev/dxg", 0), ("/x", 0)] {
            let found = wsl_gpu(&mut Memory::new(host)).unwrap();
            assert_eq!(found.device_nodes.len(), expected, "{host}");
        }
    }
}
