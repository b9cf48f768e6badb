//! Which stages run, in which order, with which grants: configuration, the run itself, and the journal.

pub mod config;
pub mod grants;
