//! Where ours is meant to differ from upstream's tables, by rule, each with its reason.

use serde_json::Value;

use crate::rows::keys;

/// A scan cannot be cut short by its caller: a file that is rejected never hides another. So all files
/// that are not rejected are loaded.
pub(crate) fn nothing_aborts(row: &Value) -> Vec<&str> {
    let rejected = keys(&row["failure"]);
    keys(&row["files"]).into_iter().filter(|file| !rejected.contains(file)).collect()
}

/// 0.1.0 and 0.2.0 were never released. The reference knows them and says that they are too old; ours
/// says that it does not know them, and which it knows. Both refuse.
pub(crate) fn is_unknown_to_us(version: &str) -> bool {
    matches!(version.trim_start_matches('v'), "0.1.0" | "0.2.0")
}
