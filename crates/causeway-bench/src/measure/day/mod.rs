//! A mixed day: reports come in, dashboards poll, readers follow the feed, all at once and for
//! long. In the middle the service may be killed and started again.
//!
//! Everybody calls at fixed times, whether the last call is answered or not: what waits counts as
//! waiting.

mod callers;
mod memory;
mod readers;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures_util::future::{join_all, try_join_all};

use self::callers::POLLED;
use self::memory::Memory;
use super::polls::TenKilobytes;
use super::{Place, clear, say};
use crate::http::Connection;
use crate::load::{Latencies, on_this_thread};
use crate::peers::http::Http;
use crate::peers::lanes;
use crate::process::our_processor_time;
use crate::report::{Line, Section, Target};
use crate::service::{Keys, Record, Service, get};
use crate::year::{Event, Year};

const EVENTS_A_SECOND: u32 = 1_000;
const POLLS_A_SECOND: u32 = 5_000;
const WRITERS: u32 = 16;
const POLLERS: u32 = 50;
const READERS: usize = 100;
/// Made for the day, more than are sent, because lanes are not equally long.
const TIMES_AS_MANY: u64 = 2;
/// After the end of the day, how long a reader may still be behind, and the service away.
const PATIENCE: Duration = Duration::from_secs(30);
/// For an event in ten, a subject: at most 120 bytes an event and 500 a subject.
const BYTES_AN_EVENT: f64 = 170.0;

/// What all callers of a day share.
pub struct Day {
    address: SocketAddr,
    keys: Keys,
    /// How many events there are when it begins.
    first: u64,
    ends: Instant,
    /// The service was killed and is not back.
    is_down: Cell<bool>,
    /// How many events were recorded so far.
    recorded: Cell<u64>,
    /// How many events there are when the last was recorded.
    head: Cell<Option<u64>>,
    /// What should not have happened.
    errors: RefCell<Vec<String>>,
}

/// What a day came to.
#[derive(Default)]
struct Outcome {
    writes: Latencies,
    /// Of each that is polled.
    polls: [Latencies; POLLED.len()],
    /// Events that readers got.
    delivered: u64,
    acknowledged: HashSet<String>,
    /// From the kill until it was ready, and until a view was answered.
    back: Option<(Duration, Duration)>,
    /// The service's memory when the day began, in bytes.
    memory_before: u64,
    memory: Memory,
    /// How long the callers and the service have had a processor.
    processors: [Duration; 2],
}

impl Day {
    fn is_over(&self) -> bool {
        Instant::now() >= self.ends
    }

    /// Whether whoever still waits has waited long enough.
    fn is_long_over(&self) -> bool {
        Instant::now() > self.ends + PATIENCE
    }

    /// Counts what went wrong, unless the service was down.
    fn went_wrong(&self, error: &anyhow::Error) {
        if !self.is_down.get() {
            self.errors.borrow_mut().push(format!("{error:#}"));
        }
    }
}

/// The mixed day, with a kill in the middle if `is_killed`.
pub fn day(place: &Place, is_killed: bool) -> anyhow::Result<Section> {
    let name = if is_killed { "the mixed day, with a kill" } else { "the mixed day" };
    say(name);
    let folder = place.folder(if is_killed { "killed" } else { "day" });
    let record = Record::make(&place.causeway, &folder)?;
    record.fill(Year::new("", 1, place.extent.events).into_history())?;
    let service = record.serve()?;
    let polled = TenKilobytes::find(&service, &record.keys.auditor)?;
    let length = place.extent.day;
    let size = TIMES_AS_MANY * u64::from(EVENTS_A_SECOND) * (length.as_secs() + 1);
    let events = lanes(Year::new("day", 2, size), WRITERS as usize);
    let day = Day {
        address: service.address,
        keys: record.keys.clone(),
        first: service.events(&record.keys.auditor)?,
        ends: Instant::now() + length,
        is_down: Cell::new(false),
        recorded: Cell::new(0),
        head: Cell::new(None),
        errors: RefCell::new(Vec::new()),
    };
    let memory_before = service.process.memory()?.resident;
    let theirs = service.process.processor_time();
    let ours = our_processor_time();
    let service = RefCell::new(service);
    let killing = async {
        match is_killed {
            true => kill(&day, &record, &service).await.map(Some),
            false => Ok(None),
        }
    };
    let mut outcome = on_this_thread(async {
        let living = live_through(&day, &events, &polled.path, killing);
        let (outcome, looks) = tokio::join!(living, memory::watch(&day, &service));
        anyhow::Ok(Outcome { memory_before, memory: Memory::of(&looks?), ..outcome? })
    })?;
    let service = service.into_inner();
    let theirs = service.process.processor_time().saturating_sub(theirs);
    outcome.processors = [our_processor_time() - ours, theirs];
    service.look_for_all(day.first, &day.keys.auditor, &outcome.acknowledged)?;
    drop(service);
    clear(&folder);
    let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    Ok(section(place, title, &day, outcome))
}

