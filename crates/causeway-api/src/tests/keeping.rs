//! What is kept is what would be made now: the same bytes with it and without it, whoever asks
//! for whatever, and whatever was recorded in between.

use std::collections::HashMap;
use std::io::Read;

use actix_web::rt::System;
use actix_web::test::{TestRequest, call_service, init_service};
use causeway_service::keys::Role;
use flate2::read::GzDecoder;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::world::{Reply, World, corridor, event, with, with_key};
use crate::Api;
use crate::cursor::Cursor;
use crate::server::app;

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// Somebody records this.
    Record(Value),
    /// Somebody records paperwork on what was recorded as the so manieth.
    Follow(usize, Paperwork, &'static str),
    /// Somebody asks.
    Ask(Question),
}

#[derive(Debug, Clone, Copy)]
enum Paperwork {
    Withdrawn,
    Assessed,
    Disputed,
}

#[derive(Debug, Clone)]
struct Question {
    path: &'static str,
    moment: Option<&'static str>,
    policy: Option<&'static str>,
    /// How far back it is asked from.
    back: Option<u64>,
    /// Which of the keys; the first is none.
    who: usize,
    packed: bool,
}

const PERIOD: &str = "from=2023-06-01T00:00:00Z&to=2023-07-01T00:00:00Z";
const CLASSES: [&str; 3] = ["public", "restricted", "confidential"];
const TIMES: [&str; 3] = ["2023-06-02T00:00:00Z", "2023-06-15T12:00:00Z", "2023-06-20T00:00:00Z"];

const PATHS: [&str; 33] = [
    "/v1/corridors/a",
    "/v1/corridors/b",
    "/v1/corridors",
    "/v1/corridors?limit=1",
    "/v1/corridors?status=open",
    "/v1/corridors?area=p",
    "/v1/corridors/a/claims",
    "/v1/corridors/a/claims?by=icrc&limit=1",
    "/v1/corridors/a/history?PERIOD",
    "/v1/corridors/a/diff?known_from=2023-01-01T00:00:00Z&known_to=2023-01-02T00:00:00Z",
    "/v1/constraints",
    "/v1/constraints?corridor=a",
    "/v1/constraints?area=AZ70400002",
    "/v1/constraints/x",
    "/v1/constraints/x/history?PERIOD",
    "/v1/blockades",
    "/v1/blockades/x",
    "/v1/deliveries",
    "/v1/deliveries?organisation=icrc",
    "/v1/deliveries/d",
    "/v1/incidents",
    "/v1/incidents/i",
    "/v1/statements?corridor=a",
    "/v1/statements/s",
    "/v1/actors",
    "/v1/actors/icrc",
    "/v1/places",
    "/v1/places/p",
    "/v1/situation",
    "/v1/disputes",
    "/v1/disputes?area=p",
    "/v1/indicators?PERIOD",
    "/v1/indicators?PERIOD&area=p&expand=events",
];

fn anything() -> impl Strategy<Value = Value> {
    let source = select(vec!["icrc", "unhcr", "driver"]);
    let parts = (0..12_usize, select(vec!["a", "b"]), select(TIMES.to_vec()), source);
    let classes = select(CLASSES.to_vec());
    (parts, classes, select(vec!["open", "restricted", "closed"])).prop_map(
        |((kind, id, time, by), class, said)| {
            let said = match kind {
                0 => corridor(id),
                1 => registered_road(id),
                11 => {
                    let status = json!({ "status": said, "source": source_of(by) });
                    event("corridor.status_reported.v1", &format!("corridor/{id}"), time, status)
                }
                _ => other(kind, id, time, by),
            };
            with(said, "dataclassification", class)
        },
    )
}

fn source_of(by: &str) -> Value {
    json!({ "kind": "media", "by": by })
}

