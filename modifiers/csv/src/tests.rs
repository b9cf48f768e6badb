//! What containers get, natively, with the grants that the stage wants.

mod grants;
mod jetson;
mod recorded;

use gantry_modifier::testing::{Edit, Host, validate};
use gantry_modifier::{Failure, Mode};

use super::Csv;

/// The edits of a container, or why it gets none.
fn modify(host: &Host, settings: &str) -> Result<Vec<Edit>, Failure> {
    host.modify::<Csv>(Mode::Csv, settings)
}

/// The edits in lines without what each has in common.
fn lines(edits: &[Edit]) -> Vec<String> {
    let short = |edit: &Edit| {
        let text = edit.text.replace("hook createContainer /usr/bin/gantry-hook ", "hook ");
        match text.split_once(" => ") {
            Some((mount, _)) => mount.replace("driver-root:", ""),
            None => text.split(" from dev-root:").next().unwrap().replace("device-node", "node"),
        }
    };
    edits.iter().map(short).collect()
}

#[test]
fn other_modes() {
    let host = Host::new().env("NVIDIA_VISIBLE_DEVICES=all");
    for mode in [Mode::Cdi, Mode::JitCdi, Mode::Legacy] {
        assert_eq!(host.modify::<Csv>(mode, "{}"), Ok(vec![]));
    }
}

#[test]
fn settings() {
    #[rustfmt::skip] // one line a case
    let table = [
        ("{}", None),
        (r#"{"ignore-patterns":["**/*.so","/a/[b-d]*"]}"#, None),
        (r#"{"ignore-patterns":["a","[b"]}"#, Some("ignore-patterns[1]")),
        (r#"{"compat-container-root":"opt"}"#, Some("compat-container-root")),
        (r#"{"hook-path":"nvidia-ctk"}"#, Some("hook-path")),
        (r#"{"hook-path":"/usr/bin/../x"}"#, Some("hook-path")),
        (r#"{"disable-hooks":["all","update-ldcache"]}"#, None),
        (r#"{"disable-hooks":["chmod"]}"#, Some("disable-hooks[0]")),
        (r#"{"preferred-env":["A=B"]}"#, Some("preferred-env[0]")),
        (r#"{"several-gpus":1}"#, Some("several-gpus")),
        (r#"{"annotation-prefixes":["a"]}"#, Some("annotation-prefixes")),
    ];
    for (text, key) in table {
        let problems = validate::<Csv>(text).err().unwrap_or_default();
        assert_eq!(problems.first().map(|problem| problem.key.as_str()), key, "{text}");
    }
}
