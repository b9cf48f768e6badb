//! Feature flags, by the names that the toolkit has for them.

use super::options::Features;

impl Features {
    /// All of them.
    pub const FLAGS: [&str; 6] = [
        "enable-explicit-driver-libraries",
        "disable-nvsandboxutils",
        "enable-coherent-annotations",
        "disable-multiple-csv-devices",
        "no-additional-gids-for-device-nodes",
        "disable-ipc-discoverer",
    ];

    /// Does as a flag says; whether there is such a flag.
    pub fn set(&mut self, flag: &str) -> bool {
        match flag {
            "enable-explicit-driver-libraries" => self.explicit_driver_libraries = true,
            // That library is never asked; the second spelling is the toolkit's own.
            "disable-nvsandboxutils" | "disable-nvsandbox-utils" => {}
            "enable-coherent-annotations" => self.coherent_annotations = true,
            "disable-multiple-csv-devices" => self.multiple_csv_devices = false,
            "no-additional-gids-for-device-nodes" => self.additional_gids = false,
            "disable-ipc-discoverer" => self.ipc = false,
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_is_known_and_no_other() {
        for flag in Features::FLAGS {
            assert!(Features::default().set(flag), "{flag}");
        }
        let mut features = Features::default();
        assert!(!features.set("no-such-flag"));
        assert_eq!(features, Features::default());
        assert!(features.set("disable-ipc-discoverer"));
        assert_eq!(features, Features { ipc: false, ..Features::default() });
    }
}
