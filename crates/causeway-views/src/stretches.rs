//! The past of one proposition as stretches of time, each with the claim that wins in it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::asked::Policy;
use crate::claims::{Claim, Scales, Speaker, rank};

/// A stretch of time with one winner.
#[derive(Debug)]
pub struct Stretch<'a, V> {
    /// Its first instant; none where it has no beginning.
    pub from: Option<DateTime<Utc>>,
    /// The claim that wins in it, if any claim covers it.
    pub winner: Option<&'a Claim<V>>,
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
    by_start: Vec<&'c Claim<V>>,
    /// Indices of those that have ended, first ended first.
    by_end: Vec<usize>,
    covering: BTreeSet<usize>,
    contest: Contest<'c, V>,
    is_done: bool,
}

impl<'s, 'c, V: PartialEq> Backwards<'s, 'c, V> {
    pub(crate) fn new(scales: Scales<'s>, claims: &'c [Claim<V>]) -> Self {
        let counts = |claim: &&Claim<V>| {
            claim.starts() <= scales.moment && scales.admit(claim.level, &claim.speaker)
        };
        let mut by_start: Vec<_> = claims.iter().filter(counts).collect();
        by_start.sort_by_key(|claim| claim.age());
        let covers = |index: &usize| by_start[*index].covers(scales.moment);
        let (covering, mut by_end): (Vec<_>, Vec<_>) = (0..by_start.len()).partition(covers);
        by_end.sort_by_key(|index| by_start[*index].ends());
        let (none, contest) = (BTreeSet::new(), Contest::default());
        let mut walk =
            Backwards { scales, by_start, by_end, covering: none, contest, is_done: false };
        covering.into_iter().for_each(|index| walk.enter(index));
        walk
    }

    fn enter(&mut self, index: usize) {
        self.covering.insert(index);
        if *self.scales.policy == Policy::Best {
            self.contest.enter(index, self.by_start[index]);
        }
    }

    fn winner(&self) -> Option<&'c Claim<V>> {
        match self.scales.policy {
            Policy::Best => self.best(),
            Policy::Verified | Policy::Latest | Policy::Party(_) => {
                self.covering.last().map(|index| self.by_start[*index])
            }
        }
    }

    /// Of the claims in the contest that are newer than the newest less the window, the one with
    /// most merit (rules 6 to 8).
    fn best(&self) -> Option<&'c Claim<V>> {
        let newest = self.by_start[*self.covering.last()?].starts();
        let is_old = |claim: &&Claim<V>| claim.starts() <= newest - self.scales.window;
        let recent = self.by_start.partition_point(is_old);
        self.contest.winner(recent).map(|index| self.by_start[index])
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
            self.enter(index);
        }
        while let Some(claim) = self.by_start.pop_if(|claim| claim.starts() == boundary) {
            self.covering.remove(&self.by_start.len());
            self.contest.leave(self.by_start.len(), claim);
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
/// (rule 1). A claim goes by its index, which is its age.
struct Contest<'c, V> {
    sources: HashMap<&'c Speaker, Source<'c, V>>,
    /// Those that compete, by level and credibility.
    competing: BTreeMap<Standard, BTreeSet<usize>>,
}

/// Level and credibility; best is greatest.
type Standard = (u8, Reverse<u8>);

/// The claims of one source that cover the stretch at hand.
struct Source<'c, V> {
    claims: BTreeMap<usize, &'c Claim<V>>,
    /// Those after which the source next said something else.
    breaks: BTreeSet<usize>,
}

impl<V> Default for Contest<'_, V> {
    fn default() -> Self {
        Contest { sources: HashMap::new(), competing: BTreeMap::new() }
    }
}

impl<V> Default for Source<'_, V> {
    fn default() -> Self {
        Source { claims: BTreeMap::new(), breaks: BTreeSet::new() }
    }
}

impl<'c, V: PartialEq> Contest<'c, V> {
    /// Of those that compete and are not before `oldest`: the newest of the best standard.
    fn winner(&self, oldest: usize) -> Option<usize> {
        let newest = self.competing.values().rev().filter_map(BTreeSet::last);
        newest.copied().find(|index| *index >= oldest)
    }

    fn enter(&mut self, index: usize, claim: &'c Claim<V>) {
        let source = self.sources.entry(&claim.speaker).or_default();
        let before = source.competes_from();
        source.enter(index, claim);
        source.settle(before, &mut self.competing);
        if index >= source.competes_from() {
            self.competing.entry(standard(claim)).or_default().insert(index);
        }
    }

    fn leave(&mut self, index: usize, claim: &'c Claim<V>) {
        let Some(source) = self.sources.get_mut(&claim.speaker) else { return };
        let before = source.competes_from();
        source.leave(index);
        source.settle(before, &mut self.competing);
        if let Some(competing) = self.competing.get_mut(&standard(claim)) {
            competing.remove(&index);
        }
    }
}

fn standard<V>(claim: &Claim<V>) -> Standard {
    (rank(claim.level), Reverse(claim.credibility))
}

impl<'c, V: PartialEq> Source<'c, V> {
    /// From where on all claims say the same.
    fn competes_from(&self) -> usize {
        self.breaks.last().map_or(0, |index| index + 1)
    }

    fn enter(&mut self, index: usize, claim: &'c Claim<V>) {
        self.claims.insert(index, claim);
        self.compare(index);
        self.compare_before(index);
    }

    fn leave(&mut self, index: usize) {
        self.claims.remove(&index);
        self.breaks.remove(&index);
        self.compare_before(index);
    }

    fn compare_before(&mut self, index: usize) {
        if let Some(index) = self.claims.range(..index).next_back().map(|(index, _)| *index) {
            self.compare(index);
        }
    }

    /// Notes whether the source next said something else than at `index`.
    fn compare(&mut self, index: usize) {
        let mut claims = self.claims.range(index..).map(|(_, claim)| &claim.value);
        let (says, next) = (claims.next(), claims.next());
        match next.is_some() && says != next {
            true => self.breaks.insert(index),
            false => self.breaks.remove(&index),
        };
    }

    /// Takes out what competed before and no longer does, and in what does so now.
    fn settle(&self, before: usize, competing: &mut BTreeMap<Standard, BTreeSet<usize>>) {
        let now = self.competes_from();
        for (index, claim) in self.claims.range(before..now.max(before)) {
            competing.entry(standard(claim)).or_default().remove(index);
        }
        for (index, claim) in self.claims.range(now..before.max(now)) {
            competing.entry(standard(claim)).or_default().insert(*index);
        }
    }
}
