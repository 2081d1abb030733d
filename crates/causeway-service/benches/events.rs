//! Bytes to events and back. Beside it the least that reading the same bytes can cost: serde into
//! plain strings, once with the data left as it stands.
//!
//! Rounds of each alternate, so that all meet the same machine; the median of them counts.

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use causeway_domain::event::{self, Event, Submitted};
use causeway_service::stored::{self, Additions, Sent};
use serde::Deserialize;
use serde_json::value::RawValue;
use tikv_jemallocator::Jemalloc;

/// As in the executable.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

const ROUNDS: usize = 9;
/// Events in a round.
const EVENTS: usize = 20_000;

/// A report as field staff send it.
const REPORT: &str = r#"{"specversion":"1.0","id":"0192c7c8-6d2e-7a31-9d41-0f3c6a1be002","source":"/orgs/icrc/devices/field-7","type":"corridor.status_reported.v1","subject":"corridor/road-17","time":"2023-06-15T13:19:00+04:00","dataclassification":"public","data":{"status":"closed","direction":"both","traffic":["humanitarian_cargo","medical_evacuation"],"source":{"kind":"partner_agency","by":"drc","reliability":"B","credibility":2,"url":"https://example.org/situation/1719"},"note":"17 trucks wait at the bridge since the morning, the drivers say that nobody has told them why and that water is short"}}"#;

fn main() {
    println!("a report of {} bytes", REPORT.len());
    measure(&[REPORT.to_owned()]);
    let golden = golden();
    println!("one of every type, {} bytes on average", golden.concat().len() / golden.len());
    measure(&golden);
}

/// An event of every type, as it is stored.
fn golden() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    let files = fs::read_dir(folder).expect("golden files");
    let text = |file: fs::DirEntry| fs::read_to_string(file.path()).expect("a file");
    files.map(|file| text(file.expect("a file")).trim().to_owned()).collect()
}

/// One event in each of its forms.
struct Forms {
    sent: String,
    kept: Sent,
    event: Event,
    stored: String,
}

impl Forms {
    fn of(sent: &str, additions: &Additions) -> Forms {
        let submitted = event::parse(sent).expect("an event");
        let stamped = format!(
            r#"{{"recordedtime":"{}","recordedby":"{}",{}"#,
            additions.recorded,
            additions.recorded_by,
            &sent[1..]
        );
        let complete = if sent.contains("recordedtime") { sent } else { &stamped };
        let event = stored::decode(complete.as_bytes()).expect("an event").event;
        let Submitted { data, correlation, causation, .. } = submitted;
        let kept = Sent { data, correlation, causation };
        let stored = stored::encode(&event, &kept, additions);
        let stored = String::from_utf8(stored).expect("JSON");
        Forms { sent: sent.to_owned(), kept, event, stored }
    }
}

/// What is measured of one event.
type Step<'s> = &'s dyn Fn(&Forms);

fn measure(sent: &[String]) {
    let additions = Additions {
        recorded: "2026-11-22T10:00:00.000011Z".parse().expect("a time"),
        imported: None,
        recorded_by: "00000000abcdef01234567890000000b".parse().expect("an id"),
        nonce: "AAAAAAAAAAAAAAAAAAAA11".to_owned(),
    };
    let all: Vec<Forms> = sent.iter().map(|text| Forms::of(text, &additions)).collect();
    let steps: [(&str, Step<'_>); 5] = [
        ("serde, all plain strings", &|one| {
            keep(serde_json::from_str::<Plain<Report>>(&one.stored));
        }),
        ("serde, the data left as it stands", &|one| {
            keep(serde_json::from_str::<Plain<Box<RawValue>>>(&one.stored));
        }),
        ("parse, as a client sends it", &|one| keep(event::parse(&one.sent))),
        ("decode, as it is stored", &|one| keep(stored::decode(one.stored.as_bytes()))),
        ("encode", &|one| {
            drop(black_box(stored::encode(&one.event, &one.kept, &additions)));
        }),
    ];
    let mut rounds = steps.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (times, (_, step)) in rounds.iter_mut().zip(&steps) {
            times.push(nanoseconds(&all, step));
        }
    }
    let medians = rounds.map(median);
    for ((name, _), one) in steps.iter().zip(medians) {
        println!("{name:>36}: {one:5.0} ns/event, {:.2} × plain", one / medians[0]);
    }
}

/// The attributes as plain strings.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read only to see how long that takes")]
struct Plain<Data> {
    id: String,
    source: Option<String>,
    r#type: String,
    subject: String,
    time: String,
    recordedtime: Option<String>,
    recordedby: Option<String>,
    dataclassification: Option<String>,
    nonce: Option<String>,
    data: Data,
}

/// What a report says, as plain strings.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read only to see how long that takes")]
struct Report {
    status: Option<String>,
    direction: Option<String>,
    traffic: Option<Vec<String>>,
    source: Option<Source>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read only to see how long that takes")]
struct Source {
    kind: String,
    by: Option<String>,
    reliability: Option<String>,
    credibility: Option<u8>,
    url: Option<String>,
}

fn nanoseconds(all: &[Forms], step: &dyn Fn(&Forms)) -> f64 {
    let started = Instant::now();
    (0..EVENTS).for_each(|number| step(&all[number % all.len()]));
    started.elapsed().as_nanos() as f64 / EVENTS as f64
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn keep<T, E: std::fmt::Debug>(read: Result<T, E>) {
    drop(black_box(read.expect("an event")));
}
