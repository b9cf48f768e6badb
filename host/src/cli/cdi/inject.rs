//! `gantry cdi inject`: devices into a container's `config.json`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueHint};
use gantry::cdi::{EditsError, InjectError, Plan, parse_annotations};
use gantry::document::{Bundle, Change, Document, DocumentError, MAX_DOCUMENT, StoreError};
use gantry::host_files::Root;
use gantry::text::escape;
use serde::Serialize;

use super::failure::{Exit, Failure};
use super::options::Options;
use super::{input, names};
use crate::output;

/// The longest value that people are shown, in bytes.
const VALUE: usize = 8192;

const EXAMPLES: &str = "\
Nothing is printed or written unless all devices resolve and all their edits can be made. What no
edit touches keeps its bytes.

Examples:
  gantry cdi inject --oci config.json vendor.com/gpu=0 > new.json
  gantry cdi inject --oci config.json --in-place 'vendor.com/gpu=*'
  gantry cdi inject --oci config.json --diff --from-annotations
  jq .spec state.json | gantry cdi inject --oci - vendor.com/gpu=0";

/// Inject devices into a container's config.json, and print it
///
/// `--format` says how `--diff` prints; config.json itself is always JSON.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Inject {
    /// The container's config.json; `-` for stdin.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    oci: PathBuf,
    /// A device, vendor/class=name. `*` stands for any text without `/` and `=`.
    #[arg(value_name = "DEVICE", required_unless_present = "from_annotations")]
    devices: Vec<String>,
    /// Also inject what the document's annotations `cdi.k8s.io/…` name, after the others.
    #[arg(long)]
    from_annotations: bool,
    /// Write the file instead of printing it: at once, with its owner and mode; only if it changes.
    #[arg(long)]
    in_place: bool,
    /// Print each change and its source instead of the document; write nothing.
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,
}

/// Where the document is from.
enum Origin {
    Bundle(Box<Bundle>),
    Stdin,
}

/// A change, and where it comes from.
#[derive(Serialize)]
struct Step {
    file: String,
    /// `None`: the file's common edits.
    device: Option<String>,
    #[serde(flatten)]
    change: Change,
}

#[derive(Serialize)]
struct Steps<'a> {
    changes: &'a [Step],
}

impl Inject {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        if self.in_place && input::is_stdin(&self.oci) {
            return Err(Failure::usage("--in-place needs a file, and --oci is stdin").into());
        }
        let specs = options.specs()?;
        let (origin, mut document) = self.read()?;
        let mut devices = self.devices.clone();
        if self.from_annotations {
            devices.extend(requested(&document, &self.oci)?);
        }
        let plan = names::plan(&specs.registry(), &devices)?;
        let steps = apply(&plan, &mut document, &self.oci)?;
        match origin {
            _ if self.diff => options.print(&Steps { changes: &steps }, || text(&steps))?,
            Origin::Bundle(mut bundle) if self.in_place => {
                bundle.store(&document).map_err(store_failure)?;
            }
            Origin::Bundle(_) | Origin::Stdin => output::print(&document.to_text())?,
        }
        Ok(Exit::Done)
    }

    fn read(&self) -> Result<(Origin, Document), Failure> {
        if !input::is_stdin(&self.oci) {
            let bundle = Bundle::open_file(&self.oci).map_err(store_failure)?;
            let document = bundle.document().clone();
            return Ok((Origin::Bundle(Box::new(bundle)), document));
        }
        let wrong = |why: String| Failure::new(Exit::Invalid, format_args!("stdin: {why}"));
        let bytes = input::read(&self.oci, MAX_DOCUMENT)?
            .ok_or_else(|| wrong(format!("larger than {MAX_DOCUMENT} bytes")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            wrong(format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to()))
        })?;
        let document = Document::parse(text).map_err(|error| wrong(error.to_string()))?;
        Ok((Origin::Stdin, document))
    }
}

fn store_failure(error: StoreError) -> Failure {
    let exit = match error {
        StoreError::Document { .. } | StoreError::NotUtf8 { .. } | StoreError::TooLarge { .. } => {
            Exit::Invalid
        }
        StoreError::Missing { path } => {
            return Failure::new(Exit::CouldNot, format_args!("{}: not there", path.display()));
        }
        _ => Exit::CouldNot,
    };
    Failure::new(exit, error)
}

fn invalid(path: &Path, error: &DocumentError) -> Failure {
    Failure::new(Exit::Invalid, format_args!("{}: {error}", input::name(path).display()))
}

/// The devices that the annotations name.
fn requested(document: &Document, path: &Path) -> Result<Vec<String>, Failure> {
    let annotations = document.annotations().map_err(|error| invalid(path, &error))?;
    let pairs = annotations.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let (_, names) = parse_annotations(pairs).map_err(|error| {
        Failure::new(Exit::Invalid, format_args!("{}: {error}", input::name(path).display()))
    })?;
    Ok(names.iter().map(ToString::to_string).collect())
}

/// Applies the plan; each change that it makes.
fn apply(plan: &Plan, document: &mut Document, path: &Path) -> Result<Vec<Step>, Failure> {
    let host = host()?;
    let changes = plan.apply(document, &host).map_err(|error| match error {
        InjectError::Edits { of, why } => match *why {
            EditsError::Document(error) => invalid(path, &error),
            EditsError::Host(error) => Failure::new(Exit::CouldNot, format_args!("{of}: {error}")),
        },
        InjectError::Unresolved(error) => Failure::new(Exit::Unresolved, error),
    })?;
    let steps = plan.parts().iter().zip(changes).flat_map(|(part, changes)| {
        changes.into_iter().map(|change| Step {
            file: part.source.file.to_string_lossy().into_owned(),
            device: part.source.device.as_ref().map(ToString::to_string),
            change,
        })
    });
    Ok(steps.collect())
}

/// The files of this host.
pub(super) fn host() -> Result<Root, Failure> {
    Root::new(Path::new("/")).map_err(|error| Failure::new(Exit::CouldNot, error))
}

fn text(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "no change\n".to_owned();
    }
    let mut out = String::new();
    let mut source = None;
    for step in steps {
        let of = (&step.file, &step.device);
        if source.replace(of) != Some(of) {
            let device = step.device.as_deref().unwrap_or("for any of its devices");
            line(&mut out, "", &format!("{device} [{}]", step.file));
        }
        line(&mut out, "  ", &step.change.pointer.to_string());
        for (sign, value) in [("    - ", &step.change.before), ("    + ", &step.change.after)] {
            if let Some(value) = value {
                line(&mut out, sign, &value.to_string());
            }
        }
    }
    out
}

fn line(out: &mut String, before: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{before}{}", escape(text, VALUE));
}
