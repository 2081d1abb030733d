//! `causeway verify`: is the record what was signed?

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use causeway_log::disk::{Disk, Options};
use causeway_log::mirror::{Directory, Entries, Mirror};
use causeway_log::note::{Note, Signer};
use causeway_log::shelf::Shelf;
use causeway_log::verify::{self, Against, Damage, Report};
use causeway_log::{Inclusion, Log};
use causeway_service::stored;
use clap::Args;
use indicatif::ProgressBar;
use tempfile::TempDir;

use crate::folder::Folder;
use crate::mirrored::Mirrored;
use crate::remote::Remote;
use crate::settings::read_checkpoint;
use crate::trusted::Trusted;
use crate::{Refused, output, progress, rebuilt};

/// Check that the record is what was signed: every entry, every hash, the signatures
#[derive(Debug, Args)]
#[command(after_help = "\
Of a service, entries are read that the key may see; of the others the hashes are checked.
The log of a data folder is copied to a scratch folder first, because opening it may change it.

Exit codes:
  0  sound
  1  damaged; standard output says what and where
  2  it could not be checked; standard error says why

Examples:
  causeway verify --data ./data
  causeway verify --backup /media/stick/lachin --signed-by trusted.vkey
  causeway verify --url https://causeway.example.org
  causeway verify --url https://causeway.example.org --since checkpoint-of-may
  causeway verify --views --url https://causeway.example.org
  causeway verify --proof a.tlog-proof --event a.json --signed-by trusted.vkey")]
pub struct Verify {
    #[command(flatten)]
    which: Which,
    /// Key for the service, if it wants one; better in the environment, where other users do not
    /// see it
    #[arg(long, env = "CAUSEWAY_KEY", hide_env_values = true, value_name = "KEY")]
    key: Option<String>,
    #[command(flatten)]
    trusted: Trusted,
    /// Checkpoint that was kept from earlier, which the log has to go on from
    #[arg(long, value_name = "FILE", conflicts_with = "proof")]
    since: Option<PathBuf>,
    /// Rebuild all views too, in memory, and compare those of a service with what it answers, which
    /// needs the key of an auditor or admin
    #[arg(long)]
    views: bool,
    /// File with the event that is to be proved, as it was read, with its `sequence` or without
    #[arg(long, value_name = "FILE", requires = "proof")]
    event: Option<PathBuf>,
    /// Open the log of the data folder itself, without a copy; it may lose a torn end
    #[arg(long, requires = "data")]
    in_place: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Data folder of a service that is stopped
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address of a running service
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Folder that `causeway backup` has written
    #[arg(long, value_name = "DIR")]
    backup: Option<PathBuf>,
    /// File with the proof of an event, as `/v1/events/{id}/proof` gives it; with --event
    #[arg(long, value_name = "FILE", requires_all = ["event", "signed_by"])]
    proof: Option<PathBuf>,
}

impl Verify {
    /// Checks and tells what was found.
    pub fn run(self) -> anyhow::Result<()> {
        let Verify { which, key, trusted, since, views, event, in_place } = self;
        if let (Some(proof), Some(event)) = (&which.proof, &event) {
            return of_proof(proof, event, trusted);
        }
        let bar = progress::of_events(Some(0), "verifying");
        let since = since.as_deref().map(read_checkpoint).transpose()?;
        let how = How { trusted, since, views, in_place, bar: &bar };
        let report = match which {
            Which { data: Some(data), .. } => how.of_data(&data)?,
            Which { backup: Some(backup), .. } => how
                .of_mirror(&Directory::at(&backup), None)
                .with_context(|| format!("cannot check the backup {}", backup.display()))?,
            Which { url, .. } => {
                let service = Remote::to(&url.unwrap_or_default());
                let service = key.map_or(service.clone(), |key| service.with_key(&key));
                how.of_mirror(&Mirrored::of(service.clone(), &bar), Some(&service))?
            }
        };
        bar.finish_and_clear();
        tell(&report)
    }
}

/// Checks that an event was on record, by what its reader has kept.
fn of_proof(proof: &Path, event: &Path, trusted: Trusted) -> anyhow::Result<()> {
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let inclusion: Inclusion =
        read(proof)?.parse().with_context(|| format!("{} is no proof", proof.display()))?;
    let event = read(event)?;
    let event = event.trim_end();
    let entry = stored::without_sequence(event);
    if entry != event
        && stored::with_sequence(entry.as_bytes(), inclusion.index) != event.as_bytes()
    {
        return Err(Refused("the event names another `sequence` than the proof has".into()).into());
    }
    let trusted = trusted.or(|| Ok(Vec::new()))?;
    if !inclusion.holds_for(entry.as_bytes(), &trusted) {
        let why = "the proof does not show that this event is on record: the event may not be, byte \
                   for byte, the one that was read, or none of the trusted keys has signed";
        return Err(Refused(why.into()).into());
    }
    let log = inclusion.checkpoint.text.lines().next().unwrap_or_default();
    output::print(&format!("the event is on record, at position {} of {log}", inclusion.index))
}

