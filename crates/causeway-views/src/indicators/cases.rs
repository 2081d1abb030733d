//! What figures are made of, gathered once for a whole period: cells, constraints, deliveries,
//! incidents, reports. Each figure then takes what lies in its part of the period.

use std::sync::Arc;

use causeway_domain::corridor::Cell;
use causeway_domain::incident::Harm;
use causeway_domain::report::Named;
use causeway_domain::words::{Category, ClearanceAnswer, ConstraintKind, CorridorStatus};
use causeway_domain::{EventId, Id, Kind, Time};
use chrono::{DateTime, TimeDelta, Utc};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::Question;
use crate::chronicle::Entry;
use crate::claims::Claim;
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

impl<T: Send> From<Vec<(DateTime<Utc>, T)>> for Timeline<T> {
    fn from(mut cases: Vec<(DateTime<Utc>, T)>) -> Timeline<T> {
        cases.par_sort_by_key(|(time, _)| *time);
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
    /// What the question is about, gathered on all cores.
    pub(super) fn gather(view: &View<'_>, question: &Question) -> Cases {
        let gathering = Gathering { view, question, span: question.period.instants() };
        let (deliveries, (cells, constraints, incidents, reports)) = rayon::join(
            || gathering.deliveries(),
            || {
                let (cells, constraints) = (gathering.cells(), gathering.constraints());
                (cells, constraints, gathering.incidents(), gathering.reports())
            },
        );
        Cases { cells, constraints, deliveries, incidents, reports }
    }
}

struct Gathering<'v> {
    view: &'v View<'v>,
    question: &'v Question,
    span: Span,
}

impl<'v> Gathering<'v> {
    fn scope(&self) -> Scope<'v> {
        Scope::new(self.view, self.question.corridor.as_ref(), self.question.area.as_deref())
    }

    /// The subjects of a kind that are meant.
    fn meant(&self, kind: Kind) -> impl ParallelIterator<Item = (&'v Id, Arc<Stream>)> {
        let scope = self.scope();
        let snapshot = self.view.snapshot;
        let subjects = snapshot.streams(kind).iter();
        let meant: Vec<_> = subjects.filter(|(id, _)| scope.takes(kind, id)).collect();
        meant.into_par_iter().filter_map(|(id, number)| Some((id, snapshot.stream(number)?)))
    }

    /// The same, of those that have begun, with when they did.
    fn begun(
        &self,
        kind: Kind,
    ) -> impl ParallelIterator<Item = (&'v Id, Arc<Stream>, DateTime<Utc>)> {
        let moment = self.view.asked.moment();
        self.meant(kind).filter_map(move |(id, stream)| {
            let began = stream.first(self.view.seen)?.time.instant();
            (began <= moment).then_some((id, stream, began))
        })
    }

    fn cells(&self) -> Vec<CellCase> {
        let scales = self.view.scales();
        let of_corridor = |(id, stream): (&Id, Arc<Stream>)| {
            let told =
                |claims: &[&Claim<'_, CorridorStatus>]| scales.spells(claims, self.span).into();
            let cells = self.view.each_cell(&stream, told).into_iter();
            let corridor = id.clone();
            cells.map(move |(cell, spells)| CellCase { corridor: corridor.clone(), cell, spells })
        };
        let known =
            self.meant(Kind::Corridor).filter(|(_, stream)| stream.is_known(self.view.seen));
        known.flat_map_iter(of_corridor).collect()
    }

    fn constraints(&self) -> Vec<ConstraintCase> {
        let case = |(id, stream, _): (&Id, Arc<Stream>, _)| {
            let claims = self.view.in_force_claims(&stream);
            let (kind, category) = self.view.constraint_sort(&stream);
            ConstraintCase {
                id: id.clone(),
                is_blockade: kind == Some(ConstraintKind::Blockade),
                category,
                spells: self.view.scales().spells(&claims.iter().collect::<Vec<_>>(), self.span),
            }
        };
        self.begun(Kind::Constraint).map(case).collect()
    }

    fn deliveries(&self) -> Deliveries {
        let organisation = self.question.organisation.as_ref();
        let moment = self.view.asked.moment();
        let begun = self.begun(Kind::Delivery).filter(|(_, stream, _)| {
            organisation.is_none() || organisation == self.view.delivery_organisation(stream)
        });
        let found = begun.fold(Found::default, |found, (_, stream, began)| {
            found.with(began, self.view.worked_out(&stream), moment)
        });
        let Found { begun, holds, clearances, counted } =
            found.reduce(Found::default, Found::followed_by);
        Deliveries {
            begun: begun.into(),
            holds,
            clearances: clearances.into(),
            counted: counted.into(),
        }
    }

    fn incidents(&self) -> Timeline<IncidentCase> {
        let within = self.begun(Kind::Incident).filter(|(_, _, began)| self.is_within(*began));
        let case = |(_, stream, began): (&Id, Arc<Stream>, _)| {
            let claims = self.view.harm_claims(&stream);
            let winner = self.view.scales().winner(&claims.iter().collect::<Vec<_>>())?;
            let harm = winner.value.clone();
            Some((began, IncidentCase { harm, event: winner.standing.report.id }))
        };
        within.filter_map(case).collect::<Vec<_>>().into()
    }

    /// The reports by whose lateness we judge ourselves: those of something that happened (rule
    /// 45), withdrawn ones too.
    fn reports(&self) -> Timeline<ReportCase> {
        let scope = self.scope();
        let seen = self.view.seen;
        let entries = self.view.snapshot.chronicle.iter();
        let visible = entries.filter(|(at, entry)| seen.admits(*at, entry.classification));
        let cases = visible.filter_map(|(_, entry)| self.report(&scope, &entry));
        cases.collect::<Vec<_>>().into()
    }

    fn report(&self, scope: &Scope<'_>, entry: &Entry<'_>) -> Option<(DateTime<Utc>, ReportCase)> {
        let time = entry.time.instant();
        let organisation = self.question.organisation.as_ref();
        let counts = self.is_within(time)
            && tells_of_the_world(entry)
            && organisation.is_none_or(|organisation| entry.organisation == organisation)
            && scope.takes(entry.subject.kind, &entry.subject.id);
        let lag = entry.recorded.instant() - time;
        counts.then_some((time, ReportCase { lag, event: entry.id }))
    }

    fn is_within(&self, instant: DateTime<Utc>) -> bool {
        let (from, to) = self.span;
        from <= instant && instant < to
    }
}

