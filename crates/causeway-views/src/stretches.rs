//! The past of one proposition as stretches of time, each with the claim that wins in it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::asked::Policy;
use crate::claims::{Claim, Scales, rank};

/// A stretch of time with one winner.
#[derive(Debug)]
pub struct Stretch<'a, V> {
    /// Its first instant; none where it has no beginning.
    pub from: Option<DateTime<Utc>>,
    /// The claim that wins in it, if any claim covers it.
    pub winner: Option<&'a Claim<'a, V>>,
}

impl<V: PartialEq> Stretch<'_, V> {
    pub(crate) fn says(&self, value: Option<&V>) -> bool {
        self.winner.map(|winner| &winner.value) == value
    }
}

/// Walks back in time from boundary to boundary, keeping the claims that cover the stretch at
/// hand: a step looks at what changes, not at each of them.
pub(crate) struct Backwards<'s, 'c, V> {
    scales: Scales<'s>,
    /// Admitted claims that have started, oldest first; a claim's index here is its age.
    by_start: Vec<&'c Claim<'c, V>>,
    /// Indices of those that have ended, first ended first.
    by_end: Vec<usize>,
    /// Indices of those that cover the stretch at hand.
    covering: Vec<usize>,
    /// Under `best`.
    contest: Option<Contest>,
    is_done: bool,
}

impl<'s, 'c, V: PartialEq> Backwards<'s, 'c, V> {
    pub(crate) fn new(scales: Scales<'s>, claims: &[&'c Claim<'c, V>]) -> Self {
        let counts =
            |claim: &&Claim<V>| claim.starts() <= scales.moment && scales.admit(&claim.standing);
        let mut by_start = Vec::with_capacity(claims.len());
        by_start.extend(claims.iter().copied().filter(counts));
        by_start.sort_by(|one, other| one.by_age(other));
        let room = || Vec::with_capacity(by_start.len());
        let (mut covering, mut by_end) = (room(), room());
        for (index, claim) in by_start.iter().enumerate() {
            let covers = claim.covers(scales.moment);
            if covers { covering.push(index) } else { by_end.push(index) }
        }
        by_end.sort_by_key(|index| by_start[*index].ends());
        let is_contest = *scales.policy == Policy::Best;
        let contest = is_contest.then(|| Contest::among(by_start.len()));
        Backwards { scales, by_start, by_end, covering, contest, is_done: false }
    }

    fn winner(&mut self) -> Option<&'c Claim<'c, V>> {
        let newest = *self.covering.last()?;
        let oldest = self.oldest_recent(newest);
        let index = match &mut self.contest {
            Some(contest) => contest.winner(&self.by_start, &self.covering, oldest)?,
            None => newest,
        };
        Some(self.by_start[index])
    }

    /// The first index that is newer than the newest less the window (rule 7).
    fn oldest_recent(&self, newest: usize) -> usize {
        let since = self.by_start[newest].starts() - self.scales.window;
        self.by_start.partition_point(|claim| claim.starts() <= since)
    }

    /// The boundary at which the stretch at hand begins.
    fn boundary(&self) -> Option<DateTime<Utc>> {
        let started = self.by_start.last().map(|claim| claim.starts());
        started.max(self.last_end())
    }

    fn last_end(&self) -> Option<DateTime<Utc>> {
        self.by_end.last().and_then(|index| self.by_start[*index].ends())
    }

    /// Goes back past `boundary`: what started there is gone, what ended there is back.
    fn step_before(&mut self, boundary: DateTime<Utc>) {
        while self.last_end() == Some(boundary)
            && let Some(index) = self.by_end.pop()
        {
            insert(&mut self.covering, index);
            if let Some(contest) = &mut self.contest {
                contest.enter(&self.by_start, index);
            }
        }
        while self.by_start.last().is_some_and(|claim| claim.starts() == boundary) {
            let newest = self.by_start.len() - 1;
            if self.covering.pop_if(|index| *index == newest).is_some()
                && let Some(contest) = &mut self.contest
            {
                contest.leave(&self.by_start, newest);
            }
            self.by_start.pop();
        }
    }
}

impl<'c, V: PartialEq> Iterator for Backwards<'_, 'c, V> {
    type Item = Stretch<'c, V>;

    fn next(&mut self) -> Option<Stretch<'c, V>> {
        if self.is_done {
            return None;
        }
        let stretch = Stretch { from: self.boundary(), winner: self.winner() };
        match stretch.from {
            Some(boundary) => self.step_before(boundary),
            None => self.is_done = true,
        }
        Some(stretch)
    }
}

