//! The feed: what is on record, in order, as far as the reader may see it.

use std::str::FromStr;

use causeway_domain::schema::EVENT_TYPES;
use causeway_domain::words::Classification;
use causeway_domain::{EventId, Expected, SubjectId};
use causeway_service::{Service, Unavailable, stored};
use causeway_views::{AsOf, Position, Snapshot};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strum::{Display, EnumString};
use utoipa::{IntoParams, ToSchema};

use crate::parameters::{parsed, word};
use crate::problem::Problem;
use crate::query::Limit;

/// How many positions one request looks through at most, when it looks for a type.
const SCAN_LIMIT: usize = 100_000;

/// How many events are read at a time, and after how many bytes a page ends.
const HANDFUL: usize = 100;
const PAGE_BYTES: usize = 16 << 20;

/// Which events, and in which order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only events that come after this position in the order asked for. Left out: from the
    /// first, or in descending order from the newest.
    #[param(value_type = Option<u64>)]
    pub after: Option<Position>,
    /// At most so many events: 1 to 500, or to 10,000 as `application/x-ndjson`; 50 unless asked
    /// otherwise.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000, example = 50)]
    pub limit: Option<FeedLimit>,
    /// Only events of this type.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "corridor.status_reported.v1")]
    pub r#type: Option<TypeName>,
    /// Only events on this subject.
    #[serde(default, deserialize_with = "parsed")]
    #[param(value_type = Option<String>, example = "corridor/lachin")]
    pub subject: Option<SubjectId>,
    /// `asc`, oldest first, unless asked for `desc`.
    #[serde(default, deserialize_with = "word")]
    #[param(inline, example = "asc")]
    pub order: Option<Order>,
}

/// In which order events come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Display, EnumString, ToSchema)]
#[schema(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Order {
    /// Oldest first.
    #[default]
    Asc,
    /// Newest first.
    Desc,
}

/// How many events a page takes.
#[derive(Debug, Clone, Copy)]
pub struct FeedLimit(pub usize);

impl FromStr for FeedLimit {
    type Err = Expected;

    fn from_str(text: &str) -> Result<FeedLimit, Expected> {
        let limit = text.parse().ok().filter(|limit| (1..=10_000).contains(limit));
        limit.map(FeedLimit).ok_or(Expected("a number from 1 to 500, or to 10000 as NDJSON"))
    }
}

/// The name of an event type there is.
#[derive(Debug, Clone, Copy)]
pub struct TypeName(&'static str);

impl FromStr for TypeName {
    type Err = Expected;

    fn from_str(text: &str) -> Result<TypeName, Expected> {
        let known = EVENT_TYPES.iter().find(|known| known.name == text);
        let known = known.map(|known| TypeName(&known.name));
        known.ok_or(Expected("an event type that GET /v1/event-types lists"))
    }
}

/// A page of the feed, as it is sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedAnswer {
    /// How far the log reaches, and for whom.
    as_of: AsOf,
    /// The events, each byte for byte as it is on record, with its `sequence`.
    #[schema(value_type = Vec<Object>)]
    data: Vec<Box<RawValue>>,
    /// The `after` to send next, now or later; in descending order null at the end.
    #[schema(required, value_type = Option<u64>)]
    next: Option<Position>,
}

/// A page of the feed.
#[derive(Debug)]
pub struct Page {
    /// Each event as it is sent.
    pub events: Vec<Vec<u8>>,
    /// The `after` to send next; in descending order none at the end.
    pub next: Option<Position>,
    /// Whether there is more by now.
    pub has_more: bool,
}

