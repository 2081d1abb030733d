//! Where: names, P-codes, points and shapes (GeoJSON, RFC 7946, CRS84).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::Expected;
use crate::faults::Faults;
use crate::packed::{self, AsText};
use crate::text::{List, Names, Title, text_schema};
use crate::words::Precision;

/// A place as a source names it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self")]
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

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => Place::serialize(self, serializer),
            false => {
                let Place { name, names, pcode, pcode_edition, point, geometry, precision } = self;
                let geometry = geometry.as_ref().map(AsText);
                (name, names, pcode, pcode_edition, point, geometry, precision)
                    .serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
        match deserializer.is_human_readable() {
            true => Place::deserialize(deserializer),
            false => {
                let (name, names, pcode, pcode_edition, point, geometry, precision) =
                    Deserialize::deserialize(deserializer)?;
                let geometry = Option::map(geometry, |AsText(geometry)| geometry);
                Ok(Place { name, names, pcode, pcode_edition, point, geometry, precision })
            }
        }
    }
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
            true => Ok(Point { longitude, latitude }),
            false => Err(Point::EXPECTED),
        }
    }
}

impl From<Point> for [f64; 2] {
    fn from(point: Point) -> [f64; 2] {
        [point.longitude, point.latitude]
    }
}

impl Point {
    const EXPECTED: Expected = Expected("[longitude, latitude] within ±180 and ±90 degrees");
}

impl PartialSchema for Point {
    fn schema() -> RefOr<Schema> {
        let degrees = |most: f64| {
            ObjectBuilder::new().schema_type(Type::Number).minimum(Some(-most)).maximum(Some(most))
        };
        ArrayBuilder::new()
            .prefix_items([degrees(180.0), degrees(90.0)])
            .min_items(Some(2))
            .max_items(Some(2))
            .description(Some(Point::EXPECTED.0))
            .into()
    }
}

impl ToSchema for Point {}

/// The largest number of points in one geometry.
pub const POINT_LIMIT: usize = 2_000;

/// Two points or more.
pub type Line = List<Point, 2, POINT_LIMIT>;
/// Four points or more, the last the same as the first.
pub type Ring = List<Point, 4, POINT_LIMIT>;
/// Several shapes of one sort.
pub type Several<Shape> = List<Shape, 1, POINT_LIMIT>;

/// A GeoJSON geometry (RFC 7946): at most 2,000 points; rings are closed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "coordinates", deny_unknown_fields)]
#[expect(missing_docs, reason = "RFC 7946 says what each is")]
pub enum Geometry {
    Point(Point),
    MultiPoint(Several<Point>),
    LineString(Line),
    MultiLineString(Several<Line>),
    Polygon(Several<Ring>),
    MultiPolygon(Several<Several<Ring>>),
}

/// A route: a line, or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
#[serde(tag = "type", content = "coordinates", deny_unknown_fields)]
#[expect(missing_docs, reason = "RFC 7946 says what each is")]
pub enum Route {
    LineString(Line),
    MultiLineString(Several<Line>),
}

