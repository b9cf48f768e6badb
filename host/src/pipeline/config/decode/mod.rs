//! From the text of one file to the draft: what the file says replaces what the draft said.

mod field;
mod generate;
mod grants;
mod settings;
mod stage;

use field::{Field, Scope};
use toml::de::DeTable;

use crate::cdi::Unknown;
use crate::pipeline::grants::Mode;

use super::Layer;
use super::draft::Draft;
use super::error::ConfigError;
use super::layer::Kind;
use super::profile::{self, ProfileName};
use super::sections::{Cdi, Host, Journal, Log, LogLevel, Runtime, Store};

type Result<T> = std::result::Result<T, ConfigError>;

const TOP: &[&str] = &[
    "runtime", "log", "host", "cdi", "generate", "journal", "store", "pipeline", "stages",
    "profiles",
];
/// What a profile may say.
const PROFILE: &[&str] = &["runtime", "log", "cdi", "generate", "pipeline", "stages"];
const RUNTIME: &[&str] = &["low-level"];
const LOG: &[&str] = &["file", "level"];
const HOST: &[&str] = &["driver-root", "dev-root", "gpu-reader", "gpu-timeout", "gpu-cache"];
const CDI: &[&str] = &["spec-dirs", "unknown-fields", "index"];
const JOURNAL: &[&str] = &["dir", "keep"];
const STORE: &[&str] = &["dir"];
const PIPELINE: &[&str] = &["mode", "fixed-mode", "order"];

/// Every table with its keys, for the tests; `[]` after it: in each element of the list.
#[cfg(test)]
pub(super) const TABLES: &[(&str, &[&str])] = &[
    ("", TOP),
    ("runtime", RUNTIME),
    ("log", LOG),
    ("host", HOST),
    ("cdi", CDI),
    ("generate", generate::GENERATE),
    ("generate.csv", generate::CSV),
    ("journal", JOURNAL),
    ("store", STORE),
    ("pipeline", PIPELINE),
    ("profiles.x", PROFILE),
    ("profiles.x.stages.cdi", stage::PROFILE),
    ("stages.cdi", stage::KEYS),
    ("stages.cdi.when", stage::WHEN),
    ("stages.cdi.limits", stage::LIMITS),
    ("stages.cdi.grants", grants::GRANTS),
    ("stages.cdi.grants.read", grants::READ),
    ("stages.cdi.grants.edit", grants::EDIT),
    ("stages.cdi.grants.override", grants::OVERRIDE),
    ("stages.cdi.grants.edit.hooks[]", grants::HOOK),
    ("stages.cdi.grants.edit.remove-hooks[]", grants::REMOVE),
];

/// Lays one file over the draft.
pub(super) fn apply(draft: &mut Draft, layer: &Layer) -> Result<()> {
    let table = layer.parse()?;
    if let Kind::Profile(name) = &layer.kind {
        // What the file asks for may be left out of the order of a profile; what the profile asks for, not.
        if layer.find(&["pipeline", "order"]).is_some() {
            draft.order_is_whole = true;
            draft.stages.values_mut().for_each(|stage| stage.said = stage.said.filter(|on| !on));
        }
        return in_profile(layer, &table, name, |field| one_of_profile(draft, &field));
    }
    Scope::top(layer).each(&table, |field| {
        if layer.kind == Kind::DropIn && field.key != "stages" && TOP.contains(&field.key) {
            return Err(field
                .not_in_drop_in("it may only define stages of its own; say this in config.toml"));
        }
        match field.key {
            "runtime" => runtime(&mut draft.runtime, &field),
            "log" => log(&mut draft.log, &field),
            "host" => host(&mut draft.host, &field),
            "cdi" => cdi(&mut draft.cdi, &field),
            "generate" => generate::apply(&mut draft.generate, &field),
            "journal" => journal(&mut draft.journal, &field),
            "store" => store(&mut draft.store, &field),
            "pipeline" => pipeline(draft, &field),
            "stages" => field.table(|field| stage::apply(draft, &field)),
            "profiles" => profile_names(&field).map(|names| draft.profiles = names),
            _ => Err(field.unknown(TOP)),
        }
    })
}

/// One section of a profile, laid over the draft.
fn one_of_profile(draft: &mut Draft, field: &Field<'_>) -> Result<()> {
    match field.key {
        "runtime" => runtime(&mut draft.runtime, field),
        "log" => log(&mut draft.log, field),
        "cdi" => cdi(&mut draft.cdi, field),
        "generate" => generate::apply(&mut draft.generate, field),
        "pipeline" => pipeline(draft, field),
        "stages" => field.table(|field| stage::apply_profile(draft, &field)),
        key if TOP.contains(&key) => {
            Err(field
                .not_in_profile("it is the same for all profiles; say it at the top of the file"))
        }
        _ => Err(field.unknown(PROFILE)),
    }
}

