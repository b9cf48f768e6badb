//! What happens to spec directories: operations on files, by any program, in any order.

use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

/// One operation. Those that make no sense at the moment do nothing.
#[derive(Debug, Clone)]
pub(crate) enum Operation {
    /// Writes a file in place.
    Write(At, Content),
    /// The same, and its time of modification is as before.
    WriteKeepingTime(At, Content),
    /// Writes beside and renames.
    Replace(At, Content),
    /// Changes one digit of the content, in place: the size is the same.
    Digit(At, u8),
    Remove(At),
    Rename(At, At),
    HardLink(At, At),
    Touch(At),
    /// A link to one of the targets.
    Link(At, u8),
    /// Writes one of the targets of links.
    Target(u8, Content),
    /// A directory or nothing at that name.
    Directory(At),
    /// Removes a spec directory with all that is in it.
    RemoveAll(usize),
    /// Makes it again.
    Make(usize),
    /// Puts a link to the other place in a directory's stead, or takes it away.
    Swap(usize),
    /// Lets enough time pass that changes from now on show in the times of files.
    Settle,
}

/// A name in a spec directory.
#[derive(Debug, Clone)]
pub(crate) struct At(pub(crate) usize, &'static str);

impl At {
    /// One that is there from the start.
    pub(crate) fn first() -> Self {
        Self(0, "a.json")
    }

    /// One beside it that is not.
    pub(crate) fn other() -> Self {
        Self(0, ".json")
    }
}

/// What a file holds.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// A valid spec of a vendor, with a device and the value of its variable.
    Spec(u8, u8, u8),
    Bad,
}

/// Few, and some of them often, so that operations meet.
const NAMES: &[&str] =
    &["a.json", "a.json", "a.json", "a.json", "b.yaml", "b.yaml", "b.yaml", ".json", "c.txt"];

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let at = || (0..2_usize, select(NAMES)).prop_map(|(dir, name)| At(dir, name));
    let content = || {
        prop_oneof![
            6 => (0..2_u8, 0..2_u8, 0..3_u8).prop_map(|(v, d, n)| Content::Spec(v, d, n)),
            1 => Just(Content::Bad),
        ]
    };
    prop_oneof![
        3 => (at(), content()).prop_map(|(at, content)| Operation::Write(at, content)),
        4 => (at(), content()).prop_map(|(at, content)| Operation::WriteKeepingTime(at, content)),
        3 => (at(), content()).prop_map(|(at, content)| Operation::Replace(at, content)),
        4 => (at(), 0..10_u8).prop_map(|(at, digit)| Operation::Digit(at, digit)),
        2 => at().prop_map(Operation::Remove),
        2 => (at(), at()).prop_map(|(from, to)| Operation::Rename(from, to)),
        1 => (at(), at()).prop_map(|(from, to)| Operation::HardLink(from, to)),
        1 => at().prop_map(Operation::Touch),
        2 => (at(), 0..2_u8).prop_map(|(at, target)| Operation::Link(at, target)),
        2 => (0..2_u8, content()).prop_map(|(target, content)| Operation::Target(target, content)),
        1 => at().prop_map(Operation::Directory),
        1 => (0..2_usize).prop_map(Operation::RemoveAll),
        2 => (0..2_usize).prop_map(Operation::Make),
        2 => (0..2_usize).prop_map(Operation::Swap),
        5 => Just(Operation::Settle),
    ]
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bad => b"{\"kind\":0".to_vec(),
            Self::Spec(vendor, device, digit) => format!(
                r#"{{"cdiVersion":"0.3.0","kind":"v{vendor}.com/c","devices":[{{"name":"d{device}","containerEdits":{{"env":["N={digit}"]}}}}]}}"#
            )
            .into_bytes(),
        }
    }
}

