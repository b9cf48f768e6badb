use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use tempfile::TempDir;

use super::*;

/// Directories `a` and `b` below a temporary one, with files, links and directories in them.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(tempfile::tempdir().unwrap());
        for (name, mode) in [
            ("a/plain", 0o644),
            ("a/both", 0o644),
            ("b/both", 0o755),
            ("b/runc", 0o755),
            ("b/crun", 0o700),
        ] {
            let path = scene.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, name).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir(scene.path("a/directory")).unwrap();
        symlink("../b/runc", scene.path("a/link")).unwrap();
        symlink("nowhere", scene.path("a/dangling")).unwrap();
        symlink("../b/crun", scene.path("a/gantry")).unwrap();
        // Copies of the wrapper, and a link to one.
        for copy in ["b/gantry-runtime", "b/gantry-runtime.gold", "b/gantry-runtimes"] {
            fs::copy(scene.path("b/runc"), scene.path(copy)).unwrap();
        }
        symlink("gantry-runtime.gold", scene.path("b/copied")).unwrap();
        symlink("../b/copied", scene.path("a/twice")).unwrap();
        fs::hard_link(scene.path("b/crun"), scene.path("b/hard-link")).unwrap();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Replaces `T/` by the temporary directory.
    fn expand(&self, text: &str) -> String {
        text.replace("T/", &format!("{}/", self.0.path().display()))
    }

    /// With `T/b/crun` as the running program.
    fn find(&self, candidates: &str, path: &str, directories: &str) -> String {
        let candidates: Vec<OsString> =
            candidates.split_whitespace().map(|name| self.expand(name).into()).collect();
        let (path, directories) = (self.expand(path), self.expand(directories));
        let directories: Vec<&str> = directories.split_whitespace().collect();
        let myself = self.path("b/crun");
        let search =
            Search { path: Some(OsStr::new(&path)), directories: &directories, myself: &myself };
        match find(&candidates, search) {
            Ok(found) => found.display().to_string(),
            Err(error) => format!("error: {error}"),
        }
        .replace(&format!("{}/", self.0.path().display()), "T/")
    }
}

#[test]
fn found() {
    let scene = Scene::new();
    let rows = [
        // candidates, PATH, further directories, found
        ("runc", "T/a:T/b", "", "T/b/runc"),
        ("none runc", "T/a:T/b", "", "T/b/runc"),
        ("both", "T/a:T/b", "", "T/b/both"),
        ("runc", "", "T/b", "T/b/runc"),
        ("runc", "T/b/", "T/b", "T/b/runc"),
        ("link", "T/a", "", "T/a/link"),
        ("dangling directory plain runc", "T/a", "T/b", "T/b/runc"),
        ("T/b/runc", "", "", "T/b/runc"),
        ("T/a/../b/runc", "", "", "T/a/../b/runc"),
        ("T/a/plain T/b/runc", "", "", "T/b/runc"),
    ];
    for (candidates, path, directories, expected) in rows {
        assert_eq!(
            scene.find(candidates, path, directories),
            expected,
            "{candidates} in {path} and {directories}"
        );
    }
}

#[test]
fn not_found() {
    let scene = Scene::new();
    let rows = [
        (
            "",
            "T/b",
            "",
            "error: no low-level runtime is configured: name at least one in `runtime.low-level`",
        ),
        (
            "none plain directory dangling",
            "T/a",
            "T/b",
            "error: no low-level runtime found: \"none\" is not there, \"plain\" is not executable, \
             \"directory\" is not a file, \"dangling\" is not there; searched T/a, T/b; \
             install one, or name another in `runtime.low-level`",
        ),
        (
            "T/b/none",
            "T/b",
            "",
            "error: no low-level runtime found: \"T/b/none\" is not there; \
             install one, or name another in `runtime.low-level`",
        ),
        (
            "runc",
            "",
            "",
            "error: no low-level runtime found: \"runc\" is not there; \
             install one, or name another in `runtime.low-level`",
        ),
        (
            "runc",
            ".:b::../b",
            "",
            "error: no low-level runtime found: \"runc\" is not there; \
             install one, or name another in `runtime.low-level`",
        ),
    ];
    for (candidates, path, directories, expected) in rows {
        assert_eq!(
            scene.find(candidates, path, directories),
            expected,
            "{candidates} in {path} and {directories}"
        );
    }
}

#[test]
fn itself() {
    let scene = Scene::new();
    // Refused, not skipped: another may not be what the operator means.
    for (candidates, found) in [
        ("crun runc", "T/b/crun"),
        ("T/b/crun", "T/b/crun"),
        ("gantry", "T/a/gantry"),
        ("hard-link", "T/b/hard-link"),
        ("gantry-runtime", "T/b/gantry-runtime"),
        ("T/b/gantry-runtime.gold", "T/b/gantry-runtime.gold"),
        ("copied", "T/b/copied"),
        ("twice", "T/a/twice"),
    ] {
        let candidate = candidates.split(' ').next().unwrap();
        assert_eq!(
            scene.find(candidates, "T/a:T/b", ""),
            format!(
                "error: low-level runtime {candidate:?} is Gantry itself ({found}): give the full path of the real one in `runtime.low-level`"
            ),
        );
    }
}

#[test]
fn another_program_of_a_similar_name() {
    assert_eq!(Scene::new().find("gantry-runtimes", "T/b", ""), "T/b/gantry-runtimes");
}

#[test]
fn no_way_to_tell_itself() {
    let scene = Scene::new();
    let (myself, directory) = (scene.path("none"), scene.expand("T/b"));
    let search = Search { path: None, directories: &[&directory], myself: &myself };
    assert!(matches!(find(&["runc".into()], search), Err(LowLevelError::UnknownSelf { .. })));
}

#[test]
fn a_relative_path_is_made_absolute() {
    let myself = std::env::current_exe().unwrap();
    // Tests run in the package's directory.
    let name = OsString::from("./src/low_level.rs");
    let Err(LowLevelError::NotFound { tried, .. }) =
        find(&[name], Search { path: None, directories: &[], myself: &myself })
    else {
        panic!("a source file is executable")
    };
    assert_eq!(tried, [r#""./src/low_level.rs" is not executable"#]);
    let relative = pathdiff(&myself);
    let found = find(
        &[relative.clone().into()],
        Search { path: None, directories: &[], myself: Path::new("/proc/self/stat") },
    );
    assert_eq!(
        fs::canonicalize(found.unwrap()).unwrap(),
        fs::canonicalize(&myself).unwrap(),
        "{relative:?}"
    );
}

/// From the current directory to an absolute path.
fn pathdiff(to: &Path) -> PathBuf {
    let up =
        std::env::current_dir().unwrap().components().skip(1).map(|_| "..").collect::<PathBuf>();
    up.join(to.strip_prefix("/").unwrap())
}
