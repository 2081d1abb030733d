//! A delivery, reduced to what admitting the next event needs.

use chrono::{DateTime, Utc};

use super::{Event, LineName};
use crate::flags::{Flag, Flags};
use crate::id::EventId;
use crate::refusal::Refusal;
use crate::words::{Stage, Unit};

/// The steps of a delivery that stand, in the order in which they were recorded.
#[derive(Debug, Clone, Default)]
pub struct Journey {
    steps: Vec<Step>,
    /// The lines of the plan and their units, where the plan names any.
    planned: Vec<(EventId, Vec<(LineName, Unit)>)>,
}

#[derive(Debug, Clone)]
struct Step {
    event: EventId,
    time: DateTime<Utc>,
    kind: StepKind,
}

/// What a step does to the stage of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
                return lines
                    .iter()
                    .map(|line| (&line.line, line.quantity.unit))
                    .collect();
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
        lines
            .iter()
            .map(|line| (&line.line, line.quantity.unit))
            .collect()
    }
}

impl Journey {
    /// Whether the event may be recorded, and what is remarkable about it.
    ///
    /// # Errors
    /// Only where our own administration contradicts itself: after the end (rule 17).
    pub fn admit(&self, event: &Event, time: DateTime<Utc>) -> Result<Flags, Refusal> {
        let mut flags = Flags::default();
        if let Some(end) = self.end(event, time)? {
            flags.add(end);
        }
        if self.is_unexpected(event, time) {
            flags.add(Flag::UnexpectedStep);
        }
        Ok(flags.with(self.against_the_plan(event)))
    }

    /// Whether the delivery has an end that stands.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.steps.iter().any(|step| step.kind.ends().is_some())
    }

    fn end(&self, event: &Event, time: DateTime<Utc>) -> Result<Option<Flag>, Refusal> {
        let before = self.steps.iter().filter(|step| step.time <= time);
        match before.filter_map(|step| step.kind.ends()).next_back() {
            Some(refusal) if event.is_administrative() => Err(refusal),
            _ => Ok(self.has_ended().then_some(Flag::AfterEnd)),
        }
    }

    fn is_unexpected(&self, event: &Event, time: DateTime<Utc>) -> bool {
        let before = |kinds: &[StepKind]| {
            self.steps
                .iter()
                .any(|step| step.time <= time && kinds.contains(&step.kind))
        };
        match StepKind::of(event) {
            None => false,
            Some(StepKind::Released) => !self.is_held(time),
            Some(_) if event.is_arrival() => !before(&[StepKind::OnTheWay, StepKind::Held]),
            Some(_) => self
                .steps
                .iter()
                .any(|step| step.kind == StepKind::Planned && time < step.time),
        }
    }

    /// Whether a hold is open at `time`.
    fn is_held(&self, time: DateTime<Utc>) -> bool {
        let until_then = self.steps.iter().filter(|step| step.time <= time);
        // `max_by_key` gives the last of equals: at one instant the greatest position counts.
        until_then
            .max_by_key(|step| step.time)
            .is_some_and(|step| step.kind == StepKind::Held)
    }

    fn against_the_plan(&self, event: &Event) -> Flags {
        let mut flags = Flags::default();
        let Some((_, planned)) = self.planned.last() else {
            return flags;
        };
        for (name, unit) in event.counted() {
            let units = || {
                planned
                    .iter()
                    .filter(|(line, _)| line == name)
                    .map(|(_, unit)| *unit)
            };
            let is_planned = units().next().is_some();
            flags.add_if(!is_planned, Flag::UnplannedLine);
            flags.add_if(
                is_planned && !units().any(|planned| planned == unit),
                Flag::UnitMismatch,
            );
        }
        flags
    }

    /// The journey after the event.
    pub fn evolve(&mut self, id: EventId, event: &Event, time: DateTime<Utc>) {
        self.steps.extend(StepKind::of(event).map(|kind| Step {
            event: id,
            time,
            kind,
        }));
        if let Event::Planned(plan) = event
            && let Some(lines) = plan.consignment.as_deref()
        {
            let lines = lines
                .iter()
                .map(|line| (line.line.clone(), line.quantity.unit));
            self.planned.push((id, lines.collect()));
        }
    }

    /// The journey as if the event had not been reported.
    pub fn forget(&mut self, id: EventId) {
        self.steps.retain(|step| step.event != id);
        self.planned.retain(|(plan, _)| *plan != id);
    }
}

impl StepKind {
    fn ends(self) -> Option<Refusal> {
        match self {
            StepKind::Cancelled => Some(Refusal::DeliveryCancelled),
            StepKind::Closed => Some(Refusal::DeliveryClosed),
            StepKind::Planned
            | StepKind::OnTheWay
            | StepKind::Held
            | StepKind::Released
            | StepKind::Postponed => None,
        }
    }
}
