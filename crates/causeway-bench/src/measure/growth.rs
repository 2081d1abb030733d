//! What becomes of everything as the record grows.

use std::fmt::Write;
use std::thread;
use std::time::Duration;

use super::past;
use super::polls::{self, Poll, TenKilobytes};
use super::replay;
use super::{Place, clear, say};
use crate::load::{End, on_this_thread};
use crate::peers::http::Http;
use crate::peers::{Contestant, Course, PRODUCERS, Size};
use crate::process::disk;
use crate::report::{Figures, Section, Target, plain};
use crate::service::Record;
use crate::year::Year;

/// Who polls at the same time: few, so that what is measured is an answer and not a queue.
const POLLERS: usize = 4;
/// From when it is ready until its memory is looked at: what starting took is given back then.
const REST: Duration = Duration::from_secs(10);
/// The size at which there are targets.
const TEN_MILLION: u64 = 10_000_000;
const MEBIBYTE: f64 = (1 << 20) as f64;
const APPENDS_A_SECOND: u64 = 90_000;
/// About so many events are replayed in all: of a large record fewer rounds say enough.
const REPLAYED_IN_ALL: u64 = 3_000_000;

/// A record of one size.
#[derive(Debug, Default)]
pub struct Row {
    /// Its size, in events.
    pub events: u64,
    /// Durable `POST` of one event with 64 connections, events a second.
    pub appends: Figures,
    /// Polls of a view of ten kilobytes, p99 in milliseconds.
    pub polls: Figures,
    /// The northern road at a past time, p99 in milliseconds.
    pub past: Figures,
    /// From the log to all views, events a second.
    pub replay: Figures,
    /// The first start of all, which replays the log, until it is ready, in seconds.
    pub first: f64,
    /// Any later start, until it is ready, in seconds.
    pub ready: Figures,
    /// Memory ten seconds after it is ready, in mebibytes.
    pub resident: Figures,
    /// The most that it was until then, in mebibytes.
    pub peak: Figures,
    /// Disk divided by the bytes of the events as they were sent.
    pub disk: f64,
}

/// A row for each size.
pub fn growth(place: &Place) -> anyhow::Result<(Section, Vec<Row>)> {
    let rows = place.extent.sizes.iter().map(|size| row(place, *size));
    let rows: Vec<Row> = rows.collect::<anyhow::Result<_>>()?;
    let how = format!(
        "A year of reports of each size, imported as history; then, in this order: replayed (large \
         records once), started for the first time, which replays, and stopped; started again, from \
         a snapshot if there are events enough for one; looked at after {REST:.0?}; polled \
         ({POLLERS} connections, a view of ten kilobytes), read at past times, added to \
         ({PRODUCERS} connections, one event each). `raw` is the events as they were sent; the disk \
         is looked at after the first start.\n\n{}\n\
         ![The same as curves](performance.svg)",
        table(&rows)
    );
    let section = Section {
        title: "Growth, and the start".to_owned(),
        how,
        targets: targets(&rows),
        ..Section::default()
    };
    Ok((section, rows))
}

fn targets(rows: &[Row]) -> Vec<Target> {
    let largest = rows.iter().find(|row| row.events == TEN_MILLION);
    let found = |of: fn(&Row) -> f64| largest.map(of);
    vec![
        Target::at_most("10,000,000 events: s to ready", 3.0, found(|row| row.ready.median())),
        Target::at_most("… GiB resident", 2.0, found(|row| row.resident.median() / 1_024.0)),
        Target::at_most("… disk ÷ raw", 0.6, found(|row| row.disk)),
    ]
}

fn row(place: &Place, events: u64) -> anyhow::Result<Row> {
    say(&format!("growth: {events} events"));
    let folder = place.folder(&format!("growth-{events}"));
    let record = Record::make(&place.causeway, &folder)?;
    let filled = record.fill(Year::new("", 1, events).into_history())?;
    say(&format!("growth: {events} events, imported in {:.1?}", filled.took));
    let mut row = Row { events, ..Row::default() };
    for _ in 0..place.extent.rounds.min((REPLAYED_IN_ALL / events).max(1)) {
        row.replay.add(replay::rate(&record, events)?);
    }
    let mut first = record.serve()?;
    row.first = first.ready_after.as_secs_f64();
    first.process.stop("TERM")?; // a large record leaves a snapshot behind
    row.disk = disk(&folder)? as f64 / filled.bytes as f64;
    for _ in 0..place.extent.rounds {
        let service = record.serve()?;
        thread::sleep(REST);
        let memory = service.process.memory()?;
        row.ready.add(service.ready_after.as_secs_f64());
        row.resident.add(memory.resident as f64 / MEBIBYTE);
        row.peak.add(memory.peak as f64 / MEBIBYTE);
    }
    row.load(place, &record)?;
    clear(&folder);
    Ok(row)
}

impl Row {
    fn load(&mut self, place: &Place, record: &Record) -> anyhow::Result<()> {
        let service = record.serve()?;
        let (address, key) = (service.address, &record.keys.auditor);
        let polled = TenKilobytes::find(&service, key)?;
        let time = place.extent.time;
        let ours = Http { name: "Causeway".to_owned(), address, keys: record.keys.clone() };
        for round in 0..place.extent.rounds {
            let asked = Poll { address, path: &polled.path, key, is_conditional: false };
            let mut load = on_this_thread(polls::poll(&asked, POLLERS, time))?;
            self.polls.add(load.latencies.percentile(99));
            let end = End::after(time);
            let mut read = on_this_thread(past::read(&service, key, round, &end))?;
            self.past.add(read.latencies.percentile(99));
            let (producers, events_a_second) = (PRODUCERS, APPENDS_A_SECOND);
            let size = Size { producers, group: 1, time, events_a_second };
            self.appends.add(ours.run(&Course::new(round, &size))?.rate());
        }
        Ok(())
    }
}

fn table(rows: &[Row]) -> String {
    let mut table = String::from(
        "| events | appended/s | poll p99, ms | past p99, ms | replayed/s | first start, s | start, s \
         | resident, MiB | at most, MiB | disk ÷ raw |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for Row { events, appends, polls, past, replay, first, ready, resident, peak, disk } in rows {
        let events = plain(*events as f64);
        let (first, disk) = (plain(*first), plain(*disk));
        // Writing to a string cannot fail.
        writeln!(
            table,
            "| {events} | {appends} | {polls} | {past} | {replay} | {first} | {ready} | {resident} | {peak} | {disk} |"
        )
        .unwrap_or_default();
    }
    table
}
