//! Events for comparing our event hash with another implementation: `cargo run -p convoy-types --example hash_oracle -- 2000`.
//!
//! Prints one JSON object a line: the event as an EPCIS document in JSON-LD and in XML, our hash and what was hashed, and which
//! of the features it has that implementations differ on. The same on every run.

use convoy_types::epcis::{
    EventId,
    hash::{event_hash, pre_hash},
    json::{EpcFormat, parse_document},
    xml::{Version, document_xml, parse_document as parse_xml},
};
use serde_json::{Map, Value, json};
use std::error::Error;

/// A linear congruential generator (Knuth, MMIX): the same events on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[usize::try_from(self.below(list.len() as u64)).unwrap_or(0)]
    }
}

fn epc(dice: &mut Dice) -> String {
    let n = dice.below(900_000);
    match dice.below(6) {
        0 => format!("urn:epc:id:sscc:4012345.{:010}", n),
        1 => format!("urn:epc:id:grai:4012345.55555.{n}"),
        2 => format!("urn:epc:id:giai:4000001.{n}"),
        3 => format!("https://id.gs1.org/01/09521141123454/21/{n}"),
        4 => format!("urn:epc:id:gdti:0614141.00001.{n}"),
        _ => format!("urn:epc:id:sgtin:4012345.011111.{n}"),
    }
}

fn quantities(dice: &mut Dice) -> Value {
    let items = (0..=dice.below(3)).map(|_| {
        let class = format!("urn:epc:class:lgtin:4012345.012345.{}", dice.below(9_999));
        match dice.below(3) {
            0 => json!({"epcClass": class}),
            1 => json!({"epcClass": class, "quantity": dice.below(1_000)}),
            _ => json!({"epcClass": class, "quantity": dice.below(4_000) as f64 / 8.0, "uom": dice.of(&["KGM", "LTR", "MTR"])}),
        }
    });
    items.collect()
}

fn epcs(dice: &mut Dice) -> Value {
    (0..=dice.below(4))
        .map(|_| Value::from(epc(dice)))
        .collect()
}

fn extension(dice: &mut Dice, depth: u32, features: &mut Vec<&'static str>) -> Value {
    match dice.below(7) {
        0 => json!(dice.below(10_000)),
        1 => json!(format!("text {}", dice.below(100))),
        2 if depth < 3 => {
            let mut map = Map::new();
            for name in ["example:b", "example:a", "example:c"] {
                map.insert(name.into(), extension(dice, depth + 1, features));
            }
            map.into()
        }
        3 if depth < 3 => (0..2)
            .map(|_| json!(format!("item {}", dice.below(9))))
            .collect(),
        4 if dice.one_in(4) => {
            features.push("boolean");
            json!(dice.one_in(2))
        }
        5 => json!(dice.below(800) as f64 / 16.0),
        _ => json!(epc(dice)),
    }
}

fn sensors(dice: &mut Dice) -> Value {
    let value = dice.below(500) as f64 / 10.0;
    json!([{
        "sensorMetadata": {"time": "2026-11-06T13:55:00Z", "deviceID": "urn:epc:id:giai:4000001.111"},
        "sensorReport": [
            {"type": dice.of(&["gs1:Temperature", "gs1:RelativeHumidity", "gs1:Speed"]), "value": value, "uom": "CEL"},
            {"type": "gs1:AbsoluteHumidity", "minValue": 12.1, "maxValue": 12.2, "uom": "A93"},
        ],
    }])
}

