//! The wrapper: reads the low-level runtime's command line, lets a pipeline change the document of a container about to be
//! made, then becomes the low-level runtime.
//!
//! What decides about devices is behind the [`Pipeline`] trait; this crate knows the way in and the way out. The binary
//! `gantry-runtime` is this crate with the real pipeline.
#![deny(unsafe_code)]

mod alarm;
pub mod cmdline;
pub mod exec;
mod faults;
mod gantry;
pub mod log;
pub mod low_level;
mod start;
mod stdio;

use std::convert::Infallible;
use std::error::Error;
use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

pub use self::gantry::{Gantry, MakeComponents};
pub use cmdline::Create;
use cmdline::{Action, CommandLine};
use log::Log;
pub use start::start;
pub use tracing::level_filters::LevelFilter;

/// Why the wrapper ends without executing the low-level runtime. Its causes are written behind it, after colons.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What the wrapper asks of the rest of Gantry.
pub trait Pipeline {
    /// The configuration's part about the wrapper itself. Asked first, for every subcommand: be quick.
    fn settings(&self, call: Call) -> Result<Settings, Failure>;

    /// What can still be told where [`settings`](Self::settings) failed. Only for what makes no container: those that
    /// run must be stopped and removed, whatever became of the configuration since.
    fn fallback(&self, call: Call) -> Settings;

    /// Changes the document of a container about to be made, or leaves it alone; never anything between.
    ///
    /// Called once, after [`settings`](Self::settings), when the low-level runtime has been found.
    fn create(&self, create: &Create, call: Call) -> Result<(), Failure>;
}

/// The configuration of the wrapper itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Names or paths of low-level runtimes; the first that is there is used. Empty is an error.
    pub low_level: Vec<OsString>,
    /// A log besides that of `--log`.
    pub log_file: Option<PathBuf>,
    /// What is logged; `--debug` raises it to `debug`.
    pub log_level: LevelFilter,
}

/// How the wrapper was called.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What it was called by: the first argument.
    pub program: &'a OsStr,
    /// The environment.
    pub environment: Environment<'a>,
    /// Whether it makes a container.
    pub creates: bool,
}

/// The environment as the engine gave it.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'a>(&'a [&'a CStr]);

impl<'a> Environment<'a> {
    /// Wraps `NAME=value` strings. Others are passed on to the low-level runtime, and never found.
    #[must_use]
    pub fn new(entries: &'a [&'a CStr]) -> Self {
        Self(entries)
    }

    /// The value of a variable; the first, where one is there twice.
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a OsStr> {
        let value =
            |entry: &'a CStr| entry.to_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b"=");
        self.0.iter().find_map(|entry| value(entry)).map(OsStr::from_bytes)
    }
}

/// Runs the wrapper; comes back only on failure, reported, with the exit status 1.
///
/// `argv` and `environment` go to the low-level runtime as they are, except `argv[0]`.
#[must_use]
pub fn run(argv: &[&CStr], environment: &[&CStr], pipeline: &dyn Pipeline) -> u8 {
    run_with(argv, environment, pipeline, |_| {})
}

fn run_with(
    argv: &[&CStr],
    environment: &[&CStr],
    pipeline: &dyn Pipeline,
    prepare: fn(&Log),
) -> u8 {
    let words: Vec<&OsStr> =
        argv.iter().skip(1).map(|arg| OsStr::from_bytes(arg.to_bytes())).collect();
    let line = cmdline::parse(&words);
    let log = Log::new(&line.globals);
    prepare(&log);
    match become_low_level(argv, environment, line, &log, pipeline) {
        Ok(never) => match never {},
        Err(failure) => {
            log.report(&with_causes(&*failure));
            1
        }
    }
}

fn become_low_level(
    argv: &[&CStr],
    environment: &[&CStr],
    line: CommandLine,
    log: &Log,
    pipeline: &dyn Pipeline,
) -> Result<Infallible, Failure> {
    stdio::reserve().map_err(|error| {
        format!("a standard stream is closed, and /dev/null cannot be opened: {error}")
    })?;
    let variables = Environment::new(environment);
    let program = argv.first().map_or(OsStr::new(""), |name| OsStr::from_bytes(name.to_bytes()));
    let prepare = |action: Action| -> Result<PathBuf, Failure> {
        let creates = matches!(action, Action::Create(_));
        let call = Call { program, environment: variables, creates };
        let (settings, wrong) = match (pipeline.settings(call), &action) {
            (Ok(settings), _) => (settings, None),
            (Err(failure), Action::Create(_)) => return Err(failure),
            (Err(failure), Action::Other) => (pipeline.fallback(call), Some(failure)),
        };
        log.configure(settings.log_file.as_deref(), settings.log_level);
        let search = low_level::Search::usual(variables.get("PATH"));
        let runtime = match (low_level::find(&settings.low_level, search), &wrong) {
            (Err(error), Some(failure)) => {
                return Err(format!("{}; without it: {error}", with_causes(&**failure)).into());
            }
            (found, _) => found?,
        };
        if let Some(failure) = wrong {
            log.warn(&format!(
                "{}; passed on to {}, since this makes no container",
                with_causes(&*failure),
                runtime.display()
            ));
        }
        if let Action::Create(create) = action {
            pipeline.create(&create, call)?;
        }
        Ok(runtime)
    };
    let runtime = match line.action? {
        // No subscriber: only the configuration is read, and what is wrong with it is returned.
        Action::Other => prepare(Action::Other)?,
        create @ Action::Create(_) => {
            tracing::subscriber::with_default(log::ToLog(log.clone()), || prepare(create))?
        }
    };
    Ok(exec::exec(&runtime, argv, environment)?)
}

/// An error and what caused it, in one sentence. A cause that the error has already told is left out.
fn with_causes(failure: &(dyn Error + 'static)) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
