//! How much memory the service takes through the day.

use std::cell::RefCell;
use std::time::Duration;

use super::Day;
use crate::service::Service;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Memory goes up and down while a snapshot is made or a cache is cleared out: what counts is the
/// mean of so great a part of the day. In the first part caches fill up; the second is the first
/// that counts.
const PARTS: usize = 10;

/// One look.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// How many events were recorded so far.
    recorded: f64,
    /// Bytes of memory that the service had.
    resident: f64,
}

/// Looks again and again, until the day is over.
pub async fn watch(day: &Day, service: &RefCell<Service>) -> anyhow::Result<Vec<Look>> {
    let mut looks = Vec::new();
    while !day.is_over() {
        tokio::time::sleep(LOOK).await;
        if !day.is_down.get() {
            let resident = service.borrow().process.memory()?.resident as f64;
            looks.push(Look { recorded: day.recorded.get() as f64, resident });
        }
    }
    Ok(looks)
}

/// The memory of a day, in bytes.
#[derive(Debug, Default)]
pub struct Memory {
    /// In the second tenth of the day, in the mean.
    pub settled: f64,
    /// In the last tenth, in the mean.
    pub ended: f64,
    /// At the most.
    pub peak: f64,
    /// By how much it grew with an event from the one to the other.
    pub an_event: f64,
}

impl Memory {
    /// What the looks of a day come to.
    pub fn of(looks: &[Look]) -> Memory {
        let peak = looks.iter().map(|look| look.resident).fold(0.0, f64::max);
        let part = looks.len().div_ceil(PARTS);
        let Some(second) = looks.get(part..2 * part).filter(|second| !second.is_empty()) else {
            return Memory { peak, ..Memory::default() };
        };
        let mean = |part: &[Look]| {
            let mean =
                |figure: fn(&Look) -> f64| part.iter().map(figure).sum::<f64>() / part.len() as f64;
            (mean(|look| look.recorded), mean(|look| look.resident))
        };
        let (before, settled) = mean(second);
        let (after, ended) = mean(&looks[looks.len() - part..]);
        Memory { settled, ended, peak, an_event: (ended - settled) / (after - before).max(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_counted_from_the_second_tenth_to_the_last() {
        let filled = |second: usize| if second < 10 { 0.0 } else { 500.0 };
        let look = |second: usize| Look {
            recorded: 10.0 * second as f64,
            resident: filled(second) + 30.0 * second as f64,
        };
        let memory = Memory::of(&(0..100).map(look).collect::<Vec<_>>());
        assert_eq!(memory.an_event, 3.0);
        assert_eq!(memory.settled, 500.0 + 30.0 * 14.5);
        assert_eq!(memory.ended, 500.0 + 30.0 * 94.5);
        assert_eq!(memory.peak, 500.0 + 30.0 * 99.0);
    }

    #[test]
    fn a_day_too_short_to_look_twice_has_grown_by_nothing() {
        let look = Look { recorded: 1_000.0, resident: 500.0 };
        for looks in [&[][..], &[look], &[look, look]] {
            assert_eq!(Memory::of(looks).an_event, 0.0);
        }
    }
}
