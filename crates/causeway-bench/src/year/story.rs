//! What happens to one subject, step by step: each script is the names of its events in order.

use super::pen::Pen;
use super::{Told, constraint, delivery, people};

type Script = &'static [&'static str];

/// `reported/held` is a delivery of somebody else's that was seen held.
const DELIVERIES: [Script; 6] = [
    &[
        "planned",
        "clearance_requested",
        "clearance_granted",
        "dispatched",
        "crossed",
        "arrived",
        "distributed",
        "distributed",
        "distributed",
        "closed",
    ],
    &[
        "planned",
        "clearance_requested",
        "clearance_requested",
        "clearance_granted",
        "dispatched",
        "held",
        "released",
        "crossed",
        "arrived",
        "arrived",
        "loss_recorded",
        "distributed",
        "distributed",
        "closed",
    ],
    &[
        "planned",
        "clearance_requested",
        "clearance_granted",
        "dispatched",
        "held",
        "held",
        "turned_back",
        "rerouted",
        "dispatched",
        "crossed",
        "arrived",
        "loss_recorded",
        "distributed",
    ],
    &["planned", "clearance_requested", "clearance_denied", "postponed", "cancelled", "arrived"],
    &["reported/dispatched", "reported/held", "held", "reported/crossed", "reported/arrived"],
    &[
        "planned",
        "clearance_requested",
        "clearance_granted",
        "dispatched",
        "crossed",
        "arrived",
        "arrived",
        "arrived",
        "distributed",
        "distributed",
        "distributed",
        "distributed",
        "loss_recorded",
        "closed",
    ],
];
const CONSTRAINTS: [Script; 4] = [
    &["reported", "reported", "tightened", "mitigated", "eased", "lifted", "resumed", "lifted"],
    &[
        "reported",
        "tightened",
        "tightened",
        "reported",
        "mitigated",
        "mitigated",
        "eased",
        "lifted",
    ],
    &["reported", "eased", "lifted", "resumed", "tightened", "lifted", "resumed"],
    &["reported", "reported", "lifted"],
];
const INCIDENTS: [Script; 3] = [
    &["reported", "revised", "attributed", "attributed"],
    &["reported", "reported", "revised", "revised", "attributed"],
    &["reported", "revised"],
];
const MOVEMENTS: [Script; 2] =
    [&["reported", "revised", "revised"], &["reported", "reported", "revised"]];
const STATEMENTS: [Script; 1] = [&["recorded"]];

/// What sort of subject a story is about.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Delivery,
    Constraint,
    Incident,
    Movement,
    Statement,
}

/// What stays the same from one step to the next.
pub struct Facts {
    /// The number of the road.
    pub corridor: usize,
    /// The number of the town.
    pub town: usize,
    /// The number of whoever delivers, imposes or speaks.
    pub actor: usize,
    /// Trucks, or people in tens.
    pub trucks: u32,
}

/// A story, told so far.
pub struct Story {
    kind: Kind,
    id: String,
    classification: &'static str,
    script: Script,
    step: usize,
    facts: Facts,
}

impl Story {
    /// The story of the subject with this number.
    pub fn begin(number: u64, pen: &mut Pen) -> Story {
        let kind = match pen.below(100) {
            0..46 => Kind::Delivery,
            46..62 => Kind::Constraint,
            62..80 => Kind::Incident,
            80..90 => Kind::Movement,
            _ => Kind::Statement,
        };
        let actor = match kind {
            Kind::Delivery => pen.carrier(),
            Kind::Constraint | Kind::Incident | Kind::Movement | Kind::Statement => pen.authority(),
        };
        let facts = Facts {
            corridor: pen.below(pen.country.corridors),
            town: pen.below(pen.country.places),
            actor,
            trucks: pen.between(1..30),
        };
        Story {
            kind,
            id: pen.country.id(&format!("{}-{number}", kind.prefix())),
            classification: pen.one_of(&["public", "public", "public", "public", "restricted"]),
            script: pen.one_of(kind.scripts()),
            step: 0,
            facts,
        }
    }

    /// The next step.
    pub fn tell(&mut self, pen: &mut Pen) -> Told {
        let step = self.script[self.step];
        self.step += 1;
        let (name, stage) = step.split_once('/').unwrap_or((step, ""));
        let data = match self.kind {
            Kind::Delivery if name == "reported" => delivery::seen(stage, &self.facts, pen),
            Kind::Delivery => delivery::data(name, &self.facts, pen),
            Kind::Constraint => constraint::data(name, &self.facts, pen),
            Kind::Incident => people::incident(name, &self.facts, pen),
            Kind::Movement => people::movement(name, &self.facts, pen),
            Kind::Statement => people::statement(&self.facts, pen),
        };
        let kind = self.kind.name();
        Told {
            subject: format!("{kind}/{}", self.id),
            type_name: format!("{kind}.{name}.v1"),
            classification: Some(self.classification),
            data,
        }
    }

    /// Whether there is nothing more to tell.
    pub fn is_over(&self) -> bool {
        self.step == self.script.len()
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Delivery => "delivery",
            Kind::Constraint => "constraint",
            Kind::Incident => "incident",
            Kind::Movement => "movement",
            Kind::Statement => "statement",
        }
    }

    /// What ids begin with.
    fn prefix(self) -> &'static str {
        match self {
            Kind::Delivery => "convoy",
            Kind::Constraint => "bar",
            Kind::Incident => "incident",
            Kind::Movement => "people",
            Kind::Statement => "words",
        }
    }

    fn scripts(self) -> &'static [Script] {
        match self {
            Kind::Delivery => &DELIVERIES,
            Kind::Constraint => &CONSTRAINTS,
            Kind::Incident => &INCIDENTS,
            Kind::Movement => &MOVEMENTS,
            Kind::Statement => &STATEMENTS,
        }
    }
}
