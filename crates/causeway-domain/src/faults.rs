//! What is wrong with an event, all of it, each with a pointer to where.

use serde::Serialize;
use utoipa::ToSchema;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the event as it was sent.
    #[schema(example = "/data/status")]
    pub pointer: String,
    /// What was expected there.
    #[schema(example = "expected one of open, restricted, closed")]
    pub detail: String,
}

/// Everything found wrong so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes one more fault.
    pub fn add(&mut self, pointer: &str, detail: &str) {
        self.0.push(Fault {
            pointer: pointer.into(),
            detail: detail.into(),
        });
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The faults of a list.
    #[must_use]
    pub fn of(list: Vec<Fault>) -> Faults {
        Faults(list)
    }

    /// The list with `prefix` before each pointer.
    #[must_use]
    pub fn under(self, prefix: &str) -> Vec<Fault> {
        let moved = |fault: Fault| Fault {
            pointer: format!("{prefix}{}", fault.pointer),
            ..fault
        };
        self.into_list().into_iter().map(moved).collect()
    }

    /// The list, ordered by pointer, each fault once.
    #[must_use]
    pub fn into_list(mut self) -> Vec<Fault> {
        self.0.sort();
        self.0.dedup();
        self.0
    }
}
