//! `causeway import`: events from files, to a running service or straight into a data folder.
//!
//! Whatever goes wrong, the same command can be given again: what is on record is answered as a
//! duplicate. An event that is refused costs only itself.

mod format;
mod identity;
mod lines;
mod pcodes;
mod recorder;
mod tally;

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use causeway_domain::{Id, event};
use causeway_log::disk::Options;
use clap::Args;
use indicatif::ProgressBar;

use crate::reach::{Missing, Reach, Reached};
use crate::{Refused, output};

pub use lines::Item;
pub use recorder::{Here, How, Outcome, Recorder, Rejection};

use format::{Format, unreadable};
use identity::{Glanced, Text};
use recorder::There;
use tally::Tally;

/// Record the events of files: NDJSON, a JSON array, single events; or a table of P-codes
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Import {
    /// Files to read; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the files hold
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    reach: Reach,
    /// A second key, for the assessments (for history an admin's too): no key assesses what it
    /// recorded itself
    #[arg(long, env = "CAUSEWAY_ASSESSOR_KEY", hide_env_values = true, value_name = "KEY")]
    assessor_key: Option<String>,
    /// With --data: the organisation to record for, where an event names none
    #[arg(long, value_name = "ACTOR", default_value = "import", conflicts_with = "url")]
    org: Id,
}

const HELP: &str = "\
An event that is refused is told on standard error, with its line, and the rest goes on; but
history stops before the first batch of which something is refused, so that it can be mended.
Repeating is safe: what is on record is a duplicate. An event without `id` gets one made from its
content. Lines that an export withheld are skipped.
Through --url the key needs the rights to record what the files hold (an admin's, for history with
its own `recordedtime`); assessments of what it records itself need --assessor-key, another
admin's for history. Files are looked through before the first event is sent, so that history is
not left half imported for want of that key.
History is taken in order, and only by a log that holds nothing else.
With --data you are the operator and need no key: events are recorded by `operator`, assessments
by `operator-assessor`, and both may import history.
A table of P-codes becomes the places that it lists, and their countries. A row that is wrong, or
whose parent is not in the table, is told like an event that is refused.

Examples:
  causeway import reports.ndjson --url https://causeway.example.org
  causeway import record.ndjson --data ./new-data
  causeway import - --url http://127.0.0.1:8080 --key cw_…
  causeway import --format pcodes global_pcodes_adm_1_2.csv --data ./new-data

Exit codes:
  0  everything is on record
  1  something was rejected
  2  not done, or not to the end: give the same command again";

impl Import {
    /// Records the files in order, and says what became of their events.
    pub fn run(self) -> anyhow::Result<()> {
        let bar = self.format.progress(&self.files);
        let reached = self.reach.open(Missing::Make)?;
        let recorder = match &reached {
            Reached::Folder(folder) => {
                let service = folder.service(Options::default(), folder.sealing_so_far()?)?;
                Recorder::Here(Here::over(service, OPERATOR, &self.org)?)
            }
            Reached::Service(service) => {
                let key = self.assessor_key.as_deref();
                Recorder::There(There::new(service.clone(), key, bar.clone()))
            }
        };
        let mut importing = Importing::new(recorder, self.format, bar);
        let foreseen = self.files.iter().try_for_each(|file| importing.foresee(file));
        let read =
            foreseen.and_then(|()| self.files.iter().try_for_each(|file| importing.file(file)));
        importing.end(read)
    }
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| unreadable(path))?;
    Ok(BufReader::new(file))
}

/// Why history with assessments goes no further with one key: an assessment that is refused now
/// could not be imported later, when what followed it is on record.
const NEEDS_ASSESSOR: &str = "an assessment in imported history, and no key assesses what it \
    recorded itself: import again with a second admin's key in --assessor-key, or the same one, \
    if another key recorded what is assessed";

/// Why history ends where something is wrong with it: what follows would close the way for it.
const IN_ORDER: &str = "history is recorded in order, and from this batch on nothing was recorded: \
    mend what is wrong and give the same command again";

/// By whom events are recorded that come without a key.
const OPERATOR: [&str; 2] = ["operator", "operator-assessor"];

/// How many events are sent together, and about how many bytes.
const BATCH_EVENTS: usize = 1_000;
const BATCH_BYTES: usize = 4 << 20;

/// An import under way.
struct Importing {
    recorder: Recorder,
    format: Format,
    bar: ProgressBar,
    tally: Tally,
    batch: Batch,
    /// Whether any event brought the time at which it was recorded elsewhere.
    is_history: bool,
}

/// Events that are sent together.
#[derive(Default)]
struct Batch {
    /// The file they are from.
    file: PathBuf,
    items: Vec<Item>,
    bytes: usize,
    /// Whether they are all assessments, or none is.
    assesses: bool,
}

impl Importing {
    fn new(recorder: Recorder, format: Format, bar: ProgressBar) -> Importing {
        let tally = Tally::new(bar.clone());
        Importing { recorder, format, bar, tally, batch: Batch::default(), is_history: false }
    }

