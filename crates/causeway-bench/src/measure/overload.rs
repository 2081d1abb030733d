//! More than the service can take: what it turns away, and how what it took fares meanwhile.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::bail;
use futures_util::future::try_join_all;

use super::{Place, clear, say};
use crate::http::Connection;
use crate::load::{End, Latencies, on_this_thread, together};
use crate::peers::lanes;
use crate::report::{Line, Section, Target};
use crate::service::{Record, post};
use crate::year::{Event, Year};

/// Who calls at the same time: almost three times as many as may wait to be recorded.
const CALLERS: usize = 3_000;
/// Before somebody who was turned away calls again; the service asks for two seconds.
const AGAIN: Duration = Duration::from_millis(50);
/// Made for each second, more than anybody is expected to record.
const EVENTS_A_SECOND: u64 = 60_000;

/// What the callers count together.
#[derive(Default)]
struct Counts {
    /// The ids of the events that were acknowledged.
    recorded: RefCell<HashSet<String>>,
    turned_away: Cell<u64>,
}

/// Far more callers than the service can take.
pub fn overload(place: &Place) -> anyhow::Result<Section> {
    say("overload");
    let folder = place.folder("overload");
    let record = Record::make(&place.causeway, &folder)?;
    let service = record.serve()?;
    let (key, time) = (&record.keys.reporter, place.extent.time);
    let events = EVENTS_A_SECOND * time.as_secs().max(1);
    let year = Year::new("", 1, events).filter(|event| !event.assesses);
    let lanes = lanes(year, CALLERS);
    let before = service.process.memory()?.resident;
    let counts = Counts::default();
    let mut load = on_this_thread(async {
        let connections = lanes.iter().map(|_| Connection::open(service.address));
        let connections = try_join_all(connections).await?;
        let end = End::after(time);
        let callers = connections.into_iter().zip(&lanes);
        let address = service.address;
        let calls = callers.map(|(connection, lane)| {
            Caller { connection, address, key, counts: &counts }.call(lane, &end)
        });
        together(calls).await
    })?;
    let peak = service.process.memory()?.peak;
    let Counts { recorded, turned_away } = counts;
    let (recorded, turned_away) = (recorded.into_inner(), turned_away.get() as f64);
    service.look_for_all(0, &record.keys.auditor, &recorded)?;
    drop(service);
    clear(&folder);
    let seconds = load.elapsed.as_secs_f64();
    let grown = peak.saturating_sub(before) as f64 / (1 << 20) as f64;
    let one = |what, unit, figure: f64| Line::new(what, unit, [figure].into_iter().collect());
    let p99 = load.latencies.percentile(99);
    Ok(Section {
        title: "Overload".to_owned(),
        how: format!(
            "Up to {CALLERS} callers, each with one event under way on a connection of its own, for \
             {seconds:.1} seconds. Who is turned away asks again after {AGAIN:.0?}, far sooner than \
             told. Any answer but `201`, and `503` with `Retry-After`, ends the measurement. In the \
             end every event that was acknowledged was looked for in the feed and found once."
        ),
        lines: vec![
            one("recorded", "events/s", recorded.len() as f64 / seconds),
            one("turned away", "requests/s", turned_away / seconds),
            one("recording what was not turned away: p50", "ms", load.latencies.percentile(50)),
            one("recording what was not turned away: p99", "ms", p99),
            one("memory grown by, at most", "MiB", grown),
        ],
        targets: vec![Target::at_least("requests turned away", 1.0, Some(turned_away))],
        ..Section::default()
    })
}

/// One who records, and does not wait for as long as told.
struct Caller<'a> {
    connection: Connection,
    address: SocketAddr,
    key: &'a str,
    counts: &'a Counts,
}

impl Caller<'_> {
    /// Sends a lane, each event until it is acknowledged or the time is over; says how long the
    /// requests took that were not turned away.
    async fn call(mut self, lane: &[Event], end: &End) -> anyhow::Result<Latencies> {
        let (mut latencies, mut request) = (Latencies::default(), Vec::new());
        for event in lane {
            post(&mut request, self.address, self.key, &[&event.text]);
            loop {
                if end.is_reached() {
                    return Ok(latencies);
                }
                let sent = Instant::now();
                let answer = self.connection.exchange(&request).await?;
                match (answer.status, answer.has_retry_after) {
                    (201, _) => break latencies.add(sent.elapsed()),
                    (503, true) => self.counts.turned_away.update(|count| count + 1),
                    (status, _) => bail!("{status}: {}", String::from_utf8_lossy(answer.body)),
                }
                tokio::time::sleep(AGAIN).await;
            }
            self.counts.recorded.borrow_mut().insert(event.id.clone());
        }
        Ok(latencies)
    }
}
