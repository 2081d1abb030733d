//! Read models, proved three ways: against the rules written out a second time, against answers
//! worked out by hand, and against the laws that hold whatever was recorded.

mod agreement;
mod areas;
mod cases;
mod comparison;
mod contents;
mod figures;
mod filters;
mod histories;
mod laws;
mod oracle;
mod overview;
mod stories;
mod streams;
mod teller;
mod world;
