//! One answer from many claims (rules 1 to 12).

use causeway_views::Policy;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{Moment, Oracle, Source, Standing, rank};

/// A report, as far as it speaks of one proposition.
#[derive(Debug, Clone)]
pub struct Claim {
    pub report: Standing,
    pub value: Value,
    pub until: Option<Moment>,
}

impl Claim {
    pub fn new(report: Standing, value: Value) -> Claim {
        let until = Moment::in_member(&report.data, "until");
        Claim { report, value, until }
    }

    fn covers(&self, at: DateTime<Utc>) -> bool {
        let is_over = self.until.as_ref().is_some_and(|until| until.at <= at);
        self.report.time.at <= at && !is_over
    }
}

/// What is answered about a proposition.
pub struct Answer {
    pub value: Option<Value>,
    pub winner: Option<Claim>,
    since: Option<Moment>,
    stale: bool,
    dissent: Vec<Claim>,
}

impl Answer {
    /// The members that every answer has; `word` is what a dissenting value is called.
    pub fn members(&self, word: &str) -> Map<String, Value> {
        let winner = self.winner.as_ref().map(|winner| &winner.report);
        let dissent: Vec<Value> =
            self.dissent.iter().map(|claim| dissenting(claim, word)).collect();
        let members = [
            ("since", json!(self.since.as_ref().map(|since| &since.text))),
            ("level", json!(winner.map(|winner| &winner.level))),
            ("contested", json!(!dissent.is_empty())),
            ("stale", json!(self.stale)),
            ("basis", winner.map_or(json!([]), Standing::basis)),
            ("dissent", json!(dissent)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn dissenting(claim: &Claim, word: &str) -> Value {
    let report = &claim.report;
    json!({
        "by": report.source().by(),
        word: claim.value,
        "time": report.time.text,
        "level": report.level,
        "event": report.id,
    })
}

impl Oracle<'_> {
    /// Resolves one proposition at the moment asked about.
    pub fn resolve(&self, claims: &[Claim]) -> Answer {
        let winner = self.winner(claims, self.moment()).cloned();
        let value = winner.as_ref().map(|winner| winner.value.clone());
        let since = self.since(claims, value.as_ref());
        let is_old = |claim: &Claim| self.moment() - claim.report.time.at > self.window();
        Answer {
            stale: winner.as_ref().is_some_and(is_old),
            dissent: self.dissent(claims, winner.as_ref(), since.as_ref()),
            value,
            winner,
            since,
        }
    }

    fn window(&self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.asked.window.hours()))
    }

    /// The claim that decides about the instant `at`.
    fn winner<'c>(&self, claims: &'c [Claim], at: DateTime<Utc>) -> Option<&'c Claim> {
        let candidates: Vec<&Claim> = claims.iter().filter(|claim| claim.covers(at)).collect();
        match self.asked.policy {
            Policy::Best => best(&candidates, self.window()),
            Policy::Latest | Policy::Verified | Policy::Party(_) => {
                let admitted = candidates.into_iter().filter(|claim| self.admits(&claim.report));
                admitted.max_by_key(|claim| claim.report.age())
            }
        }
    }

    /// Whole 24-hour days and more of them: every stretch of `value` up to the moment asked
    /// about, as an exact length.
    pub fn total(&self, claims: &[Claim], value: &Value) -> TimeDelta {
        let mut bounds = self.boundaries(claims);
        bounds.push(self.moment());
        let stretches = bounds.windows(2).filter(|stretch| {
            self.winner(claims, stretch[0]).is_some_and(|winner| winner.value == *value)
        });
        stretches.map(|stretch| stretch[1] - stretch[0]).sum()
    }

    /// Every instant, up to the moment asked about, at which an answer may change (rule 12).
    fn boundaries(&self, claims: &[Claim]) -> Vec<DateTime<Utc>> {
        let ends = claims.iter().filter_map(|claim| Some(claim.until.as_ref()?.at));
        let mut instants: Vec<_> =
            claims.iter().map(|claim| claim.report.time.at).chain(ends).collect();
        instants.retain(|at| *at <= self.moment());
        instants.sort();
        instants.dedup();
        instants
    }

    /// The start of the unbroken stretch of `value` that ends at the moment asked about (rule 3).
    fn since(&self, claims: &[Claim], value: Option<&Value>) -> Option<Moment> {
        let value_at = |at| self.winner(claims, at).map(|winner| &winner.value);
        let boundaries = self.boundaries(claims);
        let mut from = boundaries.len();
        while from > 0 && value_at(boundaries[from - 1]) == value {
            from -= 1;
        }
        let nothing_before = from == 0 && value.is_none();
        let start = boundaries.get(from).filter(|_| !nothing_before)?;
        self.as_written(claims, *start)
    }

    /// The instant `at` as the report that began then wrote it, else as the `until` did.
    fn as_written(&self, claims: &[Claim], at: DateTime<Utc>) -> Option<Moment> {
        let admitted = || claims.iter().filter(|claim| self.admits(&claim.report));
        let began = admitted().filter(|claim| claim.report.time.at == at);
        let ended = admitted().filter(|claim| claim.until.as_ref().is_some_and(|end| end.at == at));
        let began = began.max_by_key(|claim| claim.report.position);
        let ended = ended.max_by_key(|claim| claim.report.position);
        began.map(|claim| claim.report.time.clone()).or_else(|| ended?.until.clone())
    }

    /// Each source's newest word, where it says something else and still counts (rule 2).
    fn dissent(
        &self,
        claims: &[Claim],
        winner: Option<&Claim>,
        since: Option<&Moment>,
    ) -> Vec<Claim> {
        let counts =
            |claim: &&Claim| claim.covers(self.moment()) && claim.report.level != "refuted";
        let candidates: Vec<&Claim> = claims.iter().filter(counts).collect();
        let is_newest = |claim: &&&Claim| {
            let of_its_source = candidates.iter().filter(|other| same_source(other, claim));
            of_its_source.map(|other| other.report.age()).max() == Some(claim.report.age())
        };
        let differs = |claim: &&&Claim| winner.is_none_or(|winner| winner.value != claim.value);
        let is_recent = |claim: &Claim| {
            since.is_none_or(|since| claim.report.time.at > since.at - self.window())
        };
        let is_better = |claim: &Claim| {
            winner.is_some_and(|winner| rank(&claim.report.level) > rank(&winner.report.level))
        };
        let mut dissent: Vec<Claim> = (candidates.iter().filter(is_newest).filter(differs))
            .filter(|claim| is_recent(claim) || is_better(claim))
            .map(|claim| (*claim).clone())
            .collect();
        dissent.sort_by_key(|claim| std::cmp::Reverse(claim.report.age()));
        dissent
    }
}

fn same_source(one: &Claim, other: &Claim) -> bool {
    let source: Source = one.report.source();
    source == other.report.source()
}

/// Drops what is refuted or superseded; among what is recent, the best evidence (rules 1, 6 to 8).
fn best<'c>(candidates: &[&'c Claim], window: TimeDelta) -> Option<&'c Claim> {
    let standing = || candidates.iter().filter(|claim| claim.report.level != "refuted");
    let supersedes = |newer: &Claim, claim: &Claim| {
        same_source(newer, claim)
            && newer.report.age() > claim.report.age()
            && newer.value != claim.value
    };
    let competing = || standing().filter(|claim| !standing().any(|newer| supersedes(newer, claim)));
    let newest = competing().map(|claim| claim.report.time.at).max()?;
    let recent = competing().filter(|claim| claim.report.time.at > newest - window);
    let merit = |claim: &Claim| {
        let report = &claim.report;
        (rank(&report.level), std::cmp::Reverse(report.credibility()), report.age())
    };
    recent.max_by_key(|claim| merit(claim)).copied()
}
