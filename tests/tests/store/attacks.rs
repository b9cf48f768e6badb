//! What must not be executed is not, whatever was done to the store; and what the error says to do
//! mends it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;

use gantry_tests::skips::{is_root, skip};

use crate::shop::{RAN, Shop};

/// What is done, what the error says, and what mends it.
struct Attack {
    case: &'static str,
    act: fn(&Shop),
    says: &'static [&'static str],
    mend: Mend,
}

enum Mend {
    /// `gantry modifier compile`, which the error names.
    Compile,
    /// `gantry modifier add`, which the error names.
    Add,
    /// The error names what is to be done to the folder.
    Other,
}
use Mend::{Add, Compile, Other};

#[rustfmt::skip]
const ATTACKS: &[Attack] = &[
    Attack { case: "swapped artefacts", act: |s| swap(&s.artefact("a"), &s.artefact("b")), says: &["on record", "kept aside"], mend: Compile },
    Attack { case: "swapped records", act: |s| swap(&s.record("a"), &s.record("b")), says: &["another modifier", "kept aside"], mend: Compile },
    Attack { case: "shorter", act: |s| cut(&s.artefact("a"), 1), says: &["bytes", "kept aside"], mend: Compile },
    Attack { case: "half", act: |s| cut(&s.artefact("a"), 2000), says: &["bytes", "kept aside"], mend: Compile },
    Attack { case: "empty artefact", act: |s| fs::write(s.artefact("a"), "").unwrap(), says: &["has 0 bytes", "kept aside"], mend: Compile },
    Attack { case: "longer", act: |s| { let mut b = fs::read(s.artefact("a")).unwrap(); b.push(0); fs::write(s.artefact("a"), b).unwrap(); }, says: &["bytes", "kept aside"], mend: Compile },
    Attack { case: "no artefact", act: |s| fs::remove_file(s.artefact("a")).unwrap(), says: &["missing"], mend: Compile },
    Attack { case: "no record", act: |s| fs::remove_file(s.record("a")).unwrap(), says: &["no modifier sha256:"], mend: Add },
    Attack { case: "empty record", act: |s| fs::write(s.record("a"), "").unwrap(), says: &["damaged", "kept aside"], mend: Compile },
    Attack { case: "huge record", act: |s| fs::write(s.record("a"), vec![b' '; 1 << 20]).unwrap(), says: &["bytes", "kept aside"], mend: Compile },
    Attack { case: "record of other fields", act: |s| s.forge("a", |r| r["more"] = 1.into()), says: &["damaged", "kept aside"], mend: Compile },
    Attack { case: "an older Gantry", act: |s| s.forge("a", |r| r["build"]["version"] = "0.0.1".into()), says: &["another build of Gantry (0.0.1 with"], mend: Compile },
    Attack { case: "another engine's build", act: |s| s.forge("a", |r| r["build"]["engine"] = "00".into()), says: &["another build of Gantry"], mend: Compile },
    Attack { case: "another engine's hash", act: |s| s.forge("a", |r| r["engine"] = format!("blake3:{}", "0".repeat(64)).into()), says: &["another engine"], mend: Compile },
    Attack { case: "code of no engine, with its digest on record", act: |s| plant(s, b"\x7fELF no code"), says: &["another engine", "kept aside"], mend: Compile },
    Attack { case: "writable by the group", act: |s| mode(&s.artefact("a"), 0o664), says: &["can write it (mode 0664)", "kept aside"], mend: Compile },
    Attack { case: "writable by all", act: |s| mode(&s.artefact("a"), 0o646), says: &["can write it (mode 0646)", "kept aside"], mend: Compile },
    Attack { case: "record writable by the group", act: |s| mode(&s.record("a"), 0o664), says: &["can write it (mode 0664)", "kept aside"], mend: Compile },
    Attack { case: "store writable by the group", act: |s| mode(&s.store(), 0o775), says: &["/store: group or others can write it", "chmod go-w"], mend: Other },
    Attack { case: "store writable by all, sticky", act: |s| mode(&s.store(), 0o1777), says: &["/store: group or others can write it", "chmod go-w"], mend: Other },
    Attack { case: "linked artefact", act: |s| link(&s.artefact("a")), says: &["not a regular file but a link", "kept aside"], mend: Compile },
    Attack { case: "linked record", act: |s| link(&s.record("a")), says: &["not a regular file but a link", "kept aside"], mend: Compile },
    Attack { case: "linked store", act: |s| link(&s.store()), says: &["/store: the store must be a folder, and this is a link"], mend: Other },
    Attack { case: "FIFO for an artefact", act: |s| fifo(&s.artefact("a")), says: &["a FIFO", "kept aside"], mend: Compile },
    Attack { case: "FIFO for a record", act: |s| fifo(&s.record("a")), says: &["a FIFO", "kept aside"], mend: Compile },
    Attack { case: "folder for an artefact", act: |s| { let path = s.artefact("a"); fs::remove_file(&path).unwrap(); fs::create_dir(path).unwrap(); }, says: &["a folder", "move it away, then run `gantry modifier compile`"], mend: Other },
    Attack { case: "folder for a record", act: |s| { let path = s.record("a"); fs::remove_file(&path).unwrap(); fs::create_dir(path).unwrap(); }, says: &["a folder", "move it away, then run `gantry modifier add"], mend: Other },
    Attack { case: "no store", act: |s| fs::remove_dir_all(s.store()).unwrap(), says: &["no modifier sha256:"], mend: Add },
    Attack { case: "a file for a store", act: |s| { fs::remove_dir_all(s.store()).unwrap(); fs::write(s.store(), "").unwrap(); }, says: &["must be a folder"], mend: Other },
];

