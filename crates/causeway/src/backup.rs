//! `causeway backup` and `causeway restore`: the record as plain files, and back.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use causeway_log::backup::{self, Failed, Kept};
use causeway_log::disk::{Disk, Options};
use causeway_log::lasting;
use causeway_log::mirror::{Directory, Mirror};
use causeway_log::shelf::Shelf;
use causeway_log::{Evidence, Log, Notary};
use clap::Args;

use crate::folder::Folder;
use crate::mirrored::Mirrored;
use crate::reach::{Missing, Reach, Reached};
use crate::trusted::Trusted;
use crate::{Refused, output, progress};

/// Copy the record to a folder of plain files, which anyone can check with C2SP tools
#[derive(Debug, Args)]
#[command(after_help = "\
The files are `checkpoint`, `tile/...` as C2SP tlog-tiles has them, and `log.vkey`. A second backup
to the same folder adds what is new; one that was interrupted goes on. Of a service, the key has to
see every event. Neither the keys of people nor the key that signs are part of it: keep
`keys.json` and `signing.key` of the data folder in another safe place.

Examples:
  causeway backup --url https://causeway.example.org /media/stick/lachin
  causeway backup --data ./data /media/stick/lachin")]
pub struct Backup {
    /// Folder to copy to, made if need be
    #[arg(value_name = "OUT")]
    to: PathBuf,
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    trusted: Trusted,
}

impl Backup {
    /// Copies what is signed.
    pub fn run(self) -> anyhow::Result<()> {
        let Backup { to, reach, trusted } = self;
        let bar = progress::of_events(Some(0), "copying");
        let reached = reach.open(Missing::Fail)?;
        let from: Box<dyn Mirror> = match &reached {
            Reached::Service(service) => Box::new(Mirrored::of(service.clone(), &bar)),
            Reached::Folder(folder) => Box::new(of_folder(folder)?),
        };
        // What was backed up before says whom to believe from then on.
        let named = Directory::at(&to).keys().or_else(|_none| from.keys());
        let trusted = trusted.or(|| named)?;
        bar.set_length(from.size());
        let kept = backup::backup(&*from, &trusted, &to, &|done| bar.inc(done)).map_err(told)?;
        bar.finish_and_clear();
        let Kept { checkpoint, before } = kept;
        output::print(&format!(
            "{}: {} entries in {}, {} of them new\nroot {}",
            checkpoint.origin,
            checkpoint.size,
            to.display(),
            checkpoint.size - before,
            checkpoint.root
        ))
    }
}

/// What a data folder can show, all of it signed.
fn of_folder(folder: &Folder) -> anyhow::Result<Arc<Evidence>> {
    let signers = folder.signing_keys().existing()?;
    let log = folder.log(Options::default())?;
    let shelf = Box::new(folder.shelf());
    let mut notary = Notary::open(log.reader(), signers, shelf, &|_| {})?;
    notary.sign()?;
    Ok(notary.evidence())
}

/// Make the record again from a backup, in a new data folder
#[derive(Debug, Args)]
#[command(after_help = "\
Put `signing.key` and `keys.json` of the old data folder beside the restored log before it is
served: with its key the log goes on as the one it was.

Examples:
  causeway restore /media/stick/lachin --data ./restored
  causeway restore ./backup --data ./restored --signed-by trusted.vkey")]
pub struct Restore {
    /// Folder that `causeway backup` has written
    #[arg(value_name = "IN")]
    from: PathBuf,
    /// Data folder to make; it may hold keys, and no record
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    trusted: Trusted,
}

impl Restore {
    /// Makes the record, and finds that it is what was signed.
    pub fn run(self) -> anyhow::Result<()> {
        let Restore { from, data, trusted } = self;
        let folder = Folder::make(&data)?;
        let log = folder.log_path();
        if log.exists() {
            bail!("there is a record in {} already: take another folder", data.display());
        }
        let from = Directory::at(&from);
        let trusted = trusted.or(|| from.keys())?;
        let bar = progress::of_events(Some(from.size()), "restoring");
        let kept = from.checkpoint()?.text;
        if let Some(there) = folder.shelf().checkpoint()?.filter(|there| !there.starts_with(&kept))
        {
            bail!(
                "{} has the checkpoint of another state of the log, which a restored one may not \
                 fall behind: take another folder, or the backup of that state\n{}",
                data.display(),
                there.trim_end()
            );
        }
        // Half a record must never be taken for one.
        let unfinished = log.with_extension("unfinished");
        remove(&unfinished)?;
        let note = {
            let mut log = Disk::open(&unfinished, Options::default())?;
            backup::restore(&from, &trusted, &mut log, &|done| bar.inc(done)).map_err(told)?
        };
        folder.shelf().keep_checkpoint(&note.to_string())?;
        fs::rename(&unfinished, &log)
            .and_then(|()| lasting::sync(&data))
            .with_context(|| format!("cannot rename {}", unfinished.display()))?;
        bar.finish_and_clear();
        output::print(note.text.trim_end())
    }
}

/// What is damaged or not believed is refused; anything else was not done.
fn told(failed: Failed) -> anyhow::Error {
    match failed {
        Failed::Damaged(_)
        | Failed::Untrusted(_)
        | Failed::Unreadable
        | Failed::FallenBehind { .. }
        | Failed::AnotherLog { .. } => Refused(format!("{:#}", anyhow::Error::new(failed))).into(),
        Failed::Storage { .. } | Failed::Log(_) => failed.into(),
    }
}

/// Removes what an earlier attempt has left.
fn remove(unfinished: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", unfinished.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
