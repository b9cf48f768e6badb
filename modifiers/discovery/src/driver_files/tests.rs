use super::*;
use crate::Architecture;
use crate::memory::Memory;

const RELEASE: &str = "6.1.0";

fn driver() -> Driver {
    Driver { version: "570.1".into() }
}

/// What was found, one thing a line, its options only where they are not those of most.
fn lines(found: &Found) -> Vec<String> {
    assert!(found.device_nodes.is_empty());
    let env = found.env.iter().map(|(name, value)| [name, "=", value].concat());
    let mounts = found.mounts.iter().map(|mount| {
        assert_eq!((mount.root, &mount.host_path), (Root::Driver, &mount.path));
        match mount.options {
            Mount::READ_ONLY => mount.path.clone(),
            options => format!("{} {}", mount.path, options.join(",")),
        }
    });
    let hooks = found.hooks.iter().map(|hook| [&[hook.command.to_owned()], &*hook.args].concat());
    let hooks =
        hooks.map(|hook| hook.join(" ").replace(" --link ", "\n").replace(" --folder ", "\n"));
    env.chain(mounts).chain(hooks).collect()
}

#[test]
fn libraries() {
    let mut files = Memory::new(
        "/lib64 -> usr/lib64
        /usr/lib64/libcuda.so.570.1 = libcuda.so.1
        /usr/lib64/libcuda.so.1 -> libcuda.so.570.1
        /usr/lib64/libcuda.so -> libcuda.so.1
        /usr/lib64/libcuda.so.569.9 = libcuda.so.1
        /usr/lib64/libnvidia-nvvm70.so.4 = libnvidia-nvvm70.so.4
        /usr/lib64/libGL.so -> libGL.so.1.7.0
        /usr/lib64/libGL.so.1 -> libGL.so.1.7.0
        /usr/lib64/libGL.so.1.7.0 = libGL.so.1
        /usr/lib64/odd.so.570.1/
        /usr/lib64/vdpau/libvdpau_nvidia.so.570.1 = libvdpau_nvidia.so.1
        /usr/lib64/vdpau/libvdpau_nvidia.so.1 -> libvdpau_nvidia.so.570.1
        /usr/lib/x86_64-linux-gnu/libnvidia-glcore.so.570.1 = libnvidia-glcore.so.570.1",
    );
    let mut libraries = Libraries::new(Root::Driver, Some(Architecture::X86_64));
    let directories = driver().directories(&mut files, &mut libraries).unwrap();
    assert_eq!(directories, ["/usr/lib64", "/usr/lib/x86_64-linux-gnu"]);

    let plain = driver_libraries(&mut files, &driver(), &directories, false).unwrap();
    assert!(lines(&plain).iter().all(|line| !line.contains("libGL.so")));
    assert_eq!(files.warnings.len(), 0);
    let found = driver_libraries(&mut files, &driver(), &directories, true).unwrap();
    let expected = [
        "NVIDIA_CTK_LIBCUDA_DIR=/usr/lib64:/usr/lib/x86_64-linux-gnu",
        "/usr/lib64/libcuda.so.570.1",
        "/usr/lib/x86_64-linux-gnu/libnvidia-glcore.so.570.1",
        "/usr/lib64/vdpau/libvdpau_nvidia.so.570.1",
        "/usr/lib64/libnvidia-nvvm70.so.4",
        "/usr/lib64/libGL.so.1.7.0",
        "create-symlinks
libcuda.so.1::/usr/lib64/libcuda.so
libcuda.so.570.1::/usr/lib64/libcuda.so.1
libvdpau_nvidia.so.570.1::/usr/lib64/vdpau/libvdpau_nvidia.so.1
libGL.so.1.7.0::/usr/lib64/libGL.so.1
libGL.so.1::/usr/lib64/libGL.so",
        "enable-cuda-compat --host-driver-version=570.1",
        "update-ldcache
/usr/lib64
/usr/lib/x86_64-linux-gnu
/usr/lib64/vdpau",
        "disable-device-node-modification",
    ];
    assert_eq!(lines(&found), expected);
    assert_eq!(files.warnings.len(), 10, "{:?}", files.warnings);
}

#[test]
fn at_the_top() {
    let mut files = Memory::new(
        "/libcuda.so.570.1 = libcuda.so.1
        /libcuda.so.1 -> libcuda.so.570.1
        /vdpau/libvdpau_nvidia.so.570.1 = libvdpau_nvidia.so.1",
    );
    let mut libraries = Libraries::new(Root::Driver, Some(Architecture::X86_64));
    let directories = driver().directories(&mut files, &mut libraries).unwrap();
    let found = driver_libraries(&mut files, &driver(), &directories, false).unwrap();
    let expected = [
        "NVIDIA_CTK_LIBCUDA_DIR=/",
        "/libcuda.so.570.1",
        "/vdpau/libvdpau_nvidia.so.570.1",
        "create-symlinks
libcuda.so.1::/libcuda.so
libcuda.so.570.1::/libcuda.so.1",
        "enable-cuda-compat --host-driver-version=570.1",
        "update-ldcache
/
/vdpau",
        "disable-device-node-modification",
    ];
    assert_eq!(lines(&found), expected);
}

#[test]
fn settled() {
    let mut files = Memory::new(
        "/lib64 -> usr/lib64
        /usr/lib64/libcuda.so.570.1
        /lib/x86_64-linux-gnu/libx.so",
    );
    let mut libraries = Libraries::new(Root::Driver, Some(Architecture::X86_64));
    libraries.settle(&mut files).unwrap();
    let mut places = |pattern| libraries.locate(&mut files, pattern).unwrap();
    assert_eq!(
        places("lib*.so*"),
        ["/usr/lib64/libcuda.so.570.1", "/lib/x86_64-linux-gnu/libx.so"]
    );
}

