//! The service: one writer that decides, records and publishes; readers that never wait for it.
//!
//! Knows no HTTP.

pub mod ask;
pub mod caller;
pub mod chance;
pub mod clock;
pub mod digest;
mod flight;
mod group;
mod in_order;
pub mod keys;
mod notary;
pub mod record;
pub mod replay;
pub mod saved;
mod service;
pub mod stored;
mod witnesses;
mod writer;

pub use ask::{AskError, Question};
pub use caller::Caller;
pub use causeway_log::{Consistency, Error as LogError, Evidence, Inclusion, Signed, tile};
pub use group::{Batch, Receipt, Verdict};
pub use notary::Sealing;
pub use service::Service;
pub use writer::{QUEUE_LIMIT, Unavailable};

/// Place of an event in the log, dense from 0.
pub type Position = u64;
