//! Whether a grant that a modifier wants covers what it asks for.

use crate::Want;

/// Whether `text` matches `pattern`: `*` stays within one element, `**` crosses `/`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((literal, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(tail) = text.strip_prefix(literal) else {
        return false;
    };
    let (rest, crosses) = match rest.strip_prefix('*') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    tail.char_indices()
        .map(|(at, character)| (at, Some(character)))
        .chain([(tail.len(), None)])
        .take_while({
            let mut stopped = false;
            move |(_, character)| {
                let take = !stopped;
                stopped = *character == Some('/') && !crosses;
                take
            }
        })
        .any(|(at, _)| tail.get(at..).is_some_and(|tail| matches(rest, tail)))
}

/// Whether one of `wants` is of this kind and covers `text`.
pub(super) fn wanted(wants: &[Want], grant: &str, text: &str) -> bool {
    of(wants, grant).any(|pattern| matches(pattern, text))
}

/// Whether one of `wants` is of this kind.
pub(super) fn wanted_at_all(wants: &[Want], grant: &str) -> bool {
    of(wants, grant).next().is_some()
}

/// Whether the directory and everything below it is covered.
pub(super) fn below_wanted(wants: &[Want], grant: &str, directory: &str) -> bool {
    wanted(wants, grant, directory) && wanted(wants, grant, &[directory, "/*/*"].concat())
}

/// Whether a mount is covered by `SOURCE => DESTINATION` or `SOURCE => DESTINATION : OPTIONS`.
pub(super) fn mount_wanted(wants: &[Want], from: &str, to: &str, options: &[&str]) -> bool {
    of(wants, "edit.mounts").any(|pattern| {
        let (source, destination, granted) = split(pattern);
        destination.is_some_and(|destination| matches(destination, to))
            && matches(source, from)
            && granted.is_none_or(|granted| options_wanted(granted, options))
    })
}

/// Whether a mount has no option that is not listed, and restricts what the list restricts.
fn options_wanted(granted: &str, options: &[&str]) -> bool {
    const OPPOSITES: [(&str, &str); 4] =
        [("ro", "rw"), ("nosuid", "suid"), ("nodev", "dev"), ("noexec", "exec")];
    let granted: Vec<&str> = granted.split(',').map(str::trim).collect();
    options.iter().all(|option| *option == "bind" || granted.contains(option))
        && OPPOSITES.iter().all(|(restricts, allows)| {
            !granted.contains(restricts) || granted.contains(allows) || options.contains(restricts)
        })
}

/// Whether a mount with these paths is covered, with some options.
pub(super) fn mount_paths_wanted(wants: &[Want], from: &str, to: &str) -> bool {
    of(wants, "edit.mounts").any(|pattern| {
        let (source, destination, _) = split(pattern);
        matches(source, from) && destination.is_some_and(|destination| matches(destination, to))
    })
}

/// Whether a device node is covered by `HOST`, `HOST => CONTAINER`, and either with ` : rwm`;
/// without permissions it is not the question what it may do.
pub(super) fn node_wanted(wants: &[Want], host: &str, path: &str, asked: Option<&str>) -> bool {
    of(wants, "edit.device-nodes").any(|pattern| {
        let (from, to, granted) = split(pattern);
        matches(from, host)
            && to.is_none_or(|to| matches(to, path))
            && asked.is_none_or(|asked| {
                granted.is_none_or(|granted| asked.chars().all(|one| granted.contains(one)))
            })
    })
}

/// Whether a group is covered by `44`, `100-200` or `device-nodes` (which here is any group).
pub(super) fn gid_wanted(wants: &[Want], gid: u32) -> bool {
    of(wants, "edit.gids").any(|range| {
        if range == "device-nodes" {
            return true;
        }
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        matches!((first.parse(), last.parse()), (Ok(first), Ok(last)) if (first..=last).contains(&gid))
    })
}

/// `FROM => TO : OPTIONS`; the last two may be missing.
fn split(pattern: &'static str) -> (&'static str, Option<&'static str>, Option<&'static str>) {
    let (paths, options) = match pattern.rsplit_once(" : ") {
        Some((paths, options)) => (paths, Some(options)),
        None => (pattern, None),
    };
    match paths.split_once(" => ") {
        Some((from, to)) => (from.trim(), Some(to.trim()), options),
        None => (paths.trim(), None, options),
    }
}

fn of<'a>(wants: &'a [Want], grant: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    wants.iter().filter(move |want| want.grant == grant).map(|want| want.pattern)
}
