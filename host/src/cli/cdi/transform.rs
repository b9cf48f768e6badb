//! `gantry cdi transform`: a spec with its paths changed.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use gantry::cdi::{RootChange, Side, Spec};
use gantry::generate::NamedSpec;

use super::destination::{Changes, Destination};
use super::failure::{Exit, Failure, note};
use super::input;
use super::options::Options;
use super::problem::Problem;

const EXAMPLES: &str = "\
Only whole names count: with --from /run/driver, /run/driver-2/x stays as it is.

  host       sources of mounts, host paths of device nodes, hook programs, and the arguments of the
             hooks that run outside of the container (prestart, createRuntime, poststart, poststop)
  container  destinations of mounts, paths of device nodes, the program of startContainer hooks, and
             the arguments of the hooks that look into the container (createContainer, startContainer),
             also in --flag=PATH and in TARGET::LINK

Examples:
  gantry cdi transform root --from /host --to / --input nvidia.yaml --output nvidia.yaml
  gantry cdi generate --driver-root /run/nvidia/driver |
      gantry cdi transform root --from /run/nvidia/driver --to / --output /etc/cdi/nvidia.yaml";

/// Change the paths of a spec
#[derive(Subcommand)]
pub(crate) enum Transform {
    Root(Root),
}

/// Another root in the paths of a spec: for one that was made inside a container, or is used in one
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Root {
    /// The folder that the paths begin with.
    #[arg(long, value_name = "DIR")]
    from: String,
    /// The folder that they begin with then.
    #[arg(long, value_name = "DIR")]
    to: String,
    /// Whose paths: the host's or the container's.
    #[arg(long, value_enum, default_value_t = Of::Host)]
    #[arg(value_name = "host|container", hide_possible_values = true)]
    relative_to: Of,
    /// The spec; `-` for stdin.
    #[arg(long, value_name = "FILE", default_value = "-", value_hint = ValueHint::FilePath)]
    input: PathBuf,
    /// The file; `-` to print it. It may be the one that is read.
    #[arg(long, value_name = "FILE", default_value = "-", value_hint = ValueHint::FilePath)]
    output: PathBuf,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Clone, Copy, ValueEnum)]
enum Of {
    Host,
    Container,
}

impl Transform {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        match self {
            Self::Root(root) => root.run(options),
        }
    }
}

impl Root {
    fn run(&self, options: &Options) -> Result<Exit> {
        let side = match self.relative_to {
            Of::Host => Side::Host,
            Of::Container => Side::Container,
        };
        let change = RootChange::new(&self.from, &self.to, side)
            .ok_or_else(|| Failure::usage("--from and --to are absolute paths"))?;
        let path = input::name(&self.input);
        let invalid = |error| Failure::new(Exit::Invalid, Problem::of_spec(path, &error));
        let (bytes, read) = input::spec(&self.input, None)?.map_err(invalid)?;
        let parsed = Spec::parse_with(&bytes, read, &options.parse()?).map_err(invalid)?;
        for warning in &parsed.warnings {
            note(&Problem::of_warning(path, warning).to_string());
        }
        let mut spec = change.apply(parsed.spec);
        if spec.validate().is_err() {
            // A host path that is given now, and was not.
            spec = spec.with_minimum_version();
        }
        let file = (!matches!(self.output.to_str(), Some("-" | ""))).then_some(&*self.output);
        let mut notes = Vec::new();
        let format = options.format.notation().or(file.is_none().then_some(read));
        let output = Destination::new(file, format, &self.changes, &mut notes)?;
        for text in &notes {
            note(text);
        }
        output.put(&[NamedSpec { infix: None, spec }], false)?;
        Ok(Exit::Done)
    }
}
