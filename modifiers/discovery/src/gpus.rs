//! The GPUs that the kernel's driver knows, and which of them a request means.

use std::fmt;

use crate::name::{base, directory};
use crate::{Files, KERNEL};

/// What the driver says of each GPU.
const INFORMATION: &str = "/proc/driver/nvidia/gpus/*/information";

/// Bytes of it that are read: it is a few lines.
const MOST_BYTES: u32 = 64 << 10;

/// Where a GPU is on the PCI bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PciAddress {
    domain: u32,
    bus: u8,
    device: u8,
    function: u8,
}

impl PciAddress {
    /// From `domain:bus:device.function`, in hexadecimal of any width.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (domain, rest) = text.split_once(':')?;
        let (bus, rest) = rest.split_once(':')?;
        let (device, function) = rest.split_once('.')?;
        let number = |digits: &str| {
            let only_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            u32::from_str_radix(digits, 16).ok().filter(|_| only_digits)
        };
        let byte = |digits: &str| u8::try_from(number(digits)?).ok();
        Some(Self {
            domain: number(domain)?,
            bus: byte(bus)?,
            device: byte(device)?,
            function: byte(function)?,
        })
    }
}

/// As the kernel names it: `0000:41:00.0`.
impl fmt::Display for PciAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { domain, bus, device, function } = self;
        write!(f, "{domain:04x}:{bus:02x}:{device:02x}.{function:x}")
    }
}

/// A GPU, as the kernel's driver knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelGpu {
    /// Where it is.
    pub address: PciAddress,
    /// `GPU-…`; empty where the driver does not say.
    pub uuid: String,
}

/// All GPUs, in the order of the PCI bus, which is that of their indices.
///
/// # Errors
///
/// What the files refuse.
pub fn kernel_gpus<F: Files>(files: &mut F) -> Result<Vec<KernelGpu>, F::Error> {
    let mut gpus = Vec::new();
    for entry in files.glob(KERNEL, INFORMATION)? {
        let Some(content) = files.read(KERNEL, &entry.path, MOST_BYTES)? else {
            continue;
        };
        let content = String::from_utf8_lossy(&content);
        let field = |name: &str| {
            content
                .lines()
                .find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
        };
        let location = field("Bus Location").unwrap_or_else(|| base(directory(&entry.path)));
        match PciAddress::parse(location) {
            Some(address) => {
                let uuid = field("GPU UUID").unwrap_or_default().into();
                gpus.push(KernelGpu { address, uuid });
            }
            None => files.warn(&format!(
                "{}: `{location}` is no PCI address, so this GPU has no DRM nodes",
                entry.path
            )),
        }
    }
    gpus.sort_by_key(|gpu| gpu.address);
    Ok(gpus)
}

/// Where the requested GPUs are: each of `ids` an index, a UUID or a PCI address; `None` for all.
/// What is no GPU of this host is not there.
#[must_use]
pub fn select(gpus: &[KernelGpu], ids: Option<&[String]>) -> Vec<PciAddress> {
    let wanted = |(index, gpu): &(usize, &KernelGpu)| {
        ids.is_none_or(|ids| {
            ids.iter().any(|id| {
                *id == index.to_string()
                    || (!id.is_empty() && id.eq_ignore_ascii_case(&gpu.uuid))
                    || PciAddress::parse(id) == Some(gpu.address)
            })
        })
    };
    gpus.iter().enumerate().filter(wanted).map(|(_, gpu)| gpu.address).collect()
}
