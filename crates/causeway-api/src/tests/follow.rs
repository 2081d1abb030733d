//! Following the log: as a stream, and by asking and waiting.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::http::Method;
use actix_web::test::{TestRequest, call_service, init_service};
use causeway_service::keys::Role;
use serde_json::{Value, json};
use tokio::time::{Instant, pause, sleep};

use super::world::{Reply, World, corridor, status, with, with_key};
use crate::server::app;

const NOON: &str = "2023-06-15T12:00:00Z";

/// A stream that somebody reads.
struct Stream {
    headers: Vec<(String, String)>,
    body: Pin<Box<dyn MessageBody<Error = Box<dyn std::error::Error>>>>,
    text: String,
    largest_chunk: usize,
}

impl Stream {
    async fn open(world: &World, path: &str, token: &str) -> Stream {
        Stream::by(world, with_key(TestRequest::get().uri(path), token)).await
    }

    async fn by(world: &World, request: TestRequest) -> Stream {
        let app = init_service(app(world.api.clone())).await;
        let response = call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), 200);
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = Box::pin(response.into_body().boxed());
        let mut stream = Stream { headers, body, text: String::new(), largest_chunk: 0 };
        assert_eq!(stream.next().await.unwrap(), "retry: 2000");
        stream
    }

    fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    /// The next block, as it stands before its empty line; none at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let chunk = poll_fn(|context| self.body.as_mut().poll_next(context)).await?.unwrap();
            self.largest_chunk = self.largest_chunk.max(chunk.len());
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event, which is to stand at `position`.
    #[track_caller]
    fn event(&mut self, position: u64) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            let block = self.next().await.unwrap();
            let begin = format!("id: {position}\ndata: ");
            let data = block.strip_prefix(&begin);
            let data = data.unwrap_or_else(|| panic!("{caller}: no event {position}: {block}"));
            serde_json::from_str(data).unwrap()
        }
    }

    /// That everything up to `position` was told.
    async fn caught_up(&mut self, position: u64) {
        let expected =
            format!("event: caught-up\nid: {position}\ndata: {{\"position\":{position}}}");
        assert_eq!(self.next().await.unwrap(), expected);
    }
}

/// Two public events on `a`, one confidential one on `a`, two public ones on `b`.
async fn told() -> (World, String) {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    let secret = with(status("a", NOON, "closed"), "dataclassification", "confidential");
    for event in
        [corridor("a"), status("a", NOON, "open"), secret, corridor("b"), status("b", NOON, "open")]
    {
        world.send(&key, &event).await.ok();
    }
    (world, key)
}

#[actix_web::test]
async fn a_stream_is_the_feed_and_goes_on() {
    let (world, key) = told().await;
    let page = world.get("/v1/events", &key).await.ok().json();
    let mut stream = Stream::open(&world, "/v1/events/stream", &key).await;
    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    assert_eq!(stream.header("cache-control"), Some("private, no-cache"));
    assert_eq!(stream.header("x-accel-buffering"), Some("no"));
    for (position, event) in (0..).zip(page["data"].as_array().unwrap()) {
        assert_eq!(stream.event(position).await, *event);
    }
    stream.caught_up(4).await;
    world.send(&key, &status("a", NOON, "restricted")).await.ok();
    assert_eq!(stream.event(5).await["data"]["status"], "restricted");
    world.send(&key, &status("b", NOON, "closed")).await.ok();
    assert_eq!(stream.event(6).await["data"]["status"], "closed", "caught-up is told once");
}

#[actix_web::test]
async fn an_event_is_the_same_bytes_as_in_the_feed() {
    let (world, key) = told().await;
    let page = world.get("/v1/events?limit=1", &key).await.ok();
    let page = String::from_utf8(page.body).unwrap();
    let mut stream = Stream::open(&world, "/v1/events/stream", &key).await;
    let block = stream.next().await.unwrap();
    let (_, data) = block.split_once("data: ").unwrap();
    assert!(page.contains(data), "{data}");
}

