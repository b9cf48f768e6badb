//! Whether a container has what a stage waits for.

use crate::document::{Document, DocumentError};
use crate::path::clean;

use super::config::When;

/// Whether the stage runs for this container. One that cannot be read has everything: the stage then says
/// what is wrong with it.
pub(super) fn holds(when: &When, document: &Document) -> bool {
    when.is_always() || any(when, document).unwrap_or(true)
}

fn any(when: &When, document: &Document) -> Result<bool, DocumentError> {
    for point in &when.hooks {
        if !document.hooks(*point)?.is_empty() {
            return Ok(true);
        }
    }
    if !when.env.is_empty() && document.env()?.iter().any(|entry| when.env.name(&entry.name)) {
        return Ok(true);
    }
    if !when.annotations.is_empty()
        && document.annotations()?.iter().any(|(key, _)| when.annotations.name(key))
    {
        return Ok(true);
    }
    if when.mounts.is_empty() {
        return Ok(false);
    }
    Ok(document.mounts()?.iter().any(|mount| when.mounts.path(&clean(&mount.destination))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::HookPoint;
    use crate::pipeline::grants::{Pattern, Patterns};

    fn patterns(list: &[&str]) -> Patterns {
        list.iter().map(|text| Pattern::parse(text).unwrap()).collect()
    }

    #[test]
    fn one_of_them_is_enough() {
        let hooks = When { hooks: vec![HookPoint::Prestart], ..When::default() };
        let env = When { env: patterns(&["ACME_*"]), ..When::default() };
        let annotations = When { annotations: patterns(&["acme.com/*"]), ..When::default() };
        let mounts = When { mounts: patterns(&["/acme/**"]), ..When::default() };
        let several = When { mounts: mounts.mounts.clone(), ..env.clone() };
        #[rustfmt::skip] // one line a case
        let table: &[(&When, &str, bool)] = &[
            (&When::default(), "{}", true),
            (&hooks, "{}", false),
            (&hooks, r#"{"hooks":{"prestart":[]}}"#, false),
            (&hooks, r#"{"hooks":{"poststop":[{"path":"/x"}]}}"#, false),
            (&hooks, r#"{"hooks":{"prestart":[{"path":"/x"}]}}"#, true),
            (&env, r#"{"process":{"args":["x"],"cwd":"/","env":["PATH=/","ACME=1"]}}"#, false),
            (&env, r#"{"process":{"args":["x"],"cwd":"/","env":["PATH=/","ACME_X=1"]}}"#, true),
            (&env, r#"{"process":{"args":["x"],"cwd":"/","env":["ACME_X"]}}"#, true),
            (&annotations, r#"{"annotations":{"acme.org/x":""}}"#, false),
            (&annotations, r#"{"annotations":{"acme.com/x":""}}"#, true),
            (&mounts, r#"{"mounts":[{"destination":"/acme"}]}"#, false),
            (&mounts, r#"{"mounts":[{"destination":"/acme/x/"}]}"#, true),
            (&several, r#"{"mounts":[{"destination":"/acme/x"}]}"#, true),
            (&several, r#"{"process":{"args":["x"],"cwd":"/","env":["ACME_X=1"]}}"#, true),
            (&several, "{}", false),
            // What cannot be read is the stage's to complain of.
            (&hooks, r#"{"hooks":{"prestart":"x"}}"#, true),
            (&env, r#"{"process":{"env":7}}"#, true),
        ];
        for (when, document, expected) in table {
            let document = Document::parse((*document).to_owned()).unwrap();
            assert_eq!(holds(when, &document), *expected, "{when:?} {document:?}");
        }
    }
}
