//! What of a record is a secret: values of variables, of arguments and of options, whose names, or whose own
//! looks, say so.

use serde_json::Value;

use super::Record;
use crate::pipeline::journal::Outcome;

/// What stands for a value that is not kept.
const REDACTED: &str = "(redacted)";

/// Parts of a variable's name that make its value a secret.
const PARTS: &[&str] =
    &["SECRET", "TOKEN", "PASSW", "PASSPHRASE", "CREDENTIAL", "PRIVATE", "AUTH", "COOKIE", "JWT"];
/// The same, where they end a word of the name: `API_KEY`, `APIKEY`, `AWS_ACCESS_KEY_ID`.
const ENDINGS: &[&str] = &["KEY", "KEYS", "PASS", "PWD", "PIN", "CREDS"];
/// Names that only look like it.
const HARMLESS: &[&str] = &["PWD", "OLDPWD"];
/// A secret shorter than this is not looked for in other texts: it would be found everywhere.
const SHORTEST: usize = 6;

/// Whether a variable's value, or the text of one, stands for one that was not kept.
#[must_use]
pub fn is_redacted(text: &str) -> bool {
    text.contains(REDACTED)
}

/// The record without secrets: the values of variables in all that an edit replaced or set, and the same
/// values where a reason, an error or a log line repeats them.
pub(super) fn redacted(mut record: Record) -> Record {
    let mut secrets = Vec::new();
    for edit in &mut record.journal.edits {
        let in_list = edit.change.pointer.to_string().split('/').any(is_list);
        for json in edit.change.before.iter_mut().chain(&mut edit.change.after) {
            let mut value = json.value();
            redact(&mut value, in_list, &mut secrets);
            *json = value.into();
        }
    }
    secrets.retain(|secret| secret.len() >= SHORTEST);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut texts: Vec<&mut String> = record.error.iter_mut().collect();
    for stage in &mut record.journal.stages {
        match &mut stage.outcome {
            Outcome::Failed { cause } | Outcome::Skipped { cause } => texts.push(cause),
            Outcome::Applied
            | Outcome::Observed
            | Outcome::NotInMode
            | Outcome::NotWanted
            | Outcome::ModeFixed => {}
        }
        texts.extend(stage.log.iter_mut().map(|line| &mut line.message));
    }
    texts.extend(record.journal.edits.iter_mut().map(|edit| &mut edit.reason));
    for text in texts {
        for secret in secrets.iter().filter(|secret| text.contains(*secret)).collect::<Vec<_>>() {
            *text = text.replace(secret, REDACTED);
        }
    }
    record
}

/// The lists whose entries are `NAME=VALUE`: variables, a hook's arguments, a mount's options (a password is one
/// of some file systems).
fn is_list(key: &str) -> bool {
    matches!(key, "env" | "args" | "options")
}

/// Redacts what is named in a value: an entry of such a list, a list, or what has one in it (a hook).
fn redact(value: &mut Value, in_list: bool, secrets: &mut Vec<String>) {
    match value {
        Value::String(entry) if in_list => {
            let Some((name, value)) = entry.split_once('=') else { return };
            if !value.is_empty() && (is_secret_name(name) || is_secret_value(value)) {
                secrets.push(value.to_owned());
                *entry = format!("{name}={REDACTED}");
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                redact(entry, in_list, secrets);
            }
        }
        Value::Object(table) => {
            for (key, value) in table {
                redact(value, in_list || is_list(key), secrets);
            }
        }
        _ => {}
    }
}

fn is_secret_name(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let mut words = upper.split(|c: char| !c.is_ascii_alphanumeric());
    !HARMLESS.contains(&upper.as_str())
        && (PARTS.iter().any(|part| upper.contains(part))
            || words.any(|word| ENDINGS.iter().any(|ending| word.ends_with(ending))))
}