/// The names of a file's profiles; what is in them is read when one is used.
fn profile_names(field: &Field<'_>) -> Result<Vec<ProfileName>> {
    let mut names = Vec::new();
    field.table(|field| {
        names.push(field.key.parse().map_err(|error: String| field.bad(error))?);
        // Is it a table at all?
        field.table(|_| Ok(()))
    })?;
    Ok(names)
}

/// Hands every key of `[profiles.NAME]` to `each`. It is an error when there is no such profile.
fn in_profile(
    layer: &Layer,
    table: &DeTable<'_>,
    name: &ProfileName,
    mut each: impl FnMut(Field<'_>) -> Result<()>,
) -> Result<()> {
    let (mut known, mut found) = (Vec::new(), false);
    Scope::top(layer).each(table, |field| {
        if field.key != "profiles" {
            return Ok(());
        }
        known = profile_names(&field)?;
        field.table(|field| {
            if field.key != name.as_str() {
                return Ok(());
            }
            found = true;
            field.table(&mut each)
        })
    })?;
    if found { Ok(()) } else { Err(profile::unknown(name, Some(&layer.path), &known)) }
}

/// Reads `[runtime]` and `[log]` of a file, and nothing else of it.
pub(super) fn apply_runtime(
    table: &DeTable<'_>,
    layer: &Layer,
    runtime_section: &mut Runtime,
    log_section: &mut Log,
) -> Result<()> {
    let each = |field: Field<'_>| match field.key {
        "runtime" => runtime(runtime_section, &field),
        "log" => log(log_section, &field),
        _ => Ok(()),
    };
    match &layer.kind {
        Kind::Profile(name) => in_profile(layer, table, name, each),
        Kind::Main | Kind::DropIn => Scope::top(layer).each(table, each),
    }
}

fn runtime(runtime: &mut Runtime, field: &Field<'_>) -> Result<()> {
    field.table(|field| match field.key {
        "low-level" => {
            runtime.low_level = field.list(|field| low_level(&field))?;
            if runtime.low_level.is_empty() {
                return Err(field.bad("names no runtime; write for example [\"runc\", \"crun\"]"));
            }
            Ok(())
        }
        _ => Err(field.unknown(RUNTIME)),
    })
}

/// A program: a name to look for, or a path.
fn low_level(field: &Field<'_>) -> Result<String> {
    let text = field.string()?;
    let is_name = !text.is_empty() && !text.contains(['/', '\0']) && !matches!(text, "." | "..");
    if is_name || text.starts_with('/') {
        if !is_name {
            field.path()?;
        }
        return Ok(text.to_owned());
    }
    Err(field.bad(format!("{text:?} must be a name or an absolute path")))
}

fn log(log: &mut Log, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "file" => log.file = optional_path(&field)?,
            "level" => log.level = field.word(&LogLevel::ALL, LogLevel::name)?,
            _ => return Err(field.unknown(LOG)),
        }
        Ok(())
    })
}

fn host(host: &mut Host, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "driver-root" => field.path()?.clone_into(&mut host.driver_root),
            "dev-root" => field.path()?.clone_into(&mut host.dev_root),
            "gpu-reader" => host.gpu_reader = optional_path(&field)?,
            "gpu-timeout" => host.gpu_timeout = field.time()?,
            "gpu-cache" => host.gpu_cache = optional_path(&field)?,
            _ => return Err(field.unknown(HOST)),
        }
        Ok(())
    })
}

fn cdi(cdi: &mut Cdi, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "spec-dirs" => cdi.spec_dirs = field.list(|field| field.path().map(Into::into))?,
            "unknown-fields" => cdi.unknown_fields = field.word(&Unknown::ALL, Unknown::name)?,
            "index" => cdi.index = optional_path(&field)?,
            _ => return Err(field.unknown(CDI)),
        }
        Ok(())
    })
}

fn journal(journal: &mut Journal, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "dir" => journal.dir = optional_path(&field)?,
            "keep" => journal.keep = field.integer32(1..=1_000_000)?,
            _ => return Err(field.unknown(JOURNAL)),
        }
        Ok(())
    })
}

fn store(store: &mut Store, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "dir" => store.dir = optional_path(&field)?,
            _ => return Err(field.unknown(STORE)),
        }
        Ok(())
    })
}

fn pipeline(draft: &mut Draft, field: &Field<'_>) -> Result<()> {
    field.table(|field| {
        match field.key {
            "mode" => draft.selector = field.parsed()?,
            "fixed-mode" => draft.fixed_mode = fixed_mode(&field)?,
            "order" => draft.order = field.list(|field| field.parsed())?,
            _ => return Err(field.unknown(PIPELINE)),
        }
        Ok(())
    })
}

/// A mode; `None` where it is empty.
fn fixed_mode(field: &Field<'_>) -> Result<Option<Mode>> {
    match field.string()? {
        "" => Ok(None),
        _ => field.word(&Mode::ALL, Mode::name).map(Some),
    }
}

/// A path; `None` where it is empty.
fn optional_path<T: for<'a> From<&'a str>>(field: &Field<'_>) -> Result<Option<T>> {
    match field.string()? {
        "" => Ok(None),
        _ => field.path().map(|path| Some(path.into())),
    }
}
