//! Bulletins: published figures, computed again from the record, and what would differ today.

use std::collections::{BTreeMap, BTreeSet};

use causeway_domain::bulletin::{self, Issued};
use causeway_domain::text::Title;
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Id, Kind, Payload, SubjectId, Time};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Position;
use crate::asked::{AsOf, Asked, Policy};
use crate::history::Period;
use crate::indicators::{Bucket, FORMULA, Question, TooWide};
use crate::scope::Scope;
use crate::streams::Stream;
use crate::view::{Page, Paging, Snapshot, View};

/// How many times the figures are computed to find the events that changed them.
pub const COMPUTATION_LIMIT: usize = 500;
/// How many events can be looked at for that: each time looks at all on record.
pub const LOOK_LIMIT: usize = 50_000_000;

/// A stretch of so many events is gone through one by one, even where its ends agree.
const SHORT: usize = 16;

/// A published answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Bulletin {
    /// Its id.
    #[schema(example = "september-2023")]
    pub id: Id,
    /// One line that names it.
    #[schema(required)]
    pub title: Option<Title>,
    /// The event that issued it.
    pub event: EventId,
    /// The organisation that issued it.
    pub by: Id,
    /// When that was recorded.
    pub issued: Time,
    /// What its figures were computed with.
    pub as_of: AsOf,
    /// Start of the period.
    pub from: Time,
    /// End of the period, not included.
    pub to: Time,
    /// How the period was cut.
    #[schema(required)]
    pub bucket: Option<Title>,
    /// Only what touches this corridor.
    #[schema(required)]
    pub corridor: Option<Id>,
    /// Only what lies in this place.
    #[schema(required)]
    pub area: Option<Title>,
    /// Only deliveries of this organisation, and the lag of what it recorded.
    #[schema(required)]
    pub organisation: Option<Id>,
    /// The version of the formulas that it was computed by.
    pub formula: Title,
}

/// A published answer with its figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulletinInFull {
    /// What it is.
    #[serde(flatten)]
    pub bulletin: Bulletin,
    /// The figures as they were published; GET /v1/indicators says what each is.
    #[schema(value_type = Object)]
    pub values: Map<String, Value>,
    /// The same figures computed again now, from the record as it was then.
    pub recomputed: Recomputed,
    /// What would be answered otherwise with what is known now, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<Comparison>,
}

/// Published figures computed again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Recomputed {
    /// The version of the formulas now.
    pub formula: &'static str,
    /// Whether every figure came out the same.
    pub identical: bool,
    /// Those that did not.
    pub differences: Vec<Difference>,
}

/// Published figures beside those of today.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Comparison {
    /// Where they differ.
    pub differences: Vec<Difference>,
    /// The events that changed them, in the order in which they were recorded.
    pub events: Vec<ChangedBy>,
}

/// A figure that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Difference {
    /// JSON pointer (RFC 6901) into `values`.
    #[schema(example = "/open_hours/8/hours/open")]
    pub pointer: String,
    /// As published; null where there was nothing.
    #[schema(value_type = Value)]
    pub was: Value,
    /// As it comes out; null where there is nothing.
    #[schema(value_type = Value)]
    pub is: Value,
}

/// An event recorded since, with which figures came out otherwise.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangedBy {
    /// The event.
    pub event: EventId,
    /// Its type.
    #[schema(example = "report.corrected.v1")]
    pub r#type: &'static str,
    /// What it is about.
    #[schema(value_type = String, example = "corridor/lachin")]
    pub subject: SubjectId,
    /// Where it stands in the log.
    #[schema(value_type = u64)]
    pub position: Position,
    /// When it was recorded.
    pub recorded: Time,
    /// The figures that it changed.
    pub figures: Vec<String>,
}

/// Why figures cannot be compared in one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotCompare {
    /// The figures themselves are too many.
    #[error(transparent)]
    TooWide(#[from] TooWide),
    /// Too many events changed them.
    #[error(
        "too many computations are needed to tell which events changed the figures: ask with an \
         earlier `at_position`"
    )]
    TooManyChanges,
}

type Values = Map<String, Value>;

