//! Who and what is named in events, whether a register knows it or not.

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use crate::sequence::Sequence;
use crate::{Position, Seen};

/// Names, and the events that name them.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    by_name: RedBlackTreeMapSync<Arc<str>, Sequence<Naming>>,
}

/// Where something is named: in an event that says what a report says. A report does so itself.
#[derive(Debug, Clone, Copy)]
pub struct Naming {
    /// The report, or a correction of it.
    pub event: Position,
    /// The report. What corrects it is not for those who may not see it.
    pub report: Position,
}

impl Mentions {
    /// The event there names `name`.
    pub fn note(&mut self, name: &str, naming: Naming) {
        match self.by_name.get_mut(name) {
            Some(namings) => namings.push(naming),
            None => {
                let mut namings = Sequence::default();
                namings.push(naming);
                self.by_name.insert_mut(name.into(), namings);
            }
        }
    }

    /// The names that a reader sees in some event, in order.
    pub fn seen<'a>(&'a self, seen: Seen<'a>) -> impl Iterator<Item = &'a str> {
        let names = self.by_name.iter();
        let seen = names.filter(move |(_, namings)| namings.iter().any(|one| one.is_seen(seen)));
        seen.map(|(name, _)| &**name)
    }

    /// Whether a reader sees this name in some event.
    #[must_use]
    pub fn has(&self, name: &str, seen: Seen<'_>) -> bool {
        let namings = self.by_name.get(name);
        namings.is_some_and(|namings| namings.iter().any(|one| one.is_seen(seen)))
    }
}

impl Naming {
    fn is_seen(&self, seen: Seen<'_>) -> bool {
        seen.sees(self.event) && seen.sees(self.report)
    }
}
