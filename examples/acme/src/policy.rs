//! What a container gets. Text in, decisions out: no call of the contract, so every rule is tested as
//! a function.

/// What belongs together, from little to much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// The least.
    Bronze,
    /// More.
    Silver,
    /// Everything.
    Gold,
}

impl Tier {
    const ALL: [Self; 3] = [Self::Bronze, Self::Silver, Self::Gold];

    /// Its name, as in settings and annotations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
        }
    }
}

/// The requested accelerators.
#[derive(Debug, PartialEq, Eq)]
pub enum Devices {
    /// None.
    None,
    /// These, by name, each once, in the order asked.
    These(Vec<String>),
}

/// Reads a request: names separated by commas; `all` is a device of the spec file.
///
/// # Errors
///
/// A name that cannot be one. The value comes from an image, so it is hostile until it is checked.
pub fn devices(request: &str) -> Result<Devices, String> {
    let mut names: Vec<String> = Vec::new();
    for name in request.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(format!("ACME_DEVICES names `{name}`: write numbers, names, or `all`"));
        }
        if !names.iter().any(|earlier| earlier == name) {
            names.push(name.into());
        }
    }
    Ok(if names.is_empty() { Devices::None } else { Devices::These(names) })
}

/// The tier of a container that wishes for one: never above the operator's.
///
/// # Errors
///
/// A wish that is no tier.
pub fn tier(wish: Option<&str>, highest: Tier) -> Result<Tier, String> {
    let Some(wish) = wish else { return Ok(highest) };
    match Tier::ALL.into_iter().find(|tier| tier.name() == wish) {
        Some(tier) => Ok(tier.min(highest)),
        None => Err(format!("annotation acme.com/tier is `{wish}`: write bronze, silver or gold")),
    }
}
