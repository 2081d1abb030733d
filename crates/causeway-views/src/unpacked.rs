//! Long tapes, unpacked: kept for a while, so that a subject with thousands of reports is not
//! unpacked for every question about it.

use std::fmt;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::chronicle::Chronicle;
use crate::streams::Stream;
use crate::tape::Tape;

/// Tapes of fewer events are unpacked faster than they are looked for.
const KEPT_FROM: usize = 64;

/// About how many events are kept unpacked, at something under half a kilobyte each.
const KEPT_EVENTS: u64 = 131_072;

/// About how many tapes that is.
const KEPT_TAPES: usize = 1_000;

/// The streams that were asked about. Clones share what is kept.
#[derive(Clone)]
pub(crate) struct Unpacked(Arc<Cache<u32, Kept, Events>>);

/// A tape, and what it says.
#[derive(Clone)]
struct Kept {
    tape: Tape,
    stream: Arc<Stream>,
}

/// What is kept weighs as much as it has events.
#[derive(Clone)]
struct Events;

impl Weighter<u32, Kept> for Events {
    fn weight(&self, _: &u32, kept: &Kept) -> u64 {
        kept.tape.len() as u64
    }
}

impl Default for Unpacked {
    fn default() -> Self {
        Unpacked(Arc::new(Cache::with_weighter(KEPT_TAPES, KEPT_EVENTS, Events)))
    }
}

impl Unpacked {
    /// What the tape of the subject of this number says.
    pub(crate) fn stream(&self, number: u32, tape: &Tape, chronicle: &Chronicle) -> Arc<Stream> {
        if tape.len() < KEPT_FROM {
            return Arc::new(Stream::unpack(tape, chronicle));
        }
        if let Some(kept) = self.0.get(&number).filter(|kept| kept.tape.is_same(tape)) {
            return kept.stream;
        }
        // A snapshot may be older than what is kept, or have gone another way.
        let earlier = self.0.remove_if(&number, |kept| tape.goes_on_from(&kept.tape));
        // What somebody looks at just now does not change under their eyes.
        let earlier = earlier.and_then(|(_, kept)| Arc::into_inner(kept.stream));
        let stream = match earlier {
            Some(mut stream) => {
                stream.read_on(tape, chronicle);
                Arc::new(stream)
            }
            None => Arc::new(Stream::unpack(tape, chronicle)),
        };
        let is_longer = |kept: Kept| kept.tape.len() > tape.len();
        if !self.0.get(&number).is_some_and(is_longer) {
            self.0.insert(number, Kept { tape: tape.clone(), stream: Arc::clone(&stream) });
        }
        stream
    }
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked").field("tapes", &self.0.len()).finish_non_exhaustive()
    }
}
