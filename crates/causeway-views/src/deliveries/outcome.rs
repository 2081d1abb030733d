//! What became of a delivery, in the words in which OCHA reports missions (rule 39).

use std::collections::BTreeMap;

use causeway_domain::Time;
use causeway_domain::words::ClearanceAnswer;
use chrono::TimeDelta;
use serde::Serialize;
use utoipa::ToSchema;

use super::journey::{Journey, Stage};
use super::{Clock, HOLD_THRESHOLD_HOURS};

/// What became of a delivery.
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
    strum::EnumIter,
    strum::EnumString,
    strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = DeliveryOutcome)]
pub enum Outcome {
    /// It arrived, whole and unhindered.
    Facilitated,
    /// It arrived in part.
    PartiallyFacilitated,
    /// It was allowed at first, then hindered.
    Impeded,
    /// It was not allowed.
    Denied,
    /// The agency put it off.
    Postponed,
    /// The agency called it off.
    Cancelled,
    /// None of these yet.
    InProgress,
}

impl Outcome {
    /// Whether it is what those who control passage made of it, as against the agency itself.
    pub(crate) fn is_the_authorities(self) -> bool {
        match self {
            Outcome::Facilitated
            | Outcome::PartiallyFacilitated
            | Outcome::Impeded
            | Outcome::Denied => true,
            Outcome::Postponed | Outcome::Cancelled | Outcome::InProgress => false,
        }
    }
}

/// The first that holds.
pub(crate) fn outcome(journey: &Journey, fell_short: bool, clocks: &[Clock]) -> Outcome {
    const ARRIVED: [Stage; 2] = [Stage::Arrived, Stage::Distributed];
    const ON_THE_WAY: [Stage; 6] = [
        Stage::Dispatched,
        Stage::Held,
        Stage::Crossed,
        Stage::TurnedBack,
        Stage::Arrived,
        Stage::Distributed,
    ];
    let held_long = journey.held > TimeDelta::hours(i64::from(HOLD_THRESHOLD_HOURS));
    let was_dispatched = journey.was(&ON_THE_WAY);
    if journey.stage == Stage::Cancelled {
        return Outcome::Cancelled;
    }
    if journey.stage == Stage::Postponed {
        return Outcome::Postponed;
    }
    if journey.was(&ARRIVED) {
        let in_part = journey.was(&[Stage::TurnedBack]) || fell_short;
        return match (in_part, held_long) {
            (true, _) => Outcome::PartiallyFacilitated,
            (false, true) => Outcome::Impeded,
            (false, false) => Outcome::Facilitated,
        };
    }
    if journey.stage == Stage::TurnedBack || held_long {
        return Outcome::Impeded;
    }
    if !was_dispatched && some_authority_refused(clocks) {
        return Outcome::Denied;
    }
    match (journey.stage, was_dispatched) {
        (Stage::Closed, true) => Outcome::Impeded,
        (Stage::Closed, false) => Outcome::Cancelled,
        (_, _) => Outcome::InProgress,
    }
}

/// Whether the last answer of some authority is a refusal.
fn some_authority_refused(clocks: &[Clock]) -> bool {
    let mut last = BTreeMap::new();
    for row in clocks.iter().map(|clock| &clock.row) {
        let answered = row.answered.map(Time::instant);
        let known = last.entry(&row.authority).or_insert((answered, row.answer));
        if answered >= known.0 {
            *known = (answered, row.answer);
        }
    }
    last.values().any(|(_, answer)| *answer == Some(ClearanceAnswer::Denied))
}
