//! Where is every delivery, what got through, and what became of the rest?

mod clearances;
mod journey;
mod ledger;
mod outcome;

use causeway_domain::delivery::{Event, Planned, Reported};
use causeway_domain::place::Place;
use causeway_domain::words::Mode;
use causeway_domain::{EventId, Id, Kind, Payload, Time};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

pub use clearances::Clearance;
pub use journey::{Hold, Stage};
pub(crate) use ledger::{Counted, Counter, Part, counted};
pub use ledger::{Loss, QuantityDissent, Row, Stages};
pub use outcome::Outcome;

use crate::areas::Area;
use crate::filter::{Words, spelled};
use crate::reports::{Form, Standing};
use crate::streams::Stream;
use crate::view::{Page, Paging, View};
pub(crate) use clearances::Clock;
pub(crate) use journey::Journey;
use ledger::Ledger;

/// Hold hours above which a delivery that arrived was impeded (rule 39).
pub const HOLD_THRESHOLD_HOURS: u32 = 2;

/// A delivery as one reader sees it at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Delivery {
    /// Its id.
    #[schema(example = "kornidzor-convoy-2023-07")]
    pub id: Id,
    /// The number of events on it.
    pub version: u64,
    /// Whose delivery it is.
    #[schema(required)]
    pub organisation: Option<Id>,
    /// Where it sets out from.
    #[schema(required)]
    pub origin: Option<Place>,
    /// Where it goes.
    #[schema(required)]
    pub destination: Option<Place>,
    /// The corridor it takes.
    #[schema(required)]
    pub corridor: Option<Id>,
    /// How it travels.
    #[schema(required)]
    pub mode: Option<Mode>,
    /// When it is to set out, by plan.
    #[schema(required)]
    pub departs: Option<Time>,
    /// Where it is.
    pub stage: Stage,
    /// What became of it, in OCHA's words.
    pub outcome: Outcome,
    /// `deadline_passed` and `gap`, judged as asked.
    pub flags: Vec<Flag>,
    /// What was counted, per line and unit; nothing is added across stages or units.
    pub ledger: Vec<Row>,
    /// When it was held.
    pub holds: Vec<Hold>,
    /// Hold hours above which a delivery that arrived counts as impeded.
    pub hold_threshold_hours: u32,
    /// Passage asked for and answered, per authority.
    pub clearances: Vec<Clearance>,
}

/// Something to look at, judged at the moment asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryFlag)]
pub enum Flag {
    /// An answer was due and has not come.
    DeadlinePassed,
    /// What was dispatched is not what arrived and was lost.
    Gap,
}

/// Which deliveries a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// At this stage.
    pub stage: Option<Stage>,
    /// With this outcome.
    pub status: Option<Outcome>,
    /// Of this organisation.
    pub organisation: Option<Id>,
    /// Along this corridor.
    pub corridor: Option<Id>,
    /// Bound for this place, by id or P-code, or for one that lies in it.
    pub area: Option<String>,
    /// With these words in the id or the destination's names.
    pub words: Option<Words>,
}

impl Filter {
    fn shows(&self, delivery: &Delivery, area: Option<&Area<'_>>) -> bool {
        let named = |words: &Words| {
            let destination = delivery.destination.as_ref();
            let names = spelled(destination.and_then(|place| place.names.as_ref()));
            words.found_in(names.chain([delivery.id.as_str()]))
        };
        self.stage.is_none_or(|stage| delivery.stage == stage)
            && self.status.is_none_or(|outcome| delivery.outcome == outcome)
            && self
                .organisation
                .as_ref()
                .is_none_or(|id| delivery.organisation.as_ref() == Some(id))
            && self.corridor.as_ref().is_none_or(|id| delivery.corridor.as_ref() == Some(id))
            && area.is_none_or(|area| area.holds(delivery.destination.as_ref()))
            && self.words.as_ref().is_none_or(named)
    }
}

