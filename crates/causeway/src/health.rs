//! `causeway health`: whether a running service is ready, for whatever watches it.

use clap::Args;

use crate::Refused;
use crate::output;
use crate::remote::{Remote, Request};

/// Ask a running service whether it is ready
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes:
  0  it takes requests and can record
  1  it does not, or does not answer

Examples:
  causeway health --url http://127.0.0.1:8080")]
pub struct Health {
    /// Address of the service
    #[arg(long, value_name = "URL")]
    url: String,
}

impl Health {
    /// Asks once.
    pub fn run(self) -> anyhow::Result<()> {
        let service = Remote::to(&self.url);
        match service.send(Request::Get("/readyz", "*/*")) {
            Ok(_) => output::print("ready"),
            Err(failure) => Err(Refused(format!("{:#}", anyhow::Error::from(failure))).into()),
        }
    }
}
