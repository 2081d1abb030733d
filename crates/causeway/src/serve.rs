//! `causeway serve`: the service over a data folder, until it is told to stop.

use std::path::PathBuf;

use anyhow::Context;
use causeway_api::Api;
use causeway_domain::Id;
use causeway_service::clock;
use causeway_service::keys::{Keys, NewKey, Role};
use clap::Args;

use crate::folder::Folder;
use crate::running::{self, Ready, Sockets};
use crate::settings::Settings;
use crate::{output, telemetry};

/// Run the service
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub struct Serve {
    /// TOML file with settings, named like the options: `metrics_listen = "127.0.0.1:9090"`
    #[arg(long, env = "CAUSEWAY_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

const HELP: &str = "\
A setting is taken from the command line, else from the environment, else from the file.
The first start prints an admin key, unless `causeway keys create` has made one before.
SIGTERM and SIGINT stop the service after it has answered what it accepted.

Examples:
  causeway serve --data /var/lib/causeway
  causeway serve --data ./data --listen 0.0.0.0:8080 --anonymous public
  causeway serve --config /etc/causeway.toml --metrics-listen 127.0.0.1:9090";

/// What is logged unless asked otherwise.
const USUAL_LOG: &str = "info,actix_server=warn";
/// Whom the key of the first start speaks for.
const OPERATOR: &str = "operator";

impl Serve {
    /// Serves until told to stop.
    pub fn run(self, log: Option<String>) -> anyhow::Result<()> {
        let file = self.config.as_deref().map(Settings::read).transpose()?;
        let settings = self.settings.or(file.unwrap_or_default());
        telemetry::start(log.as_deref().or(settings.log.as_deref()).unwrap_or(USUAL_LOG))?;
        let folder = Folder::make(settings.data()?)?;
        let sockets = Sockets::open(settings.listen(), settings.metrics_listen.as_deref())?;
        let keys = folder.keys()?;
        let sealing = settings.sealing(&folder)?;
        let service = folder.service(settings.log_options(), sealing)?;
        tracing::info!(events = service.head().chronicle.len(), "the record is rebuilt");
        if keys.is_empty() {
            if !service.head().chronicle.is_empty() {
                tracing::warn!(
                    "there is a record and no keys.json: no key made before opens anything"
                );
            }
            hand_over_first_key(&keys)?;
        }
        let api = Api::new(service, keys, settings.api());
        running::serve(&Ready { api, workers: settings.workers(), welcome: None }, sockets)
    }
}

/// Makes the key with which all others can be made, and shows it this once.
fn hand_over_first_key(keys: &Keys) -> anyhow::Result<()> {
    let new = NewKey {
        organisation: OPERATOR.parse::<Id>().context("the operator has a name")?,
        role: Role::Admin,
        clearance: None,
        default_classification: None,
        expires: None,
    };
    let (_, token) = keys.create(new, clock::now())?;
    output::print("first start: this admin key is shown only now, keep it in a safe place")?;
    output::print(token.reveal())
}
