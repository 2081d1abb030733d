//! Recording events so that they outlive a power cut: one at a time, and a thousand at a time.

use anyhow::Context;

use super::{Place, clear, say};
use crate::load::Load;
use crate::peers::bare::Bare;
use crate::peers::http::Http;
use crate::peers::{Contestant, Course, Others, PRODUCERS, Size};
use crate::report::{Figures, Line, Section, Target};
use crate::service::Record;

/// More than anybody is expected to record in a second.
const ONES_A_SECOND: u64 = 90_000;
const THOUSANDS_A_SECOND: u64 = 300_000;
const THOUSAND: usize = 1_000;
/// Who takes a thousand events at once.
const TAKE_THOUSANDS: [&str; 3] = ["PostgreSQL", "UmaDB", "Redis"];

/// What a contestant came to, round by round.
#[derive(Default)]
struct Result {
    name: String,
    rates: Figures,
    p50: Figures,
    p99: Figures,
}

/// Durable `POST` of one event.
pub fn one(place: &Place, others: &Others) -> anyhow::Result<Section> {
    let (group, time) = (1, place.extent.time);
    let size = Size { producers: PRODUCERS, group, time, events_a_second: ONES_A_SECOND };
    let contestants: Vec<_> = others.running.iter().map(AsRef::as_ref).collect();
    let results = race(place, &contestants, &size)?;
    let ours = &results[0];
    let ratio = |name: &str, wanted| {
        let found = find(&results, name).map(|peer| ours.rates.over(&peer.rates).median());
        Target::at_least(format!("times {name}"), wanted, found)
    };
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
    Ok(Section { title, how, lines: lines(&results), targets, missing: others.missing.clone() })
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
    let ratio = |name: &str, wanted| {
        let found = find(&results, name).map(|peer| ours.rates.over(&peer.rates).median());
        Target::at_least(format!("times {name}"), wanted, found)
    };
    let targets = vec![
        Target::at_least("events/s", 180_000.0, Some(ours.rates.median())),
        ratio("PostgreSQL", 3.0),
        ratio("UmaDB", 2.0),
        ratio("Redis", 1.5),
    ];
    let how = format!(
        "{producers} producers, each with {THOUSAND} events under way: one body of lines for \
         Causeway, one statement for PostgreSQL, one append for UmaDB, a pipeline for Redis. \
         Assessments are left out, because they come from another key."
    );
    let title = "Durable `POST` of 1,000 events".to_owned();
    Ok(Section { title, how, lines: lines(&results), targets, missing: others.missing.clone() })
}

/// Lets everybody record in turn, ourselves first and last by turns.
fn race(place: &Place, others: &[&dyn Contestant], size: &Size) -> anyhow::Result<Vec<Result>> {
    let group = size.group;
    say(&format!("durable recording, {group} at a time"));
    let folder = place.folder(&format!("durable-{group}"));
    let record = Record::make(&place.causeway, &folder)?;
    let service = record.serve()?;
    let bare = Bare::start(0)?;
    let http = |name: &str, address| {
        let keys = record.keys.clone();
        Box::new(Http { name: name.to_owned(), address, keys })
    };
    let ours = http("Causeway", service.address);
    let bare = (group == 1).then(|| http("bare actix-web", bare.address));
    let all: Vec<&dyn Contestant> = std::iter::once(&*ours as &dyn Contestant)
        .chain(others.iter().copied())
        .chain(bare.as_deref().map(|bare| bare as &dyn Contestant))
        .collect();
    let mut results: Vec<Result> =
        all.iter().map(|one| Result { name: one.name(), ..Result::default() }).collect();
    for round in 0..place.extent.rounds {
        let course = Course::new(round, size);
        for turn in 0..all.len() {
            let number = if round % 2 == 0 { turn } else { all.len() - 1 - turn };
            let load = all[number].run(&course).with_context(|| all[number].name())?;
            results[number].add(load, group);
        }
    }
    drop(service);
    clear(&folder);
    Ok(results)
}

impl Result {
    fn add(&mut self, mut load: Load, group: usize) {
        self.rates.add(load.rate() * group as f64);
        self.p50.add(load.latencies.percentile(50));
        self.p99.add(load.latencies.percentile(99));
    }
}

fn find<'a>(results: &'a [Result], name: &str) -> Option<&'a Result> {
    results.iter().find(|result| result.name.starts_with(name))
}

fn lines(results: &[Result]) -> Vec<Line> {
    let ours = &results[0];
    let mut lines = Vec::new();
    for (number, Result { name, rates, p50, p99 }) in results.iter().enumerate() {
        let rate = Line::new(name, "events/s", rates.clone());
        lines.push(if number == 0 { rate } else { rate.beside(&ours.rates) });
        lines.push(Line::new(format!("{name}: p50"), "ms", p50.clone()));
        lines.push(Line::new(format!("{name}: p99"), "ms", p99.clone()));
    }
    lines
}
