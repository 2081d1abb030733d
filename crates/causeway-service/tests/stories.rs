//! What is recorded, what is refused, and who may do what.

use causeway_domain::flags::Flag;
use causeway_domain::words::Classification;
use causeway_service::keys::Role;
use causeway_service::{AskError, Batch, Caller, Question, Verdict};
use serde_json::{Value, json};

use crate::world::*;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn a_repeated_event_gets_its_first_receipt_again() {
    let (service, icrc) = (service(), reporter("icrc"));
    let sent = with(corridor("north"), "id", ID);
    let first = record(&service, &icrc, sent.clone()).await;
    record(&service, &icrc, status("north", "2023-01-02T00:00:00Z", "open")).await;

    // The same values in other words: another order of members, the source filled in.
    let again = with(sent, "source", "/orgs/icrc");
    let verdicts = send(&service, &icrc, &[again.clone(), again]).await;

    for verdict in verdicts {
        assert!(matches!(verdict, Verdict::Duplicate(receipt) if receipt == first));
    }
    assert_eq!(service.head().chronicle.len(), 2);
}

#[tokio::test]
async fn an_id_with_other_content_is_refused() {
    let (service, icrc) = (service(), reporter("icrc"));
    record(&service, &icrc, with(corridor("north"), "id", ID)).await;
    let other = with(corridor("south"), "id", ID);
    assert_eq!(refusal(&service, &icrc, other).await, "event-id-reused");
}

#[tokio::test]
async fn an_id_above_the_callers_clearance_tells_only_that_it_clashes() {
    let (service, icrc) = (service(), caller("icrc", Role::Admin));
    let secret = with(corridor("north"), "dataclassification", "strictly-confidential");
    let secret = with(secret, "id", ID);
    record(&service, &icrc, secret.clone()).await;
    assert_eq!(refusal(&service, &reporter("icrc"), secret).await, "event-id-reused");
}

#[tokio::test]
async fn numbers_are_the_same_by_value_and_strings_after_composition() {
    let (service, icrc) = (service(), reporter("icrc"));
    let sent = r#"{"specversion":"1.0","id":"01890a5d-ac96-774b-bcce-b302099a8057",
        "type":"corridor.registered.v1","subject":"corridor/n","time":"2023-01-01T00:00:00Z",
        "data":{"names":{"en":"Göris"},"length_km":65}}"#;
    let again = sent.replace("65", "65.0").replace("Göris", "Go\u{308}ris");
    let batch = |text: &str| Batch {
        events: vec![causeway_domain::event::parse(text)],
        atomic: false,
        dry_run: false,
    };
    service.record(icrc.clone(), batch(sent)).await.unwrap();
    let verdicts = service.record(icrc, batch(&again)).await.unwrap();
    assert!(matches!(verdicts[0], Verdict::Duplicate(_)), "{verdicts:?}");
}

#[tokio::test]
async fn an_expected_version_that_is_old_is_refused_unless_the_event_is_a_repeat() {
    let (service, icrc) = (service(), reporter("icrc"));
    let created = with(with(corridor("north"), "expectedversion", 0), "id", ID);
    record(&service, &icrc, created.clone()).await;
    let stale = with(status("north", "2023-01-02T00:00:00Z", "open"), "expectedversion", 0);
    assert_eq!(refusal(&service, &icrc, stale).await, "version-mismatch");
    let verdicts = send(&service, &icrc, &[created]).await;
    assert!(matches!(verdicts[0], Verdict::Duplicate(_)));
}

#[tokio::test]
async fn later_lines_of_a_batch_see_earlier_ones() {
    let (service, icrc) = (service(), reporter("icrc"));
    let opened = with(status("north", "2023-01-02T00:00:00Z", "open"), "expectedversion", 1);
    let verdicts = send(&service, &icrc, &[corridor("north"), opened]).await;
    assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Recorded(_))), "{verdicts:?}");
}

