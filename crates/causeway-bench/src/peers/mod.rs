//! Who else records events durably, each over its own protocol, with the same bytes.

pub mod bare;
pub mod http;
pub mod message_db;
pub mod nats;
pub mod postgres;
pub mod redis;
pub mod umadb;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use futures_util::future::try_join_all;

use message_db::MessageDb;
use nats::Nats;
use postgres::{Plain, Server};
use redis::Redis;
use umadb::Uma;

use crate::load::{End, Latencies, Load, on_this_thread, together};
use crate::process::output_of;
use crate::year::{Event, Year};

/// Who records at the same time.
pub const PRODUCERS: usize = 64;
/// Events that each producer has at least.
const LEAST: u64 = 4;

/// How long a store may take to start.
const LISTENS_WITHIN: Duration = Duration::from_secs(30);

/// Stores of others that could be started, and why others could not.
pub struct Others {
    /// Those that can be measured.
    pub running: Vec<Box<dyn Contestant>>,
    /// Name and reason of each that cannot.
    pub missing: Vec<String>,
}

impl Others {
    /// Starts whatever is installed, each in a folder of its own below `scratch`. `installed` is
    /// where the script `setup` has put what the system has no package of.
    pub fn start(scratch: &Path, installed: &Path) -> anyhow::Result<Others> {
        fs::create_dir(scratch)?;
        let mut others = Others { running: Vec::new(), missing: Vec::new() };
        match Server::start(&scratch.join("postgres")).map(Rc::new) {
            Ok(server) => {
                let package = installed.join("message-db");
                others.add("PostgreSQL", Plain::new(Rc::clone(&server)));
                others.add("message-db", MessageDb::install(server, &package));
            }
            Err(error) => {
                others.missing.push(format!("PostgreSQL, and message-db on it: {error:#}"));
            }
        }
        others.add("UmaDB", Uma::start(&installed.join("bin/umadb"), &scratch.join("umadb")));
        others.add("Redis", Redis::start(&scratch.join("redis")));
        let nats = installed.join("bin/nats-server");
        others.add("NATS JetStream", Nats::start(&nats, &scratch.join("nats")));
        Ok(others)
    }

    fn add(&mut self, name: &str, started: anyhow::Result<impl Contestant + 'static>) {
        match started {
            Ok(contestant) => self.running.push(Box::new(contestant)),
            Err(error) => self.missing.push(format!("{name}: {error:#}")),
        }
    }
}

/// Keeps events for good.
pub trait Recorder {
    /// One who sends it events.
    type Producer: Producer;

    /// What it is called, version included.
    fn name(&self) -> String;

    /// Somebody new who sends it events.
    async fn producer(&self) -> anyhow::Result<Self::Producer>;
}

/// Sends events, one group after the other.
pub trait Producer {
    /// Sends a group; when it returns, all of it is safe, as far as the recorder promises.
    async fn record(&mut self, events: &[Event]) -> anyhow::Result<()>;
}

/// Who can be measured beside others.
pub trait Contestant {
    /// What it is called.
    fn name(&self) -> String;

    /// Records for as long as the course says.
    fn run(&self, course: &Course) -> anyhow::Result<Load>;
}

impl<R: Recorder> Contestant for R {
    fn name(&self) -> String {
        Recorder::name(self)
    }

    fn run(&self, course: &Course) -> anyhow::Result<Load> {
        on_this_thread(async {
            let producers = try_join_all(course.lanes.iter().map(|_| self.producer())).await?;
            let end = End::after(course.time);
            let lanes = producers.into_iter().zip(&course.lanes);
            together(lanes.map(|(producer, lane)| send(producer, lane, course.group, &end))).await
        })
    }
}

/// How much is sent in a round.
pub struct Size {
    /// How many send.
    pub producers: usize,
    /// Events that are sent together.
    pub group: usize,
    /// For how long.
    pub time: Duration,
    /// Events made for each second, more than anybody is expected to record.
    pub events_a_second: u64,
}

/// What everybody sends in a round.
pub struct Course {
    /// For each producer its events.
    lanes: Vec<Vec<Event>>,
    group: usize,
    time: Duration,
}

impl Course {
    /// A round with events that no other round has. A lane whose events are all sent ends it.
    pub fn new(round: u64, size: &Size) -> Course {
        let Size { producers, group, time, events_a_second } = *size;
        let events = (time.as_secs_f64() * events_a_second as f64) as u64;
        let events = events.max(LEAST * (producers * group) as u64);
        // Assessments come from another key, so they would make small groups.
        let year = Year::new(&format!("g{group}r{round}"), 1 + round + group as u64, events);
        let events = year.filter(|event| group == 1 || !event.assesses);
        Course { lanes: lanes(events, producers), group, time }
    }
}

/// For each of so many producers its events, in order; those on one subject are all in one lane.
pub fn lanes(events: impl Iterator<Item = Event>, producers: usize) -> Vec<Vec<Event>> {
    let mut lanes = vec![Vec::new(); producers];
    for event in events {
        lanes[lane_of(&event.subject, producers)].push(event);
    }
    lanes
}

fn lane_of(subject: &str, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    (hasher.finish() % lanes as u64) as usize
}

/// What a program says of its version with `--version`, which is its last word.
fn version_of(program: &Path) -> anyhow::Result<String> {
    let said = output_of(Command::new(program).arg("--version"))?;
    Ok(said.split_whitespace().next_back().unwrap_or_default().to_owned())
}

/// Waits until something listens.
fn wait_for(address: SocketAddr) -> anyhow::Result<()> {
    let started = Instant::now();
    while let Err(error) = TcpStream::connect(address) {
        ensure!(started.elapsed() < LISTENS_WITHIN, "nothing listens on {address}: {error}");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

async fn send(
    mut producer: impl Producer,
    lane: &[Event],
    group: usize,
    end: &End,
) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for events in lane.chunks_exact(group) {
        if end.is_reached() {
            return Ok(latencies);
        }
        let sent = Instant::now();
        producer.record(events).await?;
        latencies.add(sent.elapsed());
    }
    end.come_early();
    Ok(latencies)
}
