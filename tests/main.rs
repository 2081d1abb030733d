//! The black-box suite: the very executable that operators run, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod contract;
mod durability;
mod knowing;
mod lachin;
mod proving;
mod reading;
mod recording;
mod stream;
mod tidy;
mod told;
mod world;