#[tokio::test]
async fn an_atomic_batch_with_a_rejection_leaves_no_trace() {
    let (service, icrc) = (service(), reporter("icrc"));
    let events = [corridor("north"), status("nowhere", "2023-01-02T00:00:00Z", "open")];
    let batch = Batch { events: events.iter().map(parsed).collect(), atomic: true, dry_run: false };
    let verdicts = service.record(icrc.clone(), batch).await.unwrap();
    assert!(matches!(verdicts[0], Verdict::Recorded(_)), "it would have been recorded");
    assert!(matches!(verdicts[1], Verdict::Rejected(_)));
    assert_eq!(service.head().chronicle.len(), 0);
    record(&service, &icrc, corridor("north")).await;
}

#[tokio::test]
async fn a_dry_run_judges_the_whole_batch_and_records_nothing() {
    let (service, icrc) = (service(), reporter("icrc"));
    let events = [corridor("north"), status("north", "2023-01-02T00:00:00Z", "open")];
    let batch = Batch { events: events.iter().map(parsed).collect(), atomic: false, dry_run: true };
    let verdicts = service.record(icrc, batch).await.unwrap();
    assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Recorded(_))));
    assert_eq!(service.head().chronicle.len(), 0);
}

#[tokio::test]
async fn nobody_assesses_what_their_own_key_recorded() {
    let (service, icrc) = (service(), caller("icrc", Role::Assessor));
    record(&service, &icrc, corridor("north")).await;
    let report = with(status("north", "2023-01-02T00:00:00Z", "open"), "id", ID);
    record(&service, &icrc, report).await;
    let assessed = event(
        "report.assessed.v1",
        "corridor/north",
        "2023-01-03T00:00:00Z",
        json!({"event": ID, "level": "verified"}),
    );
    assert_eq!(refusal(&service, &icrc, assessed.clone()).await, "own-report");
    assert_eq!(refusal(&service, &reporter("un"), assessed.clone()).await, "not-permitted");
    let receipt = record(&service, &caller("un", Role::Assessor), assessed).await;
    assert_eq!(receipt.version, 3);
}

#[tokio::test]
async fn only_the_authors_organisation_or_an_admin_withdraws() {
    let (service, icrc) = (service(), reporter("icrc"));
    record(&service, &icrc, with(corridor("north"), "id", ID)).await;
    let withdrawn = event(
        "report.withdrawn.v1",
        "corridor/north",
        "2023-01-03T00:00:00Z",
        json!({"event": ID, "reason": "registered by mistake"}),
    );
    assert_eq!(refusal(&service, &reporter("un"), withdrawn.clone()).await, "not-permitted");
    record(&service, &icrc, withdrawn.clone()).await;
    let again = record(&service, &caller("un", Role::Admin), withdrawn).await;
    assert!(again.flags.has(Flag::TargetWithdrawn));
    // The subject may be registered anew.
    record(&service, &icrc, corridor("north")).await;
}

#[tokio::test]
async fn a_correction_must_be_valid_for_its_target() {
    let (service, icrc) = (service(), reporter("icrc"));
    record(&service, &icrc, corridor("north")).await;
    record(&service, &icrc, with(status("north", "2023-01-02T00:00:00Z", "open"), "id", ID)).await;
    let corrected = |data| {
        event(
            "report.corrected.v1",
            "corridor/north",
            "2023-01-03T00:00:00Z",
            json!({"event": ID, "data": data, "reason": "misheard"}),
        )
    };
    assert_eq!(
        refusal(&service, &icrc, corrected(json!({"status": "ajar"}))).await,
        "invalid-event"
    );
    record(&service, &icrc, corrected(json!({"status": "closed"}))).await;
}

#[tokio::test]
async fn what_is_above_the_clearance_is_unknown_in_refusals_too() {
    let service = service();
    let admin = caller("icrc", Role::Admin);
    let secret = with(corridor("north"), "dataclassification", "strictly-confidential");
    record(&service, &admin, with(secret, "id", ID)).await;
    let un = reporter("un");
    let report = status("north", "2023-01-02T00:00:00Z", "open");
    assert_eq!(refusal(&service, &un, report).await, "unknown-subject");
    let disputed = event(
        "report.disputed.v1",
        "corridor/north",
        "2023-01-03T00:00:00Z",
        json!({"event": ID, "reason": "no such road"}),
    );
    assert_eq!(refusal(&service, &un, disputed).await, "unknown-event");
    let above = with(corridor("south"), "dataclassification", "strictly-confidential");
    assert_eq!(refusal(&service, &un, above).await, "above-clearance");
}

