//! What becomes of programs that do not do what `gantry-nvml` does.

#![allow(clippy::unwrap_used, reason = "a test fails where its scene cannot be made")]

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use super::super::testing::script;
use super::*;

/// Long enough for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(2);

fn read(text: &str, timeout: Duration) -> Result<Inventory, InventoryError> {
    let dir = tempfile::tempdir().unwrap();
    reader(dir.path(), text, timeout).read()
}

fn fifo(dir: &Path) -> PathBuf {
    let fifo = dir.join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
    fifo
}

fn reader(dir: &Path, text: &str, timeout: Duration) -> Reader {
    Reader { program: script(dir, text), library: Some("/lib/ml.so".into()), timeout }
}

/// What it does, and what is said of it.
#[test]
fn what_a_program_does_is_told() {
    for (text, expected) in [
        (r#"echo '{"gpus":[]}'"#, ""),
        (r#"echo '{"gpus":[]}'; echo noise >&2"#, ""),
        // The library, or what it starts, may write to the output or keep it open.
        (r#"echo '{"gpus":[]}'; exec >&- 2>&-"#, ""),
        (r#"echo '{"gpus":[]}{'"#, "its answer is no inventory: trailing characters"),
        (r#"echo '{"gpus":[],"x":1}'"#, "its answer is no inventory: unknown field `x`"),
        ("echo nonsense", "its answer is no inventory: expected ident"),
        ("printf '\\377\\376\\0'", "its answer is no inventory: expected value"),
        ("", "its answer is no inventory: EOF while parsing"),
        ("yes", "its answer is no inventory: it is larger than 1 MiB"),
        ("exit 1", "ended with status 1 while it read /lib/ml.so"),
        ("echo why >&2; exit 99", "ended with status 99 while it read /lib/ml.so; it said: why"),
        ("echo why >&2; exit 3", "/lib/ml.so: the NVML library cannot be loaded; install"),
        ("echo why >&2; exit 4", "/lib/ml.so: the library is not NVML; name"),
        ("echo why >&2; exit 5", "load the kernel module nvidia: why"),
        ("echo why >&2; exit 6", "are of different versions; load"),
        ("echo why >&2; exit 7", "see what nvidia-smi and the kernel's log say: why"),
        ("kill -SEGV $$", "/lib/ml.so: its reader was ended by SIGSEGV (signal 11)"),
        ("echo a'\\t'b >&2; kill -ABRT $$", "by SIGABRT (signal 6); it said: a\\u{9}b"),
        ("kill -RTMIN $$", "its reader was ended by signal 34"),
        ("echo \"$PWD $*\" >&2; exit 8", "it said: / --library /lib/ml.so"),
        ("cat; echo $? >&2; exit 8", "it said: 0"),
    ] {
        let said = read(text, PATIENCE).map_or_else(|error| error.to_string(), |_| String::new());
        assert!(
            said.contains(expected) && said.is_empty() == expected.is_empty(),
            "{text}: {said}"
        );
    }
}

#[test]
fn a_program_that_is_not_there_is_told() {
    for (program, expected) in
        [("/absent/gantry-nvml", "No such file"), ("/dev/null", "ermission denied")]
    {
        let reader = Reader { program: program.into(), library: None, timeout: PATIENCE };
        let error = reader.read().unwrap_err().to_string();
        let expected = [program, ": cannot be run: ", expected];
        assert!(error.starts_with(expected[0]) && error.contains(expected[2]), "{error}");
    }
}

/// More than is shown is neither kept nor waited for.
#[test]
fn words_are_bounded() {
    let text = "head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 9";
    let Err(InventoryError::Failed { stderr, .. }) = read(text, PATIENCE) else {
        unreachable!("it fails");
    };
    assert!(stderr.starts_with("xxx") && stderr.len() < 2 * MOST_WORDS, "{}", stderr.len());
}

/// At the deadline the program ends, and what it has started ends with it.
#[test]
fn a_program_that_hangs_is_killed_with_its_descendants() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = fifo(dir.path());
    // The end that is read must be open before the other is.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut alive = File::from(rustix::fs::open(&fifo, flags, Mode::empty()).unwrap());
    let fifo = fifo.display();
    for (what, hang) in [
        ("it waits", format!("exec 9> {fifo}; (sleep 600; echo left >&9) & sleep 600")),
        ("it has closed its output", format!("exec 9> {fifo} >&- 2>&-; sleep 600; echo left >&9")),
        (
            "it ignores signals",
            format!("exec 9> {fifo}; trap '' TERM INT HUP; sleep 600; echo left >&9"),
        ),
        ("it talks", format!("exec 9> {fifo}; while :; do echo x >&2; done")),
    ] {
        let timeout = Duration::from_millis(200);
        let error = read(&hang, timeout).unwrap_err();
        let library = "/lib/ml.so".to_owned();
        assert_eq!(error, InventoryError::TimedOut { library, timeout, ended: true }, "{what}");
        // Nobody is left who could write: this waits for the last of them to be gone.
        rustix::fs::fcntl_setfl(&alive, OFlags::empty()).unwrap();
        let mut written = String::new();
        alive.read_to_string(&mut written).unwrap();
        assert_eq!(written, "", "{what}");
        rustix::fs::fcntl_setfl(&alive, OFlags::NONBLOCK).unwrap();
    }
}

/// Who asks and then does something else finds the answer, however late.
#[test]
fn an_answer_waits() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = fifo(dir.path());
    let text = format!("exec 9> {}; echo '{{\"gpus\":[]}}'", fifo.display());
    let reading = reader(dir.path(), &text, Duration::ZERO).start().unwrap();
    // Both wait for the other here; what follows is its end.
    let mut alive = File::open(fifo).unwrap();
    alive.read_to_string(&mut String::new()).unwrap();
    assert_eq!(reading.finish(), Ok(Inventory::default()));
}

#[test]
fn who_does_not_want_to_know_any_more_ends_it() {
    let dir = tempfile::tempdir().unwrap();
    let fifo = fifo(dir.path());
    let text = format!("exec 9> {}; sleep 600; echo left >&9", fifo.display());
    let reading = reader(dir.path(), &text, PATIENCE).start().unwrap();
    let mut alive = File::open(fifo).unwrap();
    drop(reading);
    let mut written = String::new();
    alive.read_to_string(&mut written).unwrap();
    assert_eq!(written, "");
}

/// What it has started may live on and hold its output: nobody waits for that.
#[test]
fn a_descendant_that_stays_is_not_waited_for() {
    let text = r#"sleep 600 & echo $! ; echo '{"gpus":[]}'"#;
    let dir = tempfile::tempdir().unwrap();
    let pid = dir.path().join("pid");
    let text = text.replace("echo $! ;", &format!("echo $! > {};", pid.display()));
    assert_eq!(read(&text, PATIENCE), Ok(Inventory::default()));
    let pid = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
