//! From cases to figures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use causeway_domain::EventId;
use causeway_domain::quantity::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use strum::IntoEnumIterator;

use super::cases::{Cases, CellCase, ClearanceCase, ReportCase};
use super::percentiles::{median_censored, nearest_rank};
use super::{BlockadeDays, ClearanceTimes, Figures, HarmSum, Lag, OpenHours, Outcomes, Rates};
use crate::constraints::Answer;
use crate::deliveries::{Counter, Outcome, Stages};
use crate::history::{ByStatus, Period, Span, Spell, by_status, time_at};
use crate::lengths::{Hours, Seconds, days, four_places, hours, share};
use crate::view::View;

/// The figures of one stretch of time.
pub(super) fn figures(
    view: &View<'_>,
    cases: &Cases,
    period: Period,
    with_events: bool,
) -> Figures {
    let part = Part::new(cases, period.instants());
    Figures {
        from: period.from,
        to: period.to,
        open_hours: part.open_hours(),
        blockade_days: part.blockade_days(),
        outcomes: part.outcomes(),
        clearance: part.clearance(),
        hold_hours: part.hold_hours(),
        tonnes: part.tonnes(),
        losses: part.losses(),
        constraints: part.constraints(),
        harm: part.harm(),
        lag_hours: part.lag_hours(),
        coverage: part.coverage(view.asked.moment()),
        events: with_events.then(|| part.events()),
    }
}

/// The cases, and the part of the period that counts.
struct Part<'c> {
    cases: &'c Cases,
    span: Span,
    /// How long each cell had each status in it.
    lengths: Vec<ByStatus<TimeDelta>>,
}

