//! The low-level runtime's command line: is this a `create`, of which bundle, and where does the log go?
//!
//! A pure function of the arguments: it touches no file. It never refuses what it need not understand; the low-level
//! runtime reads the same arguments and complains for itself.

mod options;
mod scan;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use options::{AFTER, BEFORE, Meaning, Opt, Subcommand, subcommand};
use scan::{Scanner, Token};

/// A command line that the wrapper must not pass on, because it cannot tell which container it is about.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandLineError {
    /// The last argument is an option of `create` that takes a value.
    #[error("option --{0} needs a value")]
    MissingValue(&'static str),
    /// An option that no table has, then two words that may each be the subcommand.
    #[error(
        "option {option:?} is not known, so either {word:?} or {creating:?} may be the subcommand: write {option}={word} if {word:?} is its value",
        option = .option.to_string_lossy(), word = .word.to_string_lossy(), creating = .creating.to_string_lossy()
    )]
    Ambiguous {
        /// The unknown option.
        option: OsString,
        /// The known subcommand after it, which may be its value.
        word: OsString,
        /// The subcommand after that, which makes a container.
        creating: OsString,
    },
    /// `--config config.json` with a bundle: crun looks in the bundle, runc in the current directory.
    #[error(
        "--config config.json is the bundle's to crun and the current directory's to runc: leave it out, or give an absolute path"
    )]
    AmbiguousConfig,
}

/// Options that mean something for every subcommand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Globals<'a> {
    /// `--log`: where the low-level runtime writes its log.
    pub log: Option<&'a OsStr>,
    /// `--log-format`: `text` or `json`.
    pub log_format: Option<&'a OsStr>,
    /// `--debug`
    pub debug: bool,
    /// `--root`: where the low-level runtime keeps containers' state.
    pub root: Option<&'a OsStr>,
    /// `--systemd-cgroup`
    pub systemd_cgroup: bool,
}

/// A container about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// The container's name. `None`: the low-level runtime will ask for one.
    pub id: Option<OsString>,
    /// The bundle's directory, as given; `.` if none was.
    pub bundle: PathBuf,
    /// The container's document: `config.json` in the bundle, unless `--config` names another.
    pub document: PathBuf,
}

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `create` or `run`.
    Create(Create),
    /// Anything that makes no container.
    Other,
}

/// A command line, read.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandLine<'a> {
    /// Options for every subcommand, as far as they were read: there even where `action` is an error.
    pub globals: Globals<'a>,
    /// What is asked for.
    pub action: Result<Action, CommandLineError>,
}

/// Reads the arguments after the program's name.
///
/// Of an option given twice the last counts. An option that no table has is skipped; the word after it is taken for its
/// value unless it is a subcommand, and where that leaves two readings of which one makes a container, it is an error.
#[must_use]
pub fn parse<'a>(args: &'a [&'a OsStr]) -> CommandLine<'a> {
    let mut globals = Globals::default();
    let action = subcommand_of(args, &mut globals);
    CommandLine { globals, action }
}

fn subcommand_of<'a>(
    args: &'a [&'a OsStr],
    globals: &mut Globals<'a>,
) -> Result<Action, CommandLineError> {
    let mut scanner = Scanner::new(args, BEFORE);
    let mut bundle = None;
    let mut unknown: Option<&OsStr> = None;
    // An unknown option, and the subcommand after it, which may be its value.
    let mut doubtful: Option<(&OsStr, &OsStr)> = None;
    while let Some(token) = scanner.next() {
        let before = unknown.take();
        match token {
            Token::Known(option, value) if option.meaning == Meaning::Bundle => bundle = value,
            Token::Known(option, value) => globals.take(option, value),
            Token::Unknown { argument, may_take_next } => {
                unknown = may_take_next.then_some(argument);
            }
            Token::EndOfOptions => {}
            Token::MissingValue(_) => break,
            Token::Word(word) => match (subcommand(word.as_bytes()), before, doubtful) {
                (Subcommand::Creating, _, None) => {
                    return create(scanner.remaining(), bundle, globals);
                }
                (Subcommand::Creating, _, Some((option, other))) => {
                    return Err(CommandLineError::Ambiguous {
                        option: option.to_owned(),
                        word: other.to_owned(),
                        creating: word.to_owned(),
                    });
                }
                (Subcommand::Other, Some(option), None) => doubtful = Some((option, word)),
                (Subcommand::Unknown, _, None) | (Subcommand::Unknown, Some(_), Some(_)) => {}
                (Subcommand::Other, None, None) | (_, _, Some(_)) => break,
            },
        }
    }
    Ok(Action::Other)
}

fn create<'a>(
    args: &'a [&'a OsStr],
    mut bundle: Option<&'a OsStr>,
    globals: &mut Globals<'a>,
) -> Result<Action, CommandLineError> {
    let (mut config, mut id) = (None, None);
    // The word after an unknown option may be its value, so a later one is the better name.
    let (mut after_unknown, mut id_is_doubtful) = (false, true);
    for token in Scanner::new(args, AFTER) {
        let doubtful = std::mem::take(&mut after_unknown);
        match token {
            Token::Known(option, value) => match option.meaning {
                Meaning::Bundle => bundle = value,
                Meaning::Config => config = value,
                // The low-level runtime prints its help, and makes no container.
                Meaning::Help if is_set(value) => return Ok(Action::Other),
                _ => globals.take(option, value),
            },
            Token::MissingValue(option) => return Err(CommandLineError::MissingValue(option.name)),
            Token::Unknown { may_take_next, .. } => after_unknown = may_take_next,
            Token::Word(word) if id_is_doubtful => {
                id = Some(word.to_owned());
                id_is_doubtful = doubtful;
            }
            Token::EndOfOptions | Token::Word(_) => {}
        }
    }
    let bundle = bundle.filter(|path| !path.is_empty());
    let document = document(bundle.map(Path::new), config)?;
    let bundle = PathBuf::from(bundle.unwrap_or(OsStr::new(".")));
    Ok(Action::Create(Create { id, bundle, document }))
}

/// Where the low-level runtime will look for the document.
fn document(bundle: Option<&Path>, config: Option<&OsStr>) -> Result<PathBuf, CommandLineError> {
    const NAME: &str = "config.json";
    match (config.filter(|path| !path.is_empty()), bundle) {
        (Some(config), Some(_)) if config == NAME => Err(CommandLineError::AmbiguousConfig),
        (Some(config), _) => Ok(PathBuf::from(config)),
        (None, bundle) => Ok(bundle.unwrap_or(Path::new("")).join(NAME)),
    }
}

impl<'a> Globals<'a> {
    fn take(&mut self, option: &Opt, value: Option<&'a OsStr>) {
        match option.meaning {
            Meaning::Log => self.log = value,
            Meaning::LogFormat => self.log_format = value,
            Meaning::Root => self.root = value,
            Meaning::Debug => self.debug = is_set(value),
            Meaning::SystemdCgroup => self.systemd_cgroup = is_set(value),
            Meaning::Bundle | Meaning::Config | Meaning::Help | Meaning::Passed => {}
        }
    }
}

/// Whether a flag is on: runc takes `--debug=false`.
fn is_set(value: Option<&OsStr>) -> bool {
    !value.is_some_and(|value| {
        ["0", "f", "F", "false", "FALSE", "False"].iter().any(|no| value == *no)
    })
}
