//! Every answer worked out by hand is the one that the service gives; and what the rules promise
//! of any answer holds wherever the stories are looked at.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::told::*;
use crate::world::World;

#[test]
fn the_service_answers_what_the_rules_give_by_hand() {
    let told = Told::all();
    let (mut asked, mut wrong) = (0, String::new());
    for story in &told.stories {
        for case in &story.cases {
            let answer = answer(&told.world, &story.subject, &case.question);
            if answer != case.answer {
                let (text, by_hand) = (&case.text, &case.answer);
                wrong += &format!("{}\n{text}\n= {by_hand}\n- {answer}\n", story.subject);
            }
            asked += 1;
        }
    }
    assert!(wrong.is_empty(), "by hand (=), by the service (-):\n{wrong}");
    assert!(asked >= 150, "only {asked} questions were found");
}

#[test]
fn every_answer_rests_on_live_claims_and_never_on_what_was_withdrawn_or_refuted() {
    let told = Told::all();
    let checked = from_every_view(&told, |story, view, policy| {
        let query = view.under(policy);
        let Some(data) = read(&told.world, &story.subject, "", &query) else { return 0 };
        let claims = read(&told.world, &story.subject, "/claims", &format!("{query}&limit=500"));
        let claims = claims.unwrap();
        let withdrawn = story.withdrawn_by(view.known_at.as_deref());
        let resolved = resolved_in(&story.subject, &data);
        for one in &resolved {
            for said in said_of(one) {
                let live = list(&claims).any(|claim| is_live(claim, one, &said));
                assert!(live, "{} {query}: {said} is not live in {claims}", story.subject);
            }
            let named = list(&one["basis"]).chain(list(&one["dissent"]).map(|said| &said["event"]));
            let stands = |event: &Value| !withdrawn.contains(event.as_str().unwrap());
            assert!(named.clone().all(stands), "{} {query}: {one}", story.subject);
            let raw = policy == "latest" || policy.starts_with("party:");
            let refuted = one["level"] == "refuted" && !raw
                || list(&one["dissent"]).any(|said| said["level"] == "refuted");
            assert!(!refuted, "{} {query}: {one}", story.subject);
        }
        resolved.iter().map(|one| said_of(one).len()).sum()
    });
    assert!(checked > 10_000, "only {checked} claims were looked for");
}

#[test]
fn the_intervals_of_a_history_tile_its_period() {
    let told = Told::all();
    let (from, to) = (in_full("01T00:00"), in_full("13T00:00"));
    let checked = from_every_view(&told, |story, view, policy| {
        let query = format!("{}&from={from}&to={to}", view.under(policy));
        let Some(history) = read(&told.world, &story.subject, "/history", &query) else { return 0 };
        let lanes = history["cells"].as_array().cloned().unwrap_or_else(|| vec![history.clone()]);
        for lane in &lanes {
            let intervals: Vec<&Value> = list(&lane["intervals"]).collect();
            assert_eq!(intervals[0]["from"], from, "{query}: {lane}");
            assert_eq!(intervals[intervals.len() - 1]["to"], to, "{query}: {lane}");
            for pair in intervals.windows(2) {
                assert_eq!(pair[0]["to"], pair[1]["from"], "{query}: {lane}");
                assert_ne!(said_in(pair[0]), said_in(pair[1]), "{query}: {lane}");
            }
            let mut period = 0;
            for (value, seconds) in lane["seconds"].as_object().unwrap() {
                let of_value = intervals.iter().filter(|one| said_in(one) == value);
                let sum: u64 =
                    of_value.map(|one| instant(&one["to"]) - instant(&one["from"])).sum();
                assert_eq!(*seconds, sum, "{query}: {value} in {lane}");
                period += sum;
            }
            assert_eq!(period, 12 * 24 * 60 * 60, "{query}: {lane}");
        }
        lanes.len()
    });
    assert!(checked > 5_000, "only {checked} histories were read");
}

/// Looks at each story from wherever one of its questions does, under every policy, and adds up
/// how much was seen.
fn from_every_view(told: &Told, look: impl Fn(&Story, &View, &str) -> usize) -> usize {
    let mut seen = 0;
    for story in told.stories.iter().filter(|story| !story.subject.starts_with("delivery/")) {
        let views: BTreeSet<&View> = story.cases.iter().map(|case| &case.question.view).collect();
        for view in views {
            seen += story.policies().iter().map(|policy| look(story, view, policy)).sum::<usize>();
        }
    }
    seen
}

