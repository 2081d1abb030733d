//! Standard output: results, and nothing else.

use std::io::{self, Write};

/// Whoever read our output needs no more of it: the end, and not a failure.
#[derive(Debug, thiserror::Error)]
#[error("standard output was closed")]
pub struct Closed;

/// Writes `text` and a line end.
///
/// # Errors
/// [`Closed`] where nobody reads any more.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}").and_then(|()| output.flush()).map_err(failed)
}

/// What a failed write to standard output means.
pub fn failed(error: io::Error) -> anyhow::Error {
    match error.kind() == io::ErrorKind::BrokenPipe {
        true => Closed.into(),
        false => anyhow::Error::new(error).context("cannot write to standard output"),
    }
}
