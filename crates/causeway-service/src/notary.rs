//! The notary at work: signs soon after events were recorded, and at once when somebody asks; and
//! the patrol, which reads the whole log again from time to time.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use causeway_log::note::{Note, Signer};
use causeway_log::shelf::{InMemory, Shelf};
use causeway_log::witness::Witness;
use causeway_log::{Error as LogError, Evidence, Notary, Reader, Refusal};
use tokio::sync::oneshot;

use crate::saved::Snapshots;

/// At most so often is a checkpoint signed while events come in.
const SIGN_EVERY: Duration = Duration::from_millis(500);

/// What may wait for the notary; in a burst all of it makes one checkpoint.
pub(crate) const ORDERS_LIMIT: usize = 1_024;

/// For each moment of reading, so many of rest.
const PATROL_REST: u32 = 9;

/// Who signs for a log, and what it has to go on from.
pub struct Sealing {
    /// The keys, of one origin; there is at least one.
    pub signers: Vec<Signer>,
    /// Where the last checkpoint is kept.
    pub shelf: Box<dyn Shelf>,
    /// A checkpoint kept elsewhere, which the log may not fall behind.
    pub not_before: Option<Note>,
    /// Who is asked to sign that they have seen each checkpoint.
    pub witnesses: Vec<Box<dyn Witness>>,
    /// How often the whole log is read again; never, if not given.
    pub patrol_every: Option<Duration>,
    /// Where the record is kept for a faster start; nowhere, if not given.
    pub snapshots: Option<Snapshots>,
}

/// What there is to show, who goes on signing, and who is asked to sign too.
type Opened = (Arc<Evidence>, Option<Notary>, Vec<Box<dyn Witness>>);

impl Sealing {
    /// By a key that everybody knows, kept in memory: for a log that goes away as well.
    ///
    /// # Panics
    /// Never: the name is one.
    #[must_use]
    pub fn passing() -> Sealing {
        let signer = Signer::new("causeway.invalid/passing", &[0; 32]).expect("this is a name");
        let shelf = Box::new(InMemory::default());
        Sealing {
            signers: vec![signer],
            shelf,
            not_before: None,
            witnesses: Vec::new(),
            patrol_every: None,
            snapshots: None,
        }
    }

    /// Takes up the log; where it is refused, nothing is signed and nothing recorded.
    pub(crate) fn open(self, log: &Arc<dyn Reader>) -> Opened {
        let keys = self.signers.iter().map(Signer::verifier).collect();
        let opened = Notary::open(Arc::clone(log), self.signers, self.shelf, &|_| {});
        let opened = opened.and_then(|notary| match &self.not_before {
            Some(checkpoint) => notary.not_before(checkpoint).map(|()| notary),
            None => Ok(notary),
        });
        match opened {
            Ok(notary) => (notary.evidence(), Some(notary), self.witnesses),
            Err(refusal) => {
                tracing::error!(error = &refusal as &dyn std::error::Error, "the log is refused");
                let evidence = Evidence::refused(Arc::clone(log), keys, refusal);
                (Arc::new(evidence), None, Vec::new())
            }
        }
    }
}

/// What the notary is told.
pub(crate) enum Order {
    /// Events were recorded.
    Recorded,
    /// Somebody waits for a checkpoint of what is on record now.
    Sign(oneshot::Sender<()>),
    /// No more will come.
    Stop,
}

/// Signs until told to stop, then once more. What was recorded before may have been signed.
pub(crate) fn run(mut notary: Notary, is_signed: bool, orders: &Receiver<Order>) {
    let _watch = Watch(notary.evidence());
    let mut desk = Desk { asked: Vec::new(), goes_on: true };
    let mut is_behind = !is_signed;
    while desk.goes_on {
        let due = Instant::now() + SIGN_EVERY;
        if !is_behind {
            desk.take(orders.recv().map_err(|_gone| RecvTimeoutError::Disconnected));
        }
        is_behind = !sign(&mut notary);
        for waiting in desk.asked.drain(..) {
            waiting.send(()).ok(); // whoever no longer waits has hung up
        }
        while desk.goes_on && desk.asked.is_empty() && Instant::now() < due {
            let left = due.saturating_duration_since(Instant::now());
            let order = orders.recv_timeout(left);
            is_behind |= order.is_ok();
            desk.take(order);
        }
    }
    sign(&mut notary);
}

/// Signs what is on record, and says whether that is done.
pub(crate) fn sign(notary: &mut Notary) -> bool {
    let kept = notary.sign();
    if let Err(error) = &kept {
        tracing::error!(error = error as &dyn std::error::Error, "a checkpoint cannot be kept");
    }
    kept.is_ok()
}

/// Sees to it that a notary that ends by a mistake of ours is missed.
struct Watch(Arc<Evidence>);

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.refuse(Refusal::Gone);
        }
    }
}

/// What the notary has been told and not done yet.
struct Desk {
    asked: Vec<oneshot::Sender<()>>,
    goes_on: bool,
}

impl Desk {
    fn take(&mut self, order: Result<Order, RecvTimeoutError>) {
        match order {
            Ok(Order::Sign(waiting)) => self.asked.push(waiting),
            Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => self.goes_on = false,
            Ok(Order::Recorded) | Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Reads the whole log again, now and `every` so often, at a tenth of a processor, until `stop` is
/// gone.
pub(crate) fn patrol(evidence: &Evidence, every: Duration, stop: &Receiver<()>) {
    let mut wait = Duration::ZERO;
    while stop.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
        wait = every;
        let mut tile = 0;
        loop {
            let began = Instant::now();
            match evidence.check(tile) {
                Ok(true) => tile += 1,
                Ok(false) => break tracing::info!(tiles = tile, "the whole log was read again"),
                Err(error) => break tell(&error),
            }
            if stop.recv_timeout(began.elapsed() * PATROL_REST) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }
}

fn tell(error: &LogError) {
    tracing::error!(error = error as &dyn std::error::Error, "reading the log again failed");
}

/// The reason of a refusal with all that is behind it, in one line.
pub(crate) fn reason(refusal: &Refusal) -> String {
    let causes =
        std::iter::successors(Some(refusal as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
