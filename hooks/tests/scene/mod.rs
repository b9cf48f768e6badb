//! A container's root file system, built from a description, with a host around it whose every change
//! shows; and the program, run on it as a low-level runtime does.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "a test program's part"
)]

pub mod libraries;

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

/// What a tree holds: a line for each path.
pub type Manifest = BTreeMap<String, String>;

pub struct Scene {
    pub folder: tempfile::TempDir,
}

impl Scene {
    /// Builds the root from lines: `d PATH`, `f PATH TEXT`, `l PATH TARGET`, `p PATH` (a FIFO),
    /// `s PATH` (a socket), `c PATH MAJOR MINOR` (a device), `m PATH OCTAL` (its mode). `@` is the folder; `@/host` is outside.
    pub fn new(lines: &[&str]) -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        let at = scene.folder.path();
        fs::create_dir_all(at.join("bundle/rootfs")).unwrap();
        for folder in ["host/etc/ld.so.conf.d", "host/lib", "host/dev", "host/compat"] {
            fs::create_dir_all(at.join(folder)).unwrap();
        }
        fs::write(at.join("host/file"), "the host's").unwrap();
        fs::write(at.join("host/lib/libcuda.so.1.2"), "the host's").unwrap();
        fs::write(at.join("host/compat/libcuda.so.999.1.1"), "the host's").unwrap();
        symlink("file", at.join("host/link")).unwrap();
        fs::write(at.join("bundle/config.json"), r#"{"root": {"path": "rootfs"}}"#).unwrap();
        for line in lines {
            scene.add(line);
        }
        scene
    }

    fn add(&self, line: &str) {
        let line = self.text(line);
        let mut words = line.splitn(4, ' ');
        let (kind, path) = (words.next().unwrap(), self.inside(words.next().unwrap()));
        let rest = words.next().unwrap_or_default();
        if kind != "m" {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
        }
        let mode = Mode::from_raw_mode(0o666);
        match kind {
            "d" => fs::create_dir_all(path).unwrap(),
            "f" => {
                let tail = words.next().map(|tail| format!(" {tail}")).unwrap_or_default();
                fs::write(path, rest.to_owned() + &tail).unwrap();
            }
            "l" => symlink(rest, path).unwrap(),
            "p" => mknodat(CWD, path, FileType::Fifo, mode, 0).unwrap(),
            "s" => drop(UnixListener::bind(path).unwrap()),
            "c" => {
                let minor = words.next().unwrap().parse().unwrap();
                let device = makedev(rest.parse().unwrap(), minor);
                mknodat(CWD, path, FileType::CharacterDevice, mode, device).unwrap();
            }
            "m" => {
                let mode = u32::from_str_radix(rest, 8).unwrap();
                fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
            }
            other => panic!("{other:?} describes nothing"),
        }
    }

    /// A text with the folder in it.
    pub fn text(&self, text: &str) -> String {
        text.replace('@', self.folder.path().to_str().unwrap())
    }

    /// A path in the root, as the host sees it.
    pub fn inside(&self, path: &str) -> PathBuf {
        self.folder.path().join("bundle/rootfs").join(path.trim_start_matches('/'))
    }

    /// Everything outside the root that a hook could reach: the folder, and what links of a root name.
    pub fn outside(&self) -> Manifest {
        let mut found = Manifest::new();
        let root = self.inside("");
        walk(self.folder.path(), Some(&root), &mut found);
        for path in
            ["/etc/ld.so.conf.d", "/etc/nvidia", "/usr/lib/gantry-hook-test", "/gantry-hook-test"]
        {
            walk(Path::new(path), Some(&root), &mut found);
        }
        found
    }

    /// The root: mode and text of each path, which begins with `/`; the root itself is empty.
    pub fn root(&self) -> Manifest {
        let mut found = Manifest::new();
        walk(&self.inside(""), None, &mut found);
        let prefix = self.inside("").to_str().unwrap().trim_end_matches('/').to_owned();
        found.into_iter().map(|(path, what)| (path.replacen(&prefix, "", 1), what)).collect()
    }

    /// The mounts of this namespace that a hook could have left: in the folder, or of its making. (Others come
    /// and go, of whoever else works on this machine.)
    pub fn mounts(&self) -> Vec<String> {
        let all = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let folder = self.text("@");
        let ours = |line: &&str| line.contains(&folder) || line.contains("gantry-hook-");
        all.lines().filter(ours).map(str::to_owned).collect()
    }

    /// The state that a runtime gives on standard input.
    pub fn state(&self) -> String {
        self.text(r#"{"ociVersion": "1.0.2", "id": "c", "status": "creating", "pid": 1, "bundle": "@/bundle"}"#)
    }

    /// Runs the hook as a runtime does: state on standard input, and next to no environment.
    pub fn hook(&self, args: &[&str]) -> Outcome {
        let args: Vec<String> = args.iter().map(|arg| self.text(arg)).collect();
        run(Command::new(PROGRAM).args(args), self.state().as_bytes())
    }
}

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_gantry-hook");

/// How a hook ended.
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a program with this on its standard input.
pub fn run(command: &mut Command, input: &[u8]) -> Outcome {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
        .env_clear()
        .env("NVIDIA_CTK_DEBUG", "false")
        .env("PATH", env::var_os("PATH").unwrap_or_default());
    let mut child = command.spawn().unwrap();
    // A hook that needs no state does not read it.
    let _unread = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

/// Notes that a test is skipped, as `gantry-tests` does, which would bring all of Gantry here.
pub fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED {test}: {reason}");
    if let Some(path) = env::var_os("GANTRY_SKIPS") {
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(format!("{test}: {reason}\n").as_bytes()).unwrap();
    }
}

/// Notes what is at a path and below it, but for what is at `except`: outside of a root any trace of a
/// change, and in a root what a container sees.
fn walk(path: &Path, except: Option<&Path>, found: &mut Manifest) {
    if except == Some(path) {
        return;
    }
    let Ok(meta) = fs::symlink_metadata(path) else {
        found.insert(path.display().to_string(), "nothing".to_owned());
        return;
    };
    let kind = meta.file_type();
    let mut what = if kind.is_symlink() {
        format!("-> {}", fs::read_link(path).unwrap().display())
    } else if kind.is_file() {
        format!("{:o} {}", meta.mode() & 0o7777, String::from_utf8_lossy(&fs::read(path).unwrap()))
    } else if kind.is_dir() {
        format!("{:o} directory", meta.mode() & 0o7777)
    } else if kind.is_fifo() {
        format!("{:o} fifo", meta.mode() & 0o7777)
    } else {
        format!("{:o} device", meta.mode() & 0o7777)
    };
    if except.is_some() {
        let changed = (meta.ctime(), meta.ctime_nsec());
        let owner = (meta.ino(), meta.uid(), meta.gid(), meta.nlink());
        what = format!("{what} {owner:?} {changed:?}");
    }
    found.insert(path.display().to_string(), what);
    if kind.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            walk(&entry.unwrap().path(), except, found);
        }
    }
}
