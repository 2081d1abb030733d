//! Stage and holds: the steps of a journey, folded in order of time (rules 31 to 33).

use causeway_domain::place::Place;
use causeway_domain::{EventId, Id, Payload, Time, delivery::Event, words};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::lengths::hours;
use crate::reports::Standing;

/// Where a delivery is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    ToSchema,
    strum::EnumString,
    strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = DeliveryStage)]
pub enum Stage {
    /// No admitted report says.
    Unknown,
    /// Planned.
    Planned,
    /// On its way.
    Dispatched,
    /// Stopped on its way.
    Held,
    /// Past the crossing point.
    Crossed,
    /// At its destination.
    Arrived,
    /// In the hands of the people it is for.
    Distributed,
    /// Sent back.
    TurnedBack,
    /// To set out later.
    Postponed,
    /// Not to set out.
    Cancelled,
    /// Its file is closed.
    Closed,
}

impl From<words::Stage> for Stage {
    fn from(stage: words::Stage) -> Stage {
        match stage {
            words::Stage::Dispatched => Stage::Dispatched,
            words::Stage::Held => Stage::Held,
            words::Stage::Crossed => Stage::Crossed,
            words::Stage::Arrived => Stage::Arrived,
            words::Stage::Distributed => Stage::Distributed,
            words::Stage::TurnedBack => Stage::TurnedBack,
        }
    }
}

/// A time during which a delivery was held.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Hold {
    /// From when.
    pub from: Time,
    /// Until when; null while it lasts.
    #[schema(required)]
    pub to: Option<Time>,
    /// Hours held, up to the moment asked while it lasts; four places.
    pub hours: f64,
    /// Where.
    #[schema(required)]
    pub place: Option<Place>,
    /// By whom.
    #[schema(required)]
    pub by: Option<Id>,
}

/// What the steps of a delivery come to.
#[derive(Debug)]
pub(crate) struct Journey {
    pub stage: Stage,
    pub holds: Vec<Hold>,
    /// The reports that opened and ended each hold.
    pub hold_events: Vec<Vec<EventId>>,
    /// The stages it was ever at.
    been: Vec<Stage>,
    /// How long it was held in all.
    pub held: TimeDelta,
    /// The stage before the open hold.
    before_hold: Option<Stage>,
}

impl Journey {
    pub(crate) fn of(admitted: &[Standing<'_>], moment: DateTime<Utc>) -> Journey {
        let mut journey = Journey {
            stage: Stage::Unknown,
            holds: Vec::new(),
            hold_events: Vec::new(),
            been: Vec::new(),
            held: TimeDelta::zero(),
            before_hold: None,
        };
        for standing in admitted {
            journey.take(standing);
        }
        journey.measure(moment);
        journey
    }

    fn take(&mut self, standing: &Standing<'_>) {
        let Payload::Delivery(event) = &standing.form.payload else {
            return;
        };
        if let Event::Released(_) = event {
            self.release(standing);
        } else if let Some(stage) = stage_of(event) {
            self.reach(stage, standing, event);
        }
    }

    fn reach(&mut self, stage: Stage, standing: &Standing<'_>, event: &Event) {
        match (stage, self.stage) {
            (Stage::Held, Stage::Held) => {} // a repeat
            (Stage::Held, before) => {
                self.before_hold = Some(before);
                self.holds.push(hold(standing, event));
                self.hold_events.push(vec![standing.report.id]);
            }
            (_, Stage::Held) => self.end_hold(standing),
            (_, _) => {}
        }
        self.stage = stage;
        self.been.push(stage);
    }

    /// Restores the stage before the hold; `dispatched` where none was known.
    fn release(&mut self, standing: &Standing<'_>) {
        if self.stage == Stage::Held {
            self.end_hold(standing);
            let before = self.before_hold.filter(|before| *before != Stage::Unknown);
            self.stage = before.unwrap_or(Stage::Dispatched);
        }
    }

    fn end_hold(&mut self, standing: &Standing<'_>) {
        if let Some((open, events)) = self.holds.last_mut().zip(self.hold_events.last_mut()) {
            open.to = Some(standing.report.time);
            events.push(standing.report.id);
        }
    }

    fn measure(&mut self, moment: DateTime<Utc>) {
        for hold in &mut self.holds {
            let length = hold.to.map_or(moment, Time::instant) - hold.from.instant();
            hold.hours = hours(length);
            self.held += length;
        }
    }

    /// Whether it was ever at one of `stages`.
    pub(crate) fn was(&self, stages: &[Stage]) -> bool {
        self.been.iter().any(|stage| stages.contains(stage))
    }
}

fn hold(standing: &Standing<'_>, event: &Event) -> Hold {
    let by = if let Event::Held(stopped) = event { stopped.by.clone() } else { None };
    let place = standing.form.details.place.as_deref().cloned();
    Hold { from: standing.report.time, to: None, hours: 0.0, place, by }
}

/// The stage that a report sets, if it sets one (rule 32).
pub(crate) fn stage_of(event: &Event) -> Option<Stage> {
    Some(match event {
        Event::Planned(_) => Stage::Planned,
        Event::Reported(report) => report.stage.into(),
        Event::Dispatched(_) => Stage::Dispatched,
        Event::Held(_) => Stage::Held,
        Event::Crossed(_) => Stage::Crossed,
        Event::Arrived(_) => Stage::Arrived,
        Event::Distributed(_) => Stage::Distributed,
        Event::TurnedBack(_) => Stage::TurnedBack,
        Event::Postponed(_) => Stage::Postponed,
        Event::Cancelled(_) => Stage::Cancelled,
        Event::Closed(_) => Stage::Closed,
        Event::ClearanceRequested(_)
        | Event::ClearanceGranted(_)
        | Event::ClearanceDenied(_)
        | Event::Released(_)
        | Event::Rerouted(_)
        | Event::LossRecorded(_) => return None,
    })
}