impl<'c> Part<'c> {
    fn new(cases: &'c Cases, span: Span) -> Part<'c> {
        let mut part = Part { cases, span, lengths: Vec::new() };
        let mut before: Option<&CellCase> = None;
        for case in &cases.cells {
            let same = before.filter(|before| Arc::ptr_eq(&before.spells, &case.spells));
            let known = same.and(part.lengths.last().copied());
            let lengths = known.unwrap_or_else(|| by_status(part.of(&case.spells), span));
            part.lengths.push(lengths);
            before = Some(case);
        }
        part
    }

    fn length(&self) -> TimeDelta {
        self.span.1 - self.span.0
    }

    /// Those of the spells that lie in it, at least in part.
    fn of<'s, V>(&self, spells: &'s [Spell<V>]) -> &'s [Spell<V>] {
        let (from, to) = self.span;
        let first = spells.partition_point(|spell| spell.to <= from);
        let end = spells.partition_point(|spell| spell.from < to);
        &spells[first..end]
    }

    fn open_hours(&self) -> Vec<OpenHours> {
        let of_cell = |(case, lengths): (&CellCase, &ByStatus<TimeDelta>)| {
            let (direction, traffic) = case.cell;
            OpenHours {
                corridor: case.corridor.clone(),
                direction,
                traffic,
                hours: lengths.map(Hours),
                seconds: lengths.map(Seconds),
                coverage: share(self.length() - lengths.unknown, self.length()),
            }
        };
        self.cases.cells.iter().zip(&self.lengths).map(of_cell).collect()
    }

    fn blockade_days(&self) -> BlockadeDays {
        let blockades = self.cases.constraints.iter().filter(|case| case.is_blockade);
        let mut in_force: Vec<Span> = Vec::new();
        let mut by_constraint = BTreeMap::new();
        for case in blockades {
            let spells = self.of(&case.spells);
            let length = time_at(spells, Some(&Answer::Yes), self.span);
            if length > TimeDelta::zero() {
                by_constraint.insert(case.id.clone(), days(length));
            }
            let yes = spells.iter().filter(|spell| spell.value == Some(Answer::Yes));
            in_force.extend(yes.map(|spell| self.clip((spell.from, spell.to))));
        }
        let union = union(in_force);
        BlockadeDays { union: days(union), by_constraint, union_seconds: Seconds(union) }
    }

    fn clip(&self, (from, to): Span) -> Span {
        (from.max(self.span.0), to.min(self.span.1))
    }

    fn outcomes(&self) -> Outcomes {
        let mut counts: BTreeMap<Outcome, u64> = Outcome::iter().map(|one| (one, 0)).collect();
        for case in self.cases.deliveries.begun.within(self.span) {
            *counts.entry(case.outcome).or_default() += 1;
        }
        let without = Outcome::iter().filter(|outcome| outcome.is_the_authorities());
        let with = Outcome::iter().filter(|outcome| *outcome != Outcome::InProgress);
        Outcomes { without: rates(&counts, without), with: rates(&counts, with), counts }
    }

    /// The requests that were made in it.
    fn requests(&self) -> impl Iterator<Item = &'c ClearanceCase> {
        self.cases.deliveries.clearances.within(self.span)
    }

    fn clearance(&self) -> ClearanceTimes {
        let (answered, open): (Vec<_>, Vec<_>) =
            self.requests().partition(|case| case.answer.is_some());
        let lengths = |cases: &[&ClearanceCase]| -> Vec<TimeDelta> {
            cases.iter().map(|case| case.length).collect()
        };
        let (mut finished, running) = (lengths(&answered), lengths(&open));
        ClearanceTimes {
            p50: nearest_rank(&mut finished, 5).map(hours),
            p90: nearest_rank(&mut finished, 9).map(hours),
            max: finished.iter().max().copied().map(hours),
            answered: finished.len() as u64,
            open: running.len() as u64,
            median_censored: median_censored(&finished, &running).map(hours),
        }
    }

    fn hold_hours(&self) -> f64 {
        let lengths = self.cases.deliveries.holds.iter().map(|hold| {
            let (from, to) = self.clip(hold.span);
            (to - from).max(TimeDelta::zero())
        });
        hours(lengths.sum())
    }

    /// What was counted in it, report by report.
    fn counted(&self) -> impl Iterator<Item = &'c crate::deliveries::Part> {
        self.cases.deliveries.counted.within(self.span)
    }

    fn tonnes(&self) -> Stages {
        let mut tonnes = Stages::default();
        for part in self.counted() {
            if let Some(stage) = tonnes.at(part.counter) {
                *stage = Some(stage.unwrap_or_default() + part.value);
            }
        }
        tonnes
    }

    fn losses(&self) -> BTreeMap<causeway_domain::words::LossCause, Decimal> {
        let mut losses = BTreeMap::new();
        for part in self.counted() {
            if let Counter::Lost(cause) = part.counter {
                *losses.entry(cause).or_default() += part.value;
            }
        }
        losses
    }

    fn constraints(&self) -> BTreeMap<causeway_domain::words::Category, u64> {
        let mut constraints = BTreeMap::new();
        for case in &self.cases.constraints {
            let spells = self.of(&case.spells);
            let was_in_force = spells.iter().any(|one| one.value == Some(Answer::Yes));
            if let Some(category) = case.category.filter(|_| was_in_force) {
                *constraints.entry(category).or_default() += 1;
            }
        }
        constraints
    }

    fn harm(&self) -> BTreeMap<causeway_domain::words::HarmRole, HarmSum> {
        let mut sums: BTreeMap<_, HarmSum> = BTreeMap::new();
        let incidents = self.cases.incidents.within(self.span);
        for harm in incidents.flat_map(|case| &case.harm) {
            sums.entry(harm.role).or_default().add(harm);
        }
        sums
    }

    fn lag_hours(&self) -> Lag {
        let lag = |report: &ReportCase| report.lag;
        let mut lags: Vec<TimeDelta> = self.cases.reports.within(self.span).map(lag).collect();
        Lag {
            p50: nearest_rank(&mut lags, 5).map(hours),
            p90: nearest_rank(&mut lags, 9).map(hours),
            reports: lags.len() as u64,
        }
    }

    /// Which share of the stretch each figure knows of: for states, where anybody spoke; for what
    /// is counted, what is past at the moment asked.
    fn coverage(&self, moment: DateTime<Utc>) -> BTreeMap<&'static str, Option<f64>> {
        let (from, to) = self.span;
        let past = share((moment.min(to) - from).max(TimeDelta::zero()), self.length());
        let spoken = |cases: &mut dyn Iterator<Item = TimeDelta>| {
            let (mut known, mut whole) = (TimeDelta::zero(), TimeDelta::zero());
            for unknown in cases {
                known += self.length() - unknown;
                whole += self.length();
            }
            share(known, whole)
        };
        let unknown = |spells| time_at(self.of(spells), None, self.span);
        let constraints = |only_blockades: bool| {
            let cases = self.cases.constraints.iter();
            let wanted = cases.filter(move |case| case.is_blockade || !only_blockades);
            spoken(&mut wanted.map(|case| unknown(&case.spells)))
        };
        let cells = &mut self.lengths.iter().map(|lengths| lengths.unknown);
        BTreeMap::from([
            ("open_hours", spoken(cells)),
            ("blockade_days", constraints(true)),
            ("constraints", constraints(false)),
            ("outcomes", past),
            ("clearance", past),
            ("hold_hours", past),
            ("tonnes", past),
            ("losses", past),
            ("harm", past),
            ("lag_hours", past),
        ])
    }

    /// The reports behind each figure, each once.
    fn events(&self) -> BTreeMap<&'static str, Vec<EventId>> {
        let cases = self.cases;
        let in_force = |only_blockades: bool| {
            let wanted =
                cases.constraints.iter().filter(move |one| one.is_blockade || !only_blockades);
            let spells = wanted.flat_map(|case| self.of(&case.spells));
            let yes = spells.filter(|spell| spell.value == Some(Answer::Yes));
            once(yes.flat_map(|spell| &spell.winner))
        };
        let cells = cases.cells.iter().flat_map(|case| self.of(&case.spells));
        let begun = cases.deliveries.begun.within(self.span);
        let holds = cases.deliveries.holds.iter().filter(|hold| {
            let (from, to) = self.clip(hold.span);
            from < to
        });
        let of_losses = |wanted: bool| {
            let parts = self.counted();
            let parts =
                parts.filter(move |part| matches!(part.counter, Counter::Lost(_)) == wanted);
            once(parts.map(|part| &part.event))
        };
        let incidents = cases.incidents.within(self.span);
        let reports = cases.reports.within(self.span);
        BTreeMap::from([
            ("open_hours", once(cells.flat_map(|spell| &spell.winner))),
            ("blockade_days", in_force(true)),
            ("constraints", in_force(false)),
            ("outcomes", once(begun.flat_map(|case| &case.events))),
            ("clearance", once(self.requests().flat_map(|case| &case.events))),
            ("hold_hours", once(holds.flat_map(|hold| &hold.events))),
            ("tonnes", of_losses(false)),
            ("losses", of_losses(true)),
            ("harm", once(incidents.map(|case| &case.event))),
            ("lag_hours", once(reports.map(|case| &case.event))),
        ])
    }
}

/// Each of them once, in the order of their first coming.
fn once<'e>(events: impl Iterator<Item = &'e EventId>) -> Vec<EventId> {
    let mut named = BTreeSet::new();
    events.copied().filter(|event| named.insert(*event)).collect()
}

/// How long it is that at least one of the spans lasts.
fn union(mut spans: Vec<Span>) -> TimeDelta {
    spans.sort_unstable();
    let mut length = TimeDelta::zero();
    let mut covered = DateTime::<Utc>::MIN_UTC;
    for (from, to) in spans {
        length += (to - from.max(covered)).max(TimeDelta::zero());
        covered = covered.max(to);
    }
    length
}

/// The share of each of `outcomes` in their number.
fn rates(counts: &BTreeMap<Outcome, u64>, outcomes: impl Iterator<Item = Outcome>) -> Rates {
    let counts: BTreeMap<Outcome, u64> = outcomes.map(|one| (one, counts[&one])).collect();
    let denominator: u64 = counts.values().sum();
    let rate = |count: u64| {
        (denominator > 0).then(|| four_places(i128::from(count) * 10_000, denominator.into()))
    };
    let rates = counts.into_iter().map(|(outcome, count)| (outcome, rate(count))).collect();
    Rates { denominator, rates }
}
