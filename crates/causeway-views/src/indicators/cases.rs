//! What figures are made of, gathered once for a whole period: cells, constraints, deliveries,
//! incidents, reports. Each figure then takes what lies in its part of the period.

use std::thread;

use causeway_domain::corridor::{self, Cell};
use causeway_domain::incident::Harm;
use causeway_domain::words::{Category, ClearanceAnswer, ConstraintKind, CorridorStatus};
use causeway_domain::{EventId, Id, Kind, Payload, Time, delivery};
use chrono::{DateTime, TimeDelta, Utc};
use strum::IntoEnumIterator;

use super::Question;
use crate::constraints::Answer;
use crate::deliveries::{Outcome, Part, WorkedOut};
use crate::history::{Interval, Span};
use crate::scope::Scope;
use crate::streams::{Report, Stream};
use crate::view::View;

/// Everything that a figure can be made of.
#[derive(Debug, Default)]
pub(super) struct Cases {
    pub cells: Vec<CellCase>,
    pub constraints: Vec<ConstraintCase>,
    pub deliveries: Vec<DeliveryCase>,
    pub incidents: Vec<IncidentCase>,
    /// In order of time.
    pub reports: Vec<ReportCase>,
}

/// One cell of a corridor through the period.
#[derive(Debug)]
pub(super) struct CellCase {
    pub corridor: Id,
    pub cell: Cell,
    pub intervals: Vec<Interval<CorridorStatus>>,
}

/// A constraint through the period.
#[derive(Debug)]
pub(super) struct ConstraintCase {
    pub id: Id,
    pub is_blockade: bool,
    pub category: Option<Category>,
    pub intervals: Vec<Interval<Answer>>,
}

/// A delivery as it stands at the moment asked.
#[derive(Debug)]
pub(super) struct DeliveryCase {
    /// The time of its first report.
    pub began: DateTime<Utc>,
    pub outcome: Outcome,
    /// The reports on it that the policy admits.
    pub events: Vec<EventId>,
    pub holds: Vec<HoldCase>,
    pub clearances: Vec<ClearanceCase>,
    /// What was counted in tonnes, report by report.
    pub parts: Vec<Part>,
}

/// A time during which a delivery was held.
#[derive(Debug)]
pub(super) struct HoldCase {
    pub span: Span,
    pub events: Vec<EventId>,
}

/// A request for passage.
#[derive(Debug)]
pub(super) struct ClearanceCase {
    pub requested: DateTime<Utc>,
    /// How long it took, or has taken so far.
    pub length: TimeDelta,
    pub answer: Option<ClearanceAnswer>,
    pub events: Vec<EventId>,
}

/// An incident with its figures as resolved.
#[derive(Debug)]
pub(super) struct IncidentCase {
    pub time: DateTime<Utc>,
    pub harm: Vec<Harm>,
    pub events: Vec<EventId>,
}

/// A report on record, and how long it took to get there.
#[derive(Debug)]
pub(super) struct ReportCase {
    pub time: DateTime<Utc>,
    pub lag: TimeDelta,
    pub event: EventId,
}

impl Cases {
    /// What the question is about, the larger parts beside each other.
    pub(super) fn gather(view: &View<'_>, question: &Question) -> Cases {
        let gathering = || Gathering::new(view, question);
        thread::scope(|scope| {
            let deliveries = scope.spawn(|| gathering().deliveries());
            let reports = scope.spawn(|| gathering().reports());
            Cases {
                cells: gathering().cells(),
                constraints: gathering().constraints(),
                incidents: gathering().incidents(),
                deliveries: deliveries.join().expect("gathering does not panic"),
                reports: reports.join().expect("gathering does not panic"),
            }
        })
    }
}

struct Gathering<'v> {
    view: &'v View<'v>,
    question: &'v Question,
    scope: Scope<'v>,
    span: Span,
}

