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
    /// The longest timeout, in seconds; never 0. A hook that asks for none gets this one. `None`: a
    /// hook may run as long as it likes.
    pub timeout: Option<u32>,
    /// Its whole environment.
    pub env: HookEnv,
}

/// The environment of a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookEnv {
    /// These, `NAME=VALUE` each; never empty (CVE-2025-23266).
    Fixed(Vec<String>),
    /// That of the low-level runtime: the document names none. Only for hooks that the runtime itself
    /// starts; those of the container's init would get the container's environment.
    Runtime,
}

impl HookEnv {
    /// The word for [`Self::Runtime`].
    pub const RUNTIME: &str = "runtime";

    /// Whether the hooks of a point may have none of their own.
    #[must_use]
    pub fn may_be_the_runtimes(point: HookPoint) -> bool {
        !matches!(point, HookPoint::CreateContainer | HookPoint::StartContainer)
    }

    /// What stands in the document.
    #[must_use]
    pub fn variables(&self) -> &[String] {
        match self {
            Self::Fixed(variables) => variables,
            Self::Runtime => &[],
        }
    }
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
            && timeout
                .is_none_or(|seconds| (1..=self.timeout.unwrap_or(u32::MAX)).contains(&seconds))
    }

    /// The timeout that the hook gets, in seconds.
    #[must_use]
    pub fn effective_timeout(&self, asked: Option<u32>) -> Option<u32> {
        match (asked, self.timeout) {
            (Some(asked), Some(longest)) => Some(asked.min(longest)),
            (asked, longest) => asked.or(longest),
        }
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
