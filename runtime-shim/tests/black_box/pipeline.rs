//! The wrapper's pipeline: does what files beside the document and variables say.

use std::fs;

use gantry_runtime::{Call, Create, Failure, LevelFilter, Pipeline, Settings};

/// `LOW_LEVEL` names the low-level runtimes, `LOG_FILE` a log; `config.json` says what `create` does.
pub(crate) struct Scripted;

impl Pipeline for Scripted {
    fn settings(&self, call: Call) -> Result<Settings, Failure> {
        let environment = call.environment;
        let low_level = environment.get("LOW_LEVEL").unwrap_or_default().to_str().unwrap();
        tracing::info!("reading settings");
        match low_level {
            "broken" => Err("configuration:\n\u{1b}[31mline 1".into()),
            _ => Ok(Settings {
                low_level: low_level.split_whitespace().map(Into::into).collect(),
                log_file: environment.get("LOG_FILE").map(Into::into),
                log_level: LevelFilter::WARN,
            }),
        }
    }

    fn fallback(&self, call: Call) -> Settings {
        Settings {
            low_level: call.environment.get("FALLBACK").map(Into::into).into_iter().collect(),
            log_file: None,
            log_level: LevelFilter::WARN,
        }
    }

    fn create(&self, create: &Create, _: Call) -> Result<(), Failure> {
        let text = fs::read_to_string(&create.document)
            .map_err(|error| format!("{}: {error}", create.document.display()))?;
        match text.trim() {
            "fail" => return Err(std::io::Error::other("stage \"acme\" said no").into()),
            "panic" => panic!("two\nlines"),
            "warn" => tracing::warn!(stage = "acme", "skipped"),
            _ => {}
        }
        tracing::debug!(id = ?create.id, "created");
        fs::write(&create.document, format!("changed {}", create.bundle.display()))?;
        Ok(())
    }
}
