//! Stories with questions and answers worked out by hand: how they are read and told to a service.
//!
//! How they are written is said in tests/data/answers/README.md.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::path::Path;
use std::str::Lines;

use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::world::*;

/// All stories, and a service to which they have been told.
pub struct Told {
    pub world: World,
    pub stories: Vec<Story>,
    _folder: TempDir,
}

/// Some events on one subject, and what is asked about it.
pub struct Story {
    /// What the questions are about, such as `corridor/a`.
    pub subject: String,
    /// Its events, and those of the actors in it, as they are imported.
    pub events: Vec<Value>,
    pub cases: Vec<Case>,
}

/// A question and the answer that the rules give.
pub struct Case {
    /// The question as it is written.
    pub text: String,
    pub question: Question,
    pub answer: String,
}

/// What is asked, with times in full.
#[derive(Default)]
pub struct Question {
    /// `status`, `control`, `in_force`, `persons`, `history`, `severity`, `row` or `course`.
    pub about: String,
    /// A cell, as direction and traffic, or a row of a ledger, as line and unit.
    pub of: Vec<String>,
    /// The parameters that say from where and by what rule the world is seen.
    pub view: View,
    /// The period of a history, as parameters.
    pub period: String,
    pub policy: String,
}

/// From where the world is seen: the two clocks and the window.
#[derive(Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct View {
    pub effective_at: Option<String>,
    pub known_at: Option<String>,
    pub window_hours: Option<String>,
}

impl View {
    /// The parameters of a query, under a policy.
    pub fn under(&self, policy: &str) -> String {
        let times = [
            ("effective_at", &self.effective_at),
            ("known_at", &self.known_at),
            ("window_hours", &self.window_hours),
        ];
        let given = times.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        given.fold(format!("policy={policy}"), |query, (name, value)| {
            format!("{query}&{name}={value}")
        })
    }
}

impl Told {
    /// Imports the stories as history, in the order in which they were recorded, and serves them.
    pub fn all() -> Told {
        let stories: Vec<Story> = ["corridors", "constraints", "deliveries"]
            .into_iter()
            .flat_map(|name| {
                let file = format!("../../tests/data/answers/{name}.txt");
                stories_in(&contents(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file)))
            })
            .collect();
        let mut events: Vec<&Value> = stories.iter().flat_map(|story| &story.events).collect();
        events.sort_by_key(|event| event["recordedtime"].as_str().unwrap());

        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        let file = folder.path().join("history.ndjson");
        let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
        std::fs::write(&file, lines).unwrap();
        output_of(causeway().args(["import", "--data"]).arg(&data).arg(&file));
        Told { world: World::over(&data, &[]), stories, _folder: folder }
    }
}

impl Story {
    /// Every policy that its questions, or the sources in it, give reason to ask.
    pub fn policies(&self) -> BTreeSet<String> {
        let asked = self.cases.iter().map(|case| case.question.policy.clone());
        let sources = self.events.iter().filter_map(|event| event["data"]["source"]["by"].as_str());
        let general = ["best", "verified", "latest"].map(str::to_owned).into_iter();
        general.chain(asked).chain(sources.map(|by| format!("party:{by}"))).collect()
    }

    /// The ids of the reports and the paperwork that had been withdrawn by then.
    pub fn withdrawn_by(&self, known_at: Option<&str>) -> BTreeSet<&str> {
        let known = |event: &&Value| {
            known_at.is_none_or(|then| event["recordedtime"].as_str() <= Some(then))
        };
        let withdrawals = self.events.iter().filter(|event| event["type"] == "report.withdrawn.v1");
        withdrawals.filter(known).map(|event| event["data"]["event"].as_str().unwrap()).collect()
    }
}

/// The stories of one file.
fn stories_in(text: &str) -> Vec<Story> {
    let mut stories = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        match line.starts_with("## ") {
            true => stories.push(story(&mut lines)),
            false => assert!(line.is_empty() || line.starts_with("# "), "outside a story: {line}"),
        }
    }
    stories
}

fn story(lines: &mut Peekable<Lines>) -> Story {
    let mut story = Story { subject: String::new(), events: Vec::new(), cases: Vec::new() };
    while let Some(line) = lines.next_if(|line| !line.starts_with("## ")) {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [] => (),
            [subject] => subject.clone_into(&mut story.subject),
            ["?", about, ref words @ ..] => story.cases.push(Case {
                text: line.to_owned(),
                question: question(about, words),
                answer: marked(lines.next(), "= ", line),
            }),
            [":", ..] => (),
            [name, recorded, time, source, verb, ref data @ ..] => {
                let told = Words { name, recorded, time, source, verb, data };
                story.events.push(told.event(&story.subject));
            }
            _ => panic!("neither an event nor a question: {line}"),
        }
        if line.starts_with('?') {
            let why = marked(lines.peek().copied(), ": ", line);
            assert!(!why.is_empty(), "{line} does not say why");
        }
    }
    story
}

/// What follows the mark that a line must begin with.
fn marked(line: Option<&str>, mark: &str, question: &str) -> String {
    let rest = line.and_then(|line| line.strip_prefix(mark));
    rest.unwrap_or_else(|| panic!("no {mark:?} after {question}")).to_owned()
}

