//! Dashboards that ask again and again: nothing new, or a view of ten kilobytes.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures_util::future::join;

use super::{Place, clear, say};
use crate::http::Connection;
use crate::load::{End, Latencies, Load, on_this_thread, together};
use crate::peers::bare::{Bare, PREPARED};
use crate::process::our_processor_time;
use crate::report::{Figures, Line, Section, Target};
use crate::service::{Record, Service, get, post};
use crate::year::{Year, road};

/// Who polls at the same time.
const POLLERS: usize = 64;
/// How large an answer should be.
const BYTES: usize = 10_000;
/// The longest list, and so many single roads, are tried for it.
const TRIED: usize = 12;
/// Between two reports that change what is polled.
const CHANGE: Duration = Duration::from_secs(1);

/// Who asks for what.
pub struct Poll<'a> {
    /// Where.
    pub address: SocketAddr,
    /// What.
    pub path: &'a str,
    /// By whom.
    pub key: &'a str,
    /// Whether only what has changed is asked for.
    pub is_conditional: bool,
}

/// What one of two contestants came to.
#[derive(Default)]
struct Rounds {
    rates: Figures,
    p99: Figures,
    /// Processor time of the callers for an answer, in microseconds.
    calling: Figures,
}

/// The head, unchanged and changed rarely.
pub fn polls(place: &Place) -> anyhow::Result<Section> {
    say("polls");
    let folder = place.folder("polls");
    let record = Record::make(&place.causeway, &folder)?;
    record.fill(Year::new("", 1, place.extent.events).into_history())?;
    let service = record.serve()?;
    let polled = TenKilobytes::find(&service, &record.keys.auditor)?;
    let bare = Bare::start(polled.bytes)?;
    let mut results: [[Rounds; 2]; 2] = Default::default();
    for round in 0..place.extent.rounds {
        for (is_conditional, [ours, theirs]) in [true, false].into_iter().zip(&mut results) {
            let key = &record.keys.auditor;
            let asked = Poll { address: service.address, path: &polled.path, key, is_conditional };
            let beside = Poll { address: bare.address, path: PREPARED, key, is_conditional };
            let us = || with_changes(&record, &polled.road, &asked, place.extent.time);
            let them = || on_this_thread(poll(&beside, POLLERS, place.extent.time));
            if round % 2 == 0 {
                ours.add(us)?;
                theirs.add(them)?;
            } else {
                theirs.add(them)?;
                ours.add(us)?;
            }
        }
    }
    drop(service);
    clear(&folder);
    Ok(section(place, &polled, results))
}

impl Rounds {
    fn add(&mut self, load: impl FnOnce() -> anyhow::Result<Load>) -> anyhow::Result<()> {
        let before = our_processor_time();
        let mut load = load()?;
        let calling = (our_processor_time() - before).as_secs_f64() * 1e6;
        self.calling.add(calling / load.latencies.count() as f64);
        self.rates.add(load.rate());
        self.p99.add(load.latencies.percentile(99));
        Ok(())
    }
}

fn section(place: &Place, polled: &TenKilobytes, results: [[Rounds; 2]; 2]) -> Section {
    let TenKilobytes { path, bytes, .. } = polled;
    let how = format!(
        "`GET {path}` on a record of {} events, {POLLERS} connections, {:.1?} a round; the bare \
         server gives out as many bytes. The first is asked with the tag of the answer before, the \
         second without one, while a report each second changes what is answered.",
        place.extent.events, place.extent.time
    );
    let names = ["unchanged, 304".to_owned(), format!("200, {bytes} bytes")];
    let mut section = Section { title: "Polls at the head".to_owned(), how, ..Section::default() };
    for ((name, wanted), [ours, theirs]) in names.into_iter().zip([0.7, 0.6]).zip(results) {
        let ratio = ours.rates.over(&theirs.rates).median();
        let target = Target::at_least(format!("{name}: times bare actix-web"), wanted, Some(ratio));
        let line = |what: &str, unit, figures| Line::new(format!("{what}, {name}"), unit, figures);
        section.lines.extend([
            line("Causeway", "answers/s", ours.rates.clone()),
            line("Causeway: p99", "ms", ours.p99),
            line("bare actix-web", "answers/s", theirs.rates).beside(&ours.rates),
            line("bare actix-web: p99", "ms", theirs.p99),
            line("callers of bare actix-web: processor time", "µs an answer", theirs.calling),
        ]);
        section.targets.push(target);
    }
    section
}

