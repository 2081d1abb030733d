//! What figures are made of, gathered once for a whole period: cells, constraints, deliveries,
//! incidents, reports. Each figure then takes what lies in its part of the period.

use std::sync::Arc;
use std::thread;

use causeway_domain::corridor::Cell;
use causeway_domain::incident::Harm;
use causeway_domain::report::Named;
use causeway_domain::words::{Category, ClearanceAnswer, ConstraintKind, CorridorStatus};
use causeway_domain::{EventId, Id, Kind, Time};
use chrono::{DateTime, TimeDelta, Utc};

use super::Question;
use crate::Position;
use crate::chronicle::Entry;
use crate::constraints::Answer;
use crate::deliveries::{Outcome, Part, WorkedOut};
use crate::history::{Span, Spell};
use crate::scope::Scope;
use crate::streams::Stream;
use crate::view::View;

/// Everything that a figure can be made of.
#[derive(Debug)]
pub(super) struct Cases {
    pub cells: Vec<CellCase>,
    pub constraints: Vec<ConstraintCase>,
    pub deliveries: Deliveries,
    /// By their first report that stands.
    pub incidents: Timeline<IncidentCase>,
    /// By what they tell of.
    pub reports: Timeline<ReportCase>,
}

/// What deliveries come to.
#[derive(Debug)]
pub(super) struct Deliveries {
    /// By their first report.
    pub begun: Timeline<DeliveryCase>,
    pub holds: Vec<HoldCase>,
    /// By when they were requested.
    pub clearances: Timeline<ClearanceCase>,
    /// What was counted in tonnes, report by report.
    pub counted: Timeline<Part>,
}

/// Cases in order of time.
#[derive(Debug)]
pub(super) struct Timeline<T>(Vec<(DateTime<Utc>, T)>);

impl<T> FromIterator<(DateTime<Utc>, T)> for Timeline<T> {
    fn from_iter<I: IntoIterator<Item = (DateTime<Utc>, T)>>(cases: I) -> Timeline<T> {
        let mut cases: Vec<_> = cases.into_iter().collect();
        cases.sort_by_key(|(time, _)| *time);
        Timeline(cases)
    }
}

impl<T> Timeline<T> {
    /// The cases of a stretch of time.
    pub(super) fn within(&self, (from, to): Span) -> impl Iterator<Item = &T> {
        let first = self.0.partition_point(|(time, _)| *time < from);
        let end = self.0.partition_point(|(time, _)| *time < to);
        self.0[first..end].iter().map(|(_, case)| case)
    }
}

/// One cell of a corridor through the period.
#[derive(Debug)]
pub(super) struct CellCase {
    pub corridor: Id,
    pub cell: Cell,
    /// Shared by cells on which the same was said.
    pub spells: Arc<[Spell<CorridorStatus>]>,
}

/// A constraint through the period.
#[derive(Debug)]
pub(super) struct ConstraintCase {
    pub id: Id,
    pub is_blockade: bool,
    pub category: Option<Category>,
    pub spells: Vec<Spell<Answer>>,
}

/// A delivery as it stands at the moment asked.
#[derive(Debug)]
pub(super) struct DeliveryCase {
    pub outcome: Outcome,
    /// The reports on it that the policy admits.
    pub events: Vec<EventId>,
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
    /// How long it took, or has taken so far.
    pub length: TimeDelta,
    pub answer: Option<ClearanceAnswer>,
    pub events: Vec<EventId>,
}

/// An incident with its figures as resolved.
#[derive(Debug)]
pub(super) struct IncidentCase {
    pub harm: Vec<Harm>,
    /// The report whose figures these are.
    pub event: EventId,
}

/// A report on record, and how long it took to get there.
#[derive(Debug)]
pub(super) struct ReportCase {
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

