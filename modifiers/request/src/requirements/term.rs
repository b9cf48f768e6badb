//! One term of a requirement: a property, an operator and a value, as `cuda>=12.0`.

use std::cmp::Ordering;

use super::{Facts, Version};

/// What a requirement can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// The newest CUDA version that the driver supports.
    Cuda,
    /// The driver's version.
    Driver,
    /// The GPU's compute capability.
    Arch,
    /// The GPU's brand.
    Brand,
}

/// A property compared with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    operator: Operator,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Cuda(Version),
    Driver(Version),
    Arch(Version),
    Brand(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Property {
    /// Every property.
    pub(super) const ALL: [Self; 4] = [Self::Cuda, Self::Driver, Self::Arch, Self::Brand];

    /// As requirements spell it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Cuda => "cuda",
            Self::Driver => "driver",
            Self::Arch => "arch",
            Self::Brand => "brand",
        }
    }

    /// The fact that it is, for a person.
    pub(super) fn text(self, facts: &Facts) -> Option<String> {
        let dotted = |(major, minor): (u32, u32)| format!("{major}.{minor}");
        match self {
            Self::Cuda => facts.cuda.map(dotted),
            Self::Driver => facts.driver.clone(),
            Self::Arch => facts.arch.map(dotted),
            Self::Brand => facts.brand.clone(),
        }
    }
}

impl Term {
    /// `None` for a property that nobody knows.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        let malformed = || {
            format!(
                "`{text}` is no requirement: write a property, one of != <= >= = < >, and a value"
            )
        };
        let at = text.find(['!', '<', '>', '=']).ok_or_else(malformed)?;
        let (name, rest) = text.split_at_checked(at).ok_or_else(malformed)?;
        let (operator, value) = Operator::parse(rest).ok_or_else(malformed)?;
        let Some(property) = Property::ALL.into_iter().find(|known| known.name() == name) else {
            return Ok(None);
        };
        let version =
            || Version::parse(value).ok_or_else(|| format!("`{text}`: `{value}` is no version"));
        let value = match property {
            Property::Cuda => Value::Cuda(version()?),
            Property::Driver => Value::Driver(version()?),
            Property::Arch => Value::Arch(version()?),
            Property::Brand => Value::Brand(plain(value)),
        };
        Ok(Some(Self { operator, value }))
    }

    pub(super) fn property(&self) -> Property {
        match self.value {
            Value::Cuda(_) => Property::Cuda,
            Value::Driver(_) => Property::Driver,
            Value::Arch(_) => Property::Arch,
            Value::Brand(_) => Property::Brand,
        }
    }

    /// Whether a host with these facts meets it: never where the fact is unknown.
    pub(super) fn is_met(&self, facts: &Facts) -> bool {
        let version = |fact: Option<(u32, u32)>, wanted: &Version| {
            fact.map(|(major, minor)| Version { major, minor, patch: 0 }.cmp(wanted))
        };
        let ordering = match &self.value {
            Value::Cuda(wanted) => version(facts.cuda, wanted),
            Value::Arch(wanted) => version(facts.arch, wanted),
            Value::Driver(wanted) => {
                facts.driver.as_deref().and_then(Version::parse).map(|fact| fact.cmp(wanted))
            }
            Value::Brand(wanted) => facts.brand.as_deref().map(|fact| plain(fact).cmp(wanted)),
        };
        ordering.is_some_and(|ordering| self.operator.accepts(ordering))
    }
}

impl Operator {
    /// The operator that a text begins with, and the rest.
    fn parse(text: &str) -> Option<(Self, &str)> {
        const ALL: [(&str, Operator); 6] = [
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        ALL.into_iter().find_map(|(sign, operator)| Some((operator, text.strip_prefix(sign)?)))
    }

    /// Whether a fact that compares so with the value meets the term.
    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A brand without what differs between its spellings: `GeForce RTX` is `geforcertx`.
fn plain(brand: &str) -> String {
    brand.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
