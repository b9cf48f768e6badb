//! Container Device Interface (CDI): names, specs, the registry of devices, and what a device changes
//! in a document. Knows nothing of modifiers.
//!
//! ```no_run
//! use std::path::PathBuf;
//! use gantry::cdi::{QualifiedName, Registry};
//!
//! let dirs = [PathBuf::from("/etc/cdi"), PathBuf::from("/var/run/cdi")];
//! let names = ["vendor.com/net=eth0".parse::<QualifiedName>()?];
//! let plan = Registry::load(&dirs).resolve(&names)?;
//! for part in plan.parts() {
//!     println!("{}: {:?}", part.source, part.edits());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod annotations;
mod apply;
mod cache;
mod inject;
mod names;
mod path;
mod prepared;
mod registry;
mod resolve;
mod root_change;
#[cfg(feature = "schema")]
mod schema;
mod spec;
mod spec_names;
mod text;
mod trust;
mod unresolved;
#[cfg(feature = "watch")]
mod watch;
mod write;

pub use annotations::{
    ANNOTATION_PREFIX, AnnotationError, AnnotationParseError, annotation_key, annotation_value,
    parse_annotations, update_annotations,
};
pub use apply::{ApplyError, Container, NodeProblem, document_edits};
pub use cache::{Cache, CacheOptions, Freshness};
pub use inject::{EditsError, InjectError, Injected};
pub use names::{
    Kind, NameError, Part as NamePart, Problem as NameProblem, QualifiedName, split_device,
    split_kind, validate_class, validate_device, validate_vendor,
};
pub use registry::{
    Directory, DirectoryError, DirectoryState, FileProblem, FoundDevice, LoadError, LoadOptions,
    ReadError, Registry, SpecFile, Wanted, read_spec,
};
pub use resolve::{Part, Plan, Source};
pub use root_change::{RootChange, Side};
#[cfg(feature = "schema")]
pub use schema::{
    DEFAULT_SCHEMA_FILE, Schema, SchemaChoice, SchemaError, SchemaLoadError, Violation,
};
pub use spec::{
    ContainerEdits, Device, DeviceNode, Format, Hook, Ignored, IntelRdt, InvalidSpec,
    MAX_SPEC_BYTES, Mount, NetDevice, ParseOptions, Parsed, Position, Spec, SpecError, SpecProblem,
    SpecWarning, Unknown, Validator, Version, VersionNote, YamlError, accepted_since, from_yaml,
    to_yaml,
};
pub use spec_names::{name_for_spec, name_for_transient_spec, spec_name, transient_spec_name};
pub use trust::{TrustError, check_dir_trust};
pub use unresolved::{Cause, RejectedFile, Unresolved, UnresolvedDevice};
pub use write::{WriteError, WriteOptions, remove_spec, spec_text, write_spec};

/// The spec directories that every CDI consumer searches unless told otherwise; later ones win.
pub const DEFAULT_SPEC_DIRS: [&str; 2] = ["/etc/cdi", "/var/run/cdi"];