/// What deliveries come to, before it is put in order of time.
#[derive(Default)]
struct Found {
    begun: Vec<(DateTime<Utc>, DeliveryCase)>,
    holds: Vec<HoldCase>,
    clearances: Vec<(DateTime<Utc>, ClearanceCase)>,
    counted: Vec<(DateTime<Utc>, Part)>,
}

impl Found {
    fn with(mut self, began: DateTime<Utc>, of: WorkedOut, moment: DateTime<Utc>) -> Found {
        self.begun.push((began, DeliveryCase { outcome: of.outcome, events: of.events }));
        let held = of.journey.holds.into_iter().zip(of.journey.hold_events);
        self.holds.extend(held.map(|(hold, events)| HoldCase {
            span: (hold.from.instant(), hold.to.map_or(moment, Time::instant)),
            events,
        }));
        self.clearances.extend(of.clocks.into_iter().filter_map(|clock| {
            let requested = clock.row.requested?.instant();
            let length = clock.row.answered.map_or(moment, Time::instant) - requested;
            let case = ClearanceCase { length, answer: clock.row.answer, events: clock.events };
            Some((requested, case))
        }));
        self.counted.extend(of.tonnes.into_iter().map(|part| (part.time, part)));
        self
    }

    fn followed_by(mut self, other: Found) -> Found {
        self.begun.extend(other.begun);
        self.holds.extend(other.holds);
        self.clearances.extend(other.clearances);
        self.counted.extend(other.counted);
        self
    }
}

/// Whether a report tells of something that happened: no registration, plan, promise or statement.
fn tells_of_the_world(entry: &Entry<'_>) -> bool {
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
