//! Pieces of bytes one after another, kept small: a list that only grows at its end.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::Bytes;

use crate::sequence::Sequence;

/// A list of pieces. Clones are cheap: they share the full pages, and only the last page is copied
/// when one of them goes on by itself.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// None while everything fits on one page.
    full: Option<Arc<Sequence<Arc<[u8]>>>>,
    last: Arc<[u8]>,
}

/// A page has no more bytes than this unless a single piece has: small enough to be copied for each
/// piece, large enough that many pieces share what a page costs. With its counters it fills what
/// the allocator gives out.
const PAGE_BYTES: usize = 1_024 - 16;

impl Pages {
    /// Adds a piece that is made of these parts. A piece is never cut in two.
    pub fn add(&mut self, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if self.last.len() + length > PAGE_BYTES && !self.last.is_empty() {
            let full = Arc::make_mut(self.full.get_or_insert_default());
            full.push(std::mem::take(&mut self.last));
        }
        let mut page = Vec::with_capacity(self.last.len() + length);
        page.extend_from_slice(&self.last);
        parts.iter().for_each(|part| page.extend_from_slice(part));
        self.last = page.into();
    }

    /// Whether the other is this list, or a clone of it to which nothing was added since.
    #[must_use]
    pub fn is_same(&self, other: &Pages) -> bool {
        let full = [self, other].map(|pages| pages.full.as_ref().and_then(|full| full.last()));
        let is_same_page = match full {
            [Some(one), Some(other)] => Arc::ptr_eq(one, other),
            [one, other] => one.is_none() && other.is_none(),
        };
        is_same_page && Arc::ptr_eq(&self.last, &other.last)
    }

    /// Whether this list is the other, or began as the other and went on.
    #[must_use]
    pub fn goes_on_from(&self, earlier: &Pages) -> bool {
        let count = |pages: &Pages| pages.full.as_ref().map_or(0, |full| full.len());
        let full = |pages: &Pages, index: usize| pages.full.as_ref()?.get(index).cloned();
        // Whoever pushed that page has all before it.
        let is_same = count(earlier).checked_sub(1).is_none_or(|last| {
            let pages = full(self, last).zip(full(earlier, last));
            pages.is_some_and(|(one, other)| Arc::ptr_eq(&one, &other))
        });
        let next = full(self, count(earlier)).unwrap_or_else(|| Arc::clone(&self.last));
        is_same && next.starts_with(&earlier.last)
    }

    /// The pages, oldest first: whole pieces each.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let full = self.full.iter().flat_map(|full| full.iter());
        full.chain([&self.last]).map(|page| &**page)
    }
}

impl Serialize for Pages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.iter().map(Bytes::new).collect::<Vec<_>>().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Pages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pages, D::Error> {
        let mut pages = Vec::<&Bytes>::deserialize(deserializer)?.into_iter();
        let last = pages.next_back().map(|last| Arc::from(&**last)).unwrap_or_default();
        let full: Sequence<Arc<[u8]>> = pages.map(|page| Arc::from(&**page)).collect();
        Ok(Pages { full: (!full.is_empty()).then(|| Arc::new(full)), last })
    }
}

/// A whole number as bytes: seven bits in each, the lowest first.
#[derive(Debug)]
pub struct Number {
    bytes: [u8; 10],
    length: usize,
}

impl Number {
    /// Writes a number.
    #[must_use]
    pub fn new(mut number: u64) -> Number {
        let (mut bytes, mut length) = ([0; 10], 0);
        loop {
            bytes[length] = number as u8 & SEVEN_BITS;
            number >>= 7;
            length += 1;
            if number == 0 {
                return Number { bytes, length };
            }
            bytes[length - 1] |= !SEVEN_BITS;
        }
    }

    /// Takes a number from the beginning of `bytes`.
    pub fn take(bytes: &mut &[u8]) -> u64 {
        let (mut number, mut shift) = (0, 0);
        while let Some((byte, rest)) = bytes.split_first() {
            *bytes = rest;
            number |= u64::from(byte & SEVEN_BITS) << shift;
            shift += 7;
            if byte & !SEVEN_BITS == 0 {
                break;
            }
        }
        number
    }

    /// Its bytes, of which the last is known by its highest bit.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

const SEVEN_BITS: u8 = 0x7f;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_are_read_as_they_were_written(numbers in prop::collection::vec(any::<u64>(), 0..50)) {
            let bytes: Vec<u8> =
                numbers.iter().flat_map(|number| Number::new(*number).bytes().to_vec()).collect();
            let mut rest = &bytes[..];
            for number in numbers {
                prop_assert_eq!(Number::take(&mut rest), number);
            }
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn a_list_goes_on_from_what_it_was_and_from_no_other(
            lengths in prop::collection::vec(1..400_usize, 1..40), split in any::<usize>(),
        ) {
            let mut pages = Pages::default();
            let mut earlier = vec![pages.clone()];
            for length in &lengths {
                pages.add(&[&vec![1; *length]]);
                earlier.push(pages.clone());
            }
            for one in &earlier {
                prop_assert!(pages.goes_on_from(one));
            }
            let split = split % lengths.len();
            let mut other = earlier[split].clone();
            for (number, length) in lengths[split..].iter().enumerate() {
                other.add(&[&vec![2; *length]]);
                prop_assert!(other.goes_on_from(&earlier[split]));
                for one in &earlier[split + 1..] {
                    prop_assert!(!other.goes_on_from(one), "{number} after {split}");
                }
            }
        }

        #[test]
        fn pieces_stand_in_order_and_whole(lengths in prop::collection::vec(0..400_usize, 0..200)) {
            let mut pages = Pages::default();
            let pieces: Vec<Vec<u8>> =
                (0_u8..).zip(lengths).map(|(number, length)| vec![number; length]).collect();
            for piece in &pieces {
                let (head, tail) = piece.split_at(piece.len() / 2);
                let earlier = pages.clone();
                pages.add(&[head, tail]);
                prop_assert!(pages.iter().flatten().count() == earlier.iter().flatten().count() + piece.len());
            }
            let read: Vec<u8> = pages.iter().flatten().copied().collect();
            prop_assert_eq!(read, pieces.concat());
            let ends = pages.iter().scan(0, |end, page| { *end += page.len(); Some(*end) });
            let whole: Vec<usize> = pieces.iter().scan(0, |end, piece| { *end += piece.len(); Some(*end) }).collect();
            prop_assert!(ends.into_iter().all(|end| end == 0 || whole.contains(&end)));
        }
    }
}