/// The claims that compete under `best`: those that their own source has not since contradicted
/// (rule 1). A claim goes by its index, which is its age; the newest is the first to leave.
/// Only claims within the window of the newest can win, so older ones are let in when it comes
/// to them.
struct Contest {
    /// By the numbers of those who speak.
    sources: Vec<Source>,
    competing: Competing,
    /// Of the claims that cover the stretch at hand, those from this index on are in.
    reached: usize,
}

/// The claims of one source that cover the stretch at hand, oldest first.
#[derive(Default)]
struct Source {
    claims: Vec<usize>,
    /// From this place on they compete: they say the same, and the one before something else.
    competes_from: usize,
}

/// Those that compete, by level and credibility, best last.
#[derive(Default)]
struct Competing(BTreeMap<Standard, BTreeSet<usize>>);

/// Level and credibility; best is greatest.
type Standard = (u8, Reverse<u8>);

fn standard<V>(claim: &Claim<V>) -> Standard {
    (rank(claim.level()), Reverse(claim.credibility()))
}

impl Contest {
    /// Of so many claims, with none of them let in.
    fn among(claims: usize) -> Contest {
        Contest { sources: Vec::new(), competing: Competing::default(), reached: claims }
    }

    /// The winner among those that cover the stretch at hand and are not before `oldest`.
    fn winner<V: PartialEq>(
        &mut self,
        claims: &[&Claim<V>],
        covering: &[usize],
        oldest: usize,
    ) -> Option<usize> {
        let outside = &covering[..covering.partition_point(|index| *index < self.reached)];
        self.reached = self.reached.min(oldest);
        for index in outside.iter().rev().take_while(|index| **index >= oldest) {
            self.enter(claims, *index);
        }
        self.competing.winner(oldest)
    }

    fn enter<V: PartialEq>(&mut self, claims: &[&Claim<V>], index: usize) {
        if index >= self.reached {
            let speaker = claims[index].speaker as usize;
            let sources = self.sources.len().max(speaker + 1);
            self.sources.resize_with(sources, Source::default);
            self.sources[speaker].enter(claims, index, &mut self.competing);
        }
    }

    fn leave<V: PartialEq>(&mut self, claims: &[&Claim<V>], newest: usize) {
        if newest < self.reached {
            return;
        }
        let source = &mut self.sources[claims[newest].speaker as usize];
        source.claims.pop();
        self.competing.remove(claims, newest);
        if source.competes_from == source.claims.len() {
            source.reveal(claims, &mut self.competing);
        }
    }
}

impl Source {
    fn enter<V: PartialEq>(
        &mut self,
        claims: &[&Claim<V>],
        index: usize,
        competing: &mut Competing,
    ) {
        let newest = self.claims.last().copied().unwrap_or(index);
        let place = insert(&mut self.claims, index);
        if place < self.competes_from {
            self.competes_from += 1; // it was contradicted since
        } else if claims[index].value == claims[newest].value {
            competing.add(claims, index);
        } else {
            for contradicted in &self.claims[self.competes_from..place] {
                competing.remove(claims, *contradicted);
            }
            self.competes_from = place;
            match newest < index {
                true => competing.add(claims, index),
                false => self.competes_from += 1, // and contradicted since
            }
        }
    }

    /// Adds the newest to those that compete, and those before it that say the same.
    fn reveal<V: PartialEq>(&mut self, claims: &[&Claim<V>], competing: &mut Competing) {
        let Some(newest) = self.claims.last() else { return };
        let before = self.claims[..self.competes_from].iter().rev();
        for index in before.take_while(|index| claims[**index].value == claims[*newest].value) {
            competing.add(claims, *index);
            self.competes_from -= 1;
        }
    }
}

impl Competing {
    fn add<V>(&mut self, claims: &[&Claim<V>], index: usize) {
        self.0.entry(standard(claims[index])).or_default().insert(index);
    }

    fn remove<V>(&mut self, claims: &[&Claim<V>], index: usize) {
        if let Some(equals) = self.0.get_mut(&standard(claims[index])) {
            equals.remove(&index);
        }
    }

    /// Of those that are not before `oldest`: the newest of the best standard (rules 6 to 8).
    fn winner(&self, oldest: usize) -> Option<usize> {
        let newest = self.0.values().rev().filter_map(BTreeSet::last);
        newest.copied().find(|index| *index >= oldest)
    }
}

/// Puts an index in its place.
fn insert(sorted: &mut Vec<usize>, index: usize) -> usize {
    let place = sorted.partition_point(|other| *other < index);
    sorted.insert(place, index);
    place
}