    /// The subjects of a kind that are meant and have begun, with when they did.
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
            let told = |claims: &[_]| scales.spells(claims, self.span).into();
            let cells = self.view.each_cell(stream, told).into_iter();
            let corridor = id.clone();
            cells.map(move |(cell, spells)| CellCase { corridor: corridor.clone(), cell, spells })
        };
        let known = self.view.snapshot.streams(Kind::Corridor).iter();
        let known = known.filter(|(_, stream)| stream.is_known(self.view.seen));
        let meant = known.filter(|(id, _)| self.scope.takes(Kind::Corridor, id));
        meant.flat_map(of_corridor).collect()
    }

    fn constraints(&self) -> Vec<ConstraintCase> {
        let case = |(id, stream, _): (&Id, &Stream, _)| {
            let claims = self.view.in_force_claims(stream);
            let (kind, category) = self.view.constraint_sort(stream);
            ConstraintCase {
                id: id.clone(),
                is_blockade: kind == Some(ConstraintKind::Blockade),
                category,
                spells: self.view.scales().spells(&claims, self.span),
            }
        };
        self.begun(Kind::Constraint).map(case).collect()
    }

    fn deliveries(&self) -> Deliveries {
        let organisation = self.question.organisation.as_ref();
        let is_theirs = |stream: &Stream| {
            organisation.is_none() || organisation == self.view.delivery_organisation(stream)
        };
        let moment = self.view.asked.moment();
        let (mut begun, mut holds, mut clearances, mut counted) = (vec![], vec![], vec![], vec![]);
        for (_, stream, began) in self.begun(Kind::Delivery) {
            if !is_theirs(stream) {
                continue;
            }
            let WorkedOut { outcome, journey, clocks, tonnes, events } =
                self.view.worked_out(stream);
            begun.push((began, DeliveryCase { outcome, events }));
            let held = journey.holds.into_iter().zip(journey.hold_events);
            holds.extend(held.map(|(hold, events)| HoldCase {
                span: (hold.from.instant(), hold.to.map_or(moment, Time::instant)),
                events,
            }));
            clearances.extend(clocks.into_iter().filter_map(|clock| {
                let requested = clock.row.requested?.instant();
                let length = clock.row.answered.map_or(moment, Time::instant) - requested;
                let case = ClearanceCase { length, answer: clock.row.answer, events: clock.events };
                Some((requested, case))
            }));
            counted.extend(tonnes.into_iter().map(|part| (part.time, part)));
        }
        Deliveries {
            begun: begun.into_iter().collect(),
            holds,
            clearances: clearances.into_iter().collect(),
            counted: counted.into_iter().collect(),
        }
    }

    fn incidents(&self) -> Timeline<IncidentCase> {
        let within = self.begun(Kind::Incident).filter(|(_, _, began)| self.is_within(*began));
        let case = |(_, stream, began): (&Id, &Stream, _)| {
            let claims = self.view.harm_claims(stream);
            let winner = self.view.scales().winner(&claims)?;
            let harm = winner.value.clone();
            Some((began, IncidentCase { harm, event: winner.basis.report }))
        };
        within.filter_map(case).collect()
    }

    /// The reports by whose lateness we judge ourselves: those of something that happened (rule
    /// 45), withdrawn ones too.
    fn reports(&self) -> Timeline<ReportCase> {
        let entries = self.view.snapshot.chronicle.iter();
        entries.filter_map(|(position, entry)| self.report(position, entry)).collect()
    }

    fn report(&self, position: Position, entry: &Entry) -> Option<(DateTime<Utc>, ReportCase)> {
        let time = entry.time.instant();
        let organisation = self.question.organisation.as_ref();
        let counts = self.is_within(time)
            && tells_of_the_world(entry)
            && self.view.seen.admits(position, entry.classification)
            && organisation.is_none_or(|organisation| entry.organisation == *organisation)
            && self.scope.takes(entry.subject.kind, &entry.subject.id);
        let lag = entry.recorded.instant() - time;
        counts.then_some((time, ReportCase { lag, event: entry.id }))
    }

    fn is_within(&self, instant: DateTime<Utc>) -> bool {
        let (from, to) = self.span;
        from <= instant && instant < to
    }
}

/// Whether a report tells of something that happened: no registration, plan, promise or statement.
fn tells_of_the_world(entry: &Entry) -> bool {
    const WORDS_ONLY: [&str; 3] =
        ["corridor.registered.v1", "corridor.window_announced.v1", "delivery.planned.v1"];
    let happens = match entry.subject.kind {
        Kind::Corridor | Kind::Constraint | Kind::Delivery | Kind::Incident | Kind::Movement => {
            true
        }
        Kind::Statement | Kind::Bulletin | Kind::Actor | Kind::Place => false,
    };
    happens && entry.named == Named::Report && !WORDS_ONLY.contains(&entry.type_name)
}
