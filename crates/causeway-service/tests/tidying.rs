//! A writer with nothing to write tidies the log.

use std::thread;
use std::time::{Duration, Instant};

use causeway_log::memory::Drive;
use causeway_log::{Journal, Store};
use causeway_service::keys::Role;
use causeway_service::{Sealing, Service};

use crate::world::*;

const GIVE_UP: Duration = Duration::from_secs(30);
/// As many as fill a block, and one more.
const EVENTS: u32 = 129;

fn service_on(drive: &Drive) -> Service {
    let log = Journal::over(drive.clone()).expect("a sound drive");
    Service::open(Box::new(log), Sealing::passing(), |_| {}).expect("a sound log")
}

#[tokio::test]
async fn what_was_recorded_one_by_one_is_stored_together_when_there_is_time() {
    let drive = Drive::default();
    let service = service_on(&drive);
    let admin = caller("ocha", Role::Admin);
    record(&service, &admin, corridor("north")).await;
    for minute in 1..EVENTS {
        let time = format!("2023-01-02T{:02}:{:02}:00Z", minute / 60, minute % 60);
        record(&service, &admin, status("north", &time, "open")).await;
    }
    let before = service.event_json(100).unwrap();

    let is_tidy = || drive.block_at(100).unwrap().is_some_and(|block| block.first == 0);
    let began = Instant::now();
    while !is_tidy() {
        assert!(began.elapsed() < GIVE_UP, "the log is not tidied");
        thread::yield_now();
    }
    assert_eq!(service.event_json(100).unwrap(), before);
    service.stop();
    assert_eq!(service_on(&drive).event_json(100).unwrap(), before);
}
