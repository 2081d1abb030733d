//! What is said again and again, such as a source or a place: kept once, and known by a number.

use std::sync::{Arc, OnceLock};

use causeway_domain::place::Place;
use causeway_domain::source::Source;
use serde::{Deserialize, Serialize};

use crate::index::Numbered;
use crate::sequence::Sequence;

/// What many events say alike. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Who says so.
    pub sources: Phrases<Source>,
    /// Where it happened.
    pub places: Phrases<Place>,
}

/// What was said before of one sort, packed. Clones are cheap.
#[derive(Debug, Clone)]
pub struct Phrases<T> {
    packed: Numbered<Arc<[u8]>>,
    /// What was asked for, unpacked: once for all who ask.
    meant: Sequence<OnceLock<Arc<T>>>,
}

/// Something that is said: itself, or the number of what was said before.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Phrase<T> {
    Itself(T),
    Known(u32),
}

/// No more is kept, whatever is said: about as much as there are places in a country.
const KEPT: usize = 1 << 15;
/// What is longer is rarely said twice.
const LONGEST: usize = 128;

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Phrases { packed: Numbered::default(), meant: Sequence::default() }
    }
}

impl<T: Clone + Serialize + for<'de> Deserialize<'de>> Phrases<T> {
    /// What was packed here before, in the order of its numbers.
    #[must_use]
    pub fn from_list(packed: Vec<Arc<[u8]>>) -> Phrases<T> {
        let meant = packed.iter().map(|_| OnceLock::new()).collect();
        let packed = packed.into_iter().collect();
        Phrases { packed: Numbered::from_list(packed, |_| true), meant }
    }

    /// All that is kept, packed, in the order of its numbers.
    pub fn to_list(&self) -> Vec<Arc<[u8]>> {
        self.packed.iter().cloned().collect()
    }

    /// How to say this.
    pub(crate) fn say<'t>(&mut self, this: &'t T) -> Phrase<&'t T> {
        let packed = postcard::to_stdvec(this).expect("whatever was parsed can be packed");
        if let Some(number) = self.packed.number(&packed[..]) {
            return Phrase::Known(number);
        }
        match packed.len() <= LONGEST && self.packed.len() < KEPT {
            true => {
                self.meant.push(OnceLock::new());
                Phrase::Known(self.packed.add(packed.into()))
            }
            false => Phrase::Itself(this),
        }
    }

    /// What was said.
    pub(crate) fn meant(&self, phrase: Phrase<T>) -> Arc<T> {
        match phrase {
            Phrase::Itself(this) => Arc::new(this),
            Phrase::Known(number) => {
                let packed = self.packed.get(number).expect("a number that was given out");
                let unpack = || postcard::from_bytes(packed).expect("what was packed here");
                let meant = self.meant[number as usize].get_or_init(|| Arc::new(unpack()));
                Arc::clone(meant)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(phrases: &mut Phrases<String>, text: &str) -> (bool, String) {
        let text = text.to_owned();
        let packed = postcard::to_stdvec(&phrases.say(&text)).unwrap();
        let phrase: Phrase<String> = postcard::from_bytes(&packed).unwrap();
        (matches!(phrase, Phrase::Known(_)), phrases.meant(phrase).to_string())
    }

    #[test]
    fn what_is_said_is_what_is_meant() {
        let mut phrases = Phrases::default();
        for _ in 0..2 {
            for text in ["", "Goris", "Kornidzor"] {
                assert_eq!(said(&mut phrases, text), (true, text.to_owned()));
            }
        }
        assert_eq!(phrases.to_list().len(), 3);
        let mut again = Phrases::from_list(phrases.to_list());
        assert_eq!(said(&mut again, "Goris"), (true, "Goris".to_owned()));
        assert_eq!(said(&mut again, "Shurnukh"), (true, "Shurnukh".to_owned()));
        assert_eq!(again.to_list().len(), 4);
    }

    #[test]
    fn no_more_is_kept_than_has_room() {
        let mut phrases = Phrases::default();
        let long = "a".repeat(LONGEST);
        assert_eq!(said(&mut phrases, &long), (false, long));
        for number in 0..KEPT + 10 {
            let text = number.to_string();
            assert_eq!(said(&mut phrases, &text), (number < KEPT, text));
        }
        assert_eq!(said(&mut phrases, "7"), (true, "7".to_owned()));
    }
}
