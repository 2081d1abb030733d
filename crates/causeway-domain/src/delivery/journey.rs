//! A delivery, reduced to what admitting the next event needs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_with::{As, Same};
use strum::{EnumIter, IntoEnumIterator};

use super::{Event, LineName};
use crate::flags::{Flag, Flags};
use crate::id::EventId;
use crate::packed;
use crate::refusal::Refusal;
use crate::stream::Known;
use crate::words::{Classification, Stage, Unit};

/// The steps of a delivery that stand.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Journey {
    /// In order.
    #[serde(with = "As::<Vec<((Same, packed::Instant, Same), Same)>>")]
    steps: Vec<(Step, Known)>,
    /// How many steps were recorded, standing or not.
    recorded: u32,
    plan: Option<Box<Plan>>,
}

/// Of what kind, when in the world, and as which of all that were recorded.
type Step = (StepKind, DateTime<Utc>, u32);

/// The lines of the plan and their units, where it names any.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Plan {
    known: Known,
    lines: Box<[(LineName, Unit)]>,
}

/// What a step does to the stage of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumIter, Serialize, Deserialize)]
enum StepKind {
    Planned,
    /// Seen on the way (rule 39).
    OnTheWay,
    Held,
    Released,
    Postponed,
    Cancelled,
    Closed,
}

impl StepKind {
    fn of(event: &Event) -> Option<StepKind> {
        Some(match event {
            Event::Planned(_) => StepKind::Planned,
            Event::Held(_) => StepKind::Held,
            Event::Reported(report) if report.stage == Stage::Held => StepKind::Held,
            Event::Reported(_)
            | Event::Dispatched(_)
            | Event::Crossed(_)
            | Event::Arrived(_)
            | Event::Distributed(_)
            | Event::TurnedBack(_) => StepKind::OnTheWay,
            Event::Released(_) => StepKind::Released,
            Event::Postponed(_) => StepKind::Postponed,
            Event::Cancelled(_) => StepKind::Cancelled,
            Event::Closed(_) => StepKind::Closed,
            Event::ClearanceRequested(_)
            | Event::ClearanceGranted(_)
            | Event::ClearanceDenied(_)
            | Event::Rerouted(_)
            | Event::LossRecorded(_) => return None,
        })
    }
}

impl Event {
    /// Our own administration of a delivery, which may not contradict itself (rule 17).
    fn is_administrative(&self) -> bool {
        matches!(
            self,
            Event::ClearanceRequested(_)
                | Event::ClearanceGranted(_)
                | Event::ClearanceDenied(_)
                | Event::Postponed(_)
                | Event::Cancelled(_)
                | Event::Closed(_)
        )
    }

    fn is_arrival(&self) -> bool {
        let reported = |stage| matches!(stage, Stage::Arrived | Stage::Distributed);
        matches!(self, Event::Arrived(_) | Event::Distributed(_))
            || matches!(self, Event::Reported(report) if reported(report.stage))
    }

    /// The lines it counts, with their units.
    fn counted(&self) -> Vec<(&LineName, Unit)> {
        let lines = match self {
            Event::Dispatched(at)
            | Event::Crossed(at)
            | Event::Arrived(at)
            | Event::Distributed(at) => at.lines.as_deref().unwrap_or_default(),
            Event::LossRecorded(loss) => &loss.lines,
            Event::Reported(report) => {
                let lines = report.consignment.as_deref().unwrap_or_default();
                return lines.iter().map(|line| (&line.line, line.quantity.unit)).collect();
            }
            Event::Planned(_)
            | Event::ClearanceRequested(_)
            | Event::ClearanceGranted(_)
            | Event::ClearanceDenied(_)
            | Event::Held(_)
            | Event::Released(_)
            | Event::Rerouted(_)
            | Event::TurnedBack(_)
            | Event::Postponed(_)
            | Event::Cancelled(_)
            | Event::Closed(_) => &[],
        };
        lines.iter().map(|line| (&line.line, line.quantity.unit)).collect()
    }
}

impl Journey {
    /// A delivery that has not begun.
    #[must_use]
    pub const fn new() -> Journey {
        Journey { steps: Vec::new(), recorded: 0, plan: None }
    }

    /// Whether somebody of this clearance may record the event.
    ///
    /// # Errors
    /// Only where our own administration contradicts itself: after the end (rule 17).
    pub fn admit(
        &self,
        event: &Event,
        time: DateTime<Utc>,
        clearance: Classification,
    ) -> Result<(), Refusal> {
        match self.seen_by(clearance).end_by(time) {
            Some(refusal) if event.is_administrative() => Err(refusal),
            Some(_) | None => Ok(()),
        }
    }

    /// What is remarkable about the event, for somebody of this clearance.
    #[must_use]
    pub fn flags(&self, event: &Event, time: DateTime<Utc>, clearance: Classification) -> Flags {
        let seen = self.seen_by(clearance);
        let mut flags = seen.against_the_plan(event);
        flags.add_if(seen.has_ended(), Flag::AfterEnd);
        flags.add_if(seen.is_unexpected(event, time), Flag::UnexpectedStep);
        flags
    }

    /// Whether the delivery has an end that stands, for somebody of this clearance.
    #[must_use]
    pub fn has_ended(&self, clearance: Classification) -> bool {
        self.seen_by(clearance).has_ended()
    }

    fn seen_by(&self, clearance: Classification) -> Seen<'_> {
        Seen { journey: self, clearance }
    }
}

/// A journey as somebody of this clearance knows it: what is above it did not happen (rule 47).
#[derive(Debug, Clone, Copy)]
struct Seen<'a> {
    journey: &'a Journey,
    clearance: Classification,
}

