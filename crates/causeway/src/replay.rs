//! `causeway replay`: what the service answers, from the record alone.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context;
use causeway_domain::words::Classification;
use causeway_domain::{Id, Time};
use causeway_log::disk::Options;
use causeway_log::{Log, Position};
use causeway_service::digest::digest;
use causeway_service::record::Record;
use causeway_service::{Question, clock, replay};
use causeway_views::constraints::Constraint;
use causeway_views::history::Period;
use causeway_views::indicators::{self, Bucket};
use causeway_views::whole::{List, Whole, blockades};
use causeway_views::{Policy, Snapshot, View, Window};
use clap::{Args, ValueEnum};
use serde::Serialize;
use strum::Display;

use crate::folder::Folder;
use crate::{Refused, output, progress, words};

/// Answer a question from the record alone, with the `data` that the service answers
#[derive(Debug, Args)]
#[command(after_help = "\
Prints the JSON of `data`: of a list all of it, or of one subject with --id.
An export must start at the beginning. What was withheld from the exporter is missing here too.

Examples:
  causeway replay --data ./data --view corridors --effective-at 2023-07-01T00:00:00Z
  causeway replay --events record.ndjson --view blockades --known-at 2023-07-11T00:00:00Z
  causeway replay --events record.ndjson --view corridors --id lachin --policy party:az-government
  causeway replay --events record.ndjson --view corridors --at-position 700 --digest
  causeway replay --data db --view indicators --from 2023-06-01T00:00:00Z --to 2023-07-01T00:00:00Z")]
pub struct Replay {
    #[command(flatten)]
    record: Source,
    /// What to answer with
    #[arg(long, value_name = "NAME")]
    view: ViewName,
    /// Only the subject with this id
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// As known at this position
    #[arg(long, value_name = "POSITION", conflicts_with = "known_at")]
    at_position: Option<Position>,
    /// As known at this time, RFC 3339 [default: now]
    #[arg(long, value_name = "TIME")]
    known_at: Option<Time>,
    /// About this time in the world, RFC 3339 [default: the time of knowing]
    #[arg(long, value_name = "TIME")]
    effective_at: Option<Time>,
    /// How claims are weighed: best, verified, latest or `party:<actor>`
    #[arg(long, default_value_t = Policy::Best)]
    policy: Policy,
    /// How long a claim counts against newer ones, in hours [default: 72]
    #[arg(long, value_name = "HOURS")]
    window_hours: Option<Window>,
    /// Print the SHA-256 of the canonical JSON of the list instead, as known at the position and
    /// true when its event was recorded, by all that is on record: what `/v1/log/digest` answers
    #[arg(long, conflicts_with_all = ["id", "known_at", "effective_at", "window_hours", "policy", "clearance"])]
    digest: bool,
    #[command(flatten)]
    figures: Figures,
    /// The most sensitive events that count
    #[arg(long, value_name = "WORD", default_value_t = Classification::StrictlyConfidential,
        value_parser = words::of::<Classification>())]
    clearance: Classification,
}

/// What indicators are about.
#[derive(Debug, Args)]
#[group(skip)]
struct Figures {
    /// For indicators: the first instant of the period, RFC 3339
    #[arg(long, value_name = "TIME", required_if_eq("view", "indicators"))]
    from: Option<Time>,
    /// For indicators: the first instant after the period, RFC 3339
    #[arg(long, value_name = "TIME", required_if_eq("view", "indicators"))]
    to: Option<Time>,
    /// For indicators: cut the period into UTC days, ISO weeks or months too
    #[arg(long, value_name = "day|week|month")]
    bucket: Option<Bucket>,
    /// For indicators: only what touches this corridor
    #[arg(long, value_name = "ID")]
    corridor: Option<Id>,
    /// For indicators: only what lies in this place, by id or P-code
    #[arg(long, value_name = "PLACE")]
    area: Option<String>,
    /// For indicators: only deliveries of this organisation, and the lag of what it recorded
    #[arg(long, value_name = "ACTOR")]
    organisation: Option<Id>,
    /// For indicators: name the reports behind each figure
    #[arg(long)]
    expand_events: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// Data folder of a service that is stopped
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File with an export; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
}

/// The read models that can be replayed.
#[derive(Debug, Clone, Copy, ValueEnum, Display)]
#[strum(serialize_all = "snake_case")]
enum ViewName {
    Situation,
    Disputes,
    Indicators,
    Bulletins,
    Corridors,
    Constraints,
    Blockades,
    Deliveries,
    Incidents,
    Movements,
    Statements,
    Actors,
    Places,
}

impl ViewName {
    /// The list of that name, if it is one.
    fn list(self) -> Option<List> {
        self.to_string().parse().ok()
    }
}

