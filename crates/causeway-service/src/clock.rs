//! Two promises about time: it never goes back, and what was answered as known stays so.
//!
//! A reader who was told "this is what was known at T" must be told the same for ever. So a group
//! is never stamped at or before a T that was answered, and a T at or after the stamp of a group
//! that is not published yet has to wait for it (rule 14).

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
    /// The stamp of the group that is being written.
    in_flight: Option<DateTime<Utc>>,
    /// The latest time of knowing that was answered.
    answered: Option<DateTime<Utc>>,
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
        let state = State { head, newest, in_flight: None, answered: None };
        Clock { state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stamp for the next group: later than everything on record and everything answered.
    #[must_use]
    pub fn stamp(&self) -> Time {
        let mut state = self.state();
        let floor = state.newest.max(state.answered).map(|floor| floor + TICK);
        let stamp = now().max(floor.unwrap_or(DateTime::<Utc>::MIN_UTC));
        state.in_flight = Some(stamp);
        Time::stamp(stamp)
    }

    /// The group in flight is on disk and `head` shows it; or nothing came of it.
    pub fn land(&self, head: Option<(Arc<Snapshot>, Option<Time>)>) {
        let mut state = self.state();
        state.in_flight = None;
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
        let known_at = match state.in_flight {
            Some(stamp) if stamp <= now => stamp - TICK,
            Some(_) | None => now,
        };
        let known_at = state.newest.map_or(known_at, |newest| known_at.max(newest));
        state.answered = state.answered.max(Some(known_at));
        (Arc::clone(&state.head), known_at)
    }

    /// What was known at `known_at`, unless a group in flight may still belong to it.
    #[must_use]
    pub fn known_at(&self, known_at: DateTime<Utc>) -> Option<Arc<Snapshot>> {
        let mut state = self.state();
        if state.in_flight.is_some_and(|stamp| stamp <= known_at) {
            return None;
        }
        state.answered = state.answered.max(Some(known_at));
        Some(Arc::clone(&state.head))
    }

    /// The newest snapshot, without a promise.
    #[must_use]
    pub fn peek(&self) -> Arc<Snapshot> {
        Arc::clone(&self.state().head)
    }
}