impl Serialize for Route {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => Route::serialize(self, serializer),
            false => packed::serialize(self, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Route, D::Error> {
        match deserializer.is_human_readable() {
            true => Route::deserialize(deserializer),
            false => packed::deserialize(deserializer),
        }
    }
}

impl PartialSchema for Geometry {
    fn schema() -> RefOr<Schema> {
        one_of([
            shape::<Point>("Point"),
            shape::<Several<Point>>("MultiPoint"),
            shape::<Line>("LineString"),
            shape::<Several<Line>>("MultiLineString"),
            shape::<Several<Ring>>("Polygon"),
            shape::<Several<Several<Ring>>>("MultiPolygon"),
        ])
    }
}

impl ToSchema for Geometry {}

impl PartialSchema for Route {
    fn schema() -> RefOr<Schema> {
        one_of([shape::<Line>("LineString"), shape::<Several<Line>>("MultiLineString")])
    }
}

impl ToSchema for Route {}

fn one_of<const N: usize>(shapes: [ObjectBuilder; N]) -> RefOr<Schema> {
    let choice = OneOfBuilder::new().description(Some("a GeoJSON geometry (RFC 7946)"));
    shapes.into_iter().fold(choice, OneOfBuilder::item).into()
}

fn shape<Coordinates: PartialSchema>(name: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .property("type", text_schema().enum_values(Some([name])))
        .property("coordinates", Coordinates::schema())
        .required("type")
        .required("coordinates")
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

impl Geometry {
    pub(crate) fn check(&self, pointer: &str, faults: &mut Faults) {
        let is_open = |ring: &Ring| ring.first() != ring.last();
        if self.rings().any(is_open) {
            faults.add(pointer, "expected every ring to end where it starts (RFC 7946)");
        }
        check_size(self.points().count(), pointer, faults);
    }

    /// Every point of the geometry, in the order in which it stands.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        let (points, lines): (&[Point], &[Line]) = match self {
            Geometry::Point(point) => (std::slice::from_ref(point), &[]),
            Geometry::MultiPoint(points) => (points, &[]),
            Geometry::LineString(line) => (line, &[]),
            Geometry::MultiLineString(lines) => (&[], lines),
            Geometry::Polygon(_) | Geometry::MultiPolygon(_) => (&[], &[]),
        };
        let in_lines = lines.iter().flat_map(|line| line.iter());
        let in_rings = self.rings().flat_map(|ring| ring.iter());
        points.iter().chain(in_lines).chain(in_rings).copied()
    }

    fn rings(&self) -> impl Iterator<Item = &Ring> {
        let (rings, polygons): (&[Ring], &[Several<Ring>]) = match self {
            Geometry::Polygon(rings) => (rings, &[]),
            Geometry::MultiPolygon(polygons) => (&[], polygons),
            Geometry::Point(_)
            | Geometry::MultiPoint(_)
            | Geometry::LineString(_)
            | Geometry::MultiLineString(_) => (&[], &[]),
        };
        rings.iter().chain(polygons.iter().flat_map(|one| one.iter()))
    }
}

impl Route {
    pub(crate) fn check(&self, pointer: &str, faults: &mut Faults) {
        check_size(self.points().count(), pointer, faults);
    }

    /// Every point of the route, in the order in which it stands.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        let lines = match self {
            Route::LineString(line) => std::slice::from_ref(line),
            Route::MultiLineString(lines) => lines,
        };
        lines.iter().flat_map(|line| line.iter()).copied()
    }
}

