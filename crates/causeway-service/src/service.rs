//! The handle by which everybody else talks to the writer and reads what it published.

use std::ops::ControlFlow;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use causeway_domain::Time;
use causeway_domain::words::Classification;
use causeway_log::{Evidence, Log, Reader};
use causeway_views::{Asked, Snapshot};
use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::Position;
use crate::ask::{AskError, Known, Question};
use crate::caller::Caller;
use crate::clock::{self, Clock, Knowing};
use crate::group::{Batch, Verdict};
use crate::notary::{self, ORDERS_LIMIT, Order, Sealing};
use crate::record::Record;
use crate::replay::{ReplayError, catch_up};
use crate::saved::Saver;
use crate::stored;
use crate::witnesses::Witnesses;
use crate::writer::{Health, QUEUE_LIMIT, Request, Unavailable, WAITING_LIMIT, Waiting, Writer};

/// A running service. Clones are handles to the same one.
#[derive(Clone)]
pub struct Service(Arc<Inner>);

struct Inner {
    queue: SyncSender<Request>,
    /// A permit for each byte that may wait.
    room: Arc<Semaphore>,
    writer: Mutex<Option<JoinHandle<()>>>,
    clock: Arc<Clock>,
    log: Arc<dyn Reader>,
    published: watch::Receiver<Position>,
    health: Arc<Health>,
    evidence: Arc<Evidence>,
    notary: SyncSender<Order>,
    /// What ends when the service stops, beside the writer.
    beside: Mutex<Option<Beside>>,
}

/// What works beside the writer.
struct Beside {
    notary: Option<JoinHandle<()>>,
    witnesses: Witnesses,
    patrol: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Service {
    /// Rebuilds what is on record, makes sure that it goes on from what was signed, and starts the
    /// writer and the notary. `progress` hears how many events are done. A log that does not go on
    /// from what was signed can be read and not written.
    ///
    /// # Errors
    /// Where the log, or an entry of it, cannot be read.
    pub fn open(
        log: Box<dyn Log>,
        sealing: Sealing,
        progress: impl Fn(Position),
    ) -> Result<Service, ReplayError> {
        let reader = log.reader();
        let (patrol_every, snapshots) = (sealing.patrol_every, sealing.snapshots.clone());
        let signers = sealing.signers.clone();
        let (evidence, mut notary, witnesses) = sealing.open(&reader);
        let mut record = match &snapshots {
            Some(snapshots) => snapshots.load(&evidence),
            None => Record::default(),
        };
        let saved = record.snapshot.chronicle.len();
        progress(saved);
        catch_up(&mut record, &*reader, progress)?;
        let witnesses = Witnesses::start(&evidence, witnesses)?;
        let is_signed = notary.as_mut().is_some_and(notary::sign);
        let (orders, ordered) = sync_channel(ORDERS_LIMIT);
        let head = Arc::new(record.snapshot.clone());
        let (published, receiver) = watch::channel(head.chronicle.len());
        let clock = Arc::new(Clock::new(head, record.newest));
        let health = Arc::new(Mutex::new(Ok(())));
        let saver = snapshots.map(|snapshots| {
            Saver::start(snapshots, signers, Arc::clone(&evidence), orders.clone(), saved)
        });
        let (queue, requests) = sync_channel(QUEUE_LIMIT);
        let writer = Writer {
            pen: Arc::new(Mutex::new(log)),
            reader: Arc::clone(&reader),
            record,
            flight: None,
            clock: Arc::clone(&clock),
            published,
            health: Arc::clone(&health),
            evidence: Arc::clone(&evidence),
            notary: orders.clone(),
            saver: saver.transpose()?,
        };
        let writer = thread("writer", move || writer.run(&requests))?;
        let writer = Mutex::new(Some(writer));
        let notary =
            notary.map(|notary| thread("notary", move || notary::run(notary, is_signed, &ordered)));
        let patrol = patrol_every.map(|every| {
            let (stop, stopped) = sync_channel(0);
            let evidence = Arc::clone(&evidence);
            let patrol = thread("patrol", move || notary::patrol(&evidence, every, &stopped))?;
            Ok::<_, ReplayError>((stop, patrol))
        });
        let (notary, patrol) = (notary.transpose()?, patrol.transpose()?);
        let beside = Beside { notary, witnesses, patrol };
        Ok(Service(Arc::new(Inner {
            queue,
            room: Arc::new(Semaphore::new(WAITING_LIMIT)),
            writer,
            clock,
            log: reader,
            published: receiver,
            health,
            evidence,
            notary: orders,
            beside: Mutex::new(Some(beside)),
        })))
    }

    /// Records a batch; when this returns, what was recorded is on disk. Verdicts come in the
    /// order of the events. Of an atomic batch with a rejection nothing is recorded.
    ///
    /// # Errors
    /// Where nothing can be recorded now; a retry is safe.
    pub async fn record(&self, caller: Caller, batch: Batch) -> Result<Vec<Verdict>, Unavailable> {
        let (reply, verdicts) = oneshot::channel();
        let size = u32::try_from(batch.size()).map_err(|_beyond| Unavailable::Overloaded)?;
        let room = Arc::clone(&self.0.room).try_acquire_many_owned(size);
        let room = room.map_err(|_full| Unavailable::Overloaded)?;
        let waiting = Request::Record(Waiting { caller, batch, reply, room });
        self.0.queue.try_send(waiting).map_err(|error| match error {
            TrySendError::Full(_) => Unavailable::Overloaded,
            TrySendError::Disconnected(_) => Unavailable::Stopping,
        })?;
        verdicts.await.unwrap_or(Err(Unavailable::Stopping))
    }

    /// The newest published snapshot.
    #[must_use]
    pub fn head(&self) -> Arc<Snapshot> {
        self.0.clock.peek()
    }

    /// Pins a question to exact inputs, and waits where a group in flight may belong to it.
    ///
    /// # Errors
    /// Where the question asks about what nobody knows yet.
    pub async fn ask(
        &self,
        question: &Question,
        clearance: Classification,
    ) -> Result<(Arc<Snapshot>, Asked), AskError> {
        let (snapshot, known) = match (question.known_at, question.at_position) {
            (Some(_), Some(_)) => return Err(AskError::BothGiven),
            (None, None) => return self.ask_now(question, clearance),
            (Some(known_at), None) => (self.known_at(known_at).await?, Known::At(known_at)),
            (None, Some(position)) => (self.head(), Known::Position(position)),
        };
        let asked = question.pin(&known, &snapshot, clearance)?;
        Ok((snapshot, asked))
    }

    /// Pins a question about now to what is known at this instant.
    ///
    /// # Errors
    /// Where it asks about what nobody knows yet.
    pub fn ask_now(
        &self,
        question: &Question,
        clearance: Classification,
    ) -> Result<(Arc<Snapshot>, Asked), AskError> {
        let (snapshot, now) = self.0.clock.head();
        let asked = question.pin(&Known::Now(Time::stamp(now)), &snapshot, clearance)?;
        Ok((snapshot, asked))
    }

    async fn known_at(&self, known_at: Time) -> Result<Arc<Snapshot>, AskError> {
        let mut published = self.0.published.clone();
        loop {
            published.borrow_and_update();
            match self.0.clock.known_at(known_at.instant()) {
                Knowing::Settled(snapshot) => return Ok(snapshot),
                Knowing::Ahead => return Err(AskError::KnownAtAhead),
                Knowing::InFlight => self.health().map_err(AskError::Unsettled)?,
            }
            let landed = published.changed().await;
            landed.map_err(|_gone| AskError::Unsettled(Unavailable::Stopping))?;
        }
    }

    /// Waits until `position` is published, for at most `within`; says whether it is.
    pub async fn reached(&self, position: Position, within: Duration) -> bool {
        let mut published = self.0.published.clone();
        let reached = published.wait_for(|length| *length > position);
        tokio::time::timeout(within, reached).await.is_ok_and(|reached| reached.is_ok())
    }

    /// The stored event at `position` with its `sequence`. Reads the disk.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn event_json(&self, position: Position) -> Result<Option<Vec<u8>>, Unavailable> {
        let stored = self.0.log.get(position)?;
        Ok(stored.map(|stored| stored::with_sequence(&stored, position)))
    }