impl Replay {
    /// Prints the answer.
    pub fn run(self) -> anyhow::Result<()> {
        let record = self.record.read()?;
        if self.digest {
            return self.print_digest(&record.snapshot);
        }
        let question = Question {
            effective_at: self.effective_at,
            known_at: self.known_at,
            at_position: self.at_position,
            policy: self.policy.clone(),
            window: self.window_hours.unwrap_or_default(),
        };
        let now = Time::stamp(clock::now());
        let asked = question.pin_to(&record.snapshot, now, self.clearance)?;
        output::print(&self.answer(&record.snapshot.view(&asked))?)
    }

    fn print_digest(&self, snapshot: &Snapshot) -> anyhow::Result<()> {
        let list = self.view.list().ok_or_else(|| Refused("a digest is one of a list".into()))?;
        let position = self.at_position.or(snapshot.chronicle.head());
        let position = position.ok_or_else(|| Refused("there is nothing on record".into()))?;
        output::print(&digest(snapshot, position, list)?.1.sha256)
    }

    fn answer(&self, view: &View<'_>) -> anyhow::Result<String> {
        match (self.view.list(), &self.id) {
            (Some(list), None) => Ok(serde_json::to_string(&Whole { view, list })?),
            (Some(list), Some(id)) => one(view, list, id),
            (None, Some(_)) => Err(Refused("this view is one; it has no --id".to_owned()).into()),
            (None, None) if matches!(self.view, ViewName::Indicators) => {
                let indicators = view.indicators(&self.figures.question()?);
                Ok(serde_json::to_string(&indicators.map_err(|error| Refused(error.to_string()))?)?)
            }
            (None, None) => Ok(serde_json::to_string(&view.situation())?),
        }
    }
}

/// The one in a list that has this id.
fn one(view: &View<'_>, list: List, name: &str) -> anyhow::Result<String> {
    fn json<T: Serialize>(one: Option<T>) -> Option<serde_json::Result<String>> {
        one.map(|one| serde_json::to_string(&one))
    }
    let id = || name.parse::<Id>().ok();
    let found = match list {
        List::Corridors => json(id().and_then(|id| view.corridor(&id))),
        List::Constraints => json(id().and_then(|id| view.constraint(&id))),
        List::Blockades => {
            let is_one = |one: &Constraint| one.kind == blockades().kind;
            json(id().and_then(|id| view.constraint(&id)).filter(is_one))
        }
        List::Deliveries => json(id().and_then(|id| view.delivery(&id))),
        List::Incidents => json(id().and_then(|id| view.incident(&id))),
        List::Movements => json(id().and_then(|id| view.movement(&id))),
        List::Statements => json(id().and_then(|id| view.statement(&id))),
        List::Bulletins => json(id().and_then(|id| view.bulletin(&id, false).ok().flatten())),
        List::Actors => json(id().and_then(|id| view.actor(&id))),
        List::Places => json(view.place(name)),
        List::Disputes => None,
    };
    Ok(found.ok_or_else(|| Refused(format!("nothing here is called `{name}`")))??)
}

impl Figures {
    fn question(&self) -> anyhow::Result<indicators::Question> {
        let (Some(from), Some(to)) = (self.from, self.to) else {
            return Err(Refused("indicators need --from and --to".to_owned()).into());
        };
        if from.instant() >= to.instant() {
            return Err(Refused("--from must lie before --to".to_owned()).into());
        }
        Ok(indicators::Question {
            period: Period { from, to },
            bucket: self.bucket,
            corridor: self.corridor.clone(),
            area: self.area.clone(),
            organisation: self.organisation.clone(),
            with_events: self.expand_events,
        })
    }
}

impl Source {
    fn read(&self) -> anyhow::Result<Record> {
        match (&self.data, self.events.as_deref()) {
            (Some(folder), _) => of_folder(folder),
            (None, Some(file)) if file != Path::new("-") => of_file(file),
            (None, _) => Ok(replay::from_lines(io::stdin().lock())?),
        }
    }
}

fn of_folder(path: &Path) -> anyhow::Result<Record> {
    let folder = Folder::open(path)?;
    let log = folder.log(Options::default())?.reader();
    let bar = progress::of_events(Some(log.len()), "replaying");
    let record = replay::rebuild(&*log, |done| bar.set_position(done));
    bar.finish_and_clear();
    record.with_context(|| format!("cannot replay the record in {}", path.display()))
}

fn of_file(path: &Path) -> anyhow::Result<Record> {
    let unreadable = || format!("cannot replay {}", path.display());
    let file = File::open(path).with_context(unreadable)?;
    let bar = progress::of_bytes(file.metadata().ok().map(|file| file.len()), "replaying");
    let record = replay::from_lines(BufReader::new(bar.wrap_read(file)));
    bar.finish_and_clear();
    record.with_context(unreadable)
}