impl View<'_> {
    /// The bulletins, by id.
    #[must_use]
    pub fn bulletins(&self, paging: &Paging) -> Page<Bulletin> {
        let last = paging.after_id();
        let subjects = self.snapshot.streams(Kind::Bulletin).after_id(last.as_ref());
        let bulletins = subjects.filter_map(|(id, stream)| {
            let (_, bulletin) = self.pinned(id, &stream)?;
            Some((id.to_string(), bulletin))
        });
        paging.cut(bulletins)
    }

    /// One bulletin, computed again, and compared with what the reader asks about where `compare`.
    ///
    /// # Errors
    /// Where a comparison does not fit into one answer.
    pub fn bulletin(
        &self,
        id: &Id,
        compare: bool,
    ) -> Result<Option<BulletinInFull>, CannotCompare> {
        let stream = self.snapshot.streams(Kind::Bulletin).unpacked(id);
        let found = stream
            .as_ref()
            .and_then(|stream| Some((issued(self, stream)?.1, self.pinned(id, stream)?)));
        let Some((issued, (pinned, bulletin))) = found else { return Ok(None) };
        let again = self.snapshot.view(&pinned.asked).published(&pinned.question)?;
        let differences = differences(&issued.values, &again);
        let recomputed =
            Recomputed { formula: FORMULA, identical: differences.is_empty(), differences };
        let compare = match compare {
            true => Some(Comparing::new(self, &pinned).compare(&issued.values)?),
            false => None,
        };
        Ok(Some(BulletinInFull { bulletin, values: issued.values.clone(), recomputed, compare }))
    }

    /// The figures of a period in the form in which they are published.
    ///
    /// # Errors
    /// Where one answer could not hold them.
    pub fn published(&self, question: &Question) -> Result<Values, TooWide> {
        let indicators = self.indicators(question)?;
        let text = serde_json::to_string(&indicators).unwrap_or_default();
        let mut values: Values = serde_json::from_str(&text).unwrap_or_default();
        values.remove("about");
        Ok(values)
    }

    /// What a bulletin was computed with, and what it says of itself; none where it was not
    /// recorded by a service that could have computed it.
    fn pinned(&self, id: &Id, stream: &Stream) -> Option<(Pinned, Bulletin)> {
        let (position, issued) = issued(self, stream)?;
        let entry = self.snapshot.chronicle.entry(position)?;
        let pinned = Pinned::of(self.snapshot, issued, entry.classification)?;
        let bulletin = Bulletin {
            id: id.clone(),
            title: issued.title.clone(),
            event: entry.id,
            by: entry.organisation.clone(),
            issued: entry.recorded,
            as_of: pinned.asked.as_of(),
            from: issued.from,
            to: issued.to,
            bucket: issued.bucket.clone(),
            corridor: issued.corridor.clone(),
            area: issued.area.clone(),
            organisation: issued.organisation.clone(),
            formula: issued.formula.clone(),
        };
        Some((pinned, bulletin))
    }
}

/// The newest issue of a bulletin, and where it stands.
fn issued<'v>(view: &'v View<'_>, stream: &'v Stream) -> Option<(Position, &'v Issued)> {
    let standing = stream.standing(view.seen).last()?;
    let Payload::Bulletin(bulletin::Event::Issued(issued)) = &standing.form.payload else {
        return None;
    };
    Some((standing.report.position, issued))
}

/// Everything that a bulletin's figures depend on.
struct Pinned {
    asked: Asked,
    question: Question,
}

impl Pinned {
    /// A bulletin rests on what may be read by whoever may read it, and on nothing else.
    fn of(snapshot: &Snapshot, issued: &Issued, clearance: Classification) -> Option<Pinned> {
        let position = Position::from(issued.position.0);
        let known_at = match issued.known_at {
            Some(known_at) => known_at,
            None => snapshot.chronicle.entry(position)?.recorded,
        };
        let window = issued.window_hours.map(|hours| hours.0.to_string().parse());
        let bucket: Option<Bucket> =
            issued.bucket.as_ref().map(|bucket| bucket.parse()).transpose().ok()?;
        let policy: Policy = issued.policy.parse().ok()?;
        Some(Pinned {
            asked: Asked {
                position: Some(position),
                known_at,
                effective_at: issued.effective_at.or(issued.known_at).unwrap_or(issued.to),
                policy,
                window: window.transpose().ok()?.unwrap_or_default(),
                clearance,
            },
            question: Question {
                period: Period { from: issued.from, to: issued.to },
                bucket,
                corridor: issued.corridor.clone(),
                area: issued.area.as_ref().map(ToString::to_string),
                organisation: issued.organisation.clone(),
                with_events: false,
            },
        })
    }
}

/// A search for the events that changed published figures.
struct Comparing<'v> {
    snapshot: &'v Snapshot,
    pinned: &'v Pinned,
    /// What is asked now.
    now: Asked,
    /// The positions since then at which figures can have changed.
    since: Vec<Position>,
    computed: usize,
    events: Vec<ChangedBy>,
}

