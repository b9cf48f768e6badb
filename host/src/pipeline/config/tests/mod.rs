//! The configuration as a user meets it: texts in, values and errors out.

mod check;
mod docs;
mod errors;
mod hostile;
mod layers;
mod profiles;
mod show;
mod source;
mod trust;
mod values;

use super::{Config, ConfigError};

/// The configuration that this `config.toml` makes.
fn load(text: &str) -> Result<Config, ConfigError> {
    load_with(&[], text)
}

/// The configuration that these drop-ins and this `config.toml` make.
fn load_with(drop_ins: &[(&str, &str)], text: &str) -> Result<Config, ConfigError> {
    let drop_ins = drop_ins.iter().map(|(name, text)| (format!("/c/conf.d/{name}").into(), (*text).to_owned()));
    Config::from_texts(drop_ins, ("/c/config.toml".into(), text.to_owned()))
}

/// A stage of a vendor's, in `config.toml` and in the order.
const ACME: &str = "pipeline.order = [\"cdi\", \"acme\"]\n[stages.acme]\nmodifier = \"/m/acme.wasm\"\nenabled = true\n";

/// The stages with a place, without the built-in ones around `cdi`.
fn order(config: &Config) -> String {
    let around = ["hook-removal", "feature-gated", "graphics", "csv", "legacy"];
    let names = config.stages.iter().map(|stage| stage.name.as_str());
    names.filter(|name| !around.contains(name)).collect::<Vec<_>>().join(" ")
}
