//! What `gantry-hook` reads: the container's state, and what an image's library says of itself.

use std::path::Path;

use gantry_hooks::compat::{Note, note_section};
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
