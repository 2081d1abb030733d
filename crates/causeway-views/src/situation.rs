//! The overview one page needs.

use std::collections::BTreeMap;

use causeway_domain::text::{Names, Title};
use causeway_domain::words::ConstraintKind;
use causeway_domain::{Id, Kind, Time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::constraints::{Answer, Days, InForce};
use crate::corridors::{CellStatus, Control};
use crate::deliveries::Stage;
use crate::disputes::{self, Dispute};
use crate::incidents::{self, Incident};
use crate::streams::Stream;
use crate::view::{Paging, View};

/// How many of the newest incidents and disputes the overview shows.
pub(crate) const NEWEST: usize = 10;

/// The overview as one reader sees it at one moment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Situation {
    /// Every corridor with its cells.
    pub corridors: Vec<CorridorSummary>,
    /// The blockades in force.
    pub blockades: Vec<BlockadeSummary>,
    /// Deliveries by stage; a stage without deliveries is left out.
    #[schema(value_type = BTreeMap<String, u64>)]
    pub deliveries: BTreeMap<Stage, u64>,
    /// The newest incidents, newest first.
    pub incidents: Vec<Incident>,
    /// The newest disputes, newest first.
    pub disputes: Vec<Dispute>,
    /// How fresh all this is.
    pub freshness: Freshness,
}

/// A corridor in the overview.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorridorSummary {
    /// Its id.
    pub id: Id,
    /// Its names.
    #[schema(required)]
    pub names: Option<Names>,
    /// Its 14 cells.
    pub status: Vec<CellStatus>,
    /// Who controls passage.
    pub control: Control,
}

/// A blockade in the overview.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BlockadeSummary {
    /// Its id.
    pub id: Id,
    /// One line that names it.
    #[schema(required)]
    pub title: Option<Title>,
    /// Who imposes it.
    #[schema(required)]
    pub imposed_by: Option<Id>,
    /// That it is in force, and who says otherwise.
    pub in_force: InForce,
    /// For how long.
    pub days: Days,
}

/// How fresh an answer is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Freshness {
    /// The newest position the reader sees.
    #[schema(required, value_type = Option<u64>)]
    pub position: Option<Position>,
    /// When the newest event the reader sees was recorded.
    #[schema(required)]
    pub recorded: Option<Time>,
}

fn newest() -> Paging {
    Paging { limit: Some(NEWEST), ..Paging::default() }
}

impl View<'_> {
    /// The overview.
    #[must_use]
    pub fn situation(&self) -> Situation {
        let subjects = |kind| self.snapshot.streams(kind).after_id(None);
        let mut deliveries = BTreeMap::new();
        for stage in subjects(Kind::Delivery).filter_map(|(_, stream)| self.delivery_stage(&stream))
        {
            *deliveries.entry(stage).or_default() += 1;
        }
        Situation {
            corridors: subjects(Kind::Corridor)
                .filter_map(|(id, stream)| self.corridor_summary(id, &stream))
                .collect(),
            blockades: subjects(Kind::Constraint)
                .filter_map(|(id, stream)| self.blockade_summary(id, &stream))
                .collect(),
            deliveries,
            incidents: self.incidents(&incidents::Filter::default(), &newest()).items,
            disputes: self.disputes(&disputes::Filter::default(), &newest()).items,
            freshness: self.freshness(self.newest_seen(0)),
        }
    }

    /// A corridor, if the reader knows of it (rule 46: at every moment).
    pub(crate) fn corridor_summary(&self, id: &Id, stream: &Stream) -> Option<CorridorSummary> {
        stream.is_known(self.seen).then(|| CorridorSummary {
            id: id.clone(),
            names: self.registered_corridor(stream).map(|of| of.names.clone()),
            status: self.matrix(stream),
            control: self.control(stream),
        })
    }

    /// A constraint, if it is a blockade that has begun and is in force.
    pub(crate) fn blockade_summary(&self, id: &Id, stream: &Stream) -> Option<BlockadeSummary> {
        let (kind, _) = self.constraint_sort(stream);
        if kind != Some(ConstraintKind::Blockade) || !self.has_begun(stream) {
            return None;
        }
        let blockade = self.about_constraint(id, stream);
        (blockade.in_force.value == Answer::Yes).then_some(BlockadeSummary {
            id: blockade.id,
            title: blockade.title,
            imposed_by: blockade.imposed_by,
            in_force: blockade.in_force,
            days: blockade.days,
        })
    }

    /// The newest event that the reader sees, of those from a position on.
    pub(crate) fn newest_seen(&self, from: Position) -> Option<Position> {
        (from..=self.asked.position?).rev().find(|at| self.seen.sees(*at))
    }

    /// How fresh an answer is of which `position` is the newest event.
    pub(crate) fn freshness(&self, position: Option<Position>) -> Freshness {
        let entry = position.and_then(|position| self.snapshot.chronicle.entry(position));
        Freshness { position, recorded: entry.map(|entry| entry.recorded) }
    }
}
