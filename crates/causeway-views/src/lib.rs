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
pub mod indicators;
pub mod lengths;
pub mod mentions;
pub mod movements;
pub mod places;
pub mod propositions;
pub mod scope;
pub mod sequence;
pub mod situation;
pub mod statements;
pub mod streams;
pub mod stretches;
mod view;

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
