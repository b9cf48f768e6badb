//! `[stages.NAME]` of one file.

use std::collections::btree_map::Entry;
use std::path::PathBuf;

use toml::de::DeValue;

use super::field::Field;
use super::{Result, grants, settings};
use crate::pipeline::config::When;
use crate::pipeline::config::draft::{Draft, Modifier, StageDraft, WhenDraft};
use crate::pipeline::config::error::suggest;
use crate::pipeline::config::layer::Kind;
use crate::pipeline::config::limits::{Bytes, GIB, KIB, Limits, MIB};
use crate::pipeline::config::stage::{DefinedBy, OnError, StageName};
use crate::pipeline::grants::Mode;

pub(super) const KEYS: &[&str] = &[
    "modifier", "digest", "enabled", "modes", "when", "on-error", "enforce", "after", "before",
    "roots", "grants", "limits", "settings",
];
/// What a profile may say of a stage: never what it is, nor what it is granted.
pub(super) const PROFILE: &[&str] =
    &["enabled", "modes", "when", "on-error", "enforce", "settings"];
pub(super) const WHEN: &[&str] = &["env", "annotations", "mounts", "hooks"];
pub(super) const LIMITS: &[&str] =
    &["memory", "time", "fuel", "host-bytes", "edits", "edit-bytes", "log-lines", "log-bytes"];

/// Lays one stage of a file over the draft.
pub(super) fn apply(draft: &mut Draft, field: &Field<'_>) -> Result<()> {
    let name: StageName = field.key.parse().map_err(|error: String| field.bad(error))?;
    let drop_in = field.layer().kind == Kind::DropIn;
    let stage = match draft.stages.entry(name.clone()) {
        Entry::Occupied(_) if drop_in => {
            return Err(field.not_in_drop_in(
                "the stage is defined elsewhere; give this one a name of its own, or change the \
                 other in config.toml",
            ));
        }
        Entry::Occupied(stage) => stage.into_mut(),
        Entry::Vacant(place) if drop_in => {
            draft.from_drop_ins.push(name);
            place.insert(StageDraft::new(DefinedBy::DropIn))
        }
        Entry::Vacant(place) => place.insert(StageDraft::new(DefinedBy::Main)),
    };
    // Either key replaces both, so that config.toml can move a drop-in's stage.
    if let DeValue::Table(table) = field.value()
        && ["after", "before"].iter().any(|key| table.contains_key(*key))
    {
        (stage.after, stage.before) = (None, None);
    }
    field.table(|field| one(stage, &field, drop_in))
}

/// Lays what a profile says of one stage over the draft.
pub(super) fn apply_profile(draft: &mut Draft, field: &Field<'_>) -> Result<()> {
    let known = || suggest(field.key, draft.stages.keys().map(StageName::as_str));
    if !draft.stages.contains_key(field.key) {
        return Err(field.bad(format!("is no stage; {}", known())));
    }
    let Some(stage) = draft.stages.get_mut(field.key) else { return Ok(()) };
    field.table(|field| {
        if PROFILE.contains(&field.key) {
            one(stage, &field, false)
        } else if KEYS.contains(&field.key) {
            Err(field.not_in_profile(
                "what a stage is and what it may do is the same in all profiles; say it in [stages]",
            ))
        } else {
            Err(field.unknown(PROFILE))
        }
    })
}

