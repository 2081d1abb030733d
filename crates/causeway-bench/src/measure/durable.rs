//! Recording events so that they outlive a power cut: one at a time, and a thousand at a time.

use super::{Place, clear, say};
use crate::peers::bare::Bare;
use crate::peers::http::Http;
use crate::peers::{Contestant, Course, Others, PRODUCERS, Size};
use crate::report::{Figures, Line, Section, Target};
use crate::service::Record;

/// More than anybody is expected to record in a second.
const ONES_A_SECOND: u64 = 90_000;
const THOUSANDS_A_SECOND: u64 = 300_000;
const THOUSAND: usize = 1_000;
const OURS: &str = "Causeway";
/// Who takes a thousand events at once.
const TAKE_THOUSANDS: [&str; 3] = ["PostgreSQL", "UmaDB", "Redis"];

/// What a contestant came to, round by round.
#[derive(Default)]
struct Rounds {
    name: String,
    rates: Figures,
    p50: Figures,
    p99: Figures,
    /// Why there are no more rounds.
    failure: Option<String>,
}

/// Durable `POST` of one event.
pub fn one(place: &Place, others: &Others) -> anyhow::Result<Section> {
    let (group, time) = (1, place.extent.time);
    let size = Size { producers: PRODUCERS, group, time, events_a_second: ONES_A_SECOND };
    let contestants: Vec<_> = others.running.iter().map(AsRef::as_ref).collect();
    let results = race(place, &contestants, &size)?;
    let ours = &results[0];
    let ratio = |name, wanted| times(&results, name, wanted);
    let targets = vec![
        Target::at_least("events/s", 30_000.0, Some(ours.rates.median())),
        ratio("PostgreSQL", 1.5),
        ratio("message-db", 5.0),
        ratio("UmaDB", 2.0),
        ratio("bare actix-web", 0.3),
        Target::at_most("p99, ms", 8.0, Some(ours.p99.median())),
    ];
    let how = format!(
        "{PRODUCERS} producers, each with one event under way on a connection that is kept, to each \
         contestant in turn for {:.1?} a round, in its own protocol and with the same bytes. \
         Everybody answers when the event is on disk, except the bare server, which keeps nothing.",
        place.extent.time
    );
    let title = "Durable `POST` of one event".to_owned();
    Ok(Section { title, how, lines: lines(&results), targets, missing: missing(others, &results) })
}

/// Durable `POST` of a thousand events.
pub fn thousand(place: &Place, others: &Others) -> anyhow::Result<Section> {
    let (producers, time) = (place.extent.producers_of_thousands, place.extent.time);
    let events_a_second = THOUSANDS_A_SECOND;
    let size = Size { producers, group: THOUSAND, time, events_a_second };
    let contestants = others.running.iter().map(AsRef::as_ref);
    let contestants: Vec<&dyn Contestant> = contestants
        .filter(|one| TAKE_THOUSANDS.iter().any(|name| one.name().starts_with(name)))
        .collect();
    let results = race(place, &contestants, &size)?;
    let ours = &results[0];
    let ratio = |name, wanted| times(&results, name, wanted);
    let targets = vec![
        Target::at_least("events/s", 180_000.0, Some(ours.rates.median())),
        ratio("PostgreSQL", 3.0),
        ratio("UmaDB", 2.0),
        ratio("Redis", 1.5),
    ];
    let how = format!(
        "{producers} producers, each with {THOUSAND} events under way: one body of lines for \
         Causeway, one statement for PostgreSQL, one append for UmaDB, a pipeline for Redis. \
         message-db and NATS take one at a time. Assessments are left out, because they come from \
         another key."
    );
    let title = "Durable `POST` of 1,000 events".to_owned();
    Ok(Section { title, how, lines: lines(&results), targets, missing: missing(others, &results) })
}

/// Lets everybody record in turn, ourselves first and last by turns.
fn race(place: &Place, others: &[&dyn Contestant], size: &Size) -> anyhow::Result<Vec<Rounds>> {
    let group = size.group;
    say(&format!("durable recording, {group} at a time"));
    let folder = place.folder(&format!("durable-{group}"));
    let record = Record::make(&place.causeway, &folder)?;
    let service = record.serve()?;
    let bare_server = Bare::start(0)?;
    let http = |name: &str, address| {
        let keys = record.keys.clone();
        Box::new(Http { name: name.to_owned(), address, keys })
    };
    let ours = http(OURS, service.address);
    let bare = (group == 1).then(|| http("bare actix-web", bare_server.address));
    let all: Vec<&dyn Contestant> = std::iter::once(&*ours as &dyn Contestant)
        .chain(others.iter().copied())
        .chain(bare.as_deref().map(|bare| bare as &dyn Contestant))
        .collect();
    let mut results: Vec<Rounds> =
        all.iter().map(|one| Rounds { name: one.name(), ..Rounds::default() }).collect();
    for round in 0..place.extent.rounds {
        let course = Course::new(round, size);
        for turn in 0..all.len() {
            let number = if round % 2 == 0 { turn } else { all.len() - 1 - turn };
            results[number].go(all[number], &course, group)?;
        }
    }
    drop(service);
    clear(&folder);
    Ok(results)
}

impl Rounds {
    /// One more round. Of others a failure is noted, and they take no further part.
    fn go(
        &mut self,
        contestant: &dyn Contestant,
        course: &Course,
        group: usize,
    ) -> anyhow::Result<()> {
        if self.failure.is_some() {
            return Ok(());
        }
        let mut load = match contestant.run(course) {
            Err(error) if self.name != OURS => {
                self.failure = Some(format!("{}: {error:#}", self.name));
                return Ok(());
            }
            load => load?,
        };
        self.rates.add(load.rate() * group as f64);
        self.p50.add(load.latencies.percentile(50));
        self.p99.add(load.latencies.percentile(99));
        Ok(())
    }
}

/// Those who could not be started, and those who failed on the way.
fn missing(others: &Others, results: &[Rounds]) -> Vec<String> {
    let failed = results.iter().filter_map(|one| one.failure.clone());
    others.missing.iter().cloned().chain(failed).collect()
}

/// So many times what somebody came to, if they were there.
fn times(results: &[Rounds], name: &str, wanted: f64) -> Target {
    let whole = |one: &&Rounds| one.failure.is_none() && one.name.starts_with(name);
    let beside = results.iter().find(whole);
    let found = beside.map(|beside| results[0].rates.over(&beside.rates).median());
    Target::at_least(format!("times {name}"), wanted, found)
}

fn lines(results: &[Rounds]) -> Vec<Line> {
    let ours = &results[0];
    let mut lines = Vec::new();
    let whole = results.iter().filter(|one| one.failure.is_none());
    for Rounds { name, rates, p50, p99, .. } in whole {
        let rate = Line::new(name, "events/s", rates.clone());
        lines.push(if name == OURS { rate } else { rate.beside(&ours.rates) });
        lines.push(Line::new(format!("{name}: p50"), "ms", p50.clone()));
        lines.push(Line::new(format!("{name}: p99"), "ms", p99.clone()));
    }
    lines
}
