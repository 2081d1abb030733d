//! HTTP/1.1 by hand on connections that are kept, so that loading costs little of the processors
//! that it shares with what is loaded.

use std::net::SocketAddr;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Headers of an answer, at most.
const HEADERS: usize = 32;
/// Room for what is read at once.
const ROOM: usize = 32 << 10;

/// A connection with one request on it at a time.
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// An answer, as long as nothing else is asked.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The `ETag`.
    pub tag: Option<&'a str>,
    /// Whether it says when to call again (`Retry-After`).
    pub has_retry_after: bool,
    /// The body.
    pub body: &'a [u8],
}

/// What the head of an answer says of what follows.
struct Head {
    status: u16,
    /// How long the head is.
    length: usize,
    /// How long the body is; nobody knows where it comes in chunks.
    body: Option<usize>,
    tag: Option<std::ops::Range<usize>>,
    has_retry_after: bool,
}

/// A TCP connection on which nothing waits to be sent together with more.
pub async fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address).await;
    let stream = stream.with_context(|| format!("cannot connect to {address}"))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl Connection {
    /// Opens a connection.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Connection> {
        let stream = connect(address).await?;
        Ok(Connection { stream, received: Vec::with_capacity(ROOM) })
    }

    /// Sends a whole request and waits for the whole answer.
    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer<'_>> {
        let Head { status, length, body, tag, has_retry_after } = self.ask(request).await?;
        let whole = length + body.context("the answer comes in chunks")?;
        while self.received.len() < whole {
            self.receive().await?;
        }
        let tag = tag.map(|tag| std::str::from_utf8(&self.received[tag])).transpose()?;
        Ok(Answer { status, tag, has_retry_after, body: &self.received[length..whole] })
    }

    /// Sends a whole request, whose answer does not end.
    pub async fn follow(mut self, request: &[u8]) -> anyhow::Result<Chunks> {
        let head = self.ask(request).await?;
        ensure!(head.status == 200, "the stream was refused with {}", head.status);
        self.received.drain(..head.length);
        Ok(Chunks { connection: self, given: 0 })
    }

    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Head> {
        self.received.clear();
        self.stream.write_all(request).await?;
        loop {
            self.receive().await?;
            if let Some(head) = Head::read(&self.received)? {
                return Ok(head);
            }
        }
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        self.received.reserve(ROOM);
        match self.stream.read_buf(&mut self.received).await? {
            0 => bail!("the connection was closed"),
            _ => Ok(()),
        }
    }
}

impl Head {
    /// The head, once it is there.
    fn read(received: &[u8]) -> anyhow::Result<Option<Head>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(length) = response.parse(received)? else {
            return Ok(None);
        };
        let status = response.code.context("an answer without a status")?;
        let header = |name: &str| {
            let found =
                response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| header.value)
        };
        let body = match header("content-length") {
            Some(digits) => Some(std::str::from_utf8(digits)?.parse()?),
            None if status == 204 || status == 304 => Some(0),
            None => None,
        };
        // A range, because the headers borrow what is received.
        let tag = header("etag").map(|tag| {
            let start = tag.as_ptr().addr() - received.as_ptr().addr();
            start..start + tag.len()
        });
        let body = if status == 304 { Some(0) } else { body };
        let has_retry_after = header("retry-after").is_some();
        Ok(Some(Head { status, length, body, tag, has_retry_after }))
    }
}

/// The body of an answer that does not end, chunk by chunk.
pub struct Chunks {
    connection: Connection,
    /// How much of what is received was given out.
    given: usize,
}

impl Chunks {
    /// The next chunk; none when the stream has ended in good order.
    pub async fn next(&mut self) -> anyhow::Result<Option<&[u8]>> {
        self.connection.received.drain(..self.given);
        self.given = 0;
        let (start, end) = loop {
            let received = &self.connection.received;
            let Ok(size) = httparse::parse_chunk_size(received) else {
                bail!("a chunk without a size");
            };
            match size {
                httparse::Status::Complete((start, size)) => {
                    break (start, start + usize::try_from(size)?);
                }
                httparse::Status::Partial => self.connection.receive().await?,
            }
        };
        while self.connection.received.len() < end + 2 {
            self.connection.receive().await?;
        }
        self.given = end + 2;
        Ok((start < end).then(|| &self.connection.received[start..end]))
    }
}