    /// Fails before anything is recorded where the file cannot be recorded to its end. What can
    /// be read only once, such as standard input or a pipe, is not looked at.
    fn foresee(&self, path: &Path) -> anyhow::Result<()> {
        if path == Path::new("-") {
            return Ok(());
        }
        let about = std::fs::metadata(path).with_context(|| unreadable(path))?;
        if !about.is_file() {
            return Ok(());
        }
        let (mut is_history, mut wrong) = (false, None);
        self.format.each(path, &mut open(path)?, &mut |Item { line, text }| {
            match text.map(identity::look) {
                Ok(Text::Event(event)) => {
                    self.check_key(path, line, &event)?;
                    is_history |= event.is_history;
                    if let Err(refusal) = event::parse(&event.text) {
                        wrong.get_or_insert((line, Rejection::from(refusal)));
                    }
                }
                Ok(Text::Withheld) => {}
                Err(fault) => {
                    wrong.get_or_insert((line, self.format.rejection(fault)));
                }
            }
            Ok(())
        })?;
        match wrong.filter(|_| is_history) {
            Some((line, why)) => bail!("{}:{line}: {why}\n{IN_ORDER}", path.display()),
            None => Ok(()),
        }
    }

    /// Fails for history that one key cannot record.
    fn check_key(&self, path: &Path, line: usize, event: &Glanced) -> anyhow::Result<()> {
        if event.assesses && event.is_history && !self.recorder.tells_assessors_apart() {
            bail!("{}:{line}: {NEEDS_ASSESSOR}", path.display());
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        self.batch.file = path.to_owned();
        let bar = match self.format.is_read_along() {
            true => self.bar.clone(),
            false => ProgressBar::hidden(),
        };
        let mut input: Box<dyn BufRead> = match path == Path::new("-") {
            true => Box::new(BufReader::new(bar.wrap_read(io::stdin()))),
            false => Box::new(bar.wrap_read(open(path)?)),
        };
        self.format.each(path, &mut input, &mut |item| self.take(item))?;
        self.send()
    }

    /// Takes what stands in the file: an event, the place of a withheld one, or neither.
    fn take(&mut self, Item { line, text }: Item) -> anyhow::Result<()> {
        match text.map(identity::look) {
            Ok(Text::Withheld) => self.tally.withheld += 1,
            Ok(Text::Event(event)) => self.queue(line, event)?,
            Err(fault) => {
                self.send()?;
                let why = self.format.rejection(fault);
                self.tally.rejected(&self.batch.file, line, &why);
                if self.is_history {
                    bail!(IN_ORDER);
                }
            }
        }
        Ok(())
    }

    /// Has an event sent with its neighbours, in order.
    fn queue(&mut self, line: usize, event: Glanced) -> anyhow::Result<()> {
        self.check_key(&self.batch.file, line, &event)?;
        let assesses = event.assesses && self.recorder.tells_assessors_apart();
        if assesses != self.batch.assesses || self.batch.is_full() {
            self.send()?;
        }
        self.is_history |= event.is_history;
        self.batch.assesses = assesses;
        self.batch.bytes += event.text.len();
        self.batch.items.push(Item { line, text: Ok(event.text) });
        Ok(())
    }

    fn send(&mut self) -> anyhow::Result<()> {
        let Batch { items, assesses, .. } = &self.batch;
        let how = How { assesses: *assesses, all_or_none: self.is_history };
        if !items.is_empty() {
            let outcomes = self.recorder.record(items, how)?;
            self.count(&outcomes)?;
            if !self.format.is_read_along() {
                self.bar.inc(outcomes.len() as u64);
            }
        }
        self.batch.items.clear();
        self.batch.bytes = 0;
        Ok(())
    }

    /// Counts what became of the batch, which for history with a rejection in it is nothing.
    fn count(&mut self, outcomes: &[Outcome]) -> anyhow::Result<()> {
        let is_over = self.is_history && outcomes.iter().any(Outcome::is_rejected);
        let judged = self.batch.items.iter().zip(outcomes);
        for (item, outcome) in judged.filter(|(_, outcome)| !is_over || outcome.is_rejected()) {
            self.tally.count(&self.batch.file, item.line, outcome);
        }
        match is_over {
            true => bail!("{}; {IN_ORDER}", self.tally.advice(self.tally.rejected)),
            false => Ok(()),
        }
    }

    /// Says what became of the events, also where not all files were `read`.
    fn end(self, read: anyhow::Result<()>) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        self.recorder.close();
        output::print(&self.tally.to_string())?;
        read?;
        match self.tally.rejected {
            0 => Ok(()),
            rejected => Err(Refused(self.tally.advice(rejected)).into()),
        }
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.items.len() >= BATCH_EVENTS || self.bytes >= BATCH_BYTES
    }
}

#[cfg(test)]
mod tests {
    use causeway_log::memory::Memory;
    use causeway_service::{Sealing, Service};

