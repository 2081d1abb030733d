//! What was believed on some day about some other day, of the road with most reports.

use std::time::Instant;

use anyhow::ensure;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{Place, clear, say};
use crate::http::Connection;
use crate::load::{End, Latencies, Load, on_this_thread, together};
use crate::report::{Figures, Line, Section, Target};
use crate::service::{Record, Service, get};
use crate::year::{NORTHERN_ROAD_REPORTS, Year, northern_road_reports, recorded_between, road};

/// Who asks at the same time.
const READERS: usize = 4;

/// A read model at any past time.
pub fn past(place: &Place) -> anyhow::Result<Section> {
    say("reads of the past");
    let folder = place.folder("past");
    let record = Record::make(&place.causeway, &folder)?;
    let events = place.extent.events;
    let reports = northern_road_reports(events);
    record.fill(Year::new("", 1, events).into_history())?;
    let service = record.serve()?;
    let (mut rates, mut p50, mut p99) =
        (Figures::default(), Figures::default(), Figures::default());
    for round in 0..place.extent.rounds {
        let end = End::after(place.extent.time);
        let mut load = on_this_thread(read(&service, &record.keys.auditor, round, &end))?;
        rates.add(load.rate());
        p50.add(load.latencies.percentile(50));
        p99.add(load.latencies.percentile(99));
    }
    drop(service);
    clear(&folder);
    let how = format!(
        "`GET /v1/corridors/{}` in a record of {events} events, {reports} of them on \
         this road; each request with an `effective_at` and a `known_at` of its own, anywhere in the \
         year, on {READERS} connections.",
        road("", 0)
    );
    let found = (reports == NORTHERN_ROAD_REPORTS).then(|| p99.median());
    let targets = vec![Target::at_most("10,000 reports: p99, ms", 5.0, found)];
    let lines = vec![
        Line::new("Causeway", "answers/s", rates),
        Line::new("Causeway: p50", "ms", p50),
        Line::new("Causeway: p99", "ms", p99),
    ];
    let title = "A read model at any past time".to_owned();
    Ok(Section { title, how, lines, targets, ..Section::default() })
}

/// Reads the northern road at random times until the end.
pub async fn read(service: &Service, key: &str, seed: u64, end: &End) -> anyhow::Result<Load> {
    together((0..READERS as u64).map(async |reader| {
        let mut chance = fastrand::Rng::with_seed(seed * 1_000 + reader);
        let mut connection = Connection::open(service.address).await?;
        let mut latencies = Latencies::default();
        while !end.is_reached() {
            let [effective_at, known_at] = [(); 2].map(|()| moment(&mut chance));
            let road = road("", 0);
            let path =
                format!("/v1/corridors/{road}?effective_at={effective_at}&known_at={known_at}");
            let request = get(service.address, &path, key, "");
            let sent = Instant::now();
            let answer = connection.exchange(&request).await?;
            latencies.add(sent.elapsed());
            let said = || String::from_utf8_lossy(answer.body);
            // At the very beginning of the year the road is not known yet.
            ensure!(matches!(answer.status, 200 | 404), "{path}: {}: {}", answer.status, said());
        }
        Ok(latencies)
    }))
    .await
}

fn moment(chance: &mut fastrand::Rng) -> String {
    let (first, last): (DateTime<Utc>, DateTime<Utc>) = recorded_between();
    let time = first + TimeDelta::seconds(chance.i64(0..(last - first).num_seconds()));
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
