//! Who records the events of an import: a running service, or a service of our own over a data
//! folder.

use std::fmt;

use anyhow::Context;
use causeway_domain::faults::Fault;
use causeway_domain::words::Classification;
use causeway_domain::{Id, Refusal, event};
use causeway_service::keys::Role;
use causeway_service::{Batch, Caller, Service, Verdict};
use indicatif::ProgressBar;
use rayon::prelude::*;
use serde::Deserialize;
use tokio::runtime::Runtime;

use super::lines::Item;
use crate::remote::{Failure, Problem, Remote, Request, patiently};

/// Records events in order.
pub enum Recorder {
    /// Here, in a data folder that we hold.
    Here(Here),
    /// There, behind HTTP.
    There(There),
}

/// How events are recorded.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// They are assessments.
    pub assesses: bool,
    /// Where one of them would be rejected, none is recorded, and it is only said what would become
    /// of them.
    pub all_or_none: bool,
}

/// What became of an event.
#[derive(Debug)]
pub enum Outcome {
    /// It is on record now; or would be, had nothing of its batch been rejected.
    Recorded,
    /// It was on record before.
    Duplicate,
    /// It is not on record.
    Rejected(Rejection),
}

impl Outcome {
    /// Whether it is not on record, nor would be.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        matches!(self, Outcome::Rejected(_))
    }
}

/// Why an event is not on record.
#[derive(Debug)]
pub struct Rejection {
    /// The stable code of the problem.
    pub code: String,
    detail: String,
    faults: Vec<String>,
}

impl Recorder {
    /// Whether assessments are recorded by another key than what they assess.
    #[must_use]
    pub fn tells_assessors_apart(&self) -> bool {
        match self {
            Recorder::Here(_) => true,
            Recorder::There(there) => there.assessor.is_some(),
        }
    }

    /// Records events.
    ///
    /// # Errors
    /// Where nothing can be recorded. Some of the events may be on record then; a retry is safe.
    pub fn record(&self, items: &[Item], how: How) -> anyhow::Result<Vec<Outcome>> {
        match self {
            Recorder::Here(here) => here.record(items, how),
            Recorder::There(there) => there.record(items, how),
        }
    }

    /// Ends recording in good order.
    pub fn close(&self) {
        match self {
            Recorder::Here(here) => here.service.stop(),
            Recorder::There(_) => {}
        }
    }
}

/// A service of our own.
pub struct Here {
    service: Service,
    runtime: Runtime,
    recorder: Caller,
    assessor: Caller,
}

impl Here {
    /// Waits until all that is on record is signed.
    ///
    /// # Errors
    /// Where that does not come about.
    pub fn sign(&self) -> anyhow::Result<()> {
        match self.service.head().chronicle.head() {
            Some(newest) => Ok(self.runtime.block_on(self.service.signed(newest))?),
            None => Ok(()),
        }
    }

    /// Records through `service`. `names` are the ids under which events and assessments are
    /// recorded, in place of keys.
    ///
    /// # Errors
    /// Where the system gives no means to wait for it.
    pub fn over(service: Service, names: [&str; 2], organisation: &Id) -> anyhow::Result<Here> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let [recorder, assessor] = names.map(|name| operator(name, organisation));
        Ok(Here {
            service,
            runtime: runtime.context("cannot wait for the log")?,
            recorder: recorder?,
            assessor: assessor?,
        })
    }

    /// Records events.
    ///
    /// # Errors
    /// Where nothing can be recorded now.
    pub fn record(&self, items: &[Item], how: How) -> anyhow::Result<Vec<Outcome>> {
        let parse = |item: &Item| match &item.text {
            Ok(text) => event::parse(text),
            Err(fault) => Err(Refusal::Malformed(fault.clone())),
        };
        let events = items.par_iter().map(parse).collect();
        let batch = Batch { events, atomic: how.all_or_none, dry_run: false };
        let caller = if how.assesses { &self.assessor } else { &self.recorder };
        let verdicts = self.runtime.block_on(self.service.record(caller.clone(), batch))?;
        Ok(verdicts.into_iter().map(Outcome::from).collect())
    }
}

