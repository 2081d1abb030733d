//! A disk that stands still.

use std::ops::Range;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Waker};

use causeway_log::memory::Memory;
use causeway_log::{Error, Log, Position, Reader};
use causeway_service::{Batch, Sealing, Service, Unavailable, Verdict};

use crate::world::*;

/// A log on a disk that says how much it is asked to write, and stands still until it is told what
/// becomes of that.
struct Stalled {
    log: Memory,
    asked: Sender<usize>,
    go: Receiver<Result<(), Error>>,
    has_failed: bool,
}

impl Log for Stalled {
    fn append(&mut self, entries: &[Vec<u8>]) -> Result<Range<Position>, Error> {
        // Nobody has to listen, or to hold it back.
        self.asked.send(entries.len()).unwrap_or_default();
        let told = self.go.recv().unwrap_or(Ok(()));
        self.has_failed = matches!(told, Err(Error::Storage(_)));
        told.and_then(|()| self.log.append(entries))
    }

    fn tidy(&mut self) -> Result<bool, Error> {
        self.log.tidy()
    }

    fn reader(&self) -> Arc<dyn Reader> {
        self.log.reader()
    }

    fn writable(&self) -> Result<(), Error> {
        if self.has_failed { Err(Error::Poisoned) } else { self.log.writable() }
    }
}

/// A service on such a disk.
pub struct World {
    pub service: Service,
    /// How many events the disk was asked to write.
    pub asked: Receiver<usize>,
    /// What becomes of them.
    pub go: Sender<Result<(), Error>>,
}

pub type Outcome = Result<Vec<Verdict>, Unavailable>;

impl World {
    pub fn new() -> World {
        let (asking, asked) = channel();
        let (go, going) = channel();
        let log = Stalled { log: Memory::default(), asked: asking, go: going, has_failed: false };
        let service = Service::open(Box::new(log), Sealing::passing(), |_| {}).unwrap();
        World { service, asked, go }
    }

    /// What becomes of events, at once or, where they are accepted, later.
    pub fn offer(
        &self,
        events: &[serde_json::Value],
    ) -> Result<impl Future<Output = Outcome> + use<>, Outcome> {
        let events = events.iter().map(parsed).collect();
        let batch = Batch { events, atomic: false, dry_run: false };
        let service = self.service.clone();
        let mut outcome = Box::pin(async move { service.record(reporter("icrc"), batch).await });
        match outcome.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => Ok(outcome),
            Poll::Ready(outcome) => Err(outcome),
        }
    }
}
