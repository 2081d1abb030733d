//! Everything again from the log: how fast all views are made anew.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{Place, clear, say};
use crate::process::Process;
use crate::report::{Figures, Line, Section, Target};
use crate::service::Record;
use crate::year::Year;

/// Events that are read beside a replay, as lines in memory.
const LINES: usize = 200_000;

/// What is read of a line.
#[derive(Deserialize)]
struct Envelope<'a> {
    subject: &'a str,
    #[serde(rename = "data")]
    _data: IgnoredAny,
}

/// Log to all views.
pub fn replay(place: &Place) -> anyhow::Result<Section> {
    say("replay");
    let folder = place.folder("replay");
    let record = Record::make(&place.causeway, &folder)?;
    let events = place.extent.events;
    record.fill(Year::new("", 1, events).into_history())?;
    let year = Year::new("", 1, events).into_history();
    let lines: Vec<String> = year.take(LINES).map(|event| event.text).collect();
    let (mut ours, mut beside) = (Figures::default(), Figures::default());
    for _ in 0..place.extent.rounds {
        ours.add(rate(&record, events)?);
        beside.add(read_lines(&lines)?);
    }
    clear(&folder);
    let how = format!(
        "`causeway replay --data … --view actors` over {events} events, the whole command from its \
         start to its end. Beside it the same events as lines in memory, taken apart with serde_json \
         on one core, and nothing made of them."
    );
    let targets = vec![Target::at_least("events/s", 700_000.0, Some(ours.median()))];
    let lines = vec![
        Line::new("Causeway", "events/s", ours.clone()),
        Line::new("serde_json, lines in memory", "events/s", beside).beside(&ours),
    ];
    Ok(Section { title: "Replay".to_owned(), how, lines, targets, ..Section::default() })
}

/// Events per second of a replay of the whole record.
pub fn rate(record: &Record, events: u64) -> anyhow::Result<f64> {
    let mut command = record.command("replay");
    let started = Instant::now();
    let mut replay = Process::start(command.args(["--view", "actors"]).stdout(Stdio::null()))?;
    let status = replay.child().wait()?;
    ensure!(status.success(), "the replay ended with {status}");
    Ok(events as f64 / started.elapsed().as_secs_f64())
}

fn read_lines(lines: &[String]) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut bytes = 0;
    for line in lines {
        let Envelope { subject, _data: IgnoredAny } =
            serde_json::from_str(line).context("an event of ours")?;
        bytes += subject.len();
    }
    let rate = lines.len() as f64 / started.elapsed().as_secs_f64();
    ensure!(bytes > 0, "nothing was read");
    Ok(rate)
}
