//! Commands that only look change nothing, whatever is wrong with the store; and a store is believed
//! only if nobody else can change what leads to it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::shop::{RAN, Shop};

type Damage = fn(&Shop);

/// Everything in the store: names, bytes and kinds.
fn all(shop: &Shop) -> Vec<(PathBuf, bool, Option<Vec<u8>>)> {
    let entries = fs::read_dir(shop.store()).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> =
        entries.map(|path| (path.clone(), path.is_symlink(), fs::read(&path).ok())).collect();
    all.sort();
    all
}

#[test]
fn commands_that_look_change_nothing() {
    let damages: [(&str, Damage); 5] = [
        ("flipped byte", |s| flip(&s.artefact("a"), 1000)),
        ("flipped byte of the record", |s| flip(&s.record("a"), 40)),
        ("cut off", |s| fs::write(s.artefact("a"), "").unwrap()),
        ("a link", |s| {
            let (path, moved) = (s.artefact("a"), s.0.path("moved"));
            fs::rename(&path, &moved).unwrap();
            std::os::unix::fs::symlink(moved, path).unwrap();
        }),
        ("writable", |s| {
            fs::set_permissions(s.artefact("a"), Permissions::from_mode(0o666)).unwrap();
        }),
    ];
    for (case, damage) in damages {
        let shop = Shop::stocked();
        damage(&shop);
        // The lock that writers have made is no change of theirs.
        fs::remove_file(shop.store().join(".lock")).unwrap();
        let before = all(&shop);
        let hex = shop.hex("a");
        for line in [
            "modifier verify",
            "modifier list",
            "modifier inspect a",
            &format!("modifier inspect {hex}"),
            "config check",
            "config enable a --dry-run",
            "config disable a --dry-run",
            "explain --bundle ${TMP}/bundle",
        ] {
            let ran = shop.0.run("gantry", line);
            assert_eq!(all(&shop), before, "{case}: {line}: {}{}", ran.stdout, ran.stderr);
        }
        let told = shop.gantry("verify", 1).stdout;
        assert!(told.contains(&hex) && !told.contains("kept aside"), "{case}: {told}");
        // The wrapper does, and says so.
        let error = shop.create();
        assert!(error.contains("kept aside") && !error.contains(RAN), "{case}: {error}");
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Who can write a folder on the way can put another store there.
#[test]
fn a_store_below_a_folder_of_others_is_refused() {
    const CONFIG: &str = "etc/config.toml";
    for (case, folder, mode, says) in [
        ("parent", "high/low", 0o777, Some("high/low: group or others can write it")),
        ("parent, by the group", "high/low", 0o775, Some("high/low: group or others can write it")),
        // Who owns nothing in it cannot exchange the store, but could have made it.
        ("parent, sticky", "high/low", 0o1777, Some("high/low: group or others can write it")),
        ("further up", "high", 0o777, Some("high: group or others can write it")),
        ("further up, sticky", "high", 0o1777, None),
    ] {
        let shop = Shop::empty();
        let text = shop.0.read(CONFIG).unwrap().replace("/store\"", "/high/low/store\"");
        let shop = Shop(shop.0.file(CONFIG, &text));
        shop.gantry("add ${TMP}/a.wasm", 0);
        assert!(shop.create().contains(RAN), "{case}: it runs before");
        fs::set_permissions(shop.0.path(folder), Permissions::from_mode(mode)).unwrap();
        let Some(says) = says else {
            assert!(shop.create().contains(RAN), "{case}");
            continue;
        };
        let error = shop.create();
        assert!(error.contains(says) && error.contains("chmod go-w"), "{case}: {error}");
        for line in ["add ${TMP}/b.wasm", "compile", "list", "verify"] {
            let ran = shop.gantry(line, 1);
            assert!(ran.stderr.contains(says), "{case}: {line}: {}", ran.stderr);
        }
        let stored = fs::read_dir(shop.0.path("high/low/store")).unwrap();
        let hex = shop.hex("b");
        for entry in stored {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.starts_with(&hex), "{case}: {name} was stored");
        }
    }
}
