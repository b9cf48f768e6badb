//! Grants to add and to remove hooks. A hook runs as root on the host, so its grant pins everything.

use super::Pattern;
use super::path::is_normal;
use crate::document::HookPoint;

/// Which hooks may be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookGrant {
    /// When it runs.
    pub point: HookPoint,
    /// Its program.
    pub path: Pattern,
    /// Its arguments, `args[0]` included, one pattern each.
    pub args: Vec<Pattern>,
    /// Whether any further arguments may follow: a last `**` in the configuration.
    pub any_further: bool,
    /// The longest timeout, in seconds; never 0. A hook that asks for none gets this one.
    pub timeout: u32,
    /// Its whole environment, `NAME=VALUE` each; never empty (CVE-2025-23266).
    pub env: Vec<String>,
}

impl HookGrant {
    /// Whether a hook of this point and program may be added, with some arguments.
    #[must_use]
    pub fn program(&self, point: HookPoint, path: &str) -> bool {
        self.point == point && is_normal(path) && self.path.matches(path)
    }

    /// Whether this hook may be added. A timeout of `None` is allowed: it then is [`Self::timeout`].
    #[must_use]
    pub fn allows<S: AsRef<str>>(
        &self,
        point: HookPoint,
        path: &str,
        args: &[S],
        timeout: Option<u32>,
    ) -> bool {
        self.program(point, path)
            && (args.len() == self.args.len() || (self.any_further && args.len() > self.args.len()))
            && self.args.iter().zip(args).all(|(pattern, arg)| pattern.matches(arg.as_ref()))
            && timeout.is_none_or(|seconds| (1..=self.timeout).contains(&seconds))
    }

    /// The timeout that the hook gets, in seconds.
    #[must_use]
    pub fn effective_timeout(&self, asked: Option<u32>) -> u32 {
        asked.unwrap_or(self.timeout).min(self.timeout)
    }
}

/// Which hooks may be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveHookGrant {
    /// When it runs.
    pub point: HookPoint,
    /// Its program.
    pub path: Pattern,
}

impl RemoveHookGrant {
    /// Whether the hooks of this point and program may be removed.
    #[must_use]
    pub fn allows(&self, point: HookPoint, path: &str) -> bool {
        self.point == point && is_normal(path) && self.path.matches(path)
    }
}
