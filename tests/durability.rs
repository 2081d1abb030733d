//! Killed, stopped, filled up, started twice: what was acknowledged is there, once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tempfile::TempDir;
use uuid::Uuid;

use crate::world::*;

const CLIENTS: u64 = 64;

/// Rounds of killing: a few here, two hundred where the long proofs are asked for.
fn rounds() -> u64 {
    if std::env::var_os("CAUSEWAY_LONG").is_some() { 200 } else { 3 }
}

/// The event that client `client` sends as its `number`th in `round`.
fn report(round: u64, client: u64, number: u64) -> Value {
    let id = Uuid::from_u64_pair(round << 32 | client, number | 1 << 63);
    let time = format!("2026-02-01T00:{:02}:{:02}Z", client % 60, number % 60);
    with(status("north", &time, "open"), "id", id.to_string())
}

/// What a client sent, and what of it was acknowledged.
#[derive(Default)]
struct Told {
    sent: Vec<Value>,
    acknowledged: BTreeMap<String, Value>,
}

/// The checkpoints that were served: the root for each size.
type Served = BTreeMap<u64, String>;

/// Reads checkpoints until nobody answers any more.
fn read_checkpoints(world: &World) -> Served {
    let mut served = Served::new();
    while let Ok(checkpoint) = world.try_get("/log/checkpoint") {
        let mut lines = checkpoint.text().lines().skip(1).map(str::to_owned);
        let size = lines.next().unwrap().parse().unwrap();
        let root = lines.next().unwrap();
        let before = served.insert(size, root.clone());
        assert!(before.is_none_or(|before| before == root), "two roots of {size} entries");
    }
    served
}

/// Every checkpoint that was ever served leads to the last one.
fn assert_consistent(world: &World, served: &Served) {
    for (size, root) in served {
        let shown = world.get(&format!("/v1/log/consistency?from={size}"));
        assert_eq!(shown.status, 200, "{}", shown.text());
        assert_eq!(shown.json()["from"]["root"], root.as_str(), "the first {size} entries");
    }
}

/// Writes from many clients until the service is killed in the middle of it.
fn write_until_killed(world: World, key: &str, round: u64) -> (Vec<Told>, Served) {
    let told: Vec<Mutex<Told>> = (0..CLIENTS).map(|_| Mutex::default()).collect();
    let is_over = AtomicBool::new(false);
    let served = std::thread::scope(|scope| {
        let checkpoints = scope.spawn(|| read_checkpoints(&world));
        for (client, told) in (0..).zip(&told) {
            let (world, is_over) = (&world, &is_over);
            scope.spawn(move || {
                for number in (0..).take_while(|_| !is_over.load(Ordering::Relaxed)) {
                    let event = report(round, client, number);
                    told.lock().unwrap().sent.push(event.clone());
                    let body = event.to_string();
                    let answer = world.try_post(key, "/v1/events", "application/json", &body);
                    let Ok(answer) = answer else { break };
                    assert!(matches!(answer.status, 201 | 200), "{}", answer.text());
                    let id = event["id"].as_str().unwrap().to_owned();
                    told.lock().unwrap().acknowledged.insert(id, answer.json());
                }
            });
        }
        let enough =
            || told.iter().map(|one| one.lock().unwrap().acknowledged.len()).sum::<usize>() > 200;
        while !enough() {
            std::thread::yield_now();
        }
        signal(world.process(), "KILL");
        is_over.store(true, Ordering::Relaxed);
        checkpoints.join().unwrap()
    });
    (told.into_iter().map(|one| one.into_inner().unwrap()).collect(), served)
}

