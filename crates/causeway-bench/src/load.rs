//! Loads: so many callers, each with one request under way, for so long.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

/// How long answers took.
#[derive(Debug, Default, Clone)]
pub struct Latencies {
    /// In microseconds, in any order.
    taken: Vec<u32>,
}

impl Latencies {
    /// One more answer.
    pub fn add(&mut self, taken: Duration) {
        self.taken.push(u32::try_from(taken.as_micros()).unwrap_or(u32::MAX));
    }

    /// Those of all together.
    pub fn merged(all: impl IntoIterator<Item = Latencies>) -> Latencies {
        Latencies { taken: all.into_iter().flat_map(|one| one.taken).collect() }
    }

    /// How many answers there were.
    pub fn count(&self) -> usize {
        self.taken.len()
    }

    /// In milliseconds, what so many of a hundred answers did not exceed (nearest rank).
    pub fn percentile(&mut self, of_a_hundred: usize) -> f64 {
        if self.taken.is_empty() {
            return f64::NAN;
        }
        let rank = (self.taken.len() * of_a_hundred).div_ceil(100).max(1) - 1;
        let (_, taken, _) = self.taken.select_nth_unstable(rank);
        f64::from(*taken) / 1_000.0
    }
}

/// When a load ends: at its time, or as soon as one caller has nothing more to send.
pub struct End {
    at: Instant,
    is_early: Cell<bool>,
}

impl End {
    /// An end after so long.
    pub fn after(time: Duration) -> End {
        End { at: Instant::now() + time, is_early: Cell::new(false) }
    }

    /// Whether nothing more is to be sent.
    pub fn is_reached(&self) -> bool {
        self.is_early.get() || Instant::now() >= self.at
    }

    /// Ends the load for all callers.
    pub fn come_early(&self) {
        self.is_early.set(true);
    }
}

/// What a load came to.
#[derive(Debug, Default)]
pub struct Load {
    /// How long each answer took.
    pub latencies: Latencies,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Load {
    /// Answers per second.
    pub fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.elapsed.as_secs_f64()
    }
}

/// Runs all callers together. Each ends with what its answers took.
pub async fn together<C>(callers: impl IntoIterator<Item = C>) -> anyhow::Result<Load>
where
    C: Future<Output = anyhow::Result<Latencies>>,
{
    let started = Instant::now();
    let latencies = Latencies::merged(try_join_all(callers).await?);
    Ok(Load { latencies, elapsed: started.elapsed() })
}

/// Runs something asynchronous on this thread, so that loading takes no more than one processor.
pub fn on_this_thread<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_an_answer_that_came() {
        let mut latencies = Latencies::default();
        assert!(latencies.percentile(99).is_nan());
        (1..=200).for_each(|milliseconds| latencies.add(Duration::from_millis(milliseconds)));
        assert_eq!([50, 99, 100].map(|share| latencies.percentile(share)), [100.0, 198.0, 200.0]);
    }
}
