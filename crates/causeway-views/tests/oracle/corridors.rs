//! Corridors: cells, control, windows (rules 10, 28, 29).

use serde_json::{Map, Value, json};

use super::resolution::Claim;
use super::{Moment, Oracle, Standing, or};

const CLASSES: [&str; 7] = [
    "humanitarian_cargo",
    "medical_evacuation",
    "humanitarian_staff",
    "civilians",
    "commercial",
    "fuel",
    "peacekeeping",
];

impl Oracle<'_> {
    /// All corridors known, by id.
    pub fn corridors(&self) -> Vec<Value> {
        self.subjects("corridor").iter().map(|id| self.corridor(id)).collect()
    }

    pub(super) fn corridor(&self, id: &str) -> Value {
        let subject = format!("corridor/{id}");
        let standing = self.standing(&subject);
        let registration = standing.iter().rfind(|report| report.is("corridor.registered"));
        let field = |name: &str| registration.map_or(Value::Null, |it| it.data[name].clone());
        json!({
            "id": id,
            "names": field("names"),
            "version": self.version(&subject),
            "registered": registration.is_some(),
            "status": self.cells(&standing),
            "control": self.control(&standing),
            "windows": self.windows(&standing),
            "from": field("from"),
            "to": field("to"),
            "length_km": field("length_km"),
            "serves": or(field("serves"), json!([])),
            "baseline": field("baseline"),
            "route": field("route"),
        })
    }

    fn cells(&self, standing: &[Standing]) -> Vec<Value> {
        let directions = ["inbound", "outbound"].into_iter();
        let cells = directions.flat_map(|way| CLASSES.map(|class| (way, class)));
        cells.map(|(way, class)| self.cell(standing, way, class)).collect()
    }

    fn cell(&self, standing: &[Standing], direction: &str, class: &str) -> Value {
        let reports = standing.iter().filter(|report| report.is("corridor.status_reported"));
        let claims: Vec<Claim> = reports
            .filter(|report| speaks_of(&report.data, direction, class))
            .map(|report| Claim::new(report.clone(), report.data["status"].clone()))
            .collect();
        let answer = self.resolve(&claims);
        let mut cell = Map::new();
        cell.insert("direction".into(), json!(direction));
        cell.insert("traffic".into(), json!(class));
        cell.insert("status".into(), answer.value.clone().unwrap_or(json!("unknown")));
        cell.extend(answer.members("status"));
        cell.into()
    }

    fn control(&self, standing: &[Standing]) -> Value {
        let reports = standing.iter().filter(|report| report.is("corridor.control_reported"));
        let claims: Vec<Claim> = reports
            .map(|report| Claim::new(report.clone(), report.data["controlled_by"].clone()))
            .collect();
        let answer = self.resolve(&claims);
        let mut control = Map::new();
        control.insert("by".into(), answer.value.clone().unwrap_or_default());
        control.extend(answer.members("value"));
        control.into()
    }

    fn windows(&self, standing: &[Standing]) -> Vec<Value> {
        let by_then = |report: &&Standing| report.time.at <= self.moment();
        let taken_back = |window: &Standing| {
            let reports = standing.iter().filter(|report| report.is("corridor.window_withdrawn"));
            reports.filter(by_then).any(|report| report.data["window"] == window.id)
        };
        let is_over = |window: &Standing| {
            let closes = Moment::in_member(&window.data, "closes");
            closes.is_some_and(|closes| closes.at <= self.moment())
        };
        let announced = standing.iter().filter(|report| report.is("corridor.window_announced"));
        let mut windows: Vec<&Standing> = (announced.filter(by_then))
            .filter(|window| !taken_back(window) && !is_over(window))
            .collect();
        let opens = |window: &Standing| Moment::in_member(&window.data, "opens").map(|it| it.at);
        windows.sort_by_key(|window| (opens(window), window.position));
        windows.into_iter().map(window).collect()
    }
}

fn window(announcement: &Standing) -> Value {
    let data = &announcement.data;
    json!({
        "event": announcement.id,
        "opens": data["opens"],
        "closes": data["closes"],
        "direction": or(data["direction"].clone(), json!("both")),
        "traffic": or(data["traffic"].clone(), json!(["all"])),
        "by": announcement.source().by(),
    })
}

/// Whether a report speaks of a cell (rule 10).
fn speaks_of(data: &Value, direction: &str, class: &str) -> bool {
    let goes = match data["direction"].as_str() {
        None | Some("both") => true,
        Some(one) => one == direction,
    };
    let carries = match data["traffic"].as_array() {
        None => true,
        Some(classes) => classes.iter().any(|one| one == class || one == "all"),
    };
    goes && carries
}