    use super::*;
    use crate::remote::Remote;

    const CORRIDOR: &str = r#"{"specversion":"1.0","type":"corridor.registered.v1","subject":"corridor/a","time":"2023-01-01T00:00:00Z","recordedtime":"2023-01-02T00:00:00Z","id":"0192c7c8-6d2e-7a31-9d41-0f3c6a1be001","data":{"names":{"en":"A"}}}"#;
    const ASSESSMENT: &str = r#"{"specversion":"1.0","type":"report.assessed.v1","subject":"corridor/a","time":"2023-01-03T00:00:00Z","recordedtime":"2023-01-03T00:00:00Z","id":"0192c7c8-6d2e-7a31-9d41-0f3c6a1be002","data":{"event":"0192c7c8-6d2e-7a31-9d41-0f3c6a1be001","level":"verified"}}"#;
    const WITHHELD: &str = r#"{"sequence":"00000000000000000002","withheld":true}"#;

    fn importing(recorder: Recorder) -> Importing {
        Importing::new(recorder, Format::Events, ProgressBar::hidden())
    }

    fn here() -> Importing {
        let service =
            Service::open(Box::new(Memory::default()), Sealing::passing(), |_| {}).unwrap();
        let organisation = "icrc".parse().unwrap();
        importing(Recorder::Here(Here::over(service, OPERATOR, &organisation).unwrap()))
    }

    fn take(importing: &mut Importing, lines: &[&str]) -> anyhow::Result<String> {
        let file = file_of(lines);
        importing.foresee(file.path())?;
        importing.file(file.path())?;
        Ok(importing.tally.to_string())
    }

    fn file_of(lines: &[&str]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), lines.join("\n")).unwrap();
        file
    }

    #[test]
    fn a_file_that_is_not_there_is_told_before_anything_is_recorded() {
        let error = here().foresee(Path::new("nowhere.ndjson")).unwrap_err().to_string();
        assert_eq!(error, "cannot read nowhere.ndjson");
    }

    #[test]
    fn an_export_goes_into_an_empty_log_with_its_assessments_and_twice_adds_nothing() {
        let mut importing = here();
        let lines = [CORRIDOR, ASSESSMENT, WITHHELD];
        let told = take(&mut importing, &lines).unwrap();
        assert_eq!(told, "recorded 2, duplicate 0, rejected 0, withheld 1");
        let told = take(&mut importing, &lines).unwrap();
        assert_eq!(told, "recorded 2, duplicate 2, rejected 0, withheld 2");
    }

    #[test]
    fn a_wrong_line_costs_only_itself() {
        let mut importing = here();
        let corridor = CORRIDOR.replace(r#""recordedtime":"2023-01-02T00:00:00Z","#, "");
        let told = take(&mut importing, &["{", r#"{"type":"nonsense"}"#, "", &corridor]).unwrap();
        assert_eq!(told, "recorded 1, duplicate 0, rejected 2");
    }

    #[test]
    fn history_is_not_recorded_past_what_is_wrong() {
        let file = file_of(&[CORRIDOR, &CORRIDOR[..40], ASSESSMENT]);
        let mut importing = here();
        let error = importing.foresee(file.path()).unwrap_err().to_string();
        assert!(error.contains(":2: malformed-json"), "{error}");
        // What cannot be looked through beforehand ends there, and can be mended.
        let error = importing.file(file.path()).unwrap_err().to_string();
        assert!(error.ends_with(IN_ORDER), "{error}");
        assert_eq!(importing.tally.to_string(), "recorded 0, duplicate 0, rejected 1");
    }

    #[test]
    fn of_a_batch_of_history_all_or_nothing_is_recorded() {
        let unknown = ASSESSMENT.replace("6a1be001\",\"level", "6a1be009\",\"level");
        let file = file_of(&[CORRIDOR, &CORRIDOR.replace("a1be001", "a1be003")]);
        let mut importing = here();
        let error = importing.file(file.path()).unwrap_err().to_string();
        assert!(error.ends_with(IN_ORDER), "{error}");
        assert_eq!(importing.tally.to_string(), "recorded 0, duplicate 0, rejected 1");
        let mut importing = here();
        importing.file(file_of(&[CORRIDOR, &unknown]).path()).unwrap_err();
        assert_eq!(importing.tally.to_string(), "recorded 1, duplicate 0, rejected 1");
    }

    #[test]
    fn history_with_assessments_goes_nowhere_with_one_key() {
        let nobody = Remote::to("http://127.0.0.1:1");
        let mut importing =
            importing(Recorder::There(There::new(nobody, None, ProgressBar::hidden())));
        let file = file_of(&[CORRIDOR, ASSESSMENT]);
        // Before the first event, where the file can be looked at; else before the assessment.
        for error in [importing.foresee(file.path()), importing.file(file.path())] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(":2: ") && error.contains("--assessor-key"), "{error}");
        }
    }
}
