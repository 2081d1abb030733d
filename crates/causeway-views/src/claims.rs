//! One answer from many claims: policies, two clocks, and what disagrees.
//!
//! A claim covers the time from its `time` to its `until`. What is answered about a moment is
//! decided among the claims that cover it (RULES.md, section 1).

use std::cmp::Ordering;
use std::collections::BTreeSet;

use causeway_domain::words::Level;
use causeway_domain::{EventId, Id, Time};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::asked::Policy;
use crate::reports::Standing;
use crate::stretches::{Backwards, Stretch};

/// Who says it: an actor, or a report that names nobody and so stands alone (rule 9).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// An actor.
    Actor(Id),
    /// A report of its own.
    Unnamed(Position),
}

impl Speaker {
    /// Who makes the report, its defaults applied.
    #[must_use]
    pub fn of(standing: &Standing<'_>) -> Speaker {
        Speaker::new(standing.by(), standing.report.position)
    }

    /// Who makes the report at `position`, which names this actor or nobody.
    pub(crate) fn new(actor: Option<&Id>, position: Position) -> Speaker {
        actor.map_or(Speaker::Unnamed(position), |actor| Speaker::Actor(actor.clone()))
    }

    /// The actor, where there is one.
    #[must_use]
    pub fn actor(&self) -> Option<&Id> {
        match self {
            Speaker::Actor(actor) => Some(actor),
            Speaker::Unnamed(_) => None,
        }
    }
}

/// One claim on one proposition.
#[derive(Debug, Clone)]
pub struct Claim<'a, V> {
    /// What is claimed.
    pub value: V,
    /// The report that claims it.
    pub standing: Standing<'a>,
    /// The number of who says it, among those who report on the subject.
    pub(crate) speaker: u32,
    starts: DateTime<Utc>,
    ends: Option<DateTime<Utc>>,
}

impl<'a, V> Claim<'a, V> {
    /// What a standing report claims.
    #[must_use]
    pub fn new(standing: Standing<'a>, value: V) -> Claim<'a, V> {
        Claim {
            value,
            standing,
            speaker: standing.form.speaker,
            starts: standing.report.time.instant(),
            ends: standing.form.details.until.map(Time::instant),
        }
    }

    /// How well it is verified.
    pub(crate) fn level(&self) -> Level {
        self.standing.level
    }

    /// How credible it is; lower is better.
    pub(crate) fn credibility(&self) -> u8 {
        let source = self.standing.form.details.source.as_ref();
        source.and_then(|source| source.credibility).unwrap_or_default().rank()
    }

    /// From when it holds.
    pub(crate) fn starts(&self) -> DateTime<Utc> {
        self.starts
    }

    /// Until when, if an end was given.
    pub(crate) fn ends(&self) -> Option<DateTime<Utc>> {
        self.ends
    }

    pub(crate) fn covers(&self, moment: DateTime<Utc>) -> bool {
        self.starts <= moment && self.ends.is_none_or(|ends| moment < ends)
    }

    /// Newest is greatest.
    pub(crate) fn by_age(&self, other: &Claim<'_, V>) -> Ordering {
        let position = |claim: &Claim<'_, V>| claim.standing.report.position;
        self.starts.cmp(&other.starts).then_with(|| position(self).cmp(&position(other)))
    }
}

/// How much a level counts; more is better (rule 6).
#[must_use]
pub fn rank(level: Level) -> u8 {
    match level {
        Level::Verified => 6,
        Level::Corroborated => 5,
        Level::PartiallyCorroborated => 4,
        Level::Unverified => 3,
        Level::Unverifiable => 2,
        Level::Disputed => 1,
        Level::Refuted => 0,
    }
}

/// One answer, with what it rests on and what disagrees.
#[derive(Debug, Clone)]
pub struct Resolved<V> {
    /// The value; nobody spoke where there is none.
    pub value: Option<V>,
    /// Since when it is the value.
    pub since: Option<Time>,
    /// How well it is verified.
    pub level: Option<Level>,
    /// Whether the winner is older than the window.
    pub is_stale: bool,
    /// The winner: report, correction in force, assessment.
    pub basis: Vec<EventId>,
    /// Sources that say something else, newest first.
    pub dissent: Vec<Dissent<V>>,
}

/// A source that says something else.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Dissent<V> {
    /// Who; null where the report names nobody.
    #[schema(required)]
    pub by: Option<Id>,
    /// What it says.
    pub value: V,
    /// From when.
    pub time: Time,
    /// How well it is verified.
    pub level: Level,
    /// The report.
    pub event: EventId,
    /// Where that stands.
    #[serde(skip)]
    pub(crate) position: Position,
}

/// How claims are weighed for one question.
#[derive(Debug, Clone, Copy)]
pub struct Scales<'a> {
    /// The policy asked for.
    pub policy: &'a Policy,
    /// Under `party:X`: X and every actor that is part of it.
    pub party: &'a BTreeSet<Id>,
    /// How long a claim counts against newer ones.
    pub window: TimeDelta,
    /// The moment asked about.
    pub moment: DateTime<Utc>,
}

