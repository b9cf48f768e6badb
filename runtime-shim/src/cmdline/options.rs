//! What the low-level runtimes' command lines look like, as data: options and subcommands.
//!
//! One row an option, with the runtimes that know it. A name means the same wherever it is known, so one table serves all.

/// What an option means to the wrapper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Log,
    LogFormat,
    Debug,
    Root,
    SystemdCgroup,
    Bundle,
    Config,
    Help,
    /// Known, so that its value is not taken for something else. Nothing more.
    Passed,
}

/// One option: `--name`, `-name`, and `-s` where it has a short form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opt {
    pub(super) name: &'static str,
    pub(super) short: Option<u8>,
    pub(super) takes_value: bool,
    pub(super) meaning: Meaning,
}

const fn flag(name: &'static str, meaning: Meaning) -> Opt {
    Opt { name, short: None, takes_value: false, meaning }
}

const fn value(name: &'static str, meaning: Meaning) -> Opt {
    Opt { name, short: None, takes_value: true, meaning }
}

const fn short(letter: u8, option: Opt) -> Opt {
    Opt { short: Some(letter), ..option }
}

/// Options before the subcommand. Newer releases of runc take them after it too.
static GLOBAL: &[Opt] = &[
    flag("debug", Meaning::Debug),             // runc crun youki
    short(b'l', value("log", Meaning::Log)),   // runc crun youki; -l is youki's
    value("log-format", Meaning::LogFormat),   // runc crun youki
    value("log-level", Meaning::Passed),       // crun youki
    short(b'r', value("root", Meaning::Root)), // runc crun youki; -r is youki's
    short(b's', flag("systemd-cgroup", Meaning::SystemdCgroup)), // runc crun youki; -s is youki's
    flag("systemd-log", Meaning::Passed),      // youki
    value("cgroup-manager", Meaning::Passed),  // crun
    value("criu", Meaning::Passed),            // runc before 1.2
    value("rootless", Meaning::Passed),        // runc crun
    short(b'h', flag("help", Meaning::Help)),  // runc crun youki
    short(b'?', flag("usage", Meaning::Help)), // crun
    short(b'v', flag("version", Meaning::Passed)), // runc crun youki
    short(b'V', flag("version", Meaning::Passed)), // crun
];

/// The bundle has a table of its own: no runtime takes it before the subcommand, but there too the word after it is a path.
static BUNDLE: &[Opt] = &[short(b'b', value("bundle", Meaning::Bundle))]; // runc crun youki

/// The other options of the subcommands that make a container.
static CREATE: &[Opt] = &[
    short(b'f', value("config", Meaning::Config)), // crun, runc's next; -f is crun's
    short(b'c', value("console-socket", Meaning::Passed)), // runc crun youki; -c is youki's
    value("pidfd-socket", Meaning::Passed),        // runc
    short(b'p', value("pid-file", Meaning::Passed)), // runc crun youki; -p is youki's
    value("preserve-fds", Meaning::Passed),        // runc crun youki
    flag("no-pivot", Meaning::Passed),             // runc crun youki
    flag("no-new-keyring", Meaning::Passed),       // runc crun youki
    flag("no-subreaper", Meaning::Passed),         // runc (run), crun, youki (run)
    short(b'd', flag("detach", Meaning::Passed)),  // run: runc crun youki
    flag("keep", Meaning::Passed),                 // run: runc crun youki
];

/// The options that may stand before the subcommand.
pub(super) static BEFORE: &[&[Opt]] = &[GLOBAL, BUNDLE];

/// The options that may stand after a subcommand that makes a container.
pub(super) static AFTER: &[&[Opt]] = &[BUNDLE, CREATE, GLOBAL];

/// The subcommands that make a container from a bundle.
///
/// `run` is `create` and `start` in one: passing it through would be a container that silently gets no device.
/// `restore` is not here: its bundle is one that a `create` has already changed.
const CREATING: &[&str] = &["create", "run"];

/// Every other subcommand.
#[rustfmt::skip]
const OTHER: &[&str] = &[
    "start", "state", "kill", "delete",                                     // the specification's
    "checkpoint", "exec", "features", "list", "pause", "ps", "restore", "resume", "spec", "update", // all
    "events",                                                               // runc youki
    "init", "help", "h",                                                    // runc
    "mounts",                                                               // crun
    "info", "completion",                                                   // youki
];

/// Whether a word is a subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subcommand {
    Creating,
    Other,
    Unknown,
}

/// Looks a word up among the subcommands.
pub(super) fn subcommand(word: &[u8]) -> Subcommand {
    let named = |names: &[&str]| names.iter().any(|name| name.as_bytes() == word);
    if named(CREATING) {
        Subcommand::Creating
    } else if named(OTHER) {
        Subcommand::Other
    } else {
        Subcommand::Unknown
    }
}
