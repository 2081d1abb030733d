//! How to reach a record: through a running service, or in a data folder that nobody serves.

use std::path::PathBuf;

use clap::Args;

use crate::folder::Folder;
use crate::remote::Remote;

/// Which record to work with: `--url URL`, mostly with `--key KEY`, or `--data DIR`.
#[derive(Debug, Args)]
pub struct Reach {
    #[command(flatten)]
    which: Which,
    /// Key for the service, if it wants one; better in the environment, where other users do not
    /// see it
    #[arg(long, env = "CAUSEWAY_KEY", hide_env_values = true, value_name = "KEY")]
    key: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Address of a running service, such as `https://causeway.example.org`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Data folder of a service that is stopped
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// A record, reached.
pub enum Reached {
    /// A running service.
    Service(Remote),
    /// A data folder, held.
    Folder(Folder),
}

/// What becomes of a folder that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is made.
    Make,
    /// It is an error.
    Fail,
}

impl Reach {
    /// Reaches the record.
    ///
    /// # Errors
    /// Where the folder cannot be had.
    pub fn open(self, missing: Missing) -> anyhow::Result<Reached> {
        let Which { url, data } = self.which;
        if let Some(path) = data {
            return match missing {
                Missing::Make => Folder::make(&path),
                Missing::Fail => Folder::open(&path),
            }
            .map(Reached::Folder);
        }
        let service = Remote::to(&url.unwrap_or_default());
        Ok(Reached::Service(match self.key {
            Some(key) => service.with_key(&key),
            // Where anybody may read what is public, no key is needed for that.
            None => service,
        }))
    }
}
