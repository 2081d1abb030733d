//! What people write into notes: a few sentences with the names, numbers and hours of the day.

use fastrand::Rng;

use super::country::town_name;

/// In a sentence `#` is a number, `@` a town and `~` an hour of the day.
const SENTENCES: [&str; 48] = [
    "The driver of the first truck says that they were told to wait at the bridge near @.",
    "No reason was given to the team.",
    "Around ~ the queue was about # vehicles long and did not move.",
    "Two of our colleagues spoke with the officer in charge, who asked for the list of names again.",
    "Residents of @ confirm this by telephone, independently of each other.",
    "The road surface is bad after the rain; trucks above # tonnes cannot pass.",
    "Bread is sold out before ~ in the shops that we could reach.",
    "The clinic in @ has fuel for # hours and asks for diesel first.",
    "We could not verify the number and repeat it as we heard it.",
    "A second source says that only ambulances were let through.",
    "Heavy shelling was heard from the direction of @ until ~.",
    "The checkpoint was manned by # people, none of whom had insignia.",
    "Photos were taken from a distance and are kept at the office.",
    "The paper shown to the driver has yesterday's date and no stamp.",
    "According to the announcement the passage stays closed until further notice.",
    "Families with children wait in the open; # blankets were handed out by neighbours.",
    "The convoy returned to @ and will try again in the morning.",
    "Counted at the gate, not at the warehouse: the difference is # sacks.",
    "The telephone network failed at ~, so this comes late.",
    "Goods were unloaded and searched one by one, which took # hours.",
    "The local administration denies that anything has changed.",
    "Traffic in the other direction is normal.",
    "Medical evacuations were postponed for the third time this week.",
    "Our reading is that the closure is meant for commercial traffic, but nobody says so.",
    "Prices for petrol in @ have risen by # percent within a week.",
    "The escort left without us, and came back at ~ for the rest.",
    "A village elder counted # carts with belongings on the way to @.",
    "Snow on the pass: chains are needed above the tunnel.",
    "Water was delivered to # households; the pump itself is still broken.",
    "They asked who had sent us, and wrote down the numbers of the plates.",
    "Nothing was damaged as far as could be seen without opening the containers.",
    "The list of goods had to be translated, and one page was missing.",
    "Please treat the name of the driver as confidential.",
    "Heard twice on the radio, once with another number: # instead.",
    "The same was reported from @ the day before, by somebody else.",
    "A mine was found beside the road and marked; deminers are on their way from @.",
    "The hospital lists # patients who have to be moved, eleven of them urgently.",
    "At ~ the barrier was lifted for a quarter of an hour and then closed again.",
    "The market is open, but shelves with flour and oil are empty.",
    "We were offered another road by way of @, which adds # kilometres.",
    "One truck has broken down and its load was taken over by two others.",
    "The team stays in @ overnight and has supplies for # days.",
    "Staff of the other agency tell it differently, see their report.",
    "Both sides were informed of the times in advance and had agreed.",
    "School buildings in @ are full; # people came since the morning.",
    "Cold chain boxes were opened in the sun for inspection.",
    "Signed for by the storekeeper, who recounted at our request: # packages.",
    "There was shouting, but nobody was hurt.",
];

/// Sentences of a note, at least and fewer than.
const LENGTH: std::ops::Range<usize> = 1..4;

/// A note; `towns` is how many there are.
pub fn note(chance: &mut Rng, towns: usize) -> String {
    let mut note = String::new();
    for _ in 0..chance.usize(LENGTH) {
        if !note.is_empty() {
            note.push(' ');
        }
        fill(SENTENCES[chance.usize(..SENTENCES.len())], chance, towns, &mut note);
    }
    note
}

fn fill(sentence: &str, chance: &mut Rng, towns: usize, note: &mut String) {
    for letter in sentence.chars() {
        match letter {
            '#' => note.push_str(&chance.u32(2..90).to_string()),
            '@' => note.push_str(&town_name(chance.usize(..towns.max(1)))),
            '~' => note.push_str(&format!("{}:{:02}", chance.u32(5..22), chance.u32(..60))),
            _ => note.push(letter),
        }
    }
}
