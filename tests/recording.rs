//! What happens to what is sent: nothing lost, nothing doubled, nothing half recorded.

use std::process::Output;

use serde_json::{Value, json};

use crate::world::*;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn head(world: &World) -> Value {
    world.get_as(world.admin(), "/v1/situation").json()["as_of"]["position"].clone()
}

#[test]
fn every_bad_event_gets_a_problem_that_says_what_to_do() {
    let world = World::start();
    let icrc = world.key("icrc", "reporter");
    world.record(&icrc, &with(corridor("north"), "id", ID));
    let open = || status("north", "2026-02-01T08:00:00Z", "open");
    let post = |body: &str, kind: &str| world.post_as(&icrc, "/v1/events", kind, body);
    let json = "application/json";
    let long = format!("[{}]", " ".repeat(17 << 20));
    let many = format!("[{}]", vec!["0"; 10_001].join(","));
    let cases = [
        (post("{", json), 400, "malformed-json"),
        (post("{}", "text/plain"), 415, "unsupported-media-type"),
        (post(&long, json), 413, "body-too-large"),
        (post(&many, json), 413, "too-many-events"),
        (
            world.send(&icrc, &with(open(), "data", json!({ "status": "ajar" }))),
            422,
            "invalid-event",
        ),
        (
            world.send(&icrc, &status("south", "2026-02-01T08:00:00Z", "open")),
            422,
            "unknown-subject",
        ),
        (world.send(&icrc, &with(corridor("south"), "id", ID)), 409, "event-id-reused"),
        (world.send(&icrc, &corridor("north")), 409, "subject-exists"),
        (
            world.send(&icrc, &status("north", "2999-01-01T00:00:00Z", "open")),
            422,
            "time-in-future",
        ),
        (world.send(&icrc, &with(open(), "expectedversion", 7)), 412, "version-mismatch"),
        (world.send("cw_nobody_knows", &open()), 401, "not-authenticated"),
        (world.send(&world.key("un", "reader"), &open()), 403, "not-permitted"),
    ];
    for (answer, status, code) in cases {
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{}", answer.text());
    }
    assert_eq!(head(&world), 0, "nothing of all this is on record");
}

#[test]
fn a_revoked_key_records_nothing() {
    let world = World::start();
    let icrc = world.key("icrc", "reporter");
    let keys = world.get_as(world.admin(), "/v1/keys").data();
    let of_icrc = |key: &&Value| key["organisation"] == "icrc";
    let id =
        keys.as_array().unwrap().iter().find(of_icrc).unwrap()["id"].as_str().unwrap().to_owned();
    world.record(&icrc, &corridor("north"));
    assert_eq!(world.call("DELETE", world.admin(), &format!("/v1/keys/{id}")).status, 200);
    assert_eq!(world.send(&icrc, &corridor("south")).status, 401);
}

#[test]
fn everything_wrong_with_an_event_is_told_at_once() {
    let world = World::start();
    let mut event = status("north", "yesterday", "ajar");
    event["colour"] = json!("red");
    event["data"]["directon"] = json!("both");
    event["data"]["source"] = json!({ "kind": "media", "credibility": 7 });
    let answer = world.send(world.admin(), &event);
    let pointers = answer.pointers();
    for wrong in ["/time", "/colour", "/data/directon", "/data/status", "/data/source/credibility"]
    {
        assert!(pointers.iter().any(|pointer| pointer == wrong), "{wrong} not in {pointers:?}");
    }
}

#[test]
fn one_wrong_line_is_named_and_the_others_are_recorded() {
    let world = World::start();
    let lines = format!(
        "{}\n\n{{broken\n{}\n",
        corridor("north"),
        status("north", "2026-02-01T08:00:00Z", "open"),
    );
    let answer = world.post_as(world.admin(), "/v1/events", "application/x-ndjson", &lines);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let results = answer.json()["results"].clone();
    let statuses: Vec<_> =
        results.as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, ["recorded", "rejected", "recorded"]);
    assert_eq!((&results[1]["index"], &results[1]["line"]), (&json!(1), &json!(3)));
    assert_eq!(head(&world), 1);
}

#[test]
fn an_array_is_a_batch_even_of_one() {
    let world = World::start();
    let answer = world.send(world.admin(), &json!([corridor("north")]));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["results"][0]["status"], "recorded");
}

#[test]
fn all_or_nothing_means_nothing_when_one_is_wrong() {
    let world = World::start();
    let events = json!([corridor("north"), status("south", "2026-02-01T08:00:00Z", "open")]);
    let path = "/v1/events?atomic=true";
    let answer = world.post_as(world.admin(), path, "application/json", &events.to_string());
    assert_eq!((answer.status, answer.problem().as_str()), (422, "batch-rejected"));
    assert_eq!(answer.json()["results"].as_array().unwrap().len(), 2);
    assert_eq!(head(&world), Value::Null);
}

