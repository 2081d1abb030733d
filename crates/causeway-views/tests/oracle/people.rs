//! Incidents and movements: figures, revisions, attributions (rules 41, 42, 55).

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::resolution::Claim;
use super::{Oracle, Standing, or};

impl Oracle<'_> {
    /// The incidents that had begun, newest first.
    pub fn incidents(&self) -> Vec<Value> {
        self.begun("incident").iter().map(|id| self.incident(id)).collect()
    }

    /// The movements that had begun, newest first.
    pub fn movements(&self) -> Vec<Value> {
        self.begun("movement").iter().map(|id| self.movement(id)).collect()
    }

    /// By the time of their first standing report, then its position, newest first (rule 55).
    pub(super) fn begun(&self, kind: &str) -> Vec<String> {
        let ids = self.subjects(kind).into_iter();
        let begun = ids.filter(|id| self.had_begun(&format!("{kind}/{id}")));
        let mut begun: Vec<String> = begun.collect();
        begun.sort_by_key(|id| Reverse(self.began(&format!("{kind}/{id}"))));
        begun
    }

    pub(super) fn incident(&self, id: &str) -> Value {
        let subject = format!("incident/{id}");
        let claims = self.figures(&subject, "harm");
        let answer = self.resolve(&claims);
        let field = |name: &str| self.identity(&subject, "incident.reported", name);
        let list = |name: &str| or(field(name), json!([]));
        json!({
            "id": id,
            "version": self.version(&subject),
            "kind": field("kind"),
            "category": field("category"),
            "title": field("title"),
            "time": self.first(&subject).map(|first| first.time.text),
            "place": field("place"),
            "corridors": list("corridors"),
            "deliveries": list("deliveries"),
            "constraints": list("constraints"),
            "harm": answer.value,
            "figures": answer.members("value"),
            "revisions": self.revisions(&claims, "harm"),
            "attributed": self.attributed(&subject),
        })
    }

    pub(super) fn movement(&self, id: &str) -> Value {
        let subject = format!("movement/{id}");
        let claims = self.figures(&subject, "persons");
        let answer = self.resolve(&claims);
        let winner = answer.winner.as_ref();
        let field = |name: &str| self.identity(&subject, "movement.reported", name);
        let mut revisions = self.revisions(&claims, "persons");
        for revision in &mut revisions {
            let claim = claims.iter().find(|claim| claim.report.id == revision["event"]);
            revision["cumulative"] = json!(claim.is_some_and(is_cumulative));
        }
        json!({
            "id": id,
            "version": self.version(&subject),
            "kind": field("kind"),
            "time": self.first(&subject).map(|first| first.time.text),
            "corridor": field("corridor"),
            "from": field("from"),
            "to": field("to"),
            "direction": field("direction"),
            "persons": answer.value,
            "cumulative": winner.is_some_and(is_cumulative),
            "figures": answer.members("value"),
            "revisions": revisions,
        })
    }

    /// The standing reports that give the figure, as claims on it.
    fn figures(&self, subject: &str, member: &str) -> Vec<Claim> {
        let standing = self.standing(subject).into_iter();
        let with_figure = standing.filter(|report| !report.data[member].is_null());
        let claim = |report: Standing| {
            let value = match member {
                "harm" => harm(&report.data[member]),
                _ => report.data[member].clone(),
            };
            Claim::new(report, value)
        };
        with_figure.map(claim).collect()
    }

    fn revisions(&self, claims: &[Claim], member: &str) -> Vec<Value> {
        let by_then = claims.iter().filter(|claim| claim.report.time.at <= self.moment());
        let mut by_then: Vec<&Claim> = by_then.collect();
        by_then.sort_by_key(|claim| claim.report.age());
        let revision = |claim: &Claim| {
            json!({
                "event": claim.report.id,
                "time": claim.report.time.text,
                member: claim.value,
                "by": claim.report.source().by(),
            })
        };
        by_then.into_iter().map(revision).collect()
    }

    fn attributed(&self, subject: &str) -> Vec<Value> {
        let mut said = self.standing(subject);
        said.retain(|report| report.is("incident.attributed") && report.time.at <= self.moment());
        said.sort_by_key(|report| Reverse(report.age()));
        let mut sources = Vec::new();
        said.retain(|report| {
            let is_newest = !sources.contains(&report.source());
            sources.push(report.source());
            is_newest
        });
        let attribution = |report: &Standing| {
            json!({
                "by": report.source().by(),
                "actor": report.data["actor"],
                "event": report.id,
                "time": report.time.text,
            })
        };
        said.iter().map(attribution).collect()
    }
}

fn is_cumulative(claim: &Claim) -> bool {
    claim.report.data["cumulative"] == true
}

/// Harm role by role, with every count named: a missing one is null, not 0. In which order the
/// roles were written says nothing.
fn harm(list: &Value) -> Value {
    let roles = ["civilian", "aid_worker", "medical_worker", "peacekeeper", "military", "other"];
    let counts = ["role", "killed", "injured", "abducted", "detained"];
    let list = list.as_array().expect("checked when recorded");
    let of = |role: &str| list.iter().find(|one| one["role"] == role);
    let named = |one: &Value| Value::from_iter(counts.map(|count| (count, one[count].clone())));
    roles.into_iter().filter_map(|role| of(role).map(named)).collect()
}
