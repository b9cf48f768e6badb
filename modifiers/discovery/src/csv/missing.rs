//! What lists name and the host does not have: one warning for all, since lists name the files of
//! many versions.

use crate::Files;

/// Names that the warning has.
const MOST_NAMES: usize = 8;

/// What was looked for and is not there.
#[derive(Debug, Default)]
pub(super) struct Missing {
    names: Vec<String>,
    count: usize,
}

impl Missing {
    pub(super) fn add(&mut self, path: &str) {
        self.count += 1;
        if self.names.len() < MOST_NAMES {
            self.names.push(path.into());
        }
    }

    /// Warns, unless all was there. `what` is what the paths should have been.
    pub(super) fn warn<F: Files>(self, files: &mut F, what: &str) {
        if self.count > 0 {
            let others = if self.count > self.names.len() { ", …" } else { "" };
            files.warn(&format!(
                "{} paths of the CSV lists are no {what}: {}{others}",
                self.count,
                self.names.join(", "),
            ));
        }
    }
}
