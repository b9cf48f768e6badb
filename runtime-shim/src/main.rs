//! The binary `gantry-runtime`: the wrapper with Gantry's own pipeline.
#![no_main]

use std::ffi::{c_char, c_int};

use gantry::pipeline::BuiltIns;
use gantry::pipeline::config::{self, Config, ConfigSource, LogLevel, RuntimeConfig};
use gantry_runtime::{Create, Environment, Failure, LevelFilter, Pipeline, Settings};

/// musl's own allocator asks the kernel for nearly every page; this process lives for a millisecond.
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

/// Gantry's own pipeline, with the modifiers that are embedded.
struct Gantry;

fn source() -> ConfigSource {
    ConfigSource::from_environment(&config::Environment::of_process())
}

impl Pipeline for Gantry {
    fn settings(&self, _: Environment) -> Result<Settings, Failure> {
        let config = RuntimeConfig::load(&source())?;
        Ok(Settings {
            low_level: config.runtime.low_level.into_iter().map(Into::into).collect(),
            log_file: config.log.file,
            log_level: match config.log.level {
                LogLevel::Error => LevelFilter::ERROR,
                LogLevel::Warn => LevelFilter::WARN,
                LogLevel::Info => LevelFilter::INFO,
                LogLevel::Debug => LevelFilter::DEBUG,
                LogLevel::Trace => LevelFilter::TRACE,
            },
        })
    }

    fn create(&self, create: &Create, _: Environment) -> Result<(), Failure> {
        let config = Config::load(&source())?;
        gantry::pipeline::create(&config, &BuiltIns, &create.document)?;
        Ok(())
    }
}

/// C's `main`: the reason is in `gantry_runtime::start`.
// SAFETY: `main` is this program's only symbol of that name, and has the type that C gives it on Linux.
#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int {
    // SAFETY: the C library calls this once, with the arguments that the kernel laid out.
    unsafe { gantry_runtime::start(argv, envp, &Gantry) }
}
