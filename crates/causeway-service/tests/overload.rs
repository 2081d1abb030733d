//! More than can be recorded: what is turned away, and what becomes of what was not.

use causeway_service::{QUEUE_LIMIT, Unavailable, Verdict};

use crate::stalled::World;
use crate::world::*;

#[tokio::test]
async fn more_than_can_wait_is_turned_away_and_what_was_accepted_is_recorded() {
    let world = World::new();
    let offer = |id: &str| world.offer(&[corridor(id)]).map_err(Result::unwrap_err);

    let first = offer("first").unwrap_or_else(|_| panic!("nothing waits yet"));
    world.asked.recv().unwrap(); // the writer has taken it, and is held up by the disk
    let waiting: Vec<_> =
        (0..QUEUE_LIMIT + 3).map(|number| offer(&format!("c-{number}"))).collect();
    let (accepted, turned_away): (Vec<_>, Vec<_>) = waiting.into_iter().partition(Result::is_ok);
    assert_eq!(accepted.len(), QUEUE_LIMIT);
    let why: Vec<_> = turned_away.into_iter().filter_map(Result::err).collect();
    assert_eq!(why, vec![Unavailable::Overloaded; 3]);
    assert_eq!(world.service.head().chronicle.len(), 0, "nothing is shown that is not on disk");

    drop(world.go);
    for outcome in accepted.into_iter().flatten().chain([first]) {
        assert!(matches!(outcome.await.unwrap()[..], [Verdict::Recorded(_)]));
    }
    assert_eq!(world.service.head().chronicle.len() as usize, 1 + QUEUE_LIMIT);
}
