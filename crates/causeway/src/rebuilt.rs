//! Views rebuilt from entries alone, compared with those that a service answers with.

use std::ops::ControlFlow;

use anyhow::anyhow;
use causeway_log::mirror::Mirror;
use causeway_log::tile::{self, Content, Tile};
use causeway_log::verify::Damage;
use causeway_log::{Position, Reader};
use causeway_service::digest::digest;
use causeway_service::record::Record;
use causeway_service::stored;
use causeway_views::whole::List;
use indicatif::ProgressBar;
use serde::Deserialize;
use strum::IntoEnumIterator;

use crate::remote::{Remote, Request, patiently};

/// What the service answers, as far as it is needed.
#[derive(Deserialize)]
struct Answer {
    data: Digest,
}

#[derive(Deserialize)]
struct Digest {
    sha256: String,
}

/// The record that entries make, as far as they are events.
#[derive(Default)]
pub struct Rebuilt {
    record: Record,
    damage: Option<Damage>,
}

impl Rebuilt {
    /// From the entries of a mirror.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn of_mirror(mirror: &dyn Mirror, size: u64, bar: &ProgressBar) -> anyhow::Result<Rebuilt> {
        let mut rebuilt = Rebuilt::default();
        for bundle in Tile::all(Content::Entries, size) {
            for entry in tile::entries(&mirror.tile(bundle)?) {
                rebuilt.take(entry?);
            }
            bar.inc(bundle.width);
        }
        Ok(rebuilt)
    }

    /// From the first entries of a log.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn of_log(log: &dyn Reader, size: u64, bar: &ProgressBar) -> anyhow::Result<Rebuilt> {
        let mut rebuilt = Rebuilt::default();
        log.scan(0..size, &mut |_, entry| {
            rebuilt.take(entry);
            bar.inc(1);
            ControlFlow::Continue(())
        })?;
        Ok(rebuilt)
    }

    fn take(&mut self, entry: &[u8]) {
        let position: Position = self.record.snapshot.chronicle.len();
        if self.damage.is_some() {
            return; // what follows cannot be told apart from it
        }
        match stored::decode(entry) {
            Ok(stored) => self.record.take_again(stored),
            Err(error) => {
                let what = format!("it is not an event: {error}");
                self.damage = Some(Damage::to("log", what).at(position..position + 1));
            }
        }
    }

    /// What is wrong with it, the lists that `service` answers otherwise among it.
    ///
    /// # Errors
    /// Where the service does not say what it answers.
    pub fn damages(
        self,
        service: Option<&Remote>,
        bar: &ProgressBar,
    ) -> anyhow::Result<Vec<Damage>> {
        let snapshot = &self.record.snapshot;
        let mut damages: Vec<_> = self.damage.into_iter().collect();
        let (Some(service), Some(position), true) =
            (service, snapshot.chronicle.head(), damages.is_empty())
        else {
            return Ok(damages);
        };
        for list in List::iter() {
            let path = format!("/v1/log/digest?view={list}&at_position={position}");
            let get = || service.json::<Answer>(Request::Get(&path, "application/json"));
            // Whoever may not see it cannot compare: that is no damage.
            let served = patiently(bar, get).map_err(|error| anyhow!("{error:#}"))?.data.sha256;
            if served != digest(snapshot, position, list)?.1.sha256 {
                let what = "it is not served as it follows from the entries";
                damages.push(Damage::to(&format!("/v1/{list}"), what));
            }
        }
        Ok(damages)
    }
}
