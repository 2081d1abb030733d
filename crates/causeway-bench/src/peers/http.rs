//! Recording over HTTP: how Causeway is sent events, and the bare server beside it.

use std::net::SocketAddr;

use anyhow::ensure;

use super::{Producer, Recorder};
use crate::http::Connection;
use crate::service::{Keys, post};
use crate::year::Event;

const RECORDED: &[u8] = br#""status":"recorded""#;

/// Something that takes events at `/v1/events`.
pub struct Http {
    /// What it is called.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Who may record and assess.
    pub keys: Keys,
}

/// One who sends events over a connection that is kept.
pub struct Sender {
    connection: Connection,
    address: SocketAddr,
    keys: Keys,
    request: Vec<u8>,
}

impl Recorder for Http {
    type Producer = Sender;

    fn name(&self) -> String {
        self.name.clone()
    }

    async fn producer(&self) -> anyhow::Result<Sender> {
        let connection = Connection::open(self.address).await?;
        let (address, keys) = (self.address, self.keys.clone());
        Ok(Sender { connection, address, keys, request: Vec::new() })
    }
}

impl Producer for Sender {
    async fn record(&mut self, events: &[Event]) -> anyhow::Result<()> {
        let assesses = events.iter().any(|event| event.assesses);
        let key = if assesses { &self.keys.assessor } else { &self.keys.reporter };
        let lines: Vec<&str> = events.iter().map(|event| event.text.as_str()).collect();
        post(&mut self.request, self.address, key, &lines);
        let answer = self.connection.exchange(&self.request).await?;
        let recorded = match events.len() {
            // 200 is what was recorded before, when it is sent again.
            1 => usize::from(matches!(answer.status, 200 | 201)),
            _ => memchr::memmem::find_iter(answer.body, RECORDED).count(),
        };
        let said = || String::from_utf8_lossy(&answer.body[..answer.body.len().min(2_000)]);
        ensure!(recorded == events.len(), "recorded {recorded}: {}: {}", answer.status, said());
        Ok(())
    }
}
