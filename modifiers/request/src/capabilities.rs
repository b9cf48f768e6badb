//! Driver capabilities: which parts of the driver a container asks for. Only mode `legacy` honours
//! them; the other modes inject the whole driver.

use crate::Source;

const VARIABLE: &str = "NVIDIA_DRIVER_CAPABILITIES";

/// A part of the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// CUDA and `OpenCL`.
    Compute,
    /// 32-bit applications.
    Compat32,
    /// OpenGL and Vulkan.
    Graphics,
    /// NVML and its tools.
    Utility,
    /// The video codecs.
    Video,
    /// Output to X11 and Wayland.
    Display,
    /// NGX.
    Ngx,
}

/// The driver capabilities of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities(Vec<Capability>);

impl Capability {
    /// Every capability there is.
    const SUPPORTED: [Self; 7] = [
        Self::Compute,
        Self::Compat32,
        Self::Graphics,
        Self::Utility,
        Self::Video,
        Self::Display,
        Self::Ngx,
    ];

    /// As `NVIDIA_DRIVER_CAPABILITIES` spells it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Compat32 => "compat32",
            Self::Graphics => "graphics",
            Self::Utility => "utility",
            Self::Video => "video",
            Self::Display => "display",
            Self::Ngx => "ngx",
        }
    }
}

impl Capabilities {
    /// Reads `NVIDIA_DRIVER_CAPABILITIES`: names separated by commas, taken as they are written.
    /// `utility,compute` where it is empty or not set; a name that is no capability is not honoured.
    ///
    /// # Errors
    ///
    /// What the source refuses.
    pub fn read<S: Source>(source: &mut S) -> Result<Self, S::Error> {
        let value = source.env_get(&[VARIABLE])?.pop().flatten().unwrap_or_default();
        if value.is_empty() {
            return Ok(Self(vec![Capability::Utility, Capability::Compute]));
        }
        let mut found = Vec::new();
        let mut unknown = None;
        for name in value.split(',').filter(|name| !name.is_empty()) {
            if name == "all" {
                return Ok(Self(Capability::SUPPORTED.into()));
            }
            match Capability::SUPPORTED.into_iter().find(|capability| capability.name() == name) {
                Some(capability) if found.contains(&capability) => {}
                Some(capability) => found.push(capability),
                None => unknown = unknown.or(Some(name)),
            }
        }
        // One warning, however many there are: a stage may write so many lines, and no more.
        if let Some(name) = unknown {
            source.warn(&format!(
                "`{name}` in {VARIABLE} is no driver capability, and is not honoured"
            ));
        }
        Ok(Self(found))
    }

    /// Whether this one is asked for.
    #[must_use]
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }

    /// Whether the files for graphics are asked for: by `graphics`, and by `display` too.
    #[must_use]
    pub fn wants_graphics(&self) -> bool {
        self.has(Capability::Graphics) || self.has(Capability::Display)
    }
}