#[actix_web::test]
async fn what_a_reader_may_not_see_is_withheld_or_under_a_filter_not_there() {
    let (world, key) = told().await;
    let mut all = Stream::open(&world, "/v1/events/stream?after=1", "").await;
    let withheld = json!({ "sequence": "00000000000000000002", "withheld": true });
    assert_eq!(all.event(2).await, withheld);
    all.event(3).await;
    for (filter, seen) in
        [("subject=corridor/a", [0, 1]), ("type=corridor.status_reported.v1", [1, 4])]
    {
        let mut some = Stream::open(&world, &format!("/v1/events/stream?{filter}"), "").await;
        for position in seen {
            some.event(position).await;
        }
        some.caught_up(4).await;
    }
    let mut on_a = Stream::open(&world, "/v1/events/stream?subject=corridor/a&after=4", "").await;
    on_a.caught_up(4).await;
    let secret = with(status("a", NOON, "closed"), "dataclassification", "confidential");
    world.send(&key, &secret).await.ok();
    world.send(&key, &status("a", NOON, "open")).await.ok();
    on_a.event(6).await;
    for _ in 0..2 {
        let mut with_key = Stream::open(&world, "/v1/events/stream?after=4", &key).await;
        assert_eq!(with_key.event(5).await["data"]["status"], "closed");
        let mut without = Stream::open(&world, "/v1/events/stream?after=4", "").await;
        assert_eq!(without.event(5).await["withheld"], true, "whoever else was told it");
    }
}

#[actix_web::test]
async fn a_reader_who_was_cut_off_goes_on_where_it_was() {
    let (world, key) = told().await;
    let resumed = |id: &str| {
        let request = TestRequest::get().uri("/v1/events/stream?after=0");
        with_key(request.insert_header(("last-event-id", id)), &key)
    };
    let mut stream = Stream::by(&world, resumed("2")).await;
    stream.event(3).await;
    stream.event(4).await;
    stream.caught_up(4).await;
    for wrong in ["5", "next", "-1", "", "1.0"] {
        let refused = world.call(resumed(wrong)).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "bad-parameter"), "{wrong}");
        assert_eq!(refused.json()["errors"][0]["parameter"], "Last-Event-ID");
    }
}

#[actix_web::test]
async fn what_makes_no_sense_is_refused() {
    let (world, key) = told().await;
    let cases = [
        ("after=5", "`after`: expected a position on record; the newest: 4"),
        ("limit=5", "`limit`: expected only after, type, subject"),
        ("order=desc", "`order`: expected only after, type, subject"),
    ];
    for (query, detail) in cases {
        let refused = world.get(&format!("/v1/events/stream?{query}"), &key).await;
        assert_eq!((refused.status, refused.problem().as_str()), (400, "bad-parameter"));
        assert_eq!(refused.json()["detail"], detail);
    }
    let closed = World::closed();
    assert_eq!(closed.get("/v1/events/stream", "").await.problem(), "not-authenticated");
}

#[actix_web::test]
async fn a_stream_on_nothing_waits_for_the_first_event() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    let mut stream = Stream::open(&world, "/v1/events/stream", &key).await;
    assert_eq!(stream.next().await.unwrap(), "event: caught-up\ndata: {\"position\":null}");
    world.send(&key, &corridor("a")).await.ok();
    stream.event(0).await;
}

#[actix_web::test]
async fn a_stream_is_taken_in_small_chunks() {
    let world = World::open();
    let key = world.key("icrc", Role::Reporter);
    let note = "n".repeat(3_900);
    let events = (0..300).map(|number| {
        let mut event = corridor(&format!("road-{number}"));
        event["data"]["note"] = note.clone().into();
        event
    });
    world.send(&key, &Value::Array(events.collect())).await.ok();
    let mut stream = Stream::open(&world, "/v1/events/stream", &key).await;
    for position in 0..300 {
        stream.event(position).await;
    }
    stream.caught_up(299).await;
    let largest = stream.largest_chunk;
    assert!((64 << 10..80 << 10).contains(&largest), "a chunk of {largest} bytes");
}

