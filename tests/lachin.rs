//! The Lachin record, as a newcomer meets it in the demonstration.

use serde_json::Value;

use crate::world::*;

const CORRIDOR: &str = "/v1/corridors/lachin";
const FROM: &str = "2022-12-12T00:00:00Z";
const TO: &str = "2023-09-24T00:00:00Z";

/// The cell of a corridor, as `status by level`, such as `closed corroborated`.
fn cell(corridor: &Value, direction: &str, traffic: &str) -> Value {
    let cells = corridor["status"].as_array().unwrap();
    let wanted = |cell: &&Value| cell["direction"] == direction && cell["traffic"] == traffic;
    cells.iter().find(wanted).unwrap().clone()
}

#[test]
fn each_side_and_the_best_evidence_say_something_else_of_the_first_of_july() {
    let world = World::demo();
    let under = |policy: &str| {
        let path = format!("{CORRIDOR}?effective_at=2023-07-01T00:00:00Z&policy={policy}");
        let answer = world.get(&path).json();
        assert_eq!(answer["as_of"]["policy"], policy);
        assert_eq!(answer["as_of"]["effective_at"], "2023-07-01T00:00:00Z");
        answer["data"].clone()
    };
    let policies = ["best", "party:az-government", "party:nk-authorities", "party:am-government"];
    let [best, azerbaijan, karabakh, armenia] = policies.map(under);
    let status =
        |corridor: &Value| cell(corridor, "outbound", "medical_evacuation")["status"].clone();
    assert_eq!(status(&best), "open");
    assert_eq!(status(&azerbaijan), "restricted");
    assert_eq!(status(&karabakh), "closed");
    assert_eq!(status(&armenia), "unknown");
    // Each is explained: by the report it rests on, and by those who say otherwise.
    for corridor in [&best, &azerbaijan, &karabakh] {
        let cell = cell(corridor, "outbound", "medical_evacuation");
        let winner = cell["basis"][0].as_str().unwrap();
        let report = world.get(&format!("/v1/events/{winner}")).json();
        assert_eq!(report["data"]["status"], cell["status"]);
        assert_eq!(cell["contested"], true);
    }
}

#[test]
fn the_suspension_of_the_eleventh_of_july_is_known_only_afterwards() {
    let world = World::demo();
    let known =
        |day: &str| world.get(&format!("{CORRIDOR}?known_at=2023-07-{day}T00:00:00Z")).json();
    let (before, after) = (known("11"), known("13"));
    assert_eq!(after["as_of"]["effective_at"], "2023-07-13T00:00:00Z");
    let patients = |answer: &Value| cell(&answer["data"], "outbound", "medical_evacuation");
    assert_eq!(patients(&before)["status"], "open");
    assert_eq!(patients(&after)["status"], "closed");
    assert_eq!(patients(&after)["since"], "2023-07-11T00:00:00+04:00");
    let by = &world.get(&format!("/v1/events/{}", patients(&after)["basis"][0].as_str().unwrap()));
    assert_eq!(by.json()["correlationid"], "LC130");
}

#[test]
fn who_controlled_the_road_in_april_was_told_only_in_september() {
    let world = World::demo();
    let control = |known_at: &str| {
        let path = format!("{CORRIDOR}?effective_at=2023-04-23T12:00:00Z&known_at={known_at}");
        world.get(&path).data()["control"].clone()
    };
    let before = control("2023-09-15T00:00:00Z");
    let after = control("2023-09-17T00:00:00Z");
    assert_eq!(before["by"], "ru-peacekeepers");
    assert_eq!(after["by"], "az-border-service");
    let report = world.get(&format!("/v1/events/{}", after["basis"][0].as_str().unwrap())).json();
    assert_eq!(report["correlationid"], "LC103");
}

