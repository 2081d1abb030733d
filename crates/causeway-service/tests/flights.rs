//! A long group that is being written while the next is decided.

use std::io;

use causeway_domain::words::Classification;
use causeway_log::Error;
use causeway_service::{Question, Unavailable, Verdict};
use serde_json::Value;

use crate::stalled::{Outcome, World};
use crate::world::*;

/// As many events as one group takes.
const LONG: usize = 10_000;

/// A long group of which the disk is asked, and a short one behind it: it repeats one event of the
/// long one, and brings one of its own.
async fn two_in_flight(world: &World) -> [impl Future<Output = Outcome> + use<>; 2] {
    let long: Vec<Value> = (0..LONG).map(said).collect();
    let offer = |events: &[Value]| world.offer(events).unwrap_or_else(|_| panic!("there is room"));
    let first = offer(&[corridor("north")]);
    assert_eq!(world.asked.recv(), Ok(1));
    let two = [offer(&long), offer(&[long[7].clone(), said(LONG)])];
    world.go.send(Ok(())).unwrap();
    first.await.unwrap();
    assert_eq!(world.asked.recv(), Ok(LONG));
    two
}

/// One of many things said about the road.
fn said(number: usize) -> Value {
    let id = format!("0192c7c8-0000-7000-8000-{number:012}");
    with(status("north", "2023-01-02T00:00:00Z", "open"), "id", id)
}

#[tokio::test]
async fn it_is_shown_and_answered_when_it_is_on_disk_and_the_next_after_it() {
    let world = World::new();
    let [long, next] = two_in_flight(&world).await;
    assert_eq!(world.service.head().chronicle.len(), 1, "nothing is shown that is not on disk");
    let then = Question::default();
    let (_, asked) = world.service.ask(&then, Classification::Public).await.unwrap();
    world.go.send(Ok(())).unwrap();
    let long = long.await.unwrap();
    assert_eq!(world.asked.recv(), Ok(1), "what was repeated is not written again");
    assert_eq!(world.service.head().chronicle.len() as usize, 1 + LONG);
    let later = Question { known_at: Some(asked.known_at), ..Question::default() };
    let (_, later) = world.service.ask(&later, Classification::Public).await.unwrap();
    assert_eq!(later.position, Some(0), "what was answered as known stays so");
    world.go.send(Ok(())).unwrap();
    let [Verdict::Duplicate(repeated), Verdict::Recorded(own)] = &next.await.unwrap()[..] else {
        panic!("one is repeated, the other new")
    };
    assert!(matches!(&long[7], Verdict::Recorded(first) if first == repeated));
    assert_eq!(own.sequence, format!("{:020}", 1 + LONG));
    assert_eq!(own.version as usize, 2 + LONG);
    assert!(repeated.recordedtime.instant() < own.recordedtime.instant());
}

#[tokio::test]
async fn what_was_decided_upon_what_found_no_room_is_not_recorded_either() {
    let world = World::new();
    let [long, next] = two_in_flight(&world).await;
    world.go.send(Err(Error::DiskFull { free: 1, reserve: 2 })).unwrap();
    for one in [long.await, next.await] {
        assert_eq!(one.unwrap_err(), Unavailable::DiskFull { free: 1, reserve: 2 });
    }
    assert!(world.asked.try_recv().is_err(), "nothing of the next was written");
    drop(world.go);
    let again = record(&world.service, &reporter("icrc"), said(LONG)).await;
    assert_eq!(again.sequence, format!("{:020}", 1));
}

#[tokio::test]
async fn when_the_disk_fails_nobody_is_told_that_anything_is_on_record_or_not() {
    let world = World::new();
    let [long, next] = two_in_flight(&world).await;
    let (_, before) =
        world.service.ask(&Question::default(), Classification::Public).await.unwrap();
    world.go.send(Err(Error::Storage(io::Error::other("gone")))).unwrap();
    for one in [long.await, next.await] {
        assert_eq!(one.unwrap_err(), Unavailable::LogFailed);
    }
    let refused = match world.offer(&[said(LONG)]) {
        Ok(outcome) => outcome.await,
        Err(outcome) => outcome,
    };
    assert_eq!(refused.unwrap_err(), Unavailable::LogFailed);
    let (_, after) = world.service.ask(&Question::default(), Classification::Public).await.unwrap();
    assert_eq!((after.position, after.known_at), (before.position, before.known_at));
}

#[tokio::test]
async fn whoever_is_in_flight_is_answered_before_the_service_stops() {
    let world = World::new();
    let [long, next] = two_in_flight(&world).await;
    let service = world.service.clone();
    let stopping = tokio::task::spawn_blocking(move || service.stop());
    drop(world.go);
    stopping.await.unwrap();
    assert_eq!(long.await.unwrap().len(), LONG);
    assert_eq!(next.await.unwrap().len(), 2);
    assert_eq!(world.service.head().chronicle.len() as usize, 2 + LONG);
}