#[actix_web::test]
async fn nothing_is_held_back_to_be_compressed() {
    let (world, key) = told().await;
    let request = TestRequest::get().uri("/v1/events/stream?after=3");
    let request = request.insert_header(("accept-encoding", "gzip, br, zstd"));
    let mut stream = Stream::by(&world, with_key(request, &key)).await;
    assert_eq!(stream.header("content-encoding"), None);
    stream.event(4).await;
    stream.caught_up(4).await;
    world.send(&key, &status("a", NOON, "open")).await.ok();
    stream.event(5).await;
}

#[actix_web::test]
async fn silence_is_broken_and_says_how_far_the_reader_has_come() {
    let (world, key) = told().await;
    let mut stream = Stream::open(&world, "/v1/events/stream?subject=corridor/a", &key).await;
    for position in 0..3 {
        stream.event(position).await;
    }
    stream.caught_up(4).await;
    world.send(&key, &status("b", NOON, "closed")).await.ok();
    pause();
    let began = Instant::now();
    assert_eq!(stream.next().await.unwrap(), ": still here\nid: 5");
    assert_eq!(stream.next().await.unwrap(), ": still here\nid: 5");
    let elapsed = began.elapsed().as_millis();
    assert!((29_000..31_000).contains(&elapsed), "two in {elapsed} milliseconds");
}

#[actix_web::test]
async fn a_revoked_key_ends_its_stream() {
    let (world, key) = told().await;
    let mut stream = Stream::open(&world, "/v1/events/stream?after=4", &key).await;
    stream.caught_up(4).await;
    let mut waiting = Stream::open(&world, "/v1/events/stream?after=4", &key).await;
    waiting.caught_up(4).await;
    let other = world.key("icrc", Role::Reporter);
    let id = key.split('_').nth(1).unwrap();
    world.api.keys().revoke(id, world.api.service().now()).unwrap();
    world.send(&other, &status("a", NOON, "open")).await.ok();
    assert_eq!(stream.next().await, None, "what came after is not told");
    pause();
    let began = Instant::now();
    let mut silent = Stream::open(&world, "/v1/events/stream?after=5", &other).await;
    silent.caught_up(5).await;
    let id = other.split('_').nth(1).unwrap();
    world.api.keys().revoke(id, world.api.service().now()).unwrap();
    assert_eq!(silent.next().await, None);
    assert!(began.elapsed() <= Duration::from_secs(16), "{:?}", began.elapsed());
}

#[actix_web::test]
async fn a_service_that_stops_ends_what_waits() {
    let (world, key) = told().await;
    let mut stream = Stream::open(&world, "/v1/events/stream?after=4", &key).await;
    stream.caught_up(4).await;
    let mut behind = Stream::open(&world, "/v1/events/stream", &key).await;
    let stop = async {
        tokio::task::yield_now().await;
        world.api.stop();
    };
    let began = std::time::Instant::now();
    let (empty, ()) = tokio::join!(asking(&world, "after=4", "wait=60", &key), stop);
    assert_eq!(empty.ok().json()["data"], json!([]));
    assert_eq!((stream.next().await, behind.next().await), (None, None));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(world.get("/v1/events/stream", &key).await.problem(), "stopping");
}

#[actix_web::test]
async fn the_head_of_a_stream_can_be_asked_for() {
    let (world, key) = told().await;
    let request = TestRequest::default().method(Method::HEAD).uri("/v1/events/stream");
    let head = world.call(with_key(request, &key)).await.ok();
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(head.body, b"");
}

