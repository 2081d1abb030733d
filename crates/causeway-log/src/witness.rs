//! Witnesses: others who see that a log only grows, and sign that they did (C2SP tlog-witness,
//! tlog-cosignature).
//!
//! A witness that is not there is gone without. One that has seen more than the log has ends the
//! trust in it: an older copy of the log stands in its place, or another one was signed elsewhere.

use std::fmt::Write;
use std::io;

use crate::evidence::{Evidence, Signed};
use crate::note::{Note, Signature, Verifier};
use crate::tile::number;
use crate::{Error, Refusal};

/// Somebody who sees that a log only grows.
pub trait Witness: Send {
    /// The key of its signatures.
    fn key(&self) -> &Verifier;

    /// Sends the body of a request to `add-checkpoint`; gives the status and the body of the
    /// answer.
    ///
    /// # Errors
    /// Where no answer comes.
    fn add_checkpoint(&self, request: &str) -> io::Result<(u16, String)>;
}

/// Why there is no signature of a witness.
#[derive(Debug, thiserror::Error)]
pub enum Unwilling {
    /// It does not answer.
    #[error("the witness does not answer")]
    Silent(#[source] io::Error),
    /// It answers something else.
    #[error("the witness answers {status}: {answer}")]
    Refused {
        /// The status.
        status: u16,
        /// What it says, the beginning.
        answer: String,
    },
    /// What it signed is not what was asked for, or not by its key.
    #[error("the witness answers with another signature than its own of this checkpoint")]
    Forged,
    /// It has seen a log that goes on from another one than ours.
    #[error("the witness has seen more of the log than there is")]
    Ahead,
    /// The log cannot show what the witness asks for.
    #[error("the log cannot show that it goes on")]
    Log(#[source] Error),
}

/// Has the last checkpoint signed by a witness that was seen to know `known` entries. Gives how
/// many it knows now.
///
/// # Errors
/// Why there is no signature. Where the witness is ahead, the log is refused.
pub fn ask(evidence: &Evidence, witness: &dyn Witness, known: u64) -> Result<u64, Unwilling> {
    let Ok(Some(signed)) = evidence.signed() else { return Ok(known) };
    let size = signed.checkpoint.size;
    let mut old = known.min(size);
    // It may know another size than the one that was seen last; it says so once.
    for _ in 0..2 {
        let request = request(evidence, &signed, old)?;
        let (status, answer) = witness.add_checkpoint(&request).map_err(Unwilling::Silent)?;
        match (status, number(answer.trim_end())) {
            (200, _) => {
                let signatures = cosigned(&signed, witness.key(), &answer)?;
                evidence.add_signatures(&signed.checkpoint, signatures);
                return Ok(size);
            }
            // Others may have shown it what was signed since.
            (409, Some(seen)) if seen > size && seen <= signed_by_now(evidence) => return Ok(seen),
            (409, Some(seen)) if seen > size || (seen, old) == (size, size) => {
                let witness = witness.key().name().to_owned();
                evidence.refuse(Refusal::Witnessed { witness, seen, signed: size });
                return Err(Unwilling::Ahead);
            }
            (409, Some(seen)) => old = seen,
            _ => {
                let answer = answer.trim_end().chars().take(200).collect();
                return Err(Unwilling::Refused { status, answer });
            }
        }
    }
    Err(Unwilling::Refused { status: 409, answer: "it names another size each time".to_owned() })
}

/// How many entries are signed by now.
fn signed_by_now(evidence: &Evidence) -> u64 {
    evidence.signed().ok().flatten().map_or(0, |signed| signed.checkpoint.size)
}

/// The body of a request: what the witness has seen, what leads on from there, the checkpoint.
fn request(evidence: &Evidence, signed: &Signed, old: u64) -> Result<String, Unwilling> {
    let shown = evidence.consistency(old, signed.checkpoint.size).map_err(Unwilling::Log)?;
    let mut request = format!("old {old}\n");
    for hash in shown.map(|shown| shown.hashes).unwrap_or_default() {
        writeln!(request, "{hash}").expect("a text takes more text");
    }
    write!(request, "\n{}", signed.note).expect("a text takes more text");
    Ok(request)
}

/// The signatures of the witness in its answer; those of others mean nothing.
fn cosigned(signed: &Signed, key: &Verifier, answer: &str) -> Result<Vec<Signature>, Unwilling> {
    let signatures = Signature::parse_lines(answer).map_err(|_wrong| Unwilling::Forged)?;
    let own: Vec<_> = signatures.into_iter().filter(|one| key.made(one)).collect();
    let note = Note { text: signed.note.text.clone(), signatures: own };
    match note.signed_by(std::slice::from_ref(key)) {
        Ok(_) => Ok(note.signatures),
        Err(_) => Err(Unwilling::Forged),
    }
}
