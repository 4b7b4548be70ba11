//! Under what captured events are found, beside the objects they change: places, event ids, business
//! documents, and, block by block, what kind of thing is told at all.
//!
//! Flow: the projection hands over each captured event's action as signed; one pass over its bytes reads
//! what most events have ([`Outline`]); an event with more is decoded in full. What picks few events is
//! posted event by event; what half of all events share (steps, conditions, types, product families) is
//! posted once a block, at the block's first position, and tells a query which blocks to pass over.
//!
//! Invariant: an event whose place, id, document or zone a query asks for is found under that name; what
//! is found is compared by the query, so a name may stand for more than it says, never for less.
//!
//! Cost: two postings an event, and about a dozen a block.

use super::{projection::OBJECT, types::Action};
use convoy_readmodel::{
    Fault, Rows,
    geo::Point,
    schema::{Table, integer, text},
};
use convoy_types::{
    cbor,
    epcis::{
        self, EventKind,
        cbv::{BizStep, Disposition},
    },
    identifiers::Epc,
    wire::{Reader, WireError},
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Postings under a place, by [`Epc::key`], and under the place that it is part of.
pub(super) const PLACE: &str = "place";
/// Postings under a captured event's [`EventRef`](super::types::EventRef).
pub(super) const EVENT: &str = "event";
/// Postings under business transactions, sources, destinations and transformations, by [`Epc::key`].
pub(super) const PAPER: &str = "paper";
/// Postings of whole blocks under what is told in them.
pub(super) const ZONE: &str = "zone";
/// The zone of blocks of which more is told than is noted.
pub(super) const EVERYTHING: &[u8] = b"*";
/// Zones noted for one block; the block of which more is told is looked into by every query.
const ZONES_MAX: usize = 512;

/// Steps, conditions and places that events ever told of, for lists of them: `kind` is one of [`Known`].
pub(super) static KNOWN: Table = Table {
    name: "custody_known",
    columns: &[integer("compartment"), integer("kind"), text("name")],
    key: 3,
    indexes: &[],
};
/// Where places are, millionths of a degree, as the newest event that says so has it.
pub(super) static GEO: Table = Table {
    name: "custody_geo",
    columns: &[
        integer("compartment"),
        text("place"),
        integer("latitude"),
        integer("longitude"),
        integer("position"),
    ],
    key: 2,
    indexes: &[&["compartment", "latitude"]],
};
/// Names in memory of what is in [`KNOWN`] already. Past this the memory is emptied and fills again.
const KNOWN_MAX: usize = 20_000;
/// Words of one event that are made findable, bytes.
const TEXT_BYTES_MAX: usize = 4_096;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Known {
    Step = 0,
    Disposition = 1,
    ReadPoint = 2,
    BizLocation = 3,
}

/// The zone of an event type.
pub(super) fn type_zone(kind: EventKind) -> Vec<u8> {
    vec![b't', kind.into()]
}

/// The zone of a business step.
pub(super) fn step_zone(step: &BizStep) -> Vec<u8> {
    [b"s", &cbor::to_vec(step)[..]].concat()
}

/// The zone of a condition.
pub(super) fn disposition_zone(disposition: &Disposition) -> Vec<u8> {
    [b"d", &cbor::to_vec(disposition)[..]].concat()
}

/// The zone of a family of objects: the class of an instance or a lot, else the kind of key.
pub(super) fn family_zone(key: &str) -> Vec<u8> {
    [b"f", family(key).as_bytes()].concat()
}

/// The zone of events with something that few have.
pub(super) fn more_zone(what: &str) -> Vec<u8> {
    [b"m", what.as_bytes()].concat()
}

/// The part of a stored key that a class and its instances share.
fn family(key: &str) -> &str {
    let digits = |ai: &str, count: usize| {
        key.strip_prefix(ai)
            .filter(|rest| rest.starts_with('/'))
            .and_then(|_| key.get(..ai.len() + 1 + count))
    };
    let gs1 = digits("01", 14)
        .or_else(|| digits("8006", 18))
        .or_else(|| digits("8003", 14))
        .or_else(|| digits("253", 13))
        .or_else(|| digits("255", 13));
    if let Some(class) = gs1 {
        return class;
    }
    let end = match key.starts_with(|first: char| first.is_ascii_digit()) {
        true => key.find('/'),
        false => key.match_indices(':').nth(3).map(|(at, _)| at),
    };
    end.and_then(|end| key.get(..end)).unwrap_or(key)
}

/// The place that a place is part of: a GLN without its extension (GS1 General Specifications, AI 254).
pub(super) fn wider_place(key: &str) -> Option<&str> {
    key.starts_with("414/")
        .then(|| key.split_once("/254/"))?
        .map(|(place, _)| place)
}

/// What a block's events tell, gathered until its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    zones: BTreeSet<Vec<u8>>,
    scratch: Vec<u8>,
    /// What is in [`KNOWN`], by compartment, kind and name as stored in events.
    known: BTreeMap<u16, [BTreeSet<Vec<u8>>; 4]>,
}

