//! Types of the contract and of the internal form, into each other.

use wasmtime::Result;

use super::super::state::{State, Stop};
use super::super::{LogLevel, Mode, Refused, StageHost, View};
use super::wit::types;
use super::wit::{container_mounts, gpus, host_files, log};
use crate::document::{DeviceNode, Hook, HookPoint, Mount};
use crate::gpu::{Driver, Gpu, MigDevice, Version};
use crate::host_files::{Entry, FileKind};

impl<H: StageHost> types::Host for State<H> {
    fn convert_error(&mut self, stop: Stop) -> Result<types::Error> {
        match stop {
            Stop::Refused(refused) => {
                self.note(&refused);
                Ok(match refused {
                    Refused::NotGranted(what) => types::Error::NotGranted(what),
                    Refused::Absent(what) => types::Error::Absent(what),
                    Refused::Invalid(what) => types::Error::Invalid(what),
                    Refused::Limit(what) => types::Error::Limit(what),
                    Refused::TimedOut(what) => types::Error::TimedOut(what),
                    Refused::Failed(what) => types::Error::Failed(what),
                })
            }
            Stop::Exceeded(exceeded) => Err(wasmtime::Error::msg(exceeded.to_string())),
        }
    }
}

impl<H: StageHost> log::Host for State<H> {
    fn log(&mut self, level: log::Level, message: String) -> Result<()> {
        let level = match level {
            log::Level::Debug => LogLevel::Debug,
            log::Level::Info => LogLevel::Info,
            log::Level::Warn => LogLevel::Warn,
            log::Level::Error => LogLevel::Error,
        };
        Self::log(self, level, &message)
            .map_err(|exceeded| wasmtime::Error::msg(exceeded.to_string()))
    }
}

impl From<types::View> for View {
    fn from(view: types::View) -> Self {
        match view {
            types::View::Original => Self::Original,
            types::View::Current => Self::Current,
        }
    }
}

impl From<types::Mode> for Mode {
    fn from(mode: types::Mode) -> Self {
        match mode {
            types::Mode::Cdi => Self::Cdi,
            types::Mode::JitCdi => Self::JitCdi,
            types::Mode::Csv => Self::Csv,
            types::Mode::Legacy => Self::Legacy,
        }
    }
}

impl From<Mode> for types::Mode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Cdi => Self::Cdi,
            Mode::JitCdi => Self::JitCdi,
            Mode::Csv => Self::Csv,
            Mode::Legacy => Self::Legacy,
        }
    }
}

impl From<types::HookPoint> for HookPoint {
    fn from(point: types::HookPoint) -> Self {
        match point {
            types::HookPoint::Prestart => Self::Prestart,
            types::HookPoint::CreateRuntime => Self::CreateRuntime,
            types::HookPoint::CreateContainer => Self::CreateContainer,
            types::HookPoint::StartContainer => Self::StartContainer,
            types::HookPoint::Poststart => Self::Poststart,
            types::HookPoint::Poststop => Self::Poststop,
        }
    }
}

impl From<Mount> for container_mounts::Mount {
    fn from(m: Mount) -> Self {
        Self {
            destination: m.destination,
            source: m.source,
            fs_type: m.fs_type,
            options: m.options,
        }
    }
}

impl From<Hook> for super::wit::container_hooks::Hook {
    fn from(h: Hook) -> Self {
        Self { path: h.path, args: h.args, env: h.env, timeout: h.timeout }
    }
}

impl From<DeviceNode> for super::wit::container_device_nodes::DeviceNode {
    fn from(n: DeviceNode) -> Self {
        Self {
            path: n.path,
            node_type: n.node_type,
            major: n.major,
            minor: n.minor,
            file_mode: n.file_mode,
            uid: n.uid,
            gid: n.gid,
        }
    }
}

impl From<Version> for gpus::Version {
    fn from(v: Version) -> Self {
        Self { major: v.major, minor: v.minor }
    }
}

impl From<Driver> for gpus::Driver {
    fn from(d: Driver) -> Self {
        Self { version: d.version, cuda: d.cuda.into() }
    }
}

impl From<MigDevice> for gpus::MigDevice {
    fn from(m: MigDevice) -> Self {
        Self {
            index: m.index,
            uuid: m.uuid,
            gpu_instance: m.gpu_instance,
            compute_instance: m.compute_instance,
            profile: m.profile,
        }
    }
}

impl From<Gpu> for gpus::Gpu {
    fn from(g: Gpu) -> Self {
        Self {
            index: g.index,
            uuid: g.uuid,
            minor: g.minor,
            pci_bus_id: g.pci_bus_id,
            name: g.name,
            brand: g.brand,
            compute_capability: g.compute_capability.map(Into::into),
            memory: g.memory,
            integrated: g.integrated,
            mig_enabled: g.mig_enabled,
            mig_devices: g.mig_devices.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Entry> for host_files::Entry {
    fn from(e: Entry) -> Self {
        Self {
            path: e.path,
            kind: match e.kind {
                FileKind::File => host_files::FileKind::File,
                FileKind::Directory => host_files::FileKind::Directory,
                FileKind::Link => host_files::FileKind::Link,
                FileKind::CharDevice => host_files::FileKind::CharDevice,
                FileKind::BlockDevice => host_files::FileKind::BlockDevice,
                FileKind::Fifo => host_files::FileKind::Fifo,
                FileKind::Socket => host_files::FileKind::Socket,
            },
            mode: e.mode,
            uid: e.uid,
            gid: e.gid,
            size: e.size,
            major: e.major,
            minor: e.minor,
        }
    }
}