#[test]
fn the_convoy_at_kornidzor_shows_competing_figures_and_adds_none() {
    let world = World::demo();
    let convoy = world.get("/v1/deliveries/kornidzor-convoy-2023-07").data();
    let rows = convoy["ledger"].as_array().unwrap();
    let row = |line: &str| rows.iter().find(|row| row["line"] == line).unwrap();
    let figures = |row: &Value| -> Vec<(String, String)> {
        let dissent = row["dissent"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or("nobody named").to_owned();
        dissent.map(|one| (text(&one["by"]), text(&one["quantity"]))).collect()
    };
    let tonnes = row("relief-goods");
    assert_eq!(tonnes["unit"], "t");
    let mut claimed = vec![tonnes["stages"]["dispatched"].as_str().unwrap().to_owned()];
    claimed.extend(figures(tonnes).into_iter().map(|(_, quantity)| quantity));
    claimed.sort();
    assert_eq!(claimed, ["361", "400"]);
    let mut trucks = vec![row("trucks")["stages"]["dispatched"].as_str().unwrap().to_owned()];
    trucks.extend(figures(row("trucks")).into_iter().map(|(_, quantity)| quantity));
    trucks.sort();
    assert_eq!(trucks, ["19", "22", "29"]);
    for (by, _) in figures(row("trucks")) {
        assert!(world.get(&format!("/v1/actors/{by}")).data()["registered"] == true, "{by}");
    }
}

#[test]
fn an_export_replayed_gives_the_answers_of_the_api() {
    let world = World::demo();
    let export =
        output_of(causeway().args(["export", "--url", world.url(), "--key", world.admin()]));
    let at = ["--effective-at", "2023-08-01T00:00:00Z"];
    let lists =
        ["corridors", "blockades", "deliveries", "incidents", "statements", "places", "disputes"];
    for view in lists {
        let mut replay = causeway();
        replay.args(["replay", "--events", "-", "--view", view, "--clearance", "public"]).args(at);
        let replayed = piped(replay, &export);
        assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
        let replayed: Value = serde_json::from_slice(&replayed.stdout).unwrap();
        // `Value` orders members by name, so its text is canonical enough to compare bytes.
        let served = all_pages(&world, &format!("/v1/{view}?effective_at={}", at[1]));
        assert_eq!(replayed.to_string(), Value::from(served).to_string(), "{view}");
    }
}

#[test]
fn figures_replayed_are_the_figures_of_the_api() {
    let world = World::demo();
    let export =
        output_of(causeway().args(["export", "--url", world.url(), "--key", world.admin()]));
    let mut replay = causeway();
    replay.args(["replay", "--events", "-", "--view", "indicators", "--clearance", "public"]);
    replay.args(["--from", FROM, "--to", TO, "--bucket", "month", "--expand-events"]);
    replay.args(["--effective-at", TO, "--policy", "party:icrc"]);
    let replayed: Value = serde_json::from_slice(&piped(replay, &export).stdout).unwrap();
    let asked = "bucket=month&expand=events&policy=party:icrc";
    let path = format!("/v1/indicators?from={FROM}&to={TO}&effective_at={TO}&{asked}");
    assert_eq!(replayed, world.get(&path).data());
}

#[test]
fn the_figures_of_the_blockade_depend_on_whom_one_believes() {
    let world = World::demo();
    let policies = [
        "best",
        "verified",
        "latest",
        "party:az-government",
        "party:nk-authorities",
        "party:ru-government",
        "party:icrc",
    ];
    let mut told = Vec::new();
    for policy in policies {
        let path = format!(
            "/v1/indicators?from={FROM}&to={TO}&corridor=lachin&policy={policy}&expand=events"
        );
        let figures = world.get(&path).data();
        for cell in figures["open_hours"].as_array().unwrap() {
            let seconds = cell["seconds"].as_object().unwrap().values();
            assert_eq!(seconds.filter_map(Value::as_i64).sum::<i64>(), 286 * 86_400, "{policy}");
        }
        for event in figures["events"]["open_hours"].as_array().unwrap() {
            let report = world.get(&format!("/v1/events/{}", event.as_str().unwrap())).json();
            assert_eq!(report["subject"], "corridor/lachin");
        }
        let history = world.get(&format!("{CORRIDOR}/history?from={FROM}&to={TO}&policy={policy}"));
        let hours = |direction: &str, traffic: &str, of: &Value| {
            let cells = of.as_array().unwrap();
            let is_it = |one: &&Value| one["direction"] == direction && one["traffic"] == traffic;
            cells.iter().find(is_it).unwrap()["hours"].clone()
        };
        let cells = [("outbound", "medical_evacuation"), ("inbound", "humanitarian_cargo")];
        let counted = cells.map(|(way, class)| {
            let counted = hours(way, class, &figures["open_hours"]);
            assert_eq!(counted, hours(way, class, &history.data()["cells"]), "{policy}");
            counted.to_string()
        });
        told.push((figures["blockade_days"]["union_seconds"].to_string(), counted));
    }
    for (index, one) in told.iter().enumerate() {
        assert!(!told[..index].contains(one), "{} says what another says", policies[index]);
    }
}

/// Every item of a list, page by page.
pub fn all_pages(world: &World, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut answer = world.get(&format!("{path}&limit=37")).json();
    let as_of = answer["as_of"].clone();
    loop {
        assert_eq!(answer["as_of"], as_of, "a cursor pins all inputs");
        items.extend(answer["data"].as_array().unwrap().iter().cloned());
        let Some(next) = answer["next"].as_str() else {
            return items;
        };
        let base = path.split('?').next().unwrap();
        answer = world.get(&format!("{base}?limit=37&cursor={next}")).json();
    }
}

#[test]
fn the_demonstration_started_again_doubles_nothing() {
    let world = World::demo();
    let head = |world: &World| world.get("/v1/situation").json()["as_of"]["position"].clone();
    let before = head(&world);
    let folder = tempfile::TempDir::new().unwrap();
    let data = folder.path().join("demo");
    let start = || {
        let mut command = causeway();
        command.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
        World::from_command(command)
    };
    start().stop();
    assert_eq!(head(&start()), before);
}
