//! The line: one thread that decides what waits, appends it as one group, shows it, and answers.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use causeway_domain::Time;
use causeway_log::{Error as LogError, Evidence, Log, Reader, Refusal};
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

use crate::Position;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::flight::{Answer, Decided, Flight, Landing, Pen};
use crate::group::{Batch, Group};
use crate::notary::{self, Order};
use crate::record::Record;
use crate::saved::Saver;
use crate::stored::Unreadable;

/// The largest number of requests that wait for the writer; more are turned away.
pub const QUEUE_LIMIT: usize = 1_024;
/// About how many bytes of events wait for the writer; more are turned away.
pub const WAITING_LIMIT: usize = 256 << 20;
/// About how many events one group takes, so that nobody waits long for others.
const GROUP_LIMIT: usize = 10_000;
/// How often the state of the disk is looked at when nothing is written.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// While nothing is written, the log is tidied bit by bit, with so long a rest before each bit.
const REST: Duration = Duration::from_millis(10);
/// Without a rest, it is tidied once in so many turns: as fast as turns of one event make it untidy.
const TURNS_PER_TIDYING: usize = 128;

/// Why nothing is recorded now; worth another try later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// A write, sync or read failed: until a restart has verified the log, nothing is written.
    #[error("the log failed; nothing is recorded until a restart has verified it")]
    LogFailed,
    /// The log does not hold what was signed: nothing is recorded on top of it.
    #[error("the log is refused, so it can only be read: {reason}")]
    LogRefused {
        /// Why.
        reason: String,
    },
    /// Less disk is free than is kept in reserve.
    #[error("{free} bytes of disk are free, {reserve} are kept in reserve")]
    DiskFull {
        /// Bytes free.
        free: u64,
        /// Bytes kept in reserve.
        reserve: u64,
    },
    /// More is waiting than the queue takes.
    #[error(
        "more than {QUEUE_LIMIT} requests, or {} MiB of events, are waiting to be recorded",
        WAITING_LIMIT >> 20
    )]
    Overloaded,
    /// No checkpoint with the event can be signed now.
    #[error("no checkpoint with this event is signed yet")]
    Unsigned,
    /// The service is shutting down.
    #[error("the service is shutting down")]
    Stopping,
}

impl From<LogError> for Unavailable {
    fn from(error: LogError) -> Unavailable {
        match error {
            LogError::DiskFull { free, reserve } => Unavailable::DiskFull { free, reserve },
            LogError::InUse { .. }
            | LogError::TooLarge { .. }
            | LogError::Poisoned
            | LogError::Corrupt { .. }
            | LogError::Storage(_) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the log failed");
                Unavailable::LogFailed
            }
        }
    }
}

impl From<Arc<Refusal>> for Unavailable {
    fn from(refusal: Arc<Refusal>) -> Unavailable {
        Unavailable::LogRefused { reason: notary::reason(&refusal) }
    }
}

impl From<Unreadable> for Unavailable {
    fn from(error: Unreadable) -> Unavailable {
        tracing::error!(error = &error as &dyn std::error::Error, "a stored event is unreadable");
        Unavailable::LogFailed
    }
}

impl From<getrandom::Error> for Unavailable {
    fn from(error: getrandom::Error) -> Unavailable {
        tracing::error!(%error, "the system gives no randomness");
        Unavailable::LogFailed
    }
}

/// What waits for the writer.
pub(crate) enum Request {
    /// Events to record.
    Record(Waiting),
    /// No more will come.
    Stop,
}

/// A batch, and who waits for its verdicts.
pub(crate) struct Waiting {
    pub caller: Caller,
    pub batch: Batch,
    pub reply: oneshot::Sender<Answer>,
    /// The room it takes among what waits.
    pub room: OwnedSemaphorePermit,
}

/// Whether writes go through, as last seen.
pub(crate) type Health = Mutex<Result<(), Unavailable>>;

/// The one writer.
pub(crate) struct Writer {
    pub pen: Pen,
    pub reader: Arc<dyn Reader>,
    /// The record as it is published.
    pub record: Record,
    /// The group that is being written.
    pub flight: Option<Flight>,
    pub clock: Arc<Clock>,
    pub published: watch::Sender<Position>,
    pub health: Arc<Health>,
    pub evidence: Arc<Evidence>,
    pub notary: SyncSender<Order>,
    pub saver: Option<Saver>,
}

