//! The one executable: everything that an operator, an importer or an auditor runs.
//!
//! Standard output carries results, standard error everything else.

mod backup;
mod demo;
mod export;
mod folder;
mod health;
mod import;
mod keys;
mod mirrored;
mod openapi;
mod output;
mod progress;
mod reach;
mod rebuilt;
mod remote;
mod replay;
mod running;
mod serve;
mod settings;
mod signing;
mod snapshot;
mod telemetry;
mod trusted;
mod verify;
mod witness;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tikv_jemallocator::Jemalloc;

/// The record is millions of small pieces that live long, and large answers come and go: jemalloc
/// keeps the first in less room and gives the second back without haste.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// Keeps an honest, lasting record of what stands between aid and the people who need it
#[derive(Parser)]
#[command(version, after_help = EXIT_CODES, max_term_width = 100)]
struct Causeway {
    /// What is logged on standard error, such as `debug` or `causeway_api=debug,warn`
    #[arg(long, env = "CAUSEWAY_LOG", value_name = "FILTER", global = true)]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

/// Exit codes, the same for every subcommand. `REFUSED` and `NOT_DONE` are what the table says.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused, in whole or in part: an event was rejected, a key opens nothing, no such id,
     the record is damaged
  2  not done: wrong usage, or what the message on standard error says

Start here:
  causeway demo";
const REFUSED: u8 = 1;
const NOT_DONE: u8 = 2;

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Import(import::Import),
    Export(export::Export),
    Replay(replay::Replay),
    Verify(verify::Verify),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Snapshot(snapshot::Snapshot),
    Keys(keys::Keys),
    Health(health::Health),
    Openapi(openapi::Openapi),
}

/// What was asked for is refused, in whole or in part: the same again will be refused again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

fn main() -> ExitCode {
    match run(Causeway::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<output::Closed>() => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("causeway: {error:#}");
            ExitCode::from(if error.is::<Refused>() { REFUSED } else { NOT_DONE })
        }
    }
}

fn run(Causeway { log, command }: Causeway) -> anyhow::Result<()> {
    if let Command::Serve(serve) = command {
        return serve.run(log);
    }
    telemetry::start(log.as_deref().unwrap_or("warn"))?;
    match command {
        Command::Demo(demo) => demo.run(),
        Command::Serve(serve) => serve.run(log),
        Command::Import(import) => import.run(),
        Command::Export(export) => export.run(),
        Command::Replay(replay) => replay.run(),
        Command::Verify(verify) => verify.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Snapshot(snapshot) => snapshot.run(),
        Command::Keys(keys) => keys.run(),
        Command::Health(health) => health.run(),
        Command::Openapi(openapi) => openapi.run(),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Causeway::command().debug_assert();
    }

    #[test]
    fn every_subcommand_shows_an_example_that_it_understands() {
        let mut command = Causeway::command();
        command.build();
        for name in [
            "demo", "serve", "import", "export", "replay", "verify", "backup", "restore",
            "snapshot", "health", "openapi",
        ] {
            let subcommand = command.find_subcommand_mut(name).unwrap();
            let help = subcommand.render_long_help().to_string();
            let examples = help.lines().map(str::trim).filter(|line| line.starts_with("causeway "));
            let examples: Vec<_> = examples.collect();
            assert!(!examples.is_empty(), "`{name} --help` shows no example");
            for example in examples {
                let words = example.split(" | ").next().unwrap().split_whitespace();
                let words = words.take_while(|word| !word.starts_with(['>', '#']));
                if let Err(error) = Causeway::try_parse_from(words) {
                    panic!("`{example}` is not understood: {error}");
                }
            }
        }
    }
}
