//! Lists as a whole, for whoever compares them.

use causeway_domain::words::ConstraintKind;
use serde::{Serialize, Serializer};
use strum::{Display, EnumIter, EnumString};
use utoipa::ToSchema;

use crate::{Paging, View, constraints};

/// The lists there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Display, EnumIter, EnumString, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ListName)]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "each is the list under `/v1/` that has its name")]
pub enum List {
    Corridors,
    Constraints,
    Blockades,
    Deliveries,
    Incidents,
    Movements,
    Statements,
    Disputes,
    Bulletins,
    Actors,
    Places,
}

/// A list with everything in it, in its order: an array of what its pages have.
#[derive(Debug)]
pub struct Whole<'a> {
    /// What is asked.
    pub view: &'a View<'a>,
    /// Which list.
    pub list: List,
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (view, all) = (self.view, &Paging::default());
        match self.list {
            List::Corridors => view.corridors(&Default::default(), all).items.serialize(serializer),
            List::Constraints => {
                view.constraints(&Default::default(), all).items.serialize(serializer)
            }
            List::Blockades => view.constraints(&blockades(), all).items.serialize(serializer),
            List::Deliveries => {
                view.deliveries(&Default::default(), all).items.serialize(serializer)
            }
            List::Incidents => view.incidents(&Default::default(), all).items.serialize(serializer),
            List::Movements => view.movements(&Default::default(), all).items.serialize(serializer),
            List::Statements => {
                view.statements(&Default::default(), all).items.serialize(serializer)
            }
            List::Disputes => view.disputes(&Default::default(), all).items.serialize(serializer),
            List::Bulletins => view.bulletins(all).items.serialize(serializer),
            List::Actors => view.actors(&Default::default(), all).items.serialize(serializer),
            List::Places => view.places(&Default::default(), all).items.serialize(serializer),
        }
    }
}

/// Blockades among the constraints.
#[must_use]
pub fn blockades() -> constraints::Filter {
    let kind = Some(ConstraintKind::Blockade);
    constraints::Filter { kind, ..constraints::Filter::default() }
}
