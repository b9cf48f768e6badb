//! What is looked for while the GPUs are asked, which takes longer: the files of the driver that is
//! installed. Nearly always that is the one that is running, which is known with the answer.

use super::auto::asks_gpus;
use super::driver::Located;
use super::error::GenerateError;
use super::host::Host;
use super::nvml::common;
use super::options::Options;
use crate::cdi::ContainerEdits;

/// What was found before the answer.
pub(super) struct Ahead {
    driver: Located,
    common: ContainerEdits,
    /// What was not found: of no interest to anybody if it was the wrong driver.
    warnings: Vec<String>,
}

impl Ahead {
    /// Looks, if the GPUs are asked and there is time until their answer. What fails is looked for again with
    /// the answer, because an error of the GPUs comes first.
    pub(super) fn look(
        options: &Options,
        host: &mut Host<'_>,
    ) -> Result<Option<Self>, GenerateError> {
        if !asks_gpus(options.mode, host)? || !host.gpus.start() {
            return Ok(None);
        }
        let earlier = std::mem::take(&mut host.warnings);
        let found = common(options, host, None);
        let warnings = std::mem::replace(&mut host.warnings, earlier);
        Ok(found.ok().map(|(driver, common)| Self { driver, common, warnings }))
    }

    /// Whether it was the right driver; `None`: nobody knows which is running, and any that is there is.
    pub(super) fn is_of(&self, running: Option<&str>) -> bool {
        running.is_none_or(|version| version == self.driver.version())
    }

    /// What all devices share.
    pub(super) fn take(
        mut self,
        options: &Options,
        host: &mut Host<'_>,
        running: Option<&str>,
    ) -> Result<ContainerEdits, GenerateError> {
        if let Some(version) = running {
            self.driver.confirm(options, host, version)?;
        }
        host.warnings.append(&mut self.warnings);
        Ok(self.common)
    }
}

#[cfg(test)]
mod tests;