fn check_size(points: usize, pointer: &str, faults: &mut Faults) {
    if points > POINT_LIMIT {
        faults.add(pointer, &format!("expected at most {POINT_LIMIT} points, found {points}"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::faults::Fault;

    fn geometry(kind: &str, coordinates: &Value) -> Option<Geometry> {
        serde_json::from_value(json!({ "type": kind, "coordinates": coordinates })).ok()
    }

    fn faults(geometry: &Geometry) -> Vec<Fault> {
        let mut faults = Faults::default();
        geometry.check("/at", &mut faults);
        faults.into_list()
    }

    #[test]
    fn a_point_is_longitude_then_latitude_in_range() {
        let point = |json: &str| serde_json::from_str::<Point>(json).is_ok();
        assert!(point("[46.6,39.65]") && point("[-180,-90]") && point("[180,90]"));
        for wrong in
            ["[180.1,0]", "[0,90.1]", "[0,-90.1]", "[1]", "[1,2,3]", "[]", "[\"1\",2]", "{}"]
        {
            assert!(!point(wrong), "{wrong}");
        }
        let point: Point = serde_json::from_str("[46.6,39.65]").unwrap();
        assert_eq!(<[f64; 2]>::from(point), [46.6, 39.65]);
        assert_eq!(serde_json::to_string(&point).unwrap(), "[46.6,39.65]");
    }

    #[test]
    fn every_shape_of_geojson_is_read_and_written() {
        let ring = json!([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]);
        for (kind, coordinates, points) in [
            ("Point", json!([1.0, 2.0]), 1),
            ("MultiPoint", json!([[1.0, 2.0], [3.0, 4.0]]), 2),
            ("LineString", json!([[1.0, 2.0], [3.0, 4.0]]), 2),
            ("MultiLineString", json!([[[1.0, 2.0], [3.0, 4.0]]]), 2),
            ("Polygon", json!([ring, ring]), 8),
            ("MultiPolygon", json!([[ring], [ring, ring]]), 12),
        ] {
            let read = geometry(kind, &coordinates).unwrap();
            assert_eq!(faults(&read), []);
            assert_eq!(read.points().count(), points, "{kind}");
            let written = json!(read);
            assert_eq!(written, json!({ "type": kind, "coordinates": coordinates }));
        }
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        for (kind, coordinates) in [
            ("Circle", json!([1, 2])),
            ("Point", json!([[1, 2]])),
            ("Point", json!(null)),
            ("MultiPoint", json!([])),
            ("LineString", json!([[1, 2]])),
            ("MultiLineString", json!([])),
            ("Polygon", json!([])),
            ("Polygon", json!([[[0, 0], [0, 1], [0, 0]]])),
            ("MultiPolygon", json!([[]])),
        ] {
            assert!(geometry(kind, &coordinates).is_none(), "{kind} {coordinates}");
        }
        let read = |value: Value| serde_json::from_value::<Geometry>(value).is_ok();
        assert!(!read(json!({ "type": "Point" })));
        assert!(!read(json!({ "coordinates": [1, 2] })));
        assert!(!read(json!({ "type": "Point", "coordinates": [1, 2], "crs": "EPSG:4326" })));
    }

    #[test]
    fn a_ring_ends_where_it_starts() {
        let open = json!([[0, 0], [0, 1], [1, 1], [1, 0]]);
        let closed = json!([[0, 0], [0, 1], [1, 1], [0, 0]]);
        let expected = "expected every ring to end where it starts (RFC 7946)";
        for (kind, coordinates) in
            [("Polygon", json!([closed, open])), ("MultiPolygon", json!([[closed], [open]]))]
        {
            let found = faults(&geometry(kind, &coordinates).unwrap());
            let [fault] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((fault.pointer.as_str(), fault.detail.as_str()), ("/at", expected));
        }
    }

    #[test]
    fn a_geometry_has_at_most_2000_points_in_all() {
        let line = |points: usize| json!(vec![[0, 0]; points]);
        assert!(geometry("LineString", &line(2_000)).is_some());
        assert!(geometry("LineString", &line(2_001)).is_none());
        let two =
            |points| geometry("MultiLineString", &json!([line(1_000), line(points)])).unwrap();
        assert_eq!(faults(&two(1_000)), []);
        assert_eq!(faults(&two(1_001))[0].detail, "expected at most 2000 points, found 2001");
    }

    #[test]
    fn a_route_is_a_line_or_several() {
        let route = |kind: &str, coordinates: Value| {
            let route = json!({ "type": kind, "coordinates": coordinates });
            serde_json::from_value::<Route>(route).ok()
        };
        let lines = route("MultiLineString", json!([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])).unwrap();
        assert_eq!(lines.points().count(), 4);
        assert!(route("LineString", json!([[1, 2], [3, 4]])).is_some());
        assert!(route("Point", json!([1, 2])).is_none());
        let mut faults = Faults::default();
        let long = json!(vec![vec![[0, 0]; 1_001]; 2]);
        route("MultiLineString", long).unwrap().check("/at", &mut faults);
        assert_eq!(faults.into_list().len(), 1);
    }
}
