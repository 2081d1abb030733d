//! The real executable over a folder: filled, started, asked.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::http::Connection;
use crate::load::on_this_thread;
use crate::process::{Process, output_of};
use crate::year::{ORGANISATION, Year};

/// What the log is called in what it signs.
const ORIGIN: &str = "causeway.invalid/bench";
/// Between two looks whether the service is ready.
const LOOK: Duration = Duration::from_millis(2);
/// Events of a page when everything is looked for.
const PAGE: usize = 10_000;

/// A data folder with keys, and the executable that works with it.
#[derive(Debug, Clone)]
pub struct Record {
    executable: PathBuf,
    folder: PathBuf,
    /// Who may do what in it.
    pub keys: Keys,
}

/// Keys to the record.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Records.
    pub reporter: String,
    /// Assesses what the reporter recorded.
    pub assessor: String,
    /// Reads everything.
    pub auditor: String,
}

/// What an import came to.
#[derive(Debug, Clone, Copy)]
pub struct Filled {
    /// Bytes of all events, as they were sent.
    pub bytes: u64,
    /// How long it took, making the events included.
    pub took: Duration,
}

/// A running service. It ends when this is dropped.
pub struct Service {
    /// Its process.
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start until it was ready.
    pub ready_after: Duration,
    // Kept open: a service whose output nobody takes would be stopped by it.
    _output: BufReader<std::process::ChildStdout>,
}

impl Record {
    /// A new record in a folder that is not there yet.
    pub fn make(executable: &Path, folder: &Path) -> anyhow::Result<Record> {
        let key = |role: &str| {
            let mut command = Command::new(executable);
            command.args(["keys", "create", "--org", ORGANISATION, "--role", role, "--data"]);
            Ok::<_, anyhow::Error>(output_of(command.arg(folder))?.trim().to_owned())
        };
        let keys = Keys {
            reporter: key("reporter")?,
            assessor: key("assessor")?,
            auditor: key("auditor")?,
        };
        Ok(Record { executable: executable.to_owned(), folder: folder.to_owned(), keys })
    }

    /// A subcommand of the executable that works with the folder.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg(name).arg("--data").arg(&self.folder).env("CAUSEWAY_LOG", "warn");
        command
    }

    /// Records a whole year without HTTP. Every event has to be accepted.
    pub fn fill(&self, year: Year) -> anyhow::Result<Filled> {
        let started = Instant::now();
        let mut command = self.command("import");
        let tally = File::create(self.folder.with_extension("import"))?;
        command.args(["--org", ORGANISATION, "-"]).stdin(Stdio::piped()).stdout(tally);
        let mut import = Process::start(&mut command)?;
        let input = import.child().stdin.take().context("an input")?;
        let mut input = BufWriter::with_capacity(1 << 20, input);
        let (mut events, mut bytes) = (0_u64, 0);
        for event in year {
            input.write_all(event.text.as_bytes())?;
            input.write_all(b"\n")?;
            events += 1;
            bytes += event.text.len() as u64;
        }
        drop(input.into_inner()?);
        let status = import.child().wait()?;
        let tally = std::fs::read_to_string(self.folder.with_extension("import"))?;
        ensure!(status.success(), "the import ended with {status}: {tally}");
        let all = format!("recorded {events}, duplicate 0, rejected 0");
        ensure!(tally.trim_end() == all, "not all was recorded: {tally}");
        Ok(Filled { bytes, took: started.elapsed() })
    }

    /// Starts the service and waits until it is ready.
    pub fn serve(&self) -> anyhow::Result<Service> {
        self.serve_at("127.0.0.1:0")
    }

    /// The same, at an address.
    pub fn serve_at(&self, address: &str) -> anyhow::Result<Service> {
        let mut command = self.command("serve");
        command
            .args(["--origin", ORIGIN, "--listen", address])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let started = Instant::now();
        let mut process = Process::start(&mut command)?;
        let mut output = BufReader::new(process.child().stdout.take().context("an output")?);
        let mut line = String::new();
        let address = loop {
            line.clear();
            ensure!(output.read_line(&mut line)? > 0, "the service ended before it listened");
            if let Some((_, address)) = line.trim_end().split_once("listening on http://") {
                break address.parse()?;
            }
        };
        wait_until_ready(address)?;
        Ok(Service { process, address, ready_after: started.elapsed(), _output: output })
    }
}

fn wait_until_ready(address: SocketAddr) -> anyhow::Result<()> {
    on_this_thread(async {
        let request = get(address, "/readyz", "", "");
        while Connection::open(address).await?.exchange(&request).await?.status != 200 {
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    })
}

impl Service {
    /// The body of one answer, which has to be 200.
    pub fn read(&self, path: &str, key: &str, headers: &str) -> anyhow::Result<Vec<u8>> {
        on_this_thread(async {
            let mut connection = Connection::open(self.address).await?;
            let request = get(self.address, path, key, headers);
            let answer = connection.exchange(&request).await?;
            let body = String::from_utf8_lossy(answer.body);
            ensure!(answer.status == 200, "{path}: {}: {body}", answer.status);
            Ok(answer.body.to_vec())
        })
    }

    /// Makes sure that everything acknowledged is on record from position `first` on, once.
    pub fn look_for_all(
        &self,
        first: u64,
        key: &str,
        acknowledged: &HashSet<String>,
    ) -> anyhow::Result<()> {
        #[derive(Deserialize)]
        struct Recorded {
            id: String,
        }
        let (mut found, mut next) = (HashSet::new(), first);
        loop {
            let after = next.checked_sub(1).map_or(String::new(), |last| format!("&after={last}"));
            let path = format!("/v1/events?limit={PAGE}{after}");
            let page = self.read(&path, key, "Accept: application/x-ndjson\r\n")?;
            let lines = page.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let before = found.len();
            for line in lines {
                let Recorded { id } =
                    serde_json::from_slice(line).context("an event in the feed")?;
                ensure!(found.insert(id), "an event is on record twice");
            }
            if found.len() == before {
                break;
            }
            next += (found.len() - before) as u64;
        }
        let lost = acknowledged.difference(&found).count();
        ensure!(lost == 0, "{lost} of {} acknowledged events are lost", acknowledged.len());
        Ok(())
    }

    /// How many events are on record.
    pub fn events(&self, key: &str) -> anyhow::Result<u64> {
        #[derive(Deserialize)]
        struct Head {
            as_of: AsOf,
        }
        #[derive(Deserialize)]
        struct AsOf {
            position: Option<u64>,
        }
        let body = self.read("/v1/corridors?limit=1", key, "")?;
        let head: Head = serde_json::from_slice(&body)?;
        Ok(head.as_of.position.map_or(0, |position| position + 1))
    }
}

/// A `GET` with more headers, each with its line end.
pub fn get(address: SocketAddr, path: &str, key: &str, headers: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n{headers}\r\n"
    )
    .into_bytes()
}

/// A `POST` of a body, written over `request`.
pub fn post(request: &mut Vec<u8>, address: SocketAddr, key: &str, body: &[&str]) {
    let content_type = if body.len() == 1 { "application/json" } else { "application/x-ndjson" };
    let length: usize = body.iter().map(|line| line.len() + 1).sum();
    request.clear();
    request.extend_from_slice(
        format!(
            "POST /v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        )
        .as_bytes(),
    );
    for line in body {
        request.extend_from_slice(line.as_bytes());
        request.push(b'\n');
    }
}
