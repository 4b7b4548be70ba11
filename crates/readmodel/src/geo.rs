//! Distances on the earth, for questions such as "what is near". Coordinates are integers of a millionth
//! of a degree (WGS 84), so that rows hold no floating point numbers; a distance is a float within this
//! file only.
//!
//! Accuracy: the earth is taken for a sphere of its mean radius, which is wrong by up to 0.5 %.

/// Mean radius of the earth (IUGG), metres.
const RADIUS_M: f64 = 6_371_008.8;
/// One degree of latitude, metres.
const DEGREE_M: f64 = 111_195.0;
/// Millionths of a degree in a degree.
pub const MICRO: i64 = 1_000_000;

/// A point of the earth's surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    latitude: i64,
    longitude: i64,
}

impl Point {
    /// From millionths of a degree: latitude -90 to 90 degrees, longitude -180 to 180.
    pub fn new(latitude: i64, longitude: i64) -> Option<Self> {
        let fits = latitude.abs() <= 90 * MICRO && longitude.abs() <= 180 * MICRO;
        fits.then_some(Self {
            latitude,
            longitude,
        })
    }

    /// Reads degrees as plain decimal numbers, such as `59.437` and `-0.5`; digits behind the sixth are cut.
    pub fn parse(latitude: &str, longitude: &str) -> Option<Self> {
        Self::new(micro(latitude)?, micro(longitude)?)
    }

    /// Reads a `geo:` URI (RFC 5870) in WGS 84.
    pub fn of_uri(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix("geo:")?;
        let (coordinates, parameters) = rest.split_once(';').unwrap_or((rest, ""));
        let other_system = parameters
            .split(';')
            .any(|parameter| parameter.starts_with("crs=") && parameter != "crs=wgs84");
        let mut numbers = coordinates.split(',');
        let (latitude, longitude) = (numbers.next()?, numbers.next()?);
        (!other_system && numbers.count() <= 1)
            .then(|| Self::parse(latitude, longitude))
            .flatten()
    }

    /// Millionths of a degree north of the equator.
    pub fn latitude(self) -> i64 {
        self.latitude
    }

    /// Millionths of a degree east of Greenwich.
    pub fn longitude(self) -> i64 {
        self.longitude
    }

    /// The distance to another point along the surface, metres, rounded.
    pub fn metres_to(self, other: Self) -> u64 {
        let radians = |micro: i64| (micro as f64 / MICRO as f64).to_radians();
        let (a, b) = (radians(self.latitude), radians(other.latitude));
        let (north, east) = (b - a, radians(other.longitude - self.longitude));
        let chord = (north / 2.0).sin().powi(2) + a.cos() * b.cos() * (east / 2.0).sin().powi(2);
        (2.0 * RADIUS_M * chord.sqrt().min(1.0).asin()).round() as u64
    }

    /// The lowest and the highest latitude that a point within `metres` can have, millionths of a degree.
    pub fn latitudes_within(self, metres: u64) -> (i64, i64) {
        let span = (metres as f64 * 1.01 / DEGREE_M * MICRO as f64).ceil() as i64 + 1;
        (
            self.latitude.saturating_sub(span),
            self.latitude.saturating_add(span),
        )
    }
}

fn micro(degrees: &str) -> Option<i64> {
    let (negative, digits) = match degrees.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, degrees),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || whole.len() > 3 {
        return None;
    }
    let behind: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let size = whole.parse::<i64>().ok()? * MICRO + behind;
    Some(if negative { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_agree_with_published_ones() {
        let point = |latitude, longitude| Point::parse(latitude, longitude).unwrap();
        // One degree of latitude; Tallinn to Helsinki; across the date line.
        let cases = [
            (point("0", "0"), point("1", "0"), 111_195),
            (
                point("59.4370", "24.7536"),
                point("60.1699", "24.9384"),
                82_100,
            ),
            (point("0", "179.5"), point("0", "-179.5"), 111_195),
        ];
        for (a, b, metres) in cases {
            let found = a.metres_to(b);
            assert!(
                found.abs_diff(metres) <= metres / 200,
                "{a:?} {b:?}: {found}"
            );
            let (low, high) = a.latitudes_within(found);
            assert!((low..=high).contains(&b.latitude()));
        }
        assert_eq!(point("1", "1").metres_to(point("1", "1")), 0);
    }

    #[test]
    fn geo_uris_and_degrees_are_read_and_others_refused() {
        let point = Point::of_uri("geo:57.05,-9.925;u=35").unwrap();
        assert_eq!(
            (point.latitude(), point.longitude()),
            (57_050_000, -9_925_000)
        );
        assert!(Point::of_uri("geo:57.05,9.925,12").is_some());
        for bad in [
            "geo:",
            "geo:1",
            "geo:91,0",
            "geo:0,181",
            "geo:1,2,3,4",
            "geo:1,2;crs=moon",
            "geo:a,b",
            "geo:1e3,2",
            "urn:x:1,2",
        ] {
            assert_eq!(Point::of_uri(bad), None, "{bad}");
        }
    }
}
