//! The reading interfaces, each function handed to the host.

use wasmtime::Result;

use super::super::state::{State, Stop};
use super::super::{Answer, StageHost};
use super::wit::types::{HookPoint, View};
use super::wit::{
    cdi_registry, container_annotations, container_device_nodes, container_env, container_hooks,
    container_mounts, container_namespaces, container_process, gpus, host_files, platform,
};

/// Converts the elements of an answer.
fn each<A, B: From<A>>(answer: Answer<Vec<A>>) -> Answer<Vec<B>> {
    answer.map(|list| list.into_iter().map(B::from).collect())
}

impl<H: StageHost> container_env::Host for State<H> {
    fn get(&mut self, of: View, names: Vec<String>) -> Result<Vec<Option<String>>, Stop> {
        self.ask(|host| host.env_get(of.into(), &names))
    }

    fn with_prefix(
        &mut self,
        of: View,
        prefix: String,
    ) -> Result<Vec<container_env::Variable>, Stop> {
        let list = self.ask(|host| host.env_with_prefix(of.into(), &prefix))?;
        Ok(list.into_iter().map(|(name, value)| container_env::Variable { name, value }).collect())
    }

    fn malformed(&mut self, of: View) -> Result<Vec<u32>, Stop> {
        self.ask(|host| host.env_malformed(of.into()))
    }

    fn granted(&mut self, name: String) -> Result<bool> {
        Ok(self.host.env_granted(&name))
    }
}

impl<H: StageHost> container_annotations::Host for State<H> {
    fn get(&mut self, of: View, keys: Vec<String>) -> Result<Vec<Option<String>>, Stop> {
        self.ask(|host| host.annotations_get(of.into(), &keys))
    }

    fn with_prefix(
        &mut self,
        of: View,
        prefix: String,
    ) -> Result<Vec<container_annotations::Annotation>, Stop> {
        let list = self.ask(|host| host.annotations_with_prefix(of.into(), &prefix))?;
        let annotation = |(key, value)| container_annotations::Annotation { key, value };
        Ok(list.into_iter().map(annotation).collect())
    }

    fn granted(&mut self, key: String) -> Result<bool> {
        Ok(self.host.annotation_granted(&key))
    }
}

impl<H: StageHost> container_mounts::Host for State<H> {
    fn below(&mut self, of: View, directory: String) -> Result<Vec<container_mounts::Mount>, Stop> {
        self.ask(|host| each(host.mounts_below(of.into(), &directory)))
    }

    fn granted(&mut self, destination: String) -> Result<bool> {
        Ok(self.host.mount_granted(&destination))
    }
}

impl<H: StageHost> container_hooks::Host for State<H> {
    fn at(&mut self, of: View, point: HookPoint) -> Result<Vec<container_hooks::Hook>, Stop> {
        self.ask(|host| each(host.hooks_at(of.into(), point.into())))
    }

    fn granted(&mut self, point: HookPoint) -> Result<bool> {
        Ok(self.host.hooks_granted(point.into()))
    }
}

impl<H: StageHost> container_device_nodes::Host for State<H> {
    fn below(
        &mut self,
        of: View,
        directory: String,
    ) -> Result<Vec<container_device_nodes::DeviceNode>, Stop> {
        self.ask(|host| each(host.device_nodes_below(of.into(), &directory)))
    }

    fn granted(&mut self, path: String) -> Result<bool> {
        Ok(self.host.device_node_granted(&path))
    }
}

impl<H: StageHost> container_process::Host for State<H> {
    fn get_user(&mut self, of: View) -> Result<container_process::User, Stop> {
        let user = self.ask(|host| host.user(of.into()))?;
        Ok(container_process::User {
            uid: user.uid,
            gid: user.gid,
            additional_gids: user.additional_gids,
        })
    }

    fn get_capabilities(&mut self, of: View) -> Result<container_process::Capabilities, Stop> {
        let sets = self.ask(|host| host.capabilities(of.into()))?;
        Ok(container_process::Capabilities {
            bounding: sets.bounding,
            effective: sets.effective,
            inheritable: sets.inheritable,
            permitted: sets.permitted,
            ambient: sets.ambient,
        })
    }
}

impl<H: StageHost> container_namespaces::Host for State<H> {
    fn all(&mut self, of: View) -> Result<Vec<container_namespaces::Namespace>, Stop> {
        let list = self.ask(|host| host.namespaces(of.into()))?;
        let namespace = |n: crate::document::Namespace| container_namespaces::Namespace {
            kind: n.kind,
            path: n.path,
        };
        Ok(list.into_iter().map(namespace).collect())
    }
}

impl<H: StageHost> platform::Host for State<H> {
    fn architecture(&mut self) -> Result<String, Stop> {
        self.ask(H::architecture)
    }

    fn kernel_release(&mut self) -> Result<String, Stop> {
        self.ask(H::kernel_release)
    }

    fn has_tegra_files(&mut self) -> Result<bool, Stop> {
        self.ask(H::has_tegra_files)
    }

    fn has_dxcore(&mut self) -> Result<bool, Stop> {
        self.ask(H::has_dxcore)
    }

    fn has_nvml(&mut self) -> Result<bool, Stop> {
        self.ask(H::has_nvml)
    }
}

impl<H: StageHost> gpus::Host for State<H> {
    fn get_driver(&mut self) -> Result<gpus::Driver, Stop> {
        self.ask(|host| host.driver().map(Into::into))
    }

    fn all(&mut self) -> Result<Vec<gpus::Gpu>, Stop> {
        self.ask(|host| each(host.gpus()))
    }
}

impl<H: StageHost> cdi_registry::Host for State<H> {
    fn devices(&mut self, kind: String) -> Result<Vec<String>, Stop> {
        self.ask(|host| host.cdi_devices(&kind))
    }
}

impl<H: StageHost> host_files::Host for State<H> {
    fn glob(&mut self, root: String, pattern: String) -> Result<Vec<host_files::Entry>, Stop> {
        self.ask(|host| each(host.files_glob(&root, &pattern)))
    }

    fn stat(
        &mut self,
        root: String,
        paths: Vec<String>,
    ) -> Result<Vec<Option<host_files::Entry>>, Stop> {
        let list = self.ask(|host| host.files_stat(&root, &paths))?;
        Ok(list.into_iter().map(|entry| entry.map(Into::into)).collect())
    }

    fn read_link(&mut self, root: String, path: String) -> Result<String, Stop> {
        self.ask(|host| host.files_read_link(&root, &path))
    }

    fn resolve(&mut self, root: String, path: String) -> Result<String, Stop> {
        self.ask(|host| host.files_resolve(&root, &path))
    }

    fn read(
        &mut self,
        root: String,
        path: String,
        offset: u64,
        length: u32,
    ) -> Result<Vec<u8>, Stop> {
        self.ask(|host| host.files_read(&root, &path, offset, length))
    }

    fn soname(&mut self, root: String, path: String) -> Result<Option<String>, Stop> {
        self.ask(|host| host.files_soname(&root, &path))
    }

    fn granted(&mut self, root: String, path: String) -> Result<bool> {
        Ok(self.host.file_granted(&root, &path))
    }
}