#[test]
fn a_dry_run_says_what_would_happen_and_leaves_no_trace() {
    let world = World::start();
    let path = "/v1/events?dry_run=true";
    let answer =
        world.post_as(world.admin(), path, "application/json", &corridor("north").to_string());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["sequence"], "00000000000000000000");
    assert_eq!(head(&world), Value::Null);
}

#[test]
fn a_phone_that_retries_gets_the_same_receipt() {
    let world = World::start();
    let sent = with(corridor("north"), "id", ID);
    let first = world.send(world.admin(), &sent);
    let again = world.send(world.admin(), &sent);
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json(), again.json());
    assert_eq!(first.header("location"), format!("/v1/events/{ID}"));
}

#[test]
fn a_stored_event_is_the_sent_one_with_the_servers_attributes() {
    let world = World::start();
    let mut sent = with(corridor("north"), "id", ID);
    sent["data"]["length_km"] = json!(65.50);
    world.record(world.admin(), &sent);
    let bare = world.get_as(world.admin(), &format!("/v1/events/{ID}"));
    let event = bare.json();
    for attribute in ["id", "type", "subject", "time", "data"] {
        assert_eq!(event[attribute], sent[attribute]);
    }
    for attribute in ["recordedtime", "recordedby", "nonce", "source", "dataclassification"] {
        assert!(event[attribute].is_string(), "{attribute}");
    }
    assert!(bare.text().ends_with(r#","sequence":"00000000000000000000"}"#), "{}", bare.text());
}

#[test]
fn a_bare_kind_makes_a_new_subject() {
    let world = World::start();
    let data =
        json!({ "kind": "blockade", "category": "RMI", "title": "Road closed at the bridge" });
    let sent = event("constraint.reported.v1", "constraint", "2026-02-01T08:00:00Z", data);
    let receipt = world.record(world.admin(), &sent);
    let subject = receipt["subject"].as_str().unwrap();
    let id = subject.strip_prefix("constraint/").unwrap();
    let path = format!("/v1/blockades/{id}?effective_at=2026-02-03T07:00:00Z");
    let blockade = world.get_as(world.admin(), &path).data();
    assert_eq!(blockade["in_force"]["value"], "yes");
    assert_eq!(blockade["days"], json!({ "episode": 1, "total": 1 }));
}

#[test]
fn a_table_of_p_codes_becomes_places_once() {
    let world = World::start();
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/global_pcodes_excerpt.csv");
    let import = || {
        let mut command = causeway();
        command.args(["import", "--format", "pcodes", table, "--url", world.url()]);
        output_of(command.args(["--key", world.admin()]))
    };
    assert_eq!(import(), "recorded 20, duplicate 0, rejected 0\n");
    assert_eq!(import(), "recorded 0, duplicate 20, rejected 0\n");

    let place = |id: &str| world.get_as(world.admin(), &format!("/v1/places/{id}")).data();
    let capital = place("co11001-2020-04-16");
    assert_eq!(capital["names"], json!({ "und": "Bogota, D.C." }));
    assert_eq!(
        (&capital["pcode"], &capital["pcode_edition"]),
        (&json!("CO11001"), &json!("2020-04-16"))
    );
    assert_eq!(capital["parent"], "co11-2020-04-16");
    let all = world.get_as(world.admin(), "/v1/places").data();
    let all = all.as_array().unwrap();
    let ids: Vec<_> = all.iter().map(|place| &place["id"]).collect();
    let lies_in = |place: &&Value| !place["parent"].is_null();
    assert_eq!((all.len(), all.iter().filter(lies_in).count()), (20, 14));
    assert!(all.iter().filter(lies_in).all(|place| ids.contains(&&place["parent"])));
}

#[test]
fn a_wrong_row_of_a_table_is_named_and_the_others_become_places() {
    let folder = tempfile::TempDir::new().unwrap();
    let table = folder.path().join("table.csv");
    let import = |rows: &str| {
        std::fs::write(&table, rows).unwrap();
        let mut command = causeway();
        command.args(["import", "--format", "pcodes", "--data"]).arg(folder.path().join("data"));
        let Output { status, stdout, stderr } = command.arg(&table).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status.code(), text(stdout), text(stderr))
    };
    let header = "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date";
    let rows =
        ["AFG,2,AF0101,Kabul,AF01,2021-11-17", "AFG,2,AF0201", "AFG,1,AF01,Kabul,AFG,2021-11-17"];
    let (code, told, faults) = import(&format!("\u{feff}{header}\r\n{}\r\n", rows.join("\r\n")));
    assert_eq!((code, told.as_str()), (Some(1), "recorded 3, duplicate 0, rejected 1\n"));
    let wrong = format!("{}:3: invalid-row: expected 6 columns, found 3\n", table.display());
    assert!(faults.starts_with(&wrong), "{faults}");

    let (code, told, fault) = import("Name,P-Code\nKabul,AF01\n");
    assert_eq!((code, told.as_str()), (Some(2), "recorded 0, duplicate 0, rejected 0\n"));
    assert!(
        fault.contains(&format!("expected the header `{header}`, found `Name,P-Code`")),
        "{fault}"
    );
}