/// Everybody calls until the day is over.
async fn live_through(
    day: &Day,
    lanes: &[Vec<Event>],
    list: &str,
    killing: impl Future<Output = anyhow::Result<Option<(Duration, Duration)>>>,
) -> anyhow::Result<Outcome> {
    let writing = async {
        let written = try_join_all(lanes.iter().map(|lane| callers::write(day, lane))).await?;
        let recorded = written.iter().map(|(_, ids)| ids.len() as u64).sum::<u64>();
        day.head.set(Some(day.first + recorded));
        anyhow::Ok(written)
    };
    let polling = join_all((0..POLLERS).map(|number| callers::poll(day, number, list)));
    let reading = join_all((0..READERS).map(|_| readers::follow(day)));
    let (written, polled, delivered, back) = tokio::join!(writing, polling, reading, killing);
    let (writes, acknowledged): (Vec<_>, Vec<_>) = written?.into_iter().unzip();
    Ok(Outcome {
        writes: Latencies::merged(writes),
        polls: std::array::from_fn(|which| {
            Latencies::merged(polled.iter().map(|poller| poller[which].clone()))
        }),
        delivered: delivered.into_iter().sum(),
        acknowledged: acknowledged.into_iter().flatten().collect(),
        back: back?,
        ..Outcome::default()
    })
}

/// Kills the service in the middle of the day and starts it again.
async fn kill(
    day: &Day,
    record: &Record,
    service: &RefCell<Service>,
) -> anyhow::Result<(Duration, Duration)> {
    let half = (day.ends - Instant::now()) / 2;
    tokio::time::sleep(half).await;
    day.is_down.set(true);
    let killed = Instant::now();
    service.borrow_mut().process.kill()?;
    let (record, address) = (record.clone(), day.address.to_string());
    let started = tokio::task::spawn_blocking(move || record.serve_at(&address)).await??;
    let ready = killed.elapsed();
    *service.borrow_mut() = started;
    let mut connection = Connection::open(day.address).await?;
    let request = get(day.address, "/v1/situation", &day.keys.auditor, "");
    let status = connection.exchange(&request).await?.status;
    ensure!(status == 200, "the situation was answered with {status}");
    let answered = killed.elapsed();
    day.is_down.set(false);
    Ok((ready, answered))
}

