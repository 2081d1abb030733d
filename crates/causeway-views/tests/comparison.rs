//! Where two answers differ, said so that one can see it.

use causeway_views::Asked;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::world::{World, sent};

/// Fails where two answers to one question differ, naming each member that does.
pub fn compare(
    expected: &Value,
    found: &Value,
    asked: &Asked,
    world: &World,
) -> Result<(), TestCaseError> {
    let mut differing = Vec::new();
    differences("", expected, found, &mut differing);
    if differing.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = world.told.iter().map(Value::to_string).collect();
    let (asked, told) = (sent(asked.as_of()), told.join("\n"));
    let differing = differing.join("\n");
    Err(TestCaseError::fail(format!("{differing}\nasked {asked}\nof\n{told}")))
}

/// Says where two answers differ, one line each.
fn differences(at: &str, expected: &Value, found: &Value, lines: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for name in ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name))) {
                differences(&format!("{at}/{name}"), &expected[name], &found[name], lines);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (index, (expected, found)) in ours.iter().zip(theirs).enumerate() {
                differences(&format!("{at}/{index}"), expected, found, lines);
            }
        }
        _ if expected == found => {}
        _ => lines.push(format!("{at}: expected {expected}, found {found}")),
    }
}
