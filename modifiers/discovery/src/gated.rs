//! Devices that a container gets only where it asks for the feature, and channels of IMEX.

use crate::{DeviceNode, FileKind, Files, Found, Mount, Root};

/// A feature with devices of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// `GPUDirect` Storage.
    Gds,
    /// Mellanox OFED.
    Mofed,
    /// `GDRCopy`.
    GdrCopy,
    /// `NVSwitch`.
    NvSwitch,
}

impl Feature {
    /// Its devices, as patterns; in the order of their paths.
    #[must_use]
    pub fn devices(self) -> &'static [&'static str] {
        match self {
            Self::Gds => &["/dev/nvidia-fs*"],
            Self::Mofed => &["/dev/infiniband/rdma_cm", "/dev/infiniband/uverbs*"],
            Self::GdrCopy => &["/dev/gdrdrv"],
            Self::NvSwitch => &["/dev/nvidia-nvswitch*"],
        }
    }
}

/// The nodes of IMEX channels, without their numbers.
pub const IMEX_CHANNELS: &str = "/dev/nvidia-caps-imex-channels/channel";

/// The devices of a feature, and what belongs to them. None is a warning.
///
/// # Errors
///
/// What the files refuse.
pub fn gated<F: Files>(files: &mut F, feature: Feature) -> Result<Found, F::Error> {
    let mut found = Found::default();
    for pattern in feature.devices() {
        let entries = files.glob(Root::Dev, pattern)?;
        let devices = entries.into_iter().filter(|entry| entry.kind == FileKind::CharDevice);
        found.device_nodes.extend(devices.map(|entry| DeviceNode::same(Root::Dev, entry)));
    }
    if found.device_nodes.is_empty() {
        let patterns = feature.devices().join(" and ");
        files.warn(&["no device of a requested feature: this host has no ", &patterns].concat());
    } else if feature == Feature::Gds {
        found.mounts = gds_mounts(files)?;
    }
    Ok(found)
}

/// What `GPUDirect` Storage reads.
fn gds_mounts<F: Files>(files: &mut F) -> Result<Vec<Mount>, F::Error> {
    let wanted = [("/etc/cufile.json", FileKind::File), ("/run/udev", FileKind::Directory)];
    let entries = files.stat(Root::Driver, &wanted.map(|(path, _)| path))?;
    let mut mounts = Vec::new();
    for ((path, kind), entry) in wanted.into_iter().zip(entries) {
        match entry.filter(|entry| entry.kind == kind || entry.kind == FileKind::Link) {
            Some(entry) if entry.kind == kind || files.resolve(Root::Driver, path)?.is_some() => {
                mounts.push(Mount::read_only(Root::Driver, path.into(), path.into()));
            }
            _ => files.warn(&["not found below the driver's root: ", path].concat()),
        }
    }
    Ok(mounts)
}

/// The device of one IMEX channel.
///
/// # Errors
///
/// What the files refuse, and a channel that is not there.
pub fn imex_channel<F: Files>(files: &mut F, number: u32) -> Result<Found, F::Error> {
    let path = format!("{IMEX_CHANNELS}{number}");
    let entry = files.stat(Root::Dev, &[&path])?.pop().flatten();
    match entry.filter(|entry| entry.kind == FileKind::CharDevice) {
        Some(entry) => Ok(Found {
            device_nodes: vec![DeviceNode::same(Root::Dev, entry)],
            ..Found::default()
        }),
        None => Err(format!(
            "IMEX channel {number} is not there: this host has no device {path}; create the channel, \
             or request another"
        )
        .into()),
    }
}

/// The devices of all IMEX channels that the host has. None is a warning.
///
/// # Errors
///
/// What the files refuse.
pub fn imex_channels<F: Files>(files: &mut F) -> Result<Found, F::Error> {
    let pattern = [IMEX_CHANNELS, "*"].concat();
    let entries = files.glob(Root::Dev, &pattern)?.into_iter();
    let nodes = entries.filter(|entry| entry.kind == FileKind::CharDevice);
    let device_nodes: Vec<_> = nodes.map(|entry| DeviceNode::same(Root::Dev, entry)).collect();
    if device_nodes.is_empty() {
        files.warn(&["all IMEX channels are requested: this host has no ", &pattern].concat());
    }
    Ok(Found { device_nodes, ..Found::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    const HOST: &str = "/dev/nvidia-fs0 c 240 0 666 0
        /dev/nvidia-fs1 c 240 1 660 44
        /dev/nvidia-fsx
        /dev/infiniband/uverbs0 c 231 192 666 0
        /dev/infiniband/rdma_cm c 10 122 666 0
        /dev/nvidia-nvswitchctl c 195 254 666 0
        /dev/nvidia-nvswitch0 c 195 200 666 0
        /dev/nvidia-caps-imex-channels/channel7 c 242 7 666 0
        /dev/nvidia-caps-imex-channels/channel8";

    fn line(found: &Found) -> String {
        let nodes = found.device_nodes.iter().map(|node| node.path.as_str());
        nodes
            .chain(found.mounts.iter().map(|mount| mount.path.as_str()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn features() {
        let udev = "/run/udev/\n/etc/cufile.json";
        let linked = "/run -> var/run\n/var/run/udev/\n/etc/cufile.json -> gone";
        #[rustfmt::skip] // one line a case
        let table = [
            (Feature::Gds, udev, "/dev/nvidia-fs0 /dev/nvidia-fs1 /etc/cufile.json /run/udev", 0),
            (Feature::Gds, linked, "/dev/nvidia-fs0 /dev/nvidia-fs1 /run/udev", 1),
            (Feature::Gds, "", "/dev/nvidia-fs0 /dev/nvidia-fs1", 2),
            (Feature::Mofed, udev, "/dev/infiniband/rdma_cm /dev/infiniband/uverbs0", 0),
            (Feature::NvSwitch, udev, "/dev/nvidia-nvswitch0 /dev/nvidia-nvswitchctl", 0),
            (Feature::GdrCopy, udev, "", 1),
        ];
        for (feature, more, expected, warnings) in table {
            let mut files = Memory::new(&[HOST, more].join("\n"));
            let found = gated(&mut files, feature).unwrap();
            assert_eq!(
                (line(&found), files.warnings.len()),
                (expected.into(), warnings),
                "{feature:?} {more}"
            );
        }
        let mut none = Memory::new("/run/udev/\n/etc/cufile.json");
        assert_eq!(gated(&mut none, Feature::Gds), Ok(Found::default()));
    }

    #[test]
    fn channels() {
        #[rustfmt::skip] // one line a case
        let table = [
            (7, "/dev/nvidia-caps-imex-channels/channel7"),
            (8, "IMEX channel 8 is not there"),
            (9, "IMEX channel 9 is not there"),
        ];
        for (number, expected) in table {
            let found = imex_channel(&mut Memory::new(HOST), number);
            let told = found.map_or_else(|error| error, |found| line(&found));
            assert!(told.starts_with(expected), "{number}: {told}");
        }
        let mut files = Memory::new(HOST);
        assert_eq!(
            line(&imex_channels(&mut files).unwrap()),
            "/dev/nvidia-caps-imex-channels/channel7"
        );
        let mut none = Memory::new("/dev/null c 1 3 666 0");
        assert_eq!(imex_channels(&mut none), Ok(Found::default()));
        assert_eq!((files.warnings.len(), none.warnings.len()), (0, 1));
    }
}
