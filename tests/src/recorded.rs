//! Recorded cases of the create path: what came out, compared with what should.

use serde_json::Value;

use crate::compare::{CdiHooks, normal};
use crate::scene::{Fingerprint, Ran, Scene};

/// The bundle's document before the run, and how the wrapper ended.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// `config.json` before.
    pub before: Option<Fingerprint>,
    /// The run.
    pub ran: &'a Ran,
    /// What of hooks is compared.
    pub hooks: CdiHooks,
}

/// What differs from what the case expects; `case` is one whose texts are expanded.
///
/// # Errors
///
/// The difference, in words.
pub fn compare(scene: &Scene, case: &Value, outcome: &Outcome<'_>) -> Result<(), String> {
    let (ran, expect) = (outcome.ran, &case["expect"]);
    let failure = |what: &str| {
        let notes = [&expect["expect_note"], &case["expect_note"], &case["remark"]];
        let note = notes.iter().find_map(|note| note.as_str()).unwrap_or_default();
        Err(format!("{what}\n{note}\nexit {:?}, stderr: {}", ran.code, ran.stderr))
    };
    if ran.code.map(i64::from) != expect["exit"].as_i64() {
        return failure(&format!("exit {} was expected", expect["exit"]));
    }
    let called = expect["lowlevel_argv"].as_array().map(|_| strings(&expect["lowlevel_argv"]));
    if ran.called != called {
        return failure(&format!("low-level runtime: {:?}, not {called:?}", ran.called));
    }
    if ran.code == Some(0) && !(ran.stdout.is_empty() && ran.stderr.is_empty()) {
        return failure("it was not silent");
    }
    let unchanged = ran.code != Some(0) || expect["config"] == case["bundle"];
    if unchanged && outcome.before != scene.fingerprint("bundle/config.json") {
        return failure("config.json was touched");
    }
    if ran.code == Some(0) {
        let text = scene.read("bundle/config.json").unwrap_or_default();
        let ours: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let theirs = normal(expect["config"].clone(), outcome.hooks);
        let ours = normal(ours, outcome.hooks);
        if ours != theirs {
            return failure(&format!("config.json\n{}", difference("", &theirs, &ours)));
        }
    }
    Ok(())
}

/// The texts of a list.
#[must_use]
pub fn strings(list: &Value) -> Vec<String> {
    let text = |item: &Value| item.as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(text).collect()
}

/// Where two values differ.
#[must_use]
pub fn difference(at: &str, wanted: &Value, got: &Value) -> String {
    match (wanted, got) {
        (Value::Object(one), Value::Object(other)) => {
            let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
            keys.map(|key| difference(&format!("{at}/{key}"), &wanted[key], &got[key])).collect()
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let pairs = one.iter().zip(other).enumerate();
            pairs.map(|(index, (a, b))| difference(&format!("{at}/{index}"), a, b)).collect()
        }
        (wanted, got) if wanted == got => String::new(),
        _ => format!("  {at}\n    wanted {wanted}\n    got    {got}\n"),
    }
}
