//! What the loaders of a container read: the configuration of glibc's, which [`Config`] reads as
//! `ldconfig` would, and the path file of musl's.

mod config;
mod glob;
mod layout;

pub use config::{Config, Line, lines};
pub use glob::matches;
pub use layout::{is_musl, musl_path, musl_path_file, system_directories};
