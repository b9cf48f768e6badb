//! `[stages.NAME.grants]` of one file.

use super::Result;
use super::field::Field;
use super::stage::modes;
use crate::document::HookPoint;
use crate::pipeline::grants::{
    EditGrants, GidGrant, GidRange, Grants, HookEnv, HookGrant, OverrideGrants, Pattern,
    ReadGrants, RemoveHookGrant,
};

pub(super) const GRANTS: &[&str] = &["read", "edit", "override", "listed"];
pub(super) const READ: &[&str] = &[
    "env",
    "annotations",
    "mounts",
    "hooks",
    "device-nodes",
    "process",
    "namespaces",
    "platform",
    "gpus",
    "cdi",
    "files",
];
pub(super) const EDIT: &[&str] = &[
    "mode",
    "env",
    "devices",
    "device-nodes",
    "mounts",
    "hooks",
    "remove-hooks",
    "gids",
    "net-devices",
    "rdt",
];
pub(super) const OVERRIDE: &[&str] = &["env", "mounts", "device-nodes", "net-devices", "rdt"];
pub(super) const HOOK: &[&str] = &["point", "path", "args", "timeout", "env"];
pub(super) const REMOVE: &[&str] = &["point", "path"];

/// The timeout of a hook grant that names none, in seconds.
const TIMEOUT: u32 = 10;
/// The environment of a hook grant that names none: never empty (CVE-2025-23266).
const ENVIRONMENT: &str = "GANTRY=1";

pub(super) fn apply(grants: &mut Grants, field: &Field<'_>) -> Result<()> {
    field.table(|field| match field.key {
        "read" => field.table(|field| read(&mut grants.read, &field)),
        "edit" => field.table(|field| edit(&mut grants.edit, &field)),
        "override" => field.table(|field| overrides(&mut grants.overrides, &field)),
        "listed" => field.table(|field| {
            let paths = field.paths()?;
            grants.listed.insert(field.key.to_owned(), paths);
            Ok(())
        }),
        _ => Err(field.unknown(GRANTS)),
    })
}

fn read(grants: &mut ReadGrants, field: &Field<'_>) -> Result<()> {
    match field.key {
        "env" => grants.env = field.names()?,
        "annotations" => grants.annotations = field.names()?,
        "mounts" => grants.mounts = field.paths()?,
        "hooks" => grants.hooks = field.list(|field| point(&field))?,
        "device-nodes" => grants.device_nodes = field.paths()?,
        "process" => grants.process = field.boolean()?,
        "namespaces" => grants.namespaces = field.boolean()?,
        "platform" => grants.platform = field.boolean()?,
        "gpus" => grants.gpus = field.boolean()?,
        "cdi" => grants.cdi = field.names()?,
        "files" => field.table(|field| {
            let paths = field.paths()?;
            grants.files.insert(field.key.to_owned(), paths);
            Ok(())
        })?,
        _ => return Err(field.unknown(READ)),
    }
    Ok(())
}

fn edit(grants: &mut EditGrants, field: &Field<'_>) -> Result<()> {
    match field.key {
        "mode" => grants.modes = modes(field)?,
        "env" => grants.env = field.names()?,
        "devices" => grants.devices = field.names()?,
        "device-nodes" => grants.device_nodes = field.list(|field| field.parsed())?,
        "mounts" => grants.mounts = field.list(|field| field.parsed())?,
        "hooks" => grants.hooks = field.list(|field| hook(&field))?,
        "remove-hooks" => grants.remove_hooks = field.list(|field| remove_hook(&field))?,
        "gids" => grants.gids = field.list(|field| gids(&field))?,
        "net-devices" => grants.net_devices = field.names()?,
        "rdt" => grants.rdt = field.names()?,
        _ => return Err(field.unknown(EDIT)),
    }
    Ok(())
}

