//! Requests by annotation: values are lists of device names, separated by commas.

use crate::{Annotation, Device, Origin, Rules, Source};

/// The devices of all annotations with a configured prefix, sorted by key. Names are taken as they
/// are written; an empty one asks for the driver's files alone.
pub(crate) fn devices<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<Device>, S::Error> {
    let mut annotations = Vec::new();
    for prefix in &rules.annotation_prefixes {
        annotations.append(&mut source.annotations_with_prefix(prefix)?);
    }
    annotations.sort_by(|a, b| a.key.cmp(&b.key));
    // Two prefixes can find the same annotation.
    annotations.dedup_by(|a, b| a.key == b.key);
    Ok(annotations.into_iter().flat_map(names).collect())
}

fn names(Annotation { key, value }: Annotation) -> Vec<Device> {
    value
        .split(',')
        .map(|id| Device {
            id: if id.is_empty() { "none" } else { id }.into(),
            origin: Origin::Annotation(key.clone()),
        })
        .collect()
}
