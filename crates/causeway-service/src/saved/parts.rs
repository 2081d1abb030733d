//! A record in parts, each small enough to be packed and unpacked by itself.

use std::sync::Arc;

use causeway_domain::stream::Stream;
use causeway_domain::{Id, Time};
use causeway_views::saved::{Misfit, Part as Views, Restoring};
use serde::{Deserialize, Serialize};

use crate::record::Record;

/// Some of a record. All its parts, in order, make it again.
#[derive(Serialize, Deserialize)]
pub(crate) enum Part {
    /// Some of what can be read.
    Views(Views),
    /// What deciding needs of some subjects, by number.
    Streams(Vec<Arc<Stream>>),
    /// P-codes, and the places that were ever registered with each.
    Pcodes(Vec<(Box<str>, Vec<Id>)>),
    /// The newest time of recording, and whether any event was stamped by our own clock.
    Clock(Option<Time>, bool),
}

/// So many subjects make a part.
const SHARE: usize = 4_096;

/// A record that is put together again.
#[derive(Default)]
pub(crate) struct Rejoined {
    views: Restoring,
    record: Record,
}

impl Record {
    /// All parts, in order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part> {
        let streams = (0..self.streams.len()).step_by(SHARE);
        let streams = streams.map(|from| self.streams.some(from, SHARE).cloned().collect());
        let pcodes = self.pcodes.iter().map(|(code, places)| (code.clone(), places.clone()));
        let views = self.snapshot.parts().map(Part::Views);
        let rest = [Part::Pcodes(pcodes.collect()), Part::Clock(self.newest, self.has_own_events)];
        views.chain(streams.map(Part::Streams)).chain(rest)
    }
}

impl Rejoined {
    pub(crate) fn take(&mut self, part: Part) {
        match part {
            Part::Views(part) => self.views.take(part),
            Part::Streams(streams) => self.record.streams.extend(streams),
            Part::Pcodes(pcodes) => self.record.pcodes = pcodes.into_iter().collect(),
            Part::Clock(newest, has_own_events) => {
                self.record.newest = newest;
                self.record.has_own_events = has_own_events;
            }
        }
    }

    /// The record, once all parts are taken in.
    pub(crate) fn finish(self) -> Result<Record, Misfit> {
        let snapshot = self.views.finish()?;
        match self.record.streams.len() == snapshot.subjects() {
            true => Ok(Record { snapshot, ..self.record }),
            false => Err(Misfit),
        }
    }
}