#[test]
fn versions() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("/usr/lib64/libcuda.so.570.1", "570.1", ""),
        ("/usr/lib64/libnvidia-ml.so.570.1", "570.1", ""),
        ("/usr/lib64/libcuda.so.569.9\n/usr/lib64/libnvidia-ml.so.570.1", "570.1", ""),
        ("/usr/lib64/libcuda.so.569.9", "570.1", "running is of version 570.1, and the libraries below the driver's root are of version 569.9"),
        ("/usr/lib64/libother.so.570.1", "570.1", "neither libcuda.so.VERSION"),
        ("/usr/lib64/libcuda.so.570.1", "570.*", "is no version"),
        ("/usr/lib64/libcuda.so.570.1", "../570.1", "is no version"),
        ("/usr/lib64/libcuda.so.570.1", "", "is no version"),
    ];
    for (host, version, problem) in table {
        let mut libraries = Libraries::new(Root::Driver, Some(Architecture::X86_64));
        let found = Driver::of_version(&mut Memory::new(host), &mut libraries, version);
        match found {
            Ok(driver) => assert_eq!((driver.version.as_str(), problem), (version, ""), "{host}"),
            Err(error) => {
                assert!(!problem.is_empty() && error.contains(problem), "{host}: {error}");
            }
        }
    }
}

#[test]
fn daemons_and_programs() {
    let rw = |path: &str| format!("{path} nosuid,nodev,rbind,rprivate,noexec");
    #[rustfmt::skip] // one line a case
    let table = [
        ("", vec![], 4),
        ("/run/nvidia-persistenced/socket\n/var/run/nvidia-persistenced/socket", vec![rw("/run/nvidia-persistenced/socket")], 3),
        ("/var/run/nvidia-fabricmanager/socket", vec![rw("/var/run/nvidia-fabricmanager/socket")], 3),
        ("/run/nvidia-persistenced/socket/\n/tmp/nvidia-mps/", vec![], 4),
        ("/tmp/nvidia-mps\n/run/nvidia-persistenced/socket -> gone", vec![rw("/tmp/nvidia-mps")], 3),
        ("/usr/bin/nvidia-smi\n/bin/nvidia-smi\n/sbin/nvidia-imex", vec!["/usr/bin/nvidia-smi".into()], 4),
        ("/usr/local/bin/nvidia-smi/\n/usr/bin/nvidia-smi -> ../../opt/bin/smi\n/opt/bin/smi", vec!["/usr/bin/nvidia-smi".into()], 4),
        ("/usr/bin/nvidia-smi -> ../../opt/smi\n/opt/smi", vec![], 4),
    ];
    for (host, expected, warnings) in table {
        let mut files = Memory::new(&["/null\n", host].concat());
        let mut found = sockets(&mut files).unwrap();
        found.append(programs(&mut files).unwrap());
        assert_eq!((lines(&found), files.warnings.len()), (expected, warnings), "{host}");
    }
}

#[test]
fn firmware_of_every_directory() {
    let host = Memory::new(
        "/lib/firmware/nvidia/570.1/gsp_tu10x.bin
        /lib/firmware/nvidia/570.1/gsp_ga10x.bin
        /lib/firmware/nvidia/570.1/gsp_dir.bin/
        /lib/firmware/nvidia/570.1/gsp_astray.bin -> gone
        /lib/firmware/nvidia/570.1/other.bin
        /lib/firmware/nvidia/569.9/gsp_ga10x.bin
        /lib/firmware/6.1.0/nvidia/570.1/gsp_ga10x.bin
        /lib/firmware/6.2.0/nvidia/570.1/gsp_ga10x.bin
        /lib/firmware/updates/nvidia/570.1/gsp_ga10x.bin
        /opt/fw/nvidia/570.1/gsp_ga10x.bin",
    );
    let usual = [
        "/lib/firmware/updates/nvidia/570.1/gsp_ga10x.bin",
        "/lib/firmware/6.1.0/nvidia/570.1/gsp_ga10x.bin",
        "/lib/firmware/nvidia/570.1/gsp_ga10x.bin",
        "/lib/firmware/nvidia/570.1/gsp_tu10x.bin",
    ];
    let opt = "/opt/fw/nvidia/570.1/gsp_ga10x.bin";
    for (told, first) in [
        ("", None),
        ("/opt/fw\n", Some(opt)),
        ("/opt/fw/", Some(opt)),
        ("relative:/opt/fw:/opt/../opt/fw:/o*", Some(opt)),
        ("/lib/firmware", None),
    ] {
        let mut files = host.clone().file(FIRMWARE_PATH, told.as_bytes());
        let found = firmware(&mut files, &driver(), RELEASE).unwrap();
        let mut expected: Vec<&str> = first.into_iter().chain(usual).collect();
        if told == "/lib/firmware" {
            // It is searched first, and not once more.
            expected.rotate_right(2);
        }
        assert_eq!(lines(&found), expected, "{told}");
        assert_eq!(files.warnings.len(), 0);
    }
    let mut none = Memory::new("/lib/firmware/nvidia/569.9/gsp_ga10x.bin");
    assert_eq!(firmware(&mut none, &driver(), RELEASE), Ok(Found::default()));
    assert_eq!(none.warnings.len(), 1);
}