/// A private key, or an address with a password in it: `scheme://user:password@host`.
fn is_secret_value(value: &str) -> bool {
    let authority = value.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || value.contains("PRIVATE KEY-----")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{redact, redacted};
    use crate::pipeline::Record;

    #[test]
    fn values_that_look_like_secrets_are_not_kept() {
        for (entry, is_kept) in [
            ("ACME_TIER=gold", true),
            ("PATH=/bin", true),
            ("PWD=/root", true),
            ("HOSTNAME=a", true),
            ("URL=https://example.org:8080/a@b", true),
            ("KEYBOARD=de", true),
            ("NO_VALUE_TOKEN", true),
            ("EMPTY_TOKEN=", true),
            ("TOKEN=x", false),
            ("GITHUB_TOKEN=x", false),
            ("github_token=x=y", false),
            ("HF_TOKEN_FILE_CONTENT=x", false),
            ("PASSWORD=x", false),
            ("DB_PASSWORD=x", false),
            ("DB_PASSWD=x", false),
            ("DB_PASS=x", false),
            ("MYSQL_PWD=x", false),
            ("SSH_PASSPHRASE=x", false),
            ("SECRET=x", false),
            ("clientSecret=x", false),
            ("KEY=x", false),
            ("API_KEY=x", false),
            ("APIKEY=x", false),
            ("apiKey=x", false),
            ("AWS_ACCESS_KEY_ID=x", false),
            ("AWS_SECRET_ACCESS_KEY=x", false),
            ("SIGNING_KEYS=x", false),
            ("CREDENTIAL=x", false),
            ("GOOGLE_APPLICATION_CREDENTIALS=x", false),
            ("AUTHORIZATION=x", false),
            ("BASIC_AUTH=x", false),
            ("SESSION_COOKIE=x", false),
            ("PRIVATE_THING=x", false),
            ("DATABASE_URL=postgres://me:pass@db/x", false),
            ("CERT=-----BEGIN PRIVATE KEY-----\nx", false),
        ] {
            let mut value = json!([entry]);
            redact(&mut value, true, &mut Vec::new());
            let (name, _) = entry.split_once('=').unwrap_or((entry, ""));
            let kept = if is_kept { entry.to_owned() } else { format!("{name}=(redacted)") };
            assert_eq!(value, json!([kept]));
        }
    }

    fn record(edit: &serde_json::Value) -> Record {
        serde_json::from_value(json!({
            "gantry": "0", "container": "c", "unix-time": 0, "mode": "cdi",
            "error": "stage \"a\": TOKEN=hunter22 is odd",
            "stages": [{ "stage": "a", "modifier": "m", "micros": 1,
                "outcome": { "ended": "failed", "cause": "it is hunter22" },
                "log": [{ "level": "info", "message": "saw hunter22" }] }],
            "edits": [edit],
        }))
        .unwrap()
    }

    /// Wherever it stands: a text, a list, a whole process, the hook that was removed; before and after.
    #[test]
    fn no_secret_is_left_anywhere() {
        let hook = json!({ "path": "/h", "env": ["TOKEN=hunter22"] });
        for (pointer, value) in [
            ("/process/env/3", json!("TOKEN=hunter22")),
            ("/process/env", json!(["A=b", "TOKEN=hunter22"])),
            ("/process", json!({ "env": ["TOKEN=hunter22"] })),
            ("", json!({ "process": { "env": ["TOKEN=hunter22"] } })),
            ("/hooks/prestart/0", hook.clone()),
            ("/hooks/prestart/0/env/0", json!("TOKEN=hunter22")),
            ("/hooks/prestart/0", json!({ "path": "/h", "args": ["h", "--token=hunter22"] })),
            ("/mounts/1", json!({ "type": "cifs", "options": ["ro", "password=hunter22"] })),
            ("/mounts/1/options/1", json!("password=hunter22")),
            ("/hooks", json!({ "prestart": [hook] })),
        ] {
            for side in ["before", "after"] {
                let mut edit = json!({ "stage": "a", "reason": "since hunter22", "applied": true, "pointer": pointer, "before": null, "after": null });
                edit[side] = value.clone();
                let text = serde_json::to_string(&redacted(record(&edit))).unwrap();
                assert!(!text.contains("hunter22"), "{pointer} {side}: {text}");
                assert_eq!(text.matches("(redacted)").count(), 5, "{pointer} {side}: {text}");
            }
        }
    }
}
