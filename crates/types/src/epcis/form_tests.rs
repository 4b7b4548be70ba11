//! One event in every form: through XML and back, and read as a stream.

use super::{
    json::{EpcFormat, event_json, parse},
    tests::one,
    *,
};
use serde_json::{Value, json};

/// Through XML of either version and back, unchanged and with the same hash; what XML cannot say is refused by name.
pub(super) fn through_xml(event: &Event) {
    for (version, format) in [
        (xml::Version::V2_0, EpcFormat::DigitalLink),
        (xml::Version::V2_0, EpcFormat::Urn),
        (xml::Version::V1_2, EpcFormat::Urn),
    ] {
        let events = std::slice::from_ref(event);
        let names = xml::QueryNames {
            query: "SimpleEventQuery",
            subscription: Some("s1"),
        };
        let texts = xml::document_xml(events, event.event_time, format, version).and_then(|one| {
            let query = xml::query_document_xml(events, event.event_time, names, format, version)?;
            Ok([one, query])
        });
        let texts = match texts {
            Ok(texts) => texts,
            Err(refused) => {
                let json = event_json(event, format).to_string();
                let field = Value::from(refused.field.as_str()).to_string();
                assert!(json.contains(field.trim_matches('"')), "{refused}");
                continue;
            }
        };
        for text in texts {
            let document = xml::parse_document(text.as_bytes())
                .unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
            assert_eq!(document.events.as_slice(), events, "{text}");
            assert_eq!(
                hash::pre_hash(&document.events[0], &[]),
                hash::pre_hash(event, &[]),
                "{text}"
            );
        }
    }
}

#[test]
fn a_document_read_as_a_stream_is_the_document_whatever_the_order_of_its_members() {
    let right: Value = serde_json::from_slice(&one(json!({}))).expect("json");
    let wrong: Value = serde_json::from_slice(&one(json!({"action": "X"}))).expect("json");
    let events = json!([right, wrong, 5, right]);
    let context = r#"["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"]"#;
    let text = format!(
        r#"{{"epcisBody": {{ "eventList" : {events} }}, "schemaVersion": "2.0", "sender": "urn:x:\"1]",
            "type": "EPCISDocument", "creationDate": "2026-11-20T08:00:00Z", "@context": {context}}}"#
    );
    let whole = parse(text.as_bytes()).expect("document");
    let mut stream = json::Events::new(std::io::Cursor::new(text.as_bytes())).expect("document");
    assert_eq!(stream.header(), &whole.header);
    let told: Vec<_> = stream
        .by_ref()
        .map(|event| event.expect("readable"))
        .collect();
    assert_eq!(told, whole.events);
    let places: Vec<_> = told
        .iter()
        .filter_map(|event| event.as_ref().err())
        .map(|errors| errors[0].pointer.as_str())
        .collect();
    assert_eq!(
        places,
        ["/epcisBody/eventList/1/action", "/epcisBody/eventList/2"]
    );
    for (from, to) in [
        ("},5,", "} 5,"),
        (",5,", ",,"),
        ("{ \"eventList\" : [", "{ \"eventList\" : [,"),
        (",5,{", ",5 6,{"),
        ("2.0\",", "2.0\""),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        let errors = parse(broken.as_bytes()).expect_err(&broken);
        assert!(errors[0].rule.contains("8259"), "{errors:?}");
    }
}

#[test]
fn a_json_document_of_fifty_mebibytes_is_read_an_event_at_a_time() {
    let event = String::from_utf8(one(json!({}))).expect("text");
    let count = (50 << 20) / event.len();
    let mut text = String::from(
        r#"{"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-11-20T08:00:00Z", "epcisBody": {"eventList": ["#,
    );
    for n in 0..count {
        text.push_str(if n == 0 { "" } else { "," });
        text.push_str(&event);
    }
    text.push_str("]}}");
    let stream = json::Events::new(std::io::Cursor::new(text)).expect("document");
    assert_eq!(
        stream.filter(|event| matches!(event, Ok(Ok(_)))).count(),
        count
    );
}
