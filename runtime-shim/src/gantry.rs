//! Gantry's own pipeline, as the wrapper runs it.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::mem::ManuallyDrop;
use std::os::unix::ffi::OsStrExt;

use ::gantry::modifier::Sandbox;
use ::gantry::pipeline::Components;
use ::gantry::pipeline::config::{
    self, Config, ConfigError, ConfigFile, ConfigSource, LogLevel, ProfileName, RuntimeConfig,
};

use crate::alarm;
use crate::faults::Faults;
use crate::{Call, Create, Failure, LevelFilter, Pipeline, Settings};

/// Makes the components that stages may run, when the configuration is known.
pub type MakeComponents = fn(&Config) -> Box<dyn Components>;

/// The pipeline, with the components that it may run: `gantry-runtime` has those that are embedded and
/// those of the store.
#[derive(Debug)]
pub struct Gantry {
    components: MakeComponents,
    /// The configuration, from `settings` to `create`; an error waits until its turn comes.
    config: OnceCell<Result<Config, ConfigError>>,
}

impl Gantry {
    /// A pipeline that has read nothing yet.
    #[must_use]
    pub fn new(components: MakeComponents) -> Self {
        Self { components, config: OnceCell::new() }
    }
}

impl Pipeline for Gantry {
    fn settings(&self, call: Call) -> Result<Settings, Failure> {
        let profile = profile(call.program).transpose()?;
        let source = ConfigSource::from_environment(&config::Environment::of_process());
        let file = ConfigFile::read(source.with_profile(profile))?;
        if !call.creates {
            return Ok(of_config(file.runtime()?));
        }
        // The file is parsed once. Where the rest of it is wrong, the log is still set up first.
        let config = self.config.get_or_init(|| file.clone().config());
        Ok(of_config(match config {
            Ok(config) => {
                RuntimeConfig { runtime: config.runtime.clone(), log: config.log.clone() }
            }
            Err(_) => file.runtime()?,
        }))
    }

    /// The file without its profile; and where that cannot be used, what is built in. But the low-level
    /// runtimes that a trusted file names count, whatever else is wrong with it: another one knows
    /// nothing of the container, and a forced `delete` by it looks like a success.
    fn fallback(&self, call: Call) -> Settings {
        let source = ConfigSource::from_environment(&config::Environment::of_process());
        let Ok(file) = ConfigFile::read(source) else {
            return of_config(RuntimeConfig::default());
        };
        let mut settings = file.runtime().unwrap_or_default();
        let profile = profile(call.program).and_then(Result::ok);
        if let Some(named) = file.low_level(profile.as_ref()) {
            settings.runtime.low_level = named;
        }
        of_config(settings)
    }

    fn create(&self, create: &Create, _: Call) -> Result<(), Failure> {
        let config = self.config.get().ok_or("the configuration was not read")?;
        let config = config.as_ref().map_err(Clone::clone)?;
        let _faults = Faults::note()?;
        // This process becomes another program: what it leaves is the kernel's to free.
        let sandbox = ManuallyDrop::new(Sandbox::for_one_run(alarm::timer)?);
        let components = (self.components)(config);
        let container = create.id.as_deref();
        let document = &create.document;
        ::gantry::pipeline::create(config, &sandbox, &*components, document, container)?;
        Ok(())
    }
}

/// The profile that the wrapper's name asks for: the one that it was called by, or that of the link that was executed.
fn profile(program: &OsStr) -> Option<Result<ProfileName, String>> {
    let executed = || OsStr::from_bytes(rustix::param::linux_execfn().to_bytes());
    ProfileName::of_program(program).or_else(|| ProfileName::of_program(executed()))
}

fn of_config(config: RuntimeConfig) -> Settings {
    Settings {
        low_level: config.runtime.low_level.into_iter().map(Into::into).collect(),
        log_file: config.log.file,
        log_level: match config.log.level {
            LogLevel::Error => LevelFilter::ERROR,
            LogLevel::Warn => LevelFilter::WARN,
            LogLevel::Info => LevelFilter::INFO,
            LogLevel::Debug => LevelFilter::DEBUG,
            LogLevel::Trace => LevelFilter::TRACE,
        },
    }
}
