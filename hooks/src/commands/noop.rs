//! `noop`: does nothing, as the reference's. For tests of the command line.

use super::Command;

pub(super) const COMMAND: Command =
    Command { name: "noop", about: "", flags: &[], run: |_| Ok(()) };
