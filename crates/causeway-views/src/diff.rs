//! What was learned later about one moment, and by which event.

use std::collections::{BTreeMap, BTreeSet};

use causeway_domain::words::Level;
use causeway_domain::{EventId, Id, Kind, Time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::asked::{Asked, Policy};
use crate::claims::Resolved;
use crate::propositions::{Point, Proposition, Said};
use crate::streams::Stream;
use crate::tape::Tape;
use crate::view::{Snapshot, View};

/// How many events can be gone through between the two times of knowing.
pub const STEP_LIMIT: usize = 1_000;
/// How many events can be looked at on the way: each step looks at all on the corridor.
pub const LOOK_LIMIT: usize = 200_000;

/// What was learned about a corridor between two times of knowing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorridorDiff {
    /// The corridor.
    #[schema(example = "lachin")]
    pub id: Id,
    /// The earlier time of knowing.
    pub known_from: Time,
    /// The newest position that counted then; null where nothing was known.
    #[schema(required, value_type = Option<u64>)]
    pub from_position: Option<Position>,
    /// The later time of knowing.
    pub known_to: Time,
    /// The newest position that counted then.
    #[schema(required, value_type = Option<u64>)]
    pub to_position: Option<Position>,
    /// What is answered otherwise; nothing where all was learned in time.
    pub changes: Vec<Change>,
}

/// An answer that became another one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Change {
    /// To which question. Cells of which the same was learned stand together.
    #[serde(flatten)]
    pub on: Proposition,
    /// What was answered at the earlier time of knowing.
    pub before: Answered,
    /// What was answered at the later one.
    pub after: Answered,
    /// The events by which it changed, in the order in which they were recorded.
    pub learned: Vec<Learned>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Answered {
    /// What is so; null where nobody spoke.
    #[schema(required)]
    pub value: Option<Said>,
    /// Since when.
    #[schema(required)]
    pub since: Option<Time>,
    /// How well the winning report is verified.
    #[schema(required)]
    pub level: Option<Level>,
    /// Whether any source says something else.
    pub contested: bool,
    /// The winning report, its correction in force, the assessment that gives its level.
    pub basis: Vec<EventId>,
}

/// An event by which an answer changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Learned {
    /// The event.
    pub event: EventId,
    /// Its type.
    #[schema(example = "report.corrected.v1")]
    pub r#type: &'static str,
    /// Where it stands in the log.
    #[schema(value_type = u64)]
    pub position: Position,
    /// When it was recorded.
    pub recorded: Time,
    /// What was answered from then on; null where nobody spoke.
    #[schema(required)]
    pub value: Option<Said>,
    /// How well that was verified.
    #[schema(required)]
    pub level: Option<Level>,
}

/// More events lie between the two times of knowing than can be gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found} events lie between the two times of knowing, at most {limit} can be gone through: bring \
     the two closer together"
)]
pub struct TooFarApart {
    /// How many lie between.
    pub found: usize,
    /// How many can be gone through.
    pub limit: usize,
}

/// What one question was answered with, step by step.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Story {
    before: Answered,
    after: Answered,
    learned: Vec<Learned>,
}

type Answers = BTreeMap<Point, Answered>;

impl Snapshot {
    /// What was learned about a corridor between two questions that differ only in what was
    /// known; none where the reader knew of it at neither.
    ///
    /// # Errors
    /// Where too many events lie between.
    pub fn corridor_diff(
        &self,
        id: &Id,
        earlier: &Asked,
        later: &Asked,
    ) -> Result<Option<CorridorDiff>, TooFarApart> {
        let view = self.view(later);
        let Some(stream) = view.known(Kind::Corridor, id) else { return Ok(None) };
        let steps = self.steps(&stream, earlier, &view);
        let limit = STEP_LIMIT.min(LOOK_LIMIT / stream.positions().len().max(1));
        if steps.len() > limit {
            return Err(TooFarApart { found: steps.len(), limit });
        }
        let mut stories: BTreeMap<Point, Story> = BTreeMap::new();
        let mut answers = self.view(earlier).answers(&stream);
        for position in steps {
            let asked = Asked { position: Some(position), ..later.clone() };
            let next = self.view(&asked).answers(&stream);
            self.learn(position, &answers, &next, &mut stories);
            answers = next;
        }
        Ok(Some(CorridorDiff {
            id: id.clone(),
            known_from: earlier.known_at,
            from_position: earlier.position,
            known_to: later.known_at,
            to_position: later.position,
            changes: changes(stories),
        }))
    }

