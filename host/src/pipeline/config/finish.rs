//! From the draft, when all layers are laid over it, to the configuration: what only the whole can
//! tell.

use std::collections::BTreeMap;

use super::draft::{Draft, Modifier, StageDraft, WhenDraft, find};
use super::error::{ConfigError, suggest};
use super::order::arrange;
use super::stage::{DefinedBy, ModifierRef, StageConfig, StageName};
use super::{Config, Layer};

/// Checks the whole, and makes the configuration of it.
pub(super) fn finish(draft: Draft, layers: Vec<Layer>) -> Result<Config, ConfigError> {
    check_selector(&draft, &layers)?;
    check_defined(&draft, &layers)?;
    let order = arrange(&draft, &layers)?;
    let is_left_over = |(_, stage): &(&StageName, &StageDraft)| stage.is_left_over();
    let left_over: Vec<StageName> =
        draft.stages.iter().filter(is_left_over).map(|(name, _)| name.clone()).collect();
    let mut stages: BTreeMap<StageName, StageConfig> = draft
        .stages
        .into_iter()
        .filter_map(|(name, stage)| {
            let stage = one(name.clone(), stage, &layers).transpose()?;
            Some(stage.map(|stage| (name, stage)))
        })
        .collect::<Result<_, ConfigError>>()?;
    let selector = stages
        .remove(&draft.selector)
        .ok_or_else(|| no_selector(&layers, "is no stage".to_owned()))?;
    let ordered = order.iter().filter_map(|name| stages.remove(name)).collect();
    Ok(Config {
        runtime: draft.runtime,
        log: draft.log,
        host: draft.host,
        cdi: draft.cdi,
        generate: draft.generate,
        journal: draft.journal,
        store: draft.store,
        selector,
        fixed_mode: draft.fixed_mode,
        stages: ordered,
        unplaced: stages.into_values().map(off).collect(),
        profiles: draft.profiles,
        named: draft.order,
        left_over,
        layers,
    })
}

/// A stage without a modifier is an error, unless it is one that was disabled: when a vendor's package goes, what
/// `gantry config disable` wrote must not stop all containers.
fn check_defined(draft: &Draft, layers: &[Layer]) -> Result<(), ConfigError> {
    let undefined =
        |(_, stage): &(&StageName, &StageDraft)| stage.modifier.is_none() && !stage.is_left_over();
    let Some((name, stage)) = draft.stages.iter().find(undefined) else { return Ok(()) };
    let others = draft.stages.keys().filter(|one| *one != name);
    let hint = suggest(name.as_str(), others.map(StageName::as_str));
    let how = format!(
        "set modifier to the absolute path of a .wasm file or \"builtin:NAME\" (stages: {hint})"
    );
    let problem = match stage.defined_by {
        DefinedBy::Main => format!(
            "the stage has no modifier, and no drop-in defines it: install what does, run `gantry config disable \
             {name}`, or {how}"
        ),
        _ => format!("the stage has no modifier; {how}"),
    };
    let key = ["stages", name.as_str()];
    Err(ConfigError::Value { at: find(layers, &key), key: key.join("."), problem })
}

/// A stage without a place does not run.
fn off(mut stage: StageConfig) -> StageConfig {
    stage.enabled = false;
    stage
}

fn check_selector(draft: &Draft, layers: &[Layer]) -> Result<(), ConfigError> {
    let name = draft.selector.as_str();
    let problem = match draft.stages.get(name) {
        None => {
            let hint = suggest(name, draft.stages.keys().map(StageName::as_str));
            format!("{name:?} is no stage; {hint}")
        }
        Some(stage) if stage.defined_by == DefinedBy::DropIn => format!(
            "{name:?} is defined by a drop-in, and a drop-in cannot choose the mode; define it in \
             config.toml"
        ),
        Some(stage) if !stage.enabled => format!(
            "{name:?} is not enabled, and without a mode no stage runs; set enabled = true in \
             [stages.{name}]"
        ),
        Some(StageDraft { when: WhenDraft::Asked(when), .. }) if !when.is_always() => {
            let key = ["stages", name, "when"];
            return Err(ConfigError::Value {
                at: find(layers, &key),
                key: key.join("."),
                problem: "the stage chooses the mode of every container; remove this".to_owned(),
            });
        }
        Some(_) => return Ok(()),
    };
    Err(no_selector(layers, problem))
}

fn no_selector(layers: &[Layer], problem: String) -> ConfigError {
    ConfigError::Value {
        at: find(layers, &["pipeline", "mode"]),
        key: "pipeline.mode".to_owned(),
        problem,
    }
}

/// One stage; `None` for what is left over.
fn one(
    name: StageName,
    stage: StageDraft,
    layers: &[Layer],
) -> Result<Option<StageConfig>, ConfigError> {
    let bad = |keys: &[&str], problem: String| {
        let full: Vec<&str> = ["stages", name.as_str()].iter().chain(keys).copied().collect();
        ConfigError::Value { at: find(layers, &full), key: full.join("."), problem }
    };
    if stage.after.is_some() && stage.before.is_some() {
        return Err(bad(&["before"], "stands beside `after`; keep one of them".to_owned()));
    }
    let modifier = match (stage.modifier, stage.digest) {
        (Some(Modifier::BuiltIn(_)), Some(_)) => {
            return Err(bad(
                &["digest"],
                "a built-in modifier has no digest of its own; remove it".to_owned(),
            ));
        }
        (Some(Modifier::BuiltIn(name)), None) => ModifierRef::BuiltIn(name),
        (Some(Modifier::File(path)), digest) => ModifierRef::File { path, digest },
        (None, _) => return Ok(None),
    };
    Ok(Some(StageConfig {
        modifier,
        enabled: stage.enabled,
        modes: stage.modes,
        when: match stage.when {
            WhenDraft::BuiltIn(when) | WhenDraft::Asked(when) => when,
        },
        on_error: stage.on_error,
        enforce: stage.enforce,
        roots: stage.roots,
        grants: stage.grants,
        limits: stage.limits,
        settings: stage.settings,
        defined_by: stage.defined_by,
        name,
    }))
}