#[actix_web::test]
async fn open_streams_are_counted_and_not_more_than_are_served() {
    let (world, key) = told().await;
    let count = || {
        let text = world.api.metrics().text(&world.api).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("causeway_streams "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let stream = Stream::open(&world, "/v1/events/stream", &key).await;
    assert_eq!(count(), 1);
    let others: Vec<_> = (1..2_000).map(|_| world.api.metrics().open_stream().unwrap()).collect();
    let refused = world.get("/v1/events/stream", &key).await;
    assert_eq!((refused.status, refused.problem().as_str()), (503, "too-many-streams"));
    assert_eq!(refused.header("retry-after"), Some("2"));
    drop(stream);
    assert_eq!(count(), 1_999);
    Stream::open(&world, "/v1/events/stream", &key).await;
    drop(others);
    assert_eq!(count(), 0);
}

async fn asking(world: &World, query: &str, prefer: &str, key: &str) -> Reply {
    let request = TestRequest::get().uri(&format!("/v1/events?{query}"));
    world.call(with_key(request.insert_header(("prefer", prefer)), key)).await
}

#[actix_web::test]
async fn whoever_prefers_to_wait_is_answered_when_something_comes() {
    let (world, key) = told().await;
    let record = async {
        world.send(&key, &status("b", NOON, "closed")).await.ok();
        sleep(Duration::from_millis(300)).await; // so that the first is seen by itself
        world.send(&key, &status("a", NOON, "closed")).await.ok();
    };
    let query = "after=4&subject=corridor/a";
    let (answer, ()) = tokio::join!(asking(&world, query, "wait=60", &key), record);
    let answer = answer.ok();
    assert_eq!(answer.header("preference-applied"), Some("wait=60"));
    let answer = answer.json();
    assert_eq!(answer["data"].as_array().unwrap().len(), 1);
    assert_eq!(answer["data"][0]["subject"], "corridor/a");
    assert_eq!(answer["next"], 6);
    let there = asking(&world, "after=3", "wait=99", &key).await.ok();
    assert_eq!(there.header("preference-applied"), Some("wait=60"));
    assert_eq!(there.json()["data"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn whoever_waited_in_vain_is_answered_as_usual() {
    let (world, key) = told().await;
    pause();
    let began = Instant::now();
    let request = TestRequest::get().uri("/v1/events?after=4");
    let lines = request.insert_header(("accept", "application/x-ndjson"));
    let lines = world.call(with_key(lines.insert_header(("prefer", "wait=7")), &key)).await.ok();
    assert_eq!(
        (lines.body.as_slice(), lines.header("preference-applied")),
        (&[][..], Some("wait=7"))
    );
    let elapsed = began.elapsed().as_millis();
    assert!((7_000..7_500).contains(&elapsed), "{elapsed} milliseconds");
    for (query, prefer) in [("after=4", "wait=soon"), ("after=0&order=desc", "wait=7")] {
        let began = Instant::now();
        let empty = asking(&world, query, prefer, &key).await.ok();
        assert_eq!(
            (empty.json()["data"].clone(), empty.header("preference-applied")),
            (json!([]), None)
        );
        assert!(began.elapsed() < Duration::from_secs(1), "{query}");
    }
    assert_eq!(asking(&world, "after=5", "wait=7", &key).await.problem(), "bad-parameter");
}

#[actix_web::test]
async fn a_key_that_is_revoked_while_it_waits_is_told_nothing() {
    let (world, key) = told().await;
    let other = world.key("icrc", Role::Reporter);
    let revoke = async {
        tokio::task::yield_now().await;
        let id = key.split('_').nth(1).unwrap();
        world.api.keys().revoke(id, world.api.service().now()).unwrap();
        world.send(&other, &status("a", NOON, "open")).await.ok();
    };
    let (answer, ()) = tokio::join!(asking(&world, "after=4", "wait=60", &key), revoke);
    assert_eq!(answer.problem(), "not-authenticated");
}