/// What is not about a corridor itself.
fn other(kind: usize, id: &str, time: &str, by: &str) -> Value {
    let names = json!({ "en": "A name" });
    let town = json!({ "name": "Town", "pcode": "AZ70400002" });
    let (name, subject, data) = match kind {
        2 => ("actor.registered", "actor/icrc", json!({ "names": names, "kind": "ngo" })),
        3 => {
            let data = json!({ "names": names, "kind": "ngo", "part_of": "icrc" });
            ("actor.registered", "actor/driver", data)
        }
        4 => ("place.registered", "place/p", json!({ "names": names, "pcode": "AZ70400002" })),
        5 => {
            let data = json!({ "kind": "blockade", "category": "RMW", "title": "It is shut",
                "corridors": [id], "areas": ["AZ70400002"], "source": source_of(by) });
            ("constraint.reported", "constraint/x", data)
        }
        6 => ("constraint.lifted", "constraint/x", json!({ "source": source_of(by) })),
        7 => {
            let data = json!({ "organisation": "icrc", "corridor": id, "destination": town });
            ("delivery.planned", "delivery/d", data)
        }
        8 => ("delivery.dispatched", "delivery/d", json!({})),
        9 => {
            let data = json!({ "kind": "shooting", "category": "VIO", "title": "Shots",
                "corridors": [id], "source": source_of(by) });
            ("incident.reported", "incident/i", data)
        }
        _ => {
            let about = [format!("corridor/{id}")];
            let data = json!({ "by": by, "summary": "It is open.", "about": about });
            ("statement.recorded", "statement/s", data)
        }
    };
    event(&format!("{name}.v1"), subject, time, data)
}

fn registered_road(id: &str) -> Value {
    let mut road = corridor(id);
    road["data"]["serves"] = json!([{ "name": "Town", "pcode": "AZ70400002" }]);
    road
}

fn question() -> impl Strategy<Value = Question> {
    let policy = proptest::option::of(select(vec!["latest", "verified", "party:icrc"]));
    let moment = proptest::option::of(select(TIMES.to_vec()));
    let asked = (select(PATHS.to_vec()), moment, policy, proptest::option::of(0..6_u64));
    (asked, 0..3_usize, any::<bool>()).prop_map(|((path, moment, policy, back), who, packed)| {
        Question { path, moment, policy, back, who, packed }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let paperwork = select(vec![Paperwork::Withdrawn, Paperwork::Assessed, Paperwork::Disputed]);
    prop_oneof![
        4 => anything().prop_map(Step::Record),
        1 => (any::<usize>(), paperwork, select(CLASSES.to_vec()))
            .prop_map(|(which, paperwork, class)| Step::Follow(which, paperwork, class)),
        6 => question().prop_map(Step::Ask),
    ]
}

/// What was recorded, and what was answered under which tag.
#[derive(Default)]
struct Told {
    recorded: Vec<(Value, String)>,
    answered: HashMap<(String, usize), Shown>,
}

/// Brings a request to a service.
trait Call: AsyncFn(TestRequest) -> Reply {}

impl<C: AsyncFn(TestRequest) -> Reply> Call for C {}

/// A service that keeps what it has answered, and the same without anything kept.
struct Asked<K, M> {
    kept: K,
    made: M,
    forgetful: Api,
    keys: [String; 3],
}

/// What an answer shows, but for the time of knowing.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    status: u16,
    as_of: Value,
    data: String,
    next: Value,
    tag: Option<String>,
}

impl<K: Call, M: Call> Asked<K, M> {
    async fn send(&self, who: usize, event: &Value) -> Reply {
        let post = TestRequest::post().uri("/v1/events").set_json(event);
        (self.kept)(with_key(post, &self.keys[who])).await
    }

    /// What is answered, from what is kept if that may be, and what is made.
    async fn ask(&self, path: &str, question: &Question) -> (Shown, Shown) {
        let key = &self.keys[question.who];
        let encoding = if question.packed { "gzip" } else { "identity" };
        let get = || TestRequest::get().uri(path).insert_header(("accept-encoding", encoding));
        loop {
            self.forgetful.kept().clear();
            let kept = shown((self.kept)(with_key(get(), key)).await);
            let made = shown((self.made)(with_key(get(), key)).await);
            // The minute may turn in between.
            if kept.as_of["effective_at"] == made.as_of["effective_at"] {
                return (kept, made);
            }
        }
    }

    async fn is_unchanged(&self, path: &str, who: usize, tag: &str) -> bool {
        let get = TestRequest::get().uri(path).insert_header(("if-none-match", tag));
        (self.kept)(with_key(get, &self.keys[who])).await.status == 304
    }
}

impl Told {
    async fn take<K: Call, M: Call>(&mut self, step: Step, asked: &Asked<K, M>) {
        match step {
            Step::Record(event) => {
                let reply = asked.send(1, &event).await;
                let is_valid = reply.status < 400 || reply.problem() != "invalid-event";
                assert!(is_valid, "{event}: {}", reply.json());
                if reply.status == 201 {
                    let subject = event["subject"].as_str().unwrap().to_owned();
                    self.recorded.push((reply.json()["id"].clone(), subject));
                }
            }
            Step::Follow(which, paperwork, class) if !self.recorded.is_empty() => {
                let (event, subject) = &self.recorded[which % self.recorded.len()];
                asked.send(2, &paperwork.on(event, subject, class)).await;
            }
            Step::Follow(..) => {}
            Step::Ask(question) => self.ask(&question, asked).await,
        }
    }

    async fn ask<K: Call, M: Call>(&mut self, question: &Question, asked: &Asked<K, M>) {
        let path = question.path(asked.forgetful.service().head().chronicle.len());
        let (kept, made) = asked.ask(&path, question).await;
        assert_eq!(kept, made, "{path}, asked by {}", question.who);
        // Whoever has an answer hears that nothing changed only as long as that is so.
        if let Some(before) = self.answered.get(&(path.clone(), question.who))
            && let Some(tag) = &before.tag
            && asked.is_unchanged(&path, question.who, tag).await
        {
            assert_eq!(before.data, made.data, "{path} is said to be unchanged");
        }
        self.answered.insert((path, question.who), made);
    }
}

impl Paperwork {
    fn on(self, event_id: &Value, subject: &str, class: &str) -> Value {
        let (name, data) = match self {
            Paperwork::Withdrawn => ("withdrawn", json!({ "event": event_id, "reason": "wrong" })),
            Paperwork::Assessed => (
                "assessed",
                json!({ "event": event_id, "level": "verified",
                "method": "desk review", "rationale": "Others say the same." }),
            ),
            Paperwork::Disputed => ("disputed", json!({ "event": event_id, "reason": "no" })),
        };
        let paper = event(&format!("report.{name}.v1"), subject, TIMES[2], data);
        with(paper, "dataclassification", class)
    }
}

impl Question {
    fn path(&self, length: u64) -> String {
        let parameters = [
            self.moment.map(|moment| format!("effective_at={moment}")),
            self.policy.map(|policy| format!("policy={policy}")),
            // A diff names its times of knowing in its own way.
            self.back
                .filter(|back| *back < length && !self.path.contains("diff"))
                .map(|back| format!("at_position={}", length - 1 - back)),
        ];
        let mut path = self.path.replace("PERIOD", PERIOD);
        for parameter in parameters.into_iter().flatten() {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&parameter);
        }
        path
    }
}

