//! Device nodes that are known by their paths: those of every GPU, and what management needs.

use crate::name::base;
use crate::{DeviceNode, FileKind, Files, Found, Root};

/// The nodes that every program of CUDA opens, whatever GPU it uses.
const CONTROL: [&str; 4] =
    ["/dev/nvidia-modeset", "/dev/nvidia-uvm-tools", "/dev/nvidia-uvm", "/dev/nvidiactl"];

/// What management needs: all of the driver's nodes.
const MANAGEMENT: [&str; 3] =
    ["/dev/nvidia*", "/dev/nvidia-caps/nvidia-cap*", "/dev/nvidia-caps-imex-channels/channel*"];

/// Of these only who asks for the feature gets any: how their names begin.
const OF_FEATURES: [&str; 3] = ["nvidia-fs", "nvidia-nvswitch", "nvidia-nvlink"];

/// Directories whose permissions some old runtimes set so that only root gets in.
const CLOSED_DIRECTORIES: [&str; 2] = ["/dev/dri", "/dev/nvidia-caps"];

/// The nodes at these paths, in the order asked; `None` for what is no character device.
///
/// # Errors
///
/// What the files refuse.
pub fn device_nodes<F: Files>(
    files: &mut F,
    paths: &[&str],
) -> Result<Vec<Option<DeviceNode>>, F::Error> {
    let entries = files.stat(Root::Dev, paths)?.into_iter();
    let device = |entry: &crate::Entry| entry.kind == FileKind::CharDevice;
    Ok(entries.map(|one| Some(DeviceNode::same(Root::Dev, one.filter(device)?))).collect())
}

/// The nodes that every GPU needs. What is missing is warned of.
///
/// # Errors
///
/// What the files refuse.
pub fn control_nodes<F: Files>(files: &mut F) -> Result<Found, F::Error> {
    let nodes = device_nodes(files, &CONTROL)?;
    for (path, _) in CONTROL.iter().zip(&nodes).filter(|(_, node)| node.is_none()) {
        files.warn(&["no device node below the device root: ", path].concat());
    }
    Ok(Found { device_nodes: nodes.into_iter().flatten().collect(), ..Found::default() })
}

/// All nodes of the driver, but those of features that are asked for one by one.
///
/// # Errors
///
/// What the files refuse, and that there is none.
pub fn management_nodes<F: Files>(files: &mut F) -> Result<Found, F::Error> {
    let mut found = Found::default();
    for pattern in MANAGEMENT {
        let entries = files.glob(Root::Dev, pattern)?.into_iter();
        let wanted = entries.filter(|entry| {
            let name = base(&entry.path);
            entry.kind == FileKind::CharDevice
                && !OF_FEATURES.iter().any(|start| name.starts_with(start))
        });
        found.device_nodes.extend(wanted.map(|entry| DeviceNode::same(Root::Dev, entry)));
    }
    if found.device_nodes.is_empty() {
        let patterns = MANAGEMENT.join(", ");
        return Err(format!(
            "there are no device nodes of the driver below the device root: none of {patterns} is \
             there; load the driver, or set `dev-root` to where they are"
        )
        .into());
    }
    Ok(found)
}

/// The directories of these nodes that some runtimes close, each once.
#[must_use]
pub fn closed_directories(nodes: &[DeviceNode]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for node in nodes {
        let directory = crate::name::directory(&node.path);
        if CLOSED_DIRECTORIES.contains(&directory) && found.iter().all(|one| one != directory) {
            found.push(directory.into());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    fn paths<'a>(nodes: impl IntoIterator<Item = &'a DeviceNode>) -> String {
        nodes.into_iter().map(|node| base(&node.path)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn control() {
        let mut files = Memory::new(
            "/dev/nvidiactl c 195 255 666 0
            /dev/nvidia-uvm c 511 0 660 44
            /dev/nvidia-modeset
            /dev/nvidia-uvm-tools -> nvidia-uvm",
        );
        let found = control_nodes(&mut files).unwrap();
        assert_eq!(paths(&found.device_nodes), "nvidia-uvm nvidiactl");
        assert_eq!((found.device_nodes[0].gid, found.device_nodes[1].number), (44, (195, 255)));
        assert_eq!(files.warnings.len(), 2, "{:?}", files.warnings);
    }

    #[test]
    fn management() {
        let all = "/dev/nvidia0 c 195 0 666 0
            /dev/nvidiactl c 195 255 666 0
            /dev/nvidia-fs0 c 240 0 666 0
            /dev/nvidia-nvswitch0 c 240 0 666 0
            /dev/nvidia-nvlink c 240 0 666 0
            /dev/nvidia-log
            /dev/nvidia-caps/nvidia-cap1 c 239 1 444 0
            /dev/nvidia-caps/mig c 239 9 444 0
            /dev/nvidia-caps-imex-channels/channel3 c 242 3 666 0";
        let mut files = Memory::new(all);
        let found = management_nodes(&mut files).unwrap();
        assert_eq!(paths(&found.device_nodes), "nvidia0 nvidiactl nvidia-cap1 channel3");
        assert_eq!(closed_directories(&found.device_nodes), ["/dev/nvidia-caps"]);

        let error = management_nodes(&mut Memory::new("/dev/nvidia-fs0 c 240 0 666 0"));
        assert!(error.unwrap_err().contains("/dev/nvidia*"));
    }
}
