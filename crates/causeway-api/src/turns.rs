//! Work that takes long is done beside the reactor, in turn: so much at a time, so much waiting,
//! and whoever comes beyond that is sent away and comes again.
//!
//! A turn lasts as long as the work, also where nobody waits for the answer any more.

use std::sync::Arc;
use std::thread;

use actix_web::web;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// What is worked out at a time, short and long work apart: whoever asks for one corridor does
/// not wait for the figures of a year.
#[derive(Debug)]
pub struct Turns {
    short: Row,
    long: Row,
}

/// How long the work takes.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    /// One subject, or a page of a list.
    Short,
    /// All of the record may have to be looked at.
    Long,
}

/// Short work done at a time, and in hand or waiting at most.
pub const SHORT_AT_A_TIME: usize = 8;
/// See [`SHORT_AT_A_TIME`].
pub const SHORT_LIMIT: usize = 1_024;
/// Long work in hand or waiting at most.
pub const LONG_LIMIT: usize = 64;

/// Long work done at a time: on half of the processors, so that the others record and answer. A
/// first overview alone is shared out among all of them.
pub fn long_at_a_time() -> usize {
    thread::available_parallelism().map_or(1, |processors| (processors.get() / 2).max(1))
}

/// A row of those who wait, with a place for each.
#[derive(Debug)]
struct Row {
    places: Arc<Semaphore>,
    at_work: Arc<Semaphore>,
}

/// A place in the row, and the turn itself.
struct Turn(#[expect(dead_code, reason = "held until it is dropped")] [OwnedSemaphorePermit; 2]);

impl Default for Turns {
    fn default() -> Self {
        Turns {
            short: Row::new(SHORT_AT_A_TIME, SHORT_LIMIT),
            long: Row::new(long_at_a_time(), LONG_LIMIT),
        }
    }
}

impl Turns {
    /// Does the work when its turn comes.
    ///
    /// # Errors
    /// Where too much is waiting already, or the work fails.
    pub async fn work<T: Send + 'static>(
        &self,
        length: Length,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let row = match length {
            Length::Short => &self.short,
            Length::Long => &self.long,
        };
        let turn = row.turn().await?;
        let done = web::block(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await?
    }
}

impl Row {
    fn new(at_a_time: usize, limit: usize) -> Row {
        let (places, at_work) = (Semaphore::new(limit), Semaphore::new(at_a_time));
        Row { places: Arc::new(places), at_work: Arc::new(at_work) }
    }

    async fn turn(&self) -> Result<Turn, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        let place = place.map_err(|_full| Problem::too_many_questions())?;
        let turn = Arc::clone(&self.at_work).acquire_owned().await;
        Ok(Turn([place, turn.expect("a row is never closed")]))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use actix_web::rt::{System, spawn};

    use super::*;

    #[test]
    fn whoever_comes_when_the_row_is_full_is_sent_away_and_others_are_served_in_turn() {
        System::new().block_on(async {
            let turns = Arc::new(Turns { long: Row::new(1, 2), ..Turns::default() });
            let (go, going) = channel::<()>();
            let work = |work: Box<dyn FnOnce() -> Result<u8, Problem> + Send>| {
                let turns = Arc::clone(&turns);
                spawn(async move { turns.work(Length::Long, work).await })
            };
            let first = work(Box::new(move || {
                going.recv().unwrap();
                Ok(1)
            }));
            let second = work(Box::new(|| Ok(2)));
            let third = work(Box::new(|| Ok(3))).await.unwrap();
            assert!(third.unwrap_err().to_string().starts_with("too-many-questions"));
            assert_eq!(turns.work(Length::Short, || Ok(4)).await.unwrap(), 4, "not in that row");
            go.send(()).unwrap();
            assert_eq!(first.await.unwrap().unwrap(), 1);
            assert_eq!(second.await.unwrap().unwrap(), 2);
            assert_eq!(turns.work(Length::Long, || Ok(5)).await.unwrap(), 5, "there is room again");
        });
    }
}
