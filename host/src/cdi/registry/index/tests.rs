//! An index is right, or it is nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::*;
use crate::cdi::registry::stamp::{Moment, Stamp};
use crate::cdi::{LoadOptions, QualifiedName, Registry, Wanted};

/// A directory of that many one-device files, old enough to be remembered, and where its index is.
struct Many {
    tmp: tempfile::TempDir,
    dirs: [PathBuf; 1],
    options: LoadOptions,
}

impl Many {
    fn new(count: usize) -> Self {
        let tmp = tempfile::tempdir().unwrap();
        let dirs = [tmp.path().join("cdi")];
        fs::create_dir(&dirs[0]).unwrap();
        let options =
            LoadOptions { index: Some(tmp.path().join("cache/index")), ..LoadOptions::default() };
        let many = Self { tmp, dirs, options };
        (0..count).for_each(|i| many.put(&format!("{i}.json"), &format!("d{i}"), "old"));
        many.settle();
        many
    }

    fn put(&self, file: &str, device: &str, value: &str) {
        let text = format!(
            r#"{{"cdiVersion":"1.0.0","kind":"v.com/c","devices":[{{"name":"{device}","containerEdits":{{"env":["A={value}"]}}}}]}}"#
        );
        fs::write(self.dirs[0].join(file), text).unwrap();
    }

    /// Waits until what was written last cannot be taken for what is written next.
    fn settle(&self) {
        let probe = self.dirs[0].join("probe");
        fs::write(&probe, "").unwrap();
        let stamp = Stamp::of(&rustix::fs::stat(&probe).unwrap());
        while !stamp.is_settled(Moment::now()) {
            std::thread::yield_now();
        }
    }

    fn load(&self, device: &str) -> Registry {
        let names = [name(device)];
        Registry::load_for(&self.dirs, Wanted::Devices(&names), &self.options)
    }

    /// The device's variable, and how many files were parsed to find it, or to be remembered.
    fn value(&self, device: &str) -> (Option<String>, usize) {
        let registry = self.load(device);
        let found = registry.device(&name(device));
        let env = found.map(|found| found.device().unwrap().container_edits.env[0].clone());
        let value = env.map(|env| env.strip_prefix("A=").unwrap().to_owned());
        (value, registry.files().count())
    }

    /// Loads until all files are remembered, which is not for one process to do.
    fn learn(&self, files: usize) -> Vec<u8> {
        let mut before = 0;
        loop {
            assert_eq!(self.value("d7").0.as_deref(), Some("old"));
            let now = self.remembered();
            if now == files {
                return fs::read(self.index()).unwrap();
            }
            assert!(now > before, "{now} of {files} files are remembered, {before} before");
            before = now;
        }
    }

    fn remembered(&self) -> usize {
        let content = Index::read(&self.index(), &self.options);
        let index = Index::parse(&content);
        let section = index.directory(&self.dirs[0]).unwrap();
        let names = fs::read_dir(&self.dirs[0]).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| section.get(name).is_some()).count()
    }

    fn index(&self) -> PathBuf {
        self.tmp.path().join("cache/index")
    }
}

fn name(device: &str) -> QualifiedName {
    format!("v.com/c={device}").parse().unwrap()
}

#[test]
fn only_the_file_of_the_device_is_read_until_files_change() {
    let many = Many::new(100);
    many.learn(100);
    assert_eq!(many.value("d7"), (Some("old".to_owned()), 1), "remembered");
    many.put("7.json", "d7", "new");
    let (value, parsed) = many.value("d7");
    assert_eq!(value.as_deref(), Some("new"), "rewritten, the same size");
    // And perhaps the next, which is not looked at first.
    assert!(parsed <= 2, "{parsed} files were parsed");
    many.put("7.json", "other", "new");
    assert_eq!(many.value("d7").0, None, "gone");
    assert_eq!(many.value("other").0, Some("new".to_owned()));
    many.put("new.json", "d200", "new");
    assert_eq!(many.value("d200").0, Some("new".to_owned()));
    fs::remove_file(many.dirs[0].join("8.json")).unwrap();
    assert_eq!(many.value("d8").0, None);
    // A second definition, in a file that is not remembered, is a conflict all the same.
    many.put("z.json", "d9", "new");
    assert!(many.load("d9").resolve(&[name("d9")]).is_err());
}

#[test]
fn nearly_all_of_very_many_files_are_remembered_in_the_end() {
    let many = Many::new(1200);
    for _ in 0..100 {
        assert_eq!(many.value("d7").0.as_deref(), Some("old"));
    }
    // A few that are left over are not worth writing.
    assert!(many.remembered() > 1200 * 31 / 32, "{}", many.remembered());
}

#[test]
fn a_change_within_a_tick_of_the_clock_is_seen() {
    let many = Many::new(100);
    // Neither stamp nor size tells these apart, should both fall into one tick.
    for i in 0..50 {
        many.put("7.json", "d7", "one");
        assert_eq!(many.value("d7").0, Some("one".to_owned()), "round {i}");
        many.put("7.json", "d7", "two");
        assert_eq!(many.value("d7").0, Some("two".to_owned()), "round {i}");
    }
}

#[test]
fn few_files_need_no_index() {
    let many = Many::new(32);
    assert_eq!(many.value("d7"), (Some("old".to_owned()), 1));
    assert!(!many.index().exists());
}

#[test]
fn a_wrong_index_is_none() {
    let many = Many::new(100);
    let good = many.learn(100);
    assert_eq!(many.value("d7").1, 1);
    let header = HEADER.len() + 8;
    for (case, bytes) in [
        ("empty", Vec::new()),
        ("half", good[..good.len() / 2].to_vec()),
        ("no content", good[..header].to_vec()),
        ("another format", [b"gantry-cdi-idx 0", &good[HEADER.len()..]].concat()),
        ("a flipped bit", {
            let mut bytes = good.clone();
            bytes[header + 100] ^= 1;
            bytes
        }),
    ] {
        fs::write(many.index(), bytes).unwrap();
        let (value, parsed) = many.value("d7");
        assert_eq!(value.as_deref(), Some("old"), "{case}");
        assert!(parsed > 1, "{case}: {parsed} files were parsed");
        assert_eq!(many.learn(100), good, "{case}: written anew");
    }
    // Options that refuse other files.
    let strict = LoadOptions { require_trusted: true, ..many.options.clone() };
    let names = [name("d7")];
    let registry = Registry::load_for(&many.dirs, Wanted::Devices(&names), &strict);
    assert!(registry.files().count() > 1);
}

#[test]
fn an_index_that_others_can_write_is_none() {
    let many = Many::new(100);
    many.learn(100);
    fs::set_permissions(many.index(), fs::Permissions::from_mode(0o666)).unwrap();
    assert!(many.value("d7").1 > 1);
    let mode = fs::metadata(many.index()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "written anew");
    many.learn(100);
    let elsewhere = many.tmp.path().join("elsewhere");
    fs::rename(many.index(), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, many.index()).unwrap();
    assert!(many.value("d7").1 > 1, "a link");
    assert!(fs::symlink_metadata(many.index()).unwrap().is_file(), "written anew");
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, numbers: Vec<u8>) {
        // Small numbers, so that lengths and counts lead somewhere.
        let numbers: Vec<u8> = numbers.iter().flat_map(|n| u64::from(n % 20).to_le_bytes()).collect();
        for content in [bytes, numbers] {
            Index::parse(&content);
            read::Names(&content).count();
        }
    }
}
