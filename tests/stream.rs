//! Following the log through a bad line: every event of one's own, once and in order.

use std::io::BufRead;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::*;

/// How hard it is tried: a little here, in full where the long proofs are asked for.
#[derive(Clone, Copy)]
struct Trial {
    readers: usize,
    /// Those of them who follow the whole log; each of the others follows one corridor.
    unfiltered: usize,
    seconds: u64,
    events_per_second: u64,
    /// After how many lines of its stream a reader loses its connection, on average.
    lines_per_cut: u64,
}

impl Trial {
    fn asked_for() -> Trial {
        let full = Trial {
            readers: 500,
            unfiltered: 10,
            seconds: 60,
            events_per_second: 2_000,
            lines_per_cut: 600,
        };
        let short =
            Trial { readers: 40, seconds: 3, events_per_second: 500, lines_per_cut: 60, ..full };
        if std::env::var_os("CAUSEWAY_LONG").is_some() { full } else { short }
    }

    fn corridors(self) -> usize {
        self.readers - self.unfiltered
    }

    /// Which corridor a reader follows, if it is one.
    fn corridor_of(self, reader: usize) -> Option<usize> {
        (reader < self.corridors()).then_some(reader)
    }

    fn reader(self, number: usize, seed: u64) -> Reader {
        let (path, lasts) = match self.corridor_of(number) {
            Some(one) => (format!("/v1/events/stream?subject=corridor/c-{one}"), 1),
            None => ("/v1/events/stream".to_owned(), self.corridors()),
        };
        let chance = Chance(seed.wrapping_mul(number as u64 + 1));
        Reader { path, lasts, lines_per_cut: self.lines_per_cut, chance }
    }
}

/// A reader on a bad line.
struct Reader {
    path: String,
    /// How many corridors it has to hear the last word of.
    lasts: usize,
    lines_per_cut: u64,
    chance: Chance,
}

/// What one reader was told, and how often it lost its connection.
#[derive(Default)]
struct Told {
    positions: Vec<u64>,
    cuts: usize,
}

/// A small source of chance that can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What stands in the last event on every corridor.
const LAST: &str = r#""note":"the last""#;

impl Reader {
    /// Reads, is cut off between any two lines and goes on behind the last id, until it has heard
    /// every last word.
    fn follow(&mut self, world: &World, key: &str) -> Told {
        let (mut told, mut last_seen) = (Told::default(), None);
        while self.lasts > 0 {
            let lines = 1 + self.chance.below(2 * self.lines_per_cut) as usize;
            let (mut id, mut data) = (None, String::new());
            for line in world.follow(key, &self.path, last_seen).lines().take(lines) {
                let line = line.unwrap();
                match line.split_once(": ") {
                    Some(("id", position)) => id = Some(position.parse().unwrap()),
                    Some(("data", event)) => data = event.to_owned(),
                    Some(("", _)) => panic!("silence before the last word"),
                    Some(_) => {}
                    None => {
                        last_seen = id.or(last_seen);
                        self.take(&std::mem::take(&mut data), id, &mut told);
                    }
                }
                if self.lasts == 0 {
                    return told;
                }
            }
            told.cuts += 1;
        }
        told
    }

