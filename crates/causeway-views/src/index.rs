//! Things found again by what they are: each has a number, counted from 0 in the order of coming.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

use crate::sequence::Sequence;

/// A list of things that can be looked up. Clones are cheap: they share what they have in common.
#[derive(Debug, Clone)]
pub struct Numbered<T> {
    things: Sequence<T>,
    slots: Slots,
    /// Unforeseeable, so that nobody can choose ids that all meet in one place.
    hashing: RandomState,
}

/// How many things can be numbered: four billion.
pub const NUMBER_LIMIT: usize = u32::MAX as usize;

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered {
            things: Sequence::default(),
            slots: Slots::default(),
            hashing: RandomState::new(),
        }
    }
}

impl<T: Hash + Eq + Clone> Numbered<T> {
    /// Numbers things as they stand, all at once; those that are not `findable` are never found.
    #[must_use]
    pub fn from_list(things: Sequence<T>, findable: impl Fn(u32) -> bool) -> Numbered<T> {
        let mut numbered = Numbered { things, ..Numbered::default() };
        let found = (0..).zip(numbered.iter()).filter(|(number, _)| findable(*number));
        let slots = found.map(|(number, thing)| Slot { hash: numbered.hash(thing), number });
        numbered.slots = Slots::build(slots.collect(), 0);
        numbered
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// The thing of this number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        self.things.get(number as usize)
    }

    /// All things, by their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.things.iter()
    }

    /// At most `many` things from a number on.
    pub fn some(&self, number: usize, many: usize) -> impl Iterator<Item = &T> {
        self.things.some(number, many)
    }

    /// The number of a thing.
    #[must_use]
    pub fn number<Q: Hash + Eq + ?Sized>(&self, thing: &Q) -> Option<u32>
    where
        T: Borrow<Q>,
    {
        let is_it = |number| self.get(number).is_some_and(|one| one.borrow() == thing);
        self.slots.find(self.hash(thing), is_it)
    }

    /// The number of a thing, which gets one if it is new.
    pub fn number_or_add(&mut self, thing: &T) -> u32 {
        self.number(thing).unwrap_or_else(|| self.add(thing.clone()))
    }

    /// Adds a thing, which is new.
    pub fn add(&mut self, thing: T) -> u32 {
        let hash = self.hash(&thing);
        let number = self.add_unfindable(thing);
        self.slots.insert(hash, number);
        number
    }

    /// Adds a thing that takes a number and is never found.
    pub fn add_unfindable(&mut self, thing: T) -> u32 {
        let number = u32::try_from(self.len()).expect("fewer than NUMBER_LIMIT are numbered");
        self.things.push(thing);
        number
    }

    #[expect(clippy::cast_possible_truncation, reason = "any 32 bits of a hash are a hash")]
    fn hash<Q: Hash + ?Sized>(&self, thing: &Q) -> u32 {
        self.hashing.hash_one(thing) as u32
    }
}

/// Numbers by hash: a tree that goes on by three bits of the hash at each branch.
#[derive(Debug, Clone)]
enum Slots {
    Leaf(Arc<Vec<Slot>>),
    Branch(Arc<[Slots; FORK]>),
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u32,
    number: u32,
}

/// So many that leaves that were just forked are an eighth full on average, and the way to them is
/// short.
const FORK: usize = 8;
const FORK_BITS: u32 = FORK.ilog2();

/// A leaf with more is forked: small enough to be copied and gone through, large enough that most
/// slots share what a leaf costs.
const LEAF_LIMIT: usize = 64;

/// Slots that a leaf makes room for at a time.
const LEAF_STEP: usize = 8;

impl Default for Slots {
    fn default() -> Self {
        Slots::Leaf(Arc::default())
    }
}

impl Slots {
    /// What putting in one slot after the other would come to, made on all cores.
    fn build(mut slots: Vec<Slot>, depth: u32) -> Slots {
        if slots.len() <= LEAF_LIMIT || depth >= u32::BITS {
            slots.shrink_to_fit();
            return Slots::Leaf(Arc::new(slots));
        }
        let mut parts: [Vec<Slot>; FORK] = Default::default();
        for slot in slots {
            parts[branch(slot.hash >> depth)].push(slot);
        }
        let mut branches: [Slots; FORK] = Default::default();
        let both = branches.par_iter_mut().zip_eq(parts);
        both.for_each(|(branch, part)| *branch = Slots::build(part, depth + FORK_BITS));
        Slots::Branch(Arc::new(branches))
    }

