//! Those who record and those who poll, through the whole day.

use std::time::Duration;

use anyhow::ensure;

use super::{Day, EVENTS_A_SECOND, POLLERS, POLLS_A_SECOND, Pace, WRITERS, recorder};
use crate::http::Connection;
use crate::load::Latencies;
use crate::peers::{Producer, Recorder};
use crate::service::get;
use crate::year::{Event, road};

/// Before somebody who was cut off calls again.
const AGAIN: Duration = Duration::from_millis(20);
/// What is polled, in the order of [`SHARES`].
pub const POLLED: [&str; 4] = ["a list", "the northern road", "deliveries", "the situation"];
/// Of twenty polls, how many ask for what.
const SHARES: [usize; POLLED.len()] = [10, 6, 3, 1];

/// Records a lane, each event until it is acknowledged; gives the ids of those that were.
pub async fn write(day: &Day, lane: &[Event]) -> anyhow::Result<(Latencies, Vec<String>)> {
    let recorder = recorder(day);
    let mut sender = recorder.producer().await?;
    let mut pace = Pace::of(EVENTS_A_SECOND, WRITERS);
    let (mut latencies, mut acknowledged) = (Latencies::default(), Vec::new());
    for event in lane {
        let due = pace.beat().await;
        if day.is_over() {
            break;
        }
        let mut is_first_try = true;
        while let Err(error) = sender.record(std::slice::from_ref(event)).await {
            day.went_wrong(&error);
            is_first_try = false;
            sender = loop {
                tokio::time::sleep(AGAIN).await;
                ensure!(!day.is_long_over(), "the service is gone: {error:#}");
                if let Ok(sender) = recorder.producer().await {
                    break sender;
                }
            };
            pace.begin_anew();
        }
        acknowledged.push(event.id.clone());
        day.recorded.set(day.recorded.get() + 1);
        if is_first_try {
            latencies.add(due.elapsed());
        }
    }
    Ok((latencies, acknowledged))
}

/// Polls read models in turn, each with the tag of its last answer; gives how long each of
/// [`POLLED`] took.
pub async fn poll(day: &Day, number: u32, list: &str) -> [Latencies; POLLED.len()] {
    let northern = format!("/v1/corridors/{}", road("", 0));
    let paths = [list, &northern, "/v1/deliveries?limit=10", "/v1/situation"];
    let mut tags: [String; POLLED.len()] = Default::default();
    let mut pace = Pace::of(POLLS_A_SECOND, POLLERS);
    let (mut latencies, mut turn) = (<[Latencies; POLLED.len()]>::default(), number as usize);
    while !day.is_over() {
        let opened = Connection::open(day.address).await;
        let mut connection = match opened {
            Ok(connection) => connection,
            Err(error) => {
                day.went_wrong(&error);
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        };
        pace.begin_anew();
        while !day.is_over() {
            let due = pace.beat().await;
            turn += 1;
            let which = which(turn);
            match ask(day, &mut connection, paths[which], &mut tags[which]).await {
                Ok(()) => latencies[which].add(due.elapsed()),
                Err(error) => {
                    day.went_wrong(&error);
                    break;
                }
            }
        }
    }
    latencies
}

fn which(turn: usize) -> usize {
    let all = SHARES.iter().sum::<usize>();
    let place = turn * 7 % all; // scattered, so that nobody asks for one thing in a row
    let mut end = 0;
    for (which, share) in SHARES.into_iter().enumerate() {
        end += share;
        if place < end {
            return which;
        }
    }
    unreachable!("the shares make up all")
}

async fn ask(
    day: &Day,
    connection: &mut Connection,
    path: &str,
    tag: &mut String,
) -> anyhow::Result<()> {
    let unless = match tag.as_str() {
        "" => String::new(),
        tag => format!("If-None-Match: {tag}\r\n"),
    };
    let answer = connection.exchange(&get(day.address, path, &day.keys.auditor, &unless)).await?;
    match (answer.status, answer.tag) {
        (304, _) => {}
        (200, Some(new)) => new.clone_into(tag),
        (status, _) => anyhow::bail!("{path} was answered with {status}"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_twenty_polls_each_read_model_has_its_share() {
        let asked: Vec<usize> = (0..20).map(which).collect();
        let shares = std::array::from_fn(|one| asked.iter().filter(|asked| **asked == one).count());
        assert_eq!(shares, SHARES);
    }
}
