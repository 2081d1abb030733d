//! Views rebuilt from entries alone, compared with those that a service answers with.

use anyhow::anyhow;
use causeway_log::Reader;
use causeway_log::verify::Damage;
use causeway_service::digest::digest;
use causeway_service::replay::{ReplayError, rebuild};
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

/// What is wrong with the views that the entries of a log, or of a mirror of one, make: entries
/// that are no events, and the lists that `service` answers otherwise.
///
/// # Errors
/// Where the entries cannot be read, or the service does not say what it answers.
pub fn damages(
    log: &dyn Reader,
    service: Option<&Remote>,
    bar: &ProgressBar,
) -> anyhow::Result<Vec<Damage>> {
    let before = bar.position();
    let record = match rebuild(log, |done| bar.set_position(before + done)) {
        Ok(record) => record,
        Err(ReplayError::Unreadable { position, cause }) => {
            let what = format!("it is not an event: {cause}");
            return Ok(vec![Damage::to("log", what).at(position..position + 1)]);
        }
        Err(error) => return Err(error.into()),
    };
    let snapshot = &record.snapshot;
    let mut damages = Vec::new();
    let (Some(service), Some(position)) = (service, snapshot.chronicle.head()) else {
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