#[tokio::test]
async fn paperwork_takes_its_targets_classification_and_never_less() {
    let (service, icrc) = (service(), reporter("icrc"));
    let confidential = with(corridor("north"), "dataclassification", "confidential");
    record(&service, &icrc, with(confidential, "id", ID)).await;
    let disputed = event(
        "report.disputed.v1",
        "corridor/north",
        "2023-01-03T00:00:00Z",
        json!({"event": ID, "reason": "no such road"}),
    );
    let less = with(disputed.clone(), "dataclassification", "restricted");
    assert_eq!(refusal(&service, &icrc, less).await, "invalid-event");
    record(&service, &icrc, disputed).await;
    let head = service.head();
    let entry = head.chronicle.entry(1).unwrap();
    assert_eq!(entry.classification, Classification::Confidential);
}

#[tokio::test]
async fn history_brings_its_own_clock_until_the_first_event_of_our_own() {
    let (service, admin) = (service(), caller("icrc", Role::Admin));
    let at = |event, time: &str| with(event, "recordedtime", time);
    let first = at(corridor("north"), "2023-02-01T00:00:00Z");
    assert_eq!(refusal(&service, &reporter("icrc"), first.clone()).await, "invalid-event");
    let receipt = record(&service, &admin, first).await;
    assert_eq!(receipt.recordedtime.to_string(), "2023-02-01T00:00:00Z");
    let earlier = at(status("north", "2023-01-02T00:00:00Z", "open"), "2023-01-31T00:00:00Z");
    assert_eq!(refusal(&service, &admin, earlier).await, "invalid-event");
    record(&service, &admin, status("north", "2023-01-02T00:00:00Z", "open")).await;
    let late = at(status("north", "2023-01-03T00:00:00Z", "open"), "2026-01-01T00:00:00Z");
    assert_eq!(refusal(&service, &admin, late).await, "history-closed");
}

#[tokio::test]
async fn a_time_of_knowing_is_answered_only_once_it_has_passed() {
    let (service, icrc) = (service(), reporter("icrc"));
    let receipt = record(&service, &icrc, corridor("north")).await;
    let at = |known_at: &str| Question {
        known_at: Some(known_at.parse().unwrap()),
        ..Question::default()
    };
    let top = Classification::StrictlyConfidential;
    let (_, asked) = service.ask(&at("2000-01-01T00:00:00Z"), top).await.unwrap();
    assert_eq!(asked.position, None);
    let (_, asked) = service.ask(&at(&receipt.recordedtime.to_string()), top).await.unwrap();
    assert_eq!(asked.position, Some(0));
    let ahead = service.ask(&at("2999-01-01T00:00:00Z"), top).await;
    assert_eq!(ahead.unwrap_err(), AskError::KnownAtAhead);
    let beyond = Question { at_position: Some(1), ..Question::default() };
    let head = Some(0);
    assert_eq!(service.ask(&beyond, top).await.unwrap_err(), AskError::PositionAhead { head });
}

#[tokio::test]
async fn what_was_answered_as_known_is_never_joined_by_more() {
    let (service, icrc) = (service(), reporter("icrc"));
    record(&service, &icrc, corridor("north")).await;
    let top = Classification::StrictlyConfidential;
    for minute in 10..40 {
        let (_, asked) = service.ask(&Question::default(), top).await.unwrap();
        let time = format!("2023-01-02T00:{minute}:00Z");
        record(&service, &icrc, status("north", &time, "open")).await;
        let again = Question { known_at: Some(asked.known_at), ..Question::default() };
        let (_, later) = service.ask(&again, top).await.unwrap();
        assert_eq!(later.position, asked.position);
    }
}

