//! Loads spec directories in a process of its own, with little memory and little time, and prints what
//! came of it as one line of JSON for each look: for tests that give it hostile files. It looks afresh
//! and refreshes what it had by turns.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use gantry::cdi::{DirectoryState, QualifiedName, Registry};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde_json::json;

/// Of address space, in bytes: many times what the largest spec needs.
const MEMORY: u64 = 512 * 1024 * 1024;
/// Of the processor, in seconds: many times what the slowest load takes.
const SECONDS: u64 = 30;

/// `load-specs TIMES DIR…`
fn main() -> ExitCode {
    for (resource, limit) in [(Resource::As, MEMORY), (Resource::Cpu, SECONDS)] {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        if let Err(error) = setrlimit(resource, limit) {
            eprintln!("cannot limit {resource:?}: {error}");
            return ExitCode::FAILURE;
        }
    }
    // A load that waits for something uses no processor.
    thread::spawn(|| {
        thread::sleep(Duration::from_secs(4 * SECONDS));
        eprintln!("the load waits for ever");
        std::process::exit(124);
    });
    let mut args = std::env::args_os().skip(1);
    let times = args.next().and_then(|times| times.to_str()?.parse().ok()).unwrap_or(1);
    let dirs: Vec<PathBuf> = args.map(PathBuf::from).collect();
    let mut registry = Registry::load(&dirs);
    println!("{}", report(&registry));
    for turn in 1..times {
        if turn % 2 == 0 {
            registry.refresh();
            println!("{}", report(&registry));
        } else {
            println!("{}", report(&Registry::load(&dirs)));
        }
    }
    ExitCode::SUCCESS
}

fn report(registry: &Registry) -> serde_json::Value {
    let errors = registry.errors();
    let errors = errors.iter().map(|(path, problems)| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        (lossy(path), json!(problems))
    });
    let directories = registry.directories().iter().map(|dir| {
        let state = match &dir.state {
            DirectoryState::Read => "read".to_owned(),
            DirectoryState::Missing => "missing".to_owned(),
            DirectoryState::Failed(error) => error.to_string(),
        };
        (lossy(&dir.path), json!(state))
    });
    // What an injection of something that is not there would say.
    let unresolved = registry.resolve_names(&["no.such/device=here"]).err();
    json!({
        "devices": registry.devices().map(QualifiedName::as_str).collect::<Vec<_>>(),
        "errors": errors.collect::<serde_json::Map<_, _>>(),
        "directories": directories.collect::<serde_json::Map<_, _>>(),
        "unresolved": unresolved.map(|error| error.to_string()),
    })
}

fn lossy(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
