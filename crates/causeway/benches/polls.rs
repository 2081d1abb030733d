//! What a dashboard costs that asks again and again: answers that are the same as the last time,
//! and answers of 10 KB, with a key, over 64 connections. Beside each, in the same run, the least
//! that it can cost: a handler of actix-web that says the same without knowing anything.
//!
//! Rounds of both alternate, so that both meet the same machine; the median of them counts.

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::http::header::ETAG;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use causeway_log::memory::{Drive, Memory};
use causeway_service::keys::Role;
use causeway_service::{Sealing, Service};

use support::Server;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);
/// Threads that ask, and the connections of each.
const CLIENTS: usize = 2;
const CONNECTIONS: usize = 32;
/// Corridors, and reports on each.
const CORRIDORS: usize = 200;
const REPORTS: usize = 20;

/// A moment is named, so that the minute cannot turn in the middle.
const ONE: &str = "/v1/corridors/road-0?effective_at=2023-07-01T00:00:00Z";
const LIST: &str = "/v1/corridors?effective_at=2023-07-01T00:00:00Z&limit=4";

fn main() {
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a scratch folder");
    let log = Memory::over(Drive::default()).expect("a new log");
    let service = Service::open(Box::new(log), Sealing::passing(), |_| {}).expect("a new record");
    let server = Server::start(service.clone(), scratch.path(), Role::Reporter);
    server.post(&corridors());
    server.post(&reports());
    let address = server.url.strip_prefix("http://").expect("a URL").parse().expect("an address");
    let key = format!("authorization: {}\r\n", server.authorization);

    for (path, encoding) in [(ONE, ""), (LIST, ""), (LIST, "accept-encoding: gzip\r\n")] {
        let headers = format!("{key}{encoding}");
        let first = ask_once(address, &request(path, &headers));
        let tag = first.header("etag").expect("a tag");
        let known = request(path, &format!("{headers}if-none-match: {tag}\r\n"));
        let bare = bare(first.body.clone());
        println!("GET {path} {}: {} bytes", encoding.trim_end(), first.body.len());
        compare("304", address, &known, bare, &request("/unchanged", &headers));
        compare("200", address, &request(path, &headers), bare, &request("/full", &headers));
    }
    server.stop();
    service.stop();
}

/// Prints how often both are answered in a second.
fn compare(status: &str, ours: SocketAddr, asked: &str, bare: SocketAddr, asked_bare: &str) {
    let rates = |address, request: &str| move_all(status, address, request);
    let rounds: Vec<_> =
        (0..ROUNDS).map(|_| (rates(bare, asked_bare), rates(ours, asked))).collect();
    let bare = median(rounds.iter().map(|round| round.0));
    let ours = median(rounds.iter().map(|round| round.1));
    let ratio = median(rounds.iter().map(|round| round.1 / round.0));
    println!("  {status}: bare actix-web {bare:.0}/s, ours {ours:.0}/s, ratio {ratio:.2}");
}

/// Answers in a second, with all connections asking.
fn move_all(status: &str, address: SocketAddr, request: &str) -> f64 {
    let started = Instant::now();
    let client = || {
        let mut connections: Vec<_> = (0..CONNECTIONS).map(|_| Connection::open(address)).collect();
        let mut answered = 0;
        while started.elapsed() < ROUND {
            connections.iter_mut().for_each(|connection| connection.send(request));
            for connection in &mut connections {
                assert_eq!(connection.take().status(), status);
                answered += 1;
            }
        }
        answered
    };
    let answered: u32 = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        clients.into_iter().map(|client| client.join().expect("answers")).sum()
    });
    f64::from(answered) / started.elapsed().as_secs_f64()
}

/// A server of actix-web on two threads that knows two answers by heart.
fn bare(body: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let body = Bytes::from(body);
    let app = move || {
        let body = body.clone();
        let full = move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type("application/json").body(body) }
        };
        let unchanged =
            || async { HttpResponse::NotModified().insert_header((ETAG, TAG)).finish() };
        App::new().route("/full", web::get().to(full)).route("/unchanged", web::get().to(unchanged))
    };
    let server = HttpServer::new(app).workers(2).disable_signals().listen(listener);
    let server = server.expect("a listener").run();
    thread::spawn(move || actix_web::rt::System::new().block_on(server).expect("a server"));
    address
}

const TAG: &str = "W/\"AAAAAAAAAAAAAAAAAAAAAA\"";

/// A connection that is kept open.
struct Connection {
    stream: TcpStream,
    /// What came and was not taken yet.
    came: Vec<u8>,
}

/// What came back.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Connection {
    fn open(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).expect("a server that listens");
        stream.set_nodelay(true).expect("a socket");
        Connection { stream, came: Vec::with_capacity(1 << 14) }
    }

    fn send(&mut self, request: &str) {
        self.stream.write_all(request.as_bytes()).expect("a server that takes it");
    }

    /// Waits for an answer.
    fn take(&mut self) -> Answer {
        let mut head = None;
        loop {
            head = head.or_else(|| self.came.windows(4).position(|end| end == b"\r\n\r\n"));
            if let Some(end) = head {
                let text = std::str::from_utf8(&self.came[..end]).expect("a head is text");
                let head = text.to_owned();
                let answer = Answer { head, body: Vec::new() };
                let length = answer
                    .header("content-length")
                    .map_or(0, |length| length.parse::<usize>().expect("a length"));
                if self.came.len() >= end + 4 + length {
                    let body = self.came[end + 4..end + 4 + length].to_vec();
                    self.came.drain(..end + 4 + length);
                    return Answer { body, ..answer };
                }
            }
            self.read();
        }
    }

    fn read(&mut self) {
        let mut buffer = [0; 1 << 14];
        let length = self.stream.read(&mut buffer).expect("an answer");
        assert!(length > 0, "the server hung up");
        self.came.extend_from_slice(&buffer[..length]);
    }
}

impl Answer {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).expect("a status")
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

fn ask_once(address: SocketAddr, request: &str) -> Answer {
    let mut connection = Connection::open(address);
    connection.send(request);
    let answer = connection.take();
    assert_eq!(answer.status(), "200", "{}", answer.head);
    answer
}

fn request(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n")
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn corridors() -> String {
    let corridor = |number| {
        format!(
            r#"{{"specversion":"1.0","type":"corridor.registered.v1","subject":"corridor/road-{number}","time":"2023-01-01T00:00:00Z","dataclassification":"public","data":{{"names":{{"en":"Road {number}"}}}}}}"#
        )
    };
    (0..CORRIDORS).map(corridor).collect::<Vec<_>>().join("\n")
}

fn reports() -> String {
    let reports = (0..CORRIDORS * REPORTS).map(report);
    reports.collect::<Vec<_>>().join("\n")
}

fn report(number: usize) -> String {
    let (corridor, day) = (number % CORRIDORS, number / CORRIDORS % 28 + 1);
    let status = ["open", "restricted", "closed"][number % 3];
    let traffic = ["humanitarian_cargo", "medical_evacuation", "civilians"][number % 3];
    format!(
        r#"{{"specversion":"1.0","type":"corridor.status_reported.v1","subject":"corridor/road-{corridor}","time":"2023-06-{day:02}T12:00:00Z","dataclassification":"public","data":{{"status":"{status}","traffic":["{traffic}"],"source":{{"kind":"partner_agency","by":"drc"}}}}}}"#
    )
}
