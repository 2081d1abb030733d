//! `causeway snapshot`: the views of this version, made beside a service that runs another.

use std::path::PathBuf;

use anyhow::Context;
use causeway_log::mirror::{Directory, Entries, Mirror};
use causeway_log::note::Signer;
use causeway_log::verify::{self, Against};
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
with it. It replays what was recorded since the backup, and goes on. The service that still runs
is not disturbed; its data folder gets one file more.

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
    /// Makes the snapshot of what is signed and found to be sound.
    pub fn run(self) -> anyhow::Result<()> {
        let Snapshot { from, data } = self;
        let signers = SigningKeys::in_folder(&data).existing()?;
        if saved::is_there(&data) {
            return output::print("there is a snapshot of this version already");
        }
        let backup = Directory::at(&from);
        let bar = progress::of_events(Some(2 * backup.size()), "preparing");
        let trusted: Vec<_> = signers.iter().map(Signer::verifier).collect();
        let against = Against { trusted: &trusted, since: None };
        let report = verify::mirror(&backup, &against, &|done| bar.inc(done))
            .with_context(|| format!("cannot read the backup {}", from.display()))?;
        if let Some(damage) = report.damages.first() {
            let from = from.display();
            return Err(Refused(format!("{from} is no sound backup of this log: {damage}")).into());
        }
        let checkpoint = report.checkpoint.context("the backup has no checkpoint")?;
        let checked = bar.position();
        let entries = Entries::new(&backup, checkpoint.size);
        let record = rebuild(&entries, |done| bar.set_position(checked + done))?;
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