impl Index {
    /// Notes a captured event: its reference and its action as signed; `posted` are the objects that it
    /// is posted under already, `places` are where these are from now on.
    pub(super) fn note(
        &mut self,
        rows: &mut Rows<'_>,
        event: &[u8; 16],
        body: Option<&[u8]>,
        posted: &[&str],
        places: &[&str],
    ) -> Result<(), Fault> {
        rows.post(EVENT, event);
        let Some(body) = body else { return Ok(()) };
        let outline = match Outline::read(body) {
            Some(outline) => outline,
            None => return self.note_full(rows, body),
        };
        self.zone(&[b't', outline.kind]);
        for (tag, kind, term) in [
            (b's', Known::Step, outline.biz_step),
            (b'd', Known::Disposition, outline.disposition),
        ] {
            self.tagged(tag, term.unwrap_or_default());
            self.know(rows, kind, term)?;
        }
        let read_point = outline.read_point.map(str::as_bytes);
        self.know(rows, Known::ReadPoint, read_point)?;
        let location = outline.biz_location.map(str::as_bytes);
        self.know(rows, Known::BizLocation, location)?;
        let epcs = outline.epcs.iter().chain(outline.parent.iter());
        for key in epcs {
            self.tagged(b'f', family(key).as_bytes());
            if !posted.contains(key) {
                rows.post(OBJECT, key.as_bytes());
            }
        }
        post_places(rows, outline.read_point, outline.biz_location);
        for place in places {
            let told = [outline.read_point, outline.biz_location];
            if !told.contains(&Some(place)) {
                post_places(rows, Some(place), None);
            }
        }
        if outline.action == Some(0) {
            // What comes into being is found by its number from then on.
            let mut names = outline.epcs.join(" ");
            names.truncate(names.floor_char_boundary(TEXT_BYTES_MAX));
            rows.index_text(&names)?;
        }
        Ok(())
    }

