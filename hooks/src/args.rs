//! The command line: that of the reference's hook program, so that specs which name it need no change.
//!
//! A flag is `--name value`, `--name=value` or either with one dash; one that may stand more than once
//! also takes values with commas between them. Arguments without a dash are skipped.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use crate::commands::Command;
use crate::log::Level;

/// A flag of a hook. All of them take a value.
#[derive(Debug)]
pub struct Flag {
    /// Its name, without dashes.
    pub name: &'static str,
    /// What its value is, for the help.
    pub value: &'static str,
    /// What it does, for the help.
    pub about: &'static str,
    /// Whether it may stand more than once.
    pub many: bool,
}

/// Where the container's state is; every hook has this flag.
pub const CONTAINER_SPEC: Flag = Flag {
    name: "container-spec",
    value: "FILE",
    about: "read the container's state from this file; `-` is standard input, as without it",
    many: false,
};

/// The values of flags, in the order of the command line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Values(Vec<(&'static str, OsString)>);

impl Values {
    /// The value of a flag; the last one counts. Empty where it does not stand there.
    #[must_use]
    pub fn one(&self, flag: &Flag) -> &OsStr {
        self.all(flag).last().unwrap_or_default()
    }

    /// All values of a flag.
    pub fn all<'v>(&'v self, flag: &Flag) -> impl Iterator<Item = &'v OsStr> + use<'v> {
        let wanted = flag.name;
        self.0.iter().filter(move |(name, _)| *name == wanted).map(|(_, value)| value.as_os_str())
    }
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Call {
    /// To say what there is.
    Help,
    /// To say what a hook does.
    HelpOf(&'static Command),
    /// To say which version this is.
    Version,
    /// No hook, or one that this version does not have.
    Unknown(Option<OsString>),
    /// What cannot be meant.
    Usage(String),
    /// A hook.
    Run(&'static Command, Values),
}

/// Reads a command line, with the program's name first.
#[must_use]
pub fn parse(args: &[OsString], commands: &'static [&'static Command]) -> (Call, Level) {
    // The one thing that is read from the environment. Whatever it holds, it is no error.
    let debug = std::env::var_os("NVIDIA_CTK_DEBUG").is_some_and(|value| is_true(&value));
    let mut switches = Switches { debug, quiet: false };
    let call = switches.call(args, commands);
    (call, switches.level())
}

struct Switches {
    debug: bool,
    quiet: bool,
}

/// An argument as the parser sees it.
enum Part<'a> {
    Word(&'a OsStr),
    /// A flag's name, and the value that it has by `=`.
    Flag(&'a OsStr, Option<&'a OsStr>),
    /// What follows is not flags.
    End,
}

impl Switches {
    fn call(&mut self, args: &[OsString], commands: &'static [&'static Command]) -> Call {
        let mut rest = args.iter();
        let program =
            rest.next().and_then(|name| name.as_bytes().rsplit(|&byte| byte == b'/').next());
        let mut hook_word = false;
        while let Some(argument) = rest.next() {
            match part(argument) {
                Part::End => {}
                // `nvidia-ctk hook NAME` is `NAME`.
                Part::Word(word) if word == "hook" && !hook_word => hook_word = true,
                Part::Word(word) => {
                    if program == Some(b"nvidia-ctk") && !hook_word {
                        return Call::Usage(format!(
                            "{word:?}: as nvidia-ctk, only `hook` is here"
                        ));
                    }
                    if word == "help" {
                        return Call::Help;
                    }
                    return match find(commands, word) {
                        Some(command) => self.run(command, rest.as_slice()),
                        None => Call::Unknown(Some(word.to_owned())),
                    };
                }
                Part::Flag(name, value) => match self.switch(name, value) {
                    Some(Switch::Taken) => {}
                    Some(Switch::Help) => return Call::Help,
                    Some(Switch::Version) => return Call::Version,
                    None => {
                        // It may be a flag of a later version, as the hook may be.
                        let word =
                            rest.find(|next| matches!(part(next), Part::Word(w) if w != "hook"));
                        return match word.and_then(|word| find(commands, word)) {
                            Some(command) => not_a_flag(command, name),
                            None => Call::Unknown(word.cloned()),
                        };
                    }
                },
            }
        }
        Call::Unknown(None)
    }

    fn run(&mut self, command: &'static Command, args: &[OsString]) -> Call {
        let mut values = Values::default();
        let mut rest = args.iter();
        while let Some(argument) = rest.next() {
            let (name, value) = match part(argument) {
                Part::End => break,
                // As the reference has it, such a word ends the flags.
                Part::Word(word) if word.as_bytes().starts_with(b"-") => break,
                Part::Word(_) => continue,
                Part::Flag(name, value) => (name, value),
            };
            let own = command.flags.iter().chain([&CONTAINER_SPEC]);
            let Some(flag) = own.into_iter().find(|flag| name == flag.name) else {
                match self.switch(name, value) {
                    Some(Switch::Taken) => continue,
                    Some(Switch::Help) => return Call::HelpOf(command),
                    Some(Switch::Version) | None => return not_a_flag(command, name),
                }
            };
            let Some(value) = value.or_else(|| rest.next().map(OsString::as_os_str)) else {
                return Call::Usage(format!("{}: --{}: needs a value", command.name, flag.name));
            };
            let apart = |byte: &u8| flag.many && *byte == b',';
            let apart = value.as_bytes().split(apart);
            values.0.extend(apart.map(|one| (flag.name, OsString::from_vec(one.to_owned()))));
        }
        Call::Run(command, values)
    }

    /// Takes a switch that stands before a hook or after it.
    fn switch(&mut self, name: &OsStr, value: Option<&OsStr>) -> Option<Switch> {
        match name.as_bytes() {
            b"debug" | b"d" => self.debug = value.is_none_or(is_true),
            b"quiet" => self.quiet = value.is_none_or(is_true),
            b"help" | b"h" => return Some(Switch::Help),
            b"version" | b"v" => return Some(Switch::Version),
            _ => return None,
        }
        Some(Switch::Taken)
    }

    fn level(&self) -> Level {
        match self {
            Self { quiet: true, .. } => Level::Quiet,
            Self { debug: true, .. } => Level::Debug,
            _ => Level::Normal,
        }
    }
}

