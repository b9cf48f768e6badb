//! A check of specs beyond CDI's own rules: whatever its author wants.

use std::fmt;
use std::sync::Arc;

use super::Spec;

/// Accepts or refuses specs that are valid. Two are equal where they are copies of one.
#[derive(Clone)]
pub struct Validator(Arc<Check>);

type Check = dyn Fn(&Spec) -> Result<(), String> + Send + Sync;

impl Validator {
    /// Checks with the function, whose error says why a spec is refused.
    ///
    /// ```
    /// use gantry::cdi::{Format, ParseOptions, Spec, Validator};
    ///
    /// let no_hooks = Validator::new(|spec| match &spec.container_edits.hooks[..] {
    ///     [] => Ok(()),
    ///     _ => Err("hooks are not allowed here".to_owned()),
    /// });
    /// let options = ParseOptions { validator: Some(no_hooks), ..ParseOptions::default() };
    /// let text = b"cdiVersion: 0.5.0\nkind: v.com/c\ndevices: [{name: d, containerEdits: {env: [A=b]}}]
    /// containerEdits: {hooks: [{hookName: prestart, path: /x}]}";
    /// let error = Spec::parse_with(text, Format::Yaml, &options).unwrap_err();
    /// assert_eq!(error.to_string(), "refused by the validator: hooks are not allowed here");
    /// ```
    pub fn new(check: impl Fn(&Spec) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(check))
    }

    /// Whether it accepts the spec, and if not, why.
    pub fn validate(&self, spec: &Spec) -> Result<(), String> {
        (self.0)(spec)
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validator(..)")
    }
}

impl PartialEq for Validator {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Validator {}
