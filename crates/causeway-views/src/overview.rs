//! The overview, carried on from event to event.
//!
//! What one subject adds to the overview changes only with an event that touches the subject, or
//! at a moment known beforehand: when the time of a report comes, when its `until` is over, when
//! it gets older than the window. So a page that asks again and again costs a look at what has
//! changed since, and not at all subjects.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::mem;
use std::sync::{Arc, Mutex};

use causeway_domain::words::Classification;
use causeway_domain::{Id, Kind, Payload, SubjectId, statement};
use chrono::{DateTime, TimeDelta, Utc};
use quick_cache::sync::Cache;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::Serialize;

use crate::Position;
use crate::asked::{Asked, Policy, Window};
use crate::deliveries::Stage;
use crate::disputes::{Dispute, newest_first};
use crate::incidents::Incident;
use crate::reports::Age;
use crate::situation::{BlockadeSummary, CorridorSummary, Freshness, NEWEST};
use crate::streams::Stream;
use crate::view::{Snapshot, View};
use crate::written::{Written, written};

/// The overviews that are followed: of each question the newest, and of few questions only.
#[derive(Debug)]
pub struct Overviews(Cache<Weighed, Arc<Mutex<Overview>>>);

/// How claims are weighed, and for whom.
type Weighed = (Policy, Window, Classification);

/// Of so many questions: an overview of a million subjects takes tens of megabytes.
const FOLLOWED: usize = 8;

/// What all subjects add to the overview, for one way of weighing claims and one clearance, up to
/// some position and moment.
#[derive(Debug, Default)]
pub struct Overview {
    /// What was asked last, and whose word counted under `party:X`.
    reached: Option<(Asked, BTreeSet<Id>)>,
    corridors: Written<CorridorSummary>,
    blockades: Written<BlockadeSummary>,
    stages: Stages,
    /// Incidents that have happened, by their first report.
    incidents: Filed<Reverse<Age>>,
    /// Those on which sources disagree, by the newest event on either side.
    disputed: Filed<Reverse<Position>>,
    /// The newest disputes on the first of those, each with its place in the order of all.
    disputes: HashMap<u32, Vec<(String, Dispute)>>,
    /// Those to look at again at some moment, whatever is recorded.
    due: Filed<DateTime<Utc>>,
    /// The newest event that the reader sees.
    newest: Option<Position>,
}

/// What the overview says after corridors and blockades, under the names that
/// [`crate::situation::Situation`] gives it.
#[derive(Debug, Serialize)]
struct Rest<'o> {
    deliveries: &'o BTreeMap<Stage, u64>,
    incidents: Vec<Incident>,
    disputes: Vec<&'o Dispute>,
    freshness: Freshness,
}

/// What one subject adds.
#[derive(Debug)]
struct Share<'v> {
    number: u32,
    part: Part<'v>,
    /// The newest event on either side of any dispute on it.
    disputed: Option<Position>,
    /// When to look at it again, whatever is recorded.
    due: Option<DateTime<Utc>>,
}