enum Switch {
    Taken,
    Help,
    Version,
}

fn part(argument: &OsStr) -> Part<'_> {
    let flag = match argument.as_bytes() {
        b"-" | b"--" => return Part::End,
        [b'-', b'-', flag @ ..] => flag,
        [b'-', first, ..] if !first.is_ascii_alphabetic() => return Part::Word(argument),
        [b'-', flag @ ..] => flag,
        _ => return Part::Word(argument),
    };
    let mut halves = flag.splitn(2, |&byte| byte == b'=');
    let name = halves.next().unwrap_or_default();
    Part::Flag(OsStr::from_bytes(name), halves.next().map(OsStr::from_bytes))
}

fn find(commands: &'static [&'static Command], name: &OsStr) -> Option<&'static Command> {
    commands.iter().find(|command| name == command.name).copied()
}

fn not_a_flag(command: &Command, name: &OsStr) -> Call {
    Call::Usage(format!("{}: no flag {name:?}; `--help` names those that are", command.name))
}

/// What Go calls true.
fn is_true(value: &OsStr) -> bool {
    matches!(value.as_bytes(), b"1" | b"t" | b"T" | b"true" | b"True" | b"TRUE")
}

/// The help of the program.
#[must_use]
pub fn help(commands: &[&Command]) -> String {
    let mut text = String::from(
        "What CDI hooks run around a container's root file system. A low-level runtime calls it, with\n\
         the container's state on standard input. Also called as `nvidia-cdi-hook`, or `nvidia-ctk hook`.\n\n\
         usage: gantry-hook [--debug | --quiet] HOOK [FLAG VALUE]...\n\nhooks:\n",
    );
    for command in commands.iter().filter(|command| !command.about.is_empty()) {
        let _never_fails = writeln!(text, "  {:32} {}", command.name, command.about);
    }
    text.push_str("\n`gantry-hook HOOK --help` names a hook's flags. A hook that is not known is left out with a warning.\n");
    text
}

/// The help of a hook.
#[must_use]
pub fn help_of(command: &Command) -> String {
    let mut text =
        format!("usage: gantry-hook {} [FLAG VALUE]...\n\n{}\n\n", command.name, command.about);
    for flag in command.flags.iter().chain([&CONTAINER_SPEC]) {
        let shown = format!("--{} {}", flag.name, flag.value);
        let often = if flag.many { " (may stand more than once)" } else { "" };
        let _never_fails = writeln!(text, "  {shown:36} {}{often}", flag.about);
    }
    text
}
