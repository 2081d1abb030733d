//! message-db: an event store of functions inside PostgreSQL, with its own SQL as it is published.
//!
//! It writes under a lock for each category, so every producer has a category of its own here.

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use serde_json::Value;
use tokio_postgres::{Client, Statement};

use super::postgres::Server;
use super::{PRODUCERS, Producer, Recorder, lane_of};
use crate::process::output_of;
use crate::year::Event;

const DATABASE: &str = "message_store";
const WRITE: &str =
    "SELECT message_store.write_message($1, ($2::text)::varchar, 'event', ($3::text)::jsonb)";

/// The functions, installed.
pub struct MessageDb {
    server: Rc<Server>,
    version: String,
}

/// One who writes messages.
pub struct Writer {
    client: Client,
    write: Statement,
}

impl MessageDb {
    /// Installs what the folder of the published package has into a server.
    pub fn install(server: Rc<Server>, package: &Path) -> anyhow::Result<MessageDb> {
        let about: Value = serde_json::from_slice(&std::fs::read(package.join("package.json"))?)?;
        let version = about["version"].as_str().unwrap_or_default().to_owned();
        let mut install = Command::new("bash");
        install.arg(package.join("database/install.sh"));
        install
            .env("PGHOST", server.socket())
            .env("PGUSER", "postgres")
            .env_remove("DATABASE_NAME");
        output_of(&mut install)?;
        Ok(MessageDb { server, version })
    }
}

impl Recorder for MessageDb {
    type Producer = Writer;

    fn name(&self) -> String {
        format!("message-db {} on PostgreSQL {}", self.version, self.server.version)
    }

    async fn producer(&self) -> anyhow::Result<Writer> {
        let client = self.server.connect(DATABASE).await?;
        client.batch_execute("SET search_path TO message_store, public").await?;
        let write = client.prepare(WRITE).await?;
        Ok(Writer { client, write })
    }
}

impl Producer for Writer {
    async fn record(&mut self, events: &[Event]) -> anyhow::Result<()> {
        for Event { id, subject, text, .. } in events {
            let stream = format!("lane{}-{subject}", lane_of(subject, PRODUCERS));
            self.client.query_one(&self.write, &[id, &stream, text]).await?;
        }
        Ok(())
    }
}