/// Whoever holds the data folder may do everything; what they did says so by its name.
fn operator(name: &str, organisation: &Id) -> anyhow::Result<Caller> {
    Ok(Caller {
        key: name.parse().context("the operator has a name")?,
        organisation: organisation.clone(),
        role: Role::Admin,
        clearance: Classification::StrictlyConfidential,
        default_classification: Classification::Restricted,
    })
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Outcome {
        match verdict {
            Verdict::Recorded(_) => Outcome::Recorded,
            Verdict::Duplicate(_) => Outcome::Duplicate,
            Verdict::Rejected(refusal) => Outcome::Rejected(refusal.into()),
        }
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Rejection {
        let (code, detail) = (refusal.code().to_owned(), refusal.to_string());
        let faults = match refusal {
            Refusal::Invalid(faults) => faults,
            Refusal::Malformed(_)
            | Refusal::UnknownSubject(_)
            | Refusal::SubjectExists(_)
            | Refusal::DeliveryCancelled
            | Refusal::DeliveryClosed
            | Refusal::UnknownEvent(_)
            | Refusal::BadTarget(_)
            | Refusal::OwnReport
            | Refusal::NotPermitted(_)
            | Refusal::AboveClearance { .. }
            | Refusal::VersionMismatch { .. }
            | Refusal::EventIdReused
            | Refusal::TimeInFuture
            | Refusal::HistoryClosed
            | Refusal::TooLarge { .. } => Vec::new(),
        };
        let told = |Fault { pointer, detail }| match pointer.as_str() {
            "" => detail,
            pointer => format!("{pointer}: {detail}"),
        };
        Rejection { code, detail, faults: faults.into_iter().map(told).collect() }
    }
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Rejection {
        let code = problem.code().to_owned();
        let (detail, errors) = problem.into_parts();
        let faults = errors.iter().map(ToString::to_string).collect();
        Rejection { code, detail, faults }
    }
}

impl Rejection {
    /// A text that cannot even be sent.
    #[must_use]
    pub fn unreadable(code: &str, fault: String) -> Rejection {
        Rejection { code: code.to_owned(), detail: fault, faults: Vec::new() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)?;
        let mut faults = self.faults.iter();
        faults.try_for_each(|fault| write!(f, "\n    {fault}"))
    }
}

/// A running service.
pub struct There {
    recorder: Remote,
    assessor: Option<Remote>,
    bar: ProgressBar,
}

/// What a service says of a batch.
#[derive(Deserialize)]
struct Answer {
    results: Vec<Judged>,
}

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Judged {
    Recorded,
    Duplicate,
    Rejected { problem: Problem },
}

impl There {
    /// Records with the key of `recorder`, and assessments with another one, if there is one.
    #[must_use]
    pub fn new(recorder: Remote, assessor_key: Option<&str>, bar: ProgressBar) -> There {
        let assessor = assessor_key.map(|key| recorder.with_key(key));
        There { recorder, assessor, bar }
    }

    fn record(&self, items: &[Item], how: How) -> anyhow::Result<Vec<Outcome>> {
        let key = self.assessor.as_ref().filter(|_| how.assesses).unwrap_or(&self.recorder);
        if how.all_or_none {
            let trial = self.send(items, key, "/v1/events?dry_run=true")?;
            if trial.iter().any(Outcome::is_rejected) {
                return Ok(trial);
            }
            return self.send(items, key, "/v1/events?atomic=true");
        }
        self.send(items, key, "/v1/events")
    }

    fn send(&self, items: &[Item], key: &Remote, path: &str) -> anyhow::Result<Vec<Outcome>> {
        let texts = items.iter().map(|item| item.text.as_deref().unwrap_or_default());
        let body = texts.collect::<Vec<_>>().join("\n");
        let post = Request::Post(path, "application/x-ndjson", body.as_bytes());
        let Answer { results } = patiently(&self.bar, || match key.json::<Answer>(post)? {
            answer if answer.results.len() == items.len() => Ok(answer),
            answer => Err(Failure::Final(anyhow::anyhow!(
                "{} results came for {} events; is this Causeway?",
                answer.results.len(),
                items.len()
            ))),
        })?;
        Ok(results.into_iter().map(Outcome::from).collect())
    }
}

impl From<Judged> for Outcome {
    fn from(judged: Judged) -> Outcome {
        match judged {
            Judged::Recorded => Outcome::Recorded,
            Judged::Duplicate => Outcome::Duplicate,
            Judged::Rejected { problem } => Outcome::Rejected(problem.into()),
        }
    }
}
