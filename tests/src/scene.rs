//! A host of one test: a bundle, spec directories, a configuration, and a low-level runtime that writes down how it was
//! called. Everything is in one temporary directory, `${TMP}` in texts.
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "a test fails where its scene cannot be made"
)]

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::programs::{installed, program, workspace};
use crate::skips::is_root;

/// The device of [`SPEC`].
pub const DEVICE: &str = "vendor.com/dev=x";

/// A spec with the devices `x`, `y` and `y2`.
pub const SPEC: &str = r#"{
  "cdiVersion": "0.6.0",
  "kind": "vendor.com/dev",
  "devices": [
    { "name": "x", "containerEdits": { "env": ["X=1"], "deviceNodes": [{ "path": "/dev/x", "hostPath": "/dev/null" }] } },
    { "name": "y", "containerEdits": { "env": ["Y=1"] } },
    { "name": "y2", "containerEdits": { "env": ["Y2=1"] } }
  ]
}
"#;

/// The low-level runtime.
pub fn low_level() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("low-level.sh")
}

/// A document that requests devices.
pub fn document(request: &str) -> String {
    format!(
        r#"{{
  "ociVersion": "1.0.2",
  "process": {{
    "terminal": false,
    "user": {{ "uid": 0, "gid": 0 }},
    "args": ["/bin/sh"],
    "env": ["PATH=/bin", "NVIDIA_VISIBLE_DEVICES={request}"],
    "cwd": "/"
  }},
  "root": {{ "path": "rootfs" }},
  "x-number": 1.50
}}
"#
    )
}

/// The host of one test.
pub struct Scene {
    directory: TempDir,
    variables: Vec<(String, OsString)>,
}

/// What came out of one run.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The arguments of the low-level runtime; `None` if it was not started.
    pub called: Option<Vec<String>>,
}

/// `N` instead of the number behind each of these words.
fn without_number(text: &str, word: &str) -> String {
    let mut parts = text.split(word);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.extend([word, if rest.len() == part.len() { "" } else { "N" }, rest]);
    }
    out
}

/// What must not change about a file that is left alone.
#[derive(Debug, PartialEq, Eq)]
pub struct Fingerprint {
    bytes: Option<Vec<u8>>,
    inode: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    mode: u32,
    owner: (u32, u32),
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

impl Scene {
    /// A bundle whose document requests [`DEVICE`], the spec of it, and a configuration that says where things are.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let scene = Self { directory, variables: Vec::new() };
        for folder in ["bundle", "cdi", "etc", "home"] {
            fs::create_dir(scene.path(folder)).unwrap();
        }
        scene
            .variable("GANTRY_CONFIG", "${TMP}/etc/config.toml")
            .variable("GANTRY_TEST_RECORD", "${TMP}/record")
            .variable("HOME", "${TMP}/home")
            .variable("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .file("cdi/vendor.json", SPEC)
            .file("bundle/config.json", &document(DEVICE))
            .config("")
    }

    /// Sets a variable of the programs that are run; `${TMP}` is replaced in its value.
    #[must_use]
    pub fn variable(self, name: &str, value: &str) -> Self {
        let value = self.expand(value);
        let mut scene = self.without_variable(name);
        scene.variables.push((name.into(), value.into()));
        scene
    }

    /// Leaves a variable out.
    #[must_use]
    pub fn without_variable(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    /// Writes a file below `${TMP}`, which is replaced in its text too.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, self.expand(text)).unwrap();
        self
    }

