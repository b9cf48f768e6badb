//! Gantry's own pipeline, as the wrapper runs it.

use std::cell::OnceCell;
use std::mem::ManuallyDrop;

use ::gantry::modifier::Sandbox;
use ::gantry::pipeline::Components;
use ::gantry::pipeline::config::{self, Config, ConfigFile, ConfigSource, LogLevel};

use crate::{Create, Environment, Failure, LevelFilter, Pipeline, Settings};

/// Makes the components that stages may run, when the configuration is known.
pub type MakeComponents = fn(&Config) -> Box<dyn Components>;

/// The pipeline, with the components that it may run: `gantry-runtime` has those that are embedded and
/// those of the store.
#[derive(Debug)]
pub struct Gantry {
    components: MakeComponents,
    /// The configuration file, from `settings` to `create`.
    file: OnceCell<ConfigFile>,
}

impl Gantry {
    /// A pipeline that has read nothing yet.
    #[must_use]
    pub fn new(components: MakeComponents) -> Self {
        Self { components, file: OnceCell::new() }
    }
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
        let components = (self.components)(&config);
        let container = create.id.as_deref();
        let document = &create.document;
        ::gantry::pipeline::create(&config, &sandbox, &*components, document, container)?;
        Ok(())
    }
}
