//! The cgroups that an engine sees. Each change is made in a mount namespace that only the engine is in, and its
//! containers.

use std::path::Path;
use std::process::Command;

use gantry_tests::programs::installed;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cgroups {
    /// The machine's.
    Machine,
    /// The machine's, but of a hybrid tree only the part of version 1: crun refuses such a tree.
    NotHybrid,
    /// Version 2 and nothing else, with whatever controllers version 1 has left it.
    V2,
}

impl Cgroups {
    /// A program that sees them; or why it cannot.
    pub(crate) fn command(self, program: &Path) -> Result<Command, String> {
        let script = match self {
            Self::NotHybrid if is_hybrid() => "umount -l /sys/fs/cgroup/unified",
            Self::Machine | Self::NotHybrid => return Ok(Command::new(program)),
            Self::V2 => "umount -l -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup",
        };
        let unshare = installed("unshare").ok_or("unshare is not installed")?;
        let mut command = Command::new(unshare);
        command.args(["--mount", "--propagation", "private", "sh", "-c"]);
        command.arg(format!("{script} || exit 125\nexec \"$0\" \"$@\"")).arg(program);
        Ok(command)
    }
}

fn is_hybrid() -> bool {
    Path::new("/sys/fs/cgroup/unified/cgroup.procs").exists()
}
