//! What became of events that were sent to be recorded.

use actix_web::http::header::{LINK, LOCATION};
use actix_web::{HttpResponse, ResponseError};
use causeway_service::{Receipt, Verdict};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::Api;
use crate::code::Code;
use crate::problem::{self, Problem};
use crate::routes::proofs_of;

/// The verdicts on the events of one request.
#[derive(Debug)]
pub struct Judged {
    /// One for each event, in order.
    pub verdicts: Vec<Verdict>,
    /// Where events stood on lines: the line of each.
    pub lines: Option<Vec<usize>>,
    /// Whether it was all or nothing.
    pub atomic: bool,
    /// Whether nothing was to be recorded.
    pub dry_run: bool,
}

/// What became of the events of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchResults)]
pub struct Results {
    /// One for each event, in order.
    results: Vec<Outcome>,
}

/// What became of one event of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchResult)]
struct Outcome {
    /// The event's place in the batch, from 0.
    index: usize,
    /// The line it stood on, from 1, where events stand on lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// What became of it.
    status: Status,
    /// Where it is on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Receipt>,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<problem::Body>)]
    problem: Option<Value>,
}

/// What became of an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BatchResultStatus)]
enum Status {
    /// It is on record.
    Recorded,
    /// It was on record before; this is its first receipt.
    Duplicate,
    /// It is not on record.
    Rejected,
}

impl Judged {
    /// Counts what became of the events.
    pub fn count(&self, api: &Api) {
        let count =
            |wanted: fn(&Verdict) -> bool| self.verdicts.iter().filter(|v| wanted(v)).count();
        let recorded = count(|verdict| matches!(verdict, Verdict::Recorded(_)));
        let rejected = count(|verdict| matches!(verdict, Verdict::Rejected(_)));
        let came_to_nothing = self.dry_run || (self.atomic && rejected > 0);
        let recorded = if came_to_nothing { 0 } else { recorded };
        api.metrics().judged(recorded, rejected);
    }

    /// The answer where one event was sent by itself.
    ///
    /// # Errors
    /// Why it is not on record.
    pub fn single(self) -> Result<HttpResponse, Problem> {
        let verdict = self.verdicts.into_iter().next();
        match verdict.ok_or_else(|| Problem::internal("an event without a verdict"))? {
            Verdict::Rejected(refusal) => Err(refusal.into()),
            Verdict::Recorded(receipt) if !self.dry_run => {
                let location = format!("/v1/events/{}", receipt.id);
                let position = receipt.sequence.parse().map_err(Problem::internal)?;
                let proofs = proofs_of(&receipt.id, position);
                let mut response = HttpResponse::Created();
                response.insert_header((LOCATION, location)).insert_header((LINK, proofs));
                Ok(response.json(receipt))
            }
            Verdict::Recorded(receipt) | Verdict::Duplicate(receipt) => {
                Ok(HttpResponse::Ok().json(receipt))
            }
        }
    }

    /// The answer where events were sent as a batch.
    ///
    /// # Errors
    /// Where it was all or nothing, and came to nothing.
    pub fn batch(self) -> Result<HttpResponse, Problem> {
        let first = self.verdicts.iter().find_map(|verdict| match verdict {
            Verdict::Rejected(refusal) => Some(Problem::from(refusal.clone())),
            Verdict::Recorded(_) | Verdict::Duplicate(_) => None,
        });
        match first.filter(|_| self.atomic) {
            None => Ok(HttpResponse::Ok().json(Results { results: self.outcomes(None) })),
            Some(first) => {
                let detail = format_args!("nothing was recorded; the first problem is {first}");
                let problem = Problem::new(Code::BatchRejected, detail);
                let problem = problem.with_status(first.status_code());
                let results = self.outcomes(Some(&problem));
                Err(problem.with("results", json!(results)))
            }
        }
    }

    /// What became of each event; where the whole batch `failed`, also of those that were right.
    fn outcomes(self, failed: Option<&Problem>) -> Vec<Outcome> {
        let lines = self.lines.unwrap_or_default();
        let outcome = |(index, verdict)| {
            let (status, receipt, problem) = match (verdict, failed) {
                (Verdict::Recorded(_), Some(failed)) => {
                    (Status::Rejected, None, Some(failed.to_json()))
                }
                (Verdict::Recorded(receipt), None) => (Status::Recorded, Some(receipt), None),
                (Verdict::Duplicate(receipt), _) => (Status::Duplicate, Some(receipt), None),
                (Verdict::Rejected(refusal), _) => {
                    (Status::Rejected, None, Some(Problem::from(refusal).to_json()))
                }
            };
            Outcome { index, line: lines.get(index).copied(), status, receipt, problem }
        };
        self.verdicts.into_iter().enumerate().map(outcome).collect()
    }
}
