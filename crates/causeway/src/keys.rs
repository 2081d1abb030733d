//! `causeway keys`: who may ask and record.

use std::fmt::Write;

use causeway_domain::words::Classification;
use causeway_domain::{Id, Time};
use causeway_service::clock;
use causeway_service::keys::{Error, Key, NewKey, Role};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use crate::reach::{Missing, Reach, Reached};
use crate::remote::Request;
use crate::signing::Signing;
use crate::{Refused, output, words};

/// Make, list and revoke API keys
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Create),
    List(List),
    Revoke(Revoke),
    Signing(Signing),
}

/// Make a key and print it: alone on standard output, this once
#[derive(Debug, Args)]
#[command(after_help = "\
Roles: a reader reads; a reporter records for its organisation; an assessor also assesses what
others recorded; an auditor reads everything; an admin makes keys and imports history.

Examples:
  causeway keys create --org icrc --role reporter --data ./data > icrc.key
  causeway keys create --org press --role reader --url https://causeway.example.org")]
struct Create {
    /// Organisation that the key speaks for: an actor id
    #[arg(long, value_name = "ACTOR")]
    org: Id,
    /// What the key may do
    #[arg(long, value_parser = words::of::<Role>())]
    role: Role,
    /// The most sensitive events it may see and record [default: what the role usually has]
    #[arg(long, value_name = "WORD", value_parser = words::of::<Classification>())]
    clearance: Option<Classification>,
    /// What its events are classified as where they do not say [default: restricted]
    #[arg(long, value_name = "WORD", value_parser = words::of::<Classification>())]
    default_classification: Option<Classification>,
    /// When it stops to open anything, RFC 3339 [default: never]
    #[arg(long, value_name = "TIME")]
    expires: Option<Time>,
    #[command(flatten)]
    reach: Reach,
}

/// List all keys ever made, without their secrets
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  causeway keys list --data ./data
  causeway keys list --json --url http://127.0.0.1:8080")]
struct List {
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reach: Reach,
}

/// Revoke a key: from then on it opens nothing
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  causeway keys revoke 5f1d7a84c2b0493e8a6cf02d91e4b753 --data ./data
  causeway keys revoke 5f1d7a84c2b0493e8a6cf02d91e4b753 --url http://127.0.0.1:8080")]
struct Revoke {
    /// Public id of the key, as `keys list` shows it
    id: Id,
    #[command(flatten)]
    reach: Reach,
}

impl Keys {
    /// Does what is asked for with keys.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Create(create) => create.run(),
            Command::List(list) => list.run(),
            Command::Revoke(revoke) => revoke.run(),
            Command::Signing(signing) => signing.run(),
        }
    }
}

impl Create {
    fn run(self) -> anyhow::Result<()> {
        let new = NewKey {
            organisation: self.org,
            role: self.role,
            clearance: self.clearance,
            default_classification: self.default_classification,
            expires: self.expires,
        };
        let Created { key, token } = match self.reach.open(Missing::Make)? {
            Reached::Folder(folder) => {
                let (key, token) = folder.keys()?.create(new, clock::now()).map_err(told)?;
                Created { key, token: token.reveal().to_owned() }
            }
            Reached::Service(service) => {
                let body = body(&new).to_string();
                service.json(Request::Post("/v1/keys", "application/json", body.as_bytes()))?
            }
        };
        eprintln!(
            "made key {} for {}: {}, sees up to {}; it is shown only now",
            key.id, key.organisation, key.role, key.clearance
        );
        output::print(&token)
    }
}

impl List {
    fn run(self) -> anyhow::Result<()> {
        let keys = match self.reach.open(Missing::Fail)? {
            Reached::Folder(folder) => folder.keys()?.list(),
            Reached::Service(service) => {
                let listed: Listed = service.json(Request::Get("/v1/keys", "application/json"))?;
                listed.data
            }
        };
        match self.json {
            true => output::print(&serde_json::to_string_pretty(&keys)?),
            false => output::print(table(&keys).trim_end()),
        }
    }
}

impl Revoke {
    fn run(self) -> anyhow::Result<()> {
        let key: Key = match self.reach.open(Missing::Fail)? {
            Reached::Folder(folder) => {
                folder.keys()?.revoke(self.id.as_str(), clock::now()).map_err(told)?
            }
            Reached::Service(service) => {
                service.json(Request::Delete(&format!("/v1/keys/{}", self.id)))?
            }
        };
        let since = key.revoked.map_or_else(String::new, |since| format!(" since {since}"));
        output::print(&format!("{} of {} opens nothing{since}", key.id, key.organisation))
    }
}

/// A key that was made just now.
#[derive(Deserialize)]
struct Created {
    #[serde(flatten)]
    key: Key,
    token: String,
}

/// The keys of a service.
#[derive(Deserialize)]
struct Listed {
    data: Vec<Key>,
}

fn body(new: &NewKey) -> serde_json::Value {
    json!({
        "organisation": new.organisation,
        "role": new.role,
        "clearance": new.clearance,
        "default_classification": new.default_classification,
        "expires": new.expires,
    })
}

/// What people can do nothing about fails; what they asked wrongly is refused.
fn told(error: Error) -> anyhow::Error {
    match error {
        Error::Unknown(_) | Error::DefaultAboveClearance { .. } | Error::Expired(_) => {
            Refused(error.to_string()).into()
        }
        Error::Corrupt { .. } | Error::Storage { .. } | Error::NoRandomness(_) => error.into(),
    }
}

/// The keys as lines of equal columns.
fn table(keys: &[Key]) -> String {
    let heads = ["id", "organisation", "role", "clearance", "default", "created", "ends"];
    let mut rows = vec![heads.map(str::to_owned)];
    rows.extend(keys.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths: [usize; 7] = std::array::from_fn(width);
    let mut text = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            write!(text, "{cell:width$}  ").expect("a string takes all");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn row(key: &Key) -> [String; 7] {
    let ends = match (key.revoked, key.expires) {
        (Some(revoked), _) => format!("revoked {revoked}"),
        (None, Some(expires)) => format!("expires {expires}"),
        (None, None) => "never".to_owned(),
    };
    [
        key.id.to_string(),
        key.organisation.to_string(),
        key.role.to_string(),
        key.clearance.to_string(),
        key.default_classification.to_string(),
        key.created.to_string(),
        ends,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewKey {
        NewKey {
            organisation: "icrc".parse().unwrap(),
            role: Role::Reporter,
            clearance: Some(Classification::Restricted),
            default_classification: None,
            expires: Some("2026-12-31T00:00:00Z".parse().unwrap()),
        }
    }

    #[test]
    fn a_service_reads_what_is_sent_to_make_a_key() {
        let read: NewKey = serde_json::from_str(&body(&new()).to_string()).unwrap();
        assert_eq!(read, new());
    }

    #[test]
    fn the_table_shows_a_key_on_one_line_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let keys = causeway_service::keys::Keys::open(folder.path().join("keys.json")).unwrap();
        let (key, token) = keys.create(new(), clock::now()).unwrap();
        let table = table(&keys.list());
        let line = table.lines().nth(1).unwrap();
        assert!(line.starts_with(key.id.as_str()));
        assert!(line.ends_with("expires 2026-12-31T00:00:00Z"), "{line}");
        assert!(!table.contains(token.reveal()));
    }
}
