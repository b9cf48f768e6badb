//! `gantry cdi watch`, while files come and go.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use gantry_tests::golden::assert_golden;
use gantry_tests::scene::Scene;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::fixtures::{LOW, TWICE, host};

/// A watch that runs, and what it says.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    /// Starts one, and awaits what there is at the start.
    fn start(scene: &Scene, line: &str) -> (Self, Vec<String>) {
        let mut command = scene.command("gantry");
        command.args(["cdi", "watch"]).args(line.split_whitespace().map(|word| scene.expand(word)));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut watching = Self { child, lines };
        let first = watching.until(|line| line.contains("watching") || line.contains("checking"));
        (watching, first)
    }

    /// Its lines up to the one that is awaited.
    fn until(&mut self, awaited: impl Fn(&str) -> bool) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut lines = Vec::new();
        while !lines.last().is_some_and(|last: &String| awaited(last)) {
            let left = deadline.saturating_duration_since(Instant::now());
            lines.push(self.lines.recv_timeout(left).unwrap_or_else(|_| panic!("after {lines:?}")));
        }
        lines
    }

    fn ended(mut self) -> Option<i32> {
        let code = self.child.wait().unwrap().code();
        assert_eq!(self.lines.recv().ok(), None);
        code
    }

    fn tell(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

/// Files come and go, whole, and each change is told.
#[test]
fn watch_tells_what_happens() {
    for (how, format) in [("", "text"), ("", "json"), ("--poll", "text")] {
        let scene = Scene::new().file("a/acme.json", LOW).file("aside/twice", TWICE);
        let dirs = format!("--spec-dirs ${{TMP}}/a,${{TMP}}/b --format {format} {how}");
        let (mut watching, first) = Watching::start(&scene, &dirs);
        let mut all = first;
        let put = |from: &str, to: &str| {
            fs::copy(scene.path(from), scene.path("temporary")).unwrap();
            fs::rename(scene.path("temporary"), scene.path(to)).unwrap();
        };
        fs::write(scene.path("aside/bad"), "{").unwrap();
        fs::create_dir(scene.path("b")).unwrap();
        all.extend(watching.until(|line| line.contains("/b") && line.contains("read")));
        put("aside/twice", "b/twice.yaml");
        all.extend(watching.until(|line| line.contains("twice.com/net=a")));
        put("aside/twice", "b/twice-2.yaml");
        all.extend(watching.until(|line| line.contains("is also defined in")));
        fs::remove_file(scene.path("b/twice.yaml")).unwrap();
        all.extend(watching.until(|line| {
            line.contains("net=a") && line.contains("twice-2.yaml") && !line.contains("also")
        }));
        put("aside/bad", "b/bad.json");
        all.extend(watching.until(|line| line.contains("bad.json")));
        fs::write(scene.path("aside/new"), LOW.replace("GPU=0", "GPU=zero")).unwrap();
        put("aside/new", "a/acme.json");
        all.extend(watching.until(|line| line.contains("gpu=0")));
        fs::remove_dir_all(scene.path("a")).unwrap();
        all.extend(watching.until(|line| line.contains("gpu=1")));
        watching.tell(Signal::TERM);
        assert_eq!(watching.ended(), Some(0));
        if format == "json" {
            assert!(all.iter().all(|line| {
                serde_json::from_str::<Value>(line).is_ok_and(|event| event["event"].is_string())
            }));
        }
        // Removing a directory with what is in it may be seen as one change or as two.
        all.retain(|line| !line.contains("/a\"") && !line.ends_with("/a: missing"));
        let name = format!("cdi/watch{}-{format}.txt", how.replace("--", "-"));
        assert_golden(&name, &scene.normal(&(all.join("\n") + "\n")));
    }
}

#[test]
fn watch_ends_cleanly() {
    for signal in [Signal::INT, Signal::TERM] {
        let (watching, _) = Watching::start(&host(), "--spec-dirs ${TMP}/low");
        watching.tell(signal);
        assert_eq!(watching.ended(), Some(0), "{signal:?}");
    }
    // After one change, if that is wanted.
    let scene = host();
    let (mut watching, _) = Watching::start(&scene, "--once --spec-dirs ${TMP}/low");
    fs::rename(scene.path("low/acme.json"), scene.path("aside.json")).unwrap();
    watching.until(|line| line == "- acme.com/gpu=1");
    assert_eq!(watching.ended(), Some(0));
    // Nobody reads any more, though there is nothing to say.
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = scene.command("gantry");
    command.args(["cdi", "watch", "--spec-dirs", "/none"]).stdout(writer);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut reader = BufReader::new(reader);
    reader.read_line(&mut String::new()).unwrap();
    drop(reader);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
