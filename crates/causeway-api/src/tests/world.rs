//! A service on a log in memory, people with keys, and what they send.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use causeway_log::memory::{Drive, Memory};
use causeway_service::keys::{Keys, NewKey, Role};
use causeway_service::{Sealing, Service};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::server::app;
use crate::{Api, Settings};

/// A running service and what belongs to it.
pub struct World {
    pub api: Api,
    pub drive: Drive,
    folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl World {
    /// Closed: nothing is read without a key.
    pub fn closed() -> World {
        World::with(Settings::default())
    }

    /// Public events are read without a key.
    pub fn open() -> World {
        World::with(Settings { anonymous_reads: true, ..Settings::default() })
    }

    /// As an operator set it.
    pub fn with(settings: Settings) -> World {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path().join("keys.json")).unwrap();
        let drive = Drive::default();
        let log = Memory::over(drive.clone()).unwrap();
        let service = Service::open(Box::new(log), Sealing::passing(), |_| {}).unwrap();
        World { api: Api::new(service, keys, settings), drive, folder }
    }

    /// The token of a new key of `organisation`.
    pub fn key(&self, organisation: &str, role: Role) -> String {
        self.key_like(NewKey {
            organisation: organisation.parse().unwrap(),
            role,
            clearance: None,
            default_classification: None,
            expires: None,
        })
    }

    /// The token of a new key.
    pub fn key_like(&self, new: NewKey) -> String {
        let now = self.api.service().now();
        self.api.keys().create(new, now).unwrap().1.reveal().to_owned()
    }

    /// The same service with the same keys, of which nothing was asked yet.
    pub fn unasked(&self) -> Api {
        let keys = Keys::open(self.folder.path().join("keys.json")).unwrap();
        Api::new(self.api.service().clone(), keys, self.api.settings().clone())
    }

    pub async fn call(&self, request: TestRequest) -> Reply {
        let app = init_service(app(self.api.clone())).await;
        Reply::of(call_service(&app, request.to_request()).await).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Reply {
        self.call(with_key(TestRequest::get().uri(path), token)).await
    }

    /// Reads again what was read before with this tag.
    pub async fn get_again(&self, path: &str, token: &str, tag: &str) -> Reply {
        let request = TestRequest::get().uri(path).insert_header(("if-none-match", tag));
        self.call(with_key(request, token)).await
    }

    /// Sends one event by itself.
    pub async fn send(&self, token: &str, event: &Value) -> Reply {
        self.post("/v1/events", token, "application/json", &event.to_string()).await
    }

    pub async fn post(&self, path: &str, token: &str, content_type: &str, body: &str) -> Reply {
        let request = TestRequest::post()
            .uri(path)
            .insert_header((CONTENT_TYPE, content_type))
            .set_payload(body.to_owned());
        self.call(with_key(request, token)).await
    }
}

/// The request with a key; an empty one is none.
pub fn with_key(request: TestRequest, token: &str) -> TestRequest {
    match token {
        "" => request,
        token => request.insert_header((AUTHORIZATION, format!("Bearer {token}"))),
    }
}

impl Reply {
    pub async fn of(response: ServiceResponse<impl MessageBody>) -> Reply {
        let text =
            |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap().to_owned();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = StatusCode::as_u16(&response.status());
        let body = timeout(Duration::from_secs(30), read_body(response)).await;
        Reply { status, headers, body: body.expect("an answer that ends").to_vec() }
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(known, _)| known == name);
        header.map(|(_, value)| value.as_str())
    }

    /// The code of the problem that came back.
    #[track_caller]
    pub fn problem(&self) -> String {
        let content_type = self.header("content-type");
        assert_eq!(content_type, Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status);
        let code = body["type"].as_str().and_then(|name| name.strip_prefix("/problems/"));
        code.unwrap_or_else(|| panic!("{body}")).to_owned()
    }

    /// That it went well.
    #[track_caller]
    pub fn ok(self) -> Reply {
        let body = String::from_utf8_lossy(&self.body);
        assert!((200..300).contains(&self.status), "{}: {body}", self.status);
        self
    }
}

/// An event as a client writes it.
pub fn event(type_name: &str, subject: &str, time: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0",
        "type": type_name,
        "subject": subject,
        "time": time,
        "dataclassification": "public",
        "data": data,
    })
}

/// A corridor enters the register.
pub fn corridor(id: &str) -> Value {
    let subject = format!("corridor/{id}");
    let data = json!({ "names": { "en": id } });
    event("corridor.registered.v1", &subject, "2023-01-01T00:00:00Z", data)
}

/// Somebody says whether the corridor is open.
pub fn status(id: &str, time: &str, status: &str) -> Value {
    let subject = format!("corridor/{id}");
    event("corridor.status_reported.v1", &subject, time, json!({ "status": status }))
}

/// The event with one more attribute.
pub fn with(mut event: Value, attribute: &str, value: impl Into<Value>) -> Value {
    event[attribute] = value.into();
    event
}