/// How to check.
struct How<'a> {
    trusted: Trusted,
    since: Option<Note>,
    views: bool,
    in_place: bool,
    bar: &'a ProgressBar,
}

impl How<'_> {
    fn of_mirror(self, mirror: &dyn Mirror, service: Option<&Remote>) -> anyhow::Result<Report> {
        let How { trusted, since, views, bar, .. } = self;
        let trusted = trusted.or(|| mirror.keys())?;
        let against = Against { trusted: &trusted, since: since.as_ref() };
        bar.set_length(mirror.size() * if views { 2 } else { 1 });
        let mut report = verify::mirror(mirror, &against, &|done| bar.inc(done))?;
        if views && report.is_sound() {
            let size = report.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
            let damages = rebuilt::damages(&Entries::new(mirror, size), service, bar)?;
            damages.into_iter().for_each(|damage| report.add(damage));
        }
        Ok(report)
    }

    fn of_data(self, data: &Path) -> anyhow::Result<Report> {
        let folder = Folder::open(data)?;
        let own = || folder.signing_keys().existing().map_err(std::io::Error::other);
        let trusted = self.trusted.or(|| Ok(own()?.iter().map(Signer::verifier).collect()))?;
        let against = Against { trusted: &trusted, since: self.since.as_ref() };
        let shelf = folder.shelf();
        let note = shelf.checkpoint()?.context("nothing was signed yet: start the service once")?;
        let note: Note = match note.parse() {
            Ok(note) => note,
            Err(error) => return Ok(Report::only(Damage::to("checkpoint", error))),
        };
        let copy = if self.in_place { None } else { Some(copied(&folder.log_path())?) };
        let path = copy.as_ref().map_or(folder.log_path(), |copy| copy.path().to_owned());
        let bar = self.bar;
        let check = || -> anyhow::Result<Report> {
            match Disk::open(&path, Options::default()) {
                Ok(log) => {
                    let log = log.reader();
                    bar.set_length(log.len() * if self.views { 2 } else { 1 });
                    let kept = shelf.tiles()?;
                    let progress = |done| bar.inc(done);
                    let mut report = verify::stored(&*log, &note, &kept, &against, &progress)?;
                    if self.views && report.is_sound() {
                        let damages = rebuilt::damages(&*log, None, bar)?;
                        damages.into_iter().for_each(|damage| report.add(damage));
                    }
                    Ok(report)
                }
                Err(error) => Ok(verify::unopened(&note, &trusted, error)?),
            }
        };
        check().with_context(|| format!("cannot check the log in {}", path.display()))
    }
}

/// A copy of the folder of a log, which goes away with what is returned.
fn copied(log: &Path) -> anyhow::Result<TempDir> {
    // What is copied may be for few eyes.
    let owner = fs::Permissions::from_mode(0o700);
    let copy = tempfile::Builder::new().permissions(owner).tempdir();
    let copy = copy.context("cannot make a scratch folder")?;
    let copying = || -> std::io::Result<()> {
        for entry in fs::read_dir(log)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
            }
        }
        Ok(())
    };
    copying().with_context(|| {
        format!(
            "cannot copy {} to a scratch folder; set TMPDIR to one with room, or give --in-place",
            log.display()
        )
    })?;
    Ok(copy)
}

fn tell(report: &Report) -> anyhow::Result<()> {
    if let Some(checkpoint) = &report.checkpoint {
        output::print(&format!("{}: {} entries are signed", checkpoint.origin, checkpoint.size))?;
    }
    for key in &report.signed_by {
        output::print(&format!("signed by {key}"))?;
    }
    if report.unsigned > 0 {
        output::print(&format!("{} newer entries are not signed yet", report.unsigned))?;
    }
    if report.withheld > 0 {
        let withheld = report.withheld;
        output::print(&format!(
            "{withheld} entries may not be seen: only their hashes were checked"
        ))?;
    }
    if report.is_sound() {
        return output::print(match report.withheld {
            0 => "sound: all that was signed is there, unchanged",
            _ => "sound, as far as it could be read: every hash leads to what was signed",
        });
    }
    for damage in &report.damages {
        output::print(&format!("damaged: {damage}"))?;
    }
    let untold = report.damaged - report.damages.len();
    if untold > 0 {
        output::print(&format!("and {untold} more"))?;
    }
    Err(Refused("the record is not what was signed".to_owned()).into())
}
