//! A list in order, as it is sent: of what changes, only that part is written again.

use std::marker::PhantomData;

use causeway_domain::Id;
use serde::Serialize;

/// The JSON of a list of `T`, in the order of their ids.
#[derive(Debug)]
pub struct Written<T> {
    /// None is empty.
    runs: Vec<Run>,
    part: PhantomData<T>,
}

/// Some parts that follow each other.
#[derive(Debug, Default)]
struct Run {
    /// Whose they are, and how long.
    parts: Vec<(Id, usize)>,
    /// All of them, with a comma after each.
    text: Vec<u8>,
}

/// A run of more is cut in two: short enough to make room in, long enough that there are few.
const RUN_LIMIT: usize = 32;

impl<T> Default for Written<T> {
    fn default() -> Self {
        Written { runs: Vec::new(), part: PhantomData }
    }
}

impl<T: Serialize> Written<T> {
    /// Puts the part under this id instead of any other, or nothing.
    pub fn put(&mut self, id: &Id, part: Option<&T>) {
        if self.runs.is_empty() {
            self.runs.push(Run::default());
        }
        let begun = self.runs.partition_point(|run| run.begins_by(id));
        let index = begun.saturating_sub(1);
        let run = &mut self.runs[index];
        run.put(id, part.map(|part| [&written(part)[..], b","].concat()));
        if run.parts.is_empty() {
            self.runs.remove(index);
        } else if run.parts.len() > RUN_LIMIT {
            let second = run.cut();
            self.runs.insert(index + 1, second);
        }
    }

    /// How long the list is at most, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.runs.iter().map(|run| run.text.len()).sum::<usize>() + b"[]".len()
    }

    /// Adds the list to what is sent.
    pub fn append_to(&self, sent: &mut Vec<u8>) {
        sent.push(b'[');
        self.runs.iter().for_each(|run| sent.extend(&run.text));
        if !self.runs.is_empty() {
            sent.pop();
        }
        sent.push(b']');
    }
}

/// The JSON of what is shown.
pub(crate) fn written(shown: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(shown).expect("whatever is shown can be written")
}

impl Run {
    fn begins_by(&self, id: &Id) -> bool {
        self.parts.first().is_some_and(|(first, _)| first <= id)
    }

    fn put(&mut self, id: &Id, text: Option<Vec<u8>>) {
        let place = self.parts.binary_search_by(|(one, _)| one.cmp(id));
        let index = place.unwrap_or_else(|index| index);
        let from = self.length(index);
        let known = place.map_or(0, |index| self.parts[index].1);
        let part = text.as_ref().map(|text| (id.clone(), text.len()));
        self.parts.splice(index..index + usize::from(place.is_ok()), part);
        self.text.splice(from..from + known, text.unwrap_or_default());
    }

    /// How long so many parts are.
    fn length(&self, parts: usize) -> usize {
        self.parts[..parts].iter().map(|(_, length)| length).sum()
    }

    /// Takes away the second half.
    fn cut(&mut self) -> Run {
        let half = self.parts.len() / 2;
        let text = self.text.split_off(self.length(half));
        Run { parts: self.parts.split_off(half), text }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_list_of_what_was_put(
            puts in prop::collection::vec((0..200_u32, prop::option::of("[a-z,\"]{0,9}")), 0..600),
        ) {
            let (mut written, mut list) = (Written::default(), BTreeMap::new());
            for (number, part) in puts {
                let id: Id = format!("road-{number:03}").parse().unwrap();
                written.put(&id, part.as_ref());
                match part {
                    Some(part) => list.insert(id, part),
                    None => list.remove(&id),
                };
            }
            let mut sent = Vec::new();
            written.append_to(&mut sent);
            prop_assert!(sent.len() <= written.size());
            let list: Vec<String> = list.into_values().collect();
            prop_assert_eq!(sent, serde_json::to_vec(&list).unwrap());
        }
    }
}