fn event(dice: &mut Dice, features: &mut Vec<&'static str>) -> Value {
    let kind = dice.of(&[
        "ObjectEvent",
        "AggregationEvent",
        "TransactionEvent",
        "TransformationEvent",
        "AssociationEvent",
    ]);
    let action = dice.of(&["ADD", "OBSERVE", "DELETE"]);
    let time = format!(
        "2026-11-{:02}T{:02}:{:02}:{:02}.{:03}+01:00",
        dice.below(28) + 1,
        dice.below(24),
        dice.below(60),
        dice.below(60),
        dice.below(1_000)
    );
    let mut event = json!({"type": kind, "eventTime": time, "eventTimeZoneOffset": "+01:00"});
    let mut put = |name: &str, value: Value| event[name] = value;
    match kind {
        "TransformationEvent" => {
            put("inputEPCList", epcs(dice));
            put("outputQuantityList", quantities(dice));
            put("outputEPCList", epcs(dice));
        }
        "AggregationEvent" | "AssociationEvent" => {
            put(
                "parentID",
                format!("urn:epc:id:sscc:4012345.9{:09}", dice.below(900_000)).into(),
            );
            put("childEPCs", epcs(dice));
            put("childQuantityList", quantities(dice));
        }
        _ => {
            put("epcList", epcs(dice));
            put("quantityList", quantities(dice));
        }
    }
    if kind != "TransformationEvent" {
        put("action", action.into());
    }
    if kind == "TransactionEvent" || dice.one_in(2) {
        put(
            "bizTransactionList",
            json!([{"type": "po", "bizTransaction": format!("urn:epcglobal:cbv:bt:0614141073467:{}", dice.below(9_999))}]),
        );
    }
    if dice.one_in(2) {
        put(
            "bizStep",
            dice.of(&["shipping", "receiving", "inspecting", "commissioning"])
                .into(),
        );
        put(
            "disposition",
            dice.of(&["in_transit", "in_progress", "active"]).into(),
        );
    }
    put(
        "readPoint",
        json!({"id": format!("urn:epc:id:sgln:4012345.{:05}.0", dice.below(90_000))}),
    );
    if dice.one_in(3) {
        put(
            "bizLocation",
            json!({"id": format!("urn:epc:id:sgln:4012345.{:05}.0", dice.below(90_000))}),
        );
    }
    if dice.one_in(3) {
        let party = |dice: &mut Dice| format!("urn:epc:id:pgln:4012345.{:05}", dice.below(90_000));
        put(
            "sourceList",
            json!([{"type": "owning_party", "source": party(dice)}]),
        );
        put(
            "destinationList",
            json!([{"type": "possessing_party", "destination": party(dice)}]),
        );
    }
    if dice.one_in(4) {
        put("sensorElementList", sensors(dice));
    }
    if dice.one_in(5) {
        put(
            "persistentDisposition",
            json!({"set": ["completeness_verified"], "unset": ["completeness_inferred"]}),
        );
    }
    for name in ["example:one", "example:two"] {
        if dice.one_in(3) {
            put(name, extension(dice, 0, features));
        }
    }
    if kind == "TransformationEvent" && dice.one_in(2) {
        put(
            "ilmd",
            json!({"example:best": "2027-01-01", "example:lot": dice.below(999)}),
        );
    }
    event
}

fn main() -> Result<(), Box<dyn Error>> {
    let count = std::env::args()
        .nth(1)
        .map_or(Ok(2_000), |text| text.parse())?;
    let mut dice = Dice(20_261_128);
    for _ in 0..count {
        let mut features = Vec::new();
        let document = json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"example": "https://ns.example.com/epcis/"}],
            "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-28T08:00:00Z",
            "epcisBody": {"eventList": [event(&mut dice, &mut features)]},
        });
        let read =
            parse_document(document.to_string().as_bytes()).map_err(|errors| errors[0].clone())?;
        let made = read.events[0].event_time;
        let xml = document_xml(&read.events, made, EpcFormat::Urn, Version::V2_0)?;
        let again = parse_xml(xml.as_bytes()).map_err(|errors| errors[0].clone())?;
        let hash: EventId = event_hash(&read.events[0]);
        let same = event_hash(&again.events[0]) == hash;
        println!(
            "{}",
            json!({"json": document, "xml": xml, "hash": hash.to_string(), "same_in_xml": same, "hashed": pre_hash(&read.events[0], &[]), "features": features})
        );
    }
    Ok(())
}