    /// The positions between at which an answer can have changed: on the subject, or, where a
    /// party is asked about, in the register of actors.
    fn steps(&self, stream: &Stream, earlier: &Asked, later: &View<'_>) -> BTreeSet<Position> {
        let register = self.streams(Kind::Actor).tapes().flat_map(Tape::positions);
        let is_party = matches!(later.asked.policy, Policy::Party(_));
        let register = register.filter(|_| is_party);
        let positions = register.chain(stream.positions().iter().copied());
        let first = earlier.position.map_or(0, |position| position + 1);
        let between = positions.filter(|position| *position >= first);
        between.filter(|position| later.seen.sees(*position)).collect()
    }

    /// Notes which answers the event at `position` changed.
    fn learn(
        &self,
        position: Position,
        before: &Answers,
        after: &Answers,
        stories: &mut BTreeMap<Point, Story>,
    ) {
        let Some(entry) = self.chronicle.entry(position) else { return };
        let points: BTreeSet<&Point> = before.keys().chain(after.keys()).collect();
        for point in points {
            let told = |answers: &Answers| answers.get(point).cloned().unwrap_or_default();
            let (before, after) = (told(before), told(after));
            if before == after {
                continue;
            }
            let story = stories.entry(point.clone()).or_insert_with(|| Story {
                before,
                after: Answered::default(),
                learned: Vec::new(),
            });
            story.learned.push(Learned {
                event: entry.id,
                r#type: entry.type_name,
                position,
                recorded: entry.recorded,
                value: after.value.clone(),
                level: after.level,
            });
            story.after = after;
        }
    }
}

impl View<'_> {
    /// What is answered of every point that anybody made a claim on.
    fn answers(&self, stream: &Stream) -> Answers {
        let resolved = self.claims_by_point(stream).into_iter().map(|(point, claims)| {
            let claims: Vec<_> = claims.iter().collect();
            (point, Answered::from(self.scales().resolve(&claims)))
        });
        resolved.collect()
    }
}

/// What nobody spoke of.
impl Default for Answered {
    fn default() -> Self {
        Answered { value: None, since: None, level: None, contested: false, basis: Vec::new() }
    }
}

impl From<Resolved<Said>> for Answered {
    fn from(resolved: Resolved<Said>) -> Answered {
        Answered {
            value: resolved.value,
            since: resolved.since,
            level: resolved.level,
            contested: !resolved.dissent.is_empty(),
            basis: resolved.basis,
        }
    }
}

/// The stories that end otherwise than they began, cells of one story together.
fn changes(stories: BTreeMap<Point, Story>) -> Vec<Change> {
    let mut told: Vec<(Vec<&Point>, &Story)> = Vec::new();
    for (point, story) in stories.iter().filter(|(_, story)| story.before != story.after) {
        let is_same = |(points, known): &&mut (Vec<&Point>, &Story)| {
            points[0].is_cell() && point.is_cell() && *known == story
        };
        match told.iter_mut().find(is_same) {
            Some((points, _)) => points.push(point),
            None => told.push((vec![point], story)),
        }
    }
    let change = |(points, story): (Vec<&Point>, &Story)| Change {
        on: Proposition::of(&points),
        before: story.before.clone(),
        after: story.after.clone(),
        learned: story.learned.clone(),
    };
    told.into_iter().map(change).collect()
}
