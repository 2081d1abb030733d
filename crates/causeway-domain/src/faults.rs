//! What is wrong with an event, all of it, each with a pointer to where.

use serde::Serialize;
use utoipa::ToSchema;

use crate::refusal::Refusal;

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

/// The largest number of faults that are listed.
const FAULT_LIMIT: usize = 200;

/// Everything found wrong so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes one more fault.
    pub fn add(&mut self, pointer: &str, detail: &str) {
        self.0.push(Fault { pointer: pointer.into(), detail: detail.into() });
    }

    /// Notes a fault that shows where the field at `pointer` is held against `others`, unless one
    /// of them is known to be wrong in itself: then the comparison says nothing.
    pub fn compare(&mut self, others: &[&str], pointer: &str, detail: &str) {
        let concerns = |fault: &Fault, other: &str| {
            let below = other.strip_prefix(fault.pointer.as_str());
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut compared = others.iter().chain([&pointer]);
        if !compared.any(|other| self.0.iter().any(|fault| concerns(fault, other))) {
            self.add(pointer, detail);
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same faults with `prefix` before each pointer.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Faults {
        for fault in &mut self.0 {
            fault.pointer.insert_str(0, prefix);
        }
        self
    }

    /// The list, ordered by pointer, each fault once, and no longer than anybody would read.
    #[must_use]
    pub fn into_list(mut self) -> Vec<Fault> {
        self.0.sort();
        self.0.dedup();
        let more = self.0.len().saturating_sub(FAULT_LIMIT);
        self.0.truncate(FAULT_LIMIT);
        if more > 0 {
            self.add("", &format!("{more} more faults are not listed"));
        }
        self.0
    }

    /// The refusal that tells them all.
    #[must_use]
    pub fn into_refusal(self) -> Refusal {
        Refusal::Invalid(self.into_list())
    }

    /// `value` if nothing is wrong.
    pub(crate) fn refuse_or<T>(self, value: T) -> Result<T, Refusal> {
        match self.is_empty() {
            true => Ok(value),
            false => Err(self.into_refusal()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(pointers: &[&str]) -> Faults {
        let mut faults = Faults::default();
        pointers.iter().for_each(|pointer| faults.add(pointer, "wrong"));
        faults
    }

    fn compared(mut faults: Faults) -> bool {
        faults.compare(&["/data/opens"], "/data/closes", "too early");
        faults.into_list().iter().any(|fault| fault.detail == "too early")
    }

    #[test]
    fn fields_are_compared_where_neither_is_wrong_in_itself() {
        assert!(compared(known(&[])));
        assert!(compared(known(&["/data/status", "/time", "/data/closesx", "/data/opens/deeper"])));
        assert!(!compared(known(&["/data/opens"])));
        assert!(!compared(known(&["/data/closes"])));
        assert!(!compared(known(&["/data"])));
    }

    #[test]
    fn faults_are_listed_by_pointer_and_once() {
        let pointers: Vec<_> = known(&["/b", "/a", "/b"]).under("/data").into_list();
        let pointers: Vec<_> = pointers.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/data/a", "/data/b"]);
    }

    #[test]
    fn the_list_of_faults_has_a_limit() {
        let mut faults = Faults::default();
        (0..FAULT_LIMIT + 5).for_each(|index| faults.add(&format!("/{index:03}"), "wrong"));
        let list = faults.into_list();
        assert_eq!(list.len(), FAULT_LIMIT + 1);
        assert_eq!(list[FAULT_LIMIT].detail, "5 more faults are not listed");
    }
}
