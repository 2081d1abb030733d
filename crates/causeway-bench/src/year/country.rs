//! What the year is about: the roads, the towns and the actors of a country that does not exist.

use serde_json::{Value, json};

/// Everybody who records, speaks, decides or stands in the way.
pub const ACTORS: [(&str, &str, &str); 20] = [
    ("relief-network", "Relief Network", "ngo"),
    ("well-and-pump", "Well and Pump", "ngo"),
    ("doctors-on-the-road", "Doctors on the Road", "ngo"),
    ("shelter-now", "Shelter Now", "ngo"),
    ("food-agency", "Agency for Food", "un_agency"),
    ("coordination-office", "Office of Coordination", "un_agency"),
    ("red-cross", "Red Cross", "red_cross_red_crescent"),
    ("ministry-of-transport", "Ministry of Transport", "state_authority"),
    ("border-service", "Border Service", "state_authority"),
    ("ministry-of-health", "Ministry of Health", "state_authority"),
    ("northern-council", "Northern Council", "de_facto_authority"),
    ("valley-administration", "Valley Administration", "de_facto_authority"),
    ("hill-brigade", "Hill Brigade", "armed_group"),
    ("river-guard", "River Guard", "armed_group"),
    ("observer-mission", "Observer Mission", "peacekeeper"),
    ("daily-courier", "Daily Courier", "media"),
    ("radio-valley", "Radio Valley", "media"),
    ("drivers-union", "Drivers' Union", "community"),
    ("womens-committee", "Women's Committee", "community"),
    ("village-elders", "Village Elders", "community"),
];
/// Of [`ACTORS`], those who plan deliveries come first.
pub const CARRIERS: usize = 7;
/// Of [`ACTORS`], those who grant clearances and hold convoys up.
pub const AUTHORITIES: std::ops::Range<usize> = 7..14;

const FIRST_SYLLABLES: [&str; 20] = [
    "Ar", "Bel", "Dor", "Esh", "Gal", "Hak", "Ish", "Kar", "Lor", "Mar", "Nor", "Or", "Pas", "Ras",
    "Sev", "Tal", "Ul", "Var", "Yen", "Zor",
];
const MIDDLE_SYLLABLES: [&str; 16] =
    ["a", "ani", "ba", "da", "ego", "ga", "i", "ka", "la", "ma", "na", "o", "ra", "sha", "ti", "u"];
const LAST_SYLLABLES: [&str; 14] = [
    "ban", "dzor", "gert", "kend", "lar", "lu", "min", "nik", "rod", "shen", "tagh", "tsar", "van",
    "var",
];

/// How much there is of everything.
pub struct Country {
    /// Events in the year.
    pub size: u64,
    /// Roads; the first is the northern one.
    pub corridors: usize,
    /// Towns.
    pub places: usize,
    suffix: String,
}

impl Country {
    /// The country of this name, with roads and towns for a year of so many events.
    pub fn new(name: &str, size: u64) -> Country {
        let suffix = if name.is_empty() { String::new() } else { format!("-{name}") };
        let a_part = |one_to: u64, least, most| (size / one_to).clamp(least, most) as usize;
        let (corridors, places) = (a_part(2_500, 4, 2_000), a_part(500, 8, 5_000));
        Country { size, corridors, places, suffix }
    }

    /// An id that other countries do not have.
    pub fn id(&self, name: &str) -> String {
        format!("{name}{}", self.suffix)
    }

    /// The id of a road.
    pub fn corridor(&self, number: usize) -> String {
        match number {
            0 => self.id("northern-road"),
            _ => self.id(&format!("road-{number}")),
        }
    }

    /// The id of an actor.
    pub fn actor(&self, number: usize) -> String {
        self.id(ACTORS[number].0)
    }

    /// The id of a town in the register.
    pub fn town(&self, number: usize) -> String {
        self.id(&format!("town-{number}"))
    }

    /// A town as reports name it.
    pub fn place(&self, number: usize) -> Value {
        json!({
            "name": town_name(number),
            "pcode": pcode(number),
            "point": point(number),
            "precision": "settlement",
        })
    }
}

/// What a town is called.
pub fn town_name(number: usize) -> String {
    let [first, middle, last] =
        [number, number / 20 + number * 7, number / 320 + number * 5].map(|number| number);
    let first = FIRST_SYLLABLES[first % FIRST_SYLLABLES.len()];
    let middle = MIDDLE_SYLLABLES[middle % MIDDLE_SYLLABLES.len()];
    format!("{first}{middle}{}", LAST_SYLLABLES[last % LAST_SYLLABLES.len()])
}

/// The code of a town.
pub fn pcode(number: usize) -> String {
    format!("XC{:02}{:04}", number % 12 + 1, number)
}

/// Where a town lies, to a hundred metres or so.
pub fn point(number: usize) -> [f64; 2] {
    let spread = |step: usize| (number * step % 3_000) as f64 / 1_000.0;
    [44.0 + spread(611), 38.0 + spread(1_013)]
}
