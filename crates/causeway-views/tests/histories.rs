//! Random records: few sources, few values, times on a coarse grid, so that ties, equal instants,
//! exact window edges and gaps happen all the time.

use causeway_domain::words::Classification;
use causeway_views::{Asked, Policy};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::teller::Teller;
use crate::world::World;

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Corridor,
    Constraint,
    Delivery,
    Incident,
    Movement,
    Statement,
}

/// What is left to chance about one event.
#[derive(Debug, Clone)]
pub struct Draft {
    pub what: u8,
    pub variant: u8,
    pub tick: u8,
    pub zone: u8,
    pub until: Option<u8>,
    pub who: u8,
    pub value: u8,
    pub detail: u8,
    pub target: usize,
    pub classification: u8,
}

/// What is left to chance about one question.
#[derive(Debug, Clone)]
pub struct Doubt {
    tick: u8,
    seconds: i64,
    position: usize,
    policy: usize,
    window: usize,
    clearance: u8,
}

const TICKS: u8 = 20;

/// A failing case prints its seed and what it shrank to; it leaves no files behind. Each asks
/// several questions, so that half of the usual number is enough.
pub fn without_files() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { failure_persistence: None, cases: usual.cases / 2, ..usual }
}

pub fn drafts(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Draft>> {
    let world = (0..TICKS, 0..4_u8, prop::option::weighted(0.25, 1..8_u8), 0..8_u8);
    let said = (0..16_u8, any::<u8>(), 0..12_u8, any::<u8>(), any::<usize>(), 0..16_u8);
    let draft = (world, said).prop_map(|((tick, zone, until, who), said)| {
        let (what, variant, value, detail, target, classification) = said;
        Draft { what, variant, tick, zone, until, who, value, detail, target, classification }
    });
    prop::collection::vec(draft, count)
}

pub fn doubts(count: usize) -> impl Strategy<Value = Vec<Doubt>> {
    let when = (0..TICKS + 8, prop_oneof![4 => Just(0_i64), 1 => Just(-1), 1 => Just(1)]);
    let doubt = (when, any::<usize>(), 0..10_usize, 0..4_usize, 0..6_u8).prop_map(
        |((tick, seconds), position, policy, window, clearance)| Doubt {
            tick,
            seconds,
            position,
            policy,
            window,
            clearance,
        },
    );
    prop::collection::vec(doubt, count)
}

impl About {
    /// Where most is told, and where a little is.
    pub fn subjects(self) -> [&'static str; 2] {
        match self {
            About::Corridor => ["corridor/road", "corridor/river"],
            About::Constraint => ["constraint/bar", "constraint/curfew"],
            About::Delivery => ["delivery/convoy", "delivery/barge"],
            About::Incident => ["incident/shots", "incident/mines"],
            About::Movement => ["movement/people", "movement/patients"],
            About::Statement => ["statement/word", "statement/denial"],
        }
    }

    /// The types of report on it; those that create it first.
    pub fn types(self) -> &'static [&'static str] {
        match self {
            About::Corridor => &[
                "corridor.registered",
                "corridor.control_reported",
                "corridor.window_announced",
                "corridor.window_withdrawn",
                "corridor.status_reported",
                "corridor.status_reported",
                "corridor.status_reported",
                "corridor.status_reported",
                "corridor.status_reported",
            ],
            About::Constraint => &[
                "constraint.reported",
                "constraint.tightened",
                "constraint.eased",
                "constraint.lifted",
                "constraint.lifted",
                "constraint.resumed",
                "constraint.mitigated",
            ],
            About::Delivery => &[
                "delivery.planned",
                "delivery.reported",
                "delivery.dispatched",
                "delivery.held",
                "delivery.held",
                "delivery.released",
                "delivery.crossed",
                "delivery.arrived",
                "delivery.arrived",
                "delivery.distributed",
                "delivery.turned_back",
                "delivery.rerouted",
                "delivery.loss_recorded",
                "delivery.loss_recorded",
                "delivery.clearance_requested",
                "delivery.clearance_granted",
                "delivery.clearance_denied",
                "delivery.postponed",
                "delivery.cancelled",
                "delivery.closed",
            ],
            About::Incident => &["incident.reported", "incident.revised", "incident.attributed"],
            About::Movement => &["movement.reported", "movement.revised"],
            About::Statement => &["statement.recorded"],
        }
    }

    fn tick(self) -> TimeDelta {
        match self {
            About::Delivery => TimeDelta::minutes(30),
            About::Corridor
            | About::Constraint
            | About::Incident
            | About::Movement
            | About::Statement => TimeDelta::hours(12),
        }
    }

    pub fn instant(self, tick: u8) -> DateTime<Utc> {
        let first: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().expect("a time");
        first + self.tick() * i32::from(tick)
    }
}

/// The record that the drafts make; what could not be recorded is left out.
pub fn history(about: About, drafts: &[Draft]) -> World {
    let mut world = World::default();
    drafts.iter().for_each(|draft| Teller { about, draft, world: &mut world }.next());
    world
}

/// A record of reports at distinct times and nothing else, as told in order (rule 54).
pub fn reports_at_distinct_times(about: About, drafts: &[Draft]) -> World {
    let mut world = World::default();
    for (tick, draft) in (0..TICKS).zip(drafts) {
        let draft = Draft { tick, classification: 0, ..draft.clone() };
        Teller { about, draft: &draft, world: &mut world }.report(about.subjects()[0]);
    }
    world
}

pub fn question(about: About, doubt: &Doubt, world: &World) -> Asked {
    let policies = World::policies();
    let known = world.told.len() + 1;
    let at = about.instant(doubt.tick) + TimeDelta::seconds(doubt.seconds);
    Asked {
        position: (doubt.position % known).checked_sub(1).map(|position| position as u64),
        policy: policies.get(doubt.policy).unwrap_or(&Policy::Best).clone(),
        window: ["72", "48", "24", "1"][doubt.window].parse().expect("a window"),
        clearance: classification(doubt.clearance),
        ..world.ask("best", &at.to_rfc3339())
    }
}

pub fn classification(number: u8) -> Classification {
    match number {
        0 => Classification::Public,
        1 => Classification::Restricted,
        2 => Classification::Confidential,
        _ => Classification::StrictlyConfidential,
    }
}