/// What a read model of a subject answers; nothing where it was not known yet, or has none such.
fn read(world: &World, subject: &str, part: &str, query: &str) -> Option<Value> {
    let (kind, id) = subject.split_once('/').unwrap();
    let kind = if kind == "delivery" { "deliverie" } else { kind };
    let answer = world.get_as(world.admin(), &format!("/v1/{kind}s/{id}{part}?{query}"));
    (answer.status != 404).then(|| answer.data())
}

/// Everything that is resolved in what is answered of a subject, in one shape.
fn resolved_in(subject: &str, data: &Value) -> Vec<Value> {
    let of = |on: &str, resolved: &Value, value: &Value| {
        let mut one = resolved.clone();
        one["on"] = on.into();
        one["value"] = if value.is_null() { "unknown".into() } else { value.clone() };
        one
    };
    match subject.split('/').next().unwrap() {
        "corridor" => {
            let cells = list(&data["status"]);
            let mut all: Vec<Value> =
                cells.map(|cell| of("status", cell, &cell["status"])).collect();
            all.push(of("control", &data["control"], &data["control"]["by"]));
            all
        }
        "constraint" => vec![of("in_force", &data["in_force"], &data["in_force"]["value"])],
        "movement" => vec![of("persons", &data["figures"], &data["persons"])],
        _ => Vec::new(),
    }
}

/// What is said by its winner and by those who dissent.
fn said_of(one: &Value) -> Vec<Value> {
    let winner = one["basis"]
        .get(0)
        .map(|event| json!({ "event": event, "value": one["value"], "level": one["level"] }));
    winner.into_iter().chain(list(&one["dissent"]).cloned()).collect()
}

/// Whether this claim is the one by which `said` is said of what `one` resolves, and is live.
fn is_live(claim: &Value, one: &Value, said: &Value) -> bool {
    let cell = json!({ "direction": one["direction"], "traffic": one["traffic"] });
    let in_cell = claim["cells"].as_array().is_none_or(|cells| cells.contains(&cell));
    let about = claim["on"] == one["on"] && in_cell && claim["state"] == "live";
    // A winner is given without `by` and `time`; its claim tells them.
    let agrees = |name: &str| said.get(name).is_none_or(|value| claim[name] == *value);
    about
        && claim["value"] == *said_in(said)
        && ["event", "level", "by", "time"].into_iter().all(agrees)
}

/// The value of a claim, a dissent or an interval.
fn said_in(said: &Value) -> &Value {
    said.get("status").unwrap_or(&said["value"])
}

/// Seconds to a time in UTC from the beginning of the month.
fn instant(time: &Value) -> u64 {
    let brief = in_brief(time);
    let numbers: Vec<u64> = brief.split(['T', ':']).map(|number| number.parse().unwrap()).collect();
    let [day, hour, minute] = numbers[..] else { panic!("not in UTC: {time}") };
    ((day * 24 + hour) * 60 + minute) * 60
}

/// What the service answers, as the stories write it.
fn answer(world: &World, subject: &str, question: &Question) -> String {
    let part = if question.about == "history" { "/history" } else { "" };
    let query = format!("{}&{}", question.view.under(&question.policy), question.period);
    let Some(data) = read(world, subject, part, query.trim_end_matches('&')) else {
        return "not found".to_owned();
    };
    match question.about.as_str() {
        "history" => history(data["cells"].get(0).unwrap_or(&data)),
        "row" => row(find(&data["ledger"], |row| {
            [&row["line"], &row["unit"]] == [&question.of[0], &question.of[1]]
        })),
        "severity" => data["severity"].as_u64().map_or("none".to_owned(), |one| one.to_string()),
        "course" => course(&data),
        on => {
            let all = Value::from(resolved_in(subject, &data));
            let asked = |one: &Value| one["on"] == on && is_cell(one, &question.of);
            let one = resolved(find(&all, asked));
            let days = &data["days"];
            match days.is_null() {
                true => one,
                false => format!("{one}; days {} of {}", days["episode"], days["total"]),
            }
        }
    }
}

fn list(all: &Value) -> impl Iterator<Item = &Value> + Clone {
    all.as_array().unwrap().iter()
}

fn find(all: &Value, wanted: impl Fn(&Value) -> bool) -> &Value {
    list(all).find(|one| wanted(one)).unwrap()
}

/// Whether it is the cell asked about, or no cell at all.
fn is_cell(one: &Value, of: &[String]) -> bool {
    one["direction"].is_null() || [&one["direction"], &one["traffic"]] == [&of[0], &of[1]]
}

