//! Two promises about time: it never goes back, and what was answered as known stays so.
//!
//! A reader who was told "this is what was known at T" must be told the same for ever. So a group
//! is never stamped at or before a T that was answered, and a T at or after the stamp of a group
//! that is not published yet has to wait for it (rule 14).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use causeway_domain::Time;
use causeway_views::Snapshot;
use chrono::{DateTime, TimeDelta, Utc};

/// The smallest step of our clock.
const TICK: TimeDelta = TimeDelta::microseconds(1);

/// The published snapshot, and the times that bind it.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    head: Arc<Snapshot>,
    /// The newest time of recording on record.
    newest: Option<DateTime<Utc>>,
    /// The stamps of the groups that are being decided or written.
    in_flight: BTreeSet<DateTime<Utc>>,
    /// The latest time of knowing that was answered.
    answered: Option<DateTime<Utc>>,
}

/// What can be said of a time of knowing.
#[derive(Debug)]
pub enum Knowing {
    /// What was known then, for ever.
    Settled(Arc<Snapshot>),
    /// A group that is being written may still belong to it.
    InFlight,
    /// It has not come yet.
    Ahead,
}

/// The time now: the one place where the wall clock is read.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the edge: from here on, time is an argument")]
pub fn now() -> DateTime<Utc> {
    Time::stamp(Utc::now()).instant()
}

impl Clock {
    /// A clock that goes on from what is on record.
    #[must_use]
    pub fn new(head: Arc<Snapshot>, newest: Option<Time>) -> Clock {
        let newest = newest.map(Time::instant);
        let state = State { head, newest, in_flight: BTreeSet::new(), answered: None };
        Clock { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stamp for the next group: later than everything on record, in flight or answered.
    #[must_use]
    pub fn stamp(&self) -> Time {
        let mut state = self.state();
        let newest = state.newest.max(state.in_flight.last().copied());
        let floor = newest.max(state.answered).map(|floor| floor + TICK);
        let stamp = Time::stamp(now().max(floor.unwrap_or(DateTime::<Utc>::MIN_UTC)));
        state.in_flight.insert(stamp.instant());
        stamp
    }

    /// The group of this stamp is on disk and `head` shows it; or nothing came of it. A group that
    /// may or may not be on disk stays in flight: nobody is told that it was not known.
    pub fn land(&self, stamp: Time, head: Option<(Arc<Snapshot>, Option<Time>)>) {
        let mut state = self.state();
        state.in_flight.remove(&stamp.instant());
        if let Some((head, newest)) = head {
            state.head = head;
            state.newest = newest.map(Time::instant);
        }
    }

    /// What is known now, and a time of knowing that says so for ever.
    #[must_use]
    pub fn head(&self) -> (Arc<Snapshot>, DateTime<Utc>) {
        let mut state = self.state();
        let now = now();
        let known_at = state.in_flight.first().map_or(now, |stamp| now.min(*stamp - TICK));
        let known_at = state.newest.map_or(known_at, |newest| known_at.max(newest));
        state.answered = state.answered.max(Some(known_at));
        (Arc::clone(&state.head), known_at)
    }

    /// What was known at `known_at`.
    #[must_use]
    pub fn known_at(&self, known_at: DateTime<Utc>) -> Knowing {
        let mut state = self.state();
        // What was answered stays askable, also when the wall clock has been set back.
        if Some(known_at) > state.answered.max(state.newest).max(Some(now())) {
            return Knowing::Ahead;
        }
        if state.in_flight.first().is_some_and(|stamp| *stamp <= known_at) {
            return Knowing::InFlight;
        }
        state.answered = state.answered.max(Some(known_at));
        Knowing::Settled(Arc::clone(&state.head))
    }

    /// The newest snapshot, without a promise.
    #[must_use]
    pub fn peek(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new(Arc::new(Snapshot::default()), None)
    }

    #[test]
    fn a_time_at_or_after_a_group_in_flight_has_to_wait() {
        let clock = clock();
        let stamp = clock.stamp();
        assert!(matches!(clock.known_at(stamp.instant()), Knowing::InFlight));
        assert!(matches!(clock.known_at(stamp.instant() - TICK), Knowing::Settled(_)));
        assert!(clock.head().1 < stamp.instant());
        clock.land(stamp, None);
        assert!(matches!(clock.known_at(stamp.instant()), Knowing::Settled(_)));
    }

    #[test]
    fn a_group_is_stamped_later_than_everything_answered() {
        let clock = clock();
        let (_, answered) = clock.head();
        let stamp = clock.stamp();
        assert!(stamp.instant() > answered);
        let newest = Time::stamp(now() + TimeDelta::hours(1));
        clock.land(stamp, Some((clock.peek(), Some(newest))));
        assert!(clock.stamp().instant() > newest.instant(), "also when the wall clock is behind");
    }

    #[test]
    fn of_two_groups_in_flight_the_first_has_to_land_before_anything_is_said_of_its_time() {
        let clock = clock();
        let (first, second) = (clock.stamp(), clock.stamp());
        assert!(first.instant() < second.instant());
        assert!(clock.head().1 < first.instant());
        clock.land(first, Some((clock.peek(), Some(first))));
        let (_, known_at) = clock.head();
        assert!(first.instant() <= known_at && known_at < second.instant());
        assert!(matches!(clock.known_at(first.instant()), Knowing::Settled(_)));
        assert!(matches!(clock.known_at(second.instant()), Knowing::InFlight));
        clock.land(second, None);
        assert!(matches!(clock.known_at(second.instant()), Knowing::Settled(_)));
    }

    #[test]
    fn a_stamp_is_the_very_time_that_is_recorded() {
        let clock = clock();
        let odd = now() - TimeDelta::nanoseconds(1);
        assert!(matches!(clock.known_at(odd), Knowing::Settled(_)));
        let stamp = clock.stamp();
        assert!(matches!(clock.known_at(stamp.instant()), Knowing::InFlight));
    }

    #[test]
    fn what_was_printed_as_known_can_be_asked_again() {
        let clock = clock();
        let newest = Time::stamp(now() + TimeDelta::hours(1));
        clock.land(clock.stamp(), Some((clock.peek(), Some(newest))));
        let (_, printed) = clock.head();
        assert!(matches!(clock.known_at(printed), Knowing::Settled(_)));
        assert!(matches!(clock.known_at(printed + TICK), Knowing::Ahead));
    }
}
