//! Rounds: whoever asks what takes long, while the same question of somebody else still waits for
//! its turn, gets the answer to that.
//!
//! A round is open from when the first asks to when the work begins. The answer is as of then, so
//! it holds all that anybody knew who asked for it, and a page that many look at is worked out
//! once for all of them, however fast events come in.

use std::collections::HashMap;
use std::future::Future;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use causeway_domain::words::Classification;
use causeway_views::Asked;
use tokio::sync::OnceCell;

use crate::kept::Data;
use crate::problem::Problem;
use crate::tag::Tag;

/// The open rounds.
#[derive(Debug, Default)]
pub struct Rounds(Mutex<HashMap<Topic, Round>>);

/// What is asked, and how much whoever asks may see.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic {
    /// The path asked for.
    pub path: String,
    /// Every parameter that bears on the answer, in the order of their names.
    pub parameters: Vec<(String, String)>,
    /// The most sensitive events that exist for the reader.
    pub clearance: Classification,
}

/// What is answered to all who take part.
#[derive(Debug)]
pub struct Told {
    /// The inputs.
    pub asked: Asked,
    /// The tag of the answer.
    pub tag: Tag,
    /// What is so.
    pub data: Arc<Data>,
}

/// One round, as those who take part share it.
type Round = Arc<OnceCell<Arc<Told>>>;

/// Tells a round from all others about the same.
#[derive(Debug)]
pub struct Ticket {
    topic: Topic,
    round: Weak<OnceCell<Arc<Told>>>,
}

/// A place in a round. The last to leave takes the round away.
#[derive(Debug)]
pub struct Seat<'r> {
    rounds: &'r Rounds,
    topic: Topic,
    round: Round,
}

impl Rounds {
    /// Takes a place in the open round about this, or opens one.
    pub fn join(&self, topic: Topic) -> Seat<'_> {
        let round = Arc::clone(self.open().entry(topic.clone()).or_default());
        Seat { rounds: self, topic, round }
    }

    /// Whoever asks about the same from now on takes part in another round.
    pub fn close(&self, Ticket { topic, round }: &Ticket) {
        let mut open = self.open();
        if open.get(topic).is_some_and(|open| Weak::ptr_eq(&Arc::downgrade(open), round)) {
            open.remove(topic);
        }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<Topic, Round>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat<'_> {
    /// What the round can be closed with.
    pub fn ticket(&self) -> Ticket {
        Ticket { topic: self.topic.clone(), round: Arc::downgrade(&self.round) }
    }

    /// The answer of this round: what `tell` tells, if nobody here has begun to tell it.
    ///
    /// # Errors
    /// Where it cannot be told; somebody else who takes part tries next.
    pub async fn answer(
        &self,
        tell: impl Future<Output = Result<Told, Problem>>,
    ) -> Result<Arc<Told>, Problem> {
        let told = self.round.get_or_try_init(|| async { tell.await.map(Arc::new) });
        told.await.cloned()
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut open = self.rounds.open();
        // Left while nobody else can leave, so that one of them is the last.
        let round = mem::take(&mut self.round);
        let is_open = open.get(&self.topic).is_some_and(|open| Arc::ptr_eq(open, &round));
        if is_open && Arc::strong_count(&round) == 2 {
            open.remove(&self.topic); // nobody takes part but whoever leaves
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::rt::System;
    use tokio::sync::oneshot;

    use super::*;

    fn topic(path: &str) -> Topic {
        let clearance = Classification::Public;
        Topic { path: path.to_owned(), parameters: Vec::new(), clearance }
    }

    fn told(number: u8) -> Told {
        Told {
            asked: Asked {
                position: None,
                known_at: "2023-07-01T00:00:00Z".parse().unwrap(),
                effective_at: "2023-07-01T00:00:00Z".parse().unwrap(),
                policy: "best".parse().unwrap(),
                window: "72".parse().unwrap(),
                clearance: Classification::Public,
            },
            tag: Tag::numbered(number),
            data: Arc::new(Data { json: vec![number].into(), last: None }),
        }
    }

    #[test]
    fn who_asks_before_it_begins_gets_the_same_answer_and_who_comes_later_another() {
        System::new().block_on(async {
            let rounds = Rounds::default();
            let (begin, begun) = oneshot::channel::<()>();
            let (first, second) = (rounds.join(topic("a")), rounds.join(topic("a")));
            let ticket = first.ticket();
            let telling = first.answer(async {
                begun.await.unwrap();
                rounds.close(&ticket);
                Ok(told(1))
            });
            let other = second.answer(async { panic!("somebody tells it already") });
            let (one, same, ()) = tokio::join!(telling, other, async { begin.send(()).unwrap() });
            assert!(Arc::ptr_eq(&one.unwrap(), &same.unwrap()));
            let third = rounds.join(topic("a"));
            rounds.close(&ticket);
            let later = rounds.join(topic("a"));
            let (later, same) = tokio::join!(
                later.answer(async { Ok(told(2)) }),
                third.answer(async { panic!("that round was not closed") })
            );
            assert!(Arc::ptr_eq(&later.unwrap(), &same.unwrap()));
        });
    }

    #[test]
    fn who_asks_something_else_or_sees_more_takes_part_in_another_round() {
        System::new().block_on(async {
            let rounds = Rounds::default();
            let seen = Topic { clearance: Classification::Restricted, ..topic("a") };
            let asked = Topic { parameters: vec![("policy".into(), "best".into())], ..topic("a") };
            let seats: Vec<Seat<'_>> =
                [topic("a"), topic("b"), seen, asked].map(|topic| rounds.join(topic)).into();
            for (number, seat) in (0..).zip(&seats) {
                let answer = seat.answer(async { Ok(told(number)) }).await.unwrap();
                assert_eq!(*answer.data.json, [number]);
            }
        });
    }

    #[test]
    fn what_fails_or_is_given_up_is_left_to_the_next() {
        System::new().block_on(async {
            let rounds = Rounds::default();
            let (first, second) = (rounds.join(topic("a")), rounds.join(topic("a")));
            first.answer(async { Err(Problem::too_many_questions()) }).await.unwrap_err();
            drop(first);
            let given_up = second.answer(std::future::pending());
            let now = tokio::time::timeout(std::time::Duration::ZERO, given_up);
            now.await.unwrap_err();
            assert_eq!(*second.answer(async { Ok(told(3)) }).await.unwrap().data.json, [3]);
        });
    }

    #[test]
    fn nothing_is_left_of_a_round_that_nobody_takes_part_in() {
        let rounds = Rounds::default();
        let (first, second) = (rounds.join(topic("a")), rounds.join(topic("a")));
        drop(first);
        assert_eq!(rounds.open().len(), 1, "somebody takes part still");
        drop(second);
        assert_eq!(rounds.open().len(), 0);
    }
}
