//! A modifier that does what its settings say: the tests' hand inside the sandbox. It calls any
//! function of the contract with any arguments, and logs what came of each call.
#![forbid(unsafe_code)]

mod args;
mod calls;

use std::sync::atomic::{AtomicU32, Ordering};

use args::Args;
use gantry_modifier::{Failure, Metadata, Mode, Modifier, log};

/// The stage's settings.
#[derive(serde::Deserialize, Default)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// Go on after an error, and succeed.
    ignore: bool,
    /// What is done, in order.
    actions: Vec<Action>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    /// A function of the contract, `edit-env.set`, or one of the probe's own.
    call: String,
    #[serde(default)]
    args: Args,
}

struct Probe;

/// How often `count` was called in this instance.
static COUNT: AtomicU32 = AtomicU32::new(0);

impl Modifier for Probe {
    type Settings = Settings;

    const METADATA: Metadata = Metadata {
        name: "probe",
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        wants: &[],
        settings_schema: None,
    };

    fn modify(mode: Mode, settings: Settings) -> Result<(), Failure> {
        for action in &settings.actions {
            let call = action.call.as_str();
            let result = match call {
                "count" => Ok((COUNT.fetch_add(1, Ordering::Relaxed) + 1).to_string()),
                "mode" => Ok(format!("{mode:?}")),
                "trap" => std::process::abort(),
                "fail" => return Err(Failure::new(action.args.text(0))),
                _ => match calls::call(call, &action.args) {
                    Some(result) => result,
                    None => return Err(Failure::new(format!("no function is called {call}"))),
                },
            };
            match result {
                Ok(value) => log::info(&format!("{call}: ok {}", start(&value))),
                Err(error) => {
                    log::info(&format!("{call}: {:?}: {}", error.kind, start(&error.message)));
                    if !settings.ignore {
                        return Err(error.into());
                    }
                }
            }
        }
        Ok(())
    }
}

/// As much of a text as a log line has room for.
fn start(text: &str) -> &str {
    let end = (0..=1500.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

gantry_modifier::export_modifier!(Probe);
