//! The service as its users see it: what is recorded, what is refused, what stays the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod flights;
mod golden;
mod laws;
mod overload;
mod signing;
mod snapshots;
mod stalled;
mod stories;
mod tidying;
mod world;