fn one(stage: &mut StageDraft, field: &Field<'_>, drop_in: bool) -> Result<()> {
    match field.key {
        // Else the drop-in's grants would be added to those of an operator's stage.
        "modifier" if !drop_in && stage.defined_by == DefinedBy::DropIn => {
            return Err(field.bad(
                "a drop-in defines this stage; remove the drop-in, or give yours another name",
            ));
        }
        "modifier" => stage.modifier = Some(modifier(field)?),
        "digest" => stage.digest = Some(field.parsed()?),
        "enabled" if drop_in => {
            return Err(field.not_in_drop_in("only config.toml enables a stage"));
        }
        "enabled" => {
            stage.enabled = field.boolean()?;
            stage.said = Some(stage.enabled);
        }
        "modes" => stage.modes = modes(field)?,
        "when" => {
            let mut asked = When::default();
            field.table(|field| when(&mut asked, &field))?;
            stage.when = WhenDraft::Asked(asked);
        }
        "on-error" => {
            stage.on_error = field.word(&[OnError::Fail, OnError::Skip], OnError::name)?;
        }
        "enforce" => stage.enforce = field.boolean()?,
        "after" | "before" if stage.defined_by != DefinedBy::DropIn => {
            return Err(
                field.bad("places only a drop-in's stage; name this one in [pipeline] order")
            );
        }
        "after" => stage.after = Some(field.parsed()?),
        "before" => stage.before = Some(field.parsed()?),
        "roots" => field.table(|field| {
            if field.key.is_empty() || matches!(field.key, "driver-root" | "dev-root") {
                return Err(field.bad("is set in [host], and is the same for all stages"));
            }
            let path = field.path()?.to_owned();
            stage.roots.insert(field.key.to_owned(), path);
            Ok(())
        })?,
        "grants" => grants::apply(&mut stage.grants, field)?,
        "limits" => field.table(|field| limit(&mut stage.limits, &field))?,
        "settings" => {
            settings::merge(&mut stage.settings, field)?;
            // What is built in fits the settings that are.
            if let WhenDraft::BuiltIn(when) = &mut stage.when {
                *when = When::default();
            }
        }
        _ => return Err(field.unknown(KEYS)),
    }
    Ok(())
}

fn when(when: &mut When, field: &Field<'_>) -> Result<()> {
    match field.key {
        "env" => when.env = field.names()?,
        "annotations" => when.annotations = field.names()?,
        "mounts" => when.mounts = field.paths()?,
        "hooks" => when.hooks = field.list(|field| grants::point(&field))?,
        _ => return Err(field.unknown(WHEN)),
    }
    Ok(())
}

fn modifier(field: &Field<'_>) -> Result<Modifier> {
    let text = field.string()?;
    if let Some(name) = text.strip_prefix("builtin:") {
        let name = name.parse().map_err(|_| {
            field.bad(format!("{text:?} names no built-in modifier; write it like \"builtin:cdi\""))
        })?;
        return Ok(Modifier::BuiltIn(name));
    }
    let path = PathBuf::from(text);
    if !text.starts_with('/') || path.extension().is_none_or(|extension| extension != "wasm") {
        return Err(field.bad(format!(
            "{text:?} must be the absolute path of a .wasm file, or \"builtin:\" and a name"
        )));
    }
    field.path()?;
    Ok(Modifier::File(path))
}

pub(super) fn modes<T: FromIterator<Mode>>(field: &Field<'_>) -> Result<T> {
    let modes = field.list(|field| field.word(&Mode::ALL, Mode::name))?;
    Ok(modes.into_iter().collect())
}

fn limit(limits: &mut Limits, field: &Field<'_>) -> Result<()> {
    match field.key {
        "memory" => limits.memory = bytes(field, 64 * KIB, 4 * GIB)?,
        "time" => limits.time = field.time()?,
        "fuel" => limits.fuel = field.integer(1..=1_000_000_000_000)?,
        "host-bytes" => limits.host_bytes = bytes(field, KIB, GIB)?,
        "edits" => limits.edits = field.integer32(0..=1_000_000)?,
        "edit-bytes" => limits.edit_bytes = bytes(field, 0, 64 * MIB)?,
        "log-lines" => limits.log_lines = field.integer32(0..=1_000_000)?,
        "log-bytes" => limits.log_bytes = bytes(field, 0, 64 * MIB)?,
        _ => return Err(field.unknown(LIMITS)),
    }
    Ok(())
}

fn bytes(field: &Field<'_>, least: u64, most: u64) -> Result<Bytes> {
    let value: Bytes = field.parsed()?;
    if (least..=most).contains(&value.0) {
        Ok(value)
    } else {
        let (least, most) = (Bytes(least), Bytes(most));
        Err(field.bad(format!("must be from {least} to {most}, not {value}")))
    }
}
