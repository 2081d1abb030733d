//! Passage asked for and answered: one clock per authority (rule 38).

use causeway_domain::delivery::{self, Event};
use causeway_domain::words::ClearanceAnswer;
use causeway_domain::{Id, Payload, Time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::journey::hours;
use crate::streams::Standing;

/// One request to an authority and its answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Clearance {
    /// The authority.
    pub authority: Id,
    /// When it was asked; null for an answer without a request.
    #[schema(required)]
    pub requested: Option<Time>,
    /// When it answered; null while it is open.
    #[schema(required)]
    pub answered: Option<Time>,
    /// What it answered.
    #[schema(required)]
    pub answer: Option<ClearanceAnswer>,
    /// Hours from request to answer, so far while it is open; four places.
    #[schema(required)]
    pub hours: Option<f64>,
}

/// The rows in the order in which they were opened.
pub(crate) fn rows(admitted: &[Standing<'_>], moment: DateTime<Utc>) -> Vec<Clearance> {
    let mut rows: Vec<Clearance> = Vec::new();
    for standing in admitted {
        let Some((step, answer)) = step(standing) else { continue };
        let time = standing.report.time;
        let open = rows
            .iter_mut()
            .find(|row| row.authority == step.authority && row.answered.is_none());
        match (open, answer) {
            (Some(_), None) => {} // a reminder; the clock runs on
            (Some(row), Some(_)) => {
                row.answered = Some(time);
                row.answer = answer;
            }
            (None, None) => rows.push(Clearance::new(step, Some(time), None, None)),
            (None, Some(_)) => rows.push(Clearance::new(step, None, Some(time), answer)),
        }
    }
    for row in &mut rows {
        let ends = row.answered.map_or(moment, Time::instant);
        row.hours = row.requested.map(|requested| hours(ends - requested.instant()));
    }
    rows
}

impl Clearance {
    fn new(
        step: &delivery::Clearance,
        requested: Option<Time>,
        answered: Option<Time>,
        answer: Option<ClearanceAnswer>,
    ) -> Clearance {
        Clearance { authority: step.authority.clone(), requested, answered, answer, hours: None }
    }
}

/// Whether an answer was due and has not come.
pub(crate) fn overdue(admitted: &[Standing<'_>], moment: DateTime<Utc>) -> bool {
    let mut due: Vec<(&Id, Option<Time>)> = Vec::new();
    for standing in admitted {
        let Some((step, answer)) = step(standing) else { continue };
        let deadline = step.deadline.or_else(|| {
            due.iter().find(|(authority, _)| *authority == &step.authority).and_then(|(_, at)| *at)
        });
        due.retain(|(authority, _)| *authority != &step.authority);
        if answer.is_none() {
            due.push((&step.authority, deadline));
        }
    }
    due.iter().any(|(_, deadline)| deadline.is_some_and(|at| at.instant() < moment))
}

fn step<'a>(standing: &Standing<'a>) -> Option<(&'a delivery::Clearance, Option<ClearanceAnswer>)> {
    let Payload::Delivery(event) = &standing.form.payload else { return None };
    match event {
        Event::ClearanceRequested(step) => Some((step, None)),
        Event::ClearanceGranted(step) => Some((step, Some(ClearanceAnswer::Granted))),
        Event::ClearanceDenied(step) => Some((step, Some(ClearanceAnswer::Denied))),
        _ => None,
    }
}