impl<'v> Gathering<'v> {
    fn new(view: &'v View<'v>, question: &'v Question) -> Gathering<'v> {
        let scope = Scope::new(view, question.corridor.as_ref(), question.area.as_deref());
        Gathering { view, question, scope, span: question.period.instants() }
    }

    /// The subjects of a kind that are meant and that the reader knows of.
    fn meant(&self, kind: Kind) -> impl Iterator<Item = (&'v Id, &'v Stream)> {
        let known = self.view.snapshot.streams(kind).iter();
        let known = known.filter(|(_, stream)| stream.is_known(self.view.seen));
        known.filter(move |(id, _)| self.scope.takes(kind, id))
    }

    /// The same, of those that have begun, with when they did.
    fn begun(&self, kind: Kind) -> impl Iterator<Item = (&'v Id, &'v Stream, DateTime<Utc>)> {
        let moment = self.view.asked.moment();
        self.view.snapshot.streams(kind).iter().filter_map(move |(id, stream)| {
            let began = stream.first(self.view.seen)?.time.instant();
            (began <= moment && self.scope.takes(kind, id)).then_some((id, stream, began))
        })
    }

    fn cells(&self) -> Vec<CellCase> {
        let scales = self.view.scales();
        let of_corridor = |(id, stream): (&Id, &Stream)| {
            let cells = self.view.each_cell(stream, |claims| scales.spells(claims, self.span));
            let corridor = id.clone();
            cells.into_iter().map(move |(cell, intervals)| CellCase {
                corridor: corridor.clone(),
                cell,
                intervals,
            })
        };
        self.meant(Kind::Corridor).flat_map(of_corridor).collect()
    }

    fn constraints(&self) -> Vec<ConstraintCase> {
        let case = |(id, stream, _): (&Id, &Stream, _)| {
            let claims = self.view.in_force_claims(stream);
            let (kind, category) = self.view.constraint_sort(stream);
            ConstraintCase {
                id: id.clone(),
                is_blockade: kind == Some(ConstraintKind::Blockade),
                category,
                intervals: self.view.scales().spells(&claims, self.span),
            }
        };
        self.begun(Kind::Constraint).map(case).collect()
    }

    fn deliveries(&self) -> Vec<DeliveryCase> {
        let organisation = self.question.organisation.as_ref();
        let is_theirs = |stream: &Stream| {
            organisation.is_none() || organisation == self.view.delivery_organisation(stream)
        };
        let begun = self.begun(Kind::Delivery).filter(|(_, stream, _)| is_theirs(stream));
        begun.map(|(_, stream, began)| self.delivery(stream, began)).collect()
    }

    fn delivery(&self, stream: &Stream, began: DateTime<Utc>) -> DeliveryCase {
        let moment = self.view.asked.moment();
        let WorkedOut { outcome, journey, clocks, tonnes, events } = self.view.worked_out(stream);
        let holds = journey.holds.iter().zip(journey.hold_events).map(|(hold, events)| HoldCase {
            span: (hold.from.instant(), hold.to.map_or(moment, Time::instant)),
            events,
        });
        let clearances = clocks.into_iter().filter_map(|clock| {
            let requested = clock.row.requested?.instant();
            let ended = clock.row.answered.map_or(moment, Time::instant);
            Some(ClearanceCase {
                requested,
                length: ended - requested,
                answer: clock.row.answer,
                events: clock.events,
            })
        });
        let (holds, clearances) = (holds.collect(), clearances.collect());
        DeliveryCase { began, outcome, events, holds, clearances, parts: tonnes }
    }

    fn incidents(&self) -> Vec<IncidentCase> {
        let (from, to) = self.span;
        let case = |(_, stream, _): (&Id, &Stream, _)| {
            let time = stream.first_standing(self.view.seen)?.report.time.instant();
            let resolved = self.view.harm_of(stream);
            let is_within = from <= time && time < to;
            is_within.then(|| IncidentCase {
                time,
                harm: resolved.value.unwrap_or_default(),
                events: resolved.basis.into_iter().take(1).collect(),
            })
        };
        self.begun(Kind::Incident).filter_map(case).collect()
    }

    /// The reports by whose lateness we judge ourselves: those of something that happened (rule
    /// 45), withdrawn ones too.
    fn reports(&self) -> Vec<ReportCase> {
        let streams = Kind::iter().flat_map(|kind| self.meant(kind));
        let seen = streams.flat_map(|(_, stream)| stream.seen(self.view.seen));
        let mut reports: Vec<_> = seen.filter_map(|report| self.report(report)).collect();
        reports.sort_unstable_by_key(|report| report.time);
        reports
    }

    fn report(&self, report: &Report) -> Option<ReportCase> {
        let (from, to) = self.span;
        let time = report.time.instant();
        let entry = self.view.snapshot.chronicle.entry(report.position)?;
        let organisation = self.question.organisation.as_ref();
        let counts = from <= time
            && time < to
            && organisation.is_none_or(|organisation| entry.organisation == *organisation)
            && report.original().is_some_and(|said| tells_of_the_world(&said.payload));
        let lag = entry.recorded.instant() - time;
        counts.then_some(ReportCase { time, lag, event: report.id })
    }
}

/// Whether a report tells of something that happened: no registration, plan, promise or statement.
fn tells_of_the_world(said: &Payload) -> bool {
    match said {
        Payload::Corridor(said) => {
            !matches!(said, corridor::Event::Registered(_) | corridor::Event::WindowAnnounced(_))
        }
        Payload::Delivery(said) => !matches!(said, delivery::Event::Planned(_)),
        Payload::Constraint(_) | Payload::Incident(_) | Payload::Movement(_) => true,
        Payload::Statement(_)
        | Payload::Bulletin(_)
        | Payload::Actor(_)
        | Payload::Place(_)
        | Payload::Report(_) => false,
    }
}
