//! Which subjects a list shows.

use causeway_domain::Expected;
use causeway_domain::place::Place;
use causeway_domain::text::Names;
use serde_with::DeserializeFromStr;
use std::str::FromStr;

/// A box on the map: west, south, east, north in degrees (RFC 7946, section 5).
#[derive(Debug, Clone, Copy, PartialEq, DeserializeFromStr)]
pub struct BoundingBox {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl FromStr for BoundingBox {
    type Err = Expected;

    fn from_str(text: &str) -> Result<BoundingBox, Expected> {
        let degrees: Vec<f64> = text.split(',').filter_map(|part| part.parse().ok()).collect();
        match degrees[..] {
            [west, south, east, north]
                if (-180.0..=180.0).contains(&west)
                    && (-180.0..=180.0).contains(&east)
                    && (-90.0..=north).contains(&south)
                    && north <= 90.0
                    && text.split(',').count() == 4 =>
            {
                Ok(BoundingBox { west, south, east, north })
            }
            _ => Err(Expected("west,south,east,north in degrees, south not above north")),
        }
    }
}

impl BoundingBox {
    /// Whether the place's point lies in the box; a box may cross the antimeridian.
    #[must_use]
    pub fn holds(&self, place: Option<&Place>) -> bool {
        let Some(point) = place.and_then(|place| place.point) else {
            return false;
        };
        let [longitude, latitude] = point.into();
        let between = match self.west <= self.east {
            true => (self.west..=self.east).contains(&longitude),
            false => longitude >= self.west || longitude <= self.east,
        };
        between && (self.south..=self.north).contains(&latitude)
    }
}

/// Text looked for in ids, names and titles, whatever the case.
#[derive(Debug, Clone)]
pub struct Words(String);

impl Words {
    /// Looks for `text`.
    #[must_use]
    pub fn new(text: &str) -> Words {
        Words(text.to_lowercase())
    }

    /// Whether any of `texts` contains it.
    pub fn found_in<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        texts.into_iter().any(|text| text.to_lowercase().contains(&self.0))
    }
}

/// The names as plain text.
pub(crate) fn spelled(names: Option<&Names>) -> impl Iterator<Item = &str> {
    names.into_iter().flat_map(Names::iter).map(|(_, name)| &**name)
}
