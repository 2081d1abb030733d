//! A reader that takes nothing: cut off by a real server on a real socket.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use causeway_service::keys::Role;
use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::world::{World, corridor};
use crate::{Api, Settings, serve};

/// Events of about 57 kB: together more than the system takes for a socket that nobody reads.
const EVENTS: usize = 150;

async fn a_long_record(world: &World) {
    let key = world.key("icrc", Role::Reporter);
    let points: Vec<[f64; 2]> =
        (0..2_000).map(|at| [46.123_456_789, f64::from(at) / 1e3]).collect();
    let route = json!({ "type": "LineString", "coordinates": points });
    let large = |number: usize| {
        let mut event = corridor(&format!("road-{number}"));
        event["data"]["route"] = route.clone();
        event
    };
    world.send(&key, &Value::Array((0..EVENTS).map(large).collect())).await.ok();
}

fn ask(address: SocketAddr, last_event_id: &str) -> BufReader<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(32 << 10).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut socket = TcpStream::from(socket);
    let request = format!(
        "GET /v1/events/stream HTTP/1.0\r\nHost: {address}\r\n{last_event_id}Connection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).unwrap();
    BufReader::new(socket)
}

/// The ids that come before the end, or before everything on record was told.
fn ids(lines: impl Iterator<Item = std::io::Result<String>>) -> Vec<usize> {
    let lines = lines.map_while(Result::ok).take_while(|line| line != "event: caught-up");
    let complete: Vec<String> = lines.collect();
    let ids = complete.windows(3).filter(|lines| lines[2].is_empty());
    ids.filter_map(|lines| lines[0].strip_prefix("id: ")?.parse().ok()).collect()
}

async fn until_open(api: &Api, streams: u64) -> Duration {
    let began = Instant::now();
    let open = format!("causeway_streams {streams}\n");
    while !api.metrics().text(api).unwrap().contains(&open) {
        assert!(began.elapsed() < Duration::from_secs(20), "never {streams} open");
        sleep(Duration::from_millis(20)).await;
    }
    began.elapsed()
}

#[actix_web::test]
async fn a_reader_that_takes_nothing_is_cut_off_and_loses_nothing() {
    let stall_limit = Duration::from_secs(2);
    let world = World::with(Settings { anonymous_reads: true, stall_limit });
    a_long_record(&world).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let end = async { drop(stopped.await) };
    let server = actix_web::rt::spawn(serve(world.api.clone(), listener, 1, end));

    let stalled = ask(address, "");
    until_open(&world.api, 1).await;
    let cut_after = until_open(&world.api, 0).await;
    assert!(cut_after > stall_limit / 2, "cut off after {cut_after:?}");

    let told = actix_web::rt::task::spawn_blocking(move || {
        let before = ids(stalled.lines());
        let last = before.last().map(|id| format!("Last-Event-ID: {id}\r\n"));
        let after = ids(ask(address, &last.unwrap()).lines());
        assert!(before.len() < EVENTS && !after.is_empty());
        [before, after].concat()
    });
    assert!(told.await.unwrap().into_iter().eq(0..EVENTS), "each once and in order");
    drop(stop);
    server.await.unwrap().unwrap();
}
