//! What an operator may set: on the command line, else in the environment, else in a file, else
//! left as it usually is.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::Context;
use causeway_log::disk::Options;
use causeway_log::note::Note;
use causeway_log::witness::Witness;
use causeway_service::Sealing;
use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::folder::Folder;
use crate::witness::{Address, Remote};

/// Where the service listens unless told otherwise: on this machine only.
pub const USUAL_ADDRESS: &str = "127.0.0.1:8080";

/// How often the whole log is read again unless told otherwise.
const USUAL_CHECK_HOURS: u32 = 24;

/// After how many events a snapshot is made unless told otherwise: a start replays that many in
/// about a second.
const USUAL_SNAPSHOT_EVERY: u64 = 250_000;

/// The settings of a service, those that are given.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Folder of the record: the log, the keys, the lock; made where it is missing
    #[arg(long, env = "CAUSEWAY_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, env = "CAUSEWAY_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// Address and port for /metrics (Prometheus) [default: none]
    #[arg(long, env = "CAUSEWAY_METRICS_LISTEN", value_name = "ADDR")]
    pub metrics_listen: Option<String>,
    /// What may be read without a key [default: none]
    #[arg(long, env = "CAUSEWAY_ANONYMOUS", value_name = "WHAT")]
    pub anonymous: Option<Anonymous>,
    /// Threads that answer requests [default: as many as there are processors]
    #[arg(long, env = "CAUSEWAY_WORKERS", value_name = "N")]
    pub workers: Option<NonZero<u16>>,
    /// What the log is called in what it signs: a URL without scheme, for good [default: a random one]
    #[arg(long, env = "CAUSEWAY_ORIGIN", value_name = "NAME")]
    pub origin: Option<String>,
    /// A checkpoint kept elsewhere: nothing is recorded if the log has fallen behind it
    #[arg(long, env = "CAUSEWAY_NOT_BEFORE", value_name = "FILE")]
    pub not_before: Option<PathBuf>,
    /// Who signs that they have seen each checkpoint: key, space, URL; may be given several times
    #[arg(
        long = "witness",
        env = "CAUSEWAY_WITNESSES",
        value_delimiter = ',',
        value_name = "VKEY URL"
    )]
    #[serde(default)]
    pub witnesses: Vec<Address>,
    /// Read the whole log again so often, in hours; 0 is never [default: 24]
    #[arg(long, env = "CAUSEWAY_CHECK_HOURS", value_name = "HOURS")]
    pub check_hours: Option<u32>,
    /// Keep what is on record in a form that is read fast, anew after so many events; 0 is never
    /// [default: 250000]
    #[arg(long, env = "CAUSEWAY_SNAPSHOT_EVERY", value_name = "EVENTS")]
    pub snapshot_every: Option<u64>,
    /// Disk to keep free, in MiB: below it nothing is recorded until there is room [default: 64]
    #[arg(long, env = "CAUSEWAY_DISK_RESERVE_MIB", value_name = "MIB")]
    pub disk_reserve_mib: Option<u32>,
    /// What is logged: in the file what `--log` is on the command line
    #[arg(skip)]
    pub log: Option<String>,
}

/// What may be read without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Anonymous {
    /// Health and documents.
    None,
    /// Events classified `public` too, and what they add up to.
    Public,
}

impl Settings {
    /// The settings in the TOML file at `path`.
    ///
    /// # Errors
    /// Where it cannot be read, or holds a setting that there is not.
    pub fn read(path: &Path) -> anyhow::Result<Settings> {
        let path_shown = path.display();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the settings in {path_shown}"))?;
        toml::from_str(&text).with_context(|| format!("the settings in {path_shown} are wrong"))
    }

    /// These settings, and where one is not given, the other's.
    #[must_use]
    pub fn or(self, other: Settings) -> Settings {
        Settings {
            data: self.data.or(other.data),
            listen: self.listen.or(other.listen),
            metrics_listen: self.metrics_listen.or(other.metrics_listen),
            anonymous: self.anonymous.or(other.anonymous),
            workers: self.workers.or(other.workers),
            origin: self.origin.or(other.origin),
            not_before: self.not_before.or(other.not_before),
            witnesses: if self.witnesses.is_empty() { other.witnesses } else { self.witnesses },
            check_hours: self.check_hours.or(other.check_hours),
            snapshot_every: self.snapshot_every.or(other.snapshot_every),
            disk_reserve_mib: self.disk_reserve_mib.or(other.disk_reserve_mib),
            log: self.log.or(other.log),
        }
    }

    /// The folder of the record.
    ///
    /// # Errors
    /// Where none is given: there is no usual one.
    pub fn data(&self) -> anyhow::Result<&Path> {
        self.data.as_deref().context(
            "no folder for the record is given: set --data DIR, CAUSEWAY_DATA or `data` in the file",
        )
    }