impl View<'_> {
    /// The deliveries that have begun, by id.
    #[must_use]
    pub fn deliveries(&self, filter: &Filter, paging: &Paging) -> Page<Delivery> {
        let last = paging.after_id();
        let subjects = self.snapshot.streams(Kind::Delivery).after_id(last.as_ref());
        let begun = subjects.filter(|(_, stream)| self.has_begun(stream));
        let deliveries =
            begun.map(|(id, stream)| (id.to_string(), self.about_delivery(id, &stream)));
        let area = filter.area.as_deref().map(|name| self.area(name));
        paging.cut(deliveries.filter(|(_, delivery)| filter.shows(delivery, area.as_ref())))
    }

    /// One delivery, if the reader knows of it.
    #[must_use]
    pub fn delivery(&self, id: &Id) -> Option<Delivery> {
        Some(self.about_delivery(id, &*self.known(Kind::Delivery, id)?))
    }

    fn delivery_forms<'s>(&'s self, stream: &'s Stream) -> Vec<&'s Form> {
        stream.standing(self.seen).map(|standing| standing.form).collect()
    }

    /// The corridor that a delivery takes, by whoever said it last.
    pub(crate) fn delivery_corridor<'s>(&'s self, stream: &'s Stream) -> Option<&'s Id> {
        takes(&self.happened(stream), &self.delivery_forms(stream))
    }

    /// Where a delivery is, if it has begun.
    pub(crate) fn delivery_stage(&self, stream: &Stream) -> Option<Stage> {
        let journey = || Journey::of(&self.admitted(stream), self.asked.moment());
        self.has_begun(stream).then(|| journey().stage)
    }

    /// Where a delivery goes.
    pub(crate) fn delivery_destination<'s>(&'s self, stream: &'s Stream) -> Option<&'s Place> {
        registered(&self.delivery_forms(stream), destination)
    }

    /// Whose delivery it is.
    pub(crate) fn delivery_organisation<'s>(&'s self, stream: &'s Stream) -> Option<&'s Id> {
        registered(&self.delivery_forms(stream), organisation)
    }

    /// What figures are made of.
    pub(crate) fn worked_out(&self, stream: &Stream) -> WorkedOut {
        let moment = self.asked.moment();
        let admitted = self.admitted(stream);
        let journey = Journey::of(&admitted, moment);
        let clocks = clearances::clocks(&admitted, moment);
        let ledger = Ledger::of(self, &admitted);
        WorkedOut {
            outcome: outcome::outcome(&journey, ledger.fell_short(), &clocks),
            tonnes: ledger.tonnes(),
            events: admitted.iter().map(|standing| standing.report.id).collect(),
            journey,
            clocks,
        }
    }

    fn about_delivery(&self, id: &Id, stream: &Stream) -> Delivery {
        let moment = self.asked.moment();
        let forms = self.delivery_forms(stream);
        let admitted = self.admitted(stream);
        let journey = Journey::of(&admitted, moment);
        let ledger = Ledger::of(self, &admitted);
        let fell_short = ledger.fell_short();
        let ledger = ledger.rows();
        let clocks = clearances::clocks(&admitted, moment);
        let flags = flags(&ledger, &clocks, moment);
        Delivery {
            id: id.clone(),
            version: stream.version(self.seen),
            organisation: registered(&forms, organisation).cloned(),
            origin: registered(&forms, |form| planned(form)?.origin.as_ref()).cloned(),
            destination: registered(&forms, destination).cloned(),
            corridor: takes(&admitted, &forms).cloned(),
            mode: registered(&forms, |form| planned(form)?.mode.as_ref()).copied(),
            departs: registered(&forms, |form| planned(form)?.departs.as_ref()).copied(),
            stage: journey.stage,
            outcome: outcome::outcome(&journey, fell_short, &clocks),
            flags,
            ledger,
            holds: journey.holds,
            hold_threshold_hours: HOLD_THRESHOLD_HOURS,
            clearances: clocks.into_iter().map(|clock| clock.row).collect(),
        }
    }
}

/// What a delivery comes to, with the reports that it rests on.
pub(crate) struct WorkedOut {
    pub outcome: Outcome,
    pub journey: Journey,
    pub clocks: Vec<Clock>,
    pub tonnes: Vec<Part>,
    /// The reports that the policy admits.
    pub events: Vec<EventId>,
}

fn flags(ledger: &[Row], clocks: &[Clock], moment: DateTime<Utc>) -> Vec<Flag> {
    let overdue = clocks.iter().any(|clock| clock.is_overdue(moment));
    let gap = ledger.iter().any(Row::has_gap);
    let flags = [(overdue, Flag::DeadlinePassed), (gap, Flag::Gap)];
    flags.into_iter().filter(|(is_so, _)| *is_so).map(|(_, flag)| flag).collect()
}

/// The corridor by the newest admitted report that names one, else by what the delivery is.
fn takes<'f>(admitted: &[Standing<'f>], forms: &[&'f Form]) -> Option<&'f Id> {
    let newest = admitted.iter().rev().find_map(|standing| corridor(standing.form));
    newest.or_else(|| registered(forms, corridor))
}

/// What a delivery is, at every moment: by its plan, else by the earliest recorded report of
/// somebody else's delivery that says so (rules 18, 27, 46).
fn registered<'f, T>(
    forms: &[&'f Form],
    told: impl Fn(&'f Form) -> Option<&'f T>,
) -> Option<&'f T> {
    let plans = forms.iter().filter(|form| planned(form).is_some());
    let reports = forms.iter().filter(|form| reported(form).is_some());
    plans.chain(reports).find_map(|form| told(form))
}

fn planned(form: &Form) -> Option<&Planned> {
    let Payload::Delivery(Event::Planned(plan)) = &form.payload else {
        return None;
    };
    Some(plan)
}

fn reported(form: &Form) -> Option<&Reported> {
    let Payload::Delivery(Event::Reported(report)) = &form.payload else {
        return None;
    };
    Some(report)
}

fn organisation(form: &Form) -> Option<&Id> {
    let by_plan = planned(form).map(|plan| &plan.organisation);
    by_plan.or_else(|| reported(form)?.organisation.as_ref())
}

fn destination(form: &Form) -> Option<&Place> {
    let by_plan = planned(form).map(|plan| &plan.destination);
    by_plan.or_else(|| reported(form)?.destination.as_ref())
}

/// The corridor that a report says the delivery takes.
fn corridor(form: &Form) -> Option<&Id> {
    if let Payload::Delivery(Event::Rerouted(change)) = &form.payload {
        return change.corridor.as_ref();
    }
    let by_plan = planned(form).and_then(|plan| plan.corridor.as_ref());
    by_plan.or_else(|| reported(form)?.corridor.as_ref())
}
