//! One answer from many claims: policies, two clocks, and what disagrees.
//!
//! A claim covers the time from its `time` to its `until`. What is answered about a moment is
//! decided among the claims that cover it (RULES.md, section 1).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use causeway_domain::words::Level;
use causeway_domain::{EventId, Id, Time};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::asked::Policy;
use crate::reports::{Basis, Standing};
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
        use causeway_domain::words::SourceKind;
        let report = standing.report;
        match &standing.form.details.source {
            None => Speaker::Actor(report.organisation.clone()),
            Some(source) => match (&source.by, source.kind) {
                (Some(by), _) => Speaker::Actor(by.clone()),
                (None, SourceKind::OwnStaff) => Speaker::Actor(report.organisation.clone()),
                (None, _) => Speaker::Unnamed(report.position),
            },
        }
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
pub struct Claim<V> {
    /// What is claimed.
    pub value: V,
    /// From when it holds.
    pub time: Time,
    /// Until when, if an end was given.
    pub until: Option<Time>,
    /// Where the report stands in the log.
    pub position: Position,
    /// Who says it.
    pub speaker: Speaker,
    /// How well it is verified.
    pub level: Level,
    /// How credible it is; lower is better.
    pub credibility: u8,
    /// What it rests on.
    pub basis: Basis,
}

impl<V> Claim<V> {
    /// What a standing report claims.
    #[must_use]
    pub fn new(standing: &Standing<'_>, value: V) -> Claim<V> {
        let details = &standing.form.details;
        let credibility = details.source.as_ref().and_then(|source| source.credibility);
        Claim {
            value,
            time: standing.report.time,
            until: details.until,
            position: standing.report.position,
            speaker: Speaker::of(standing),
            level: standing.level,
            credibility: credibility.unwrap_or_default().rank(),
            basis: standing.basis(),
        }
    }

    pub(crate) fn starts(&self) -> DateTime<Utc> {
        self.time.instant()
    }

    pub(crate) fn ends(&self) -> Option<DateTime<Utc>> {
        self.until.map(Time::instant)
    }

    pub(crate) fn covers(&self, moment: DateTime<Utc>) -> bool {
        self.starts() <= moment && self.ends().is_none_or(|ends| moment < ends)
    }

    /// Newest is greatest.
    pub(crate) fn age(&self) -> (DateTime<Utc>, Position) {
        (self.starts(), self.position)
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
    /// Whether the policy lets a claim of this level by this speaker compete.
    #[must_use]
    pub fn admit(&self, level: Level, speaker: &Speaker) -> bool {
        match self.policy {
            Policy::Best => level != Level::Refuted,
            Policy::Verified => matches!(level, Level::Corroborated | Level::Verified),
            Policy::Latest => true,
            Policy::Party(_) => speaker.actor().is_some_and(|actor| self.party.contains(actor)),
        }
    }

    /// Resolves the claims on one proposition.
    #[must_use]
    pub fn resolve<V: PartialEq + Clone>(&self, claims: &[Claim<V>]) -> Resolved<V> {
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
            level: winner.map(|winner| winner.level),
            is_stale: winner.is_some_and(|winner| self.moment - winner.starts() > self.window),
            basis: winner.map(|winner| winner.basis.events()).unwrap_or_default(),
            dissent: self.dissent(claims, winner, since),
        }
    }

    /// The claim that wins at the moment asked.
    pub(crate) fn winner<'c, V: PartialEq>(&self, claims: &'c [Claim<V>]) -> Option<&'c Claim<V>> {
        self.stretches(claims).next().and_then(|now| now.winner)
    }

    /// The stretches of time up to the moment asked, newest first. A resolved value changes only
    /// where a claim starts or ends (rule 12).
    pub fn stretches<'c, V: PartialEq>(
        &self,
        claims: &'c [Claim<V>],
    ) -> impl Iterator<Item = Stretch<'c, V>> {
        Backwards::new(*self, claims)
    }

    /// How the report or `until` wrote the instant at which a stretch began (rule 3).
    fn began<V>(&self, claims: &[Claim<V>], instant: DateTime<Utc>) -> Option<Time> {
        let admitted = || claims.iter().filter(|claim| self.admit(claim.level, &claim.speaker));
        let started = admitted().filter(|claim| claim.starts() == instant);
        let ended = admitted().filter(|claim| claim.ends() == Some(instant));
        let by_report = started.max_by_key(|claim| claim.position).map(|claim| claim.time);
        by_report.or_else(|| ended.max_by_key(|claim| claim.position).and_then(|claim| claim.until))
    }

    /// The newest claim of each source that covers the moment and is not refuted.
    fn last_words<'c, V>(&self, claims: &'c [Claim<V>]) -> impl Iterator<Item = &'c Claim<V>> {
        let mut newest: BTreeMap<&Speaker, &Claim<V>> = BTreeMap::new();
        let counted =
            |claim: &&Claim<V>| claim.level != Level::Refuted && claim.covers(self.moment);
        for claim in claims.iter().filter(counted) {
            let known = newest.entry(&claim.speaker).or_insert(claim);
            if claim.age() > known.age() {
                *known = claim;
            }
        }
        newest.into_values()
    }

    /// Who says what is answered, newest first: the winner, and the newest claim of each source
    /// where it says the same (rule 43).
    pub(crate) fn assent<V: PartialEq + Clone>(
        &self,
        claims: &[Claim<V>],
        resolved: &Resolved<V>,
    ) -> Vec<Dissent<V>> {
        let Some(value) = &resolved.value else { return Vec::new() };
        let report = resolved.basis.first();
        let winner = claims.iter().find(|claim| Some(&claim.basis.report) == report);
        let others = self.last_words(claims).filter(|claim| claim.value == *value);
        let others = others.filter(|claim| winner.is_none_or(|won| won.position != claim.position));
        let mut assent: Vec<_> = winner.into_iter().chain(others).collect();
        assent.sort_by_key(|claim| Reverse(claim.age()));
        assent.into_iter().map(Dissent::of).collect()
    }

    /// The newest claim of each source, where it says something else than the answer (rule 2).
    fn dissent<V: PartialEq + Clone>(
        &self,
        claims: &[Claim<V>],
        winner: Option<&Claim<V>>,
        since: Option<Time>,
    ) -> Vec<Dissent<V>> {
        let says_else = |claim: &&Claim<V>| winner.is_none_or(|won| won.value != claim.value);
        let counts_still = |claim: &&Claim<V>| {
            let recent = since.is_none_or(|since| claim.starts() > since.instant() - self.window);
            recent || winner.is_some_and(|won| rank(claim.level) > rank(won.level))
        };
        let mut dissent: Vec<_> =
            self.last_words(claims).filter(says_else).filter(counts_still).collect();
        dissent.sort_by_key(|claim| Reverse(claim.age()));
        dissent.into_iter().map(Dissent::of).collect()
    }
}

impl<V: Clone> Dissent<V> {
    pub(crate) fn of(claim: &Claim<V>) -> Dissent<V> {
        Dissent {
            by: claim.speaker.actor().cloned(),
            value: claim.value.clone(),
            time: claim.time,
            level: claim.level,
            event: claim.basis.report,
        }
    }
}