impl Wanted {
    /// # Errors
    /// Where more is asked for than one JSON document takes.
    pub fn check_limit(&self, as_lines: bool) -> Result<(), Problem> {
        match self.limit {
            Some(FeedLimit(limit)) if limit > Limit::MOST && !as_lines => {
                let detail = "a number from 1 to 500, or up to 10000 with `Accept: \
                              application/x-ndjson`";
                Err(Problem::bad_parameter("limit", &format!("expected {detail}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// # Errors
    /// Where the reader has come further than this log: it was put back to an older state, or is
    /// another one, and going on would leave events out.
    pub fn check_after(&self, head: Option<Position>) -> Result<(), Problem> {
        match self.after {
            Some(after) if self.is_ascending() => on_record("after", after, head),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the oldest come first.
    #[must_use]
    pub fn is_ascending(&self) -> bool {
        self.order != Some(Order::Desc)
    }

    /// The address of what comes after `after`.
    #[must_use]
    pub fn path(&self, after: Position) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("after", &after.to_string());
        let limit = self.limit.map(|FeedLimit(limit)| limit.to_string());
        let others = [
            ("limit", limit),
            ("type", self.r#type.map(|TypeName(name)| name.to_owned())),
            ("subject", self.subject.as_ref().map(ToString::to_string)),
            ("order", self.order.map(|order| order.to_string())),
        ];
        for (name, value) in others {
            query.extend_pairs(value.map(|value| (name, value)));
        }
        format!("/v1/events?{}", query.finish())
    }
}

impl Page {
    /// The events alone, one on each line.
    #[must_use]
    pub fn lines(&self) -> Vec<u8> {
        let mut lines = Vec::new();
        for event in &self.events {
            lines.extend_from_slice(event);
            lines.push(b'\n');
        }
        lines
    }

    /// The events as an answer.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn answer(self, as_of: AsOf) -> Result<Vec<u8>, Problem> {
        let raw = |event| String::from_utf8(event).map_err(Problem::internal);
        let raw = |event| {
            raw(event).and_then(|text| RawValue::from_string(text).map_err(Problem::internal))
        };
        let data = self.events.into_iter().map(raw).collect::<Result<_, _>>()?;
        let answer = FeedAnswer { as_of, data, next: self.next };
        serde_json::to_vec(&answer).map_err(Problem::internal)
    }
}

/// # Errors
/// Where the log has not come to `position`, which was given as `name`.
pub fn on_record(name: &str, position: Position, head: Option<Position>) -> Result<(), Problem> {
    if Some(position) <= head {
        return Ok(());
    }
    let newest = head.map_or("there is none".to_owned(), |head| head.to_string());
    let detail = format!("expected a position on record; the newest: {newest}");
    Err(Problem::bad_parameter(name, &detail))
}

/// An event at its place, if the reader may see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Its place.
    pub position: Position,
    is_visible: bool,
}

/// What one request finds.
#[derive(Debug)]
pub struct Found {
    /// What is wanted, in the order asked for.
    pub slots: Vec<Slot>,
    last_seen: Option<Position>,
    /// Whether there is more by now.
    pub has_more: bool,
}

impl Found {
    /// In ascending order, the `after` to send next: at the end there is nothing more up to the
    /// head, seen or not.
    #[must_use]
    pub fn next(&self, snapshot: &Snapshot, wanted: &Wanted) -> Option<Position> {
        match self.has_more {
            true => self.last_seen,
            false => snapshot.chronicle.head().max(wanted.after),
        }
    }
}

/// Reads a page of the feed. Reads the disk.
///
/// # Errors
/// Where the log cannot be read.
pub fn page(
    service: &Service,
    snapshot: &Snapshot,
    wanted: &Wanted,
    clearance: Classification,
) -> Result<Page, Unavailable> {
    let order = wanted.order.unwrap_or_default();
    let mut found = find(snapshot, wanted, clearance, SCAN_LIMIT);
    let mut events: Vec<Vec<u8>> = Vec::new();
    let mut size = 0;
    for handful in found.slots.chunks(HANDFUL) {
        if size >= PAGE_BYTES {
            found.last_seen = found.slots.get(events.len() - 1).map(|slot| slot.position);
            found.has_more = true;
            break;
        }
        let read = match order {
            Order::Asc => read(service, handful.iter(), usize::MAX)?,
            Order::Desc => {
                let mut read = read(service, handful.iter().rev(), usize::MAX)?;
                read.reverse();
                read
            }
        };
        size += read.iter().map(Vec::len).sum::<usize>();
        events.extend(read);
    }
    let next = match order {
        Order::Asc => found.next(snapshot, wanted),
        Order::Desc => found.last_seen.filter(|_| found.has_more),
    };
    Ok(Page { events, next, has_more: found.has_more })
}

/// Reads what stands at `slots`, oldest first; nothing after those events that make `enough`
/// bytes. Reads the disk.
///
/// # Errors
/// Where the log cannot be read.
pub fn read<'a>(
    service: &Service,
    slots: impl Iterator<Item = &'a Slot> + Clone,
    enough: usize,
) -> Result<Vec<Vec<u8>>, Unavailable> {
    let visible = slots.clone().filter(|slot| slot.is_visible);
    let visible: Vec<Position> = visible.map(|slot| slot.position).collect();
    let mut stored = service.events_json(&visible, enough)?.into_iter();
    let take_next = |slot: &Slot| match slot.is_visible {
        true => stored.next(),
        false => Some(withheld(slot.position)),
    };
    Ok(slots.map_while(take_next).collect())
}

/// Where an event stands, if the reader may see it.
pub fn position(service: &Service, id: EventId, clearance: Classification) -> Option<Position> {
    let chronicle = &service.head().chronicle;
    let may_see = |position: &Position| {
        chronicle.entry(*position).is_some_and(|entry| entry.classification <= clearance)
    };
    chronicle.position(&id).filter(may_see)
}

/// What is told of an event that the reader may not see (rule 47).
fn withheld(position: Position) -> Vec<u8> {
    format!(r#"{{"sequence":"{}","withheld":true}}"#, stored::sequence(position)).into_bytes()
}

/// Finds a page of what is wanted among the next `scan_limit` positions that may be.
#[must_use]
pub fn find(
    snapshot: &Snapshot,
    wanted: &Wanted,
    clearance: Classification,
    scan_limit: usize,
) -> Found {
    let limit = wanted.limit.map_or(50, |FeedLimit(limit)| limit);
    let is_filtered = wanted.r#type.is_some() || wanted.subject.is_some();
    let mut found = Found { slots: Vec::new(), last_seen: None, has_more: false };
    let mut looked_through = None;
    for (looked_at, position) in candidates(snapshot, wanted).enumerate() {
        if looked_at == scan_limit {
            return Found { last_seen: looked_through, has_more: true, ..found };
        }
        looked_through = Some(position);
        let Some(entry) = snapshot.chronicle.entry(position) else { continue };
        let is_visible = entry.classification <= clearance;
        let is_wanted = wanted.r#type.is_none_or(|TypeName(name)| entry.type_name == name);
        // Under a filter, what the reader may not see is passed over without a trace (rule 47).
        if is_filtered && !(is_visible && is_wanted) {
            continue;
        }
        if found.slots.len() == limit {
            found.has_more = true;
            break;
        }
        found.last_seen = Some(position);
        found.slots.push(Slot { position, is_visible });
    }
    found
}

/// The positions that may be wanted, in the order asked for.
fn candidates<'a>(
    snapshot: &'a Snapshot,
    wanted: &'a Wanted,
) -> Box<dyn Iterator<Item = Position> + 'a> {
    let order = wanted.order.unwrap_or_default();
    let length = snapshot.chronicle.len();
    let first = wanted.after.map_or(0, |after| after.saturating_add(1));
    let end = wanted.after.unwrap_or(Position::MAX);
    let Some(subject) = &wanted.subject else {
        return match order {
            Order::Asc => Box::new(first..length),
            Order::Desc => Box::new((0..end.min(length)).rev()),
        };
    };
    let Some(tape) = snapshot.on_subject(subject) else {
        return Box::new(std::iter::empty());
    };
    let positions = tape.positions();
    match order {
        Order::Asc => Box::new(positions.skip_while(move |position| *position < first)),
        Order::Desc => {
            let before: Vec<_> = positions.take_while(|position| *position < end).collect();
            Box::new(before.into_iter().rev())
        }
    }
}
