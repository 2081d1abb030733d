//! Stories told over HTTP, against a service on a log in memory.

mod access;
mod bulletins;
mod document;
mod failures;
mod feed;
mod figures;
mod reading;
mod recording;
mod world;
