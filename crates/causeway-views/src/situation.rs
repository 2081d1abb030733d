//! The overview one page needs.

use std::collections::BTreeMap;

use causeway_domain::text::{Names, Title};
use causeway_domain::words::ConstraintKind;
use causeway_domain::{Id, Time};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Position;
use crate::constraints::{self, Answer, Days, InForce};
use crate::corridors::{self, CellStatus, Control};
use crate::deliveries::{self, Stage};
use crate::disputes::{self, Dispute};
use crate::incidents::{self, Incident};
use crate::view::{Paging, View};

/// How many of the newest incidents and disputes the overview shows.
const NEWEST: usize = 10;

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

impl View<'_> {
    /// The overview.
    #[must_use]
    pub fn situation(&self) -> Situation {
        let all = Paging::default();
        let newest = Paging { limit: Some(NEWEST), ..Paging::default() };
        Situation {
            corridors: self.corridor_summaries(),
            blockades: self.blockade_summaries(),
            deliveries: self.deliveries(&deliveries::Filter::default(), &all).items.iter().fold(
                BTreeMap::new(),
                |mut by_stage, delivery| {
                    *by_stage.entry(delivery.stage).or_default() += 1;
                    by_stage
                },
            ),
            incidents: self.incidents(&incidents::Filter::default(), &newest).items,
            disputes: self.disputes(&disputes::Filter::default(), &newest).items,
            freshness: self.freshness(),
        }
    }

    fn corridor_summaries(&self) -> Vec<CorridorSummary> {
        let corridors = self.corridors(&corridors::Filter::default(), &Paging::default());
        let summaries = corridors.items.into_iter().map(|corridor| CorridorSummary {
            id: corridor.id,
            names: corridor.names,
            status: corridor.status,
            control: corridor.control,
        });
        summaries.collect()
    }

    fn blockade_summaries(&self) -> Vec<BlockadeSummary> {
        let in_force = constraints::Filter {
            kind: Some(ConstraintKind::Blockade),
            status: Some(Answer::Yes),
            ..constraints::Filter::default()
        };
        let blockades = self.constraints(&in_force, &Paging::default());
        let summaries = blockades.items.into_iter().map(|blockade| BlockadeSummary {
            id: blockade.id,
            title: blockade.title,
            imposed_by: blockade.imposed_by,
            in_force: blockade.in_force,
            days: blockade.days,
        });
        summaries.collect()
    }

    fn freshness(&self) -> Freshness {
        let head = self.asked.position;
        let position = head.and_then(|head| (0..=head).rev().find(|at| self.seen.sees(*at)));
        let entry = position.and_then(|position| self.snapshot.chronicle.entry(position));
        Freshness { position, recorded: entry.map(|entry| entry.recorded) }
    }
}