fn shown(reply: Reply) -> Shown {
    let body = match reply.header("content-encoding") {
        Some("gzip") => {
            let mut body = String::new();
            GzDecoder::new(&*reply.body).read_to_string(&mut body).unwrap();
            body
        }
        _ => String::from_utf8(reply.body.clone()).unwrap(),
    };
    if reply.status != 200 {
        return Shown {
            status: reply.status,
            as_of: Value::Null,
            data: body,
            next: Value::Null,
            tag: None,
        };
    }
    let parts: HashMap<String, Box<RawValue>> = serde_json::from_str(&body).unwrap();
    let part = |name: &str| {
        parts.get(name).map_or(Value::Null, |part| serde_json::from_str(part.get()).unwrap())
    };
    let mut as_of = part("as_of");
    let known_at = as_of["known_at"].take();
    let mut next = part("next");
    if let Some(cursor) = next.as_str() {
        let cursor: Cursor = cursor.parse().unwrap();
        assert_eq!(json!(cursor.known_at), known_at);
        next = json!({ "after": cursor.after, "position": cursor.position, "limit": cursor.limit,
            "effective_at": cursor.effective_at, "clearance": cursor.clearance });
    }
    let tag = reply.header("etag").map(str::to_owned);
    Shown { status: 200, as_of, data: parts["data"].get().to_owned(), next, tag }
}

async fn tell(steps: Vec<Step>) {
    let world = World::open();
    let keys = [String::new(), world.key("icrc", Role::Reporter), world.key("un", Role::Admin)];
    let forgetful = world.unasked(); // it knows the keys that were made before
    let kept = init_service(app(world.api.clone())).await;
    let made = init_service(app(forgetful.clone())).await;
    let asked = Asked {
        kept: async |request: TestRequest| {
            Reply::of(call_service(&kept, request.to_request()).await).await
        },
        made: async |request: TestRequest| {
            Reply::of(call_service(&made, request.to_request()).await).await
        },
        forgetful,
        keys,
    };
    let mut told = Told::default();
    for step in steps {
        told.take(step, &asked).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_kept_is_what_would_be_made(steps in prop::collection::vec(step(), 40..100)) {
        System::new().block_on(tell(steps));
    }
}
