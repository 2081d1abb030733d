//! What was so when: a period as resolved intervals that tile it, without gap or overlap
//! (rule 44).

use std::collections::HashSet;
use std::sync::Arc;

use causeway_domain::corridor::Cell;
use causeway_domain::words::{CorridorStatus, Direction, Traffic};
use causeway_domain::{EventId, Id, Kind, Time};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::claims::{Claim, Scales};
use crate::constraints::Answer;
use crate::corridors::Known;
use crate::lengths::{Hours, Seconds};
use crate::view::View;

/// A period of time, `[from, to)`; it has a length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
}

impl Period {
    /// Its first instant and the first one after it.
    #[must_use]
    pub fn instants(self) -> Span {
        (self.from.instant(), self.to.instant())
    }
}

/// How many intervals one answer has.
pub const INTERVAL_LIMIT: usize = 20_000;

/// More intervals than one answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} intervals, at most {INTERVAL_LIMIT} in one answer: ask for a shorter period")]
pub struct TooManyIntervals(usize);

/// Two instants, the second not in it.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// The past of a corridor, cell by cell.
#[derive(Debug, Serialize, ToSchema)]
pub struct CorridorHistory {
    /// The corridor.
    #[schema(example = "lachin")]
    pub id: Id,
    /// The first instant.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
    /// Its 14 cells, inbound first (rule 10).
    pub cells: Vec<CellHistory>,
}

/// The past of one cell.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellHistory {
    /// Which way.
    pub direction: Direction,
    /// What passes.
    pub traffic: Traffic,
    /// What was so when, oldest first.
    pub intervals: Vec<CellInterval>,
    /// How long in hours, rounded to 4 places.
    pub hours: ByStatus<Hours>,
    /// How long in seconds, exactly; they add up to the period.
    pub seconds: ByStatus<Seconds>,
}

/// A stretch of time in which a cell had one status.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellInterval {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
    /// The status.
    pub status: Known,
    /// The reports that won in it, in order.
    pub basis: Vec<EventId>,
}

/// A figure for each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, ToSchema)]
pub struct ByStatus<T> {
    /// Traffic passed.
    pub open: T,
    /// Some passed, or under conditions.
    pub restricted: T,
    /// None passed.
    pub closed: T,
    /// Nobody spoke.
    pub unknown: T,
}

/// The past of a constraint.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConstraintHistory {
    /// The constraint.
    #[schema(example = "lachin-blockade")]
    pub id: Id,
    /// The first instant.
    pub from: Time,
    /// The first instant after it.
    pub to: Time,
    /// Whether it was in force, oldest first.
    pub intervals: Vec<ForceInterval>,
    /// How long in hours, rounded to 4 places.
    pub hours: ByAnswer<Hours>,
    /// How long in seconds, exactly; they add up to the period.
    pub seconds: ByAnswer<Seconds>,
}

/// A stretch of time in which a constraint was in force, or was not.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForceInterval {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
    /// Whether it was in force.
    pub value: Answer,
    /// The reports that won in it, in order.
    pub basis: Vec<EventId>,
}

/// A figure for each answer.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct ByAnswer<T> {
    /// It was in force.
    pub yes: T,
    /// It was not.
    pub no: T,
    /// Nobody spoke.
    pub unknown: T,
}

/// A stretch of time with one winner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell<V> {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The first instant after it.
    pub to: DateTime<Utc>,
    /// The value; nobody spoke where there is none.
    pub value: Option<V>,
    /// The report that won.
    pub winner: Option<EventId>,
}

/// A stretch of time in which one value was so.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Interval<V> {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    value: Option<V>,
    /// The reports that won in it, in order.
    basis: Vec<EventId>,
}

impl Scales<'_> {
    /// The period as spells that tile it, oldest first; neighbours may say the same. What lies
    /// after the moment asked is unknown.
    #[must_use]
    pub fn spells<V: PartialEq + Clone>(
        &self,
        claims: &[&Claim<'_, V>],
        (from, to): Span,
    ) -> Vec<Spell<V>> {
        let known = to.min(self.moment).max(from);
        let unknown = Spell { from: known, to, value: None, winner: None };
        let mut spells = vec![unknown];
        let mut ends = known;
        for stretch in (Scales { moment: known, ..*self }).stretches(claims) {
            let begins = stretch.from.map_or(from, |begins| begins.max(from));
            spells.push(Spell {
                from: begins,
                to: ends,
                value: stretch.winner.map(|winner| winner.value.clone()),
                winner: stretch.winner.map(|winner| winner.standing.report.id),
            });
            ends = begins;
            if begins == from {
                break;
            }
        }
        spells.retain(|spell| spell.from < spell.to);
        spells.reverse();
        spells
    }
}

/// The spells as intervals of which neighbours say different things. A winner that returns is
/// named once.
fn merged<V: PartialEq + Clone>(spells: &[Spell<V>]) -> Vec<Interval<V>> {
    let mut intervals: Vec<Interval<V>> = Vec::new();
    for spell in spells {
        match intervals.last_mut().filter(|before| before.value == spell.value) {
            Some(before) => {
                before.to = spell.to;
                before.basis.extend(spell.winner);
            }
            None => intervals.push(Interval::from(spell)),
        }
    }
    for interval in &mut intervals {
        let mut named = HashSet::new();
        interval.basis.retain(|winner| named.insert(*winner));
    }
    intervals
}

