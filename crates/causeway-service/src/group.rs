//! One turn's events, decided in turn on a trial copy of the record.

use std::sync::Arc;

use causeway_domain::flags::Flags;
use causeway_domain::{EventId, Refusal, SubjectId, Submitted, Time};
use causeway_log::{ENTRY_LIMIT, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::caller::Caller;
use crate::chance::{self, Nonces};
use crate::record::{Admitted, Record, Recording};
use crate::stored::{self, Additions};
use crate::writer::Unavailable;

/// Events to be recorded together.
#[derive(Debug)]
pub struct Batch {
    /// Each as it was parsed, or why it could not be.
    pub events: Vec<Result<Submitted, Refusal>>,
    /// All or none.
    pub atomic: bool,
    /// Decide, but do not record.
    pub dry_run: bool,
}

impl Batch {
    /// About how many bytes it takes while it waits.
    pub(crate) fn size(&self) -> usize {
        let data =
            |event: &Result<Submitted, Refusal>| event.as_ref().map_or(0, |event| event.data.len());
        self.events.iter().map(|event| size_of_val(event) + data(event)).sum()
    }
}

/// What became of one event.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It is on record; or, in a dry run or an atomic batch that failed, it would be.
    Recorded(Receipt),
    /// It was on record before; this is its first receipt.
    Duplicate(Receipt),
    /// It is not on record.
    Rejected(Refusal),
}

/// Proof for the client that an event is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// The event's id.
    pub id: EventId,
    /// What it is about.
    pub subject: SubjectId,
    /// Its position, 20 digits.
    #[schema(example = "00000000000000001204")]
    pub sequence: String,
    /// Its number among the events on its subject, from 1.
    #[schema(example = 31)]
    pub version: u64,
    /// When it was recorded.
    pub recordedtime: Time,
    /// What was remarkable about it when it was recorded.
    #[schema(value_type = Vec<causeway_domain::flags::Flag>)]
    pub flags: Flags,
}

/// A group in the making.
pub(crate) struct Group<'a> {
    /// The record with the group's events in it.
    pub record: Record,
    /// Their stored forms.
    pub entries: Vec<Vec<u8>>,
    /// Why nothing of the group can be recorded.
    pub failure: Option<Unavailable>,
    /// When they are recorded.
    pub now: Time,
    /// The group before it, if that is not known to be on disk.
    before: Arc<Vec<Vec<u8>>>,
    /// Where this one begins.
    first: Position,
    log: &'a dyn Reader,
    nonces: Nonces,
}

