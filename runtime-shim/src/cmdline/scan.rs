//! Cuts arguments into options and words, in the spellings of runc, crun and youki together.
//!
//! runc takes `-name` as `--name`; crun takes `--na` for `--name` where nothing else begins so; crun and youki take
//! `-bVALUE` and `-db VALUE`. A spelling that only one of them takes is an error to the others, so all are taken.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::options::Opt;

/// One step of a command line.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Something that is no option.
    Word(&'a OsStr),
    /// A known option. The value of one that takes none is what stood after its `=`.
    Known(&'static Opt, Option<&'a OsStr>),
    /// A known option that takes a value and stands last.
    MissingValue(&'static Opt),
    /// An option that no table has.
    Unknown {
        /// The argument as it stands.
        argument: &'a OsStr,
        /// Whether the next argument may be its value.
        may_take_next: bool,
    },
    /// `--`
    EndOfOptions,
}

/// Walks the arguments from left to right.
pub(super) struct Scanner<'a> {
    rest: std::slice::Iter<'a, &'a OsStr>,
    tables: &'static [&'static [Opt]],
    /// Letters after a short flag, as in `-db`.
    cluster: &'a [u8],
    only_words: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(args: &'a [&'a OsStr], tables: &'static [&'static [Opt]]) -> Self {
        Self { rest: args.iter(), tables, cluster: &[], only_words: false }
    }

    /// The arguments not yet looked at.
    pub(super) fn remaining(&self) -> &'a [&'a OsStr] {
        self.rest.as_slice()
    }

    fn options(&self) -> impl Iterator<Item = &'static Opt> + use<> {
        self.tables.iter().copied().flatten()
    }

    fn short(&self, letter: u8) -> Option<&'static Opt> {
        self.options().find(|option| option.short == Some(letter))
    }

    /// By its whole name or, as `getopt_long` does, by the beginning of one option's name.
    fn long(&self, name: &[u8], may_abbreviate: bool) -> Option<&'static Opt> {
        if let [letter] = name {
            return self.short(*letter);
        }
        if let Some(option) = self.options().find(|option| option.name.as_bytes() == name) {
            return Some(option);
        }
        let mut begun = self
            .options()
            .filter(|option| may_abbreviate && option.name.as_bytes().starts_with(name));
        let first = begun.next()?;
        begun.all(|other| other.name == first.name).then_some(first)
    }

    fn known(&mut self, option: &'static Opt, attached: Option<&'a [u8]>) -> Token<'a> {
        match (attached, option.takes_value) {
            (Some(value), _) => Token::Known(option, Some(OsStr::from_bytes(value))),
            (None, false) => Token::Known(option, None),
            (None, true) => match self.rest.next() {
                Some(value) => Token::Known(option, Some(value)),
                None => Token::MissingValue(option),
            },
        }
    }

    /// The next letter of `-abc`.
    fn letter(&mut self, argument: &'a OsStr, letters: &'a [u8]) -> Token<'a> {
        self.cluster = &[];
        let Some((letter, after)) = letters.split_first() else {
            return Token::Unknown { argument, may_take_next: true };
        };
        match self.short(*letter) {
            Some(option) if option.takes_value => {
                let value = after.strip_prefix(b"=").unwrap_or(after);
                self.known(option, (!after.is_empty()).then_some(value))
            }
            Some(option) => {
                self.cluster = after;
                Token::Known(option, None)
            }
            None => Token::Unknown { argument, may_take_next: !letters.contains(&b'=') },
        }
    }
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if !self.cluster.is_empty() {
            let letters = self.cluster;
            return Some(self.letter(OsStr::from_bytes(letters), letters));
        }
        let argument: &'a OsStr = self.rest.next()?;
        let bytes = argument.as_bytes();
        if self.only_words {
            return Some(Token::Word(argument));
        }
        let (body, dashes) = match bytes {
            b"--" => {
                self.only_words = true;
                return Some(Token::EndOfOptions);
            }
            [b'-', b'-', body @ ..] => (body, 2),
            [b'-', body @ ..] if !body.is_empty() => (body, 1),
            _ => return Some(Token::Word(argument)),
        };
        let (name, attached) = match body.iter().position(|byte| *byte == b'=') {
            Some(at) => (body.get(..at).unwrap_or_default(), body.get(at + 1..)),
            None => (body, None),
        };
        Some(match self.long(name, dashes == 2) {
            Some(option) => self.known(option, attached),
            None if dashes == 1 => self.letter(argument, body),
            None => Token::Unknown { argument, may_take_next: attached.is_none() },
        })
    }
}
