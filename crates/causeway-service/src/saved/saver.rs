//! Snapshots made beside the writer, which only hands over a record, at the cost of a clone.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use causeway_log::note::Signer;
use causeway_log::tree::Hash;
use causeway_log::{Error as LogError, Evidence};
use tokio::sync::oneshot;

use super::Unusable;
use crate::Position;
use crate::notary::Order;
use crate::record::Record;
use crate::replay::ReplayError;
use crate::service::thread;

/// Where snapshots are kept, and how often one is made.
#[derive(Debug, Clone)]
pub struct Snapshots {
    /// The folder.
    pub folder: PathBuf,
    /// After so many events, about, a new one is made; it is what a start has to replay.
    pub every: Position,
}

/// For each moment of saving, so many of rest.
const REST: u32 = 4;

/// At least so long a rest, also where saving failed.
const SHORTEST_REST: Duration = Duration::from_secs(1);

/// Who saves.
pub(crate) struct Saver {
    next: Arc<Mutex<Next>>,
    offers: SyncSender<Record>,
    thread: JoinHandle<()>,
}

/// When a record is to be saved next.
#[derive(Debug)]
struct Next {
    /// The length of the record that was saved last.
    saved: Position,
    /// It is to be longer than that by so much.
    every: Position,
    /// Not before.
    at: Instant,
}

/// What saving needs.
struct Desk {
    snapshots: Snapshots,
    signers: Vec<Signer>,
    evidence: Arc<Evidence>,
    notary: SyncSender<Order>,
}

/// Why a snapshot was not made.
#[derive(Debug, thiserror::Error)]
enum Unsaved {
    #[error("it cannot be written")]
    Write(#[from] io::Error),
    #[error("the log cannot be read")]
    Log(#[from] LogError),
    #[error("the log up to there is not hashed yet")]
    Unhashed,
}

impl Snapshots {
    /// The record of the newest snapshot that can be used; an empty one otherwise.
    pub(crate) fn load(&self, evidence: &Evidence) -> Record {
        if evidence.trusted().is_err() {
            return Record::default();
        }
        match super::load(&self.folder, evidence) {
            Ok(Some(record)) => {
                tracing::info!(events = record.snapshot.chronicle.len(), "taken from a snapshot");
                return record;
            }
            Ok(None) => {}
            Err(Unusable::OtherCode) => {
                tracing::info!("the snapshot was made by other code: replaying the log instead");
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the snapshot is not used: replaying the log instead"
            ),
        }
        Record::default()
    }
}

impl Saver {
    /// Starts to wait for records; of the one at the start, `saved` events are in a snapshot.
    pub(crate) fn start(
        snapshots: Snapshots,
        signers: Vec<Signer>,
        evidence: Arc<Evidence>,
        notary: SyncSender<Order>,
        saved: Position,
    ) -> Result<Saver, ReplayError> {
        let next = Next { saved, every: snapshots.every, at: Instant::now() };
        let next = Arc::new(Mutex::new(next));
        let (offers, offered) = sync_channel::<Record>(0);
        let desk = Desk { snapshots, signers, evidence, notary };
        let told = Arc::clone(&next);
        let thread = thread("saver", move || {
            step_back();
            for record in offered {
                let began = Instant::now();
                let outcome = desk.save(&record);
                let mut next = lock(&told);
                next.at = Instant::now() + (began.elapsed() * REST).max(SHORTEST_REST);
                match outcome {
                    Ok(()) => next.saved = record.snapshot.chronicle.len(),
                    Err(error) => tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "no snapshot was made; the next start takes longer"
                    ),
                }
            }
        })?;
        Ok(Saver { next, offers, thread })
    }

    /// Takes the record if it is time for a snapshot.
    pub(crate) fn offer(&self, record: &Record) {
        let next = lock(&self.next);
        if next.is_due(record) && next.at <= Instant::now() {
            // Where one is being saved, this one can wait.
            drop(self.offers.try_send(record.clone()));
        }
    }

    /// Saves the last record, if that makes a difference, and stops.
    pub(crate) fn stop(self, record: Record) {
        if lock(&self.next).is_due(&record) {
            drop(self.offers.send(record));
        }
        drop(self.offers);
        drop(self.thread.join());
    }
}

impl Next {
    fn is_due(&self, record: &Record) -> bool {
        record.snapshot.chronicle.len() >= self.saved + self.every
    }
}

/// The niceness of whoever lets all others go first.
#[cfg(target_os = "linux")]
const LAST_IN_LINE: i32 = 19;

/// Lets whoever records and answers go first. On Linux each thread has its own place in the line.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(LAST_IN_LINE) {
        tracing::warn!(%error, "snapshots are made at the expense of others");
    }
}

fn lock(next: &Mutex<Next>) -> MutexGuard<'_, Next> {
    next.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    fn save(&self, record: &Record) -> Result<(), Unsaved> {
        let began = Instant::now();
        let size = record.snapshot.chronicle.len();
        let root = self.root(size)?;
        let folder = &self.snapshots.folder;
        super::save(folder, record, root, &self.signers)?;
        if let Err(error) = super::remove_old(folder) {
            tracing::warn!(%error, "snapshots of older code cannot be removed");
        }
        tracing::info!(events = size, seconds = began.elapsed().as_secs_f32(), "snapshot made");
        Ok(())
    }

    /// The root of the log at this size, once it was hashed that far.
    fn root(&self, size: Position) -> Result<Hash, Unsaved> {
        if self.evidence.hashed() < size {
            let (reply, signed) = oneshot::channel();
            drop(self.notary.send(Order::Sign(reply)));
            drop(signed.blocking_recv());
        }
        match self.evidence.trusted().is_ok() && self.evidence.hashed() >= size {
            true => Ok(self.evidence.root_of(size)?),
            false => Err(Unsaved::Unhashed),
        }
    }
}