fn question(about: &str, words: &[&str]) -> Question {
    let mut asked = Question {
        about: about.to_owned(),
        of: ["inbound", "humanitarian_cargo"].map(str::to_owned).into(),
        policy: "best".to_owned(),
        ..Question::default()
    };
    for pair in words.chunk_by(|_, next| !WORDS.contains(next)) {
        match pair {
            ["of", of @ ..] => asked.of = of.iter().map(|word| (*word).to_owned()).collect(),
            ["at", time] => asked.view.effective_at = Some(in_full(time)),
            ["known", time] => asked.view.known_at = Some(in_full(time)),
            ["window", hours] => asked.view.window_hours = Some((*hours).to_owned()),
            ["under", policy] => (*policy).clone_into(&mut asked.policy),
            ["from", time] => asked.period = format!("from={}", in_full(time)),
            ["to", time] => asked.period = format!("{}&to={}", asked.period, in_full(time)),
            _ => panic!("not part of a question: {pair:?}"),
        }
    }
    asked
}

/// The words that begin a part of a question.
const WORDS: [&str; 7] = ["of", "at", "known", "window", "under", "from", "to"];

/// The words of a line that tells an event.
struct Words<'a> {
    name: &'a str,
    recorded: &'a str,
    time: &'a str,
    source: &'a str,
    verb: &'a str,
    data: &'a [&'a str],
}

const PAPERWORK: [&str; 4] = ["assessed", "disputed", "corrected", "withdrawn"];

impl Words<'_> {
    /// The event on `subject`, as history that `office` recorded.
    fn event(&self, subject: &str) -> Value {
        let paperwork = PAPERWORK.contains(&self.verb);
        let (kind, id) = subject.split_once('/').unwrap();
        let type_name = format!("{}.{}.v1", if paperwork { "report" } else { kind }, self.verb);
        let time = if self.time == "-" { self.recorded } else { self.time };
        let told = event(&type_name, subject, &in_full(time), self.data(id));
        let told = with(told, "id", id_of(self.name));
        let told = with(told, "source", "/orgs/office");
        with(told, "recordedtime", in_full(self.recorded))
    }

    fn data(&self, id: &str) -> Value {
        let mut data = Map::new();
        for word in self.data {
            let (name, value) = word.split_once('=').unwrap();
            data.insert(name.to_owned(), value_of(name, value));
        }
        if self.verb == "registered" {
            data.insert("names".to_owned(), json!({ "en": id }));
        }
        if let Some(source) = source_of(self.source) {
            data.insert("source".to_owned(), source);
        }
        match self.verb {
            "corrected" => {
                let target = data.remove("event");
                json!({ "event": target, "data": data, "reason": "it was otherwise" })
            }
            "withdrawn" | "disputed" => {
                data.insert("reason".to_owned(), json!("it was otherwise"));
                data.into()
            }
            _ => data.into(),
        }
    }
}

/// `driver/2`: by whom, and how credible; `?`: nobody named; `-`: nothing said of a source.
fn source_of(word: &str) -> Option<Value> {
    let (by, credibility) = word.split_once('/').map_or((word, None), |(by, c)| (by, Some(c)));
    let mut source = match by {
        "-" => return None,
        "?" => json!({ "kind": "media" }),
        by => json!({ "kind": "party", "by": by }),
    };
    if let Some(credibility) = credibility {
        source["credibility"] = credibility.parse::<u8>().unwrap().into();
    }
    Some(source)
}

fn value_of(name: &str, value: &str) -> Value {
    match name {
        "event" => id_of(value).into(),
        "until" | "deadline" => in_full(value).into(),
        "lines" => json!([line_of(value)]),
        "consignment" => json!([with(line_of(value), "item", "Goods")]),
        _ => serde_json::from_str(value).unwrap_or_else(|_| value.into()),
    }
}

/// `flour:6:t`
fn line_of(value: &str) -> Value {
    let [line, amount, unit] = value.split(':').collect::<Vec<_>>()[..] else {
        panic!("not a line, a quantity and a unit: {value}")
    };
    json!({ "line": line, "quantity": { "value": amount, "unit": unit } })
}

/// The id of the event of this name, from which the name can be read.
pub fn id_of(name: &str) -> String {
    let letters: String = name.bytes().map(|letter| format!("{letter:02x}")).collect();
    format!("00000000-0000-8000-8000-{letters:0>12}")
}

/// The name of the event with this id.
pub fn name_of(id: &Value) -> String {
    let letters = id.as_str().unwrap().rsplit('-').next().unwrap().trim_start_matches('0');
    let pairs = letters.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| char::from(u8::from_str_radix(pair, 16).unwrap())).collect()
}

/// `02T10:00` in full; what follows is the offset, if any.
pub fn in_full(time: &str) -> String {
    let (minute, offset) = time.split_at(8);
    format!("2025-03-{minute}:00{}", if offset.is_empty() { "Z" } else { offset })
}

/// A time as the stories write it.
pub fn in_brief(time: &Value) -> String {
    let time = time.as_str().unwrap();
    let brief = format!("{}{}", &time[8..16], time[19..].trim_end_matches('Z'));
    assert_eq!(in_full(&brief), time, "a time that no story has");
    brief
}
