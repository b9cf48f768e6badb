//! Requests by annotation: values are lists of device names, separated by commas.

use crate::{Annotation, Device, Origin, Rules, Source};

/// The devices of all annotations with a configured prefix, sorted by key. Names are taken as they
/// are written; an empty one asks for the driver's files alone.
pub(crate) fn devices<S: Source>(source: &mut S, rules: &Rules) -> Result<Vec<Device>, S::Error> {
    let mut annotations: Vec<Annotation> = Vec::new();
    for prefix in &rules.annotation_prefixes {
        for annotation in source.annotations_with_prefix(prefix)? {
            // Two prefixes can find the same annotation.
            if let Err(at) = annotations.binary_search_by(|a| a.key.cmp(&annotation.key)) {
                annotations.insert(at, annotation);
            }
        }
    }
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
