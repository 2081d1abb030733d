//! NATS JetStream on one server with `sync_interval: always`, in NATS' own protocol: each event is
//! published with an address for the answer, which comes once it is on disk.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::redis::free_address;
use super::{Producer, Recorder};
use crate::http::connect;
use crate::load::on_this_thread;
use crate::process::Process;
use crate::year::Event;

const CREATE: &str = "$JS.API.STREAM.CREATE.EVENTS";
const STREAM: &str = r#"{"name":"EVENTS","subjects":["events"],"storage":"file","num_replicas":1,"retention":"limits"}"#;
const INBOX: &str = "_INBOX.answers";

/// A server with one stream. It ends when this is dropped.
pub struct Nats {
    _process: Process,
    address: SocketAddr,
    version: String,
}

/// One who publishes to the stream.
pub struct Publisher {
    connection: BufReader<TcpStream>,
    request: Vec<u8>,
    line: String,
    answer: Vec<u8>,
    inbox: String,
}

impl Nats {
    /// Starts a server in a folder.
    pub fn start(executable: &Path, folder: &Path) -> anyhow::Result<Nats> {
        let version = super::version_of(executable)?;
        std::fs::create_dir(folder)?;
        let address = free_address()?;
        let config = folder.join("nats.conf");
        let store = folder.join("store");
        std::fs::write(
            &config,
            format!(
                "listen: \"{address}\"\njetstream {{ store_dir: {store:?}, sync_interval: always }}\n"
            ),
        )?;
        let mut command = Command::new(executable);
        command.arg("--config").arg(&config).stderr(Stdio::null());
        let process = Process::start(&mut command)?;
        super::wait_for(address)?;
        let server = Nats { _process: process, address, version };
        on_this_thread(async {
            let mut publisher = server.producer().await?;
            publisher.publish(CREATE, STREAM);
            publisher.send().await?;
            publisher.answered().await
        })?;
        Ok(server)
    }
}

impl Recorder for Nats {
    type Producer = Publisher;

    fn name(&self) -> String {
        format!("NATS JetStream {}, `sync_interval: always`, one replica", self.version)
    }

    async fn producer(&self) -> anyhow::Result<Publisher> {
        let stream = connect(self.address).await?;
        let inbox = format!("{INBOX}.{}", stream.local_addr()?.port());
        let mut publisher = Publisher {
            connection: BufReader::new(stream),
            request: Vec::new(),
            line: String::new(),
            answer: Vec::new(),
            inbox,
        };
        publisher.greet().await?;
        Ok(publisher)
    }
}

impl Producer for Publisher {
    async fn record(&mut self, events: &[Event]) -> anyhow::Result<()> {
        events.iter().for_each(|event| self.publish("events", &event.text));
        self.send().await?;
        for _ in events {
            self.answered().await?;
        }
        Ok(())
    }
}

impl Publisher {
    async fn greet(&mut self) -> anyhow::Result<()> {
        self.read_line().await?;
        ensure!(self.line.starts_with("INFO"), "NATS greeted with {}", self.line);
        let hello =
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"rust\",\"version\":\"0\"}";
        self.request = format!("{hello}\r\nSUB {} 1\r\n", self.inbox).into_bytes();
        self.send().await
    }

    fn publish(&mut self, subject: &str, text: &str) {
        let head = format!("PUB {subject} {} {}\r\n", self.inbox, text.len());
        self.request.extend_from_slice(head.as_bytes());
        self.request.extend_from_slice(text.as_bytes());
        self.request.extend_from_slice(b"\r\n");
    }

    async fn send(&mut self) -> anyhow::Result<()> {
        self.connection.write_all(&self.request).await?;
        self.request.clear();
        Ok(())
    }

    async fn read_line(&mut self) -> anyhow::Result<()> {
        self.line.clear();
        ensure!(self.connection.read_line(&mut self.line).await? > 0, "NATS hung up");
        Ok(())
    }

    /// Waits for one answer, which has to be a good one.
    async fn answered(&mut self) -> anyhow::Result<()> {
        loop {
            self.read_line().await?;
            match self.line.split_whitespace().next() {
                Some("PING") => self.connection.write_all(b"PONG\r\n").await?,
                Some("MSG") => break,
                Some("PONG" | "INFO") => {}
                _ => bail!("NATS answered {}", self.line),
            }
        }
        let length =
            self.line.split_whitespace().next_back().context("an answer without length")?;
        self.answer.resize(length.parse::<usize>()? + 2, 0);
        self.connection.read_exact(&mut self.answer).await?;
        let is_refused = memchr::memmem::find(&self.answer, br#""error""#).is_some();
        ensure!(!is_refused, "NATS refused: {}", String::from_utf8_lossy(&self.answer));
        Ok(())
    }
}
