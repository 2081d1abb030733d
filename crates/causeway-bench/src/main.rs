//! Loads the real executable over HTTP, with other stores beside it.

mod year;

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use year::Year;

/// Measures Causeway, and what others do on the same machine in the same minutes
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Bench {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Generate(Generate),
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
    match Bench::parse().command {
        Command::Generate(generate) => ended(generate.run()),
    }
}

fn ended(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("causeway-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Generate {
    fn run(self) -> anyhow::Result<()> {
        let year = Year::new(&self.name, self.seed, self.events);
        let year = if self.history { year.as_history() } else { year };
        let mut output = BufWriter::new(io::stdout().lock());
        for event in year {
            writeln!(output, "{}", event.text)?;
        }
        Ok(output.flush()?)
    }
}
