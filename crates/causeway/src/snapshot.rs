//! `causeway snapshot`: the views of this version, made beside a service that runs another.

use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use causeway_log::checkpoint::Checkpoint;
use causeway_log::mirror::{Directory, Entries, Mirror};
use causeway_log::note::Signer;
use causeway_log::tree::{Hash, Tree};
use causeway_log::{Error, Position, Reader, Visitor};
use causeway_service::replay::rebuild;
use causeway_service::saved;
use clap::Args;

use crate::signing::SigningKeys;
use crate::{Refused, output, progress};

/// Make the snapshot from which this version starts, from a backup, while another version serves
#[derive(Debug, Args)]
#[command(after_help = "\
The first start of a new version replays the whole log. So that it need not: before the upgrade,
back the record up, have the new version make its snapshot from the backup, and only then restart
with it. It replays what was recorded since the backup, and goes on.
This takes as much memory as the service, and both read the disk and share the processors; of the
data folder it reads the key that signs, and adds one file.

Examples:
  causeway snapshot /media/stick/lachin --data ./data")]
pub struct Snapshot {
    /// Folder that `causeway backup` has written
    #[arg(value_name = "BACKUP")]
    from: PathBuf,
    /// Data folder of the service, which may be running
    #[arg(long, value_name = "DIR", env = "CAUSEWAY_DATA")]
    data: PathBuf,
}

impl Snapshot {
    /// Makes the snapshot of what is signed and found to be there.
    pub fn run(self) -> anyhow::Result<()> {
        let Snapshot { from, data } = self;
        let signers = SigningKeys::in_folder(&data).existing()?;
        let reading = || format!("cannot read the backup {}", from.display());
        let backup = Directory::at(&from);
        let checkpoint = signed_by(&signers, &backup).with_context(reading)?;
        let bar = progress::of_events(Some(checkpoint.size), "preparing");
        let entries = Hashed::of(Entries::new(&backup, checkpoint.size));
        let record = rebuild(&entries, |done| bar.set_position(done)).with_context(reading)?;
        if entries.root() != checkpoint.root {
            let why = "its entries are not those that were signed: `causeway verify --backup` says \
                       what is wrong";
            return Err(Refused(format!("{}: {why}", from.display())).into());
        }
        saved::save(&data, &record, checkpoint.root, &signers)
            .with_context(|| format!("cannot write the snapshot to {}", data.display()))?;
        bar.finish_and_clear();
        output::print(&format!(
            "{}: the first {} events are in a snapshot in {}",
            checkpoint.origin,
            checkpoint.size,
            data.display()
        ))
    }
}

/// The last checkpoint of a backup, which has to be one of the log that `signers` sign for.
fn signed_by(signers: &[Signer], backup: &Directory) -> anyhow::Result<Checkpoint> {
    let note = backup.checkpoint()?;
    let keys: Vec<_> = signers.iter().map(Signer::verifier).collect();
    match note.signed_by(&keys) {
        Ok(_) => Ok(note.text.parse()?),
        Err(doubt) => Err(Refused(format!("it is not of this log: {doubt}")).into()),
    }
}

/// Entries that are hashed as they are read, from the first to the last.
struct Hashed<'m> {
    entries: Entries<'m>,
    tree: Mutex<Tree>,
}

impl<'m> Hashed<'m> {
    fn of(entries: Entries<'m>) -> Hashed<'m> {
        Hashed { entries, tree: Mutex::default() }
    }

    /// The root over what was read.
    fn root(&self) -> Hash {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner).root()
    }
}

impl Reader for Hashed<'_> {
    fn len(&self) -> Position {
        self.entries.len()
    }

    fn scan(&self, range: Range<Position>, visit: &mut Visitor<'_>) -> Result<(), Error> {
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        self.entries.scan(range, &mut |position, entry| -> ControlFlow<()> {
            tree.push(Hash::of_leaf(entry));
            visit(position, entry)
        })
    }
}
