//! The straight line, whole: batches in over HTTP until they are durable, and the record rebuilt
//! from the log. Beside it the least that durable can cost: the same bytes appended to a plain
//! file, with one `fdatasync` a batch.
//!
//! Rounds of each alternate, so that both meet the same machine; the median of them counts.

mod support;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use causeway_log::Log;
use causeway_log::disk::{Disk, Options};
use causeway_service::keys::Role;
use causeway_service::{Sealing, Service, replay};
use uuid::Uuid;

use support::Server;

const ROUNDS: usize = 5;
/// Batches in a round.
const BATCHES: usize = 60;
/// Events in a batch.
const BATCH: usize = 1_000;
/// Clients that send at the same time.
const CLIENTS: usize = 4;
/// Corridors that the reports speak of.
const CORRIDORS: usize = 200;

fn main() {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a scratch folder");
    let log = Disk::open(&scratch.path().join("log"), Options::default()).expect("a new log");
    let service = Service::open(Box::new(log), Sealing::passing(), |_| {}).expect("a new record");
    let server = Server::start(service.clone(), scratch.path(), Role::Reporter);
    server.post(&corridors());

    let rounds: Vec<_> = (0..ROUNDS).map(|round| measure(&server, scratch.path(), round)).collect();
    let posted = median(rounds.iter().map(|round| round.0));
    let plain = median(rounds.iter().map(|round| round.1));
    let [writer, notary] = ["writer", "notary"].map(processor_time);
    server.stop();
    service.stop();
    drop(service);
    let rebuilt = median((0..ROUNDS).map(|_| rebuild(scratch.path())));

    println!("an event as sent: {} bytes", batch(0, 0).len() / BATCH);
    println!("durable over HTTP, batches of {BATCH}, {CLIENTS} clients: {posted:.0} events/s");
    println!("plain file and fdatasync, the same bytes: {plain:.0} events/s");
    println!("durable over HTTP / plain file: {:.2}", posted / plain);
    println!("processor time of the writer {writer:.1?}, of the notary beside it {notary:.2?}");
    println!("notary / writer: {:.2}", notary.as_secs_f64() / writer.as_secs_f64());
    println!("log to all views: {rebuilt:.0} events/s");
    println!("log to all views / durable over HTTP: {:.1}", rebuilt / posted);
}

/// Events per second over HTTP, and into a plain file.
fn measure(server: &Server, folder: &Path, round: usize) -> (f64, f64) {
    let batches: Vec<String> = (0..BATCHES).map(|number| batch(round, number)).collect();
    let started = Instant::now();
    thread::scope(|scope| {
        for share in batches.chunks(BATCHES.div_ceil(CLIENTS)) {
            scope.spawn(|| share.iter().for_each(|batch| server.post(batch)));
        }
    });
    let posted = started.elapsed();

    let mut file = File::create(folder.join("plain")).expect("a new file");
    let started = Instant::now();
    for batch in &batches {
        file.write_all(batch.as_bytes()).expect("room");
        file.sync_data().expect("a sound disk");
    }
    (rate(posted), rate(started.elapsed()))
}

fn rate(elapsed: Duration) -> f64 {
    (BATCHES * BATCH) as f64 / elapsed.as_secs_f64()
}

/// Events per second from the log to all views.
fn rebuild(folder: &Path) -> f64 {
    let log = Disk::open(&folder.join("log"), Options::default()).expect("the log of before");
    let reader = log.reader();
    let started = Instant::now();
    let record = replay::rebuild(&*reader, |_| {}).expect("a sound log");
    let elapsed = started.elapsed();
    assert_eq!(record.snapshot.chronicle.len(), reader.len());
    reader.len() as f64 / elapsed.as_secs_f64()
}

/// How long the threads of this name have had a processor: those that one has started, too.
fn processor_time(name: &str) -> Duration {
    let tasks = fs::read_dir("/proc/self/task").expect("a system that shows its threads");
    let time = |task: PathBuf| {
        let comm = fs::read_to_string(task.join("comm")).ok()?;
        let stat = fs::read_to_string(task.join("schedstat")).ok()?;
        let nanoseconds = stat.split(' ').next()?.parse().ok()?;
        (comm.trim_end() == name).then_some(Duration::from_nanos(nanoseconds))
    };
    tasks.filter_map(|task| time(task.ok()?.path())).sum()
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn corridors() -> String {
    let lines = (0..CORRIDORS).map(|number| {
        format!(
            r#"{{"specversion":"1.0","type":"corridor.registered.v1","subject":"corridor/road-{number}","time":"2023-01-01T00:00:00Z","data":{{"names":{{"en":"Road {number}"}}}}}}"#
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A batch of reports, each with ids and times of its own.
fn batch(round: usize, number: usize) -> String {
    let first = (round * BATCHES + number) * BATCH;
    (first..first + BATCH).map(report).collect::<Vec<_>>().join("\n")
}

fn report(number: usize) -> String {
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
    let corridor = number.wrapping_mul(0x9E37_79B9) % CORRIDORS;
    let status = ["open", "restricted", "closed"][number % 3];
    let (day, hour, minute) = (number / 1_440 % 28 + 1, number / 60 % 24, number % 60);
    let trucks = number % 40;
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/orgs/icrc/devices/field-{}","type":"corridor.status_reported.v1","subject":"corridor/road-{corridor}","time":"2023-06-{day:02}T{hour:02}:{minute:02}:00+04:00","dataclassification":"public","data":{{"status":"{status}","direction":"both","traffic":["humanitarian_cargo","medical_evacuation"],"source":{{"kind":"partner_agency","by":"drc","reliability":"B","credibility":2,"url":"https://example.org/situation/{number}"}},"note":"{trucks} trucks wait at the bridge since the morning, the drivers say that nobody has told them why and that water is short"}}}}"#,
        number % 16
    )
}
