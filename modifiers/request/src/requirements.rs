//! What an image requires of the host: the variables that begin with `NVIDIA_REQUIRE_`, each of which
//! must be met. What the host has comes in as [`Facts`].

mod term;
mod version;

use std::fmt;

pub use term::Property;

use crate::{Source, image};
use term::Term;
use version::Version;

/// Every variable that begins so is a requirement, but those of Jetson images.
const PREFIX: &str = "NVIDIA_REQUIRE_";
const JETPACK: &str = "NVIDIA_REQUIRE_JETPACK";
const DISABLE: &str = "NVIDIA_DISABLE_REQUIRE";

/// What the host has, as far as it is known: nothing meets a requirement on what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The newest CUDA version that the driver supports, major and minor.
    pub cuda: Option<(u32, u32)>,
    /// The driver's version.
    pub driver: Option<String>,
    /// The GPU's compute capability, major and minor.
    pub arch: Option<(u32, u32)>,
    /// The GPU's brand.
    pub brand: Option<String>,
}

/// All that a container requires.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requirements(Vec<Requirement>);

/// The requirement of one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    variable: String,
    text: String,
    /// One of these lists must be met as a whole. Empty: nothing is required.
    any_of: Vec<Vec<Term>>,
}

/// A requirement that the host does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The variable that requires it.
    pub variable: String,
    /// What it requires.
    pub requirement: String,
    /// What the host has instead: `cuda 12.4, driver unknown`.
    pub found: String,
}

/// One sentence: ``the host does not meet `cuda>=99.0` of NVIDIA_REQUIRE_CUDA: it has cuda 12.4``.
impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, requirement, found } = self;
        write!(f, "the host does not meet `{requirement}` of {variable}: it has {found}")
    }
}

impl Requirements {
    /// Reads what a container requires: nothing where `NVIDIA_DISABLE_REQUIRE` is true. An old image
    /// requires the CUDA version that it has.
    ///
    /// # Errors
    ///
    /// What the source refuses, and a requirement that cannot be read.
    pub fn read<S: Source>(source: &mut S) -> Result<Self, S::Error> {
        let disabled = source.env_get(&[DISABLE])?.pop().flatten();
        if disabled.is_some_and(|value| is_true(&value)) {
            return Ok(Self::default());
        }
        let mut requirements = Vec::new();
        for (variable, text) in source.env_with_prefix(PREFIX)? {
            if !variable.starts_with(JETPACK) {
                requirements.push(Requirement::parse(variable, text)?);
            }
        }
        if let Some(text) = image::legacy_version(source)? {
            let version = Version::parse(&text).ok_or_else(|| {
                format!("CUDA_VERSION: `{text}` is no version: write MAJOR.MINOR")
            })?;
            let text = format!("cuda>={}.{}", version.major, version.minor);
            requirements.push(Requirement::parse("CUDA_VERSION".into(), text)?);
        }
        Ok(Self(requirements))
    }

    /// Whether a requirement is about this property: a fact that is not named need not be found out.
    #[must_use]
    pub fn names(&self, property: Property) -> bool {
        self.0.iter().any(|requirement| requirement.names(property))
    }

    /// Whether the host meets all of them.
    ///
    /// # Errors
    ///
    /// The first requirement that is not met.
    pub fn check(&self, facts: &Facts) -> Result<(), Unmet> {
        self.0.iter().find(|requirement| !requirement.is_met(facts)).map_or(Ok(()), |requirement| {
            Err(Unmet {
                variable: requirement.variable.clone(),
                requirement: requirement.text.clone(),
                found: requirement.found(facts),
            })
        })
    }
}

impl Requirement {
    /// A space means "or", a comma "and", and the comma binds tighter. What is about a property that
    /// nobody knows is left out, and so is a list without anything else.
    fn parse(variable: String, text: String) -> Result<Self, String> {
        let mut any_of = Vec::new();
        for list in text.split(' ') {
            let mut all_of = Vec::new();
            for term in list.split(',').filter(|term| !term.is_empty()) {
                let term = Term::parse(term).map_err(|error| format!("{variable}: {error}"))?;
                all_of.extend(term);
            }
            if !all_of.is_empty() {
                any_of.push(all_of);
            }
        }
        Ok(Self { variable, text, any_of })
    }

    fn is_met(&self, facts: &Facts) -> bool {
        let mut lists = self.any_of.iter();
        self.any_of.is_empty() || lists.any(|list| list.iter().all(|term| term.is_met(facts)))
    }

    fn names(&self, property: Property) -> bool {
        self.any_of.iter().flatten().any(|term| term.property() == property)
    }

    fn found(&self, facts: &Facts) -> String {
        let named = Property::ALL.into_iter().filter(|property| self.names(*property));
        let texts = named.map(|property| {
            let fact = property.text(facts);
            format!("{} {}", property.name(), fact.as_deref().unwrap_or("unknown"))
        });
        texts.collect::<Vec<_>>().join(", ")
    }
}

/// What the reference takes for true; anything else is false.
fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
}
