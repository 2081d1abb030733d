//! A list that only grows at its end.

use std::ops::Index;
use std::sync::Arc;

use rpds::VectorSync;

/// A list of which clones are cheap: they share the full chunks, and only the last chunk is copied
/// when one of them goes on by itself.
#[derive(Debug, Clone)]
pub struct Sequence<T> {
    /// Chunks of [`CHUNK`] elements; none while the list is short.
    full: Option<VectorSync<Arc<[T]>>>,
    rest: Arc<Vec<T>>,
}

/// Large enough that most elements share what a chunk costs, small enough to be copied.
const CHUNK: usize = 64;

impl<T> Default for Sequence<T> {
    fn default() -> Self {
        Sequence { full: None, rest: Arc::default() }
    }
}

impl<T> Sequence<T> {
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

impl<T: Clone> Sequence<T> {
    /// Adds an element.
    pub fn push(&mut self, element: T) {
        let rest = Arc::make_mut(&mut self.rest);
        rest.push(element);
        if rest.len() == CHUNK {
            let chunk = std::mem::take(rest).into();
            self.full.get_or_insert_default().push_back_mut(chunk);
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

impl<T: Clone> FromIterator<T> for Sequence<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Sequence<T> {
        let mut sequence = Sequence::default();
        sequence.extend(elements);
        sequence
    }
}

impl<T: Clone> Extend<T> for Sequence<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        elements.into_iter().for_each(|element| self.push(element));
    }
}

impl<T> Index<usize> for Sequence<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        self.get(index).expect("an index within the list")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(length: usize) -> Sequence<usize> {
        (0..length).collect()
    }

    #[test]
    fn elements_stand_where_they_were_put() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7] {
            let sequence = of(length);
            assert_eq!(sequence.len(), length);
            assert!(sequence.iter().copied().eq(0..length));
            assert!(sequence.iter().rev().copied().eq((0..length).rev()));
            assert!((0..length).all(|index| sequence.get(index) == Some(&index)));
            assert_eq!((sequence.get(length), sequence.get(length + CHUNK)), (None, None));
            assert_eq!(sequence.last().copied(), length.checked_sub(1));
        }
    }

    #[test]
    fn clones_go_their_own_ways() {
        for length in [0, 1, CHUNK - 1, CHUNK, 2 * CHUNK + 1] {
            let mut one = of(length);
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
    }

    #[test]
    fn what_comes_first_is_found_by_halves() {
        let sequence = of(3 * CHUNK);
        for bound in [0, 1, CHUNK, 2 * CHUNK + 5, 3 * CHUNK, 4 * CHUNK] {
            let expected = bound.min(sequence.len());
            assert_eq!(sequence.partition_point(|element| *element < bound), expected);
        }
    }
}