impl<'v> Comparing<'v> {
    fn new(view: &'v View<'_>, pinned: &'v Pinned) -> Comparing<'v> {
        let Asked { position, known_at, .. } = *view.asked;
        let now = Asked { position, known_at, ..pinned.asked.clone() };
        let snapshot = view.snapshot;
        let since = since(snapshot, pinned, &now);
        Comparing { snapshot, pinned, now, since, computed: 0, events: Vec::new() }
    }

    fn compare(mut self, published: &Values) -> Result<Comparison, CannotCompare> {
        let then = self.at(None)?;
        let now = self.snapshot.view(&self.now).published(&self.pinned.question)?;
        let end = self.since.len();
        self.look_into(0, &then, end, &now)?;
        Ok(Comparison { differences: differences(published, &now), events: self.events })
    }

    /// The figures with what was known after the event at `index` among those since.
    fn at(&mut self, index: Option<usize>) -> Result<Values, CannotCompare> {
        self.computed += 1;
        let on_record = usize::try_from(self.snapshot.chronicle.len()).unwrap_or(usize::MAX);
        if self.computed > COMPUTATION_LIMIT.min(LOOK_LIMIT / on_record.max(1)) {
            return Err(CannotCompare::TooManyChanges);
        }
        let position = index.map_or(self.pinned.asked.position, |index| Some(self.since[index]));
        let asked = Asked { position, ..self.pinned.asked.clone() };
        Ok(self.snapshot.view(&asked).published(&self.pinned.question)?)
    }

    /// Finds the events from `start` to `end` that changed the figures from `before` to `after`.
    /// A stretch whose ends agree is looked into only if it is short.
    fn look_into(
        &mut self,
        start: usize,
        before: &Values,
        end: usize,
        after: &Values,
    ) -> Result<(), CannotCompare> {
        let length = end - start;
        if length == 0 || (length > SHORT && before == after) {
            return Ok(());
        }
        if length == 1 {
            self.note(self.since[start], before, after);
            return Ok(());
        }
        let middle = start + length / 2;
        let between = self.at(Some(middle - 1))?;
        self.look_into(start, before, middle, &between)?;
        self.look_into(middle, &between, end, after)
    }

    fn note(&mut self, position: Position, before: &Values, after: &Values) {
        let figures: Vec<String> = names(before, after)
            .filter(|name| before.get(*name) != after.get(*name))
            .map(ToOwned::to_owned)
            .collect();
        if let Some(entry) = self.snapshot.chronicle.entry(position)
            && !figures.is_empty()
        {
            self.events.push(ChangedBy {
                event: entry.id,
                r#type: entry.type_name,
                subject: entry.subject.clone(),
                position,
                recorded: entry.recorded,
                figures,
            });
        }
    }
}

/// The positions after the bulletin's at which its figures can have changed: on subjects that it
/// is about, then or now, and in the registers.
fn since(snapshot: &Snapshot, pinned: &Pinned, now: &Asked) -> Vec<Position> {
    let Question { corridor, area, .. } = &pinned.question;
    let (then, now) = (snapshot.view(&pinned.asked), snapshot.view(now));
    let scopes = [&then, &now].map(|view| Scope::new(view, corridor.as_ref(), area.as_deref()));
    let is_party = matches!(pinned.asked.policy, Policy::Party(_));
    let mut taken: BTreeMap<&SubjectId, bool> = BTreeMap::new();
    let first = pinned.asked.position.map_or(0, |position| position + 1);
    let last = now.asked.position.map_or(0, |position| position + 1);
    let mut can_change = |position: &Position| {
        let Some(entry) = snapshot.chronicle.entry(*position) else { return false };
        let subject = &entry.subject;
        let takes = || scopes.iter().any(|scope| scope.takes(subject.kind, &subject.id));
        now.seen.sees(*position)
            && match subject.kind {
                Kind::Actor => is_party,
                Kind::Place => area.is_some(),
                Kind::Statement | Kind::Bulletin => false,
                Kind::Corridor
                | Kind::Constraint
                | Kind::Delivery
                | Kind::Incident
                | Kind::Movement => *taken.entry(subject).or_insert_with(takes),
            }
    };
    (first..last).filter(&mut can_change).collect()
}

/// The names of all members, in order.
fn names<'n>(one: &'n Values, other: &'n Values) -> impl Iterator<Item = &'n str> {
    one.keys().chain(other.keys()).map(String::as_str).collect::<BTreeSet<_>>().into_iter()
}

/// Where figures differ.
fn differences(was: &Values, is: &Values) -> Vec<Difference> {
    let mut found = Vec::new();
    note_members("", was, is, &mut found);
    found
}

fn note_members(pointer: &str, was: &Values, is: &Values, found: &mut Vec<Difference>) {
    for name in names(was, is) {
        let (was, is) = (was.get(name), is.get(name));
        let name = name.replace('~', "~0").replace('/', "~1");
        note(&format!("{pointer}/{name}"), was, is, found);
    }
}

fn note(pointer: &str, was: Option<&Value>, is: Option<&Value>, found: &mut Vec<Difference>) {
    match (was, is) {
        (Some(Value::Object(was)), Some(Value::Object(is))) => {
            note_members(pointer, was, is, found);
        }
        (Some(Value::Array(was)), Some(Value::Array(is))) if was.len() == is.len() => {
            for (index, (was, is)) in was.iter().zip(is).enumerate() {
                note(&format!("{pointer}/{index}"), Some(was), Some(is), found);
            }
        }
        // JSON knows one kind of number: 1 and 1.0 are the same.
        (Some(Value::Number(was)), Some(Value::Number(is))) if was.as_f64() == is.as_f64() => {}
        (was, is) if was == is => {}
        (was, is) => found.push(Difference {
            pointer: pointer.to_owned(),
            was: was.cloned().unwrap_or_default(),
            is: is.cloned().unwrap_or_default(),
        }),
    }
}
