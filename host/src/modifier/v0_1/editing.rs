//! The editing interfaces, each function handed to the host.

use wasmtime::Result;

use super::super::state::{State, Stop};
use super::super::{HookRequest, MountRequest, NodeRequest, RdtRequest, StageHost};
use super::wit::types::HookPoint;
use super::wit::{
    edit_device_nodes, edit_devices, edit_env, edit_gids, edit_hooks, edit_mounts,
    edit_net_devices, edit_rdt,
};

impl<H: StageHost> edit_env::Host for State<H> {
    fn set(&mut self, name: String, value: String, reason: String) -> Result<(), Stop> {
        self.ask(|host| host.set_env(name, value, reason))
    }

    fn granted(&mut self, name: String) -> Result<bool> {
        Ok(self.host.set_env_granted(&name))
    }
}

impl<H: StageHost> edit_devices::Host for State<H> {
    fn inject(&mut self, device: String, reason: String) -> Result<(), Stop> {
        self.ask(|host| host.inject_device(device, reason))
    }

    fn granted(&mut self, device: String) -> Result<bool> {
        Ok(self.host.inject_device_granted(&device))
    }
}

impl<H: StageHost> edit_device_nodes::Host for State<H> {
    fn add(&mut self, node: edit_device_nodes::DeviceNode, reason: String) -> Result<(), Stop> {
        let node = NodeRequest {
            path: node.path,
            host_path: node.host_path,
            root: node.root,
            permissions: node.permissions,
            file_mode: node.file_mode,
            uid: node.uid,
            gid: node.gid,
        };
        self.ask(|host| host.add_device_node(node, reason))
    }

    fn granted(&mut self, root: Option<String>, host: String, path: String) -> Result<bool> {
        Ok(self.host.add_device_node_granted(root.as_deref(), &host, &path))
    }
}

impl<H: StageHost> edit_mounts::Host for State<H> {
    fn add(&mut self, mount: edit_mounts::Mount, reason: String) -> Result<(), Stop> {
        let mount = MountRequest {
            host_path: mount.host_path,
            root: mount.root,
            container_path: mount.container_path,
            options: mount.options,
        };
        self.ask(|host| host.add_mount(mount, reason))
    }

    fn granted(&mut self, root: Option<String>, host: String, path: String) -> Result<bool> {
        Ok(self.host.add_mount_granted(root.as_deref(), &host, &path))
    }
}

impl<H: StageHost> edit_hooks::Host for State<H> {
    fn add(&mut self, hook: edit_hooks::Hook, reason: String) -> Result<(), Stop> {
        let hook = HookRequest {
            point: hook.hook_name.into(),
            path: hook.path,
            args: hook.args,
            timeout: hook.timeout,
        };
        self.ask(|host| host.add_hook(hook, reason))
    }

    fn remove(&mut self, hook_name: HookPoint, path: String, reason: String) -> Result<u32, Stop> {
        self.ask(|host| host.remove_hooks(hook_name.into(), path, reason))
    }

    fn granted(&mut self, hook_name: HookPoint, path: String) -> Result<bool> {
        Ok(self.host.add_hook_granted(hook_name.into(), &path))
    }
}

impl<H: StageHost> edit_gids::Host for State<H> {
    fn add(&mut self, gid: u32, reason: String) -> Result<(), Stop> {
        self.ask(|host| host.add_gid(gid, reason))
    }

    fn granted(&mut self, gid: u32) -> Result<bool> {
        Ok(self.host.add_gid_granted(gid))
    }
}

impl<H: StageHost> edit_net_devices::Host for State<H> {
    fn add(&mut self, device: edit_net_devices::NetDevice, reason: String) -> Result<(), Stop> {
        self.ask(|host| host.add_net_device(device.host_interface_name, device.name, reason))
    }

    fn granted(&mut self, host_interface_name: String) -> Result<bool> {
        Ok(self.host.add_net_device_granted(&host_interface_name))
    }
}

impl<H: StageHost> edit_rdt::Host for State<H> {
    fn set(&mut self, rdt: edit_rdt::IntelRdt, reason: String) -> Result<(), Stop> {
        let rdt = RdtRequest {
            clos_id: rdt.clos_id,
            l3_cache_schema: rdt.l3_cache_schema,
            mem_bw_schema: rdt.mem_bw_schema,
            schemata: rdt.schemata,
            enable_monitoring: rdt.enable_monitoring,
        };
        self.ask(|host| host.set_rdt(rdt, reason))
    }

    fn granted(&mut self, clos_id: String) -> Result<bool> {
        Ok(self.host.set_rdt_granted(&clos_id))
    }
}
