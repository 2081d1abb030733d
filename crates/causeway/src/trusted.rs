//! Whose signatures are believed.

use std::fs;
use std::io;

use anyhow::{Context, bail};
use causeway_log::note::Verifier;
use clap::Args;

/// The keys that a log has to be signed with.
#[derive(Debug, Args)]
pub struct Trusted {
    /// Key by which, or by one of several, the log must be signed; or a file of such keys, one on
    /// each line; from a place you trust [default: what the copy itself names]
    #[arg(long, value_name = "VKEY|FILE")]
    signed_by: Vec<String>,
}

impl Trusted {
    /// The keys that were given, else those that the copy `names` itself, which is told.
    ///
    /// # Errors
    /// Where one cannot be read, or the copy names none.
    pub fn or(
        self,
        names: impl FnOnce() -> io::Result<Vec<Verifier>>,
    ) -> anyhow::Result<Vec<Verifier>> {
        if !self.signed_by.is_empty() {
            let keys: Result<Vec<_>, _> = self.signed_by.iter().map(|text| read(text)).collect();
            return Ok(keys?.concat());
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

/// A key, or those in a file.
fn read(text: &str) -> anyhow::Result<Vec<Verifier>> {
    if let Ok(key) = text.parse() {
        return Ok(vec![key]);
    }
    let lines = fs::read_to_string(text);
    let lines = lines.with_context(|| format!("`{text}` is neither a key nor a file of keys"))?;
    let keys: Result<_, _> = lines.lines().map(str::parse).collect();
    keys.with_context(|| format!("{text} does not hold keys, one on each line"))
}
