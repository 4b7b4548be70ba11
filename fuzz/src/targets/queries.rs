//! Queries: the parameters of the EPCIS query interface, as a query string's pairs and as JSON.

use super::{Outcome, Target, with_text};
use convoy_modules::custody::queries::epcis::EpcisQuery;
use convoy_types::epcis::json::parse_document;

/// The targets of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "epcis-query-string",
        bytes_max: 4_096,
        seeds: query_string_seeds,
        run: query_string,
    },
    Target {
        name: "epcis-query-json",
        bytes_max: 16_384,
        seeds: query_json_seeds,
        run: query_json,
    },
];

fn query_string_seeds() -> Vec<Vec<u8>> {
    [
        "eventType=ObjectEvent|AggregationEvent&GE_eventTime=2026-05-01T10:00:00Z&EQ_action=ADD&EQ_bizStep=shipping",
        "MATCH_epc=urn:epc:idpat:sgtin:9521141.012345.[1-9]&MATCH_anyEPCClass=urn:epc:class:lgtin:9521141.012345.*",
        "EQ_bizTransaction_po=urn:epc:id:gdti:9521141.00001.2&WD_readPoint=urn:epc:id:sgln:9521141.00001.0",
        "EQ_ext:note=a&GT_INNER_ILMD_ext:weight=1.5e3&EXISTS_SENSORREPORT_ext:seal=&HASATTR_readPoint=city",
        "GE_value_CEL=26.5&EQ_type=gs1:Temperature&LT_percRank=50&EQ_booleanValue=true&EXISTS_errorDeclaration=true",
        "orderBy=eventTime&orderDirection=ASC&eventCountLimit=5",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

/// Whatever is read is held against a real event without falling over.
fn query_string(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let pairs: Vec<(String, String)> = text
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        asked(EpcisQuery::of_pairs(&pairs))
    })
}

fn query_json_seeds() -> Vec<Vec<u8>> {
    [
        r#"{"@context":{"ext":"https://ns.example.org/"},"EQ_ext:note":["a","b"],"GE_quantity":12.5,"EXISTS_ext:x":null}"#,
        r#"{"eventType":["ObjectEvent"],"MATCH_epc":["https://id.gs1.org/01/09521141123454/21/7"],"maxEventCount":7}"#,
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

fn query_json(bytes: &[u8]) -> Outcome {
    match serde_json::from_slice(bytes) {
        Ok(serde_json::Value::Object(query)) => asked(EpcisQuery::of_json(&query)),
        Ok(_) => Outcome::Refused("not an object".to_owned()),
        Err(error) => Outcome::Refused(error.to_string()),
    }
}

fn asked<E: ToString>(query: Result<EpcisQuery, E>) -> Outcome {
    if let Ok(query) = &query {
        for event in events() {
            let _taken = query.takes(&event, 0);
        }
    }
    Outcome::of(&query)
}

/// An event with something in every place that a query can ask about.
fn events() -> Vec<convoy_types::epcis::Event> {
    const DOCUMENT: &str = r#"{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{"ext":"https://ns.example.org/"}],
        "type":"ObjectEvent","action":"ADD","eventTime":"2026-05-01T10:00:00.000Z","eventTimeZoneOffset":"+02:00",
        "epcList":["urn:epc:id:sgtin:9521141.012345.7"],"quantityList":[{"epcClass":"urn:epc:class:lgtin:9521141.012345.L1","quantity":12.5,"uom":"KGM"}],
        "bizStep":"shipping","readPoint":{"id":"urn:epc:id:sgln:9521141.00001.dock","ext:city":"Tapa"},
        "ilmd":{"ext:weight":1500},"ext:note":"a","ext:deep":{"ext:deeper":[1,{"ext:note":"b"}]},
        "sensorElementList":[{"sensorReport":[{"type":"gs1:Temperature","value":26.5,"uom":"CEL","ext:seal":"intact"}]}]}"#;
    parse_document(DOCUMENT.as_bytes()).map_or_else(|_| Vec::new(), |document| document.events)
}