fn overrides(grants: &mut OverrideGrants, field: &Field<'_>) -> Result<()> {
    match field.key {
        "env" => grants.env = field.names()?,
        "mounts" => grants.mounts = field.paths()?,
        "device-nodes" => grants.device_nodes = field.paths()?,
        "net-devices" => grants.net_devices = field.names()?,
        "rdt" => grants.rdt = field.boolean()?,
        _ => return Err(field.unknown(OVERRIDE)),
    }
    Ok(())
}

pub(super) fn point(field: &Field<'_>) -> Result<HookPoint> {
    field.word(&HookPoint::ALL, HookPoint::name)
}

/// A group, a range of them, or the word for those of the stage's device nodes.
fn gids(field: &Field<'_>) -> Result<GidGrant> {
    if field.value().is_integer() {
        let gid = field.integer32(1..=u32::MAX - 1)?;
        let range = GidRange::new(gid, gid).ok_or_else(|| field.bad("is no group"))?;
        Ok(GidGrant::Range(range))
    } else {
        field.parsed()
    }
}

fn hook(grant: &Field<'_>) -> Result<HookGrant> {
    let (mut at, mut path, mut args) = (None, None, Vec::new());
    let mut timeout = Some(TIMEOUT);
    let mut env = HookEnv::Fixed(vec![ENVIRONMENT.to_owned()]);
    grant.table(|field| {
        match field.key {
            "point" => at = Some(point(&field)?),
            "path" => path = Some(field.path_pattern()?),
            "args" => args = field.list(|field| field.pattern())?,
            "timeout" => timeout = longest(&field)?,
            "env" => env = environment(&field)?,
            _ => return Err(field.unknown(HOOK)),
        }
        Ok(())
    })?;
    let at = at.ok_or_else(|| grant.bad("the hook has no `point`"))?;
    if env == HookEnv::Runtime && !HookEnv::may_be_the_runtimes(at) {
        return Err(grant.bad(format!(
            "env = \"{}\" cannot be for {}: the container's init starts these hooks, with the \
             container's environment; name variables",
            HookEnv::RUNTIME,
            at.name(),
        )));
    }
    let any_further = args.pop_if(|last: &mut Pattern| last.as_str() == "**").is_some();
    Ok(HookGrant {
        point: at,
        path: path.ok_or_else(|| grant.bad("the hook has no `path`"))?,
        args,
        any_further,
        timeout,
        env,
    })
}

/// Seconds, or the word for no timeout at all.
fn longest(field: &Field<'_>) -> Result<Option<u32>> {
    match field.value().as_str() {
        Some("none") => Ok(None),
        Some(text) => Err(field.bad(format!("{text:?} must be seconds, or \"none\""))),
        None => field.integer32(1..=3600).map(Some),
    }
}

fn environment(field: &Field<'_>) -> Result<HookEnv> {
    match field.value().as_str() {
        Some(HookEnv::RUNTIME) => return Ok(HookEnv::Runtime),
        Some(text) => {
            let word = HookEnv::RUNTIME;
            return Err(field.bad(format!("{text:?} must be a list of NAME=VALUE, or \"{word}\"")));
        }
        None => {}
    }
    let env = field.list(|field| {
        let text = field.string()?;
        match text.split_once('=') {
            Some((name, _)) if !name.is_empty() && !text.contains('\0') => Ok(text.to_owned()),
            _ => Err(field.bad(format!("{text:?} must be NAME=VALUE"))),
        }
    })?;
    if env.is_empty() {
        return Err(field.bad(
            "must not be empty: a hook without an environment gets that of the container in some \
             runtimes; leave the key out for the default",
        ));
    }
    Ok(HookEnv::Fixed(env))
}

fn remove_hook(grant: &Field<'_>) -> Result<RemoveHookGrant> {
    let (mut at, mut path) = (None, None);
    grant.table(|field| {
        match field.key {
            "point" => at = Some(point(&field)?),
            "path" => path = Some(field.path_pattern()?),
            _ => return Err(field.unknown(REMOVE)),
        }
        Ok(())
    })?;
    Ok(RemoveHookGrant {
        point: at.ok_or_else(|| grant.bad("the hook has no `point`"))?,
        path: path.ok_or_else(|| grant.bad("the hook has no `path`"))?,
    })
}
