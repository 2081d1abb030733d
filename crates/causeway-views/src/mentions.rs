//! Who and what is named in events, whether a register knows it or not.

use std::sync::Arc;

use rpds::{RedBlackTreeMapSync, VectorSync};

use crate::{Position, Seen};

/// Names, and the events that name them.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    by_name: RedBlackTreeMapSync<Arc<str>, VectorSync<Position>>,
}

impl Mentions {
    /// The event at `position` names `name`.
    pub fn note(&mut self, name: &str, position: Position) {
        match self.by_name.get_mut(name) {
            Some(positions) => positions.push_back_mut(position),
            None => {
                let positions = VectorSync::new_sync().push_back(position);
                self.by_name.insert_mut(name.into(), positions);
            }
        }
    }

    /// The names that a reader sees in some event, in order.
    pub fn seen<'a>(&'a self, seen: Seen<'a>) -> impl Iterator<Item = &'a str> {
        let visible = move |positions: &VectorSync<Position>| {
            positions.iter().any(|position| seen.sees(*position))
        };
        self.by_name.iter().filter(move |(_, positions)| visible(positions)).map(|(name, _)| &**name)
    }
}
