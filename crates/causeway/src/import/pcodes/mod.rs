//! OCHA's table of P-codes as places: each row becomes the event that registers one.
//!
//! A P-code is unique only with its edition, so a place's id is made of both: `af01-2021-11-17`.
//! Countries have no row; each is registered in the editions that its first level has. In
//! whatever order the rows come, a place is registered after the one it lies in.

mod rows;

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use serde::Serialize;

use super::lines::{Item, Taker};
use rows::{Row, Table, first_instant, place};

/// Where OCHA publishes the table.
const PUBLISHED: &str = "https://data.humdata.org/dataset/global-pcodes";

/// Hands the places of the table `input` to `take`, parents first; before them what is wrong with
/// the rows that are none.
///
/// # Errors
/// Where the input cannot be read or is another table, and what `take` fails with.
pub fn each(input: &mut dyn BufRead, take: &mut Taker<'_>) -> anyhow::Result<()> {
    let Table { mut rows, mut wrong } = rows::read(input)?;
    rows.sort_by_key(|row| row.level);
    let mut places = Places::default();
    for row in &rows {
        if let Err(fault) = places.register(row) {
            wrong.push(Item { line: row.line, text: Err(fault) });
        }
    }
    wrong.sort_by_key(|item| item.line);
    wrong.into_iter().chain(places.registrations).try_for_each(take)
}

/// The places of a table, level by level.
#[derive(Default)]
struct Places<'a> {
    /// In which editions a P-code is there, by its level; countries are level 0.
    editions: HashMap<(u8, &'a str), Vec<&'a str>>,
    registrations: Vec<Item>,
}

impl<'a> Places<'a> {
    fn register(&mut self, row: &'a Row) -> Result<(), String> {
        if row.level == 1 {
            self.register_country(row);
        }
        let edition = self.edition_of_parent(row)?;
        let note = (edition != row.edition).then(|| {
            format!("The table has its parent {} only in the edition of {edition}.", row.parent)
        });
        self.add(row.level, &row.pcode, &row.edition);
        let parent = Some(place(&row.parent, edition));
        let data = Data { parent, note, ..Data::of(&row.pcode, &row.name, &row.edition) };
        self.registrations.push(data.into_item(row.line));
        Ok(())
    }

    /// The country of a row of the first level, unless it is there in this edition.
    fn register_country(&mut self, row: &'a Row) {
        if self.add(0, &row.country, &row.edition) {
            let country = Data::of(&row.country, "", &row.edition);
            self.registrations.push(country.into_item(row.line));
        }
    }

    /// Whether the P-code was not there in this edition.
    fn add(&mut self, level: u8, pcode: &'a str, edition: &'a str) -> bool {
        let editions = self.editions.entry((level, pcode)).or_default();
        let is_new = !editions.contains(&edition);
        if is_new {
            editions.push(edition);
        }
        is_new
    }

    /// In which edition the parent of a row is there: in the row's own, or in one only.
    fn edition_of_parent(&self, row: &'a Row) -> Result<&'a str, String> {
        let Row { level, parent, edition, .. } = row;
        let editions = self.editions.get(&(level - 1, parent.as_str()));
        match editions.map_or(&[][..], Vec::as_slice) {
            own if own.contains(&edition.as_str()) => Ok(edition),
            [] => Err(format!(
                "its parent `{parent}` has no row on level {}, or a wrong one",
                level - 1
            )),
            [other] => Ok(other),
            several => Err(format!(
                "its parent `{parent}` is there in the editions of {}, not in that of {edition}",
                several.join(", ")
            )),
        }
    }
}

/// The event that registers a place. The order of its members is part of its id.
#[derive(Serialize)]
struct Event<'a> {
    specversion: &'static str,
    r#type: &'static str,
    subject: String,
    time: String,
    dataclassification: &'static str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    names: BTreeMap<&'static str, &'a str>,
    pcode: &'a str,
    pcode_edition: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    source: Source,
    time_precision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Serialize)]
struct Source {
    kind: &'static str,
    by: &'static str,
    url: &'static str,
}

