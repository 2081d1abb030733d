//! More than can be recorded: what is turned away, and what becomes of what was not.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};

use causeway_log::memory::Memory;
use causeway_log::{Error, Log, Position, Reader};
use causeway_service::{Batch, QUEUE_LIMIT, Sealing, Service, Unavailable, Verdict};

use crate::world::*;

/// A log on a disk that says when it is asked to write, and stands still until it is let go.
struct Stalled {
    log: Memory,
    asked: Sender<()>,
    let_go: Receiver<()>,
}

impl Log for Stalled {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<Range<Position>, Error> {
        // Nobody has to listen, or to hold it back.
        self.asked.send(()).unwrap_or_default();
        self.let_go.recv().unwrap_or_default();
        self.log.append(entries)
    }

    fn tidy(&mut self) -> Result<bool, Error> {
        self.log.tidy()
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.log.reader()
    }

    fn writable(&self) -> Result<(), Error> {
        self.log.writable()
    }
}

type Outcome = Result<Vec<Verdict>, Unavailable>;

/// What becomes of an event, at once or, where it is accepted, later.
fn offer<'s>(
    service: &'s Service,
    id: &str,
) -> Result<impl Future<Output = Outcome> + use<'s>, Outcome> {
    let batch = Batch { events: vec![parsed(&corridor(id))], atomic: false, dry_run: false };
    let mut outcome = Box::pin(service.record(reporter("icrc"), batch));
    match outcome.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => Ok(outcome),
        Poll::Ready(outcome) => Err(outcome),
    }
}

#[tokio::test]
async fn more_than_can_wait_is_turned_away_and_what_was_accepted_is_recorded() {
    let (asked, is_asked) = channel();
    let (go, let_go) = channel();
    let log = Stalled { log: Memory::default(), asked, let_go };
    let service = Service::open(Box::new(log), Sealing::passing(), |_| {}).unwrap();
    let offer = |id: &str| offer(&service, id).map_err(Result::unwrap_err);

    let first = offer("first").unwrap_or_else(|_| panic!("nothing waits yet"));
    is_asked.recv().unwrap(); // the writer has taken it, and is held up by the disk
    let waiting: Vec<_> =
        (0..QUEUE_LIMIT + 3).map(|number| offer(&format!("c-{number}"))).collect();
    let (accepted, turned_away): (Vec<_>, Vec<_>) = waiting.into_iter().partition(Result::is_ok);
    assert_eq!(accepted.len(), QUEUE_LIMIT);
    let why: Vec<_> = turned_away.into_iter().filter_map(Result::err).collect();
    assert_eq!(why, vec![Unavailable::Overloaded; 3]);
    assert_eq!(service.head().chronicle.len(), 0, "nothing is shown that is not on disk");

    drop(go);
    for outcome in accepted.into_iter().flatten().chain([first]) {
        assert!(matches!(outcome.await.unwrap()[..], [Verdict::Recorded(_)]));
    }
    assert_eq!(service.head().chronicle.len() as usize, 1 + QUEUE_LIMIT);
}