    /// Lists a step, a condition or a place, and where the place is, the first time it is told of.
    fn know(&mut self, rows: &mut Rows<'_>, kind: Known, name: Option<&[u8]>) -> Result<(), Fault> {
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Ok(());
        };
        let known = &mut self.known.entry(rows.compartment()).or_default()[kind as usize];
        if known.contains(name) {
            return Ok(());
        }
        let wrong = |error: cbor::CborError| Fault::Event(error.to_string());
        let word = match kind {
            Known::Step => cbor::from_slice::<BizStep>(name)
                .map_err(wrong)?
                .word()
                .to_owned(),
            Known::Disposition => cbor::from_slice::<Disposition>(name)
                .map_err(wrong)?
                .word()
                .to_owned(),
            Known::ReadPoint | Known::BizLocation => String::from_utf8_lossy(name).into_owned(),
        };
        let row = [
            rows.compartment().into(),
            i64::from(kind as u8).into(),
            word.as_str().into(),
        ];
        rows.upsert(&KNOWN, &row)?;
        if let Some(point) = Point::of_uri(&word) {
            locate(rows, &word, point)?;
        }
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(name.to_vec());
        Ok(())
    }

    fn note_full(&mut self, rows: &mut Rows<'_>, body: &[u8]) -> Result<(), Fault> {
        let action: Action =
            cbor::from_slice(body).map_err(|error| Fault::Event(error.to_string()))?;
        let Action::Capture(event) = action else {
            return Ok(());
        };
        let more = event.more();
        self.zone(&type_zone(event.kind));
        let steps = event.biz_step.iter().map(step_zone);
        let lasting = more.persistent_disposition.iter();
        let lasting = lasting.flat_map(|lasting| lasting.set.iter().chain(&lasting.unset));
        let conditions = event
            .disposition
            .iter()
            .chain(lasting)
            .map(disposition_zone);
        for zone in steps.chain(conditions) {
            self.zone(&zone);
        }
        for epc in super::queries::named(&event) {
            rows.post(OBJECT, epc.key().as_bytes());
            self.tagged(b'f', family(epc.key()).as_bytes());
        }
        for (what, told) in [
            ("error", more.error_declaration.is_some()),
            ("sensor", more.sensor_elements.is_some()),
            ("ilmd", more.ilmd.is_some()),
            ("more", true),
        ] {
            if told {
                self.zone(&more_zone(what));
            }
        }
        let place = |place: &Option<Epc>| place.as_ref().map(|place| place.key().to_owned());
        let (read_point, location) = (place(&event.read_point), place(&event.biz_location));
        post_places(rows, read_point.as_deref(), location.as_deref());
        for (kind, place) in [
            (Known::ReadPoint, &read_point),
            (Known::BizLocation, &location),
        ] {
            self.know(rows, kind, place.as_deref().map(str::as_bytes))?;
        }
        let step = event.biz_step.as_ref().map(cbor::to_vec);
        self.know(rows, Known::Step, step.as_deref())?;
        let disposition = event.disposition.as_ref().map(cbor::to_vec);
        self.know(rows, Known::Disposition, disposition.as_deref())?;
        for (place, point) in told_points(&event) {
            locate(rows, place, point)?;
        }
        let mut words = texts(&event);
        words.truncate(words.floor_char_boundary(TEXT_BYTES_MAX));
        if !words.is_empty() {
            rows.index_text(&words)?;
        }
        for paper in papers(&event) {
            rows.post(PAPER, paper.key().as_bytes());
        }
        Ok(())
    }

    /// Notes where goods are that no captured event moved: an offer's or a correction's doing.
    pub(super) fn note_place(&mut self, rows: &mut Rows<'_>, place: &Epc) {
        post_places(rows, Some(place.key()), None);
    }

    fn tagged(&mut self, tag: u8, name: &[u8]) {
        if name.is_empty() {
            return;
        }
        let mut zone = std::mem::take(&mut self.scratch);
        zone.clear();
        zone.push(tag);
        zone.extend_from_slice(name);
        self.zone(&zone);
        self.scratch = zone;
    }

    fn zone(&mut self, zone: &[u8]) {
        if self.zones.len() <= ZONES_MAX && !self.zones.contains(zone) {
            self.zones.insert(zone.to_vec());
        }
    }

    /// Posts what was gathered at the block's first position.
    pub(super) fn end_block(&mut self, rows: &mut Rows<'_>) {
        let zones = std::mem::take(&mut self.zones);
        if zones.len() > ZONES_MAX {
            rows.post(ZONE, EVERYTHING);
        }
        for zone in zones.iter().take(ZONES_MAX) {
            rows.post(ZONE, zone);
        }
    }

    /// Forgets what was gathered.
    pub(super) fn abandon(&mut self) {
        self.zones.clear();
        self.known.clear();
    }
}

fn locate(rows: &mut Rows<'_>, place: &str, point: Point) -> Result<(), Fault> {
    let row = [
        rows.compartment().into(),
        place.into(),
        point.latitude().into(),
        point.longitude().into(),
        rows.position().raw().into(),
    ];
    Ok(rows.upsert(&GEO, &row)?)
}

