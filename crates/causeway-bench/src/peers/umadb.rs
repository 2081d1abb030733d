//! UmaDB: an event store of its own kind, asked over gRPC: one call to append, written by hand over
//! HTTP/2, because its client brings far more than one call.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use bytes::{Buf, Bytes};
use h2::RecvStream;
use h2::client::SendRequest;

use super::redis::free_address;
use super::{Producer, Recorder};
use crate::http::connect;
use crate::process::Process;
use crate::year::Event;

const APPEND: &str = "/umadb.v1.DCB/Append";
/// Field numbers of `umadb.v1.AppendRequest` and `umadb.v1.Event`; all of them hold bytes.
const EVENTS: u8 = 1;
const EVENT_TYPE: u8 = 1;
const TAGS: u8 = 2;
const DATA: u8 = 3;
const UUID: u8 = 4;
/// Of a field that holds bytes (protobuf, wire types).
const LENGTH_DELIMITED: u8 = 2;

/// A server with nothing in it. It ends when this is dropped.
pub struct Uma {
    _process: Process,
    address: SocketAddr,
    version: String,
}

/// One who appends.
pub struct Appender {
    requests: SendRequest<Bytes>,
    address: SocketAddr,
}

impl Uma {
    /// Starts a server in a folder.
    pub fn start(executable: &Path, folder: &Path) -> anyhow::Result<Uma> {
        let version = super::version_of(executable)?;
        std::fs::create_dir(folder)?;
        let address = free_address()?;
        let mut command = Command::new(executable);
        command.args(["--listen", &address.to_string(), "--db-path"]).arg(folder);
        let process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
        super::wait_for(address)?;
        Ok(Uma { _process: process, address, version })
    }
}

impl Recorder for Uma {
    type Producer = Appender;

    fn name(&self) -> String {
        format!("UmaDB {}", self.version)
    }

    async fn producer(&self) -> anyhow::Result<Appender> {
        let stream = connect(self.address).await?;
        let (requests, connection) = h2::client::handshake(stream).await?;
        tokio::spawn(connection);
        Ok(Appender { requests, address: self.address })
    }
}

impl Producer for Appender {
    async fn record(&mut self, events: &[Event]) -> anyhow::Result<()> {
        let request = http::Request::post(format!("http://{}{APPEND}", self.address))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        poll_fn(|context| self.requests.poll_ready(context)).await?;
        let (answer, mut body) = self.requests.send_request(request.body(())?, false)?;
        let mut message = message(events);
        while message.has_remaining() {
            body.reserve_capacity(message.len());
            let room = poll_fn(|context| body.poll_capacity(context)).await;
            let room = room.context("UmaDB closed the stream")??.min(message.len());
            body.send_data(message.split_to(room), message.is_empty())?;
        }
        let answer = answer.await?;
        ensure!(answer.status() == 200, "UmaDB answered {}", answer.status());
        if answer.headers().contains_key("grpc-status") {
            return succeeded(answer.headers());
        }
        let mut body = answer.into_body();
        read_out(&mut body).await?;
        succeeded(&body.trailers().await?.context("UmaDB said no status")?)
    }
}

async fn read_out(body: &mut RecvStream) -> anyhow::Result<()> {
    while let Some(data) = body.data().await {
        let length = data?.len();
        body.flow_control().release_capacity(length)?;
    }
    Ok(())
}

fn succeeded(headers: &http::HeaderMap) -> anyhow::Result<()> {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    ensure!(said("grpc-status") == "0", "UmaDB refused: {}", said("grpc-message"));
    Ok(())
}

/// A gRPC message: not compressed, its length, an `AppendRequest`.
fn message(events: &[Event]) -> Bytes {
    let mut append = Vec::new();
    for Event { id, subject, text, .. } in events {
        let mut event = Vec::with_capacity(text.len() + 200);
        field(&mut event, EVENT_TYPE, b"event");
        field(&mut event, TAGS, subject.as_bytes());
        field(&mut event, DATA, text.as_bytes());
        field(&mut event, UUID, id.as_bytes());
        field(&mut append, EVENTS, &event);
    }
    let mut message = vec![0];
    // A body of ours is far smaller than 4 GiB.
    message.extend_from_slice(&u32::try_from(append.len()).unwrap_or(u32::MAX).to_be_bytes());
    message.extend_from_slice(&append);
    Bytes::from(message)
}

/// Writes a field of protobuf: number and wire type, length as a varint, bytes.
fn field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | LENGTH_DELIMITED);
    let mut length = bytes.len();
    while length >= 0x80 {
        message.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    message.push(length as u8);
    message.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_its_length_in_seven_bits_a_byte() {
        let mut message = Vec::new();
        field(&mut message, DATA, &[7; 300]);
        assert_eq!(message[..3], [0x1a, 0xac, 0x02]);
        assert_eq!(message.len(), 303);
    }
}