impl Scales<'_> {
    /// Whether the policy lets what a report says compete.
    #[must_use]
    pub fn admit(&self, standing: &Standing<'_>) -> bool {
        match self.policy {
            Policy::Best => standing.level != Level::Refuted,
            Policy::Verified => matches!(standing.level, Level::Corroborated | Level::Verified),
            Policy::Latest => true,
            Policy::Party(_) => standing.by().is_some_and(|actor| self.party.contains(actor)),
        }
    }

    /// Resolves the claims on one proposition.
    #[must_use]
    pub fn resolve<V: PartialEq + Clone>(&self, claims: &[&Claim<'_, V>]) -> Resolved<V> {
        let mut stretches = self.stretches(claims);
        let now = stretches.next();
        let winner = now.as_ref().and_then(|now| now.winner);
        let value = winner.map(|winner| &winner.value);
        let unbroken = stretches.take_while(|earlier| earlier.says(value)).last().or(now);
        let began = unbroken.and_then(|stretch| stretch.from);
        let since = began.and_then(|instant| self.began(claims, instant));
        Resolved {
            value: value.cloned(),
            since,
            level: winner.map(Claim::level),
            is_stale: winner.is_some_and(|winner| self.moment - winner.starts() > self.window),
            basis: winner.map(|winner| winner.standing.basis()).unwrap_or_default(),
            dissent: self.dissent(claims, winner, since),
        }
    }

    /// The claim that wins at the moment asked.
    pub(crate) fn winner<'c, V: PartialEq>(
        &self,
        claims: &[&'c Claim<'c, V>],
    ) -> Option<&'c Claim<'c, V>> {
        self.stretches(claims).next().and_then(|now| now.winner)
    }

    /// The stretches of time up to the moment asked, newest first. A resolved value changes only
    /// where a claim starts or ends (rule 12).
    pub fn stretches<'c, V: PartialEq>(
        &self,
        claims: &[&'c Claim<'c, V>],
    ) -> impl Iterator<Item = Stretch<'c, V>> {
        Backwards::new(*self, claims)
    }

    /// How the report or `until` wrote the instant at which a stretch began (rule 3).
    fn began<V>(&self, claims: &[&Claim<'_, V>], instant: DateTime<Utc>) -> Option<Time> {
        let started = claims.iter().filter(|claim| claim.starts == instant);
        let ended = claims.iter().filter(|claim| claim.ends == Some(instant));
        let by_report = self.last_recorded(started).map(|standing| standing.report.time);
        by_report.or_else(|| self.last_recorded(ended)?.form.details.until)
    }

    /// Of the claims that the policy admits, the report that was recorded last.
    fn last_recorded<'c, V: 'c>(
        &self,
        claims: impl Iterator<Item = &'c &'c Claim<'c, V>>,
    ) -> Option<Standing<'c>> {
        let admitted = claims.map(|claim| claim.standing).filter(|standing| self.admit(standing));
        admitted.max_by_key(|standing| standing.report.position)
    }

    /// The newest claim of each source that covers the moment and is not refuted.
    fn last_words<'c, V>(
        &self,
        claims: &[&'c Claim<'c, V>],
    ) -> impl Iterator<Item = &'c Claim<'c, V>> {
        let mut newest: Vec<Option<&Claim<V>>> = Vec::new();
        let counted =
            |claim: &&&Claim<V>| claim.level() != Level::Refuted && claim.covers(self.moment);
        for claim in claims.iter().filter(counted) {
            let speaker = claim.speaker as usize;
            newest.resize(newest.len().max(speaker + 1), None);
            let known = &mut newest[speaker];
            if known.is_none_or(|known| claim.by_age(known).is_gt()) {
                *known = Some(claim);
            }
        }
        newest.into_iter().flatten()
    }

    /// Who says what is answered, newest first: the winner, and the newest claim of each source
    /// where it says the same (rule 43).
    pub(crate) fn assent<V: PartialEq + Clone>(
        &self,
        claims: &[&Claim<'_, V>],
        resolved: &Resolved<V>,
    ) -> Vec<Dissent<V>> {
        let Some(value) = &resolved.value else { return Vec::new() };
        let report = resolved.basis.first();
        let winner = claims.iter().find(|claim| Some(&claim.standing.report.id) == report);
        let others = self.last_words(claims).filter(|claim| claim.value == *value);
        let others = others.filter(|claim| winner.is_none_or(|won| claim.by_age(won).is_ne()));
        let mut assent: Vec<_> = winner.copied().into_iter().chain(others).collect();
        assent.sort_by(|one, other| other.by_age(one));
        assent.into_iter().map(Dissent::of).collect()
    }

    /// The newest claim of each source, where it says something else than the answer (rule 2).
    fn dissent<V: PartialEq + Clone>(
        &self,
        claims: &[&Claim<'_, V>],
        winner: Option<&Claim<'_, V>>,
        since: Option<Time>,
    ) -> Vec<Dissent<V>> {
        let says_else = |claim: &&Claim<V>| winner.is_none_or(|won| won.value != claim.value);
        let counts_still = |claim: &&Claim<V>| {
            let recent = since.is_none_or(|since| claim.starts() > since.instant() - self.window);
            recent || winner.is_some_and(|won| rank(claim.level()) > rank(won.level()))
        };
        let mut dissent: Vec<_> =
            self.last_words(claims).filter(says_else).filter(counts_still).collect();
        dissent.sort_by(|one, other| other.by_age(one));
        dissent.into_iter().map(Dissent::of).collect()
    }
}

impl<V: Clone> Dissent<V> {
    pub(crate) fn of(claim: &Claim<'_, V>) -> Dissent<V> {
        Dissent {
            by: claim.standing.by().cloned(),
            value: claim.value.clone(),
            time: claim.standing.report.time,
            level: claim.level(),
            event: claim.standing.report.id,
            position: claim.standing.report.position,
        }
    }
}