/// A read model whose answer is about ten kilobytes long.
#[derive(Debug, Clone, Default)]
pub struct TenKilobytes {
    /// Where it is.
    pub path: String,
    /// How long the answer is.
    pub bytes: usize,
    /// A road that it is about.
    road: String,
}

impl TenKilobytes {
    /// Looks for it: a list of roads, or, where one road takes more, the road that comes nearest.
    pub fn find(service: &Service, key: &str) -> anyhow::Result<TenKilobytes> {
        let lists = (1..=TRIED).map(|limit| (0, format!("/v1/corridors?limit={limit}")));
        let roads =
            (1..=TRIED).map(|number| (number, format!("/v1/corridors/{}", road("", number))));
        let mut nearest = TenKilobytes::default();
        for (number, path) in lists.chain(roads) {
            let Ok(answer) = service.read(&path, key, "") else { break };
            let bytes = answer.len();
            if bytes.abs_diff(BYTES) < nearest.bytes.abs_diff(BYTES) || nearest.bytes == 0 {
                nearest = TenKilobytes { path, bytes, road: road("", number) };
            }
        }
        ensure!(nearest.bytes > 0, "there is nothing to poll");
        Ok(nearest)
    }
}

/// Polls, while a report each second changes what is polled.
fn with_changes(
    record: &Record,
    road: &str,
    asked: &Poll<'_>,
    time: Duration,
) -> anyhow::Result<Load> {
    let is_over = Cell::new(false);
    let key = &record.keys.reporter;
    let change = async {
        let mut connection = Connection::open(asked.address).await?;
        let mut request = Vec::new();
        for number in 0.. {
            tokio::time::sleep(CHANGE.min(time / 2)).await;
            if is_over.get() || asked.is_conditional {
                break;
            }
            post(&mut request, asked.address, key, &[&change(road, number)]);
            let answer = connection.exchange(&request).await?;
            ensure!(answer.status == 201, "{}", String::from_utf8_lossy(answer.body));
        }
        anyhow::Ok(())
    };
    on_this_thread(async {
        let polling = async {
            let load = poll(asked, POLLERS, time).await;
            is_over.set(true);
            load
        };
        let (load, changed) = join(polling, change).await;
        changed.and(load)
    })
}

/// A report on a road.
fn change(road: &str, number: u64) -> String {
    let status = ["open", "closed"][(number % 2) as usize];
    let minute = number % 60;
    format!(
        r#"{{"specversion":"1.0","type":"corridor.status_reported.v1","subject":"corridor/{road}","time":"2026-01-01T00:{minute:02}:00Z","dataclassification":"public","data":{{"status":"{status}","source":{{"kind":"eyewitness"}}}}}}"#
    )
}

/// Asks for one thing on so many connections, as fast as answers come.
pub async fn poll(asked: &Poll<'_>, pollers: usize, time: Duration) -> anyhow::Result<Load> {
    let end = End::after(time);
    together((0..pollers).map(|_| ask_again_and_again(asked, &end))).await
}

async fn ask_again_and_again(asked: &Poll<'_>, end: &End) -> anyhow::Result<Latencies> {
    let Poll { address, path, key, is_conditional } = *asked;
    let mut connection = Connection::open(address).await?;
    let mut request = get(address, path, key, "");
    let mut latencies = Latencies::default();
    while !end.is_reached() {
        let sent = Instant::now();
        let answer = connection.exchange(&request).await?;
        latencies.add(sent.elapsed());
        match (answer.status, answer.tag) {
            (304, _) => {}
            // The tag of the head holds for a minute at most.
            (200, Some(tag)) if is_conditional => {
                request = get(address, path, key, &format!("If-None-Match: {tag}\r\n"));
            }
            (200, _) => {}
            (status, _) => anyhow::bail!("{path} was answered with {status}"),
        }
    }
    Ok(latencies)
}
