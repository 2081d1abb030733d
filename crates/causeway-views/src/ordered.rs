//! A sorted list that grows anywhere.

use std::sync::Arc;

/// A sorted list. Clones are cheap: they share the runs that are not changed afterwards.
#[derive(Debug, Clone)]
pub struct Ordered<T> {
    /// None is empty.
    runs: Arc<Vec<Arc<Vec<T>>>>,
}

/// A run of more is cut in two: small enough to be copied, large enough that there are few.
const RUN_LIMIT: usize = 512;

/// Things that a run makes room for at a time.
const RUN_STEP: usize = 16;

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered { runs: Arc::default() }
    }
}

impl<T: Ord + Clone> Ordered<T> {
    /// A list of things that are in order already.
    pub fn from_sorted(things: impl IntoIterator<Item = T>) -> Ordered<T> {
        let mut things = things.into_iter().peekable();
        let mut runs = Vec::new();
        while things.peek().is_some() {
            runs.push(Arc::new(things.by_ref().take(RUN_LIMIT).collect()));
        }
        Ordered { runs: Arc::new(runs) }
    }

    /// Adds a thing, which is new.
    pub fn insert(&mut self, thing: T) {
        let runs = Arc::make_mut(&mut self.runs);
        let at = runs.partition_point(|run| run[0] < thing).saturating_sub(1);
        let Some(run) = runs.get_mut(at) else { return runs.push(Arc::new(vec![thing])) };
        let index = run.partition_point(|earlier| *earlier < thing);
        if run.len() < RUN_LIMIT {
            let run = Arc::make_mut(run);
            if run.len() == run.capacity() {
                run.reserve_exact(RUN_STEP);
            }
            return run.insert(index, thing);
        }
        // What comes in order, or against it, fills the runs.
        let cut = if index == 0 || index == run.len() { index } else { run.len() / 2 };
        let (before, after) = run.split_at(cut);
        let (mut before, mut after) = (before.to_vec(), after.to_vec());
        match index > cut || (index == cut && cut > 0) {
            true => after.insert(index - cut, thing),
            false => before.insert(index, thing),
        }
        runs.splice(at..=at, [Arc::new(before), Arc::new(after)]);
    }

    /// What comes after `last`, in order; everything where none is given.
    pub fn after<'a>(&'a self, last: Option<&T>) -> impl Iterator<Item = &'a T> + use<'a, T> {
        let comes_until = |thing: &T| last.is_some_and(|last| thing <= last);
        let at = self.runs.partition_point(|run| comes_until(&run[0])).saturating_sub(1);
        let skipped = self.runs.get(at).map_or(0, |run| run.partition_point(comes_until));
        self.runs[at.min(self.runs.len())..].iter().flat_map(|run| run.iter()).skip(skipped)
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
            assert!(things.runs.iter().all(|run| (1..=RUN_LIMIT).contains(&run.len())));
            for last in [0, 1, RUN_LIMIT as u32 - 1, RUN_LIMIT as u32, 777, many - 1, many] {
                assert!(things.after(Some(&last)).copied().eq(last + 1..many), "{last}");
            }
        }
    }

    #[test]
    fn what_comes_in_order_fills_the_runs() {
        let many = 10 * RUN_LIMIT as u32;
        assert_eq!(of(0..many).runs.len(), 10);
        assert_eq!(of((0..many).rev()).runs.len(), 10);
        assert_eq!(Ordered::from_sorted(0..many).runs, of(0..many).runs);
        assert_eq!(Ordered::from_sorted(0..0_u32).runs.len(), 0);
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