/// Where an event says that its places are: by attributes of the place, or by a sensor at the read point.
fn told_points(event: &epcis::Event) -> Vec<(&str, Point)> {
    let more = event.more();
    let described = [
        (&event.read_point, &more.read_point_extensions),
        (&event.biz_location, &more.biz_location_extensions),
    ];
    let mut found = Vec::new();
    for (place, attributes) in described {
        let (Some(place), Some(attributes)) = (place, attributes) else {
            continue;
        };
        let value = attributes.value();
        let find = |name: &str| {
            let (_, value) = value.as_object()?.iter().find(|(key, _)| {
                key.rsplit([':', '#', '/'])
                    .next()
                    .is_some_and(|local| local == name)
            })?;
            Some(
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            )
        };
        if let (Some(latitude), Some(longitude)) = (find("latitude"), find("longitude")) {
            found.extend(Point::parse(&latitude, &longitude).map(|point| (place.key(), point)));
        }
    }
    let sensed = more
        .sensor_elements
        .as_ref()
        .and_then(|kept| sensed_point(&kept.value()));
    if let (Some(place), Some(point)) = (event.read_point.as_ref(), sensed) {
        found.push((place.key(), point));
    }
    found
}

/// The position that sensors reported, as components of a vector (CBV 2.0 section 7.6).
fn sensed_point(elements: &Value) -> Option<Point> {
    let elements = elements.as_array()?.iter();
    let reports: Vec<&Value> = elements
        .filter_map(|element| element.get("sensorReport")?.as_array())
        .flatten()
        .collect();
    let find = |name: &str| {
        let report = reports.iter().find(|report| {
            let component = report.get("component").and_then(Value::as_str);
            component.and_then(|text| text.rsplit(['-', ':', '/']).next()) == Some(name)
        })?;
        Some(report.get("value")?.to_string())
    };
    Point::parse(&find("latitude")?, &find("longitude")?)
}

/// What an event says in words: identifiers that come into being, documents, master data, extensions.
fn texts(event: &epcis::Event) -> String {
    let more = event.more();
    let mut words = String::new();
    let mut say = |text: &str| {
        words.push_str(text);
        words.push(' ');
    };
    if event.action == Some(epcis::Action::Add) || event.action.is_none() {
        super::queries::named(event).for_each(|epc| say(epc.key()));
    }
    papers(event).for_each(|paper| say(paper.key()));
    let kept = [&more.ilmd, &more.extensions, &more.certification_info];
    for kept in kept.into_iter().flatten() {
        leaves(&kept.value(), &mut say);
    }
    words
}

fn leaves(value: &Value, say: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) => say(text),
        Value::Number(number) => say(&number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, say)),
        Value::Object(map) => map.values().for_each(|item| leaves(item, say)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// What an event names that is neither object nor place.
pub(super) fn papers(event: &epcis::Event) -> impl Iterator<Item = &Epc> {
    let more = event.more();
    let documents = more.biz_transactions.iter().map(|document| &document.id);
    let ends = more.sources.iter().chain(&more.destinations);
    documents
        .chain(ends.map(|end| &end.id))
        .chain(&more.transformation_id)
}

fn post_places(rows: &mut Rows<'_>, first: Option<&str>, second: Option<&str>) {
    let second = second.filter(|second| Some(*second) != first);
    let mut wider = None;
    for place in first.into_iter().chain(second) {
        rows.post(PLACE, place.as_bytes());
        let around = wider_place(place);
        if around.is_some() && around != wider {
            rows.post(PLACE, around.unwrap_or_default().as_bytes());
            wider = around;
        }
    }
}

/// What most events have, read in one pass over the action's bytes without making anything of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline<'a> {
    /// Number of the event's type.
    pub(super) kind: u8,
    /// Number of its action.
    pub(super) action: Option<u64>,
    /// Claimed time, milliseconds since 1970.
    pub(super) time_ms: i64,
    /// [`Epc::key`] of the parent.
    pub(super) parent: Option<&'a str>,
    /// [`Epc::key`] of each object.
    pub(super) epcs: Vec<&'a str>,
    /// Encoded.
    pub(super) biz_step: Option<&'a [u8]>,
    /// Encoded.
    pub(super) disposition: Option<&'a [u8]>,
    /// [`Epc::key`].
    pub(super) read_point: Option<&'a str>,
    /// [`Epc::key`].
    pub(super) biz_location: Option<&'a str>,
}

