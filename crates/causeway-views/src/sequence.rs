//! A list that only grows at its end.

use std::ops::Index;
use std::sync::Arc;

use rpds::VectorSync;

/// A list of which clones are cheap: they share the full chunks, and only the last chunk is copied
/// when one of them goes on by itself.
#[derive(Debug, Clone)]
pub struct Sequence<T, const CHUNK: usize = LARGE> {
    /// Chunks of `CHUNK` elements; none while the list is short.
    full: Option<VectorSync<Arc<[T]>>>,
    rest: Arc<Vec<T>>,
}

/// A list of elements that change: with each of them a chunk is copied, and what leads to it.
pub type Changing<T> = Sequence<T, SMALL>;

/// A chunk so large that most elements share what it costs, and so small that it can be copied.
/// With its counters it fills what the allocator gives out, whether elements have 8, 16 or 32 bytes.
const LARGE: usize = 63;
const SMALL: usize = 6;

/// By how many bits of an index each step to a chunk goes: wide steps are few, narrow ones are
/// quickly copied.
const fn step_bits(chunk: usize) -> u8 {
    if chunk < LARGE { 3 } else { 5 }
}

impl<T, const CHUNK: usize> Default for Sequence<T, CHUNK> {
    fn default() -> Self {
        Sequence { full: None, rest: Arc::default() }
    }
}

impl<T, const CHUNK: usize> Sequence<T, CHUNK> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks() * CHUNK + self.rest.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn chunks(&self) -> usize {
        self.full.as_ref().map_or(0, VectorSync::len)
    }

    /// The element at `index`, from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        match self.full.as_ref().and_then(|full| full.get(index / CHUNK)) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.rest.get(index - self.chunks() * CHUNK),
        }
    }

    /// The newest element.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All elements, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        let full = self.full.iter().flat_map(|full| full.iter());
        full.flat_map(|chunk| chunk.iter()).chain(self.rest.iter())
    }

    /// At most `many` elements from `index` on.
    pub fn some(&self, index: usize, many: usize) -> impl Iterator<Item = &T> {
        (index..self.len()).take(many).map(|index| &self[index])
    }

    /// The number of elements at the beginning for which `so` holds, if it holds for none after
    /// them.
    #[must_use]
    pub fn partition_point(&self, so: impl Fn(&T) -> bool) -> usize {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from + (to - from) / 2;
            match so(&self[middle]) {
                true => from = middle + 1,
                false => to = middle,
            }
        }
        from
    }
}

impl<T: Clone, const CHUNK: usize> Sequence<T, CHUNK> {
    /// Adds an element.
    pub fn push(&mut self, element: T) {
        let rest = Arc::make_mut(&mut self.rest);
        rest.push(element);
        if rest.len() == CHUNK {
            let chunk = std::mem::take(rest).into();
            let no_chunks = || VectorSync::new_with_bits(step_bits(CHUNK));
            self.full.get_or_insert_with(no_chunks).push_back_mut(chunk);
        }
    }

    /// The element at `index`, to be changed.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let chunks = self.chunks();
        match self.full.as_mut().and_then(|full| full.get_mut(index / CHUNK)) {
            Some(chunk) => Arc::make_mut(chunk).get_mut(index % CHUNK),
            None => Arc::make_mut(&mut self.rest).get_mut(index - chunks * CHUNK),
        }
    }
}

impl<T: Clone, const CHUNK: usize> FromIterator<T> for Sequence<T, CHUNK> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut sequence = Sequence::default();
        sequence.extend(elements);
        sequence
    }
}

impl<T: Clone, const CHUNK: usize> Extend<T> for Sequence<T, CHUNK> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        elements.into_iter().for_each(|element| self.push(element));
    }
}

impl<T, const CHUNK: usize> Index<usize> for Sequence<T, CHUNK> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        self.get(index).expect("an index within the list")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths around the ends of chunks of both sizes.
    const LENGTHS: [usize; 12] = [
        0,
        1,
        SMALL - 1,
        SMALL,
        SMALL + 1,
        LARGE - 1,
        LARGE,
        LARGE + 1,
        3 * LARGE,
        5 * LARGE + 7,
        SMALL.pow(4),
        SMALL.pow(4) + SMALL + 1,
    ];

    fn stands_where_it_was_put<const CHUNK: usize>(length: usize) {
        let sequence: Sequence<usize, CHUNK> = (0..length).collect();
        assert_eq!(sequence.len(), length);
        assert!(sequence.iter().copied().eq(0..length));
        assert!(sequence.iter().rev().copied().eq((0..length).rev()));
        assert!((0..length).all(|index| sequence.get(index) == Some(&index)));
        assert_eq!((sequence.get(length), sequence.get(length + CHUNK)), (None, None));
        assert_eq!(sequence.last().copied(), length.checked_sub(1));
        assert!(sequence.some(3, 70).copied().eq((0..length).skip(3).take(70)));
    }

    #[test]
    fn elements_stand_where_they_were_put() {
        LENGTHS.into_iter().for_each(stands_where_it_was_put::<LARGE>);
        LENGTHS.into_iter().for_each(stands_where_it_was_put::<SMALL>);
    }

    fn goes_its_own_way<const CHUNK: usize>(length: usize) {
        let mut one: Sequence<usize, CHUNK> = (0..length).collect();
        let mut other = one.clone();
        one.push(1_000);
        other.push(2_000);
        assert_eq!((one.last(), other.last()), (Some(&1_000), Some(&2_000)));
        let shared = one.clone();
        for index in 0..one.len() {
            *one.get_mut(index).unwrap() += 1;
        }
        assert!(shared.iter().map(|element| element + 1).eq(one.iter().copied()));
        assert_eq!(one.get_mut(length + 1), None);
    }

    #[test]
    fn clones_go_their_own_ways() {
        LENGTHS.into_iter().for_each(goes_its_own_way::<LARGE>);
        LENGTHS.into_iter().for_each(goes_its_own_way::<SMALL>);
    }

    #[test]
    fn what_comes_first_is_found_by_halves() {
        let sequence: Sequence<usize> = (0..3 * LARGE).collect();
        for bound in [0, 1, LARGE, 2 * LARGE + 5, 3 * LARGE, 4 * LARGE] {
            let expected = bound.min(sequence.len());
            assert_eq!(sequence.partition_point(|element| *element < bound), expected);
        }
    }
}