impl<'a> Group<'a> {
    /// A group upon `record`, of which the entries `before` may be on the log or not yet.
    pub(crate) fn new(
        record: Record,
        before: Arc<Vec<Vec<u8>>>,
        now: Time,
        log: &'a dyn Reader,
    ) -> Group<'a> {
        let first = record.snapshot.chronicle.len();
        let (entries, nonces) = (Vec::new(), Nonces::default());
        Group { record, entries, failure: None, now, before, first, log, nonces }
    }

    /// Decides a batch; what it does not record leaves no trace. Where that fails, the group does.
    pub(crate) fn decide(
        &mut self,
        caller: &Caller,
        batch: Batch,
    ) -> Result<Vec<Verdict>, Unavailable> {
        let may_be_undone = batch.atomic || batch.dry_run;
        let before = may_be_undone.then(|| (self.record.clone(), self.entries.len()));
        let verdicts: Result<Vec<_>, _> =
            batch.events.into_iter().map(|event| self.decide_one(caller, event)).collect();
        let is_rejected = |verdict: &Verdict| matches!(verdict, Verdict::Rejected(_));
        let fails = verdicts.as_ref().is_ok_and(|verdicts| verdicts.iter().any(is_rejected));
        let is_undone = batch.dry_run || (batch.atomic && fails);
        self.failure = self.failure.take().or_else(|| verdicts.as_ref().err().cloned());
        if let Some((record, entries)) = before.filter(|_| is_undone) {
            self.record = record;
            self.entries.truncate(entries);
        }
        let head = stored::sequence(self.record.snapshot.chronicle.len());
        let is_gone = |receipt: &Receipt| batch.atomic && fails && receipt.sequence >= head;
        let settled = |verdict| match verdict {
            // What it repeats is not on record either.
            Verdict::Duplicate(receipt) if is_gone(&receipt) => Verdict::Recorded(receipt),
            Verdict::Recorded(_) | Verdict::Duplicate(_) | Verdict::Rejected(_) => verdict,
        };
        verdicts.map(|verdicts| verdicts.into_iter().map(settled).collect())
    }

    fn decide_one(
        &mut self,
        caller: &Caller,
        event: Result<Submitted, Refusal>,
    ) -> Result<Verdict, Unavailable> {
        let submitted = match event {
            Ok(submitted) => submitted,
            Err(refusal) => return Ok(Verdict::Rejected(refusal)),
        };
        if let Err(refusal) = caller.may_record(&submitted.payload) {
            return Ok(Verdict::Rejected(refusal));
        }
        if let Some(known) = self.known_before(&submitted, caller)? {
            return Ok(known);
        }
        match self.admit(submitted, caller) {
            Ok((admitted, additions)) => self.take(admitted, additions),
            Err(refusal) => Ok(Verdict::Rejected(refusal)),
        }
    }

    /// What is said of an id that is on record (rules 48, 49).
    fn known_before(
        &self,
        submitted: &Submitted,
        caller: &Caller,
    ) -> Result<Option<Verdict>, Unavailable> {
        let chronicle = &self.record.snapshot.chronicle;
        let Some(position) = submitted.id.and_then(|id| chronicle.position(&id)) else {
            return Ok(None);
        };
        // Whose key recorded it may repeat it, also when it has become more sensitive since.
        let may_know = chronicle.entry(position).is_some_and(|entry| {
            entry.classification <= caller.clearance || *entry.recorded_by == caller.key
        });
        let is_same = may_know && stored::is_same(submitted, &self.stored(position)?)?;
        Ok(Some(match self.receipt(position).filter(|_| is_same) {
            Some(receipt) => Verdict::Duplicate(receipt),
            None => Verdict::Rejected(Refusal::EventIdReused),
        }))
    }

    /// The stored form at `position`, of this group, of the one before it, or of the log.
    fn stored(&self, position: Position) -> Result<Vec<u8>, Unavailable> {
        let after = |first| usize::try_from(position.checked_sub(first)?).ok();
        let here = after(self.first).and_then(|at| self.entries.get(at));
        let before = || self.before.get(after(self.first - self.before.len() as Position)?);
        match here.or_else(before) {
            Some(entry) => Ok(entry.clone()),
            None => Ok(self.log.get(position)?.unwrap_or_default()),
        }
    }

    fn admit(
        &self,
        submitted: Submitted,
        caller: &Caller,
    ) -> Result<(Admitted, Additions), Refusal> {
        let imported = self.imported(&submitted, caller)?;
        let recorded = imported.unwrap_or(self.now);
        let admitted = self.record.admit(submitted, caller, recorded.instant(), chance::new_id)?;
        let additions = Additions {
            recorded,
            imported: imported.map(|_| self.now),
            recorded_by: caller.key.clone(),
            nonce: String::new(),
        };
        Ok((admitted, additions))
    }

    /// The time of recording that imported history brings (rule 49).
    fn imported(&self, submitted: &Submitted, caller: &Caller) -> Result<Option<Time>, Refusal> {
        let Some(attribute) = submitted.server_attributes.first() else { return Ok(None) };
        let pointer = format!("/{attribute}");
        if !caller.is_admin() {
            let detail = "set by the server; leave it out, or import history with an admin's key";
            return Err(Refusal::fault(&pointer, detail));
        }
        if self.record.has_own_events && submitted.recorded_time.is_none() {
            return Err(Refusal::fault(&pointer, "set by the server; leave it out"));
        }
        let Some(recorded) = submitted.recorded_time else { return Ok(None) };
        if self.record.has_own_events {
            return Err(Refusal::HistoryClosed);
        }
        let instant = recorded.instant();
        if instant > self.now.instant() {
            return Err(Refusal::fault(
                "/recordedtime",
                "expected a time that is not in the future",
            ));
        }
        if self.record.newest.is_some_and(|newest| instant < newest.instant()) {
            let detail = "expected a time not before the newest on record; send history in order";
            return Err(Refusal::fault("/recordedtime", detail));
        }
        Ok(Some(recorded))
    }

    fn take(
        &mut self,
        admitted: Admitted,
        mut additions: Additions,
    ) -> Result<Verdict, Unavailable> {
        additions.nonce = self.nonces.make()?;
        let entry = stored::encode(&admitted.event, &admitted.sent, &additions);
        if entry.len() > ENTRY_LIMIT {
            let refusal = Refusal::TooLarge { size: entry.len(), limit: ENTRY_LIMIT };
            return Ok(Verdict::Rejected(refusal));
        }
        let position = self.record.snapshot.chronicle.len();
        let recording = Recording {
            recorded: additions.recorded,
            is_imported: additions.imported.is_some(),
            recorded_by: additions.recorded_by,
            flags: admitted.flags,
        };
        self.record.apply(&admitted.event, recording);
        self.entries.push(entry);
        let receipt = self.receipt(position).expect("the event was put there just now");
        Ok(Verdict::Recorded(receipt))
    }

    fn receipt(&self, position: Position) -> Option<Receipt> {
        let snapshot = &self.record.snapshot;
        let entry = snapshot.chronicle.entry(position)?;
        Some(Receipt {
            id: entry.id,
            subject: entry.subject.clone(),
            sequence: stored::sequence(position),
            version: snapshot.version(position)?,
            recordedtime: entry.recorded,
            flags: entry.flags,
        })
    }
}
