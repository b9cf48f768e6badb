//! Messages for the log. Every stage may write them; too many or too long ones fail it.

use crate::imports::log::{Level, log};

/// For a person who looks for a mistake.
pub fn debug(message: &str) {
    log(Level::Debug, message);
}

/// What an operator may want to know.
pub fn info(message: &str) {
    log(Level::Info, message);
}

/// What an operator should look at.
pub fn warn(message: &str) {
    log(Level::Warn, message);
}

/// What went wrong without failing the stage.
pub fn error(message: &str) {
    log(Level::Error, message);
}
