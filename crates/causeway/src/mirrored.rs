//! The log of a running service, read as a checkpoint and tiles.

use std::io;

use causeway_log::mirror::Mirror;
use causeway_log::note::{Note, Verifier};
use causeway_log::tile::Tile;
use indicatif::ProgressBar;
use serde::Deserialize;

use crate::remote::{Failure, Remote, Request, patiently};

/// What `GET /v1/log` says, as far as it is needed.
#[derive(Deserialize)]
struct Log {
    keys: Vec<String>,
}

/// A running service, asked patiently.
pub struct Mirrored {
    service: Remote,
    bar: ProgressBar,
}

impl Mirrored {
    /// The log of `service`; `bar` steps aside while people are told that they have to wait.
    #[must_use]
    pub fn of(service: Remote, bar: &ProgressBar) -> Mirrored {
        Mirrored { service, bar: bar.clone() }
    }

    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.asked(|| self.service.bytes(path))?
    }

    fn asked<T>(&self, ask: impl FnMut() -> Result<T, Failure>) -> io::Result<T> {
        patiently(&self.bar, ask).map_err(io::Error::other)
    }
}

impl Mirror for Mirrored {
    fn checkpoint(&self) -> io::Result<Note> {
        let text = String::from_utf8(self.read("/log/checkpoint")?).map_err(damaged)?;
        text.parse().map_err(damaged)
    }

    fn tile(&self, tile: Tile) -> io::Result<Vec<u8>> {
        self.read(&format!("/log/tile/{tile}"))
    }

    fn keys(&self) -> io::Result<Vec<Verifier>> {
        let log: Log =
            self.asked(|| self.service.json(Request::Get("/v1/log", "application/json")))?;
        log.keys.iter().map(|key| key.parse().map_err(damaged)).collect()
    }
}

fn damaged(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
