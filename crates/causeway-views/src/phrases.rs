//! What is said again and again, such as a source or a place: kept once, and known by a number.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::index::Numbered;
use crate::sequence::Sequence;

/// What was said before, packed. Clones are cheap.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    known: Numbered<Arc<[u8]>>,
}

/// Something that is said: itself, or the number of what was said before.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Phrase<T> {
    Itself(T),
    Known(u32),
}

/// No more is kept, whatever is said: about as much as there are places in a country.
const KEPT: usize = 1 << 16;
/// What is longer is rarely said twice.
const LONGEST: usize = 128;

impl Phrases {
    /// What was packed here before, in the order of its numbers.
    #[must_use]
    pub fn from_list(packed: Sequence<Arc<[u8]>>) -> Phrases {
        Phrases { known: Numbered::from_list(packed, |_| true) }
    }

    /// All that is kept, packed, in the order of its numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.known.iter()
    }

    /// How to say this.
    pub(crate) fn say<'t, T: Serialize>(&mut self, this: &'t T) -> Phrase<&'t T> {
        let packed = postcard::to_stdvec(this).expect("whatever was parsed can be packed");
        if let Some(number) = self.known.number(&packed[..]) {
            return Phrase::Known(number);
        }
        match packed.len() <= LONGEST && self.known.len() < KEPT {
            true => Phrase::Known(self.known.add(packed.into())),
            false => Phrase::Itself(this),
        }
    }

    /// What was said.
    pub(crate) fn meant<T: for<'de> Deserialize<'de>>(&self, phrase: Phrase<T>) -> T {
        match phrase {
            Phrase::Itself(this) => this,
            Phrase::Known(number) => {
                let packed = self.known.get(number).expect("a number that was given out");
                postcard::from_bytes(packed).expect("what was packed here can be unpacked")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(phrases: &mut Phrases, text: &str) -> (bool, String) {
        let text = text.to_owned();
        let packed = postcard::to_stdvec(&phrases.say(&text)).unwrap();
        let phrase: Phrase<String> = postcard::from_bytes(&packed).unwrap();
        (matches!(phrase, Phrase::Known(_)), phrases.meant(phrase))
    }

    #[test]
    fn what_is_said_is_what_is_meant() {
        let mut phrases = Phrases::default();
        for _ in 0..2 {
            for text in ["", "Goris", "Kornidzor"] {
                assert_eq!(said(&mut phrases, text), (true, text.to_owned()));
            }
        }
        assert_eq!(phrases.iter().count(), 3);
        let mut again = Phrases::from_list(phrases.iter().cloned().collect());
        assert_eq!(said(&mut again, "Goris"), (true, "Goris".to_owned()));
        assert_eq!(again.iter().count(), 3);
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