#[tokio::test]
async fn what_was_accepted_is_answered_before_the_service_stops() {
    let (service, icrc) = (service(), reporter("icrc"));
    let waiting: Vec<_> = (0..50)
        .map(|number| {
            let (service, icrc) = (service.clone(), icrc.clone());
            tokio::spawn(async move {
                let events = vec![parsed(&corridor(&format!("road-{number}")))];
                let batch = Batch { events, atomic: false, dry_run: false };
                service.record(icrc, batch).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    let stopping = service.clone();
    tokio::task::spawn_blocking(move || stopping.stop()).await.unwrap();
    let mut recorded = 0;
    for one in waiting {
        recorded += u64::from(one.await.unwrap().is_ok());
    }
    assert_eq!(service.head().chronicle.len(), recorded);
    let batch = Batch { events: Vec::new(), atomic: false, dry_run: false };
    assert!(service.record(icrc, batch).await.is_err());
}

#[tokio::test]
async fn an_entry_over_the_limit_is_refused_and_the_rest_recorded() {
    let (service, icrc) = (service(), reporter("icrc"));
    let long: Vec<String> = (0..20).map(|_| "x".repeat(3_900)).collect();
    let mut big = status("north", "2023-01-02T00:00:00Z", "open");
    big["data"]["causes"] = json!(long);
    let verdicts = send(&service, &icrc, &[corridor("north"), big]).await;
    assert!(
        matches!(&verdicts[1], Verdict::Rejected(refusal) if refusal.code() == "entry-too-large")
    );
    assert_eq!(service.head().chronicle.len(), 1);
}

#[tokio::test]
async fn a_corrected_plan_is_the_plan_that_later_steps_are_held_against() {
    let (service, wfp) = (service(), reporter("wfp"));
    let plan = |line: &str| {
        let quantity = json!({"value": "20", "unit": "t"});
        let consignment = json!([{"line": line, "item": "Flour", "quantity": quantity}]);
        let destination = json!({"name": "Goris"});
        json!({"organisation": "wfp", "destination": destination, "consignment": consignment})
    };
    let planned = |data| event("delivery.planned.v1", "delivery/d", "2023-01-02T00:00:00Z", data);
    record(&service, &wfp, with(planned(plan("flour")), "id", ID)).await;
    let corrected = json!({"event": ID, "data": plan("bread"), "reason": "another consignment"});
    let time = "2023-01-03T00:00:00Z";
    record(&service, &wfp, event("report.corrected.v1", "delivery/d", time, corrected)).await;
    let lines = |line: &str| {
        let quantity = json!({"value": "20", "unit": "t"});
        json!({"lines": [{"line": line, "quantity": quantity}]})
    };
    let sent = |line| event("delivery.dispatched.v1", "delivery/d", time, lines(line));
    assert!(record(&service, &wfp, sent("flour")).await.flags.has(Flag::UnplannedLine));
    assert!(!record(&service, &wfp, sent("bread")).await.flags.has(Flag::UnplannedLine));
}

#[tokio::test]
async fn what_repeats_an_event_of_a_failed_batch_is_not_on_record_either() {
    let (service, icrc) = (service(), reporter("icrc"));
    let once = with(corridor("north"), "id", ID);
    let events = [once.clone(), status("nowhere", "2023-01-02T00:00:00Z", "open"), once];
    let batch = Batch { events: events.iter().map(parsed).collect(), atomic: true, dry_run: false };
    let verdicts = service.record(icrc, batch).await.unwrap();
    assert!(
        !verdicts.iter().any(|verdict| matches!(verdict, Verdict::Duplicate(_))),
        "{verdicts:?}"
    );
}

#[tokio::test]
async fn an_expected_version_tells_nothing_of_a_subject_above_the_clearance() {
    let service = service();
    let secret = with(corridor("north"), "dataclassification", "strictly-confidential");
    record(&service, &caller("icrc", Role::Admin), secret).await;
    let report =
        |road: &str| with(status(road, "2023-01-02T00:00:00Z", "open"), "expectedversion", 7);
    let un = reporter("un");
    let hidden = send(&service, &un, &[report("north")]).await;
    let absent = send(&service, &un, &[report("nowhere")]).await;
    assert_eq!(format!("{hidden:?}"), format!("{absent:?}"));
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_recorded_and_reads_go_on() {
    use causeway_log::faulty::{Fault, Faulty, Outcome};
    use causeway_log::memory::Drive;
    for outcome in [Outcome::Lost, Outcome::Persisted] {
        let drive = Drive::default();
        // The sync at opening, then a write and a sync for each group: the second group's sync.
        let fault = Fault { after: 4, outcome };
        let log = causeway_log::Journal::over(Faulty::new(drive.clone(), fault)).unwrap();
        let service = causeway_service::Service::open(
            Box::new(log),
            causeway_service::Sealing::passing(),
            |_| {},
        )
        .unwrap();
        let icrc = reporter("icrc");
        record(&service, &icrc, corridor("north")).await;
        let batch =
            |id: &str| Batch { events: vec![parsed(&corridor(id))], atomic: false, dry_run: false };
        for road in ["south", "west"] {
            let refused = service.record(icrc.clone(), batch(road)).await;
            assert_eq!(refused.unwrap_err(), causeway_service::Unavailable::LogFailed);
        }
        assert_eq!(service.health(), Err(causeway_service::Unavailable::LogFailed));
        assert_eq!(service.head().chronicle.len(), 1, "reads go on at the last acknowledged");
        let (_, asked) = service.ask(&Question::default(), Classification::Public).await.unwrap();
        service.stop();
        drop(service);

        // What may have reached the disk is later than all that was answered as known.
        let log = causeway_log::Journal::over(drive).unwrap();
        let again = causeway_service::Service::open(
            Box::new(log),
            causeway_service::Sealing::passing(),
            |_| {},
        )
        .unwrap();
        let question = Question { known_at: Some(asked.known_at), ..Question::default() };
        let (_, then) = again.ask(&question, Classification::Public).await.unwrap();
        assert_eq!(then.position, asked.position, "{outcome:?}");
    }
}

#[tokio::test]
async fn whoever_recorded_an_event_may_repeat_it_also_when_it_has_been_closed_since() {
    let service = service();
    let public = |event| with(event, "dataclassification", "public");
    let phone = Caller { clearance: Classification::Public, ..reporter("msf") };
    let colleague = Caller { key: "msf-office".parse().unwrap(), ..reporter("msf") };
    let id = "01890a5d-0000-7000-8000-000000000001";
    let report = with(public(status("road", "2023-03-01T00:00:00Z", "closed")), "id", id);
    record(&service, &colleague, public(corridor("road"))).await;
    let receipt = record(&service, &phone, report.clone()).await;
    let closing = event(
        "report.withdrawn.v1",
        "corridor/road",
        "2023-03-02T00:00:00Z",
        json!({"event": id, "reason": "it names a driver"}),
    );
    record(&service, &colleague, with(closing, "dataclassification", "confidential")).await;
    let again = send(&service, &phone, std::slice::from_ref(&report)).await.remove(0);
    assert!(matches!(again, Verdict::Duplicate(first) if first == receipt));
    let stranger = Caller { key: "else".parse().unwrap(), ..phone };
    assert_eq!(refusal(&service, &stranger, report).await, "event-id-reused");
}

#[tokio::test]
async fn history_is_taken_again_though_it_was_recorded_by_somebody_who_knew_less() {
    let service = service();
    let admin = caller("registry", Role::Admin);
    let subject = "delivery/convoy";
    let history = |what: &str, day: u32, classification: &str, data: Value| {
        let time = format!("2023-03-{day:02}T00:00:00Z");
        let event = event(&format!("delivery.{what}.v1"), subject, &time, data);
        with(with(event, "dataclassification", classification), "recordedtime", time)
    };
    let planned = json!({"organisation": "msf", "destination": {}});
    record(&service, &admin, history("planned", 1, "public", planned)).await;
    record(&service, &admin, history("cancelled", 2, "confidential", json!({}))).await;
    let asked = json!({"authority": "ministry"});
    record(&service, &admin, history("clearance_requested", 3, "public", asked.clone())).await;
    let known = history("clearance_requested", 4, "confidential", asked);
    assert_eq!(refusal(&service, &admin, known).await, "delivery-cancelled");
}
