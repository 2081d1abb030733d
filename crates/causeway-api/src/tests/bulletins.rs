//! Bulletins: issued once, computed again, compared with today.

use causeway_service::keys::Role;
use serde_json::{Value, json};

use super::world::{World, corridor, event, status};

const JUNE: &str = r#""from": "2023-06-01T00:00:00Z", "to": "2023-07-01T00:00:00Z""#;

/// A corridor with a report on each of twelve days of June, and who corrects and who publishes.
struct June {
    world: World,
    reporter: String,
    assessor: String,
    reports: Vec<Value>,
}

impl June {
    async fn reported() -> June {
        let world = World::open();
        let reporter = world.key("icrc", Role::Reporter);
        let assessor = world.key("icrc", Role::Assessor);
        world.send(&reporter, &corridor("road")).await.ok();
        let mut reports = Vec::new();
        for day in 1..=12 {
            let time = format!("2023-06-{day:02}T00:00:00Z");
            let said = if day % 2 == 0 { "open" } else { "closed" };
            reports.push(world.send(&reporter, &status("road", &time, said)).await.ok().json());
        }
        June { world, reporter, assessor, reports }
    }

    async fn issue(&self, more: &str) -> super::world::Reply {
        let body = format!(r#"{{"subject": "bulletin/june", {JUNE}{more}}}"#);
        self.world.post("/v1/bulletins", &self.assessor, "application/json", &body).await
    }

    async fn correct(&self, report: &Value, data: Value) -> String {
        let data = json!({ "event": report["id"], "data": data, "reason": "a slip" });
        let paper = event("report.corrected.v1", "corridor/road", "2023-07-02T00:00:00Z", data);
        let receipt = self.world.send(&self.reporter, &paper).await.ok().json();
        receipt["id"].as_str().unwrap().to_owned()
    }

    async fn read(&self, path: &str) -> Value {
        self.world.get(path, "").await.ok().json()["data"].clone()
    }
}

#[actix_web::test]
async fn what_was_published_comes_out_the_same_and_says_what_changed_since() {
    let june = June::reported().await;
    let issued = june.issue("").await.ok();
    assert_eq!((issued.status, issued.header("location")), (201, Some("/v1/bulletins/june")));
    let before = june.read("/v1/bulletins/june").await;
    assert_eq!(
        before["recomputed"],
        json!({"formula": before["formula"], "identical": true, "differences": []})
    );
    let open = before["values"]["open_hours"][0]["seconds"]["open"].as_u64().unwrap();
    assert_eq!(open, (5 + 19) * 86_400, "five even days, and from the twelfth on");

    let mut corrections = Vec::new();
    for (index, report) in june.reports[..10].iter().enumerate() {
        let said = if index % 2 == 0 { "restricted" } else { "closed" };
        corrections.push(june.correct(report, json!({ "status": said })).await);
    }
    // What changes nothing is not named: a later report of no cell in the period.
    june.world.send(&june.reporter, &status("road", "2023-07-09T00:00:00Z", "open")).await.ok();

    let after = june.read("/v1/bulletins/june").await;
    assert_eq!(after["values"], before["values"]);
    assert_eq!(after["recomputed"]["identical"], true);

    let compared = june.read("/v1/bulletins/june?compare=now").await["compare"].clone();
    let events = compared["events"].as_array().unwrap();
    let named: Vec<&str> = events.iter().map(|one| one["event"].as_str().unwrap()).collect();
    assert_eq!(named, corrections);
    assert!(events.iter().all(|one| one["figures"] == json!(["open_hours"])));
    let differences = compared["differences"].as_array().unwrap();
    let of = |pointer: &str| differences.iter().find(|one| one["pointer"] == pointer).unwrap();
    let open = of("/open_hours/0/seconds/open");
    assert_eq!((open["was"].clone(), open["is"].clone()), (json!(24 * 86_400), json!(19 * 86_400)));
}

#[actix_web::test]
async fn changes_that_cancel_out_are_still_found() {
    let june = June::reported().await;
    june.issue("").await.ok();
    let said = |status: &str| json!({ "status": status });
    let there = june.correct(&june.reports[0], said("open")).await;
    let back = june.correct(&june.reports[0], said("closed")).await;
    let compared = june.read("/v1/bulletins/june?compare=now").await["compare"].clone();
    assert_eq!(compared["differences"], json!([]));
    let named: Vec<&Value> =
        compared["events"].as_array().unwrap().iter().map(|one| &one["event"]).collect();
    assert_eq!(named, [&json!(there), &json!(back)]);
}

#[actix_web::test]
async fn a_repeat_is_the_same_bulletin_whatever_was_recorded_in_between() {
    let june = June::reported().await;
    let id = r#", "id": "0192c7c8-6d2e-7a31-9d41-0f3c6a1be0b1""#;
    let first = june.issue(id).await.ok();
    june.correct(&june.reports[0], json!({ "status": "open" })).await;
    let again = june.issue(id).await.ok();
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json(), again.json());
    // Also when what it rests on has been closed since, and would come out otherwise.
    let leak = json!({ "event": june.reports[1]["id"], "reason": "a source in danger" });
    let mut leak = event("report.withdrawn.v1", "corridor/road", "2023-07-02T00:00:00Z", leak);
    leak["dataclassification"] = json!("restricted");
    june.world.send(&june.reporter, &leak).await.ok();
    assert_eq!(june.issue(id).await.ok().json(), first.json());
    let other = june.issue(&format!(r#"{id}, "corridor": "road""#)).await;
    assert_eq!(other.problem(), "event-id-reused");
}

#[actix_web::test]
async fn a_bulletin_rests_on_what_its_readers_may_see() {
    let june = June::reported().await;
    let mut hidden = status("road", "2023-06-20T00:00:00Z", "closed");
    hidden["dataclassification"] = json!("restricted");
    june.world.send(&june.reporter, &hidden).await.ok();
    june.issue("").await.ok();
    let public = june.read("/v1/bulletins/june").await;
    assert_eq!(public["values"]["open_hours"][0]["seconds"]["open"], 24 * 86_400);
    assert_eq!(public["recomputed"]["identical"], true);
    let body =
        format!(r#"{{"subject": "bulletin/inside", {JUNE}, "dataclassification": "restricted"}}"#);
    june.world.post("/v1/bulletins", &june.assessor, "application/json", &body).await.ok();
    assert_eq!(june.world.get("/v1/bulletins/inside", "").await.problem(), "not-found");
    let inside = june.world.get("/v1/bulletins/inside", &june.assessor).await.ok().json();
    let seconds = &inside["data"]["values"]["open_hours"][0]["seconds"];
    assert_eq!(seconds["open"], (5 + 8) * 86_400);
    assert_eq!(inside["data"]["recomputed"]["identical"], true);
}

#[actix_web::test]
async fn what_cannot_be_published_is_told_why() {
    let june = June::reported().await;
    let post = async |key: &str, body: &str| {
        june.world.post("/v1/bulletins", key, "application/json", body).await.problem()
    };
    let whole = format!("{{{JUNE}}}");
    assert_eq!(post(&june.reporter, &whole).await, "not-permitted");
    assert_eq!(post("", &whole).await, "not-authenticated");
    assert_eq!(post(&june.assessor, r#"{"from": "2023-06-01T00:00:00Z"}"#).await, "invalid-event");
    assert_eq!(post(&june.assessor, "{").await, "malformed-json");
    let backwards = r#"{"from": "2023-07-01T00:00:00Z", "to": "2023-06-01T00:00:00Z"}"#;
    assert_eq!(post(&june.assessor, backwards).await, "bad-parameter");
    let by_day = format!(r#"{{{JUNE}, "bucket": "day", "policy": "latest"}}"#);
    let reply = june.world.post("/v1/bulletins", &june.assessor, "application/json", &by_day).await;
    assert_eq!(reply.problem(), "too-wide");
    assert!(reply.json()["detail"].as_str().unwrap().contains("an event at most 60000"));
    for slip in [r#""corridor": "raod""#, r#""area": "nowhere""#, r#""policy": "party:nobody""#] {
        assert_eq!(post(&june.assessor, &format!("{{{JUNE}, {slip}}}")).await, "bad-parameter");
    }
    let for_few = format!(r#"{{{JUNE}, "dataclassification": "strictly-confidential"}}"#);
    assert_eq!(post(&june.assessor, &for_few).await, "above-clearance");
}

#[actix_web::test]
async fn values_that_were_not_computed_do_not_pass_for_computed_ones() {
    let june = June::reported().await;
    let data = json!({
        "position": 12,
        "policy": "best",
        "from": "2023-06-01T00:00:00Z",
        "to": "2023-07-01T00:00:00Z",
        "formula": "of my own",
        "values": { "hold_hours": 12.5 },
    });
    let forged = event("bulletin.issued.v1", "bulletin/forged", "2023-07-02T00:00:00Z", data);
    let mut of_tomorrow = forged.clone();
    of_tomorrow["data"]["position"] = json!(100_000);
    assert_eq!(june.world.send(&june.assessor, &of_tomorrow).await.problem(), "invalid-event");
    june.world.send(&june.assessor, &forged).await.ok();
    let read = june.read("/v1/bulletins/forged").await;
    assert_eq!(read["recomputed"]["identical"], false);
    let differences = read["recomputed"]["differences"].as_array().unwrap();
    let told = json!({ "pointer": "/hold_hours", "was": 12.5, "is": 0.0 });
    assert!(differences.contains(&told), "{differences:?}");
}

#[actix_web::test]
async fn one_and_one_point_nought_are_the_same_figure() {
    let june = June::reported().await;
    let receipt = june.issue("").await.ok().json();
    let path = format!("/v1/events/{}", receipt["id"].as_str().unwrap());
    let mut copy = june.world.get(&path, "").await.ok().json();
    let values = copy["data"]["values"].to_string().replace(".0,", ",").replace(".0}", "}");
    copy["data"]["values"] = serde_json::from_str(&values).unwrap();
    let copy =
        event("bulletin.issued.v1", "bulletin/copy", "2023-07-02T00:00:00Z", copy["data"].clone());
    june.world.send(&june.assessor, &copy).await.ok();
    assert_eq!(june.read("/v1/bulletins/copy").await["recomputed"]["differences"], json!([]));
}