#[test]
fn what_was_tampered_with_is_refused() {
    for Attack { case, act, says, mend } in ATTACKS {
        let shop = Shop::stocked();
        assert!(shop.create().contains(RAN), "{case}: the modifier runs before");
        act(&shop);
        let error = shop.create();
        assert!(!error.contains(RAN), "{case}: it was executed: {error}");
        assert!(error.contains("stage \"a\": "), "{case}: {error}");
        for one in *says {
            assert!(error.contains(one), "{case}: no {one:?} in {error}");
        }
        match mend {
            Compile => {
                assert!(error.contains("`gantry modifier compile`"), "{case}: {error}");
                shop.gantry("compile", 0);
            }
            Add => {
                let add = shop.0.expand("`gantry modifier add ${TMP}/a.wasm`");
                assert!(error.contains(&add), "{case}: {error}");
                shop.gantry("add ${TMP}/a.wasm", 0);
            }
            Other => continue,
        }
        assert!(shop.create().contains(RAN), "{case}: it was not mended");
    }
}

/// What was kept aside is not taken back, and says what it was.
#[test]
fn what_was_refused_is_kept_aside() {
    let shop = Shop::stocked();
    let artefact = shop.artefact("a");
    cut(&artefact, 10);
    let cut = fs::read(&artefact).unwrap();
    shop.create();
    assert!(!artefact.exists());
    let aside = artefact.with_extension("cwasm.refused");
    assert_eq!(fs::read(&aside).unwrap(), cut);
    shop.gantry("verify", 1);
    shop.gantry("compile", 0);
    shop.gantry("verify", 0);
    assert!(aside.exists(), "what was refused is there to be looked at");
    shop.gantry(&format!("remove {}", shop.hex("a")), 0);
    assert!(!aside.exists());
}

#[test]
fn a_single_byte_of_the_artefact_is_enough() {
    let shop = Shop::stocked();
    let path = shop.artefact("a");
    let whole = fs::read(&path).unwrap();
    let last = whole.len() - 1;
    let sampled = (0..64).step_by(7).chain((0..=last).step_by(last / 40)).chain([last]);
    for (turn, at) in sampled.enumerate() {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (turn % 8);
        fs::write(&path, changed).unwrap();
        let error = shop.create();
        assert!(error.contains("its digest is") && !error.contains(RAN), "byte {at}: {error}");
    }
    fs::write(&path, whole).unwrap();
    assert!(shop.create().contains(RAN), "the whole one still runs");
}

#[test]
fn a_single_byte_of_the_record_is_enough() {
    let shop = Shop::stocked();
    let path = shop.record("a");
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&path, changed).unwrap();
        let error = shop.create();
        assert!(error.contains("the record is damaged"), "byte {at}: {error}");
    }
    fs::write(&path, whole).unwrap();
    assert!(shop.create().contains(RAN), "the whole one still runs");
}

#[test]
fn what_others_own_is_refused() {
    if !is_root() {
        return skip("store::what_others_own_is_refused", "only root can give files away");
    }
    for (case, victim) in [
        ("artefact", (|s| s.artefact("a")) as fn(&Shop) -> std::path::PathBuf),
        ("record", |s| s.record("a")),
        ("store", Shop::store),
    ] {
        let shop = Shop::stocked();
        chown(victim(&shop), Some(1234), None).unwrap();
        let error = shop.create();
        assert!(error.contains("is owned by user 1234") && !error.contains(RAN), "{case}: {error}");
        let remedy = if case == "store" { "chown" } else { "`gantry modifier compile`" };
        assert!(error.contains(remedy), "{case}: {error}");
    }
}

/// The digest that the configuration pins counts, and not what the file has become.
#[test]
fn a_pinned_digest_counts() {
    let shop = Shop::stocked();
    let pin = |name| {
        let text = shop.0.read("etc/config.toml").unwrap();
        let text = text.split("digest").next().unwrap().trim_end().to_owned();
        let digest = shop.hex(name);
        fs::write(
            shop.0.path("etc/config.toml"),
            format!("{text}\ndigest = \"sha256:{digest}\"\n"),
        )
        .unwrap();
    };
    pin("a");
    fs::remove_file(shop.0.path("b.wasm")).unwrap();
    assert!(shop.create().contains(RAN));
    fs::write(shop.0.path("b.wasm"), "never added").unwrap();
    pin("b");
    let error = shop.create();
    assert!(error.contains("no modifier") && error.contains(&shop.hex("b")), "{error}");
}

fn swap(one: &Path, other: &Path) {
    let aside = one.with_extension("aside");
    fs::rename(one, &aside).unwrap();
    fs::rename(other, one).unwrap();
    fs::rename(aside, other).unwrap();
}

fn cut(path: &Path, bytes: usize) {
    let whole = fs::read(path).unwrap();
    fs::write(path, &whole[..whole.len() - bytes]).unwrap();
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn link(path: &Path) {
    let real = path.with_extension("real");
    fs::rename(path, &real).unwrap();
    symlink(real, path).unwrap();
}

fn fifo(path: &Path) {
    fs::remove_file(path).unwrap();
    assert!(Command::new("mkfifo").arg("-m").arg("644").arg(path).status().unwrap().success());
}

/// Puts a file where the artefact belongs, with a record that is right about it.
fn plant(shop: &Shop, bytes: &[u8]) {
    let digest = gantry::digest::CodeDigest::of(bytes);
    fs::remove_file(shop.artefact("a")).unwrap();
    shop.forge("a", |record| {
        record["artefact"] = digest.to_string().into();
        record["length"] = bytes.len().into();
    });
    let name = format!("{}-{}.cwasm", shop.hex("a"), &digest.hex()[..16]);
    fs::write(shop.store().join(name), bytes).unwrap();
}
