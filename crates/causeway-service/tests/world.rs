//! A service on a log in memory, and people with keys.

use causeway_domain::words::Classification;
use causeway_domain::{Refusal, Submitted, event};
use causeway_log::memory::Memory;
use causeway_service::keys::Role;
use causeway_service::{Batch, Caller, Receipt, Sealing, Service, Verdict};
use serde_json::{Value, json};

/// A service on a log in memory.
pub fn service() -> Service {
    Service::open(Box::new(Memory::default()), Sealing::passing(), |_| {}).unwrap()
}

/// Somebody of `organisation` with a key of the role.
pub fn caller(organisation: &str, role: Role) -> Caller {
    Caller {
        key: format!("{organisation}-{role}").parse().unwrap(),
        organisation: organisation.parse().unwrap(),
        role,
        clearance: role.usual_clearance(),
        default_classification: Classification::Restricted,
    }
}

/// A reporter of `organisation`.
pub fn reporter(organisation: &str) -> Caller {
    caller(organisation, Role::Reporter)
}

/// An event as a client writes it.
pub fn event(type_name: &str, subject: &str, time: &str, data: Value) -> Value {
    json!({ "specversion": "1.0", "type": type_name, "subject": subject, "time": time, "data": data })
}

/// A corridor enters the register.
pub fn corridor(id: &str) -> Value {
    let subject = format!("corridor/{id}");
    event("corridor.registered.v1", &subject, "2023-01-01T00:00:00Z", json!({"names": {"en": id}}))
}

/// Somebody says whether the corridor is open.
pub fn status(id: &str, time: &str, status: &str) -> Value {
    event("corridor.status_reported.v1", &format!("corridor/{id}"), time, json!({"status": status}))
}

/// The event with one more attribute.
pub fn with(mut event: Value, attribute: &str, value: impl Into<Value>) -> Value {
    event[attribute] = value.into();
    event
}

pub fn parsed(event: &Value) -> Result<Submitted, Refusal> {
    event::parse(&event.to_string())
}

/// What becomes of events sent together.
pub async fn send(service: &Service, caller: &Caller, events: &[Value]) -> Vec<Verdict> {
    let events = events.iter().map(parsed).collect();
    let batch = Batch { events, atomic: false, dry_run: false };
    service.record(caller.clone(), batch).await.unwrap()
}

/// The receipt of an event that is recorded.
pub async fn record(service: &Service, caller: &Caller, event: Value) -> Receipt {
    match send(service, caller, &[event]).await.remove(0) {
        Verdict::Recorded(receipt) => receipt,
        other @ (Verdict::Duplicate(_) | Verdict::Rejected(_)) => {
            panic!("expected it to be recorded, found {other:?}")
        }
    }
}

/// The code under which an event is refused.
pub async fn refusal(service: &Service, caller: &Caller, event: Value) -> &'static str {
    match send(service, caller, &[event]).await.remove(0) {
        Verdict::Rejected(refusal) => refusal.code(),
        other @ (Verdict::Recorded(_) | Verdict::Duplicate(_)) => {
            panic!("expected it to be refused, found {other:?}")
        }
    }
}
