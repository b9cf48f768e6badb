//! What NVML's numbers mean: profiles of MIG devices, architectures, brands, and which GPUs are part of
//! the processor.

use gantry_discovery::csv::is_integrated_name;

/// Profiles of GPU instances by NVML's number: slices, and what stands behind the memory.
const GPU_INSTANCES: [(u32, &str); 18] = [
    (1, ""),
    (2, ""),
    (3, ""),
    (4, ""),
    (7, ""),
    (8, ""),
    (6, ""),
    (1, "+me"),
    (2, "+me"),
    (1, ""),
    (1, GRAPHICS),
    (2, GRAPHICS),
    (4, GRAPHICS),
    (1, "-me"),
    (2, "-me"),
    (1, "+me.all"),
    (2, "+me.all"),
    (3, GRAPHICS),
];
const GRAPHICS: &str = "+gfx";

/// Profiles of compute instances by NVML's number: slices.
const COMPUTE_INSTANCES: [u32; 9] = [1, 2, 3, 4, 7, 8, 6, 1, 7];

/// The profile of a MIG device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigProfile {
    /// NVML's number of the GPU instance's profile.
    pub gpu_instance: u32,
    /// NVML's number of the compute instance's profile.
    pub compute_instance: u32,
    /// The MIG device's memory, in MiB.
    pub memory: u64,
    /// The GPU's memory, in bytes.
    pub gpu_memory: u64,
}

impl MigProfile {
    /// NVML's numbers of profiles of GPU instances.
    pub fn gpu_instances() -> impl Iterator<Item = u32> {
        (0..).zip(GPU_INSTANCES).map(|(number, _)| number)
    }

    /// NVML's numbers of profiles of compute instances.
    pub fn compute_instances() -> impl Iterator<Item = u32> {
        (0..).zip(COMPUTE_INSTANCES).map(|(number, _)| number)
    }

    /// Its name, as `nvidia-smi` writes it: `1g.10gb`, `1c.3g.40gb`, `1g.10gb+me`; `None` where a number
    /// is unknown.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let (slices, attributes) = self.instance()?;
        let compute = COMPUTE_INSTANCES.get(usize::try_from(self.compute_instance).ok()?)?;
        let part = if *compute == slices { String::new() } else { format!("{compute}c.") };
        Some(format!("{part}{slices}g.{}gb{attributes}", self.gibibytes()))
    }

    /// Whether it can do graphics.
    #[must_use]
    pub fn graphics(&self) -> bool {
        self.instance().is_some_and(|(_, attributes)| attributes == GRAPHICS)
    }

    fn instance(&self) -> Option<(u32, &'static str)> {
        GPU_INSTANCES.get(usize::try_from(self.gpu_instance).ok()?).copied()
    }

    /// The memory as names have it: as many eighths of the GPU's as it takes, in GiB, rounded.
    fn gibibytes(&self) -> u128 {
        let total = u128::from(self.gpu_memory.max(1));
        let eighths = (u128::from(self.memory) * 8 * (1 << 20)).div_ceil(total);
        (eighths * total.div_ceil(1 << 30) + 4) / 8
    }
}

/// The name of an architecture by NVML's number.
#[must_use]
pub fn architecture(number: u32) -> Option<&'static str> {
    Some(match number {
        2 => "Kepler",
        3 => "Maxwell",
        4 => "Pascal",
        5 => "Volta",
        6 => "Turing",
        7 => "Ampere",
        8 => "Ada Lovelace",
        9 => "Hopper",
        10 => "Blackwell",
        13 => "Rubin",
        _ => return None,
    })
}

/// The name of a brand by NVML's number.
#[must_use]
pub fn brand(number: u32) -> Option<&'static str> {
    const NAMES: [&str; 16] = [
        "Quadro",
        "Tesla",
        "NVS",
        "GRID",
        "GeForce",
        "TITAN",
        "NVIDIA Virtual Applications",
        "NVIDIA Virtual PC",
        "NVIDIA Virtual Compute Server",
        "NVIDIA RTX Virtual Workstation",
        "NVIDIA Cloud Gaming",
        "Quadro RTX",
        "NVIDIA RTX",
        "NVIDIA",
        "GeForce RTX",
        "TITAN RTX",
    ];
    NAMES.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
}

