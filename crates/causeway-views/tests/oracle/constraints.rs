//! Constraints: in force, for how long, and how far (rules 25 to 27).

use serde_json::{Map, Value, json};

use super::resolution::Claim;
use super::{Moment, Oracle, Standing, or};

impl Oracle<'_> {
    /// The constraints that had begun, by id.
    pub fn constraints(&self) -> Vec<Value> {
        let mut ids = self.subjects("constraint");
        ids.retain(|id| self.had_begun(&format!("constraint/{id}")));
        ids.iter().map(|id| self.constraint(id)).collect()
    }

    pub(super) fn constraint(&self, id: &str) -> Value {
        let subject = format!("constraint/{id}");
        let claims = self.assertions(&subject);
        let answer = self.resolve(&claims);
        let mut in_force = Map::new();
        in_force.insert("value".into(), answer.value.clone().unwrap_or(json!("unknown")));
        in_force.extend(answer.members("value"));
        json!({
            "id": id,
            "version": self.version(&subject),
            "kind": self.identity(&subject, "constraint.reported", "kind"),
            "category": self.identity(&subject, "constraint.reported", "category"),
            "title": self.identity(&subject, "constraint.reported", "title"),
            "severity": self.newest(&subject, "severity"),
            "imposed_by": self.newest(&subject, "imposed_by"),
            "people_affected": self.newest(&subject, "people_affected"),
            "affects": self.newest(&subject, "affects"),
            "areas": or(self.newest(&subject, "areas"), json!([])),
            "corridors": or(self.newest(&subject, "corridors"), json!([])),
            "days": self.days(&claims, &in_force),
            "in_force": in_force,
        })
    }

    fn assertions(&self, subject: &str) -> Vec<Claim> {
        let standing = self.standing(subject).into_iter();
        standing.filter_map(|report| Some(Claim::new(report.clone(), asserted(&report)?))).collect()
    }

    fn days(&self, claims: &[Claim], in_force: &Map<String, Value>) -> Value {
        let since = in_force["since"].as_str().filter(|_| in_force["value"] == "yes");
        let episode = since.map(|since| self.moment() - Moment::new(since).at);
        json!({
            "episode": episode.unwrap_or_default().num_days(),
            "total": self.total(claims, &json!("yes")).num_days(),
        })
    }
}

fn asserted(report: &Standing) -> Option<Value> {
    let is_one_of =
        |names: &[&str]| names.iter().any(|name| report.is(&format!("constraint.{name}")));
    let yes = is_one_of(&["reported", "resumed", "tightened", "eased"]);
    let no = is_one_of(&["lifted"]);
    (yes || no).then(|| json!(if yes { "yes" } else { "no" }))
}
