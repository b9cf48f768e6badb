//! What changes in a file, for people: a unified diff.

use similar::TextDiff;

/// The lines that differ, with three around them; nothing where none does. `None`: the file is not there.
/// What a terminal would not show as it is, is escaped.
pub(crate) fn unified(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |text: Option<&str>| if text.is_some() { path } else { "/dev/null" };
    let diff = TextDiff::from_lines(before.unwrap_or(""), after.unwrap_or(""))
        .unified_diff()
        .context_radius(3)
        .header(name(before), name(after))
        .to_string();
    let lines = diff.split('\n').map(|line| {
        let parts: Vec<_> = line.split('\t').map(gantry::text::one_line).collect();
        parts.join("\t")
    });
    lines.collect::<Vec<_>>().join("\n")
}
