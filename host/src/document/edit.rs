//! The edits that a document can take. Pure data: how each is applied is in `apply`.

use super::{DeviceNode, DeviceRule, Hook, HookPoint, IntelRdt, Mount, Prepared};

/// One change to the document, resolved: nothing in it is looked up on the host any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Sets a variable of `process.env`; the last entry of that name is replaced, else one is
    /// appended.
    SetEnv {
        /// Non-empty, without `=` and NUL.
        name: String,
        /// Without NUL.
        value: String,
    },
    /// Puts an entry into `linux.devices`; one at the same path is replaced.
    PutDeviceNode(DeviceNode),
    /// Appends a rule to `linux.resources.devices`, unless the same rule already stands after every
    /// rule that denies.
    AddDeviceRule(DeviceRule),
    /// Puts an entry into `mounts`: one at the same destination is removed, the new one appended.
    PutMount(Prepared<Mount>),
    /// Orders `mounts` by the number of elements of their destinations; equal ones keep their order.
    SortMounts,
    /// Appends a hook to a point, unless an identical one is there.
    AddHook {
        /// Where.
        point: HookPoint,
        /// What.
        hook: Prepared<Hook>,
    },
    /// Removes the hooks of a point whose program is this path.
    RemoveHooks {
        /// Where.
        point: HookPoint,
        /// The hooks' program, compared as text.
        path: String,
    },
    /// Appends a group to `process.user.additionalGids`, unless it is there.
    AddGid(u32),
    /// Puts an entry into `linux.netDevices`.
    PutNetDevice {
        /// The interface's name on the host.
        host_name: String,
        /// Its name in the container.
        name: String,
    },
    /// Replaces `linux.intelRdt`.
    SetRdt(IntelRdt),
}
