//! Who and what is named in events, whether a register knows it or not.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::index::Numbered;
use crate::pages::{Number, Pages};
use crate::sequence::Changing;
use crate::{Position, Seen};

/// Names, and the events that name them.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    pub(crate) names: Numbered<Arc<str>>,
    /// By the numbers of the names.
    pub(crate) namings: Changing<Namings>,
}

/// Where something is named: in an event that says what a report says. A report does so itself.
#[derive(Debug, Clone, Copy)]
pub struct Naming {
    /// The report, or a correction of it.
    pub event: Position,
    /// The report. What corrects it is not for those who may not see it.
    pub report: Position,
}

/// Where one thing is named: of each event, how far it comes after the one before, and after its
/// report.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Namings {
    pages: Pages,
    last: Position,
}

impl Mentions {
    /// The event there names `name`.
    pub fn note(&mut self, name: &str, naming: Naming) {
        let number = match self.names.number(name) {
            Some(number) => number,
            None => {
                self.namings.push(Namings::default());
                self.names.add(name.into())
            }
        };
        let namings = self.namings.get_mut(number as usize).expect("every name has its own");
        namings.add(naming);
    }

    /// The names that a reader sees in some event.
    pub fn seen<'a>(&'a self, seen: Seen<'a>) -> impl Iterator<Item = &'a str> {
        let names = self.names.iter().zip(self.namings.iter());
        names.filter(move |(_, namings)| namings.are_seen(seen)).map(|(name, _)| &**name)
    }

    /// Whether a reader sees this name in some event.
    #[must_use]
    pub fn has(&self, name: &str, seen: Seen<'_>) -> bool {
        let number = self.names.number(name);
        let namings = number.and_then(|number| self.namings.get(number as usize));
        namings.is_some_and(|namings| namings.are_seen(seen))
    }
}

impl Namings {
    fn add(&mut self, Naming { event, report }: Naming) {
        let (ahead, behind) = (Number::new(event - self.last), Number::new(event - report));
        self.pages.add(&[ahead.bytes(), behind.bytes()]);
        self.last = event;
    }

    fn are_seen(&self, seen: Seen<'_>) -> bool {
        let mut event = 0;
        self.pages.iter().any(|mut page| {
            while !page.is_empty() {
                event += Number::take(&mut page);
                let report = event - Number::take(&mut page);
                if !seen.reaches(event) {
                    return false;
                }
                if seen.sees(event) && seen.sees(report) {
                    return true;
                }
            }
            false
        })
    }
}