impl<'a> Outline<'a> {
    /// `None` for an action that is no capture, and for an event with amounts or with what few events have.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        Self::try_read(body).ok().flatten()
    }

    fn try_read(body: &'a [u8]) -> Result<Option<Self>, WireError> {
        let mut reader = Reader::new(body);
        if reader.map()? != 1 || reader.text()? != "capture" {
            return Ok(None);
        }
        reader.array_of(13)?;
        let mut outline = Self {
            kind: u8::try_from(reader.uint_max(255)?).unwrap_or(u8::MAX),
            ..Self::default()
        };
        if !reader.null() {
            outline.action = Some(reader.uint()?);
        }
        outline.time_ms = reader.int()?;
        reader.int()?;
        if !reader.null() {
            match reader.next_is_text() {
                true => drop(reader.text()?),
                false => drop(reader.bytes()?),
            }
        }
        outline.parent = epc(&mut reader)?;
        for _ in 0..reader.array()? {
            outline.epcs.push(stored_key(reader.text()?));
        }
        if reader.array()? != 0 {
            return Ok(None);
        }
        outline.biz_step = term(&mut reader, body)?;
        outline.disposition = term(&mut reader, body)?;
        outline.read_point = epc(&mut reader)?;
        outline.biz_location = epc(&mut reader)?;
        if !reader.null() {
            return Ok(None);
        }
        reader.end()?;
        Ok(Some(outline))
    }
}

fn epc<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, WireError> {
    match reader.null() {
        true => Ok(None),
        false => reader.text().map(stored_key).map(Some),
    }
}

fn term<'a>(reader: &mut Reader<'a>, body: &'a [u8]) -> Result<Option<&'a [u8]>, WireError> {
    if reader.null() {
        return Ok(None);
    }
    let start = reader.at();
    match reader.next_is_text() {
        true => drop(reader.text()?),
        false => drop(reader.uint()?),
    }
    Ok(body.get(start..reader.at()))
}

/// The key of an identifier in stored form: without the mark for the company prefix's length, which is
/// the only stored character before a letter or digit.
pub(super) fn stored_key(stored: &str) -> &str {
    let marked = stored.starts_with(|first: char| !first.is_ascii_alphanumeric());
    stored.get(usize::from(marked)..).unwrap_or(stored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custody::tests::{case, pack, part, see};

    #[test]
    fn an_outline_reads_what_the_event_says() {
        let told = pack(3, &case(1), &[part(1), part(2)]).at(2);
        let body = cbor::to_vec(&told.action());
        let outline = Outline::read(&body).unwrap();
        let keys = [part(1), part(2)];
        assert_eq!(outline.kind, u8::from(EventKind::Aggregation));
        assert_eq!(outline.time_ms, told.0.event_time.millis());
        assert_eq!(outline.parent, Some(case(1).key()));
        assert_eq!(outline.epcs, keys.iter().map(Epc::key).collect::<Vec<_>>());
        assert_eq!(
            outline.biz_location,
            told.0.biz_location.as_ref().map(Epc::key)
        );
        assert_eq!(
            outline.biz_step.map(|step| [b"s", step].concat()),
            Some(step_zone(&BizStep::Packing))
        );
        let declared = see(1, &[part(1)]).wrong(&crate::testing::World::new());
        assert_eq!(Outline::read(&cbor::to_vec(&declared.action())), None);
    }

    #[test]
    fn instances_lots_and_their_class_are_one_family() {
        let key = |text: &str| Epc::parse(text).unwrap().key().to_owned();
        let class = key("urn:epc:idpat:sgtin:9521101.012001.*");
        assert_eq!(family(part(7).key()), class);
        assert_eq!(family(&key("urn:epc:class:lgtin:9521101.012001.L1")), class);
        assert_eq!(family(case(1).key()), "00");
        assert_eq!(
            wider_place(&key("urn:epc:id:sgln:9521101.00001.dock")),
            Some(key("urn:epc:id:sgln:9521101.00001.0").as_str())
        );
        assert_eq!(wider_place(&key("urn:epc:id:sgln:9521101.00001.0")), None);
    }
}