impl<'a> Data<'a> {
    /// The table does not say in which language its names are (`und`). Where it has none, the
    /// code stands for it, and that is no language (`zxx`).
    fn of(pcode: &'a str, name: &'a str, edition: &'a str) -> Data<'a> {
        let (language, name) = if name.is_empty() { ("zxx", pcode) } else { ("und", name) };
        Data {
            names: BTreeMap::from([(language, name)]),
            pcode,
            pcode_edition: edition,
            parent: None,
            source: Source { kind: "partner_agency", by: "ocha", url: PUBLISHED },
            time_precision: "day",
            note: None,
        }
    }

    fn into_item(self, line: usize) -> Item {
        let event = Event {
            specversion: "1.0",
            r#type: "place.registered.v1",
            subject: format!("place/{}", place(self.pcode, self.pcode_edition)),
            time: first_instant(self.pcode_edition),
            dataclassification: "public",
            data: self,
        };
        let text = serde_json::to_string(&event).expect("text under names is always JSON");
        Item { line, text: Ok(text) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::import::identity::{Text, look};

    fn of_rows(rows: &[&str]) -> Vec<Item> {
        let header = "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date";
        let table = format!("{header}\n{}\n", rows.join("\n"));
        let mut items = Vec::new();
        let mut take = |item| {
            items.push(item);
            Ok(())
        };
        each(&mut table.as_bytes(), &mut take).unwrap();
        items
    }

    fn event(item: &Item) -> Value {
        serde_json::from_str(item.text.as_deref().unwrap()).unwrap()
    }

    /// The id of each place with the id of its parent.
    fn places(items: &[Item]) -> Vec<(String, Option<String>)> {
        let events = items.iter().filter(|item| item.text.is_ok()).map(event);
        let place = |event: Value| {
            let id = event["subject"].as_str().unwrap().strip_prefix("place/").unwrap().to_owned();
            (id, event["data"]["parent"].as_str().map(str::to_owned))
        };
        events.map(place).collect()
    }

    fn place_in(id: &str, parent: &str) -> (String, Option<String>) {
        (id.to_owned(), Some(parent.to_owned()))
    }

    #[test]
    fn a_row_becomes_a_place_and_its_country_another() {
        let items = of_rows(&["AFG,1,AF01,Kabul,AFG,2021-11-17"]);
        let source = json!({ "kind": "partner_agency", "by": "ocha", "url": PUBLISHED });
        let expected = json!({
            "specversion": "1.0", "type": "place.registered.v1",
            "subject": "place/af01-2021-11-17", "time": "2021-11-17T00:00:00Z",
            "dataclassification": "public",
            "data": {
                "names": { "und": "Kabul" }, "pcode": "AF01", "pcode_edition": "2021-11-17",
                "parent": "afg-2021-11-17", "source": source, "time_precision": "day",
            },
        });
        assert_eq!(event(&items[1]), expected);
        let country = event(&items[0]);
        assert_eq!(country["subject"], "place/afg-2021-11-17");
        assert_eq!(country["data"]["names"], json!({ "zxx": "AFG" }));
        for item in &items {
            causeway_domain::event::parse(item.text.as_deref().unwrap()).unwrap();
        }
    }

    #[test]
    fn a_place_is_registered_under_the_same_event_id_for_ever() {
        let items = of_rows(&["AFG,1,AF01,Kabul,AFG,2021-11-17"]);
        let ids = items.into_iter().map(|item| match look(item.text.unwrap()) {
            Text::Event(event) => serde_json::from_str::<Value>(&event.text).unwrap()["id"].clone(),
            Text::Withheld => panic!("no place is withheld"),
        });
        let expected =
            ["e5c2476c-84f1-5a8a-8dba-63793d3f5f2e", "a0c790ea-7439-5d99-8f73-63755e795f13"];
        assert!(ids.eq(expected));
    }

    #[test]
    fn a_parent_comes_before_its_children_wherever_its_row_stands() {
        let items = of_rows(&[
            "AFG,3,AF010101,Kabul,AF0101,2021-11-17",
            "AFG,2,AF0101,Kabul,AF01,2021-11-17",
            "AFG,1,AF01,Kabul,AFG,2021-11-17",
        ]);
        let expected = [
            ("afg-2021-11-17".to_owned(), None),
            place_in("af01-2021-11-17", "afg-2021-11-17"),
            place_in("af0101-2021-11-17", "af01-2021-11-17"),
            place_in("af010101-2021-11-17", "af0101-2021-11-17"),
        ];
        assert_eq!(places(&items), expected);
        assert!(items.iter().map(|item| item.line).eq([4, 4, 3, 2]));
    }

    #[test]
    fn a_parent_of_another_edition_is_taken_where_it_is_the_only_one_and_said() {
        let child = "TCD,2,TD0101,Batha Ouest,TD01,2017-06-15";
        let (old, new) = ("TCD,1,TD01,Batha,TCD,2016-05-09", "TCD,1,TD01,Batha,TCD,2018-01-01");
        let items = of_rows(&[child, old]);
        assert_eq!(places(&items)[2], place_in("td0101-2017-06-15", "td01-2016-05-09"));
        let note = "The table has its parent TD01 only in the edition of 2016-05-09.";
        assert_eq!(event(&items[2])["data"]["note"], note);

        let items = of_rows(&[child, old, new]);
        let told = items[0].text.clone().unwrap_err();
        assert!(told.contains("2016-05-09, 2018-01-01"), "{told}");

        let own = "TCD,1,TD01,Batha,TCD,2017-06-15";
        let items = of_rows(&[child, old, own]);
        assert_eq!(places(&items)[4], place_in("td0101-2017-06-15", "td01-2017-06-15"));
        assert_eq!(event(&items[4])["data"]["note"], Value::Null);
    }

    #[test]
    fn a_place_without_a_name_is_named_by_its_code() {
        let items = of_rows(&["JAM,1,JM10,,JAM,2017-09-09"]);
        assert_eq!(event(&items[1])["data"]["names"], json!({ "zxx": "JM10" }));
    }

    #[test]
    fn a_row_whose_parent_is_not_in_the_table_is_told_before_what_is_recorded() {
        let items = of_rows(&[
            "AFG,1,AF01,Kabul,AFG,2021-11-17",
            "AFG,2,AF0201,Kapisa,AF02,2021-11-17",
            "AFG,3,AF020101,Kapisa,AF0201,2021-11-17",
            "AFG,1,AF03",
        ]);
        let told = items.iter().take(3).map(|item| (item.line, item.text.clone().unwrap_err()));
        let expected = [
            (3, "its parent `AF02` has no row on level 1, or a wrong one"),
            (4, "its parent `AF0201` has no row on level 2, or a wrong one"),
            (5, "expected 6 columns, found 3"),
        ];
        assert!(told.eq(expected.map(|(line, told)| (line, told.to_owned()))));
        assert_eq!(places(&items).len(), 2);
    }
}
