//! Statements, the register of actors, and the overview.

use serde_json::{Value, json};

use super::{Event, Oracle, or};

impl Oracle<'_> {
    /// The statements made by then, newest first.
    pub fn statements(&self) -> Vec<Value> {
        self.begun("statement").iter().map(|id| self.statement(id)).collect()
    }

    pub(super) fn statement(&self, id: &str) -> Value {
        let subject = format!("statement/{id}");
        let said = self.first(&subject);
        let field =
            |name: &str| said.as_ref().map(|said| said.data[name].clone()).unwrap_or_default();
        json!({
            "id": id,
            "version": self.version(&subject),
            "time": said.as_ref().map(|said| &said.time.text),
            "by": field("by"),
            "summary": field("summary"),
            "stance": field("stance"),
            "about": or(field("about"), json!([])),
            "denies": field("denies"),
            "source": field("source"),
        })
    }

    /// The actors in the register, and those that are only named in events, by id.
    pub fn actors(&self) -> Vec<Value> {
        let mut ids = self.subjects("actor");
        ids.extend(self.visible().flat_map(|event| self.named(event)));
        ids.iter().map(|id| self.actor(id)).collect()
    }

    /// The actors that an event names; a correction, for those who see the report too.
    fn named(&self, event: &Event) -> Vec<String> {
        let is_of_report = self.visible().any(|report| event.data["event"] == report.id);
        let corrected = &event.data["data"];
        let mut named = vec![&event.data, &event.data["source"]];
        if is_of_report {
            named.extend([corrected, &corrected["source"]]);
        }
        named.into_iter().flat_map(actors_in).collect()
    }

    fn actor(&self, id: &str) -> Value {
        let subject = format!("actor/{id}");
        let registration = self.standing(&subject).pop();
        let field = |name: &str| {
            registration.as_ref().map(|given| given.data[name].clone()).unwrap_or_default()
        };
        json!({
            "id": id,
            "names": field("names"),
            "kind": field("kind"),
            "reliability": field("reliability"),
            "part_of": field("part_of"),
            "registered": registration.is_some(),
            "version": self.version(&subject),
        })
    }

    /// How fresh the answer is: the newest event that the reader sees.
    pub fn freshness(&self) -> Value {
        let newest = self.visible().last();
        json!({
            "position": newest.map(|event| event.position),
            "recorded": newest.map(|event| &event.recorded),
        })
    }
}

/// The actors that an object names.
fn actors_in(object: &Value) -> impl Iterator<Item = String> {
    let members = [
        "by",
        "relayed_by",
        "controlled_by",
        "imposed_by",
        "organisation",
        "authority",
        "actor",
        "part_of",
    ];
    members.into_iter().filter_map(|member| object[member].as_str().map(str::to_owned))
}
