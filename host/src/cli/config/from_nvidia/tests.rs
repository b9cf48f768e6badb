//! What each key of the toolkit's becomes, and what cannot be honoured.

use std::ffi::OsStr;

use gantry::pipeline::config::Config;

use super::programs::Programs;

fn translate(text: &str) -> anyhow::Result<String> {
    super::translate(text, "test", &Programs::of_path(OsStr::new("")))
}

/// A line of the file's, and a line of ours.
#[test]
fn each_key_becomes_what_it_does() {
    for (theirs, ours) in [
        ("", "default = \"jit-cdi\""),
        ("nvidia-container-runtime.mode = \"csv\"", "[pipeline]\nfixed-mode = \"csv\"  # nvidia-container-runtime.mode, line 1"),
        ("\nnvidia-container-cli.root = \"/run/nvidia/driver/\"", "driver-root = \"/run/nvidia/driver\"  # nvidia-container-cli.root, line 2"),
        ("nvidia-container-cli.root = \"/x\"", "dev-root = \"/x\""),
        ("nvidia-container-runtime.debug = \"/var/log/x.log\"", "[log]\nfile = \"/var/log/x.log\""),
        ("nvidia-container-runtime.log-level = \"warning\"", "[log]\nlevel = \"warn\""),
        ("nvidia-container-runtime.log-level = \"loud\"", "# line 1: nvidia-container-runtime.log-level: \"loud\" is no level; the toolkit takes \"info\" instead"),
        ("nvidia-container-runtime.runtimes = [\"/x/runc\"]", "[runtime]\nlow-level = [\"/x/runc\"]"),
        ("swarm-resource = \"A, B\"", "preferred-env = [\"A\", \"B\"]  # swarm-resource, line 1"),
        ("swarm-resource = \"A\"", "env = [\"NVIDIA_VISIBLE_DEVICES\", \"CUDA_VERSION\", \"NVIDIA_REQUIRE_CUDA\", \"A\"]"),
        ("accept-nvidia-visible-devices-envvar-when-unprivileged = false", "accept-envvar-when-unprivileged = false"),
        ("accept-nvidia-visible-devices-as-volume-mounts = true", "accept-volume-mounts = true"),
        ("nvidia-container-runtime.modes.cdi.spec-dirs = [\"/a/\"]", "[cdi]\nspec-dirs = [\"/a\"]"),
        ("nvidia-container-runtime.modes.cdi.default-kind = \"a.com/b\"", "[stages.cdi.settings]\ndefault-kind = \"a.com/b\""),
        ("nvidia-container-runtime.modes.cdi.annotation-prefixes = []", "annotation-prefixes = []"),
        ("nvidia-container-runtime.modes.cdi.annotation-prefixes = [\"a.com/x\", \"b\"]", "annotations = [\"a.com/x*\", \"b**\"]"),
        ("", "[generate]\nhook-path = \"/usr/bin/nvidia-ctk\"  # the toolkit's default"),
        ("nvidia-ctk.path = \"a-program-of-nobody\"", "[generate]\nhook-path = \"/usr/bin/nvidia-ctk\"  # nvidia-ctk.path, line 1"),
        ("nvidia-container-runtime-hook.path = \"x/a-program-of-nobody\"", "hook-path = \"/usr/bin/nvidia-container-runtime-hook\"  # nvidia-container-runtime-hook.path, line 1"),
        ("nvidia-ctk.path = \"./sh\"", "bin/sh\"  # nvidia-ctk.path, line 1"),
        ("nvidia-ctk.path = \"/x/nvidia-cdi-hook\"", "[generate]\nhook-path = \"/x/nvidia-cdi-hook\"  # nvidia-ctk.path, line 1"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags = [\"enable-explicit-driver-libraries\", \"disable-ipc-discoverer\"]", "explicit-driver-libraries = true  # nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags, line 1\nno-ipc = true"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags = [\"disable-multiple-csv-devices\"]", "[generate.csv]\nseveral-gpus = false"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags = [\"disable-ipc-discoverer\", \"disable-ipc-discoverer\"]", "no-ipc = true"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags = [\"x\"]", "nvcdi-feature-flags: \"x\" is not known; the toolkit passes over it as well"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags = [\"disable-nvsandboxutils\"]", "nvcdi-feature-flags: libnvidia-sandboxutils is never used"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-feature-flags = [\"no-additional-gids-for-device-nodes\"]", "only that key of [features] has an effect here"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-disable-hooks = [\"all\", \"chmod\", \"y\"]", "[generate]\ndisable-hooks = [\"all\", \"chmod\"]"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-disable-hooks = [\"all\", \"chmod\", \"y\"]", "[stages.csv.settings]\ndisable-hooks = [\"all\"]"),
        ("nvidia-container-runtime.modes.jit-cdi.nvcdi-disable-hooks = [\"y\"]", "nvcdi-disable-hooks: \"y\" is no hook; the toolkit passes over it as well"),
        ("features.no-additional-gids-for-device-nodes = true", "[generate]\nno-additional-gids = true"),
        ("nvidia-container-runtime.modes.csv.mount-spec-path = \"/csv/\"", "[generate.csv]\ndir = \"/csv\""),
        ("nvidia-container-runtime.modes.csv.compat-container-root = \"/compat\"", "[generate.csv]\ncompat-container-root = \"/compat\""),
        ("nvidia-container-cli.load-kmods = true", "# line 1: nvidia-container-cli.load-kmods: nvidia-container-runtime-hook reads it"),
        ("features.allow-unknown-oci-spec-fields = true", "# line 1: features.allow-unknown-oci-spec-fields: fields that are not known are always kept"),
        ("odd = 1", "# line 1: odd: not known; the toolkit passes over it as well"),
        ("nvidia-container-cli.ldconfig = \"/sbin/x\"\nfeatures.allow-ldconfig-from-container = true", "# line 1: nvidia-container-cli.ldconfig: nvidia-container-runtime-hook reads it"),
    ] {
        let text = translate(theirs).unwrap();
        assert!(text.contains(ours), "{theirs}\n{text}");
    }
}

/// A stage that could read annotations does not start without a grant to read any.
#[test]
fn no_annotation_prefix_takes_no_grant() {
    let text =
        translate("nvidia-container-runtime.modes.cdi.annotation-prefixes = []").unwrap();
    assert!(!text.contains("annotations = ["), "{text}");
}

#[test]
fn what_cannot_be_honoured_is_an_error() {
    for (theirs, error) in [
        ("nvidia-container-cli.ldconfig = \"/sbin/ldconfig\"", "line 1: nvidia-container-cli.ldconfig: \"/sbin/ldconfig\" would be run from the container's image"),
        ("nvidia-container-runtime.mode = \"auto2\"", "line 1: nvidia-container-runtime.mode: \"auto2\" is no mode; there are auto, cdi,"),
        ("nvidia-container-runtime.mode = \"\"", "\"\" is no mode"),
        ("nvidia-container-runtime.runtimes = []", "line 1: nvidia-container-runtime.runtimes: names no runtime"),
        ("nvidia-container-runtime.runtimes = \"runc\"", "line 1: nvidia-container-runtime.runtimes must be a list of strings"),
        ("nvidia-container-cli.root = \"x\"", "\"x\" is not absolute"),
        ("nvidia-container-cli.root = 1", "nvidia-container-cli.root must be a string"),
        ("swarm-resource = \"A*\"", "\"A*\" is no name of a variable"),
        ("nvidia-container-runtime.modes.cdi.annotation-prefixes = [\"\"]", "\"\" is no prefix"),
        ("\n[x", "line 2: "),
    ] {
        let found = format!("{:#}", translate(theirs).unwrap_err());
        assert!(found.contains(error), "{theirs}\n{found}");
    }
}

/// Whatever is in the file, ours loads, or there is an error.
#[test]
fn hostile_values_stay_values() {
    for value in ["\"\\n[stages.x]\\n\"", "\"/\\u0000\"", "\"/a\" = \"b\"", "\"#\"", "\"/**\""] {
        for key in ["nvidia-container-cli.root", "nvidia-container-runtime.debug", "nvidia-ctk.path", "swarm-resource", "\"\\n[x]\"", "nvidia-container-runtime.modes.csv.mount-spec-path", "nvidia-container-runtime.modes.jit-cdi.nvcdi-disable-hooks"] {
            if let Ok(ours) = translate(&format!("{key} = {value}")) {
                let config = Config::from_texts([], ("/c/config.toml".into(), ours.clone())).unwrap();
                assert!(config.stage("x").is_none(), "{ours}");
            }
        }
    }
}