/// Two spec directories below a root, and beside them what links lead to.
#[derive(Debug)]
pub(crate) struct Tree {
    tmp: tempfile::TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let tree = Self { tmp: tempfile::tempdir().unwrap() };
        for dir in ["d0", "d1", "other0", "other1"] {
            fs::create_dir(tree.tmp.path().join(dir)).unwrap();
        }
        for path in ["d0/a.json", "d0/b.yaml", "d1/a.json", "target0"] {
            fs::write(tree.tmp.path().join(path), Content::Spec(0, 0, 0).bytes()).unwrap();
        }
        for (i, dir) in ["other0", "other1"].into_iter().enumerate() {
            let content = Content::Spec(0, 0, u8::try_from(i).unwrap() + 5).bytes();
            fs::write(tree.tmp.path().join(dir).join("a.json"), content).unwrap();
        }
        tree
    }

    pub(crate) fn dirs(&self) -> [PathBuf; 2] {
        [self.dir(0), self.dir(1)]
    }

    /// A name of the test's own, beside all others.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.tmp.path().join(name)
    }

    fn dir(&self, i: usize) -> PathBuf {
        self.tmp.path().join(format!("d{i}"))
    }

    fn at(&self, at: &At) -> PathBuf {
        self.dir(at.0).join(at.1)
    }

    /// Does it as well as it can be done at the moment.
    pub(crate) fn apply(&self, operation: &Operation) -> io::Result<()> {
        match operation {
            Operation::Write(at, content) => fs::write(self.at(at), content.bytes()),
            Operation::WriteKeepingTime(at, content) => {
                let path = self.at(at);
                let modified = fs::metadata(&path)?.modified()?;
                fs::write(&path, content.bytes())?;
                let file = File::options().write(true).open(path)?;
                file.set_times(FileTimes::new().set_modified(modified))
            }
            Operation::Replace(at, content) => {
                let beside = self.dir(at.0).join(".beside.tmp");
                fs::write(&beside, content.bytes())?;
                let renamed = fs::rename(&beside, self.at(at));
                renamed.or_else(|_| fs::remove_file(beside))
            }
            Operation::Digit(at, digit) => change_digit(&self.at(at), *digit),
            Operation::Remove(at) => remove(&self.at(at)),
            Operation::Rename(from, to) => fs::rename(self.at(from), self.at(to)),
            Operation::HardLink(from, to) => fs::hard_link(self.at(from), self.at(to)),
            Operation::Touch(at) => {
                let file = File::options().append(true).open(self.at(at))?;
                file.set_modified(std::time::SystemTime::now())
            }
            Operation::Link(at, target) => {
                remove(&self.at(at)).ok();
                symlink(format!("../target{target}"), self.at(at))
            }
            Operation::Target(target, content) => {
                fs::write(self.beside(&format!("target{target}")), content.bytes())
            }
            Operation::Directory(at) => {
                remove(&self.at(at)).ok();
                fs::create_dir(self.at(at))
            }
            Operation::RemoveAll(i) => remove(&self.dir(*i)),
            Operation::Make(i) => fs::create_dir(self.dir(*i)),
            Operation::Swap(i) => self.swap(*i),
            Operation::Settle => {
                // Longer than the kernel's tick, which is not asked for anywhere.
                thread::sleep(Duration::from_millis(25));
                Ok(())
            }
        }
    }

    /// A directory moves away and a link comes, or a link leads elsewhere, or the directory comes back.
    fn swap(&self, i: usize) -> io::Result<()> {
        let (dir, away) = (self.dir(i), self.beside(&format!("away{i}")));
        match fs::read_link(&dir) {
            Ok(target) if target == Path::new("other0") => {
                let new = self.beside("new");
                symlink("other1", &new)?;
                fs::rename(new, dir)
            }
            Ok(_) => {
                fs::remove_file(&dir)?;
                fs::rename(away, dir)
            }
            Err(_) => {
                remove(&away).ok();
                fs::rename(&dir, away).ok();
                symlink("other0", dir)
            }
        }
    }
}

fn change_digit(path: &Path, digit: u8) -> io::Result<()> {
    let mut bytes = fs::read(path)?;
    let at = bytes.windows(2).position(|bytes| bytes == b"N=");
    let Some(byte) = at.and_then(|at| bytes.get_mut(at + 2)) else {
        return Ok(());
    };
    *byte = b'0' + digit;
    let file = File::options().write(true).open(path)?;
    std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0)
}

/// Whatever it is; a link, not what it leads to.
fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}
