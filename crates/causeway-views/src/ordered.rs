//! A sorted list that grows anywhere.

use std::ops::Bound;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

/// A sorted list. Clones are cheap: they share the runs that are not changed afterwards.
#[derive(Debug, Clone)]
pub struct Ordered<T: Ord> {
    /// By where each begins; the first begins before everything.
    runs: RedBlackTreeMapSync<Option<T>, Arc<Vec<T>>>,
}

/// A run of more is cut in two: small enough to be copied, large enough that there are few.
const RUN_LIMIT: usize = 128;

/// Things that a run makes room for at a time.
const RUN_STEP: usize = 8;

impl<T: Ord> Default for Ordered<T> {
    fn default() -> Self {
        Ordered { runs: RedBlackTreeMapSync::new_sync() }
    }
}

impl<T: Ord + Clone> Ordered<T> {
    /// A list of things that are in order already.
    pub fn from_sorted(things: impl IntoIterator<Item = T>) -> Ordered<T> {
        let mut things = things.into_iter();
        let mut ordered = Ordered::default();
        loop {
            let run: Vec<T> = things.by_ref().take(RUN_LIMIT).collect();
            if run.is_empty() {
                return ordered;
            }
            let begin = (!ordered.runs.is_empty()).then(|| run[0].clone());
            ordered.runs.insert_mut(begin, Arc::new(run));
        }
    }

    /// Adds a thing, which is new.
    pub fn insert(&mut self, thing: T) {
        let begin = self.run_of(Some(&thing)).and_then(|(begin, _)| begin.clone());
        let Some(run) = self.runs.get_mut(&begin) else {
            return self.runs.insert_mut(None, Arc::new(vec![thing]));
        };
        let run = Arc::make_mut(run);
        let index = run.partition_point(|earlier| *earlier < thing);
        if run.len() == run.capacity() {
            run.reserve_exact(RUN_STEP);
        }
        run.insert(index, thing);
        if run.len() > RUN_LIMIT {
            // What comes in order, or against it, fills the runs.
            let cut = match index {
                0 => 1,
                RUN_LIMIT => RUN_LIMIT,
                _ => RUN_LIMIT / 2,
            };
            let after = run.split_off(cut);
            run.shrink_to_fit();
            self.runs.insert_mut(Some(after[0].clone()), Arc::new(after));
        }
    }

    /// The run in which a thing stands, or would; without a thing, the first.
    fn run_of(&self, thing: Option<&T>) -> Option<(&Option<T>, &Arc<Vec<T>>)> {
        self.runs.range(..=&thing.cloned()).next_back()
    }

    /// What comes after `last`, in order; everything where none is given.
    pub fn after<'a>(&'a self, last: Option<&T>) -> impl Iterator<Item = &'a T> + use<'a, T> {
        let run = self.run_of(last);
        let comes_until = |thing: &T| last.is_some_and(|last| thing <= last);
        let skipped = run.map_or(0, |(_, run)| run.partition_point(comes_until));
        let begin = run.map_or(Bound::Unbounded, |(begin, _)| Bound::Included(begin));
        let runs = self.runs.range((begin, Bound::Unbounded));
        runs.flat_map(|(_, run)| run.iter()).skip(skipped)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(things: impl IntoIterator<Item = u32>) -> Ordered<u32> {
        let mut ordered = Ordered::default();
        things.into_iter().for_each(|thing| ordered.insert(thing));
        ordered
    }

    #[test]
    fn things_stand_in_order_however_they_came() {
        let many = 5 * RUN_LIMIT as u32;
        for things in [of(0..many), of((0..many).rev()), of((0..many).map(|n| n * 37 % many))] {
            assert!(things.after(None).copied().eq(0..many));
            let begins =
                |begin: &Option<u32>, run: &[u32]| begin.is_none_or(|first| first == run[0]);
            assert!(things.runs.iter().all(|(begin, run)| begins(begin, run)));
            assert!(things.runs.values().all(|run| (1..=RUN_LIMIT).contains(&run.len())));
            for last in [0, 1, RUN_LIMIT as u32 - 1, RUN_LIMIT as u32, 777, many - 1, many] {
                assert!(things.after(Some(&last)).copied().eq(last + 1..many), "{last}");
            }
        }
    }

    #[test]
    fn what_comes_in_order_fills_the_runs() {
        let many = 10 * RUN_LIMIT as u32;
        assert_eq!(of(0..many).runs.size(), 10);
        assert_eq!(of((0..many).rev()).runs.size(), 10);
        assert_eq!(Ordered::from_sorted(0..many).runs, of(0..many).runs);
        assert_eq!(Ordered::from_sorted(0..0_u32).runs.size(), 0);
    }

    #[test]
    fn clones_go_their_own_ways() {
        let mut one = of((0..2_000).map(|number| number * 2));
        let other = one.clone();
        one.insert(1_001);
        assert!(
            one.after(Some(&1_000))
                .copied()
                .eq([1_001].into_iter().chain((501..2_000).map(|n| n * 2)))
        );
        assert!(other.after(None).copied().eq((0..2_000).map(|number| number * 2)));
    }

    proptest! {
        #[test]
        fn it_is_a_sorted_set(things in prop::collection::btree_set(any::<u32>(), 0..2_000), last: u32) {
            let shuffled: BTreeSet<(u32, u32)> =
                things.iter().map(|thing| (thing.wrapping_mul(0x9E37_79B9), *thing)).collect();
            let ordered = of(shuffled.into_iter().map(|(_, thing)| thing));
            prop_assert!(ordered.after(None).eq(&things));
            prop_assert!(ordered.after(Some(&last)).copied().eq(things.range(last..).copied().filter(|thing| *thing > last)));
        }
    }
}
