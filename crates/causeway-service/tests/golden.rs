//! Every type of event ever stored stays readable, byte for byte.

use std::fs;
use std::path::PathBuf;

use causeway_domain::event::{Submitted, parse};
use causeway_domain::schema::EVENT_TYPES;
use causeway_service::stored::{Additions, Sent, decode, encode};

fn golden(type_name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{type_name}.json"))
}

#[test]
fn every_type_has_a_golden_file_that_reads_back_byte_for_byte() {
    for one in EVENT_TYPES.iter() {
        let path = golden(&one.name);
        let bytes = fs::read(&path).unwrap_or_else(|error| {
            panic!("{}: {error}; store one event of this type there, once", path.display())
        });
        let bytes = bytes.trim_ascii_end();
        let stored = decode(bytes).unwrap_or_else(|error| panic!("{}: {error}", one.name));
        assert_eq!(stored.event.payload.type_name(), one.name);
        let text = std::str::from_utf8(bytes).unwrap();
        let submitted = parse(text).unwrap_or_else(|error| panic!("{}: {error}", one.name));
        let raw: serde_json::Value = serde_json::from_str(text).unwrap();
        let additions = Additions {
            recorded: stored.recorded,
            imported: raw["importedtime"].as_str().map(|time| time.parse().unwrap()),
            recorded_by: stored.recorded_by.clone(),
            nonce: raw["nonce"].as_str().unwrap().into(),
        };
        let Submitted { data, correlation, causation, .. } = submitted;
        let sent = Sent { data, correlation, causation };
        let again = encode(&stored.event, &sent, &additions);
        assert_eq!(String::from_utf8(again).unwrap(), text, "{}", one.name);
    }
}

#[test]
fn every_golden_file_is_of_a_type_that_is_still_known() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let type_name = name.trim_end_matches(".json");
        assert!(EVENT_TYPES.iter().any(|one| one.name == type_name), "{name}: types never go away");
    }
}
