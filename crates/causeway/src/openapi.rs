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

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_document_is_the_one_this_version_serves() {
        let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/causeway.json");
        let committed = std::fs::read_to_string(committed).unwrap_or_default();
        assert!(
            committed == causeway_api::openapi::text(),
            "the interface has changed: read the difference after \
             `cargo run --bin causeway -- openapi > openapi/causeway.json`, and commit it"
        );
    }
}