    /// The stored events at `positions`, ascending, each with its `sequence`; none after those
    /// that make `enough` bytes. Reads the disk.
    ///
    /// # Errors
    /// Where the log cannot be read.
    pub fn events_json(
        &self,
        positions: &[Position],
        enough: usize,
    ) -> Result<Vec<Vec<u8>>, Unavailable> {
        let mut events = Vec::with_capacity(positions.len());
        let mut size = 0;
        for run in positions.chunk_by(|one, next| *next == one + 1) {
            let range = run[0]..run[0] + run.len() as Position;
            self.0.log.scan(range, &mut |position, stored| {
                let event = stored::with_sequence(stored, position);
                size += event.len();
                events.push(event);
                if size < enough { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
            if size >= enough {
                break;
            }
        }
        Ok(events)
    }

    /// What the log can show to whoever checks it.
    #[must_use]
    pub fn evidence(&self) -> &Arc<Evidence> {
        &self.0.evidence
    }

    /// Waits until the event at `position`, which is on record, is part of a signed checkpoint.
    ///
    /// # Errors
    /// Where that does not come about now.
    pub async fn signed(&self, position: Position) -> Result<(), Unavailable> {
        let is_signed = || -> Result<bool, Unavailable> {
            let signed = self.0.evidence.signed()?;
            Ok(signed.is_some_and(|signed| position < signed.checkpoint.size))
        };
        if is_signed()? {
            return Ok(());
        }
        let (reply, signed) = oneshot::channel();
        // Where it cannot be ordered or done, that is seen below.
        if self.0.notary.try_send(Order::Sign(reply)).is_ok() {
            drop(signed.await);
        }
        if is_signed()? { Ok(()) } else { Err(Unavailable::Unsigned) }
    }

    /// Whether writes go through, as last seen.
    ///
    /// # Errors
    /// Why they do not.
    pub fn health(&self) -> Result<(), Unavailable> {
        self.0.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The time now, as the service reads it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        clock::now()
    }

    /// Answers what was accepted, then stops the writer, and the notary once it has signed what is
    /// on record. Blocks until they have stopped.
    pub fn stop(&self) {
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // A writer that is gone already needs no telling.
            drop(self.0.queue.send(Request::Stop));
            end(writer);
        }
        let beside = self.0.beside.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Beside { notary, witnesses, patrol }) = beside else { return };
        if let Some(notary) = notary {
            drop(self.0.notary.send(Order::Stop));
            end(notary);
        }
        witnesses.stop();
        if let Some((stop, patrol)) = patrol {
            drop(stop);
            end(patrol);
        }
    }
}

/// Waits until a thread has ended.
fn end(thread: JoinHandle<()>) {
    let name = thread.thread().name().unwrap_or_default().to_owned();
    if thread.join().is_err() {
        tracing::error!(name, "a thread ended in a panic");
    }
}

/// Starts a thread of the service.
pub(crate) fn thread(
    name: &str,
    run: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, ReplayError> {
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    Ok(started.map_err(causeway_log::Error::Storage)?)
}
