//! A temporary place with a wrapper, a low-level runtime and a bundle.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Temporary files lie here: on one file system, so that they can be linked.
const BASE: &str = env!("CARGO_TARGET_TMPDIR");

/// A copy of this program for the low-level runtime: a link to it would be the wrapper itself.
static COPY: OnceLock<PathBuf> = OnceLock::new();

/// Makes the copy, and removes it at the end. Before any thread starts: a program cannot be executed while it is open
/// for writing, and a child that another thread starts inherits what is open.
pub(crate) fn with_copy<T>(run: impl FnOnce() -> T) -> T {
    let directory = tempfile::tempdir_in(BASE).unwrap();
    let copy = directory.path().join("runc");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    COPY.set(copy).unwrap();
    run()
}

pub(crate) struct Scene {
    directory: TempDir,
    /// Put before the command: `env`, or a shell that opens and closes descriptors.
    before: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

/// What came out of one run.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// How the low-level runtime was started; `None` if it was not.
    pub(crate) record: Option<String>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir_in(BASE).unwrap();
        let this = std::env::current_exe().unwrap();
        let scene = Self { directory, before: Vec::new(), variables: Vec::new() };
        symlink(&this, scene.path("gantry-runtime")).unwrap();
        fs::hard_link(COPY.get().unwrap(), scene.path("runc")).unwrap();
        fs::create_dir(scene.path("bundle")).unwrap();
        let low_level = scene.path("runc");
        scene.document("good").variable("LOW_LEVEL", low_level)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    pub(crate) fn document(self, text: &str) -> Self {
        fs::write(self.path("bundle/config.json"), text).unwrap();
        self
    }

    pub(crate) fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Words that end with what starts the command behind them.
    pub(crate) fn before(mut self, words: &[&str]) -> Self {
        self.before = words.iter().map(Into::into).collect();
        self
    }

    /// Runs a program of this place in it, or one elsewhere, with the words of a line. `T/` before a word is this place.
    pub(crate) fn run(&self, program: &str, line: &str) -> Ran {
        self.run_bytes(program, &words(line))
    }

    pub(crate) fn run_bytes(&self, program: &str, args: &[&[u8]]) -> Ran {
        let stderr = File::create(self.path("stderr")).unwrap();
        self.run_with(program, args, stderr.into())
    }

    pub(crate) fn run_with(&self, program: &str, args: &[&[u8]], stderr: Stdio) -> Ran {
        let _may_be_absent = fs::remove_file(self.path("record"));
        let stdout = File::create(self.path("stdout")).unwrap();
        let mut words: Vec<OsString> = self.before.clone();
        words.push(self.path(program).into());
        words.extend(args.iter().map(|arg| self.expand(arg)));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().envs(self.variables.iter().cloned());
        // `PATH` for `env` and `sh`.
        command.env("PATH", format!("{}:/usr/bin:/bin", self.directory.path().display()));
        command
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr);
        let status = command.status().unwrap();
        let read = |name| self.read(name).unwrap_or_default();
        Ran { status, stdout: read("stdout"), stderr: read("stderr"), record: self.read("record") }
    }

    fn expand(&self, arg: &[u8]) -> OsString {
        match arg.strip_prefix(b"T/") {
            Some(rest) => self.path("").join(OsStr::from_bytes(rest)).into(),
            None => OsStr::from_bytes(arg).to_owned(),
        }
    }
}

pub(crate) fn words(line: &str) -> Vec<&[u8]> {
    line.split_whitespace().map(str::as_bytes).collect()
}

impl Ran {
    /// The low-level runtime took over, and nothing else was to be seen.
    #[track_caller]
    pub(crate) fn assert_quiet(&self) {
        assert_eq!(self.stderr, "");
        assert_eq!(self.stdout, "");
        assert_eq!(self.status.code(), Some(7));
        assert!(self.record.is_some());
    }

    /// The wrapper failed with this one line on stderr, and executed nothing.
    #[track_caller]
    pub(crate) fn assert_failed(&self, message: &str) {
        assert_eq!(self.stderr, format!("gantry-runtime: {message}\n"));
        assert_eq!(self.stdout, "");
        assert_eq!(self.status.code(), Some(1));
        assert_eq!(self.record, None);
    }
}
