//! `gantry cdi`: the devices of the spec directories, and what they change. One file per subcommand.

mod changes;
mod destination;
pub(crate) mod failure;
mod generate;
mod inject;
pub(crate) mod input;
mod list;
mod names;
mod notes;
mod options;
mod problem;
mod remove;
mod resolve;
mod schema;
mod show;
mod signals;
pub(crate) mod table;
mod transform;
mod unresolved;
mod validate;
mod watch;
mod write;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use failure::Failure;
use options::Options;

const LONG: &str = "\
See and use CDI devices (Container Device Interface): which there are, what each changes in a
container, and why one cannot be found.

A device is called vendor/class=name. It is defined in a spec: a file *.json or *.yaml in one of
the spec directories. A later directory wins over an earlier one; two files of one directory that
define one device are in conflict, and then neither counts.

The directories are those of the configuration, so that one sees what gantry-runtime sees.";

const EXAMPLES: &str = "\
Exit status:
  0  done
  1  it could not be done: a file cannot be read or written, the configuration is broken
  2  the command line is wrong
  3  a device does not resolve
  4  a spec, a document or a directory is invalid

Examples:
  gantry cdi list                                 every device, and its file
  gantry cdi list errors                          why a device is not among them
  gantry cdi show vendor.com/gpu=0                what it changes, or why it does not resolve
  gantry cdi inject --oci config.json --diff 'vendor.com/gpu=*'
  gantry cdi generate --output /var/run/cdi/nvidia.yaml
  gantry cdi validate my-spec.yaml
  gantry cdi --spec-dirs /etc/cdi,./specs list specs";

/// See and use CDI devices, and the specs that define them.
#[derive(Args)]
#[command(
    long_about = LONG,
    after_help = EXAMPLES,
    mut_arg("config", |arg| arg.global(true).value_hint(clap::ValueHint::FilePath)
        .help_heading(options::HEADING))
)]
pub(crate) struct Cdi<C: Subcommand = CdiCommand> {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: C,
}

/// What machines run.
#[derive(Subcommand)]
pub(crate) enum Often {
    Generate(Box<generate::Generate>),
}

impl From<Cdi<Often>> for Cdi {
    fn from(Cdi { options, command: Often::Generate(generate) }: Cdi<Often>) -> Self {
        Self { options, command: CdiCommand::Generate(generate) }
    }
}

#[derive(Subcommand)]
pub(crate) enum CdiCommand {
    List(list::List),
    Show(show::Show),
    Inject(inject::Inject),
    Resolve(resolve::Resolve),
    Validate(validate::Validate),
    Generate(Box<generate::Generate>),
    #[command(subcommand)]
    Transform(transform::Transform),
    Write(write::Write),
    Remove(remove::Remove),
    Watch(watch::Watch),
    Schema(schema::PrintSchema),
}

impl Cdi {
    pub(crate) fn run(&self) -> Result<ExitCode> {
        let options = &self.options;
        let ended = match &self.command {
            CdiCommand::List(list) => list.run(options),
            CdiCommand::Show(show) => show.run(options),
            CdiCommand::Inject(inject) => inject.run(options),
            CdiCommand::Resolve(resolve) => resolve.run(options),
            CdiCommand::Validate(validate) => validate.run(options),
            CdiCommand::Generate(generate) => generate.run(options),
            CdiCommand::Transform(transform) => transform.run(options),
            CdiCommand::Write(write) => write.run(options),
            CdiCommand::Remove(remove) => remove.run(options),
            CdiCommand::Watch(watch) => watch.run(options),
            CdiCommand::Schema(_) => schema::PrintSchema::run(),
        };
        match ended {
            Ok(exit) => Ok(exit.into()),
            // What has no status of its own exits with 1, as everywhere.
            Err(error) => Ok(error.downcast::<Failure>()?.report()),
        }
    }
}
