//! Stories told over HTTP, against a service on a log in memory.

mod access;
mod asking;
mod bulletins;
mod document;
mod failures;
mod feed;
mod figures;
mod follow;
mod keeping;
mod log;
mod reading;
mod recording;
mod rounds;
mod stall;
mod world;