/// Whether a GPU is part of the processor. NVML has no question for it: the name tells, or, on a Tegra
/// system, the address (domain, bus and device), which there is always the same.
#[must_use]
pub fn is_integrated(name: &str, address: Option<[u32; 3]>, tegra: bool) -> bool {
    is_integrated_name(name) || tegra && address == Some([0, 1, 0])
}

#[cfg(test)]
mod tests {
    use super::{MigProfile, architecture, brand, is_integrated};

    #[test]
    fn profiles_are_called_as_nvidia_smi_calls_them() {
        const H100: u64 = 85_520_809_984;
        for (gpu_instance, compute_instance, memory, gpu_memory, name, graphics) in [
            (0, 0, 9984, H100, Some("1g.10gb"), false),
            (1, 1, 19968, H100, Some("2g.20gb"), false),
            (2, 2, 40448, H100, Some("3g.40gb"), false),
            (2, 0, 40448, H100, Some("1c.3g.40gb"), false),
            (2, 1, 40448, H100, Some("2c.3g.40gb"), false),
            (4, 4, 81152, H100, Some("7g.80gb"), false),
            (4, 8, 81152, H100, Some("7g.80gb"), false),
            (5, 5, 81152, H100, Some("8g.80gb"), false),
            (6, 6, 81152, H100, Some("6g.80gb"), false),
            (7, 0, 9984, H100, Some("1g.10gb+me"), false),
            (9, 0, 19968, H100, Some("1g.20gb"), false),
            (10, 0, 9984, H100, Some("1g.10gb+gfx"), true),
            (12, 3, 40448, H100, Some("4g.40gb+gfx"), true),
            (17, 2, 40448, H100, Some("3g.40gb+gfx"), true),
            (13, 0, 9984, H100, Some("1g.10gb-me"), false),
            (15, 7, 9984, H100, Some("1g.10gb+me.all"), false),
            (0, 0, 4864, 42_505_273_344, Some("1g.5gb"), false),
            (18, 0, 9984, H100, None, false),
            (0, 9, 9984, H100, None, false),
            (u32::MAX, u32::MAX, u64::MAX, u64::MAX, None, false),
            (0, 0, 0, 0, Some("1g.0gb"), false),
        ] {
            let profile = MigProfile { gpu_instance, compute_instance, memory, gpu_memory };
            assert_eq!(profile.name().as_deref(), name, "{profile:?}");
            assert_eq!(profile.graphics(), graphics, "{profile:?}");
        }
        // Nonsense is no overflow.
        for gpu_memory in [0, 1, u64::MAX] {
            let profile =
                MigProfile { gpu_instance: 0, compute_instance: 0, memory: u64::MAX, gpu_memory };
            assert!(profile.name().is_some());
        }
    }

    #[test]
    fn numbers_have_names() {
        assert_eq!((architecture(9), architecture(11)), (Some("Hopper"), None));
        assert_eq!((brand(14), brand(1)), (Some("NVIDIA"), Some("Quadro")));
        assert_eq!((brand(0), brand(17), brand(u32::MAX)), (None, None, None));
    }

    #[test]
    fn integrated_gpus_are_known_by_name_or_address() {
        const H100: &str = "NVIDIA H100 80GB HBM3";
        for (name, address, tegra, expected) in [
            ("Orin (nvgpu)", None, true, true),
            ("NVIDIA Thor", None, false, true),
            ("NVIDIA Thor", Some([0, 1, 0]), true, true),
            (H100, None, true, false),
            (H100, Some([0, 1, 0]), true, true),
            // The usual address of the only GPU of a PC.
            (H100, Some([0, 1, 0]), false, false),
            (H100, Some([0, 0x41, 0]), true, false),
            (H100, Some([1, 1, 0]), true, false),
        ] {
            assert_eq!(is_integrated(name, address, tegra), expected, "{name} {address:?} {tegra}");
        }
    }
}
