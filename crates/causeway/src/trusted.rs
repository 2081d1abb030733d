//! Whose signatures are believed.

use std::io;

use anyhow::{Context, bail};
use causeway_log::note::Verifier;
use clap::Args;

/// The keys that a log has to be signed with.
#[derive(Debug, Args)]
pub struct Trusted {
    /// Key that the log must be signed with, from a place you trust, such as
    /// `log.example.org+5f1d7a84+AR…`; may be given several times [default: what the copy names]
    #[arg(long, value_name = "VKEY")]
    signed_by: Vec<Verifier>,
}

impl Trusted {
    /// The keys that were given, else those that the copy `names` itself, which is told.
    ///
    /// # Errors
    /// Where it names none.
    pub fn or(
        self,
        names: impl FnOnce() -> io::Result<Vec<Verifier>>,
    ) -> anyhow::Result<Vec<Verifier>> {
        if !self.signed_by.is_empty() {
            return Ok(self.signed_by);
        }
        let named = names().context("the copy does not say with which keys it is signed")?;
        if named.is_empty() {
            bail!("the copy names no key that it is signed with; give --signed-by VKEY");
        }
        for key in &named {
            eprintln!("checked with the key that the copy itself names: {key}");
        }
        eprintln!("to be sure whose it is, give --signed-by with a key from a place you trust");
        Ok(named)
    }
}
