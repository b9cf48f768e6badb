//! `gantry cdi watch`: devices as they come and go.

use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use gantry::cdi::{Cache, CacheOptions, Freshness};

use super::changes::{Event, changes};
use super::failure::Exit;
use super::options::{Format, Options};
use super::signals::end_cleanly;
use crate::output;

/// How often it is asked whether the system still tells of changes.
const ASK: Duration = Duration::from_secs(2);

const EXAMPLES: &str = "\
Each line begins with what happened: + a device appeared, - vanished, ~ changed, ! something is
wrong with a file or a directory. With --format json each is an object on a line of its own.

Examples:
  gantry cdi watch
  gantry cdi watch --format json | jq -r 'select(.event == \"device-appeared\").device'
  gantry cdi watch --once > /dev/null && echo 'something has changed'";

/// Print what the spec directories hold, and then each change as it happens
///
/// Runs until Ctrl-C, SIGTERM, or until nobody reads its output; exits with 0 then. The line
/// `watching` ends what there is at the start. Where the system cannot tell of changes, modification
/// times are looked at, and a line says why.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Watch {
    /// Exit after the first change.
    #[arg(long)]
    once: bool,
    /// Look at modification times instead of being told: for network file systems.
    #[arg(long)]
    poll: bool,
}

impl Watch {
    pub(super) fn run(&self, options: &Options) -> Result<Exit> {
        let specs = options.specs()?;
        end_cleanly().context("cannot wait for signals")?;
        let watch = CacheOptions { load: specs.load, watch: !self.poll };
        let cache = Cache::new(&specs.dirs, &watch);
        let mut seen = cache.registry();
        let mut freshness = cache.freshness();
        let mut events = changes(None, &seen);
        events.push(event(&freshness));
        print(options.format, &events)?;
        loop {
            let now = cache.wait(&seen, Some(ASK));
            let mut events = now.as_ref().map(|now| changes(Some(&seen), now)).unwrap_or_default();
            let changed = !events.is_empty();
            let fresh = cache.freshness();
            if fresh != freshness {
                events.push(event(&fresh));
                freshness = fresh;
            }
            print(options.format, &events)?;
            if changed && self.once {
                return Ok(Exit::Done);
            }
            seen = now.unwrap_or(seen);
        }
    }
}

fn event(freshness: &Freshness) -> Event {
    match freshness {
        Freshness::Watching => Event::Watching,
        Freshness::Checking { why } => Event::Checking { why: why.clone() },
    }
}

/// All at once: a reader that has gone is noticed here.
fn print(format: Format, events: &[Event]) -> Result<()> {
    let mut text = String::new();
    for event in events {
        text += &match format {
            Format::Text => event.text(),
            Format::Json => output::json_line(event)?,
            Format::Yaml => output::yaml_text(event)?,
        };
    }
    if text.is_empty() { Ok(()) } else { output::print(&text) }
}
