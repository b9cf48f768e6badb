//! One line a case: the hooks of a container, and which are removed.

use gantry_modifier::hooks::Hook;
use gantry_modifier::testing::{Host, validate};

use super::*;

const OLD: &str = "/usr/bin/nvidia-container-toolkit";
const NEW: &str = "/usr/bin/nvidia-container-runtime-hook";
const OTHER: &str = "/usr/bin/other-hook";

/// A container with these hooks.
fn with(hooks: &[(HookPoint, &str)]) -> Host {
    hooks.iter().fold(Host::new(), |host, (point, path)| {
        let args = vec![(*path).into(), "prestart".into()];
        host.hook(*point, Hook { path: (*path).into(), args, env: vec![], timeout: None })
    })
}

/// The programs of the prestart hooks that are removed, in one line; or the cause of the failure.
fn line(host: &Host, mode: Mode, settings: &str) -> String {
    match host.modify::<HookRemoval>(mode, settings) {
        Ok(edits) => edits
            .iter()
            .map(|edit| edit.text.replace("remove-hook prestart ", ""))
            .collect::<Vec<_>>()
            .join(" "),
        Err(failure) => failure.cause,
    }
}

#[test]
fn removed() {
    use HookPoint::{CreateRuntime, Poststop, Prestart};
    const NEAR: &str = "/usr/bin/nvidia-container-runtime-hook.real";
    const FOLDER: &str = "/opt/nvidia-container-toolkit/hook";
    #[rustfmt::skip] // one line a case
    let table: &[(&[(HookPoint, &str)], &str)] = &[
        (&[], ""),
        (&[(Prestart, NEW)], NEW),
        (&[(Prestart, OLD)], OLD),
        (&[(Prestart, "/opt/a/nvidia-container-toolkit")], "/opt/a/nvidia-container-toolkit"),
        (&[(Prestart, OTHER), (Prestart, NEW), (Prestart, OLD)], &[NEW, OLD].join(" ")),
        (&[(Prestart, NEW), (Prestart, OTHER), (Prestart, NEW)], NEW),
        (&[(Prestart, OTHER), (Poststop, OTHER)], ""),
        (&[(CreateRuntime, NEW), (Poststop, OLD)], ""),
        (&[(Prestart, NEAR)], ""),
        (&[(Prestart, FOLDER)], ""),
    ];
    for (hooks, expected) in table {
        for mode in [Mode::Cdi, Mode::JitCdi, Mode::Csv] {
            assert_eq!(line(&with(hooks), mode, "{}"), *expected, "{hooks:?} {mode:?}");
        }
        assert_eq!(line(&with(hooks), Mode::Legacy, "{}"), "", "{hooks:?}");
    }
}

#[test]
fn settings() {
    let host = with(&[(HookPoint::Prestart, OTHER), (HookPoint::Prestart, NEW)]);
    let other = line(&host, Mode::Cdi, r#"{"programs":["other-hook"]}"#);
    assert!(other.starts_with("edit-hooks.remove: not granted: "), "{other}");
    assert_eq!(line(&host, Mode::Cdi, r#"{"programs":[]}"#), "");
    #[rustfmt::skip] // one line a case
    let table = [
        ("{}", None),
        (r#"{"programs":["a","b"]}"#, None),
        (r#"{"programs":["a","/usr/bin/b"]}"#, Some("programs[1]")),
        (r#"{"programs":[""]}"#, Some("programs[0]")),
        (r#"{"programs":"a"}"#, Some("programs")),
        (r#"{"program":["a"]}"#, Some("program")),
    ];
    for (text, key) in table {
        let problems = validate::<HookRemoval>(text).err().unwrap_or_default();
        assert_eq!(problems.first().map(|problem| problem.key.as_str()), key, "{text}");
    }
}
