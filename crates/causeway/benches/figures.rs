//! What figures cost a reader: GET /v1/indicators over HTTP, for the whole period of the
//! demonstration and for twelve months of a million events. Beside it, in the same run, what has
//! to be done to have the same events in memory at all: the record rebuilt from the log.
//!
//! Every request asks about another moment, so that none is answered from what is known already.

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use causeway_log::Log;
use causeway_log::disk::{Disk, Options};
use causeway_service::keys::Role;
use causeway_service::{Sealing, Service, replay};
use serde_json::json;
use uuid::Uuid;

use support::Server;

const MILLION: usize = 1_000_000;
/// Events in a batch.
const BATCH: usize = 5_000;
const CORRIDORS: usize = 40;
const CONSTRAINTS: usize = 2_000;

fn main() {
    let record = include_str!("../demo/lachin.ndjson");
    // Nobody assesses what their own key recorded; here nobody asks how well it is verified.
    let record: Vec<String> = record
        .lines()
        .filter(|line| !line.contains(r#""type":"report.assessed.v1""#))
        .map(str::to_owned)
        .collect();
    measure("the demonstration", &record, "2022-12-12T00:00:00Z", "2023-09-24T00:00:00Z", 300);
    let country: Vec<String> = (0..MILLION).map(country).collect();
    measure("a million events", &country, "2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z", 100);
}

/// Prints what the figures of a period cost, asked for so many times.
fn measure(name: &str, events: &[String], from: &str, to: &str, requests: usize) {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a scratch folder");
    let log = Disk::open(&scratch.path().join("log"), Options::default()).expect("a new log");
    let service = Service::open(Box::new(log), Sealing::passing(), |_| {}).expect("a new record");
    let server = Server::start(service.clone(), scratch.path(), Role::Admin);
    for batch in events.chunks(BATCH) {
        server.post(&batch.join("\n"));
    }
    let mut took: Vec<Duration> =
        (0..requests).map(|number| ask(&server, from, to, number)).collect();
    took.sort();
    server.stop();
    service.stop();
    drop(service);
    let rebuilt = rebuild(scratch.path());
    let at = |share: usize| took[(requests * share).div_ceil(100) - 1];
    println!("{name}, {} events, {from} to {to}, {requests} requests:", events.len());
    println!("  GET /v1/indicators: p50 {:.1?}, p99 {:.1?}", at(50), at(99));
    println!("  the record rebuilt from the log: {rebuilt:.1?}");
    println!("  p99 / rebuilt: {:.2}", at(99).as_secs_f64() / rebuilt.as_secs_f64());
}

/// How long one answer takes, about a moment of its own.
fn ask(server: &Server, from: &str, to: &str, number: usize) -> Duration {
    let (hour, minute) = (number / 60, number % 60);
    let url = format!(
        "{}/v1/indicators?from={from}&to={to}&effective_at=2024-02-01T{hour:02}:{minute:02}:00Z",
        server.url
    );
    let started = Instant::now();
    let get = server.agent.get(url).header("authorization", &server.authorization);
    let answer = get.call().expect("an answer").into_body().read_to_vec().expect("figures");
    assert!(answer.starts_with(b"{\"as_of\""));
    started.elapsed()
}

fn rebuild(folder: &Path) -> Duration {
    let log = Disk::open(&folder.join("log"), Options::default()).expect("the log of before");
    let started = Instant::now();
    drop(replay::rebuild(&*log.reader(), |_| {}).expect("a sound log"));
    started.elapsed()
}

/// One event of a country's year: of twenty, five are about corridors, two about constraints, ten
/// about deliveries, five to each, two about incidents, one about people on the move.
fn country(number: usize) -> String {
    let (round, part) = (number / 20, number % 20);
    let scattered = round.wrapping_mul(0x9E37_79B9);
    let minutes = number * 525 / 1_000;
    let (month, day) = (minutes / 43_800 + 1, minutes / 1_440 % 28 + 1);
    let time = format!("2023-{month:02}-{day:02}T{:02}:{:02}:00Z", minutes / 60 % 24, minutes % 60);
    let (subject, type_name, data) = match part {
        0..=4 => corridor(round * 5 + part),
        5..=6 => constraint(round * 2 + part - 5),
        7..=16 => delivery(round * 2 + (part - 7) / 5, (part - 7) % 5),
        17..=18 => {
            let harm = json!([{"role": "civilian", "killed": round % 3, "injured": round % 5}]);
            let data = json!({"kind": "shelling", "category": "VIO", "title": "Shots", "harm": harm,
                "corridors": [format!("road-{}", scattered % CORRIDORS)]});
            (format!("incident/shots-{number}"), "incident.reported", data)
        }
        _ => {
            let data = json!({"kind": "displacement", "persons": round % 500});
            (format!("movement/people-{round}"), "movement.reported", data)
        }
    };
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
    json!({
        "specversion": "1.0",
        "id": id,
        "type": format!("{type_name}.v1"),
        "subject": subject,
        "time": time,
        "dataclassification": "public",
        "data": data,
    })
    .to_string()
}

type Told = (String, &'static str, serde_json::Value);

fn corridor(number: usize) -> Told {
    let subject = format!("corridor/road-{}", number.wrapping_mul(0x9E37_79B9) % CORRIDORS);
    if number < CORRIDORS {
        let subject = format!("corridor/road-{number}");
        return (subject, "corridor.registered", json!({"names": {"en": "A road"}}));
    }
    let status = ["open", "restricted", "closed"][number / 7 % 3];
    let data = json!({
        "status": status,
        "traffic": ["humanitarian_cargo", "medical_evacuation"],
        "source": {"kind": "partner_agency", "by": format!("ngo-{}", number % 30), "credibility": 2},
    });
    (subject, "corridor.status_reported", data)
}

fn constraint(number: usize) -> Told {
    let subject = format!("constraint/bar-{}", number % CONSTRAINTS);
    if number < CONSTRAINTS {
        let kind = if number.is_multiple_of(10) { "blockade" } else { "checkpoint_regime" };
        let road = format!("road-{}", number % CORRIDORS);
        let data = json!({"kind": kind, "category": "RMI", "title": "A bar", "corridors": [road]});
        return (subject, "constraint.reported", data);
    }
    let names = ["constraint.lifted", "constraint.resumed", "constraint.tightened"];
    (subject, names[number / CONSTRAINTS % 3], json!({}))
}

fn delivery(number: usize, step: usize) -> Told {
    let subject = format!("delivery/convoy-{number}");
    let line = |value: usize| json!([{"line": "food", "quantity": {"value": value.to_string(), "unit": "t"}}]);
    let (name, data) = match step {
        0 => {
            let consignment = json!([{"line": "food", "item": "Wheat flour",
                "quantity": {"value": "20", "unit": "t"}}]);
            let road = format!("road-{}", number % CORRIDORS);
            let data = json!({"organisation": format!("ngo-{}", number % 30), "corridor": road,
                "destination": {"name": "Town"}, "trucks": 4, "consignment": consignment});
            ("delivery.planned", data)
        }
        1 => ("delivery.clearance_requested", json!({"authority": "ministry"})),
        2 if number.is_multiple_of(9) => ("delivery.held", json!({})),
        2 => ("delivery.clearance_granted", json!({"authority": "ministry"})),
        3 => ("delivery.dispatched", json!({"trucks": 4, "lines": line(20)})),
        _ => ("delivery.arrived", json!({"trucks": 4, "lines": line(18 + number % 3)})),
    };
    (subject, name, data)
}
