//! Passage asked for and answered: one clock per authority (rule 38).

use causeway_domain::delivery::{self, Event};
use causeway_domain::words::ClearanceAnswer;
use causeway_domain::{EventId, Id, Payload, Time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::lengths::hours;
use crate::reports::Standing;

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

/// A request, its answer, and when that was due.
pub(crate) struct Clock {
    pub row: Clearance,
    /// The reports that started, reminded and answered it.
    pub events: Vec<EventId>,
    /// The earliest that the request or a reminder named.
    deadline: Option<Time>,
}

/// The clocks in the order in which they were started.
pub(crate) fn clocks(admitted: &[Standing<'_>], moment: DateTime<Utc>) -> Vec<Clock> {
    let mut clocks: Vec<Clock> = Vec::new();
    for standing in admitted {
        let Some((step, answer)) = step(standing) else {
            continue;
        };
        let is_open = |clock: &&mut Clock| {
            clock.row.authority == step.authority && clock.row.answered.is_none()
        };
        let event = standing.report.id;
        match (clocks.iter_mut().find(is_open), answer) {
            (Some(clock), None) => clock.remind(step, event), // it runs on
            (Some(clock), Some(_)) => {
                clock.row.answered = Some(standing.report.time);
                clock.row.answer = answer;
                clock.events.push(event);
            }
            (None, _) => clocks.push(Clock::new(step, standing, answer)),
        }
    }
    for Clock { row, .. } in &mut clocks {
        let ends = row.answered.map_or(moment, Time::instant);
        row.hours = row.requested.map(|requested| hours(ends - requested.instant()));
    }
    clocks
}

impl Clock {
    fn new(
        step: &delivery::Clearance,
        standing: &Standing<'_>,
        answer: Option<ClearanceAnswer>,
    ) -> Clock {
        let time = standing.report.time;
        let row = Clearance {
            authority: step.authority.clone(),
            requested: answer.is_none().then_some(time),
            answered: answer.is_some().then_some(time),
            answer,
            hours: None,
        };
        Clock { row, events: vec![standing.report.id], deadline: step.deadline }
    }

    fn remind(&mut self, reminder: &delivery::Clearance, event: EventId) {
        self.events.push(event);
        let deadlines = self.deadline.into_iter().chain(reminder.deadline);
        self.deadline = deadlines.min_by_key(|deadline| deadline.instant());
    }

    /// Whether an answer was due and has not come.
    pub(crate) fn is_overdue(&self, moment: DateTime<Utc>) -> bool {
        let has_passed = |deadline: Time| deadline.instant() < moment;
        self.row.answered.is_none() && self.deadline.is_some_and(has_passed)
    }
}

fn step<'a>(standing: &Standing<'a>) -> Option<(&'a delivery::Clearance, Option<ClearanceAnswer>)> {
    let Payload::Delivery(event) = &standing.form.payload else {
        return None;
    };
    match event {
        Event::ClearanceRequested(step) => Some((step, None)),
        Event::ClearanceGranted(step) => Some((step, Some(ClearanceAnswer::Granted))),
        Event::ClearanceDenied(step) => Some((step, Some(ClearanceAnswer::Denied))),
        Event::Planned(_)
        | Event::Reported(_)
        | Event::Dispatched(_)
        | Event::Crossed(_)
        | Event::Arrived(_)
        | Event::Distributed(_)
        | Event::Held(_)
        | Event::Released(_)
        | Event::Rerouted(_)
        | Event::TurnedBack(_)
        | Event::LossRecorded(_)
        | Event::Postponed(_)
        | Event::Cancelled(_)
        | Event::Closed(_) => None,
    }
}