impl Writer {
    /// Takes what waits, turn by turn, until it is told to stop; what was accepted is answered.
    pub(crate) fn run(mut self, requests: &Receiver<Request>) {
        let (mut turns, mut rest) = (0_usize, REST);
        loop {
            let first = match self.next(requests, rest) {
                Ok(Request::Record(first)) => first,
                Err(RecvTimeoutError::Timeout) => {
                    self.offer_to_save();
                    rest = if self.tidy() { REST } else { LOOK_EVERY };
                    continue;
                }
                Ok(Request::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            };
            let (waiting, goes_on) = drain(first, requests);
            self.turn(waiting);
            self.offer_to_save();
            if !goes_on {
                break;
            }
            turns += 1;
            if turns.is_multiple_of(TURNS_PER_TIDYING) {
                self.tidy();
            }
        }
        drop(self.land());
        if let Some(saver) = self.saver.take() {
            saver.stop(self.record.clone());
        }
    }

    /// What comes next. While nothing does, there is time to see a flight to its end.
    fn next(
        &mut self,
        requests: &Receiver<Request>,
        rest: Duration,
    ) -> Result<Request, RecvTimeoutError> {
        if self.flight.is_some() {
            if let Ok(next) = requests.try_recv() {
                return Ok(next);
            }
            drop(self.land()); // who waited for it was told
        }
        self.look();
        requests.recv_timeout(rest)
    }

    fn log(&self) -> MutexGuard<'_, Box<dyn Log>> {
        self.pen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offer_to_save(&self) {
        if let Some(saver) = &self.saver {
            saver.offer(&self.record);
        }
    }

    /// Tidies a bit of the log, unless it may only be read, and says whether there was one to tidy.
    fn tidy(&mut self) -> bool {
        let mut log = self.log();
        if self.evidence.trusted().is_err() || log.writable().is_err() {
            return false;
        }
        log.tidy().unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the log cannot be tidied");
            false
        })
    }

    /// Sees whether writes go through, and tells when that changes.
    fn look(&self) {
        let writable = match self.log().writable() {
            Err(LogError::Poisoned) => Err(Unavailable::LogFailed), // told when it happened
            other => other.map_err(Unavailable::from),
        };
        let health = self.evidence.trusted().map_err(Unavailable::from).and(writable);
        let mut known = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != health {
            tracing::warn!(?health, "whether events can be recorded has changed");
            *known = health;
        }
    }

    /// One turn: decide what waits, and send it to the disk as one group once the group before it
    /// is there.
    fn turn(&mut self, waiting: Vec<Waiting>) {
        if let Err(reason) = self.may_write() {
            return refuse(waiting, &reason);
        }
        let (record, before) = match &self.flight {
            Some(flight) => (flight.record.clone(), Arc::clone(&flight.entries)),
            None => (self.record.clone(), Arc::default()),
        };
        let reader = Arc::clone(&self.reader);
        let mut group = Group::new(record, before, self.clock.stamp(), &*reader);
        let decide = |Waiting { caller, batch, reply, room }| {
            let verdicts = group.decide(&caller, batch);
            Decided { verdicts, reply, room }
        };
        let decided = waiting.into_iter().map(decide).collect();
        // What was decided upon a group that is not there cannot be recorded either.
        let landed = self.land();
        let flight = Flight::of(group, decided, &self.pen, landed);
        let is_beside = flight.is_beside();
        self.flight = Some(flight);
        if !is_beside {
            drop(self.land());
        }
    }

    fn may_write(&self) -> Result<(), Unavailable> {
        self.evidence.trusted()?;
        let has_failed =
            self.flight.is_none() && matches!(self.log().writable(), Err(LogError::Poisoned));
        if has_failed { Err(Unavailable::LogFailed) } else { Ok(()) }
    }

    /// Sees the group in flight to its end, if there is one: shows it if it is on disk, and tells
    /// whoever waits for it.
    fn land(&mut self) -> Result<(), Unavailable> {
        let Some(Flight { stamp, record, decided, writing, .. }) = self.flight.take() else {
            return Ok(());
        };
        let landed = match writing.end() {
            Landing::OnDisk => {
                self.publish(stamp, record);
                Ok(())
            }
            Landing::NotOnDisk(reason) => {
                self.clock.land(stamp, None);
                Err(reason)
            }
            // It stays in flight, and nobody is told either.
            Landing::Unknown => Err(Unavailable::LogFailed),
        };
        self.look();
        if landed.is_err() {
            self.published.send_modify(|_| {}); // whoever waits for the group looks again
        }
        for Decided { verdicts, reply, room } in decided {
            drop(room);
            // Whoever no longer waits has hung up; the record stands all the same.
            drop(reply.send(landed.clone().and(verdicts)));
        }
        landed
    }

    fn publish(&mut self, stamp: Time, record: Record) {
        self.record = record;
        let head = Arc::new(self.record.snapshot.clone());
        let length = head.chronicle.len();
        self.clock.land(stamp, Some((head, self.record.newest)));
        self.published.send_replace(length);
        // Where orders wait already, the notary will see what is on record all the same.
        drop(self.notary.try_send(Order::Recorded));
    }
}

/// Tells everybody why nothing is recorded.
fn refuse(waiting: Vec<Waiting>, why: &Unavailable) {
    for one in waiting {
        drop(one.reply.send(Err(why.clone())));
    }
}

/// A writer that is gone records nothing more, and says so, whatever ended it.
impl Drop for Writer {
    fn drop(&mut self) {
        let mut known = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_ok() {
            *known = Err(Unavailable::Stopping);
        }
    }
}

/// What waits behind `first`, up to a group's worth, and whether more may come.
fn drain(first: Waiting, requests: &Receiver<Request>) -> (Vec<Waiting>, bool) {
    let mut events = first.batch.events.len();
    let mut waiting = vec![first];
    while events < GROUP_LIMIT {
        match requests.try_recv() {
            Ok(Request::Record(next)) => {
                events += next.batch.events.len();
                waiting.push(next);
            }
            Ok(Request::Stop) => return (waiting, false),
            Err(_) => break,
        }
    }
    (waiting, true)
}