fn export(folder: &Path) -> Vec<Value> {
    let text = output_of(causeway().args(["export", "--data"]).arg(folder));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_acknowledged_event_survives_being_killed() {
    let folder = TempDir::new().unwrap();
    let world = World::over(folder.path(), &[]);
    let key = world.key("icrc", "reporter");
    world.record(&key, &corridor("north"));
    world.stop();
    let mut served = Served::new();
    for round in 0..rounds() {
        let world = World::over(folder.path(), &["--snapshot-every", "100"]);
        let (told, checkpoints) = write_until_killed(world, &key, round);
        served.extend(checkpoints);

        let recorded = export(folder.path());
        let mut by_id: BTreeMap<&str, &Value> = BTreeMap::new();
        for (position, event) in recorded.iter().enumerate() {
            assert_eq!(event["sequence"], format!("{position:020}"), "positions are dense");
            let twice = by_id.insert(event["id"].as_str().unwrap(), event);
            assert!(twice.is_none(), "{twice:?} is there twice");
        }
        for (id, receipt) in told.iter().flat_map(|one| &one.acknowledged) {
            let event = by_id.get(id.as_str()).unwrap_or_else(|| panic!("round {round} lost {id}"));
            assert_eq!(event["sequence"], receipt["sequence"]);
            assert_eq!(event["recordedtime"], receipt["recordedtime"]);
        }

        let world = World::over(folder.path(), &[]);
        assert_consistent(&world, &served);
        let sent: Vec<Value> = told.iter().flat_map(|one| one.sent.iter().cloned()).collect();
        let missing =
            sent.iter().filter(|event| !by_id.contains_key(event["id"].as_str().unwrap())).count();
        for _ in 0..2 {
            for batch in sent.chunks(1_000) {
                assert_eq!(world.send(&key, &Value::from(batch.to_vec())).status, 200);
            }
        }
        world.stop();
        assert_eq!(export(folder.path()).len(), recorded.len() + missing, "repeating doubled some");
    }
    assert!(served.len() as u64 >= rounds(), "{} checkpoints were served", served.len());
}

#[test]
fn a_second_process_on_the_folder_is_turned_away() {
    let world = World::start();
    let mut second = causeway();
    second.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(world.folder());
    let output = second.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("another process"), "{message}");
    assert_eq!(world.get("/livez").status, 200);
}

#[test]
fn a_full_disk_refuses_writes_and_goes_on_reading() {
    let folder = TempDir::new().unwrap();
    let world = World::over(folder.path(), &[]);
    let key = world.key("icrc", "reporter");
    world.record(&key, &corridor("north"));
    world.stop();
    // A reserve larger than any disk is a disk that is full.
    let world = World::over(folder.path(), &["--disk-reserve-mib", "4000000000"]);
    let refused = world.send(&key, &status("north", "2026-02-01T00:00:00Z", "open"));
    assert_eq!((refused.status, refused.problem().as_str()), (503, "disk-full"));
    assert_ne!(refused.header("retry-after"), "");
    assert_eq!(world.get("/readyz").status, 503);
    assert_eq!(world.get_as(&key, "/v1/corridors/north").status, 200);
    world.stop();
    let world = World::over(folder.path(), &[]);
    world.record(&key, &status("north", "2026-02-01T00:00:00Z", "open"));
}

#[test]
fn a_service_that_is_told_to_stop_answers_what_it_accepted() {
    let folder = TempDir::new().unwrap();
    let world = World::over(folder.path(), &[]);
    let key = world.key("icrc", "reporter");
    world.record(&key, &corridor("north"));
    let process = world.process();
    let acknowledged = std::thread::scope(|scope| {
        let (world, key) = (&world, &key);
        let clients: Vec<_> = (0..8)
            .map(|client| {
                scope.spawn(move || {
                    let mut acknowledged = 0;
                    for number in 0.. {
                        let body = report(0, client, number).to_string();
                        match world.try_post(key, "/v1/events", "application/json", &body) {
                            Ok(answer) if answer.status == 201 => acknowledged += 1,
                            Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
                            Err(_) => return acknowledged,
                        }
                        if acknowledged == 20 && client == 0 {
                            signal(process, "TERM");
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>()
    });
    assert_eq!(world.wait(), Some(0));
    assert_eq!(export(folder.path()).len(), acknowledged + 1);
}
