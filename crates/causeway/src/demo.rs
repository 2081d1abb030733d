//! `causeway demo`: the Lachin record, ready to explore.

use std::path::PathBuf;

use anyhow::{Context, bail};
use causeway_api::Api;
use causeway_domain::Id;
use causeway_domain::words::Classification;
use causeway_log::disk::Options;
use causeway_service::keys::{Keys, NewKey, Role};
use causeway_service::{Service, clock};
use clap::Args;
use strum::IntoEnumIterator;
use tempfile::TempDir;

use crate::folder::Folder;
use crate::import::{Here, How, Item, Outcome};
use crate::output;
use crate::running::{self, Ready, Sockets};
use crate::settings::{USUAL_ADDRESS, usual_workers};

/// Explore the Lachin record: claims about a blockade, a corridor and its convoys, 2020 to 2023
#[derive(Debug, Args)]
#[command(after_help = "\
Everything in the record is public and can be read without a key. One key of each role is made at
every start, for trying out the rest.

Examples:
  causeway demo
  causeway demo --listen 127.0.0.1:9000 --data ./lachin")]
pub struct Demo {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = USUAL_ADDRESS)]
    listen: String,
    /// Keep the record, and what you add to it, in this folder [default: one that goes away]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// The record: one event a line, in the order of recording.
const RECORD: &str = include_str!("../demo/lachin.ndjson");
/// Whose record it is.
const ORGANISATION: &str = "causeway-demo";
/// What its log is called in what it signs.
const ORIGIN: &str = "causeway.invalid/demo";
/// By whom it is recorded: what is assessed was recorded by another (rule 16).
const RECORDED_BY: [&str; 2] = ["demo-recorder", "demo-assessor"];
/// How many events are recorded together.
const BATCH: usize = 1_000;

impl Demo {
    /// Serves the record until told to stop.
    pub fn run(self) -> anyhow::Result<()> {
        let sockets = Sockets::open(&self.listen, None)?;
        let (folder, passing) = self.folder()?;
        let keys = folder.keys()?;
        let service = folder.service(Options::default(), folder.sealing(Some(ORIGIN))?)?;
        load(&service)?;
        introduce(&service, passing.as_ref())?;
        hand_over_keys(&keys)?;
        let settings = causeway_api::Settings { anonymous_reads: true, ..Default::default() };
        let api = Api::new(service, keys, settings);
        let welcome = where_to_look(&format!("http://{}", sockets.address()?));
        let ready = Ready { api, workers: usual_workers(), welcome: Some(&welcome) };
        running::serve(&ready, sockets)
    }

    /// The folder of the record, and what makes it go away at the end.
    fn folder(&self) -> anyhow::Result<(Folder, Option<TempDir>)> {
        if let Some(path) = &self.data {
            return Ok((Folder::make(path)?, None));
        }
        let passing = tempfile::Builder::new().prefix("causeway-demo-").tempdir();
        let passing =
            passing.context("cannot make a folder for the record; give one with --data")?;
        Ok((Folder::make(passing.path())?, Some(passing)))
    }
}

/// Records what of the record is not there yet.
fn load(service: &Service) -> anyhow::Result<()> {
    let first = service.head().chronicle.entry(0).map(|entry| entry.id.to_string());
    if first.is_some_and(|first| !RECORD.lines().next().unwrap_or_default().contains(&first)) {
        bail!("the folder holds another record; give an empty one, or none");
    }
    let here = Here::over(service.clone(), RECORDED_BY, &organisation()?)?;
    let numbered = (1..).zip(RECORD.lines());
    let items: Vec<Item> =
        numbered.map(|(line, text)| Item { line, text: Ok(text.to_owned()) }).collect();
    let runs = items.chunk_by(|one, next| assesses(one) == assesses(next));
    for batch in runs.flat_map(|run| run.chunks(BATCH)) {
        for (item, outcome) in batch
            .iter()
            .zip(here.record(batch, How { assesses: assesses(&batch[0]), all_or_none: false })?)
        {
            if let Outcome::Rejected(why) = outcome {
                bail!("line {} of the Lachin record is not taken: {why}", item.line);
            }
        }
    }
    here.sign()
}

fn assesses(item: &Item) -> bool {
    item.text.as_ref().is_ok_and(|text| text.contains(r#""type":"report.assessed.v1""#))
}

fn organisation() -> anyhow::Result<Id> {
    ORGANISATION.parse().context("the demo has an organisation")
}

fn introduce(service: &Service, passing: Option<&TempDir>) -> anyhow::Result<()> {
    let events = service.head().chronicle.len();
    let kept = match passing {
        Some(folder) => format!(
            "It is in {}, which goes away when this ends; --data DIR keeps it.",
            folder.path().display()
        ),
        None => "It is kept, with what you add.".to_owned(),
    };
    output::print(&format!(
        "The Lachin record: {events} events about a corridor and its blockade, each with who says so.\n\
         {kept}\n"
    ))
}

fn where_to_look(base: &str) -> String {
    let corridor = format!("{base}/v1/corridors/lachin?effective_at=2023-07-01T00:00:00Z");
    format!(
        "\nDocumentation: {base}/docs\n\
         Could a truck pass on 1 July 2023? By the best evidence, and as each side said:\n\
         \x20 curl -s '{corridor}&policy=best'\n\
         \x20 curl -s '{corridor}&policy=party:az-government'\n\
         \x20 curl -s '{corridor}&policy=party:nk-authorities'"
    )
}

/// Makes a key of each role and shows it.
fn hand_over_keys(keys: &Keys) -> anyhow::Result<()> {
    output::print("Keys, made for this start and shown only now; what they record is public:")?;
    for role in Role::iter() {
        let new = NewKey {
            organisation: organisation()?,
            role,
            clearance: None,
            default_classification: Some(Classification::Public),
            expires: None,
        };
        let (_, token) = keys.create(new, clock::now())?;
        output::print(&format!("  {role:8} {}", token.reveal()))?;
    }
    output::print("")
}

#[cfg(test)]
mod tests {
    use causeway_log::memory;
    use causeway_service::Sealing;

    use super::*;

    #[test]
    fn the_whole_record_is_recorded_and_loading_it_again_adds_nothing() {
        let service =
            Service::open(Box::new(memory::Memory::default()), Sealing::passing(), |_| {}).unwrap();
        for _ in 0..2 {
            load(&service).unwrap();
            assert_eq!(service.head().chronicle.len(), RECORD.lines().count() as u64);
        }
        service.stop();
    }

    #[test]
    fn somebody_elses_record_is_left_alone() {
        let service =
            Service::open(Box::new(memory::Memory::default()), Sealing::passing(), |_| {}).unwrap();
        let here = Here::over(service.clone(), RECORDED_BY, &organisation().unwrap()).unwrap();
        let other = RECORD.lines().nth(1).unwrap().replace(r#","part_of":"ru-government""#, "");
        here.record(&[Item { line: 1, text: Ok(other) }], How::default()).unwrap();
        assert_eq!(service.head().chronicle.len(), 1);
        assert!(load(&service).unwrap_err().to_string().contains("another record"));
        assert_eq!(service.head().chronicle.len(), 1);
        service.stop();
    }
}
