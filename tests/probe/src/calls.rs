//! Every function of the contract, by name.

use std::fmt::Debug;

use gantry_modifier::device_nodes::NewDeviceNode;
use gantry_modifier::hooks::NewHook;
use gantry_modifier::mounts::NewMount;
use gantry_modifier::net_devices::NewNetDevice;
use gantry_modifier::rdt::NewIntelRdt;
use gantry_modifier::{
    Error, HookPoint, View, annotations, device_nodes, devices, env, files, gids, gpus, hooks, log,
    mounts, namespaces, net_devices, platform, process, rdt,
};

use crate::args::Args;

type Answer = Result<String, Error>;

/// Calls a function of the contract; `None` where there is none of that name.
///
/// The arguments stand as in the contract. Where it has `view`, the argument `current` means that, and
/// anything else the original; records are spread out into their fields.
pub(crate) fn call(name: &str, args: &Args) -> Option<Answer> {
    let (interface, function) = name.split_once('.')?;
    Some(match interface {
        "edit-env" | "edit-devices" | "edit-device-nodes" | "edit-mounts" | "edit-hooks"
        | "edit-gids" | "edit-net-devices" | "edit-rdt" => edit(name, args)?,
        "container-env"
        | "container-annotations"
        | "container-mounts"
        | "container-hooks"
        | "container-device-nodes"
        | "container-process"
        | "container-namespaces" => container(name, args)?,
        "log" => {
            log::info(&args.text(0));
            Ok(function.to_owned())
        }
        _ => machine(name, args)?,
    })
}

fn shown<T: Debug>(value: Result<T, Error>) -> Answer {
    value.map(|value| format!("{value:?}"))
}

fn view(args: &Args) -> View {
    if args.text(0) == "current" { View::Current } else { View::Original }
}

fn point(name: &str) -> HookPoint {
    match name {
        "createRuntime" => HookPoint::CreateRuntime,
        "createContainer" => HookPoint::CreateContainer,
        "startContainer" => HookPoint::StartContainer,
        "poststart" => HookPoint::Poststart,
        "poststop" => HookPoint::Poststop,
        _ => HookPoint::Prestart,
    }
}

fn container(name: &str, args: &Args) -> Option<Answer> {
    let (of, text) = (view(args), args.text(1));
    Some(match name {
        "container-env.get" => shown(env::get_all(of, &args.list(1))),
        "container-env.with-prefix" => shown(env::with_prefix(of, &text)),
        "container-env.malformed" => shown(env::malformed(of)),
        "container-env.granted" => shown(Ok(env::get_granted(&args.text(0)))),
        "container-annotations.get" => shown(annotations::get_all(of, &args.list(1))),
        "container-annotations.with-prefix" => shown(annotations::with_prefix(of, &text)),
        "container-annotations.granted" => shown(Ok(annotations::get_granted(&args.text(0)))),
        "container-mounts.below" => shown(mounts::below(of, &text)),
        "container-mounts.granted" => shown(Ok(mounts::below_granted(&args.text(0)))),
        "container-hooks.at" => shown(hooks::at(of, point(&text))),
        "container-hooks.granted" => shown(Ok(hooks::at_granted(point(&args.text(0))))),
        "container-device-nodes.below" => shown(device_nodes::below(of, &text)),
        "container-device-nodes.granted" => shown(Ok(device_nodes::below_granted(&args.text(0)))),
        "container-process.get-user" => shown(process::user(of)),
        "container-process.get-capabilities" => shown(process::capabilities(of)),
        "container-namespaces.all" => shown(namespaces::all(of)),
        _ => return None,
    })
}

