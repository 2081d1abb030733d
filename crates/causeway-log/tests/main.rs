//! The promises of a log, kept wherever it is stored.

mod backup;
mod child;
mod contract;
mod damage;
mod disk;
mod faults;
mod notary;
mod places;
mod tidying;
