//! What the toolkit is told of the mode `jit-cdi`.

use anyhow::Result;
use gantry::generate::HookName;

use super::super::toolkit::Key;
use super::{Translation, from, list};

/// The hooks that the stage `csv` can leave out.
const OF_CSV: &[&str] = &["create-symlinks", "enable-cuda-compat", "update-ldcache", ALL];
/// Stands for every hook.
const ALL: &str = "all";

impl Translation<'_> {
    /// Features of specs that are made just in time.
    pub(super) fn feature_flags(&mut self, key: &Key<'_>) -> Result<()> {
        for flag in key.list()? {
            let switch = match flag {
                "enable-explicit-driver-libraries" => "explicit-driver-libraries",
                "disable-ipc-discoverer" => "no-ipc",
                "disable-multiple-csv-devices" => {
                    self.settings(&["csv"], "several-gpus", false, key);
                    self.ours.set("generate.csv", "several-gpus", false, &from(key));
                    continue;
                }
                "disable-nvsandboxutils" | "disable-nvsandbox-utils" => {
                    self.ours.unused(key, "libnvidia-sandboxutils is never used");
                    continue;
                }
                "enable-coherent-annotations" => {
                    self.ours.unused(key, "annotations of a spec say nothing to a container");
                    continue;
                }
                "no-additional-gids-for-device-nodes" => {
                    let why = "as in the toolkit, only that key of [features] has an effect here";
                    self.ours.unused(key, why);
                    continue;
                }
                other => {
                    let why = format!("{other:?} is not known; the toolkit passes over it as well");
                    self.ours.unused(key, &why);
                    continue;
                }
            };
            self.ours.set("generate", switch, true, &from(key));
        }
        Ok(())
    }

    /// Hooks that are left out of specs that are made just in time.
    pub(super) fn disabled_hooks(&mut self, key: &Key<'_>) -> Result<()> {
        let known =
            |hook: &&str| *hook == ALL || HookName::ALL.iter().any(|one| one.name() == *hook);
        let (hooks, others): (Vec<&str>, Vec<&str>) = key.list()?.into_iter().partition(known);
        for other in others {
            let why = format!("{other:?} is no hook; the toolkit passes over it as well");
            self.ours.unused(key, &why);
        }
        let of_csv: Vec<&str> =
            hooks.iter().copied().filter(|hook| OF_CSV.contains(hook)).collect();
        self.settings(&["csv"], "disable-hooks", list(&of_csv), key);
        self.ours.set("generate", "disable-hooks", list(&hooks), &from(key));
        Ok(())
    }
}