/// `closed verified since 02T08:00 stale basis b1 b2 against ministry open unverified b3`
fn resolved(one: &Value) -> String {
    let dissent = one["dissent"].as_array().unwrap();
    assert_eq!(one["contested"], !dissent.is_empty(), "rule 2: {one}");
    let mut words = plain(&one["value"]);
    if !one["level"].is_null() {
        words += &format!(" {}", plain(&one["level"]));
    }
    if !one["since"].is_null() {
        words += &format!(" since {}", in_brief(&one["since"]));
    }
    if one["stale"] == true {
        words += " stale";
    }
    if one["basis"] != json!([]) {
        words += &format!(" basis {}", names(&one["basis"]));
    }
    let against = dissent.iter().map(|said| {
        let [by, value, level] = [&said["by"], said_in(said), &said["level"]].map(plain);
        format!("{by} {value} {level} {}", name_of(&said["event"]))
    });
    words + &listed(" against ", &against.collect::<Vec<_>>())
}

/// `closed 02T00:00 a1, unknown 03T08:00; open 0 closed 115200 unknown 57600`
fn history(lane: &Value) -> String {
    let intervals = list(&lane["intervals"]).map(|one| {
        let words = [plain(said_in(one)), in_brief(&one["from"]), names(&one["basis"])];
        words.join(" ").trim_end().to_owned()
    });
    let order = ["open", "restricted", "closed", "yes", "no", "unknown"].into_iter();
    let seconds =
        order.filter_map(|value| Some(format!("{value} {}", lane["seconds"].get(value)?)));
    let [intervals, seconds] = [intervals.collect::<Vec<_>>(), seconds.collect()];
    format!("{}; {}", intervals.join(", "), seconds.join(" "))
}

/// `planned 10 dispatched 10 arrived 7 lost damaged 1 gap 2 against un arrived 8 p4`
fn row(row: &Value) -> String {
    let mut words = Vec::new();
    for stage in ["planned", "dispatched", "crossed", "arrived", "distributed"] {
        let counted = row["stages"][stage].as_str();
        words.extend(counted.map(|quantity| format!("{stage} {quantity}")));
    }
    let losses = list(&row["losses"]);
    words.extend(
        losses.map(|loss| format!("lost {} {}", plain(&loss["cause"]), plain(&loss["quantity"]))),
    );
    words.extend(row["gap"].as_str().map(|gap| format!("gap {gap}")));
    let against = list(&row["dissent"]).map(|said| {
        let [by, stage, quantity] = ["by", "stage", "quantity"].map(|name| plain(&said[name]));
        format!("{by} {stage} {quantity} {}", name_of(&said["event"]))
    });
    words.join(" ") + &listed(" against ", &against.collect::<Vec<_>>())
}

/// `held in_progress, hold 03T08:00 open 1 h army, clearance ministry 02T08:00 open 4 h, flag gap`
fn course(delivery: &Value) -> String {
    let time = |time: &Value| if time.is_null() { "open".to_owned() } else { in_brief(time) };
    let mut parts = vec![format!("{} {}", plain(&delivery["stage"]), plain(&delivery["outcome"]))];
    for hold in delivery["holds"].as_array().unwrap() {
        let [from, to, hours] = [time(&hold["from"]), time(&hold["to"]), plain(&hold["hours"])];
        parts.push(format!("hold {from} {to} {hours} h {}", plain(&hold["by"])));
    }
    for row in delivery["clearances"].as_array().unwrap() {
        let [asked, answered] = [time(&row["requested"]), time(&row["answered"])];
        let answer = row["answer"].as_str().map_or(String::new(), |answer| format!(" {answer}"));
        let [authority, hours] = [plain(&row["authority"]), plain(&row["hours"])];
        parts.push(format!("clearance {authority} {asked} {answered}{answer} {hours} h"));
    }
    let flags = list(&delivery["flags"]);
    parts.extend(flags.map(|flag| format!("flag {}", plain(flag))));
    parts.join(", ")
}

/// Items behind a word, nothing where there are none.
fn listed(before: &str, items: &[String]) -> String {
    if items.is_empty() { String::new() } else { format!("{before}{}", items.join(", ")) }
}

fn names(basis: &Value) -> String {
    list(basis).map(name_of).collect::<Vec<_>>().join(" ")
}

/// A word or a number without marks around it; nothing is nobody.
fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(word) => word.to_owned(),
        None if value.is_null() => "nobody".to_owned(),
        None => value.to_string().trim_end_matches(".0").to_owned(),
    }
}