/// What is shown of one subject, if anything.
#[derive(Debug)]
enum Part<'v> {
    Corridor(&'v Id, Option<CorridorSummary>),
    Constraint(&'v Id, Option<BlockadeSummary>),
    Delivery(Option<Stage>),
    Incident(Option<Age>),
    Nothing,
}

/// So many subjects are looked at before what they add is taken in.
const AT_ONCE: usize = 1_024;

/// Fewer are looked at faster by one processor alone.
const WORTH_SHARING: usize = 256;

/// Subjects by number, each under one key at most, in the order of the keys.
#[derive(Debug)]
struct Filed<K> {
    keys: HashMap<u32, K>,
    in_order: BTreeSet<(K, u32)>,
}

/// At which stage each delivery is, and how many are.
#[derive(Debug, Default)]
struct Stages {
    /// By the number of the subject.
    reached: Vec<Option<Stage>>,
    count: BTreeMap<Stage, u64>,
}

impl Default for Overviews {
    fn default() -> Self {
        Overviews(Cache::new(FOLLOWED))
    }
}

impl Overviews {
    /// The overview for whoever follows it: the JSON of what [`View::situation`] says, carried on
    /// from the last that was asked for with the same record.
    #[must_use]
    pub fn situation(&self, view: &View<'_>) -> Vec<u8> {
        let followed = self.0.get_or_insert_with(&weighed(view.asked), || Ok(Arc::default()));
        let followed: Arc<Mutex<Overview>> =
            followed.unwrap_or_else(|never: Infallible| match never {});
        let mut overview = followed.lock().unwrap_or_else(|half_done| {
            followed.clear_poison();
            let mut overview = half_done.into_inner();
            *overview = Overview::default();
            overview
        });
        if overview.is_past(view) {
            drop(overview); // somebody was faster, and others need not wait
            return written(&view.situation());
        }
        overview.carry_on(view);
        overview.situation(view)
    }
}

impl Overview {
    /// Whether it has come past what the view sees, and so cannot be carried on to there.
    #[must_use]
    pub fn is_past(&self, view: &View<'_>) -> bool {
        self.reached.as_ref().is_some_and(|(reached, _)| {
            view.asked.position < reached.position || view.asked.moment() < reached.moment()
        })
    }

    /// Carries it on to what the view sees: the same record, or more of it, at the same moment or
    /// later. For whoever weighs or sees otherwise it starts from the beginning.
    pub fn carry_on(&mut self, view: &View<'_>) {
        let (changed, from) = match &self.reached {
            Some((reached, party))
                if weighed(reached) == weighed(view.asked) && *party == view.party =>
            {
                (self.changed_since(reached, view), end(reached))
            }
            Some(_) | None => {
                *self = Overview::default();
                ((0..).take(view.snapshot.subjects()).collect(), 0)
            }
        };
        for some in changed.chunks(AT_ONCE) {
            let shares: Vec<Share<'_>> = match some.len() < WORTH_SHARING {
                true => some.iter().filter_map(|number| view.share(*number)).collect(),
                false => some.par_iter().filter_map(|number| view.share(*number)).collect(),
            };
            shares.into_iter().for_each(|share| self.take(share));
        }
        self.keep_disputes(view);
        self.newest = match view.newest_seen(from).or(self.newest) {
            Some(known) if !view.seen.sees(known) => view.newest_seen(0),
            known => known,
        };
        self.reached = Some((view.asked.clone(), view.party.clone()));
    }

    /// The JSON of the overview that the view shows to which it was carried on.
    #[must_use]
    pub fn situation(&self, view: &View<'_>) -> Vec<u8> {
        let rest = written(&Rest {
            deliveries: &self.stages.count,
            incidents: self.newest_incidents(view),
            disputes: self.newest_disputes(),
            freshness: view.freshness(self.newest),
        });
        let room = self.corridors.size() + self.blockades.size() + rest.len() + 64;
        let mut sent = Vec::with_capacity(room);
        sent.extend(br#"{"corridors":"#);
        self.corridors.append_to(&mut sent);
        sent.extend(br#","blockades":"#);
        self.blockades.append_to(&mut sent);
        sent.push(b',');
        sent.extend(&rest[1..]);
        sent
    }

    fn newest_incidents(&self, view: &View<'_>) -> Vec<Incident> {
        let newest = self.incidents.in_order.iter().take(NEWEST);
        let newest = newest.filter_map(|(_, number)| view.on_record(*number));
        newest.map(|(subject, stream)| view.about_incident(&subject.id, &stream)).collect()
    }

    fn newest_disputes(&self) -> Vec<&Dispute> {
        let mut newest: Vec<_> = self.disputes.values().flatten().collect();
        newest.sort_by(|(one, _), (other, _)| one.cmp(other));
        newest.into_iter().take(NEWEST).map(|(_, dispute)| dispute).collect()
    }

    /// Keeps the disputes on the subjects with the newest. Among them are the newest of all. A
    /// statement can take a side on two subjects, so that more of them may be equally new.
    fn keep_disputes(&mut self, view: &View<'_>) {
        let mut known = mem::take(&mut self.disputes);
        let by_age = &self.disputed.in_order;
        let last = by_age.iter().nth(NEWEST - 1).map(|(age, _)| *age);
        let newest = by_age.iter().take_while(|(age, _)| last.is_none_or(|last| *age <= last));
        for (_, number) in newest {
            let newest = |(subject, stream): (&SubjectId, Arc<Stream>)| {
                let mut disputes = newest_first(view.disputes_on(*number, subject, &stream));
                disputes.truncate(NEWEST);
                disputes
            };
            let disputes = known.remove(number);
            let disputes = disputes.or_else(|| view.on_record(*number).map(newest));
            self.disputes.extend(disputes.map(|disputes| (*number, disputes)));
        }
    }

    /// The subjects that may add to the view something else than they did to what was asked.
    fn changed_since(&self, reached: &Asked, view: &View<'_>) -> Vec<u32> {
        let chronicle = &view.snapshot.chronicle;
        let recorded = (end(reached)..end(view.asked)).filter_map(|at| chronicle.row(at));
        let mut changed: BTreeSet<u32> = recorded.map(|row| row.subject).collect();
        let due = self.due.in_order.iter().take_while(|(moment, _)| *moment <= view.asked.moment());
        changed.extend(due.map(|(_, number)| number));
        let denied: Vec<u32> =
            changed.iter().flat_map(|number| view.snapshot.denied_by(*number)).collect();
        changed.extend(denied);
        changed.into_iter().collect()
    }

    /// Takes in what one subject adds to what the view sees.
    fn take(&mut self, Share { number, part, disputed, due }: Share<'_>) {
        match part {
            Part::Corridor(id, corridor) => self.corridors.put(id, corridor.as_ref()),
            Part::Constraint(id, blockade) => self.blockades.put(id, blockade.as_ref()),
            Part::Delivery(stage) => self.stages.put(number, stage),
            Part::Incident(first) => self.incidents.put(number, first.map(Reverse)),
            Part::Nothing => {}
        }
        self.disputed.put(number, disputed.map(Reverse));
        self.disputes.remove(&number);
        self.due.put(number, due);
    }
}

/// The first position that whoever asked this does not see.
fn end(asked: &Asked) -> Position {
    asked.position.map_or(0, |position| position + 1)
}

/// The first moment after another.
fn after(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment + TimeDelta::nanoseconds(1)
}

fn weighed(asked: &Asked) -> Weighed {
    (asked.policy.clone(), asked.window, asked.clearance)
}

impl<K> Default for Filed<K> {
    fn default() -> Self {
        Filed { keys: HashMap::new(), in_order: BTreeSet::new() }
    }
}

impl<K: Ord + Copy> Filed<K> {
    /// Files the subject under the key instead of any other, or not at all.
    fn put(&mut self, number: u32, key: Option<K>) {
        let before = match key {
            Some(key) => self.keys.insert(number, key),
            None => self.keys.remove(&number),
        };
        if let Some(before) = before {
            self.in_order.remove(&(before, number));
        }
        self.in_order.extend(key.map(|key| (key, number)));
    }
}

impl Stages {
    fn put(&mut self, number: u32, stage: Option<Stage>) {
        let index = number as usize;
        self.reached.resize(self.reached.len().max(index + 1), None);
        if let Some(before) = mem::replace(&mut self.reached[index], stage)
            && let Some(count) = self.count.get_mut(&before)
        {
            *count -= 1;
        }
        if let Some(stage) = stage {
            *self.count.entry(stage).or_default() += 1;
        }
        self.count.retain(|_, count| *count > 0);
    }
}

impl Snapshot {
    /// The subjects of the reports that a statement denies, or did in another form; none for what
    /// is no statement.
    fn denied_by(&self, number: u32) -> Vec<u32> {
        let subject = self.chronicle.subject(number);
        let statement = subject.filter(|subject| subject.kind == Kind::Statement);
        let Some(stream) = statement.and_then(|_| self.stream(number)) else { return Vec::new() };
        let denied = stream.forms().filter_map(|form| {
            let Payload::Statement(statement::Event::Recorded(said)) = &form.payload else {
                return None;
            };
            self.place(&said.denies?)
        });
        denied.map(|(subject, _)| subject).collect()
    }
}

impl<'a> View<'a> {
    /// What the subject of this number adds to the overview.
    fn share(&self, number: u32) -> Option<Share<'a>> {
        let (subject, stream) = self.on_record(number)?;
        let id = &subject.id;
        let part = match subject.kind {
            Kind::Corridor => Part::Corridor(id, self.corridor_summary(id, &stream)),
            Kind::Constraint => Part::Constraint(id, self.blockade_summary(id, &stream)),
            Kind::Delivery => Part::Delivery(self.delivery_stage(&stream)),
            Kind::Incident => Part::Incident(self.incident_age(&stream)),
            Kind::Movement | Kind::Statement | Kind::Bulletin | Kind::Actor | Kind::Place => {
                Part::Nothing
            }
        };
        let disputes = self.disputes_on(number, subject, &stream);
        let disputed = disputes.iter().filter_map(Dispute::newest_event).max();
        let is_in_force = matches!(part, Part::Constraint(_, Some(_)));
        let next_day = is_in_force.then(|| self.next_day(&stream));
        let due = self.next_change(&stream).into_iter().chain(next_day).min();
        Some(Share { number, part, disputed, due })
    }

    /// The first moment from which, with nothing recorded, something else may be said of a
    /// subject: a report's time comes, its `until` is over, or it gets older than the window.
    fn next_change(&self, stream: &Stream) -> Option<DateTime<Utc>> {
        let begins = stream.times().flat_map(|time| [time, after(time + self.scales().window)]);
        let moments =
            begins.chain(stream.forms().filter_map(|form| Some(form.details.until?.instant())));
        moments.filter(|moment| *moment > self.asked.moment()).min()
    }
}
