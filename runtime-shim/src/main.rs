//! The binary `gantry-runtime`: the wrapper with Gantry's own pipeline.
#![no_main]

use std::cell::OnceCell;
use std::ffi::{c_char, c_int};
use std::mem::ManuallyDrop;

use gantry::modifier::Sandbox;
use gantry::pipeline::BuiltIns;
use gantry::pipeline::config::{self, ConfigFile, ConfigSource, LogLevel};
use gantry_runtime::{Create, Environment, Failure, LevelFilter, Pipeline, Settings};

#[global_allocator]
static HEAP: gantry_runtime::Heap = gantry_runtime::Heap::new();

/// Gantry's own pipeline, with the modifiers that are embedded.
#[derive(Default)]
struct Gantry {
    /// The configuration file, from `settings` to `create`.
    file: OnceCell<ConfigFile>,
}

impl Pipeline for Gantry {
    fn settings(&self, _: Environment) -> Result<Settings, Failure> {
        let source = ConfigSource::from_environment(&config::Environment::of_process());
        let file = ConfigFile::read(source)?;
        let config = self.file.get_or_init(|| file).runtime()?;
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
        let config = self.file.get().cloned().ok_or("the configuration was not read")?.config()?;
        // This process becomes another program: what it leaves is the kernel's to free.
        let sandbox = ManuallyDrop::new(Sandbox::new()?);
        gantry::pipeline::create(&config, &sandbox, &BuiltIns, &create.document)?;
        Ok(())
    }
}

/// C's `main`: the reason is in `gantry_runtime::start`.
// SAFETY: `main` is this program's only symbol of that name, and has the type that C gives it on Linux.
#[unsafe(no_mangle)]
extern "C" fn main(_argc: c_int, argv: *const *const c_char, envp: *const *const c_char) -> c_int {
    // SAFETY: the C library calls this once, with the arguments that the kernel laid out.
    unsafe { gantry_runtime::start(argv, envp, &Gantry::default()) }
}
