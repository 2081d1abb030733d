//! Redis Streams: `XADD` with `appendfsync always`, in Redis' own protocol (RESP).

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::ensure;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Producer, Recorder};
use crate::http::connect;
use crate::process::{Process, output_of};
use crate::year::Event;

/// A server with nothing in it. It ends when this is dropped.
pub struct Redis {
    _process: Process,
    address: SocketAddr,
    version: String,
}

/// One who adds to the stream.
pub struct Adder {
    connection: BufReader<TcpStream>,
    request: Vec<u8>,
    line: String,
}

impl Redis {
    /// Starts a server in a folder.
    pub fn start(folder: &Path) -> anyhow::Result<Redis> {
        let said = output_of(Command::new("redis-server").arg("--version"))?;
        let version = said.split_whitespace().find_map(|word| word.strip_prefix("v="));
        let version = version.unwrap_or_default().to_owned();
        std::fs::create_dir(folder)?;
        let address = free_address()?;
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
        command.args(["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir"]);
        let process = Process::start(command.arg(folder).stdout(Stdio::null()))?;
        super::wait_for(address)?;
        Ok(Redis { _process: process, address, version })
    }
}

/// An address that is free now.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

impl Recorder for Redis {
    type Producer = Adder;

    fn name(&self) -> String {
        format!("Redis {} Streams, `appendfsync always`", self.version)
    }

    async fn producer(&self) -> anyhow::Result<Adder> {
        let stream = connect(self.address).await?;
        Ok(Adder { connection: BufReader::new(stream), request: Vec::new(), line: String::new() })
    }
}

impl Producer for Adder {
    async fn record(&mut self, events: &[Event]) -> anyhow::Result<()> {
        self.request.clear();
        for Event { text, .. } in events {
            let length = text.len();
            let head = format!(
                "*5\r\n$4\r\nXADD\r\n$6\r\nevents\r\n$1\r\n*\r\n$5\r\nevent\r\n${length}\r\n"
            );
            self.request.extend_from_slice(head.as_bytes());
            self.request.extend_from_slice(text.as_bytes());
            self.request.extend_from_slice(b"\r\n");
        }
        self.connection.write_all(&self.request).await?;
        for _ in events {
            // A bulk string: its length, then the id that the entry was given.
            for begin in ['$', '1'] {
                self.line.clear();
                self.connection.read_line(&mut self.line).await?;
                ensure!(self.line.starts_with(begin), "Redis answered {}", self.line);
            }
        }
        Ok(())
    }
}
