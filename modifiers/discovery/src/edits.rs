//! The edits of what discovery found.

use gantry_modifier::device_nodes::{self, NewDeviceNode, node};
use gantry_modifier::hooks::{self, NewHook};
use gantry_modifier::mounts::{self, NewMount};
use gantry_modifier::{Failure, HookPoint, Problem, env, gids};

use crate::Found;

/// The hook program where a stage's settings name none.
pub const HOOK_PATH: &str = "/usr/bin/gantry-hook";

/// How edits are made.
#[derive(Debug, Clone, Copy)]
pub struct Edits<'a> {
    /// The program of the hooks.
    pub hook_path: &'a str,
    /// Whether the container's process gets the groups that own the device nodes.
    pub additional_gids: bool,
}

impl Edits<'_> {
    /// Makes the edits of what was found, each for this reason: device nodes, mounts, hooks, groups. It is
    /// for what finds no variables; a stage that never sets one does not import the interface.
    ///
    /// # Errors
    ///
    /// What the host refuses.
    pub fn make(self, found: &Found, reason: &str) -> Result<(), Failure> {
        self.each(found, reason, |_, _| Ok(()))
    }

    /// As [`Self::make`], with variables, behind the device nodes.
    ///
    /// # Errors
    ///
    /// What the host refuses.
    pub fn make_all(self, found: &Found, reason: &str) -> Result<(), Failure> {
        self.each(found, reason, |name, value| Ok(env::set(name, value, reason)?))
    }

    fn each(
        self,
        found: &Found,
        reason: &str,
        set: impl Fn(&str, &str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for one in &found.device_nodes {
            let gid = (one.gid != 0).then_some(one.gid);
            let root = Some(one.root.name());
            let host_path = Some(one.host_path.as_str());
            device_nodes::add(NewDeviceNode { host_path, root, gid, ..node(&one.path) }, reason)?;
        }
        found.env.iter().try_for_each(|(name, value)| set(name, value))?;
        for mount in &found.mounts {
            let edit = NewMount {
                host_path: &mount.host_path,
                root: Some(mount.root.name()),
                container_path: &mount.path,
                options: mount.options,
            };
            mounts::add(edit, reason)?;
        }
        for hook in &found.hooks {
            let arguments = hook.args.iter().map(String::as_str);
            let args: Vec<&str> = hook.head(self.hook_path).chain(arguments).collect();
            let edit = NewHook {
                hook_name: HookPoint::CreateContainer,
                path: self.hook_path,
                args: &args,
                timeout: None,
            };
            hooks::add(edit, reason)?;
        }
        if self.additional_gids {
            let mut given = Vec::new();
            for one in &found.device_nodes {
                if let Some(gid) = one.needed_gid().filter(|gid| !given.contains(gid)) {
                    gids::add(gid, &format!("owns {}, {reason}", one.path))?;
                    given.push(gid);
                }
            }
        }
        Ok(())
    }
}

/// What is wrong with the setting `hook-path`.
#[must_use]
pub fn hook_path_problem(path: &str) -> Option<Problem> {
    let is_normal = |rest: &str| rest.split('/').all(|e| !matches!(e, "" | "." | ".."));
    (!path.strip_prefix('/').is_some_and(is_normal)).then(|| {
        Problem::new(
            "hook-path",
            format!(
                "`{path}` must be the absolute path of a program, without `.`, `..` or a repeated `/`"
            ),
        )
    })
}

#[cfg(test)]
mod tests;
