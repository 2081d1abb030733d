//! What reports assert: propositions about a subject, and what is said of each.

use std::collections::BTreeMap;

use causeway_domain::corridor::{Cells, cells};
use causeway_domain::delivery::LineName;
use causeway_domain::incident::Harm;
use causeway_domain::quantity::{Count, Quantity};
use causeway_domain::words::{CorridorStatus, Direction, Traffic, Unit};
use causeway_domain::{EventId, Id, Payload, corridor, incident};
use serde::Serialize;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::claims::Claim;
use crate::constraints::Answer;
use crate::deliveries::{Counted, counted};
use crate::streams::Stream;
use crate::view::View;
use crate::{incidents, movements};

/// Something that can be so or not, about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum Proposition {
    /// Whether traffic passes along a corridor.
    Status {
        /// In which cells.
        cells: Vec<CellName>,
    },
    /// Who controls a corridor.
    Control,
    /// Whether a constraint is in force.
    InForce,
    /// Whom an incident harmed.
    Harm,
    /// Who did it.
    Attribution,
    /// How many people moved.
    Persons,
    /// How much of a delivery was counted.
    Quantity {
        /// Of which line.
        line: LineName,
        /// In which unit.
        unit: Unit,
        /// At which stage, or through which cause of loss.
        stage: String,
    },
    /// Whether a report is right.
    Report {
        /// The report.
        event: EventId,
    },
}

/// One cell of a corridor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CellName {
    /// Which way.
    pub direction: Direction,
    /// What passes.
    pub traffic: Traffic,
}

/// What is said of a proposition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Said {
    /// Of a cell.
    Status(CorridorStatus),
    /// Of being in force.
    Answer(Answer),
    /// Of control, or of who did it: an actor.
    Actor(Id),
    /// Of harm: the whole list.
    Harm(Vec<Harm>),
    /// Of people who moved.
    Persons(Count),
    /// Of a quantity.
    Quantity(Quantity),
}

impl From<CorridorStatus> for Said {
    fn from(status: CorridorStatus) -> Said {
        Said::Status(status)
    }
}

impl From<Id> for Said {
    fn from(actor: Id) -> Said {
        Said::Actor(actor)
    }
}

/// One word can be a word of several lists, so this is any of them and not just one.
impl PartialSchema for Said {
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new()
            .description(Some(
                "What is said, by `on`: a status, an answer, an actor, harm, people, a quantity",
            ))
            .item(CorridorStatus::schema())
            .item(Answer::schema())
            .item(Id::schema())
            .item(Vec::<Harm>::schema())
            .item(Count::schema())
            .item(Quantity::schema())
            .into()
    }
}

impl ToSchema for Said {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Harm::schemas(schemas);
        Quantity::schemas(schemas);
    }
}

/// The smallest thing that claims can disagree about; a cell goes by its index among all 14.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Point {
    Cell(usize),
    Control,
    InForce,
    Harm,
    Attribution,
    Persons,
    Quantity(LineName, Unit, String),
}

/// What one report says of one point.
#[derive(Debug)]
pub(crate) struct Assertion {
    pub point: Point,
    pub says: Said,
    /// Whether it takes the place of what its source counted there before (rule 34).
    pub replaces: bool,
}

impl Point {
    pub(crate) fn is_cell(&self) -> bool {
        matches!(self, Point::Cell(_))
    }
}

impl View<'_> {
    /// The claims that stand on one subject, by what they are about.
    pub(crate) fn claims_by_point<'s>(
        &'s self,
        stream: &'s Stream,
    ) -> BTreeMap<Point, Vec<Claim<'s, Said>>> {
        let mut claims: BTreeMap<Point, Vec<Claim<'s, Said>>> = BTreeMap::new();
        for standing in stream.standing(self.seen) {
            for assertion in assertions(&standing.form.payload) {
                let claim = Claim::new(standing, assertion.says);
                claims.entry(assertion.point).or_default().push(claim);
            }
        }
        claims
    }
}

impl Proposition {
    /// The proposition that is made of points of one kind, which must not be empty.
    pub(crate) fn of(points: &[&Point]) -> Proposition {
        match points[0] {
            Point::Cell(_) => Proposition::Status { cells: cell_names(points) },
            Point::Control => Proposition::Control,
            Point::InForce => Proposition::InForce,
            Point::Harm => Proposition::Harm,
            Point::Attribution => Proposition::Attribution,
            Point::Persons => Proposition::Persons,
            Point::Quantity(line, unit, stage) => {
                Proposition::Quantity { line: line.clone(), unit: *unit, stage: stage.clone() }
            }
        }
    }
}

fn cell_names(points: &[&Point]) -> Vec<CellName> {
    let is_named = |index: usize| points.contains(&&Point::Cell(index));
    let named = cells().enumerate().filter(|(index, _)| is_named(*index));
    named.map(|(_, (direction, traffic))| CellName { direction, traffic }).collect()
}

/// Everything that a report asserts.
pub(crate) fn assertions(said: &Payload) -> Vec<Assertion> {
    let one = |point, says| vec![Assertion { point, says, replaces: false }];
    match said {
        Payload::Corridor(corridor::Event::StatusReported(report)) => {
            let covered = Cells::of(report.direction, report.traffic.as_ref());
            let covered = (0..cells().count()).filter(|index| covered.has(*index));
            let says = Said::Status(report.status);
            let of_cell = |index| one(Point::Cell(index), says.clone());
            covered.flat_map(of_cell).collect()
        }
        Payload::Corridor(corridor::Event::ControlReported(report)) => {
            one(Point::Control, Said::Actor(report.controlled_by.clone()))
        }
        Payload::Constraint(event) => {
            let answer = event.asserts().map(|is_so| Said::Answer(is_so.into()));
            answer.map(|says| one(Point::InForce, says)).unwrap_or_default()
        }
        Payload::Incident(incident::Event::Attributed(claim)) => {
            one(Point::Attribution, Said::Actor(claim.actor.clone()))
        }
        Payload::Incident(_) => {
            let harm = incidents::harm(said).map(Said::Harm);
            harm.map(|says| one(Point::Harm, says)).unwrap_or_default()
        }
        Payload::Movement(_) => {
            let persons = movements::persons(said).map(|(persons, _)| Said::Persons(persons));
            persons.map(|says| one(Point::Persons, says)).unwrap_or_default()
        }
        Payload::Delivery(event) => {
            let of_line = |counted: Counted| Assertion {
                point: Point::Quantity(counted.line, counted.quantity.unit, counted.stage),
                says: Said::Quantity(counted.quantity),
                replaces: counted.replaces,
            };
            counted(event).map(of_line).collect()
        }
        Payload::Corridor(_)
        | Payload::Statement(_)
        | Payload::Bulletin(_)
        | Payload::Actor(_)
        | Payload::Place(_)
        | Payload::Report(_) => Vec::new(),
    }
}
