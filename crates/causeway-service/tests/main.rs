//! The service as its users see it: what is recorded, what is refused, what stays the same.

mod golden;
mod laws;
mod stories;
mod world;
