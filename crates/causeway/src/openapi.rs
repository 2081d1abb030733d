//! `causeway openapi`: the HTTP interface, as a document.

use clap::Args;

use crate::output;

/// Print the OpenAPI document of the HTTP interface
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  causeway openapi > causeway.json")]
pub struct Openapi {}

impl Openapi {
    /// Prints the document.
    pub fn run(self) -> anyhow::Result<()> {
        output::print(causeway_api::openapi::text().trim_end())
    }
}
