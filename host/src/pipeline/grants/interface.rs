//! The interfaces of the contract (`wit/`), and the grant that each needs to be linked.

use super::GrantKey;

macro_rules! interfaces {
    ($($variant:ident = $name:literal => [$($key:ident),*],)*) => {
        /// One interface of the contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "named as in the contract")]
        pub enum Interface { $($variant,)* }

        impl Interface {
            /// All of them, in the order of the contract's worlds.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant,)*];

            /// Its name in the contract: `container-env`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The grants of which one is needed for it to be linked; none for `log`.
            #[must_use]
            pub fn needs(self) -> &'static [GrantKey] {
                match self { $(Self::$variant => &[$(GrantKey::$key),*],)* }
            }
        }
    };
}

interfaces! {
    ContainerEnv = "container-env" => [ReadEnv],
    ContainerAnnotations = "container-annotations" => [ReadAnnotations],
    ContainerMounts = "container-mounts" => [ReadMounts],
    ContainerHooks = "container-hooks" => [ReadHooks],
    ContainerDeviceNodes = "container-device-nodes" => [ReadDeviceNodes],
    ContainerProcess = "container-process" => [ReadProcess],
    ContainerNamespaces = "container-namespaces" => [ReadNamespaces],
    Platform = "platform" => [ReadPlatform],
    Gpus = "gpus" => [ReadGpus],
    CdiRegistry = "cdi-registry" => [ReadCdi],
    HostFiles = "host-files" => [ReadFiles],
    Log = "log" => [],
    EditEnv = "edit-env" => [EditEnv],
    EditDevices = "edit-devices" => [EditDevices],
    EditDeviceNodes = "edit-device-nodes" => [EditDeviceNodes],
    EditMounts = "edit-mounts" => [EditMounts],
    EditHooks = "edit-hooks" => [EditHooks, EditRemoveHooks],
    EditGids = "edit-gids" => [EditGids],
    EditNetDevices = "edit-net-devices" => [EditNetDevices],
    EditRdt = "edit-rdt" => [EditRdt],
}

impl Interface {
    /// The interface of that name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}
