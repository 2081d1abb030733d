//! `causeway export`: the record as lines, one event each, with its sequence.

use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::ops::ControlFlow;

use anyhow::Context;
use causeway_log::disk::Options;
use causeway_log::{Log, Position};
use causeway_service::stored;
use clap::Args;
use indicatif::ProgressBar;
use serde::Deserialize;

use crate::folder::Folder;
use crate::reach::{Missing, Reach, Reached};
use crate::remote::{Failure, Remote, Request, patiently};
use crate::{output, progress};

/// Print the record as NDJSON, one event a line, with its sequence
#[derive(Debug, Args)]
#[command(after_help = "\
Events that the key may not see are `{\"sequence\": …, \"withheld\": true}`.

Examples:
  causeway export --data ./data > record.ndjson
  causeway export --url https://causeway.example.org --after 1204 >> record.ndjson
  causeway export --url http://127.0.0.1:8080 | causeway replay --events - --view corridors")]
pub struct Export {
    /// Start after this position, for a later part of the record
    #[arg(long, value_name = "POSITION")]
    after: Option<Position>,
    #[command(flatten)]
    reach: Reach,
}

/// How many events are asked for at a time.
const PAGE: usize = 5_000;

impl Export {
    /// Prints the record.
    pub fn run(self) -> anyhow::Result<()> {
        let mut output = BufWriter::new(io::stdout().lock());
        match self.reach.open(Missing::Fail)? {
            Reached::Folder(folder) => of_folder(&folder, self.after, &mut output)?,
            Reached::Service(service) => of_service(&service, self.after, &mut output)?,
        }
        output.flush().map_err(output::failed)
    }
}

fn of_folder(
    folder: &Folder,
    after: Option<Position>,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let log = folder.log(Options::default())?.reader();
    let range = after.map_or(0, |after| after.saturating_add(1))..log.len();
    let bar = progress::of_events(Some(range.end.saturating_sub(range.start)), "exporting");
    let mut written = Ok(());
    log.scan(range, &mut |position, entry| {
        bar.inc(1);
        written = write_line(output, &stored::with_sequence(entry, position));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    bar.finish_and_clear();
    written.map_err(output::failed)
}

/// Pages through the feed. A page that breaks off is asked for again from where it broke.
fn of_service(
    service: &Remote,
    mut after: Option<Position>,
    output: &mut impl Write,
) -> anyhow::Result<()> {
    let bar = progress::of_events(None, "exporting");
    loop {
        let came = patiently(&bar, || page(service, &mut after, &mut Sink { output, bar: &bar }))?;
        if came == 0 {
            bar.finish_and_clear();
            return Ok(());
        }
    }
}

/// Where lines go, and who is told.
struct Sink<'a, W> {
    output: &'a mut W,
    bar: &'a ProgressBar,
}

/// Copies a page, and says how many events it had.
fn page<W: Write>(
    service: &Remote,
    after: &mut Option<Position>,
    sink: &mut Sink<'_, W>,
) -> Result<usize, Failure> {
    let start = after.map_or_else(String::new, |after| format!("&after={after}"));
    let path = format!("/v1/events?limit={PAGE}{start}");
    let response = service.send(Request::Get(&path, "application/x-ndjson"))?;
    let lines = BufReader::new(response.into_body().into_reader()).lines();
    let mut came = 0;
    for line in lines {
        let line = line.map_err(|error| service.unanswered(error.into()))?;
        *after = Some(position(&line).map_err(Failure::Final)?);
        let written = write_line(sink.output, line.as_bytes());
        written.map_err(|error| Failure::Final(output::failed(error)))?;
        sink.bar.inc(1);
        came += 1;
    }
    Ok(came)
}

fn write_line(output: &mut impl Write, line: &[u8]) -> io::Result<()> {
    output.write_all(line)?;
    output.write_all(b"\n")
}

/// The position that a line of the feed stands at.
fn position(line: &str) -> anyhow::Result<Position> {
    #[derive(Deserialize)]
    struct Placed {
        sequence: String,
    }
    let placed: Placed =
        serde_json::from_str(line).context("the service sent a line that is no event")?;
    placed.sequence.parse().context("the service sent a sequence that is no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_where_the_next_page_starts() {
        let event = r#"{"specversion":"1.0","data":{},"sequence":"00000000000000001204"}"#;
        let withheld = r#"{"sequence":"00000000000000000007","withheld":true}"#;
        assert_eq!(position(event).unwrap(), 1204);
        assert_eq!(position(withheld).unwrap(), 7);
        assert!(position("{}").is_err());
        assert!(position(&event[..40]).is_err());
    }
}
