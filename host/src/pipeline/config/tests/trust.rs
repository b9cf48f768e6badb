//! Only what nobody else can have written is read. Real files in a temporary folder.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use super::super::{Config, ConfigError, ConfigSource, Environment, ConfigFile};

/// A folder with `config.toml` and `conf.d/a.toml`, all well.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("config.toml", "[log]\nlevel = \"debug\"\n[stages.a]\nenabled = true");
        fs::create_dir(folder.path("conf.d")).unwrap();
        folder.mode("conf.d", 0o755);
        folder.write("conf.d/a.toml", "[stages.a]\nmodifier = \"/m/a.wasm\"");
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        self.mode(name, 0o644);
    }

    fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    fn source(&self) -> ConfigSource {
        source(&self.path("config.toml"))
    }

    fn load(&self) -> Result<Config, ConfigError> {
        Config::load(&self.source())
    }

    fn refused(&self, says: &[&str]) {
        let error = self.load().unwrap_err().to_string();
        assert!(says.iter().all(|one| error.contains(one)), "{says:?}: {error}");
    }
}

fn source(path: &Path) -> ConfigSource {
    let environment = Environment { euid: rustix::process::geteuid().as_raw(), ..Environment::default() };
    ConfigSource::file(path, &environment)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn all_well() {
    let folder = Folder::new();
    let config = folder.load().unwrap();
    assert!(config.stage("a").unwrap().enabled);
    assert_eq!(config.files().count(), 2);
    assert_eq!(ConfigFile::read(folder.source()).and_then(|file| file.runtime()).unwrap().log, config.log);
}

#[test]
fn what_others_can_write_is_refused() {
    for (name, mode) in [("config.toml", 0o664), ("config.toml", 0o646), ("conf.d/a.toml", 0o664), ("conf.d", 0o775), ("conf.d", 0o1777), (".", 0o770), (".", 0o1777)] {
        let folder = Folder::new();
        folder.mode(name, mode);
        folder.refused(&[&format!("(mode {mode:04o})"), "run `chmod go-w /"]);
        // A drop-in is not read for the subcommands that need none of it.
        let quick = ConfigFile::read(folder.source()).and_then(|file| file.runtime());
        assert_eq!(quick.is_err(), !name.starts_with("conf.d"), "{name} {mode:o}");
        folder.mode(name, 0o755);
        folder.load().unwrap();
    }
}

#[test]
fn what_another_owns_is_refused() {
    if !is_root() {
        eprintln!("not root: cannot give files away");
        return;
    }
    for name in ["config.toml", "conf.d/a.toml", "conf.d", "."] {
        let folder = Folder::new();
        chown(folder.path(name), Some(4242), None).unwrap();
        folder.refused(&["is owned by user 4242, and must be by root", "chown -h root"]);
        let environment = Environment { euid: 4242, ..Environment::default() };
        Config::load(&ConfigSource::file(folder.path("config.toml"), &environment)).unwrap();
        let environment = Environment { overflow_uid: Some(4242), ..Environment::default() };
        Config::load(&ConfigSource::file(folder.path("config.toml"), &environment)).unwrap();
        let environment = Environment { euid: 4243, ..Environment::default() };
        let error = Config::load(&ConfigSource::file(folder.path("config.toml"), &environment)).unwrap_err();
        assert!(error.to_string().contains("must be by root or user 4243; run `chown -h 4243 "), "{error}");
    }
}

#[test]
fn links_are_followed_and_their_targets_checked() {
    let (folder, other) = (Folder::new(), Folder::new());
    fs::remove_file(folder.path("config.toml")).unwrap();
    symlink(other.path("config.toml"), folder.path("config.toml")).unwrap();
    folder.load().unwrap();
    other.mode("config.toml", 0o666);
    folder.refused(&["group or others can write it"]);
    other.mode("config.toml", 0o644);
    other.mode(".", 0o777);
    folder.refused(&["group or others can write it"]);
}

#[test]
fn a_link_in_a_folder_of_others_is_refused() {
    let (folder, other, third) = (Folder::new(), Folder::new(), Folder::new());
    fs::remove_file(folder.path("config.toml")).unwrap();
    fs::remove_file(other.path("config.toml")).unwrap();
    symlink(other.path("config.toml"), folder.path("config.toml")).unwrap();
    symlink(third.path("config.toml"), other.path("config.toml")).unwrap();
    folder.load().unwrap();
    other.mode(".", 0o777);
    folder.refused(&["group or others can write it"]);
}

#[test]
fn links_to_nothing_and_in_circles_are_errors() {
    for (target, says) in [("gone.toml", "is a link to what is not there"), ("config.toml", "too many links")] {
        let folder = Folder::new();
        fs::remove_file(folder.path("config.toml")).unwrap();
        symlink(target, folder.path("config.toml")).unwrap();
        folder.refused(&[says]);
    }
    let folder = Folder::new();
    symlink("gone.toml", folder.path("conf.d/b.toml")).unwrap();
    folder.refused(&["conf.d/b.toml: cannot be read: is a link to what is not there"]);
}

#[test]
fn what_is_no_file_is_an_error() {
    let folder = Folder::new();
    fs::create_dir(folder.path("conf.d/b.toml")).unwrap();
    folder.refused(&["b.toml: cannot be read: is not a regular file"]);
    let folder = Folder::new();
    fs::write(folder.path("config.toml"), [0xff]).unwrap();
    folder.refused(&["is not UTF-8"]);
    let folder = Folder::new();
    fs::write(folder.path("config.toml"), " ".repeat(1024 * 1024 + 1)).unwrap();
    folder.refused(&["is larger than 1 MiB"]);
    let folder = Folder::new();
    rustix::fs::mknodat(rustix::fs::CWD, folder.path("conf.d/b.toml"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    folder.refused(&["b.toml: cannot be read: is not a regular file"]);
}

#[test]
fn other_names_in_conf_d_are_not_read() {
    let folder = Folder::new();
    for name in ["README", "x.toml.bak", ".x.toml", ".#x.toml", "x.TOML"] {
        folder.write(&format!("conf.d/{name}"), "not toml");
    }
    folder.load().unwrap();
}

#[test]
fn drop_ins_are_read_in_the_order_of_their_bytes() {
    let folder = Folder::new();
    for name in ["b", "z", "0"] {
        folder.write(&format!("conf.d/{name}.toml"), &format!("[stages.{name}]\nmodifier = \"builtin:x\""));
    }
    let config = folder.load().unwrap();
    assert_eq!(super::order(&config), "cdi 0 a b z");
}

#[test]
fn a_file_that_is_not_there() {
    let folder = Folder::new();
    fs::remove_file(folder.path("config.toml")).unwrap();
    let error = folder.load().unwrap_err();
    assert!(matches!(&error, ConfigError::Missing { .. }) && error.to_string().contains("unset GANTRY_CONFIG"), "{error}");
    ConfigFile::read(folder.source()).and_then(|file| file.runtime()).unwrap_err();
    let home = Environment {
        euid: rustix::process::geteuid().as_raw(),
        overflow_uid: Some(4242),
        xdg_config_home: Some(folder.path("none").into()),
        ..Environment::default()
    };
    // Neither the user's nor, on a machine for tests, /etc/gantry.
    if !Path::new("/etc/gantry").exists() {
        let config = Config::load(&ConfigSource::from_environment(&home)).unwrap();
        assert_eq!(config, Config::built_in().unwrap());
    }
}

#[test]
fn a_file_that_others_can_have_removed_is_refused() {
    let folder = Folder::new();
    fs::remove_file(folder.path("config.toml")).unwrap();
    folder.mode(".", 0o770);
    folder.refused(&["group or others can write it (mode 0770)"]);
}

#[test]
fn a_relative_path_is_refused() {
    let error = Config::load(&source(Path::new("config.toml"))).unwrap_err();
    assert_eq!(error.to_string(), "config.toml: cannot be read: the path is not absolute; name one that is");
}

#[test]
fn the_quick_way_still_wants_toml() {
    let folder = Folder::new();
    folder.write("config.toml", "[log\n");
    assert!(matches!(ConfigFile::read(folder.source()).and_then(|file| file.runtime()), Err(ConfigError::Syntax { .. })));
    folder.write("config.toml", "[log]\nlvl = 1");
    assert!(matches!(ConfigFile::read(folder.source()).and_then(|file| file.runtime()), Err(ConfigError::UnknownKey { .. })));
    folder.write("config.toml", "[stages.x]\nno-such-key = 1");
    ConfigFile::read(folder.source()).and_then(|file| file.runtime()).unwrap();
}

#[test]
fn check_finds_modifiers_that_are_not_there() {
    let folder = Folder::new();
    let main = |modifier: &Path| format!("pipeline.order = [\"x\", \"cdi\"]\ncdi.spec-dirs = []\n[stages.x]\nenabled = true\nmodifier = {:?}", modifier.to_str().unwrap());
    fs::remove_file(folder.path("conf.d/a.toml")).unwrap();
    folder.write("config.toml", &main(&folder.path("m.wasm")));
    let found = || folder.load().unwrap().check_files(&folder.source()).into_iter().map(|one| one.to_string()).collect::<Vec<_>>();
    assert!(found()[0].contains("m.wasm: not there; install it"), "{:?}", found());
    folder.write("m.wasm", "");
    assert_eq!(found(), [""; 0]);
    folder.mode("m.wasm", 0o666);
    assert!(found()[0].contains("group or others can write it"), "{:?}", found());
}
