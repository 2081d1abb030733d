//! Loads the real executable over HTTP, with other stores beside it.

mod http;
mod load;
mod machine;
mod measure;
mod page;
mod peers;
mod picture;
mod process;
mod report;
mod service;
mod year;

use std::fs::{self, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use measure::{Extent, Place, day, durable, growth, overload, past, polls, replay};
use peers::{Others, PRODUCERS};
use report::Section;
use year::Year;

/// What the picture is called, beside the page.
const PICTURE: &str = "performance.svg";

/// Measures Causeway, and what others do on the same machine in the same minutes
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Bench {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    All(All),
    Generate(Generate),
    /// Serve what costs least: the bare server that Causeway is compared with
    Bare {
        /// How many bytes it gives out
        #[arg(long, default_value_t = 0)]
        bytes: usize,
    },
}

/// Measure everything, print what was found, and write it down
#[derive(Args)]
struct All {
    /// The executable to measure
    #[arg(long, value_name = "FILE", default_value = "target/release/causeway")]
    causeway: PathBuf,
    /// Where `setup` has put the others
    #[arg(long, value_name = "DIR", default_value = "target/bench-others")]
    others: PathBuf,
    /// On which disk to work; all that is made there is taken away again
    #[arg(long, value_name = "DIR", default_value = "/var/tmp")]
    scratch: PathBuf,
    /// A small form of everything, to see that it works; its figures say little
    #[arg(long)]
    short: bool,
    /// The largest record, in events; a power of ten
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    largest: u64,
    /// How long each mixed day takes
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    minutes: u64,
    /// Where to write the page with all figures, and performance.svg beside it
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Measure only this; may be given several times
    #[arg(long, value_enum, value_name = "WHAT")]
    only: Vec<What>,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    One,
    Thousand,
    Polls,
    Past,
    Replay,
    Overload,
    Growth,
    Day,
    Kill,
}

/// Print a year's events, one a line, as `causeway import -` reads them
#[derive(Args)]
struct Generate {
    /// How many events
    #[arg(long, value_name = "N")]
    events: u64,
    /// The same seed gives the same year
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What the ids of its subjects end with, so that several years fit into one record
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
    /// Give each event the time at which it was recorded, as history that is imported
    #[arg(long)]
    history: bool,
}

fn main() -> ExitCode {
    let outcome = match Bench::parse().command {
        Command::All(all) => all.run(),
        Command::Generate(generate) => generate.run(),
        Command::Bare { bytes } => peers::bare::serve(bytes),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("causeway-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl All {
    fn run(self) -> anyhow::Result<()> {
        let scratch =
            tempfile::Builder::new().prefix("causeway-bench-").tempdir_in(&self.scratch)?;
        // PostgreSQL runs as another user where we are root.
        fs::set_permissions(scratch.path(), Permissions::from_mode(0o755))?;
        let (causeway, scratch) = (self.causeway.clone(), scratch.path().to_owned());
        let place = Place { causeway, scratch, extent: self.extent() };
        let mut page = page::head(&self.causeway);
        println!("{page}");
        for what in What::value_variants() {
            if !self.only.is_empty() && !self.only.contains(what) {
                continue;
            }
            let section = self.measure(*what, &place)?.page();
            println!("{section}");
            page.push('\n');
            page.push_str(&section);
        }
        match &self.write {
            Some(file) => Ok(fs::write(file, page)?),
            None => Ok(()),
        }
    }

    fn measure(&self, what: What, place: &Place) -> anyhow::Result<Section> {
        let others = || Others::start(&place.folder(&format!("others-{what:?}")), &self.others);
        match what {
            What::One => durable::one(place, &others()?),
            What::Thousand => durable::thousand(place, &others()?),
            What::Polls => polls::polls(place),
            What::Past => past::past(place),
            What::Replay => replay::replay(place),
            What::Overload => overload::overload(place),
            What::Growth => {
                let (section, rows) = growth::growth(place)?;
                if let Some(file) = &self.write {
                    picture::draw(&rows, &file.with_file_name(PICTURE))?;
                }
                Ok(section)
            }
            What::Day => day::day(place, false),
            What::Kill => day::day(place, true),
        }
    }

    fn extent(&self) -> Extent {
        let sizes =
            |largest: u64| (4..=largest.max(10_000).ilog10()).map(|zeros| 10_u64.pow(zeros));
        match self.short {
            true => Extent {
                rounds: 3,
                time: Duration::from_millis(300),
                producers_of_thousands: 2,
                events: 2_000,
                sizes: vec![1_000, 2_000],
                day: Duration::from_secs(3),
            },
            false => Extent {
                rounds: 5,
                time: Duration::from_secs(5),
                producers_of_thousands: PRODUCERS,
                events: self.largest.min(1_000_000),
                sizes: sizes(self.largest).collect(),
                day: Duration::from_secs(60 * self.minutes),
            },
        }
    }
}

impl Generate {
    fn run(self) -> anyhow::Result<()> {
        let year = Year::new(&self.name, self.seed, self.events);
        let year = if self.history { year.into_history() } else { year };
        let mut output = BufWriter::new(io::stdout().lock());
        for event in year {
            writeln!(output, "{}", event.text)?;
        }
        Ok(output.flush()?)
    }
}
