//! Events about blockades, corridors and aid deliveries: what may be said, and what may be
//! recorded.
//!
//! Pure: no I/O, no async, no clock, no randomness. Time, identity and chance arrive inside the
//! event. `docs/CONTRACT.md` is the contract, `docs/RULES.md` its numbered rules.

pub mod bulletin;
pub mod constraint;
pub mod corridor;
pub mod delivery;
pub mod details;
pub mod event;
pub mod faults;
pub mod flags;
#[cfg(test)]
mod given;
pub mod id;
pub mod incident;
pub mod json;
pub mod mentions;
pub mod movement;
mod packed;
pub mod place;
pub mod quantity;
pub mod refusal;
pub mod register;
pub mod report;
pub mod schema;
pub mod source;
pub mod statement;
pub mod stream;
mod strict;
pub mod text;
pub mod time;
pub mod words;

pub use event::{Event, Payload, Submitted};
pub use id::{EventId, Id, Kind, Producer, SubjectId};
pub use refusal::Refusal;
pub use time::Time;

/// What a piece of text should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct Expected(pub &'static str);
