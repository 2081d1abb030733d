//! Where: names, P-codes, points and shapes (GeoJSON, RFC 7946, CRS84).

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ArrayBuilder, ArrayItems, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::Expected;
use crate::faults::Faults;
use crate::text::{Names, Title};
use crate::words::Precision;

/// A place as a source names it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// One name, as the source wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Title>,
    /// Names by language, of equal standing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Names>,
    /// P-code (OCHA COD-AB); unique only together with its edition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pcode: Option<Title>,
    /// The edition of the code list, usually the date from which it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pcode_edition: Option<Title>,
    /// Longitude, latitude.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// A GeoJSON geometry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geometry: Option<Geometry>,
    /// How closely the position is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
}

impl Place {
    pub(crate) fn check(&self, pointer: &str, faults: &mut Faults) {
        if let Some(geometry) = &self.geometry {
            geometry.check(&format!("{pointer}/geometry"), faults);
        }
    }
}

/// A position on the globe, WGS 84, degrees: longitude, then latitude. Always in range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 2]", into = "[f64; 2]")]
pub struct Point {
    longitude: f64,
    latitude: f64,
}

impl TryFrom<[f64; 2]> for Point {
    type Error = Expected;

    fn try_from([longitude, latitude]: [f64; 2]) -> Result<Point, Expected> {
        match (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude) {
            true => Ok(Point {
                longitude,
                latitude,
            }),
            false => Err(Expected(
                "[longitude, latitude] within ±180 and ±90 degrees",
            )),
        }
    }
}

impl From<Point> for [f64; 2] {
    fn from(point: Point) -> [f64; 2] {
        [point.longitude, point.latitude]
    }
}

impl PartialSchema for Point {
    fn schema() -> RefOr<Schema> {
        let degrees = |most: f64| {
            ObjectBuilder::new()
                .schema_type(Type::Number)
                .minimum(Some(-most))
                .maximum(Some(most))
        };
        ArrayBuilder::new()
            .prefix_items([degrees(180.0), degrees(90.0)])
            .items(ArrayItems::False)
            .min_items(Some(2))
            .max_items(Some(2))
            .description(Some("Longitude, latitude in degrees (CRS84)."))
            .into()
    }
}

impl ToSchema for Point {}

/// The largest number of points in one geometry.
pub const POINT_LIMIT: usize = 2_000;

/// A GeoJSON geometry (RFC 7946): at most 2,000 points; rings are closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", deny_unknown_fields)]
#[expect(missing_docs, reason = "RFC 7946 says what each is")]
pub enum Geometry {
    Point { coordinates: Point },
    MultiPoint { coordinates: Vec<Point> },
    LineString { coordinates: Line },
    MultiLineString { coordinates: Vec<Line> },
    Polygon { coordinates: Vec<Ring> },
    MultiPolygon { coordinates: Vec<Vec<Ring>> },
}

/// A route: a line, or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", deny_unknown_fields)]
#[expect(missing_docs, reason = "RFC 7946 says what each is")]
pub enum Route {
    LineString { coordinates: Line },
    MultiLineString { coordinates: Vec<Line> },
}

/// Two points or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Vec<Point>")]
#[schema(value_type = Vec<Point>, min_items = 2)]
pub struct Line(Vec<Point>);

impl TryFrom<Vec<Point>> for Line {
    type Error = Expected;

    fn try_from(points: Vec<Point>) -> Result<Line, Expected> {
        (points.len() >= 2)
            .then_some(Line(points))
            .ok_or(Expected("a line of at least two points"))
    }
}

/// Four points or more, the last the same as the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Vec<Point>")]
#[schema(value_type = Vec<Point>, min_items = 4)]
pub struct Ring(Vec<Point>);

impl TryFrom<Vec<Point>> for Ring {
    type Error = Expected;

    fn try_from(points: Vec<Point>) -> Result<Ring, Expected> {
        (points.len() >= 4)
            .then_some(Ring(points))
            .ok_or(Expected("a ring of at least four points"))
    }
}

impl Geometry {
    pub(crate) fn check(&self, pointer: &str, faults: &mut Faults) {
        let rings: Vec<&Ring> = match self {
            Geometry::Polygon { coordinates } => coordinates.iter().collect(),
            Geometry::MultiPolygon { coordinates } => coordinates.iter().flatten().collect(),
            Geometry::Point { .. }
            | Geometry::MultiPoint { .. }
            | Geometry::LineString { .. }
            | Geometry::MultiLineString { .. } => Vec::new(),
        };
        if rings.iter().any(|ring| ring.0.first() != ring.0.last()) {
            faults.add(
                pointer,
                "expected every ring to end where it starts (RFC 7946)",
            );
        }
        check_size(self.points(), pointer, faults);
    }

    fn points(&self) -> usize {
        let in_rings = |rings: &Vec<Ring>| rings.iter().map(|ring| ring.0.len()).sum::<usize>();
        match self {
            Geometry::Point { .. } => 1,
            Geometry::MultiPoint { coordinates } => coordinates.len(),
            Geometry::LineString { coordinates } => coordinates.0.len(),
            Geometry::MultiLineString { coordinates } => in_lines(coordinates),
            Geometry::Polygon { coordinates } => in_rings(coordinates),
            Geometry::MultiPolygon { coordinates } => coordinates.iter().map(in_rings).sum(),
        }
    }
}

impl Route {
    pub(crate) fn check(&self, pointer: &str, faults: &mut Faults) {
        let points = match self {
            Route::LineString { coordinates } => coordinates.0.len(),
            Route::MultiLineString { coordinates } => in_lines(coordinates),
        };
        check_size(points, pointer, faults);
    }
}

fn in_lines(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.0.len()).sum()
}

fn check_size(points: usize, pointer: &str, faults: &mut Faults) {
    if points > POINT_LIMIT {
        faults.add(
            pointer,
            &format!("expected at most {POINT_LIMIT} points, found {points}"),
        );
    }
}
