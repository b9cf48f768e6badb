//! The container that a modifier is called for, as a source.

use gantry_modifier::{Failure, View, annotations, env, log, mounts, process};

use crate::{Annotation, Mount, Source};

/// The original document of the container, through the contract.
#[derive(Debug, Clone, Copy)]
pub struct Container;

impl Source for Container {
    type Error = Failure;

    fn env_get(&mut self, names: &[&str]) -> Result<Vec<Option<String>>, Failure> {
        Ok(env::get_all(View::Original, names)?)
    }

    fn env_with_prefix(&mut self, prefix: &str) -> Result<Vec<(String, String)>, Failure> {
        let variables = env::with_prefix(View::Original, prefix)?;
        Ok(variables.into_iter().map(|variable| (variable.name, variable.value)).collect())
    }

    fn malformed(&mut self) -> Result<Vec<u32>, Failure> {
        Ok(env::malformed(View::Original)?)
    }

    fn annotations_with_prefix(&mut self, prefix: &str) -> Result<Vec<Annotation>, Failure> {
        let annotations = annotations::with_prefix(View::Original, prefix)?.into_iter();
        Ok(annotations.map(|a| Annotation { key: a.key, value: a.value }).collect())
    }

    fn mounts_below(&mut self, directory: &str) -> Result<Vec<Mount>, Failure> {
        let mounts = mounts::below(View::Original, directory)?.into_iter();
        Ok(mounts
            .map(|m| Mount { source: m.source.unwrap_or_default(), destination: m.destination })
            .collect())
    }

    fn capabilities(&mut self) -> Result<Vec<String>, Failure> {
        Ok(process::capabilities(View::Original)?.bounding)
    }

    fn warn(&mut self, message: &str) {
        log::warn(message);
    }
}
