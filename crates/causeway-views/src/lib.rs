//! Read models folded from recorded events: claims, policies, two clocks.
//!
//! Knows no log and no HTTP. What is on record has happened, so applying an event never fails.

pub mod actors;
pub mod areas;
pub mod asked;
pub mod bulletins;
pub mod chronicle;
pub mod claim_list;
pub mod claims;
pub mod constraints;
pub mod corridors;
pub mod deliveries;
pub mod diff;
pub mod disputes;
pub mod filter;
pub mod history;
pub mod incidents;
pub mod index;
pub mod indicators;
pub mod lengths;
pub mod mentions;
pub mod movements;
pub mod ordered;
pub mod overview;
pub mod pages;
pub mod phrases;
pub mod places;
pub mod propositions;
pub mod reports;
pub mod saved;
pub mod scope;
pub mod sequence;
pub mod situation;
pub mod statements;
pub mod streams;
pub mod stretches;
pub mod tape;
mod unpacked;
mod view;
pub mod whole;
pub mod written;

pub use asked::{AsOf, Asked, Policy, Window};
pub use chronicle::Chronicle;
pub use view::{Page, Paging, Snapshot, View};

use causeway_domain::words::Classification;

/// Place of an event in the log, dense from 0.
pub type Position = u64;

/// How far a reader sees: up to which position, and how sensitive events may be.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    chronicle: &'a Chronicle,
    position: Option<Position>,
    clearance: Classification,
}

impl<'a> Seen<'a> {
    /// What a reader of this clearance sees up to `position`.
    #[must_use]
    pub fn new(
        chronicle: &'a Chronicle,
        position: Option<Position>,
        clearance: Classification,
    ) -> Seen<'a> {
        Seen { chronicle, position, clearance }
    }

    /// Whether `position` is not after what is asked.
    #[must_use]
    pub fn reaches(&self, position: Position) -> bool {
        self.position.is_some_and(|last| position <= last)
    }

    /// Whether the event at `position` exists for the reader.
    #[must_use]
    pub fn sees(&self, position: Position) -> bool {
        let classification = self.chronicle.classification(position);
        classification.is_some_and(|classification| self.admits(position, classification))
    }

    /// Whether an event at `position` that is so sensitive exists for the reader.
    #[must_use]
    pub fn admits(&self, position: Position, classification: Classification) -> bool {
        self.reaches(position) && classification <= self.clearance
    }
}