impl Seen<'_> {
    fn sees(self, known: &Known) -> bool {
        known.is_seen_by(self.clearance)
    }

    fn has_ended(self) -> bool {
        self.end_by(DateTime::<Utc>::MAX_UTC).is_some()
    }

    /// The last end that stands and is not later than `time`.
    fn end_by(self, time: DateTime<Utc>) -> Option<Refusal> {
        let ends = [
            (StepKind::Cancelled, Refusal::DeliveryCancelled),
            (StepKind::Closed, Refusal::DeliveryClosed),
        ];
        let reached =
            ends.into_iter().filter_map(|(kind, refusal)| Some((self.last(kind, time)?, refusal)));
        reached.max_by_key(|(at, _)| *at).map(|(_, refusal)| refusal)
    }

    fn is_unexpected(self, event: &Event, time: DateTime<Utc>) -> bool {
        match StepKind::of(event) {
            None => false,
            Some(StepKind::Released) => !self.is_held(time),
            // Whoever first tells us of somebody else's delivery may find it anywhere.
            Some(_) if matches!(event, Event::Reported(_)) && self.knows_nothing() => false,
            Some(_) if event.is_arrival() => {
                let seen = [StepKind::OnTheWay, StepKind::Held];
                !seen.iter().any(|kind| self.last(*kind, time).is_some())
            }
            Some(_) => {
                let plan = self.last(StepKind::Planned, DateTime::<Utc>::MAX_UTC);
                plan.is_some_and(|(planned, _)| time < planned)
            }
        }
    }

    fn knows_nothing(self) -> bool {
        !self.journey.steps.iter().any(|(_, known)| self.sees(known))
    }

    /// Whether a hold is open at `time`: nothing since has set another stage (rule 33).
    fn is_held(self, time: DateTime<Utc>) -> bool {
        let last = |kind| self.last(kind, time).map(|at| (at, kind));
        let newest = StepKind::iter().filter_map(last).max();
        newest.is_some_and(|(_, kind)| kind == StepKind::Held)
    }

    /// When the last step of a kind that is not later than `time` was, and which it was.
    fn last(self, kind: StepKind, time: DateTime<Utc>) -> Option<(DateTime<Utc>, u32)> {
        let steps = self.journey.until(kind, time).iter().rev();
        let mut seen = steps.filter(|(_, known)| self.sees(known));
        seen.next().map(|((_, time, which), _)| (*time, *which))
    }

    fn against_the_plan(self, event: &Event) -> Flags {
        let mut flags = Flags::default();
        let Some(plan) = self.journey.plan.as_ref().filter(|plan| self.sees(&plan.known)) else {
            return flags;
        };
        for (name, unit) in event.counted() {
            let mut units = plan.lines.iter().filter(|(line, _)| line == name);
            let is_planned = units.clone().next().is_some();
            let is_in_its_unit = units.any(|(_, planned)| *planned == unit);
            flags.add_if(!is_planned, Flag::UnplannedLine);
            flags.add_if(is_planned && !is_in_its_unit, Flag::UnitMismatch);
        }
        flags
    }
}

impl Journey {
    /// The journey after the event.
    pub fn evolve(&mut self, known: Known, event: &Event, time: DateTime<Utc>) {
        if let Some(kind) = StepKind::of(event) {
            self.put((kind, time, self.recorded), known);
            self.recorded += 1;
        }
        self.note_plan(known, event);
    }

    fn note_plan(&mut self, known: Known, event: &Event) {
        if let Event::Planned(plan) = event {
            let lines = plan.consignment.as_deref().map(|lines| {
                let lines = lines.iter();
                lines.map(|line| (line.line.clone(), line.quantity.unit)).collect()
            });
            self.plan = lines.map(|lines| Box::new(Plan { known, lines }));
        }
    }

    /// The journey after one of its reports took another form.
    pub fn correct(&mut self, id: EventId, form: &Event) {
        let Some(index) = self.step_of(id) else { return };
        let ((kind, time, which), known) = self.steps.remove(index);
        let corrected = StepKind::of(form).unwrap_or(kind);
        self.put((corrected, time, which), known);
        self.note_plan(known, form);
    }

    /// The journey as if the event had not been reported.
    pub fn forget(&mut self, id: EventId) {
        if let Some(index) = self.step_of(id) {
            self.steps.remove(index);
        }
        self.plan = self.plan.take().filter(|plan| plan.known.event != id);
    }

    /// The journey after one of its reports was found to be more sensitive (rule 47).
    pub fn raise(&mut self, id: EventId, to: Classification) {
        if let Some(index) = self.step_of(id) {
            self.steps[index].1.classification = to;
        }
        if let Some(plan) = self.plan.as_mut().filter(|plan| plan.known.event == id) {
            plan.known.classification = to;
        }
    }

    fn put(&mut self, step: Step, known: Known) {
        let index = self.steps.partition_point(|(earlier, _)| *earlier < step);
        self.steps.reserve_exact(1); // most deliveries have few steps, and there are many of them
        self.steps.insert(index, (step, known));
    }

    /// Which of the steps is that of the event.
    fn step_of(&self, id: EventId) -> Option<usize> {
        self.steps.iter().position(|(_, known)| known.event == id)
    }

    /// The steps of a kind that are not later than `time`.
    fn until(&self, kind: StepKind, time: DateTime<Utc>) -> &[(Step, Known)] {
        let first = self.steps.partition_point(|((earlier, ..), _)| *earlier < kind);
        let end = self.steps.partition_point(|((other, at, _), _)| (*other, *at) <= (kind, time));
        &self.steps[first..end]
    }
}

#[cfg(test)]
mod tests;