    fn find(&self, hash: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let (mut slots, mut path) = (self, hash);
        loop {
            match slots {
                Slots::Branch(branches) => slots = &branches[branch(path)],
                Slots::Leaf(leaf) => {
                    let same = leaf.iter().filter(|slot| slot.hash == hash);
                    return same.map(|slot| slot.number).find(|number| is_it(*number));
                }
            }
            path >>= FORK_BITS;
        }
    }

    fn insert(&mut self, hash: u32, number: u32) {
        let (mut slots, mut depth) = (self, 0);
        while let Slots::Branch(branches) = slots {
            slots = &mut Arc::make_mut(branches)[branch(hash >> depth)];
            depth += FORK_BITS;
        }
        slots.put(Slot { hash, number }, depth);
    }

    /// Puts a slot into a leaf, which is forked when it is full. Where the hash has no more bits
    /// to go by, a leaf grows as it must.
    fn put(&mut self, slot: Slot, depth: u32) {
        let Slots::Leaf(leaf) = self else { return };
        if leaf.len() < LEAF_LIMIT || depth >= u32::BITS {
            let leaf = Arc::make_mut(leaf);
            if leaf.len() == leaf.capacity() {
                leaf.reserve_exact(LEAF_STEP);
            }
            return leaf.push(slot);
        }
        let mut branches: [Slots; FORK] = Default::default();
        for one in leaf.iter().copied().chain([slot]) {
            branches[branch(one.hash >> depth)].put(one, depth + FORK_BITS);
        }
        *self = Slots::Branch(Arc::new(branches));
    }
}

/// Which branch the next bits of a path lead to.
fn branch(path: u32) -> usize {
    path as usize % FORK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thing_is_found_by_what_it_is() {
        let mut things = Numbered::default();
        for thing in 0..10_000_u64 {
            assert_eq!(things.number(&thing), None);
            assert_eq!(u64::from(things.add(thing)), thing);
        }
        for thing in 0..10_000_u64 {
            let number = things.number(&thing).unwrap();
            assert_eq!(things.get(number), Some(&thing));
        }
        assert_eq!(things.number(&10_000), None);
        assert_eq!(things.number_or_add(&77), 77);
        assert_eq!(things.number_or_add(&10_000), 10_000);
    }

    #[test]
    fn what_is_numbered_at_once_is_found_as_if_it_had_come_one_by_one() {
        for many in [0, 1, LEAF_LIMIT as u32, LEAF_LIMIT as u32 + 1, 50_000] {
            let list: Sequence<u32> = (0..many).map(|thing| thing * 2).collect();
            let mut things = Numbered::from_list(list, |number| number != 7);
            let found = |things: &Numbered<u32>, thing: u32| things.number(&thing);
            assert!((0..many).all(|n| found(&things, n * 2) == Some(n).filter(|n| *n != 7)));
            assert!((0..many).all(|n| found(&things, n * 2 + 1).is_none()));
            assert_eq!((things.add(1), found(&things, 1)), (many, Some(many)));
        }
    }

    #[test]
    fn clones_go_their_own_ways() {
        let mut one = Numbered::default();
        for thing in 0..1_000_u32 {
            one.add(thing);
        }
        let mut other = one.clone();
        one.add(5_000);
        other.add(6_000);
        assert_eq!((one.number(&5_000), one.number(&6_000)), (Some(1_000), None));
        assert_eq!((other.number(&5_000), other.number(&6_000)), (None, Some(1_000)));
    }

    #[test]
    fn things_of_one_hash_are_told_apart() {
        let mut slots = Slots::default();
        (0..1_000).for_each(|number| slots.insert(7, number));
        assert!((0..1_000).all(|number| slots.find(7, |it| it == number) == Some(number)));
        assert_eq!(slots.find(8, |_| true), None);
    }

    #[test]
    fn what_takes_a_number_only_is_never_found() {
        let mut things = Numbered::default();
        assert_eq!((things.add_unfindable("a"), things.add("b")), (0, 1));
        assert_eq!((things.number(&"a"), things.number(&"b")), (None, Some(1)));
    }
}
