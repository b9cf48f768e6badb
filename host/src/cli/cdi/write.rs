//! `gantry cdi write`: a checked spec into a spec directory, so that no reader sees half of it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueHint};
use gantry::cdi::{
    Format, ParseOptions, Spec, WriteError, WriteOptions, name_for_spec, name_for_transient_spec,
    write_spec,
};
use serde::Serialize;

use super::failure::{Exit, Failure, note};
use super::input::{self, InputFormat};
use super::options::Options;
use super::problem::Problem;

const EXAMPLES: &str = "\
Examples:
  gantry cdi write my-spec.yaml                       prints /var/run/cdi/VENDOR-CLASS.yaml
  gantry cdi write - --transient claim-7 --min-version < spec.json
  gantry cdi write spec.json --dir /etc/cdi --name vendor --output-format json";

/// Check a spec and write it into a spec directory
///
/// Prints the file's path. The file appears whole or not at all, readable by all. Without `--name`
/// it is called after the kind of its devices: VENDOR-CLASS.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Write {
    /// The spec; `-` for stdin.
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    target: Target,
    /// The file's name. Its extension, `.json` or `.yaml`, is the notation.
    #[arg(long, conflicts_with = "transient")]
    name: Option<String>,
    /// Call the file VENDOR-CLASS_ID, for devices that live as long as ID: a container, a claim.
    #[arg(long, value_name = "ID")]
    transient: Option<String>,
    /// The notation that is read. [default: that of the name, or of the text]
    #[arg(long, value_enum, value_name = "json|yaml", hide_possible_values = true)]
    input_format: Option<InputFormat>,
    /// The notation that is written. [default: that of --name, or yaml]
    #[arg(long, value_enum, value_name = "json|yaml", hide_possible_values = true)]
    output_format: Option<InputFormat>,
    /// Declare the lowest version that suffices, so that older tools read the file.
    #[arg(long)]
    min_version: bool,
    /// Fail where there is a file of that name.
    #[arg(long)]
    no_overwrite: bool,
}

/// The directory that is written.
#[derive(Args)]
pub(super) struct Target {
    /// The directory. [default: the last spec directory]
    #[arg(long, value_hint = ValueHint::DirPath)]
    dir: Option<PathBuf>,
}

#[derive(Serialize)]
struct Written {
    path: String,
}

impl Target {
    pub(super) fn dir(&self, options: &Options) -> Result<PathBuf> {
        if let Some(dir) = &self.dir {
            return Ok(dir.clone());
        }
        let none = || Failure::new(Exit::CouldNot, "there is no spec directory: give --dir");
        Ok(options.specs()?.dirs.pop().ok_or_else(none)?)
    }
}

impl Write {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let mut parse = options.parse()?;
        let validator = parse.validator.take();
        let spec = self.read(&parse)?;
        let name = self.name(&spec)?;
        let overwrite = !self.no_overwrite;
        let write = WriteOptions { overwrite, validator, ..WriteOptions::default() };
        let path = write_spec(&self.target.dir(options)?, &name, &spec, &write).map_err(failure)?;
        let path = path.to_string_lossy().into_owned();
        let text = format!("{}\n", gantry::text::one_line(&path));
        options.print(&Written { path }, || text)?;
        Ok(Exit::Done)
    }

    fn read(&self, options: &ParseOptions) -> Result<Spec, Failure> {
        let path = input::name(&self.file);
        let spec = input::spec(&self.file, self.input_format)?.and_then(|(bytes, format)| {
            // Too low a version is mended before it can be refused.
            if self.min_version
                && let Ok(spec) = Spec::parse_unchecked(&bytes, format)
            {
                let spec = spec.with_minimum_version();
                spec.validate()?;
                return Ok(spec);
            }
            let parsed = Spec::parse_with(&bytes, format, options)?;
            for warning in &parsed.warnings {
                note(&Problem::of_warning(path, warning).to_string());
            }
            let spec = parsed.spec;
            Ok(if self.min_version { spec.with_minimum_version() } else { spec })
        });
        spec.map_err(|error| Failure::new(Exit::Invalid, Problem::of_spec(path, &error)))
    }

    /// The file's name with its extension.
    fn name(&self, spec: &Spec) -> Result<String, Failure> {
        let generated = match (&self.name, &self.transient) {
            (Some(name), _) => Ok(name.clone()),
            (None, Some(id)) => name_for_transient_spec(spec, id),
            (None, None) => name_for_spec(spec),
        };
        let name = generated.map_err(|error| Failure::new(Exit::Invalid, error))?;
        let wanted = match self.output_format {
            Some(InputFormat::Json) => Some(Format::Json),
            Some(InputFormat::Yaml) => Some(Format::Yaml),
            None => None,
        };
        // A generated name may end like a file's.
        let own = self.name.is_some().then(|| Format::of_path(Path::new(&name))).flatten();
        match (own, wanted) {
            (Some(own), Some(wanted)) if own != wanted => {
                Err(Failure::usage("--output-format is not what the name ends with"))
            }
            (Some(_), _) => Ok(name),
            (None, Some(Format::Json)) => Ok(name + ".json"),
            (None, _) => Ok(name + ".yaml"),
        }
    }
}

/// With its exit status.
pub(super) fn failure(error: WriteError) -> Failure {
    let exit = match error {
        WriteError::Name { .. } => Exit::Usage,
        WriteError::Spec(_) | WriteError::Refused { .. } => Exit::Invalid,
        WriteError::Text(_) | WriteError::Io { .. } | WriteError::NoDirectory => Exit::CouldNot,
    };
    Failure::new(exit, error)
}