    /// Takes a block's data, if it is an event.
    fn take(&mut self, data: &str, id: Option<u64>, told: &mut Told) {
        let Some((_, sequence)) = data.rsplit_once(r#","sequence":""#) else { return };
        let position = sequence.trim_end_matches("\"}").parse().unwrap();
        assert_eq!(Some(position), id, "the id is the position");
        told.positions.push(position);
        self.lasts -= usize::from(data.contains(LAST));
    }
}

fn report(corridor: usize, time: &str) -> Value {
    status(&format!("c-{corridor}"), time, "open")
}

/// What the writers have on record so far: the positions on each corridor.
type Recorded = Vec<Mutex<Vec<u64>>>;

/// Records an event on each of `corridors`, in one request.
fn send(
    world: &World,
    key: &str,
    recorded: &Recorded,
    corridors: &[usize],
    event: impl Fn(usize) -> Value,
) {
    let events: Vec<Value> = corridors.iter().map(|corridor| event(*corridor)).collect();
    let answer = world.send(key, &Value::Array(events)).json();
    for (corridor, result) in corridors.iter().zip(answer["results"].as_array().unwrap()) {
        let sequence = result["receipt"]["sequence"].as_str();
        let sequence = sequence.unwrap_or_else(|| panic!("{result}"));
        recorded[*corridor].lock().unwrap().push(sequence.parse().unwrap());
    }
}

/// Writes at a steady rate, ten events at a time, and ends with a last word on each corridor.
fn write(world: &World, key: &str, trial: Trial) -> Vec<Vec<u64>> {
    const BATCH: usize = 10;
    const WRITERS: usize = 8;
    let recorded: Recorded = (0..trial.corridors()).map(|_| Mutex::default()).collect();
    let everywhere: Vec<usize> = (0..trial.corridors()).collect();
    send(world, key, &recorded, &everywhere, |one| corridor(&format!("c-{one}")));
    let batches = (trial.seconds * trial.events_per_second) as usize / BATCH;
    let began = Instant::now();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let recorded = &recorded;
            scope.spawn(move || {
                for first in (writer..batches).step_by(WRITERS).map(|batch| batch * BATCH) {
                    let due = first as f64 / trial.events_per_second as f64;
                    std::thread::sleep(
                        Duration::from_secs_f64(due).saturating_sub(began.elapsed()),
                    );
                    let some: Vec<usize> =
                        (first..first + BATCH).map(|at| at % trial.corridors()).collect();
                    send(world, key, recorded, &some, |one| report(one, "2026-02-01T00:00:00Z"));
                }
            });
        }
    });
    eprintln!("{} events in {:.1?}", batches * BATCH, began.elapsed());
    send(world, key, &recorded, &everywhere, |one| {
        let mut last = report(one, "2026-03-01T00:00:00Z");
        last["data"]["note"] = "the last".into();
        last
    });
    let in_order = |positions: Mutex<Vec<u64>>| {
        let mut positions = positions.into_inner().unwrap();
        positions.sort_unstable();
        positions
    };
    recorded.into_iter().map(in_order).collect()
}

/// How long a process has been at work.
fn processor_seconds(process: u32) -> f64 {
    let ticks = contents(format!("/proc/{process}/stat").as_ref());
    let ticks = ticks.rsplit_once(") ").unwrap().1.split(' ').skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

#[test]
fn every_reader_sees_every_event_of_its_own_once_and_in_order() {
    let trial = Trial::asked_for();
    let world = World::start();
    let [writer, reader] = ["reporter", "auditor"].map(|role| world.key("icrc", role));
    let seed = u64::from(std::process::id()) | 1;
    let told: Vec<Mutex<Told>> = (0..trial.readers).map(|_| Mutex::default()).collect();
    let positions = std::thread::scope(|scope| {
        for (number, told) in told.iter().enumerate() {
            let (world, reader) = (&world, &reader);
            scope.spawn(move || {
                *told.lock().unwrap() = trial.reader(number, seed).follow(world, reader);
            });
        }
        write(&world, &writer, trial)
    });
    let mut all: Vec<u64> = positions.iter().flatten().copied().collect();
    all.sort_unstable();
    let told: Vec<Told> = told.into_iter().map(|told| told.into_inner().unwrap()).collect();
    for (number, told) in told.iter().enumerate() {
        let expected = trial.corridor_of(number).map_or(&all, |corridor| &positions[corridor]);
        assert!(
            told.positions == *expected,
            "reader {number}, chance {seed}: {:?}",
            told.positions
        );
    }
    let cuts: usize = told.iter().map(|told| told.cuts).sum();
    assert!(cuts > trial.readers / 10, "only {cuts} cuts");
    let deliveries: usize = told.iter().map(|told| told.positions.len()).sum();
    let busy = processor_seconds(world.process());
    eprintln!("{} recorded, {deliveries} delivered, {cuts} cuts, {busy} s at work", all.len());
}

#[test]
fn a_service_that_stops_ends_its_streams() {
    let world = World::start();
    let key = world.key("icrc", "reporter");
    world.record(&key, &corridor("north"));
    let mut lines = world.follow(&key, "/v1/events/stream", None).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == r#"data: {"position":0}"#));
    let began = Instant::now();
    assert_eq!(world.stop(), Some(0));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(lines.collect::<String>(), "", "it ends well, and nothing more is told");
}