    /// Where to listen.
    #[must_use]
    pub fn listen(&self) -> &str {
        self.listen.as_deref().unwrap_or(USUAL_ADDRESS)
    }

    /// What is behind the HTTP interface.
    #[must_use]
    pub fn api(&self) -> causeway_api::Settings {
        causeway_api::Settings {
            anonymous_reads: self.anonymous == Some(Anonymous::Public),
            ..Default::default()
        }
    }

    /// How many threads answer requests.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.workers.map_or_else(usual_workers, |workers| usize::from(workers.get()))
    }

    /// Who signs for the log in `folder`, and what it has to go on from.
    ///
    /// # Errors
    /// Where the signing key or the checkpoint cannot be read.
    pub fn sealing(&self, folder: &Folder) -> anyhow::Result<Sealing> {
        let hours = self.check_hours.unwrap_or(USUAL_CHECK_HOURS);
        let every = Duration::from_secs(u64::from(hours) * 3600);
        let events = self.snapshot_every.unwrap_or(USUAL_SNAPSHOT_EVERY);
        Ok(Sealing {
            not_before: self.not_before.as_deref().map(read_checkpoint).transpose()?,
            witnesses: self.witnesses.iter().cloned().map(reached).collect(),
            patrol_every: Some(every).filter(|every| !every.is_zero()),
            snapshots: Some(events)
                .filter(|events| *events > 0)
                .map(|every| folder.snapshots(every)),
            ..folder.sealing(self.origin.as_deref())?
        })
    }

    /// How the log is run.
    #[must_use]
    pub fn log_options(&self) -> Options {
        match self.disk_reserve_mib {
            Some(mib) => Options { reserve_bytes: u64::from(mib) << 20, ..Options::default() },
            None => Options::default(),
        }
    }
}

fn reached(witness: Address) -> Box<dyn Witness> {
    Box::new(Remote::at(witness))
}

/// A checkpoint that was kept in a file.
///
/// # Errors
/// Where the file holds none.
pub fn read_checkpoint(path: &Path) -> anyhow::Result<Note> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read the checkpoint {}", path.display()))?;
    text.parse().with_context(|| format!("{} is no checkpoint", path.display()))
}

/// As many threads as can run at once.
pub fn usual_workers() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches};

    use super::*;

    fn from_file(text: &str) -> anyhow::Result<Settings> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("causeway.toml");
        std::fs::write(&path, text)?;
        Settings::read(&path)
    }

    fn from_flags(flags: &[&str]) -> Settings {
        let command = Settings::augment_args(Command::new("causeway").no_binary_name(true));
        Settings::from_arg_matches(&command.get_matches_from(flags)).unwrap()
    }

    #[test]
    fn a_flag_stands_before_the_file_and_the_file_before_the_default() {
        let file = from_file("listen = '0.0.0.0:80'\nworkers = 3").unwrap();
        let settings = from_flags(&["--listen", "127.0.0.1:0"]).or(file);
        assert_eq!(settings.listen(), "127.0.0.1:0");
        assert_eq!(settings.workers(), 3);
        assert_eq!(settings.log_options(), Options::default());
        assert!(!settings.api().anonymous_reads);
    }

    #[test]
    fn every_setting_can_stand_in_the_file() {
        let text = "data = '/srv'\nlisten = ':80'\nmetrics_listen = ':90'\nanonymous = 'public'\n\
                    workers = 2\norigin = 'a'\nnot_before = 'b'\ncheck_hours = 0\nsnapshot_every = 0\nwitnesses = []\ndisk_reserve_mib = 100\nlog = 'debug'";
        let settings = from_file(text).unwrap();
        assert_eq!(settings.data().unwrap(), Path::new("/srv"));
        assert!(settings.api().anonymous_reads);
        assert_eq!(settings.log_options().reserve_bytes, 100 << 20);
        assert_eq!(settings.log.as_deref(), Some("debug"));
    }

    #[test]
    fn a_setting_that_there_is_not_is_named() {
        let error = from_file("listn = ':80'").unwrap_err();
        assert!(format!("{error:#}").contains("listn"), "{error:#}");
        let error = from_file("workers = 0").unwrap_err();
        assert!(format!("{error:#}").contains("workers"), "{error:#}");
    }

    #[test]
    fn every_flag_can_stand_in_the_environment() {
        let command = Settings::augment_args(Command::new("causeway"));
        for argument in command.get_arguments() {
            let name = argument.get_id().as_str().to_uppercase();
            let variable = argument.get_env().and_then(|variable| variable.to_str());
            assert_eq!(variable, Some(format!("CAUSEWAY_{name}").as_str()));
        }
    }

    #[test]
    fn a_record_needs_a_folder() {
        let error = Settings::default().data().unwrap_err().to_string();
        assert!(error.contains("--data"), "{error}");
    }
}
