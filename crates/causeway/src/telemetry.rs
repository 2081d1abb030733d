//! What the program says of its own running: for people on a terminal, as JSON elsewhere.

use std::io::{self, IsTerminal};

use anyhow::Context;
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error what `filter` lets through.
///
/// # Errors
/// Where the filter cannot be read.
pub fn start(filter: &str) -> anyhow::Result<()> {
    let wrong = || format!("`{filter}` is no filter for logs; try `info` or `causeway_api=debug`");
    let filter = EnvFilter::try_new(filter).with_context(wrong)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match io::stderr().is_terminal() {
        true => lines.init(),
        false => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