impl<V: Clone> From<&Spell<V>> for Interval<V> {
    fn from(spell: &Spell<V>) -> Interval<V> {
        let Spell { from, to, ref value, winner } = *spell;
        Interval { from, to, value: value.clone(), basis: winner.into_iter().collect() }
    }
}

impl<T> ByStatus<T> {
    fn at(&mut self, status: Option<CorridorStatus>) -> &mut T {
        match status {
            Some(CorridorStatus::Open) => &mut self.open,
            Some(CorridorStatus::Restricted) => &mut self.restricted,
            Some(CorridorStatus::Closed) => &mut self.closed,
            None => &mut self.unknown,
        }
    }
}

/// How long the `spells` are in which `value` was so, within `span`.
pub(crate) fn time_at<V: PartialEq>(
    spells: &[Spell<V>],
    value: Option<&V>,
    span: Span,
) -> TimeDelta {
    let at = spells.iter().filter(|spell| spell.value.as_ref() == value);
    at.map(|spell| spell.within(span)).sum()
}

impl<V> Spell<V> {
    /// How much of it lies within `span`.
    pub(crate) fn within(&self, (from, to): Span) -> TimeDelta {
        (self.to.min(to) - self.from.max(from)).max(TimeDelta::zero())
    }
}

/// How long a cell had each status within `span`.
pub(crate) fn by_status(spells: &[Spell<CorridorStatus>], span: Span) -> ByStatus<TimeDelta> {
    let mut lengths = ByStatus::default();
    for spell in spells {
        *lengths.at(spell.value) += spell.within(span);
    }
    lengths
}

impl<T: Copy> ByStatus<T> {
    /// The same figures in another form.
    pub(crate) fn map<U>(self, form: impl Fn(T) -> U) -> ByStatus<U> {
        ByStatus {
            open: form(self.open),
            restricted: form(self.restricted),
            closed: form(self.closed),
            unknown: form(self.unknown),
        }
    }
}

impl View<'_> {
    /// The past of a corridor, if the reader knows of it.
    ///
    /// # Errors
    /// Where it has more intervals than one answer holds.
    pub fn corridor_history(
        &self,
        id: &Id,
        period: Period,
    ) -> Result<Option<CorridorHistory>, TooManyIntervals> {
        let Some(stream) = self.known(Kind::Corridor, id) else { return Ok(None) };
        let span = period.instants();
        let cells = self.each_cell(&stream, |claims| self.scales().spells(claims, span).into());
        let cells: Vec<_> = cells.iter().map(|cell| CellHistory::of(cell, span)).collect();
        fits(cells.iter().map(|cell| cell.intervals.len()).sum())?;
        Ok(Some(CorridorHistory { id: id.clone(), from: period.from, to: period.to, cells }))
    }

    /// The past of a constraint, if the reader knows of it.
    ///
    /// # Errors
    /// Where it has more intervals than one answer holds.
    pub fn constraint_history(
        &self,
        id: &Id,
        period: Period,
    ) -> Result<Option<ConstraintHistory>, TooManyIntervals> {
        let Some(stream) = self.known(Kind::Constraint, id) else { return Ok(None) };
        let span = period.instants();
        let claims = self.in_force_claims(&stream);
        let spells = self.scales().spells(&claims.iter().collect::<Vec<_>>(), span);
        let lengths = ByAnswer {
            yes: time_at(&spells, Some(&Answer::Yes), span),
            no: time_at(&spells, Some(&Answer::No), span),
            unknown: time_at(&spells, None, span),
        };
        let intervals = merged(&spells);
        fits(intervals.len())?;
        Ok(Some(ConstraintHistory {
            id: id.clone(),
            from: period.from,
            to: period.to,
            intervals: intervals.into_iter().map(ForceInterval::from).collect(),
            hours: lengths.map(Hours),
            seconds: lengths.map(Seconds),
        }))
    }
}

fn fits(intervals: usize) -> Result<(), TooManyIntervals> {
    if intervals > INTERVAL_LIMIT { Err(TooManyIntervals(intervals)) } else { Ok(()) }
}

impl CellHistory {
    fn of(
        ((direction, traffic), spells): &(Cell, Arc<[Spell<CorridorStatus>]>),
        span: Span,
    ) -> CellHistory {
        let lengths = by_status(spells, span);
        CellHistory {
            direction: *direction,
            traffic: *traffic,
            intervals: merged(spells).into_iter().map(CellInterval::from).collect(),
            hours: lengths.map(Hours),
            seconds: lengths.map(Seconds),
        }
    }
}

impl From<Interval<CorridorStatus>> for CellInterval {
    fn from(interval: Interval<CorridorStatus>) -> CellInterval {
        let Interval { from, to, value, basis } = interval;
        CellInterval { from, to, status: value.into(), basis }
    }
}

impl From<Interval<Answer>> for ForceInterval {
    fn from(interval: Interval<Answer>) -> ForceInterval {
        let Interval { from, to, value, basis } = interval;
        ForceInterval { from, to, value: value.unwrap_or(Answer::Unknown), basis }
    }
}

impl<T: Copy> ByAnswer<T> {
    fn map<U>(self, form: impl Fn(T) -> U) -> ByAnswer<U> {
        ByAnswer { yes: form(self.yes), no: form(self.no), unknown: form(self.unknown) }
    }
}