fn section(place: &Place, title: String, day: &Day, outcome: Outcome) -> Section {
    let Outcome {
        mut writes,
        polls,
        delivered,
        acknowledged,
        back,
        memory_before,
        memory,
        processors,
    } = outcome;
    let mut all_polls = Latencies::merged(polls.clone());
    let length = place.extent.day.as_secs_f64();
    let [ours, theirs] = processors.map(|time| time.as_secs_f64() / length);
    let one = |what: &str, unit, figure: f64| Line::new(what, unit, [figure].into_iter().collect());
    let [wrote, polled] = [&mut writes, &mut all_polls]
        .map(|latencies| [50, 99].map(|share| latencies.percentile(share)));
    let errors = day.errors.borrow();
    errors.iter().take(5).for_each(|error| eprintln!("the mixed day: {error}"));
    let mut lines = vec![
        one("recorded", "events/s", acknowledged.len() as f64 / length),
        one("recording: p50", "ms", wrote[0]),
        one("recording: p99", "ms", wrote[1]),
        one("polled", "answers/s", all_polls.count() as f64 / length),
        one("polling: p50", "ms", polled[0]),
        one("polling: p99", "ms", polled[1]),
    ];
    lines.extend(
        POLLED.iter().zip(polls).map(|(what, mut polls)| {
            one(&format!("polling {what}: p99"), "ms", polls.percentile(99))
        }),
    );
    lines.extend([
        one("delivered to readers", "events/s", delivered as f64 / length),
        one("errors", "", errors.len() as f64),
    ]);
    let mut targets = vec![
        Target::at_most("errors", 0.0, Some(errors.len() as f64)),
        Target::at_most("recording: p99, ms", 25.0, Some(wrote[1])),
        Target::at_most("polling: p99, ms", 10.0, Some(polled[1])),
    ];
    match back {
        Some((ready, answered)) => lines.extend([
            one("from the kill until it was ready", "s", ready.as_secs_f64()),
            one("from the kill until `/v1/situation` was answered", "s", answered.as_secs_f64()),
        ]),
        None => {
            let mebibytes = |bytes: f64| (bytes / f64::from(1 << 20)).round();
            lines.extend([
                one("processors that the service took", "", theirs),
                one("processors that the callers took", "", ours),
                one("memory when it began", "MiB", mebibytes(memory_before as f64)),
                one("memory in the second tenth of the day", "MiB", mebibytes(memory.settled)),
                one("memory in the last tenth", "MiB", mebibytes(memory.ended)),
                one("memory grown by from there to here", "bytes an event", memory.an_event),
                one("memory at most", "MiB", mebibytes(memory.peak)),
            ]);
            let an_event = Some(memory.an_event);
            targets.push(Target::at_most("memory, bytes an event", BYTES_AN_EVENT, an_event));
        }
    }
    let how = how(place, back.is_some());
    Section { title, how, lines, targets, ..Section::default() }
}

/// What was done.
fn how(place: &Place, is_killed: bool) -> String {
    format!(
        "{EVENTS_A_SECOND} events a second one by one from {WRITERS} connections, {POLLS_A_SECOND} \
         polls a second from {POLLERS} (a view of ten kilobytes, the northern road, deliveries, the \
         situation; each with the tag of its last answer), {READERS} readers of the whole feed, for \
         {} seconds over a record of {} events. Times count from when a call was due; the \
         callers' clock adds up to a millisecond. In the end every acknowledged event was looked for \
         in the feed and found once; a reader that missed one, or had not seen all half a minute \
         later, is an error. Memory is looked at every second; while caches \
         fill up, and a snapshot is made, it is more: what it grows by an event is counted from \
         the mean of the second tenth of the day to that of the last.{}",
        place.extent.day.as_secs(),
        place.extent.events,
        if is_killed {
            " In the middle the service was killed with `kill -9` and started again; calls that \
             failed until it was back are no errors, and are repeated."
        } else {
            ""
        }
    )
}

/// Who records: the service of the day.
fn recorder(day: &Day) -> Http {
    Http { name: "Causeway".to_owned(), address: day.address, keys: day.keys.clone() }
}

/// Those who call at fixed times.
struct Pace {
    next: Instant,
    interval: Duration,
}

impl Pace {
    /// So many a second, shared by so many callers.
    fn of(a_second: u32, callers: u32) -> Pace {
        Pace { next: Instant::now(), interval: Duration::from_secs(1) * callers / a_second }
    }

    /// Waits for the next time to call, and says when that was.
    async fn beat(&mut self) -> Instant {
        tokio::time::sleep_until(self.next.into()).await;
        self.next += self.interval;
        self.next - self.interval
    }

    /// Forgets what was due while nobody could be called.
    fn begin_anew(&mut self) {
        self.next = Instant::now();
    }
}
