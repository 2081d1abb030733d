//! From a reader's question to exact inputs: defaults, limits, and waiting (rules 13 to 15).

use causeway_domain::Time;
use causeway_domain::words::Classification;
use causeway_views::{Asked, Policy, Snapshot, Window};

use crate::Position;
use crate::writer::Unavailable;

/// What a reader asks for; what is left out has a default.
#[derive(Debug, Clone)]
pub struct Question {
    /// The time in the world.
    pub effective_at: Option<Time>,
    /// The time of knowing.
    pub known_at: Option<Time>,
    /// The position of knowing.
    pub at_position: Option<Position>,
    /// How claims are weighed.
    pub policy: Policy,
    /// How long they count.
    pub window: Window,
}

impl Default for Question {
    fn default() -> Self {
        Question {
            effective_at: None,
            known_at: None,
            at_position: None,
            policy: Policy::Best,
            window: Window::default(),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nobody knows yet what will be known.
    #[error("`known_at` lies in the future")]
    KnownAtAhead,
    /// Nothing stands there yet.
    #[error("`at_position` lies beyond the newest position, {}", head.map_or("of which there is none".to_owned(), |head| head.to_string()))]
    PositionAhead {
        /// The newest position.
        head: Option<Position>,
    },
    /// Whether a group that failed belongs to it will be known after a restart.
    #[error("what was known then is not settled")]
    Unsettled(#[source] Unavailable),
    /// Two ways of saying the same.
    #[error("`known_at` and `at_position` exclude each other")]
    BothGiven,
}

/// How far a question reaches into what is known.
pub(crate) enum Known {
    /// As of now.
    Now(Time),
    /// As of an earlier time.
    At(Time),
    /// As of a position.
    Position(Position),
}

impl Question {
    /// Whether it is about what is known now, and not about what was known then.
    #[must_use]
    pub fn is_about_now(&self) -> bool {
        self.known_at.is_none() && self.at_position.is_none()
    }

    /// The exact inputs for a snapshot that nobody adds to, at `now`.
    ///
    /// # Errors
    /// Where the question asks about what the snapshot cannot know.
    pub fn pin_to(
        &self,
        snapshot: &Snapshot,
        now: Time,
        clearance: Classification,
    ) -> Result<Asked, AskError> {
        let known = match (self.known_at, self.at_position) {
            (Some(_), Some(_)) => return Err(AskError::BothGiven),
            (Some(known_at), None) if known_at.instant() > now.instant() => {
                return Err(AskError::KnownAtAhead);
            }
            (Some(known_at), None) => Known::At(known_at),
            (None, Some(position)) => Known::Position(position),
            (None, None) => Known::Now(now),
        };
        self.pin(&known, snapshot, clearance)
    }

    /// The exact inputs, for a snapshot that reaches far enough.
    pub(crate) fn pin(
        &self,
        known: &Known,
        snapshot: &Snapshot,
        clearance: Classification,
    ) -> Result<Asked, AskError> {
        let chronicle = &snapshot.chronicle;
        let (position, known_at, default_effective) = match *known {
            Known::Now(now) => (chronicle.head(), now, Time::minute_from(now.instant())),
            Known::At(time) => (chronicle.known_at(time.instant()), time, time),
            Known::Position(position) => {
                let ahead = AskError::PositionAhead { head: chronicle.head() };
                let recorded = chronicle.entry(position).ok_or(ahead)?.recorded;
                (Some(position), recorded, recorded)
            }
        };
        let effective_at = self.effective_at.unwrap_or(default_effective);
        Ok(Asked {
            position,
            known_at,
            effective_at,
            policy: self.policy.clone(),
            window: self.window,
            clearance,
        })
    }
}
