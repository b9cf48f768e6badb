//! What `gantry-hook` reads: the container's state, what an image's library says of itself, and the
//! configuration of its loader.

use std::path::Path;

use gantry_hooks::compat::{Note, note_section};
use gantry_hooks::loader::{Line, lines, matches};
use gantry_hooks::state::State;
use serde_json::Value;

/// A container's state: an error is one line; what is JSON is read as such, whatever else stands in it.
/// Returns whether it leads to a root.
pub fn hook_state(input: &[u8]) -> bool {
    let state = State::read(input);
    if let Err(error) = &state {
        let text = error.to_string();
        assert!(!text.contains(char::is_control), "more than a line: {text:?}");
    }
    let mut values = serde_json::Deserializer::from_slice(input).into_iter();
    let Some(Ok(Value::Object(value))) = values.next() else { return false };
    let field = |name| match value.get(name) {
        None | Some(Value::Null) => Some(""),
        Some(Value::String(text)) => Some(text.as_str()),
        Some(_) => None,
    };
    // Written again, no field stands there twice.
    let again = State::read(Value::Object(value.clone()).to_string().as_bytes());
    let (Some(bundle), Some(root)) = (field("bundle"), field("root")) else {
        assert!(again.is_err(), "a field that matters has a wrong type");
        return false;
    };
    let again = again.expect("a state whose other fields do not matter");
    let Ok(state) = state else { return false };
    assert_eq!(state, again, "of two fields the last counts");
    // With a root of its own nothing of the host is read.
    if root.is_empty() {
        return false;
    }
    let good = Path::new(bundle).is_absolute() && !bundle.contains('\0');
    let expected = good.then(|| Path::new(bundle).join(root));
    assert_eq!(state.root().ok(), expected);
    good
}

/// A shared object: what is found lies in it. Returns whether that is a note.
pub fn hook_note(input: &[u8]) -> bool {
    let Some(found) = note_section(input) else { return false };
    assert!(
        input.windows(found.len()).any(|part| part == found),
        "what is found is not in the file"
    );
    Note::parse(&found).is_some()
}

/// A loader's configuration: the directories, written as a list, are the same again, so that nothing of the
/// image's text says more to `ldconfig`. Returns whether there are some, and patterns.
pub fn hook_conf(input: &[u8]) -> bool {
    let (mut directories, mut patterns) = (Vec::new(), Vec::new());
    for line in lines(input) {
        match line {
            Line::Directory(directory) => directories.push(directory),
            Line::Include(found) => patterns.extend(found),
        }
    }
    let list = directories.join(&b'\n');
    let again: Vec<Line<'_>> = lines(&list).collect();
    let same = directories.iter().map(|directory| Line::Directory(directory)).collect::<Vec<_>>();
    assert_eq!(again, same);
    for pattern in &patterns {
        let short = |text: &&[u8]| text.len() <= 12 && !text.contains(&b'[');
        let names = input.split(|byte| b"/ \n".contains(byte)).filter(short).take(20);
        for name in names.filter(|_| short(pattern)) {
            assert_eq!(matches(pattern, name), is_match(pattern, name), "{pattern:?} {name:?}");
        }
    }
    !directories.is_empty() && !patterns.is_empty()
}

/// The same question as `matches`, for patterns without sets, in the most obvious way.
fn is_match(pattern: &[u8], name: &[u8]) -> bool {
    let hidden = name.first() == Some(&b'.');
    let named = matches!(pattern, [b'.', ..] | [b'\\', b'.', ..]);
    (named || !hidden) && is_match_within(pattern, name)
}

fn is_match_within(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern, name) {
        ([], name) => name.is_empty(),
        ([b'*', rest @ ..], name) => {
            is_match_within(rest, name)
                || name.split_first().is_some_and(|(_, name)| is_match_within(pattern, name))
        }
        ([b'?', rest @ ..], [_, name @ ..]) => is_match_within(rest, name),
        ([b'\\', first, rest @ ..] | [first, rest @ ..], [byte, name @ ..]) => {
            first == byte && is_match_within(rest, name)
        }
        (_, []) => false,
    }
}