fn machine(name: &str, args: &Args) -> Option<Answer> {
    let (root, path) = (args.text(0), args.text(1));
    Some(match name {
        "platform.architecture" => shown(platform::architecture()),
        "platform.kernel-release" => shown(platform::kernel_release()),
        "platform.has-tegra-files" => shown(platform::has_tegra_files()),
        "platform.has-dxcore" => shown(platform::has_dxcore()),
        "platform.has-nvml" => shown(platform::has_nvml()),
        "gpus.get-driver" => shown(gpus::driver()),
        "gpus.all" => shown(gpus::all()),
        "cdi-registry.devices" => shown(devices::known(&root)),
        "host-files.glob" => shown(files::glob(&root, &path)),
        "host-files.stat" => shown(files::stat(&root, &args.list(1))),
        "host-files.read-link" => shown(files::read_link(&root, &path)),
        "host-files.resolve" => shown(files::resolve(&root, &path)),
        "host-files.read" => {
            let read = files::read(&root, &path, args.long(2), args.number(3));
            read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        }
        "host-files.soname" => shown(files::soname(&root, &path)),
        "host-files.granted" => shown(Ok(files::read_granted(&root, &path))),
        _ => return None,
    })
}

fn edit(name: &str, args: &Args) -> Option<Answer> {
    let (first, second, last) = (args.text(0), args.text(1), args.text(2));
    let done = |result: Result<(), Error>| result.map(|()| String::new());
    Some(match name {
        "edit-env.set" => done(env::set(&first, &second, &last)),
        "edit-env.granted" => shown(Ok(env::set_granted(&first))),
        "edit-devices.inject" => done(devices::inject(&first, &second)),
        "edit-devices.granted" => shown(Ok(devices::inject_granted(&first))),
        "edit-device-nodes.add" => {
            let (host_path, permissions) = (args.optional(1), args.optional(2));
            let root = args.optional(7);
            let node = NewDeviceNode {
                path: &first,
                host_path: host_path.as_deref(),
                root: root.as_deref(),
                permissions: permissions.as_deref(),
                file_mode: args.optional_number(3),
                uid: args.optional_number(4),
                gid: args.optional_number(5),
            };
            done(device_nodes::add(node, &args.text(6)))
        }
        "edit-device-nodes.granted" => {
            shown(Ok(device_nodes::add_granted(args.optional(2).as_deref(), &first, &second)))
        }
        "edit-mounts.add" => {
            let options = args.list(2);
            let root = args.optional(4);
            let mount = NewMount {
                host_path: &first,
                root: root.as_deref(),
                container_path: &second,
                options: &options,
            };
            done(mounts::add(mount, &args.text(3)))
        }
        "edit-mounts.granted" => {
            shown(Ok(mounts::add_granted(args.optional(2).as_deref(), &first, &second)))
        }
        "edit-hooks.add" => {
            let words = args.list(2);
            let hook = NewHook {
                hook_name: point(&first),
                path: &second,
                args: &words,
                timeout: args.optional_number(3),
            };
            done(hooks::add(hook, &args.text(4)))
        }
        "edit-hooks.remove" => shown(hooks::remove(point(&first), &second, &last)),
        "edit-hooks.granted" => shown(Ok(hooks::add_granted(point(&first), &second))),
        "edit-gids.add" => done(gids::add(args.number(0), &second)),
        "edit-gids.granted" => shown(Ok(gids::add_granted(args.number(0)))),
        "edit-net-devices.add" => {
            let device = NewNetDevice { host_interface_name: &first, name: &second };
            done(net_devices::add(device, &last))
        }
        "edit-net-devices.granted" => shown(Ok(net_devices::add_granted(&first))),
        "edit-rdt.set" => {
            let (id, cache, bandwidth) = (args.optional(0), args.optional(1), args.optional(2));
            let schemata = args.list(3);
            let rdt = NewIntelRdt {
                clos_id: id.as_deref(),
                l3_cache_schema: cache.as_deref(),
                mem_bw_schema: bandwidth.as_deref(),
                schemata: &schemata,
                enable_monitoring: args.switch(4),
            };
            done(rdt::set(rdt, &args.text(5)))
        }
        "edit-rdt.granted" => shown(Ok(rdt::set_granted(&first))),
        _ => return None,
    })
}
