//! Witnesses at work: each on a thread of its own, so that one that is down delays nobody.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use causeway_log::Evidence;
use causeway_log::witness::{Unwilling, Witness, ask};

use crate::replay::ReplayError;
use crate::service::thread;

/// How long a start waits to hear whether a witness has seen more than is on record.
const START_PATIENCE: Duration = Duration::from_secs(2);
/// How long the threads look for a new checkpoint before they look whether to stop.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long to leave a witness alone that did not sign; twice as long each time.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
];

/// Witnesses that are asked, until this is stopped.
pub(crate) struct Witnesses {
    threads: Vec<(SyncSender<()>, JoinHandle<()>)>,
}

impl Witnesses {
    /// Starts to ask, and waits a moment for the first answers: a log that is behind what a
    /// witness has seen is refused before anything is added to it.
    pub(crate) fn start(
        evidence: &Arc<Evidence>,
        witnesses: Vec<Box<dyn Witness>>,
    ) -> Result<Witnesses, ReplayError> {
        let (answered, first_answers) = channel();
        let is_new = evidence.signed().is_ok_and(|signed| signed.is_none());
        let expected = if is_new { 0 } else { witnesses.len() };
        let start = |witness: Box<dyn Witness>| {
            let (stop, stopped) = sync_channel(0);
            let (evidence, answered) = (Arc::clone(evidence), answered.clone());
            let asking = move || follow(&evidence, &*witness, &answered, &stopped);
            Ok((stop, thread("witness", asking)?))
        };
        let threads = witnesses.into_iter().map(start).collect::<Result<_, ReplayError>>()?;
        let until = Instant::now() + START_PATIENCE;
        for _ in 0..expected {
            if first_answers.recv_timeout(until.saturating_duration_since(Instant::now())).is_err()
            {
                break;
            }
        }
        Ok(Witnesses { threads })
    }

    pub(crate) fn stop(self) {
        let (stops, threads): (Vec<_>, Vec<_>) = self.threads.into_iter().unzip();
        drop(stops);
        // One that waits for an answer has nothing to lose: it ends with the process.
        drop(threads);
    }
}

/// Has each checkpoint signed, until told to stop. `answered` hears of the first answer, or that
/// none came.
fn follow(
    evidence: &Evidence,
    witness: &dyn Witness,
    answered: &Sender<()>,
    stopped: &Receiver<()>,
) {
    let name = witness.key().name();
    let mut answered = Some(answered); // only the start waits to hear it
    let (mut known, mut asked, mut failures) = (0, None, 0);
    loop {
        let Ok(signed) = evidence.signed_beyond(known, LOOK_EVERY) else { return };
        let size = signed.map(|signed| signed.checkpoint.size);
        let pause = match size {
            Some(size) if asked != Some(size) => {
                let outcome = ask(evidence, witness, known);
                answered.take().map(|answered| answered.send(()).ok());
                match outcome {
                    Ok(now) => {
                        (known, asked, failures) = (now, Some(size), 0);
                        Duration::ZERO
                    }
                    Err(why) => {
                        let pause = PAUSES[failures.min(PAUSES.len() - 1)];
                        failures += 1;
                        tell(name, &why);
                        pause
                    }
                }
            }
            Some(_) | None => Duration::ZERO,
        };
        if stopped.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

fn tell(witness: &str, why: &Unwilling) {
    let error = why as &dyn std::error::Error;
    tracing::warn!(witness, error, "a checkpoint goes without the signature of a witness");
}