    /// Writes a program, as another process: one that is open for writing here could not be executed.
    #[must_use]
    pub fn script(self, name: &str, text: &str) -> Self {
        let written = Command::new("sh")
            .args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""])
            .arg(self.path(name))
            .arg(self.expand(text))
            .status();
        assert!(written.unwrap().success());
        self
    }

    /// Writes the configuration: where things are, and this behind it.
    #[must_use]
    pub fn config(self, more: &str) -> Self {
        let low_level = low_level();
        let text = format!(
            "runtime.low-level = [\"{}\"]\nstore.dir = \"${{TMP}}/store\"\n[cdi]\nspec-dirs = [\"${{TMP}}/cdi\"]\n{more}",
            low_level.display()
        );
        self.file("etc/config.toml", &text)
    }

    /// Sets a file's permission bits.
    #[must_use]
    pub fn mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Does something to it that no other function does.
    #[must_use]
    pub fn with(self, change: impl FnOnce(&Self)) -> Self {
        change(&self);
        self
    }

    /// A path below `${TMP}`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `${TMP}` replaced by the directory.
    pub fn expand(&self, text: &str) -> String {
        text.replace("${TMP}", &self.directory.path().display().to_string())
    }

    /// The directory replaced by `${TMP}`, and the repository's: what a run says, the same in every run.
    /// So is fuel, which is another with every build of a modifier.
    pub fn normal(&self, text: &str) -> String {
        let text = text.replace(&self.directory.path().display().to_string(), "${TMP}");
        let text = text.replace(&workspace().display().to_string(), "${WORKSPACE}");
        without_number(&without_number(&text, "fuel "), "\"fuel\": ")
    }

    /// Reads a file; `None` if it is not there or no text.
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// What must not change about a file that is left alone; `None` if there is none.
    pub fn fingerprint(&self, name: &str) -> Option<Fingerprint> {
        let path = self.path(name);
        let meta = fs::symlink_metadata(&path).ok()?;
        Some(Fingerprint {
            bytes: fs::read(&path).ok(),
            inode: meta.ino(),
            modified: (meta.mtime(), meta.mtime_nsec()),
            changed: (meta.ctime(), meta.ctime_nsec()),
            mode: meta.mode(),
            owner: (meta.uid(), meta.gid()),
        })
    }

    /// A command of Gantry, to be run in the bundle with this scene's variables and nothing on its input.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.env_clear().envs(self.variables.iter().cloned());
        command.current_dir(self.path("bundle")).stdin(Stdio::null());
        command
    }

    /// Another program in the same way, with mounts of its own, which a shell script makes first. `None` where that cannot be: it needs root.
    pub fn command_with_mounts(&self, script: &str, program: &Path) -> Option<Command> {
        let unshare = installed("unshare").filter(|_| is_root())?;
        let script = format!("set -e\n{}\nexec \"$0\" \"$@\"", self.expand(script));
        let mut command = Command::new(unshare);
        command.env_clear().envs(self.variables.iter().cloned());
        command.current_dir(self.path("bundle")).stdin(Stdio::null());
        command.args(["--mount", "--propagation", "private", "sh", "-c", &script]);
        command.arg(program);
        Some(command)
    }

    /// A program in a root directory of its own, which is `${TMP}`. `/proc` is the kernel's there, but for
    /// `/proc/driver`, which is the scene's. It needs root.
    pub fn command_in_root(&self, program: &str) -> Command {
        const SCRIPT: &str = "set -e; mkdir -p $0/proc/driver $0/.c/driver
            mount --bind $0/proc/driver $0/.c/driver; mount -t proc proc $0/proc
            mount --bind $0/.c/driver $0/proc/driver; exec chroot $0 \"$@\"";
        let mut command = Command::new("unshare");
        command.env_clear().envs(self.variables.iter().cloned()).stdin(Stdio::null());
        // The shell and what it runs have their own libraries.
        command.args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT]);
        command.arg(self.path("").as_os_str().to_string_lossy().trim_end_matches('/')).arg(program);
        command
    }

    /// What `gantry` prints for the words of a line; it must end with that code, and complain of nothing.
    #[track_caller]
    pub fn said(&self, line: &str, code: i32) -> String {
        let ran = self.run("gantry", line);
        assert_eq!((ran.code, &*ran.stderr), (Some(code), ""), "{line}: {}", ran.stdout);
        ran.stdout
    }

    /// Runs `gantry` or `gantry-runtime` with the words of a line, in which `${TMP}` is replaced.
    pub fn run(&self, name: &str, line: &str) -> Ran {
        let words = line.split_whitespace().map(|word| self.expand(word));
        let mut command = self.command(name);
        command.args(words);
        self.ran(&mut command)
    }

    /// Runs a command of this scene.
    pub fn ran(&self, command: &mut Command) -> Ran {
        let record = self.path("record");
        let _may_be_absent = fs::remove_file(&record);
        let Output { status, stdout, stderr } = command.output().unwrap();
        let called = fs::read_to_string(record)
            .ok()
            .map(|text| text.split_terminator('\0').map(Into::into).collect());
        Ran {
            code: status.code(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
            called,
        }
    }

    /// Runs `gantry-runtime create` on the bundle.
    pub fn create(&self) -> Ran {
        self.run("gantry-runtime", "create --bundle ${TMP}/bundle c1")
    }
}

impl Ran {
    /// The low-level runtime took over, and the wrapper said nothing.
    #[track_caller]
    pub fn assert_quiet(&self, case: &str) {
        assert_eq!((self.code, &*self.stdout, &*self.stderr), (Some(0), "", ""), "{case}");
        assert!(self.called.is_some(), "{case}: the low-level runtime was not started");
    }
}
