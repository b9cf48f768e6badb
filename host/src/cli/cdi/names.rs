//! Devices as they are given on the command line: names, and patterns of names.

use gantry::cdi::{Plan, Registry};

use super::failure::Failure;
use super::unresolved;

/// Whether a name is a pattern. No name has these characters in it.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// The names, with each pattern replaced by the devices that it matches, sorted. A pattern that
/// matches nothing stays: it does not resolve.
pub(super) fn expand(registry: &Registry, given: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    for name in given {
        let before = names.len();
        if is_pattern(name) {
            let known = registry.devices().map(ToString::to_string);
            names.extend(known.filter(|known| matches(name, known)));
        }
        if names.len() == before {
            names.push(name.clone());
        }
    }
    names
}

/// What these devices change.
pub(super) fn plan(registry: &Registry, given: &[String]) -> Result<Plan, Failure> {
    let names = expand(registry, given);
    registry.resolve_names(&names).map_err(|error| unresolved::failure(&error))
}

/// Whether a pattern matches a whole name: `*` is any text, `?` any character, neither `/` nor `=`.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    // Where to go on, should what follows the last `*` not match: after it, and one character later.
    let (mut at, mut of, mut retry) = (0, 0, None);
    loop {
        let here = name.get(at).copied();
        let fits = |c: char| !matches!(c, '/' | '=');
        match (pattern.get(of).copied(), here) {
            (None, None) => return true,
            (Some('*'), _) => {
                of += 1;
                retry = Some((of, at));
                continue;
            }
            (Some('?'), Some(c)) if fits(c) => {}
            (Some(p), Some(c)) if p == c => {}
            _ => match retry {
                // One of more characters for the last `*`.
                Some((after, from)) if name.get(from).copied().is_some_and(fits) => {
                    retry = Some((after, from + 1));
                    (of, at) = (after, from + 1);
                    continue;
                }
                _ => return false,
            },
        }
        at += 1;
        of += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_stays_within_a_part() {
        for (pattern, name, expected) in [
            ("v/c=*", "v/c=a", true),
            ("v/c=*", "v/d=a", false),
            ("*/c=a", "v/c=a", true),
            ("v/*=a", "v/c.d=a", true),
            ("v*=a", "v/c=a", false),
            ("v/c*", "v/c=a", false),
            ("*", "v/c=a", false),
            ("*/*=*", "v/c=a", true),
            ("v/c=a*b*c", "v/c=axbxbc", true),
            ("v/c=a*b*c", "v/c=axbxb", false),
            ("v/c=?", "v/c=a", true),
            ("v/c=?", "v/c=ab", false),
            ("v?c=a", "v/c=a", false),
            ("v/c=a", "v/c=a", true),
            ("", "v/c=a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = format!("v/c={}b", "a*".repeat(500));
        assert!(!matches(&pattern, &format!("v/c={}", "a".repeat(2000))));
    }
}
