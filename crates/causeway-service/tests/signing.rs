//! What the service signs, when it stops to, and whom it asks to sign too.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use causeway_log::memory::Memory;
use causeway_log::note::{Signer, Verifier};
use causeway_log::witness::Witness;
use causeway_log::{Error, Log, Position, Reader, Visitor};
use causeway_service::{Sealing, Service, Unavailable};

use crate::world::*;

/// A log whose entries come back changed from some moment on.
struct Decaying {
    log: Memory,
    decayed: Arc<AtomicBool>,
}

impl Log for Decaying {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<Range<Position>, Error> {
        self.log.append(entries)
    }

    fn tidy(&mut self) -> Result<bool, Error> {
        self.log.tidy()
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(Read { log: self.log.reader(), decayed: Arc::clone(&self.decayed) })
    }

    fn writable(&self) -> Result<(), Error> {
        self.log.writable()
    }
}

struct Read {
    log: Arc<dyn Reader>,
    decayed: Arc<AtomicBool>,
}

impl Reader for Read {
    fn len(&self) -> Position {
        self.log.len()
    }

    fn scan(&self, range: Range<Position>, visit: &mut Visitor<'_>) -> Result<(), Error> {
        let decayed = self.decayed.load(Ordering::Relaxed);
        self.log.scan(range, &mut |position, entry| {
            let last = entry.len() - usize::from(decayed && position == 1);
            visit(position, &entry[..last])
        })
    }
}

/// Looks until it is so.
async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what} did not come about");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_patrol_finds_what_has_decayed_and_ends_the_trust() {
    let decayed = Arc::new(AtomicBool::new(false));
    let log = Decaying { log: Memory::default(), decayed: Arc::clone(&decayed) };
    let every = Some(Duration::from_millis(1));
    let sealing = Sealing { patrol_every: every, ..Sealing::passing() };
    let service = Service::open(Box::new(log), sealing, |_| {}).unwrap();
    let icrc = reporter("icrc");
    for road in ["north", "south", "west"] {
        record(&service, &icrc, corridor(road)).await;
    }
    service.signed(2).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await; // several rounds find nothing
    service.health().unwrap();

    decayed.store(true, Ordering::Relaxed);
    eventually("the end of trust", || service.evidence().trusted().is_err()).await;
    let batch = || causeway_service::Batch {
        events: vec![parsed(&corridor("east"))],
        atomic: false,
        dry_run: false,
    };
    let refused = service.record(icrc.clone(), batch()).await.unwrap_err();
    assert!(matches!(refused, Unavailable::LogRefused { .. }), "{refused}");
    assert_eq!(service.head().chronicle.len(), 3, "reads go on");
    service.stop();
}

/// No status: the witness does not answer until it is told another.
const HANGS: u16 = 1;

/// A witness that answers as it is told, and remembers what it was asked.
#[derive(Clone)]
struct Told {
    key: Signer,
    status: Arc<AtomicU16>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Told {
    fn to_answer(status: u16) -> Told {
        let key = Signer::new("witness.example/w1", &[3; 32]).unwrap();
        Told { key, status: Arc::new(status.into()), asked: Arc::default() }
    }

    fn sealing(&self) -> Sealing {
        let verifier = self.key.verifier();
        let witness = Watching { told: self.clone(), verifier };
        Sealing { witnesses: vec![Box::new(witness)], ..Sealing::passing() }
    }
}

struct Watching {
    told: Told,
    verifier: Verifier,
}

impl Witness for Watching {
    fn key(&self) -> &Verifier {
        &self.verifier
    }

    fn add_checkpoint(&self, request: &str) -> io::Result<(u16, String)> {
        self.told.asked.lock().unwrap().push(request.to_owned());
        while self.told.status.load(Ordering::Relaxed) == HANGS {
            std::thread::yield_now();
        }
        match self.told.status.load(Ordering::Relaxed) {
            0 => Err(io::ErrorKind::ConnectionRefused.into()),
            200 => {
                let (_, note) = request.split_once("\n\n").unwrap();
                let text = format!("{}\n", note.split_once("\n\n").unwrap().0);
                Ok((200, self.told.key.sign(&text).to_string()))
            }
            409 => Ok((409, "1000\n".to_owned())),
            status => Ok((status, "no".to_owned())),
        }
    }
}

#[tokio::test]
async fn a_witness_signs_each_checkpoint_and_is_shown_how_it_goes_on() {
    let witness = Told::to_answer(200);
    let log = Box::new(Memory::default());
    let service = Service::open(log, witness.sealing(), |_| {}).unwrap();
    let icrc = reporter("icrc");
    for (events, road) in [(1, "north"), (2, "south")] {
        record(&service, &icrc, corridor(road)).await;
        service.signed(events - 1).await.unwrap();
        let trusted = [witness.key.verifier()];
        let is_cosigned = || {
            let signed = service.evidence().signed().unwrap().unwrap();
            signed.checkpoint.size == events && signed.note.signed_by(&trusted).is_ok()
        };
        eventually("a signature of the witness", is_cosigned).await;
    }
    let asked = witness.asked.lock().unwrap().clone();
    let last: Vec<_> = asked.last().unwrap().lines().collect();
    assert_eq!(last[0], "old 1");
    assert_eq!(last[1].len(), 44, "one hash leads from one entry to two");
    assert_eq!(last[2], "");
    service.stop();
}

#[tokio::test]
async fn a_witness_that_is_silent_or_unwilling_delays_nothing_and_is_asked_again() {
    for status in [0, 404, 403, 500, HANGS] {
        let witness = Told::to_answer(status);
        let log = Box::new(Memory::default());
        let service = Service::open(log, witness.sealing(), |_| {}).unwrap();
        record(&service, &reporter("icrc"), corridor("north")).await;
        service.signed(0).await.unwrap();
        let trusted = [witness.key.verifier()];
        let is_cosigned = || {
            let signed = service.evidence().signed().unwrap().unwrap();
            signed.note.signed_by(&trusted).is_ok()
        };
        eventually("a request", || !witness.asked.lock().unwrap().is_empty()).await;
        assert!(!is_cosigned());
        witness.status.store(200, Ordering::Relaxed);
        eventually("a signature", is_cosigned).await;
        service.stop();
    }
}

#[tokio::test]
async fn a_witness_that_has_seen_more_ends_the_trust() {
    let witness = Told::to_answer(409);
    let log = Box::new(Memory::default());
    let service = Service::open(log, witness.sealing(), |_| {}).unwrap();
    record(&service, &reporter("icrc"), corridor("north")).await;
    eventually("the end of trust", || service.evidence().trusted().is_err()).await;
    let refusal = service.evidence().trusted().unwrap_err().to_string();
    assert!(refusal.contains("witness.example/w1 has seen 1000 entries"), "{refusal}");
    service.stop();
}
