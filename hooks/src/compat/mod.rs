//! Whether the CUDA compatibility library of an image is to be used on a host's driver.

mod elf;
mod note;
mod version;

pub use elf::{Bytes, note_section};
pub use note::Note;
pub use version::Version;

/// What the host has. Unknown is `None`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Host {
    /// The version of its driver.
    pub driver: Option<Version>,
    /// The version of CUDA that the driver brings.
    pub cuda: Option<Version>,
    /// Whether a version of CUDA was given, known or not.
    pub cuda_given: bool,
}

/// Decides for a library whose name has the version `library` and that holds `note`.
#[must_use]
pub fn is_wanted(host: &Host, library: Option<&Version>, note: Option<&Note>) -> bool {
    match (note, host.driver.as_ref(), library) {
        (Some(note), Some(driver), Some(library)) => note.supports(driver) && library > driver,
        // What the drivers' versions do not tell, those of CUDA may.
        (Some(note), _, _) => match (&note.cuda, &host.cuda) {
            (Some(library), Some(host)) => library > host,
            _ => false,
        },
        // A version of CUDA can only be compared with that of a note.
        (None, Some(driver), Some(library)) if !host.cuda_given => library.major() > driver.major(),
        (None, _, _) => false,
    }
}
