//! The least that HTTP can cost: actix-web that reads an event and keeps nothing, or gives out
//! bytes that are ready.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{ChildStdout, Command, Stdio};

use actix_web::http::header::{ETAG, IF_NONE_MATCH};
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, get, post};
use anyhow::Context;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::process::Process;

const TAG: &str = r#"W/"prepared""#;
/// Where the prepared bytes are.
pub const PREPARED: &str = "/prepared";

/// A bare server in a process of its own. It ends when this is dropped.
pub struct Bare {
    _process: Process,
    /// Where it listens.
    pub address: SocketAddr,
    _output: BufReader<ChildStdout>,
}

impl Bare {
    /// Starts this executable as a bare server that gives out so many bytes.
    pub fn start(bytes: usize) -> anyhow::Result<Bare> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["bare", "--bytes", &bytes.to_string()]).stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let mut output = BufReader::new(process.child().stdout.take().context("an output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim_end().parse().context("the bare server listens nowhere")?;
        Ok(Bare { _process: process, address, _output: output })
    }
}

/// What of an event has to be looked at by anybody who takes it.
#[derive(Deserialize)]
struct Envelope<'a> {
    id: &'a str,
    r#type: &'a str,
    subject: &'a str,
    time: &'a str,
    // Read to its end, and dropped.
    data: IgnoredAny,
}

#[post("/v1/events")]
async fn take_event(body: Bytes) -> HttpResponse {
    let Ok(Envelope { id, r#type, subject, time, data: IgnoredAny }) =
        serde_json::from_slice(&body)
    else {
        return HttpResponse::BadRequest().finish();
    };
    let receipt =
        format!(r#"{{"id":"{id}","type":"{type}","subject":"{subject}","time":"{time}"}}"#);
    HttpResponse::Created().content_type("application/json").body(receipt)
}

#[get("/prepared")]
async fn get_prepared(request: HttpRequest, prepared: Data<Bytes>) -> HttpResponse {
    let known = request.headers().get(IF_NONE_MATCH);
    if known.is_some_and(|tag| tag.as_bytes() == TAG.as_bytes()) {
        return HttpResponse::NotModified().insert_header((ETAG, TAG)).finish();
    }
    let mut answer = HttpResponse::Ok();
    answer.content_type("application/json").insert_header((ETAG, TAG));
    answer.body(prepared.get_ref().clone())
}

/// Serves on a free port, which is printed, until the process ends.
pub fn serve(bytes: usize) -> anyhow::Result<()> {
    let prepared = Data::new(Bytes::from(vec![b' '; bytes]));
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(move || {
            App::new().app_data(prepared.clone()).service(take_event).service(get_prepared)
        });
        let server = server.bind(("127.0.0.1", 0))?;
        let address = server.addrs().first().copied().context("no address")?;
        println!("{address}");
        Ok(server.run().await?)
    })
}
