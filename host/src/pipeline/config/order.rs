//! The order of the stages: `[pipeline] order`, with the stages of drop-ins put where they ask.

use super::draft::{Draft, find};
use super::error::{ConfigError, suggest};
use super::stage::{DefinedBy, StageName};
use super::{Layer, draft::StageDraft};

/// All stages but the selector that have a place, in their order.
///
/// Every stage that a file enables has one, or it is an error; a built-in one that the operator's order
/// leaves out does not run. A drop-in's stage that is not enabled and whose
/// neighbour is not there stands last: a vendor's file must not stop containers before the operator
/// has asked for it.
pub(super) fn arrange(draft: &Draft, layers: &[Layer]) -> Result<Vec<StageName>, ConfigError> {
    let mut order = named(draft, layers)?;
    let mut waiting: Vec<&StageName> = draft
        .from_drop_ins
        .iter()
        .filter(|name| !draft.order_is_whole && !order.contains(name) && **name != draft.selector)
        .collect();
    // The last stage that was put after another: the next one goes behind it.
    let mut tails: Vec<(StageName, StageName)> = Vec::new();
    loop {
        let before = waiting.len();
        waiting.retain(|name| {
            let Some(stage) = draft.stages.get(*name) else {
                return false;
            };
            !place(&mut order, &mut tails, name, stage)
        });
        if waiting.len() == before {
            break;
        }
    }
    for name in waiting {
        if let Some(stage) = draft.stages.get(name).filter(|stage| stage.enabled) {
            return Err(no_neighbour(draft, layers, name, stage));
        }
        order.push(name.clone());
    }
    for (name, stage) in &draft.stages {
        if stage.said == Some(true) && *name != draft.selector && !order.contains(name) {
            return Err(ConfigError::Value {
                at: find(layers, &["stages", name.as_str(), "enabled"]),
                key: format!("stages.{name}.enabled"),
                problem: "the stage has no place; name it in [pipeline] order".to_owned(),
            });
        }
    }
    Ok(order)
}

/// Puts a stage of a drop-in where it asks to be; `false` where its neighbour has no place yet.
fn place(
    order: &mut Vec<StageName>,
    tails: &mut Vec<(StageName, StageName)>,
    name: &StageName,
    stage: &StageDraft,
) -> bool {
    let at =
        |order: &[StageName], neighbour: &StageName| order.iter().position(|one| one == neighbour);
    let position = match (&stage.after, &stage.before) {
        (Some(neighbour), _) => {
            let tail = tails.iter_mut().find(|(one, _)| one == neighbour);
            let behind = tail.as_ref().map_or(neighbour, |(_, tail)| tail);
            let Some(position) = at(order, behind) else {
                return false;
            };
            match tail {
                Some((_, tail)) => *tail = name.clone(),
                None => tails.push((neighbour.clone(), name.clone())),
            }
            position + 1
        }
        (None, Some(neighbour)) => match at(order, neighbour) {
            Some(position) => position,
            None => return false,
        },
        (None, None) => order.len(),
    };
    order.insert(position, name.clone());
    true
}

/// The order as `[pipeline]` names it.
fn named(draft: &Draft, layers: &[Layer]) -> Result<Vec<StageName>, ConfigError> {
    let mut order: Vec<StageName> = Vec::with_capacity(draft.order.len());
    for (position, name) in draft.order.iter().enumerate() {
        let problem = if *name == draft.selector {
            "is the mode selector, which runs before all stages; remove it here".to_owned()
        } else if order.contains(name) {
            "is named twice".to_owned()
        } else if !draft.stages.contains_key(name) {
            let known = draft.stages.keys().filter(|one| **one != draft.selector);
            let hint = suggest(name.as_str(), known.map(StageName::as_str));
            format!("is no stage; {hint}")
        } else {
            order.push(name.clone());
            continue;
        };
        return Err(ConfigError::Value {
            at: find(layers, &["pipeline", "order", &position.to_string()]),
            key: "pipeline.order".to_owned(),
            problem: format!("{:?} {problem}", name.as_str()),
        });
    }
    Ok(order)
}

fn no_neighbour(
    draft: &Draft,
    layers: &[Layer],
    name: &StageName,
    stage: &StageDraft,
) -> ConfigError {
    let (key, neighbour) = match (&stage.after, &stage.before) {
        (Some(neighbour), _) => ("after", neighbour.as_str()),
        (None, Some(neighbour)) => ("before", neighbour.as_str()),
        (None, None) => ("after", ""),
    };
    let why = match draft.stages.get(neighbour) {
        None => "is no stage",
        Some(_) if neighbour == draft.selector.as_str() => "is the mode selector",
        Some(one) if one.defined_by == DefinedBy::DropIn => "in turn waits for a place",
        Some(_) => "is not in [pipeline] order",
    };
    ConfigError::Value {
        at: find(layers, &["stages", name.as_str(), key]),
        key: format!("stages.{name}.{key}"),
        problem: format!("{neighbour:?} {why}; name {:?} in [pipeline] order", name.as_str()),
    }
}
