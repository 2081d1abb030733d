//! Those who follow the whole feed, and come again where they were when they are cut off.

use std::time::Duration;

use anyhow::{Context, ensure};

use super::Day;
use crate::http::{Chunks, Connection};
use crate::service::get;

/// Between two looks whether everything was seen.
const LOOK: Duration = Duration::from_millis(200);

/// How far a reader has come.
struct Place {
    /// The position of the event that was seen last.
    last: u64,
    /// What has come of a line so far.
    line: Vec<u8>,
    seen: u64,
    /// What comes next brings the last position again: that the reader has caught up, or a comment.
    comes_again: bool,
}

/// Follows the feed from where the day begins, until the day is over and everything is seen.
/// Events that are missing or come twice are errors.
pub async fn follow(day: &Day) -> u64 {
    let mut place =
        Place { last: day.first.saturating_sub(1), line: Vec::new(), seen: 0, comes_again: false };
    while !has_seen_all(day, &place) {
        place.line.clear();
        let read = read(day, &mut place).await;
        if let Err(error) = read {
            day.went_wrong(&error);
            tokio::time::sleep(LOOK).await;
        }
        if day.is_long_over() {
            let error = anyhow::anyhow!("a reader is at {} in the end", place.last);
            day.went_wrong(&error);
            break;
        }
    }
    place.seen
}

fn has_seen_all(day: &Day, place: &Place) -> bool {
    day.head.get().is_some_and(|head| place.last + 1 >= head)
}

/// Reads until all is seen, or the stream breaks.
async fn read(day: &Day, place: &mut Place) -> anyhow::Result<()> {
    let connection = Connection::open(day.address).await?;
    let headers = format!("Last-Event-ID: {}\r\n", place.last);
    let request = get(day.address, "/v1/events/stream", &day.keys.auditor, &headers);
    let mut chunks: Chunks = connection.follow(&request).await?;
    while !has_seen_all(day, place) && !day.is_long_over() {
        match tokio::time::timeout(LOOK, chunks.next()).await {
            Ok(chunk) => place.take(chunk?.context("the stream was ended")?)?,
            Err(_elapsed) => {}
        }
    }
    Ok(())
}

impl Place {
    /// Takes what came; only the lines that say where we are matter here.
    fn take(&mut self, chunk: &[u8]) -> anyhow::Result<()> {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            match self.line.is_empty() {
                true => self.take_line(&rest[..end])?,
                false => {
                    let mut line = std::mem::take(&mut self.line);
                    line.extend_from_slice(&rest[..end]);
                    self.take_line(&line)?;
                }
            }
            rest = &rest[end + 1..];
        }
        self.line.extend_from_slice(rest);
        Ok(())
    }

    fn take_line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        self.comes_again |= line.starts_with(b":") || line == b"event: caught-up";
        let Some(position) = line.strip_prefix(b"id: ") else { return Ok(()) };
        let position: u64 = std::str::from_utf8(position)?.parse()?;
        if position == self.last + 1 {
            (self.last, self.seen) = (position, self.seen + 1);
        } else {
            let comes_again = self.comes_again && position == self.last;
            ensure!(comes_again, "a reader was at {} and got {position}", self.last);
        }
        self.comes_again = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_come_in_two_chunks_and_no_event_may_be_missing_or_come_twice() {
        let mut place = Place { last: 6, line: Vec::new(), seen: 0, comes_again: false };
        for chunk in ["id: 7\ndata: {}\n\ni", "d: ", "8\ndata: {}\n\n", "event: caught-up\nid: 8\n"]
        {
            place.take(chunk.as_bytes()).unwrap();
        }
        assert_eq!((place.last, place.seen), (8, 2));
        assert!(place.take(b"id: 10\n").is_err());
        assert!(place.take(b"id: 8\n").is_err());
        place.take(b": still here\nid: 8\n\n").unwrap();
    }
}
