//! The store of a user who is not root: their own configuration, their own store, and the digests that
//! they pin.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;

use gantry::digest::Digest;
use gantry_tests::scene::{Ran, Scene, document, low_level};
use gantry_tests::skips::{is_root, skip};

use crate::component::{Guest, HARMLESS};
use crate::shop::RAN;

/// Whom root becomes here: an id that owns nothing.
const NOBODY: u32 = 65534;
const STORE: &str = "home/.local/share/gantry/modifiers";
const CONFIG: &str = "home/.config/gantry/config.toml";

/// A user with a home.
struct User(Scene);

impl User {
    /// `None`, said aloud, where no user can be had who may execute the programs.
    fn new(test: &str) -> Option<Self> {
        let scene = Scene::new()
            .without_variable("GANTRY_CONFIG")
            .file("bundle/config.json", &document("void"));
        let trap = Guest { modify: "unreachable", ..HARMLESS };
        fs::write(scene.path("home/a.wasm"), trap.component()).unwrap();
        let user = Self(scene).configure("");
        match user.try_run("gantry", "--version") {
            Ok(ran) if ran.code == Some(0) => Some(user),
            other => {
                skip(test, &format!("user {NOBODY} cannot execute the programs: {other:?}"));
                None
            }
        }
    }

    /// Writes the user's configuration, with this in the stage's table; all of it is the user's.
    fn configure(self, more: &str) -> Self {
        let text = format!(
            "runtime.low-level = [{:?}]\n[cdi]\nspec-dirs = [\"${{TMP}}/cdi\"]\nindex = \"\"\n[pipeline]\norder = [\"a\"]\n\
             [stages.a]\nmodifier = \"${{TMP}}/home/a.wasm\"\nenabled = true\n{more}",
            low_level()
        );
        let user = Self(self.0.file(CONFIG, &text));
        if is_root() {
            give(&user.0.path(""), NOBODY);
        }
        user
    }

    fn try_run(&self, program: &str, line: &str) -> std::io::Result<Ran> {
        let mut command = self.0.command(program);
        command.args(line.split_whitespace().map(|word| self.0.expand(word)));
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        // What cannot be started is found here; `ran` would fail the test.
        let mut probe = self.0.command(program);
        if is_root() {
            probe.uid(NOBODY).gid(NOBODY);
        }
        probe.arg("--version").output()?;
        Ok(self.0.ran(&mut command))
    }

    /// Runs `gantry modifier`, with its exit status expected.
    #[track_caller]
    fn gantry(&self, line: &str, code: i32) -> Ran {
        let ran = self.try_run("gantry", &format!("modifier {line}")).unwrap();
        assert_eq!(ran.code, Some(code), "{line}: {}{}", ran.stdout, ran.stderr);
        ran
    }

    /// What the wrapper says, since the modifier traps, or does not run.
    #[track_caller]
    fn create(&self) -> String {
        let ran = self.try_run("gantry-runtime", "create --bundle ${TMP}/bundle c1").unwrap();
        assert_eq!((ran.code, &ran.called), (Some(1), &None), "{ran:?}");
        ran.stderr
    }

    /// The stage is pinned, and the modifier stored.
    fn stocked(self) -> Self {
        let digest = Digest::of(&fs::read(self.0.path("home/a.wasm")).unwrap());
        let user = self.configure(&format!("digest = \"{digest}\"\n"));
        user.gantry("add ${TMP}/home/a.wasm", 0);
        user
    }
}

/// Gives a folder, and all in it, to a user.
fn give(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

#[test]
fn a_user_has_a_store_and_pins_what_runs() {
    let Some(user) = User::new("a_user_has_a_store_and_pins_what_runs") else { return };
    assert!(user.create().contains("rootless, a modifier runs only if the configuration pins"));
    user.gantry("add ${TMP}/home/a.wasm", 0);
    let folder = fs::metadata(user.0.path(STORE)).unwrap();
    assert_eq!((folder.uid(), folder.mode() & 0o777), (user_id(), 0o755));
    assert!(user.create().contains("pins its digest"), "what is stored is not yet pinned");
    let user = user.stocked();
    assert!(user.create().contains(RAN));
    user.gantry("verify", 0);
    let user = user.configure(&format!("digest = \"sha256:{}\"\n", "0".repeat(64)));
    assert!(user.create().contains("no modifier sha256:0000"));
}

fn user_id() -> u32 {
    if is_root() { NOBODY } else { rustix::process::geteuid().as_raw() }
}

type Damage = fn(&Scene);

/// What others can change is not executed, here as little as in root's store.
#[test]
fn what_others_can_change_is_refused() {
    const NAME: &str = "what_others_can_change_is_refused";
    fn mode(scene: &Scene, name: &str, mode: u32) {
        fs::set_permissions(scene.path(name), Permissions::from_mode(mode)).unwrap();
    }
    fn artefact(scene: &Scene) -> std::path::PathBuf {
        let names = fs::read_dir(scene.path(STORE)).unwrap().map(|entry| entry.unwrap().path());
        names.into_iter().find(|path| path.extension().is_some_and(|one| one == "cwasm")).unwrap()
    }
    let damages: [(&str, bool, Damage, &str); 5] = [
        ("store", false, |s| mode(s, STORE, 0o777), "modifiers: group or others can write it"),
        (
            "folder of the store",
            false,
            |s| mode(s, "home/.local/share/gantry", 0o1777),
            "share/gantry: group or others can write it",
        ),
        (
            "folder above it",
            false,
            |s| mode(s, "home/.local", 0o777),
            ".local: group or others can write it",
        ),
        ("artefact of another", true, |s| give(&artefact(s), 12345), "is owned by user 12345"),
        (
            "store of another",
            true,
            |s| chown(s.path(STORE), Some(12345), None).unwrap(),
            "is owned by user 12345",
        ),
    ];
    for (case, needs_root, damage, says) in damages {
        let Some(user) = User::new(NAME).map(User::stocked) else { return };
        if needs_root && !is_root() {
            skip(NAME, &format!("{case}: only root can give files away"));
            continue;
        }
        assert!(user.create().contains(RAN), "{case}: it runs before");
        damage(&user.0);
        let error = user.create();
        assert!(error.contains(says) && !error.contains(RAN), "{case}: {error}");
    }
}
