//! One line a case: the hooks of a container, and which is added.

use gantry_modifier::hooks::Hook;
use gantry_modifier::testing::{Host, validate};

use super::*;

const HOOK: &str = "/usr/bin/nvidia-container-runtime-hook";
const ADDED: &str = "hook prestart /usr/bin/nvidia-container-runtime-hook prestart";

/// A container with these hooks.
fn with(hooks: &[(HookPoint, &str)]) -> Host {
    hooks.iter().fold(Host::new(), |host, (point, path)| {
        let args = vec![(*path).into()];
        host.hook(*point, Hook { path: (*path).into(), args, env: vec![], timeout: None })
    })
}

/// The edits in one line; or the cause of the failure.
fn line(host: &Host, mode: Mode, settings: &str) -> String {
    match host.modify::<Legacy>(mode, settings) {
        Ok(edits) => edits.iter().map(|edit| edit.text.as_str()).collect::<Vec<_>>().join("; "),
        Err(failure) => failure.cause,
    }
}

#[test]
fn added() {
    use HookPoint::{Poststop, Prestart};
    #[rustfmt::skip] // one line a case
    let table: &[(&[(HookPoint, &str)], &str)] = &[
        (&[], ADDED),
        (&[(Prestart, HOOK)], ""),
        (&[(Prestart, "/opt/x/nvidia-container-runtime-hook")], ""),
        (&[(Prestart, "/opt/x/nvidia-container-toolkit")], ""),
        (&[(Prestart, "/usr/bin/other"), (Prestart, HOOK)], ""),
        (&[(Prestart, "/usr/bin/other")], ADDED),
        (&[(Prestart, "/usr/bin/nvidia-container-runtime-hook.real")], ADDED),
        (&[(Prestart, "/opt/nvidia-container-toolkit/hook")], ADDED),
        (&[(Poststop, HOOK)], ADDED),
    ];
    for (hooks, expected) in table {
        assert_eq!(line(&with(hooks), Mode::Legacy, "{}"), *expected, "{hooks:?}");
        for mode in [Mode::Cdi, Mode::JitCdi, Mode::Csv] {
            assert_eq!(line(&with(hooks), mode, "{}"), "", "{hooks:?} {mode:?}");
        }
    }
    // What is requested is not looked at.
    for request in ["0", "void"] {
        let host = with(&[]).env(&format!("NVIDIA_VISIBLE_DEVICES={request}"));
        assert_eq!(line(&host, Mode::Legacy, "{}"), ADDED);
    }
}

#[test]
fn settings() {
    let elsewhere = line(&Host::new(), Mode::Legacy, r#"{"hook-path":"/opt/hook"}"#);
    assert!(elsewhere.starts_with("edit-hooks.add: not granted: "), "{elsewhere}");
    #[rustfmt::skip] // one line a case
    let table = [
        ("{}", None),
        (r#"{"hook-path":"/opt/hook"}"#, None),
        (r#"{"hook-path":"hook"}"#, Some("hook-path")),
        (r#"{"hook-path":""}"#, Some("hook-path")),
        (r#"{"hook-path":"/"}"#, Some("hook-path")),
        (r#"{"hook-path":"/opt/"}"#, Some("hook-path")),
        (r#"{"hook-path":"/opt/../hook"}"#, Some("hook-path")),
        (r#"{"hook-path":"/opt//hook"}"#, Some("hook-path")),
        (r#"{"hook_path":"/opt/hook"}"#, Some("hook_path")),
    ];
    for (text, key) in table {
        let problems = validate::<Legacy>(text).err().unwrap_or_default();
        assert_eq!(problems.first().map(|problem| problem.key.as_str()), key, "{text}");
    }
}
