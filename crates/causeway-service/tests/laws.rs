//! What holds for any events: how they were split, and whether the views were rebuilt, is no
//! matter.

use causeway_domain::flags::Flags;
use causeway_domain::words::Classification;
use causeway_log::Log;
use causeway_log::memory::Memory;
use causeway_service::keys::Role;
use causeway_service::replay::rebuild;
use causeway_service::{Batch, Question, Sealing, Service};
use causeway_views::{Paging, Snapshot};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::snapshots::Kept;
use crate::world::*;

const ROADS: [&str; 2] = ["north", "south"];

/// What happens to a delivery, and what is said of it.
const STEPS: [&str; 7] =
    ["dispatched", "crossed", "held", "released", "arrived", "cancelled", "turned_back"];

/// Some hour of spring.
fn times() -> impl Strategy<Value = String> {
    (0..500_u32).prop_map(|hour| format!("2023-03-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24))
}

/// Reports on two roads and a delivery, and paperwork that names an earlier event; some of it is
/// confidential.
fn happenings() -> impl Strategy<Value = Vec<Value>> {
    let status = (0..2_usize, times(), 0..3_usize).prop_map(|(road, time, word)| {
        status(ROADS[road], &time, ["open", "restricted", "closed"][word])
    });
    let step = (prop::sample::select(&STEPS), times()).prop_map(|(step, time)| {
        event(&format!("delivery.{step}.v1"), "delivery/convoy", &time, json!({}))
    });
    let level = prop::sample::select(vec!["verified", "refuted", "corroborated", "disputed"]);
    let paperwork = (0..3_usize, any::<prop::sample::Index>(), level);
    let one = prop_oneof![
        2 => status.prop_map(|event| (event, None)),
        2 => step.prop_map(|event| (event, None)),
        1 => paperwork.prop_map(|paper| (Value::Null, Some(paper))),
    ];
    let classification = prop::sample::select(vec!["public", "restricted", "confidential"]);
    prop::collection::vec((one, classification), 1..30).prop_map(|drawn| {
        let [north, south] = ROADS.map(corridor);
        let public = |event| with(event, "dataclassification", "public");
        let mut events = [north, south, planned()].map(public).to_vec();
        for (number, ((event, paperwork), classification)) in drawn.into_iter().enumerate() {
            let event = match paperwork {
                None => event,
                Some((kind, target, level)) => {
                    about(&events[target.index(events.len())], kind, level)
                }
            };
            let event = with(event, "dataclassification", classification);
            events.push(with(event, "id", format!("01890a5d-0000-7000-8000-{number:012}")));
        }
        events
    })
}

fn planned() -> Value {
    let data = json!({"organisation": "icrc", "destination": {}});
    event("delivery.planned.v1", "delivery/convoy", "2023-03-02T00:00:00Z", data)
}

/// Paperwork about `target`; whether it may be recorded is for the service to say.
fn about(target: &Value, kind: usize, level: &str) -> Value {
    let id = target["id"].as_str().unwrap_or("01890a5d-ffff-7000-8000-000000000000");
    let (type_name, data) = match kind {
        0 => ("report.assessed.v1", json!({"event": id, "level": level})),
        1 => ("report.withdrawn.v1", json!({"event": id, "reason": "mistaken"})),
        _ => {
            let data = match target["type"].as_str() {
                Some("corridor.status_reported.v1") => json!({"status": "closed"}),
                _ => target["data"].clone(),
            };
            ("report.corrected.v1", json!({"event": id, "data": data, "reason": "misheard"}))
        }
    };
    let subject = target["subject"].as_str().unwrap();
    event(type_name, subject, "2023-04-01T00:00:00Z", data)
}

/// Records `events` in requests of the given sizes; assessments by another key.
async fn told(service: &Service, events: &[Value], sizes: &[usize]) {
    let (mut rest, mut sizes) = (events, sizes.iter().cycle());
    while !rest.is_empty() {
        let (now, later) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
        for run in now.chunk_by(|one, next| is_judged(one) == is_judged(next)) {
            let key = if is_judged(&run[0]) { "assessors" } else { "reporters" };
            let caller = caller(key, Role::Admin);
            let batch =
                Batch { events: run.iter().map(parsed).collect(), atomic: false, dry_run: false };
            service.record(caller, batch).await.unwrap();
        }
        rest = later;
    }
}

/// Whether it comes from another key than what it judges.
pub fn is_judged(event: &Value) -> bool {
    event["type"] == "report.assessed.v1"
}

/// Every answer about corridors and deliveries at three moments, for two readers, as JSON.
fn answers(snapshot: &Snapshot) -> Value {
    let moments = ["2023-03-05T00:00:00Z", "2023-03-15T12:00:00Z", "2023-05-01T00:00:00Z"];
    let answers = moments.into_iter().flat_map(|moment| {
        ["best", "verified", "latest", "party:reporters"].map(|policy| {
            let question = Question {
                effective_at: Some(moment.parse().unwrap()),
                policy: policy.parse().unwrap(),
                ..Question::default()
            };
            let readers = [Classification::Public, Classification::StrictlyConfidential];
            json!(readers.map(|clearance| answer(snapshot, &question, clearance)))
        })
    });
    answers.collect()
}

fn answer(snapshot: &Snapshot, question: &Question, clearance: Classification) -> Value {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let asked = question.pin_to(snapshot, now, clearance).unwrap();
    let view = snapshot.view(&asked);
    json!({
        "corridors": view.corridors(&Default::default(), &Paging::default()).items,
        "deliveries": view.deliveries(&Default::default(), &Paging::default()).items,
    })
}

/// Everything that was recorded, in order.
fn entries(snapshot: &Snapshot) -> Vec<String> {
    snapshot.chronicle.iter().map(|(_, entry)| format!("{entry:?}")).collect()
}

/// The flags of the event of this id, if it is on record.
fn flags(service: &Service, id: &Value) -> Option<Flags> {
    let head = service.head();
    let position = head.chronicle.position(&id.as_str()?.parse().ok()?)?;
    Some(head.chronicle.entry(position)?.flags)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_split_into_requests_gives_the_same_views(
        events in happenings(),
        sizes in prop::collection::vec(1..9_usize, 1..5),
    ) {
        run(async {
            let (one, other) = (service(), service());
            told(&one, &events, &[events.len()]).await;
            told(&other, &events, &sizes).await;
            prop_assert_eq!(answers(&one.head()), answers(&other.head()));
            Ok(())
        })?;
    }

    #[test]
    fn flags_tell_nothing_of_what_is_more_sensitive(events in happenings()) {
        run(async {
            let (&last, before) = (&events.last().unwrap(), &events[..events.len() - 1]);
            let all = service();
            told(&all, before, &[1]).await;
            let head = all.head();
            let class = last["dataclassification"].as_str().unwrap();
            let class: Classification = class.parse().unwrap();
            let is_visible = |event: &&Value| {
                let id = event["id"].as_str().and_then(|id| id.parse().ok());
                let position = id.and_then(|id| head.chronicle.position(&id));
                let entry = position.and_then(|position| head.chronicle.entry(position));
                // What has no id here was recorded first, and is public; what was refused is not
                // on record for anybody.
                event["id"].is_null() || entry.is_some_and(|entry| entry.classification <= class)
            };
            let visible: Vec<Value> = before.iter().filter(is_visible).cloned().collect();
            let less = service();
            told(&less, &visible, &[1]).await;
            for service in [&all, &less] {
                told(service, std::slice::from_ref(last), &[1]).await;
            }
            // With less on record the event may be refused; that is another law's.
            if let Some(without) = flags(&less, &last["id"])
                && let Some(with) = flags(&all, &last["id"])
            {
                prop_assert_eq!(with, without);
            }
            Ok(())
        })?;
    }

    #[test]
    fn a_start_from_a_snapshot_changes_nothing(
        events in happenings(),
        cut in any::<prop::sample::Index>(),
    ) {
        run(async {
            let kept = Kept::new();
            let (before, after) = events.split_at(1 + cut.index(events.len()));
            let (service, _) = kept.open();
            told(&service, before, &[3]).await;
            service.stop();
            let (service, taken) = kept.open();
            prop_assert!(taken > 0);
            prop_assert_eq!(taken, service.head().chronicle.len());
            told(&service, after, &[3]).await;
            let (restarted, rebuilt) = (service.head(), kept.rebuilt());
            prop_assert_eq!(entries(&restarted), entries(&rebuilt));
            prop_assert_eq!(answers(&restarted), answers(&rebuilt));

            let never_stopped = crate::world::service();
            told(&never_stopped, &events, &[1]).await;
            prop_assert_eq!(answers(&restarted), answers(&never_stopped.head()));
            Ok(())
        })?;
    }

    #[test]
    fn rebuilt_equals_incremental(events in happenings()) {
        run(async {
            let log = Memory::default();
            let reader = log.reader();
            let service = Service::open(Box::new(log), Sealing::passing(), |_| {}).unwrap();
            told(&service, &events, &[3]).await;
            let rebuilt = rebuild(&*reader, |_| {}).unwrap().snapshot;
            let incremental = service.head();
            prop_assert_eq!(answers(&rebuilt), answers(&incremental));
            prop_assert_eq!(entries(&rebuilt), entries(&incremental));
            Ok(())
        })?;
    }
}
