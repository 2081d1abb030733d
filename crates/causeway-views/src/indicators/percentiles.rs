//! Middle and high values of lengths of time: nearest rank of the finished, and a median that
//! counts the unfinished too.

use chrono::TimeDelta;

/// The value at `q` tenths by nearest rank: `sorted[ceil(q·n) − 1]`; none of nothing (rule 45).
/// The lengths change places.
pub(super) fn nearest_rank(lengths: &mut [TimeDelta], tenths: usize) -> Option<TimeDelta> {
    let rank = (lengths.len() * tenths).div_ceil(10);
    let (_, value, _) = lengths.select_nth_unstable(rank.checked_sub(1)?);
    Some(*value)
}

/// The Kaplan–Meier median: the shortest length after which at most half are still unfinished,
/// when those that are still running count as lasting at least as long as they have. None where
/// more than half would still be running after the longest that finished.
///
/// E. L. Kaplan, P. Meier, Nonparametric Estimation from Incomplete Observations, 1958.
pub(super) fn median_censored(finished: &[TimeDelta], running: &[TimeDelta]) -> Option<TimeDelta> {
    /// So little above a half is a half: what is left of rounding.
    const ROUNDING: f64 = 1e-9;
    let mut finished = finished.to_vec();
    finished.sort_unstable();
    let mut running = running.to_vec();
    running.sort_unstable();
    let mut unfinished = 1.0;
    let mut rest = &finished[..];
    while let Some(&length) = rest.first() {
        let ended = rest.partition_point(|other| *other <= length);
        let at_risk =
            rest.len() + running.len() - running.partition_point(|so_far| *so_far < length);
        #[expect(clippy::cast_precision_loss, reason = "counts of cases fit in 53 bits")]
        let share = ended as f64 / at_risk as f64;
        unfinished *= 1.0 - share;
        if unfinished <= 0.5 + ROUNDING {
            return Some(length);
        }
        rest = &rest[ended..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(lengths: &[i64]) -> Vec<TimeDelta> {
        lengths.iter().map(|hours| TimeDelta::hours(*hours)).collect()
    }

    #[test]
    fn nearest_rank_takes_a_value_that_was_there() {
        let rank = |lengths: &[i64], tenths| nearest_rank(&mut hours(lengths), tenths);
        assert_eq!(rank(&[], 5), None);
        assert_eq!(rank(&[7], 5), Some(TimeDelta::hours(7)));
        assert_eq!(rank(&[3, 1, 4, 2], 5), Some(TimeDelta::hours(2)));
        assert_eq!(rank(&[1, 2, 3, 4, 5], 5), Some(TimeDelta::hours(3)));
        assert_eq!(rank(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 9), Some(TimeDelta::hours(9)));
        assert_eq!(rank(&[1, 2], 9), Some(TimeDelta::hours(2)));
    }

    #[test]
    fn the_median_counts_what_is_still_running() {
        let median =
            |finished: &[i64], running: &[i64]| median_censored(&hours(finished), &hours(running));
        assert_eq!(median(&[], &[5]), None);
        assert_eq!(median(&[2, 4, 6, 8], &[]), Some(TimeDelta::hours(4)));
        // At 2 a quarter ends: 3/4. At 4 one of the three left: 1/2.
        assert_eq!(median(&[2, 4], &[9, 9]), Some(TimeDelta::hours(4)));
        // 4/5, then 3/5, and the others run on: nobody knows.
        assert_eq!(median(&[2, 4], &[9, 9, 9]), None);
        // The one that left at 3 is no longer at risk at 4: 4/5 · 2/3 = 8/15, then 4/15 at 6.
        assert_eq!(median(&[2, 4, 6], &[3, 9]), Some(TimeDelta::hours(6)));
        // What runs for just as long as another took is still at risk then.
        assert_eq!(median(&[4], &[4]), Some(TimeDelta::hours(4)));
    }
}
