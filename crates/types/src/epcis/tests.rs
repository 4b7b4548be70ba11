use super::{
    form_tests::through_xml,
    json::{EpcFormat, document_json, event_json, parse, parse_document},
    *,
};
use crate::{cbor, identifiers::Epc, vectors};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Every file with one of the endings under a folder, in order.
pub(super) fn files(dir: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| {
                path.extension()
                    .is_some_and(|extension| extension == *ending)
            }) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Through CBOR and through JSON and back, unchanged; a changed spelling of the JSON is the same event.
pub(super) fn round_trips(event: &Event) {
    event.check().expect("complete");
    let bytes = cbor::to_vec(event);
    let again: Event = cbor::from_slice(&bytes).expect("cbor");
    assert_eq!(&again, event);
    assert_eq!(cbor::to_vec(&again), bytes);
    for format in [EpcFormat::DigitalLink, EpcFormat::Urn] {
        let text = event_json(event, format).to_string();
        let document =
            parse_document(text.as_bytes()).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
        assert_eq!(
            document.events.as_slice(),
            std::slice::from_ref(event),
            "{text}"
        );
    }
    through_xml(event);
    let text = document_json(
        std::slice::from_ref(event),
        event.event_time,
        EpcFormat::Urn,
    )
    .to_string();
    assert_eq!(
        parse_document(text.as_bytes()).expect("document").events,
        std::slice::from_ref(event)
    );
}

#[test]
fn every_valid_document_of_the_conformance_data_is_read_and_comes_back() {
    let Some(dir) = vectors::dir("epcis") else {
        return;
    };
    let (mut documents, mut events, mut bytes) = (0, [0; 5], 0);
    for path in files(&dir, &["json", "jsonld"]) {
        let text = std::fs::read(&path).expect("file");
        let about_events = String::from_utf8_lossy(&text).contains("\"eventTime\"");
        let shown = path.display().to_string();
        if shown.contains("/Invalid/")
            || shown.contains("/Queries/")
            || !about_events
            || shown.contains("/epcis_event_hash_generator/")
        {
            continue;
        }
        let document =
            parse_document(&text).unwrap_or_else(|errors| panic!("{shown}: {errors:#?}"));
        documents += 1;
        for event in &document.events {
            round_trips(event);
            bytes += cbor::to_vec(event).len();
            events[usize::from(u8::from(event.kind))] += 1;
        }
    }
    let total: usize = events.iter().sum();
    println!(
        "epcis: {documents} documents accepted, {total} events {events:?}, {} bytes an event",
        bytes / total
    );
    assert!(documents >= 40 && events[0] >= 40 && events[1] >= 6);
}

#[test]
fn every_invalid_document_of_the_conformance_data_is_refused_by_pointer_and_rule() {
    let Some(dir) = vectors::dir("epcis/openepcis/2.0/EPCIS/JSON") else {
        return;
    };
    let mut refused = 0;
    for path in files(&dir, &["json"]) {
        if !path.to_string_lossy().contains("/Invalid/")
            || path.to_string_lossy().contains("/Queries/")
        {
            continue;
        }
        let errors = parse_document(&std::fs::read(&path).expect("file")).expect_err("refused");
        refused += 1;
        println!("{}", path.file_name().expect("name").to_string_lossy());
        for error in errors {
            println!("    {error}");
            assert!(
                error.pointer.starts_with('/')
                    && error.rule.contains('§') | error.rule.contains("GS1"),
                "{error:?}"
            );
        }
    }
    println!("epcis: {refused} invalid documents refused");
    assert!(refused >= 9);
}

/// A document around one event with these members beside the required ones.
pub(super) fn one(members: Value) -> Vec<u8> {
    let mut event = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"ext": "https://ns.example.org/"}],
        "type": "ObjectEvent", "action": "OBSERVE",
        "eventTime": "2026-11-20T08:00:00+01:00", "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:epc:id:sgtin:9521141.012345.7"],
    });
    for (name, value) in members.as_object().expect("object") {
        match value {
            Value::Null => drop(event.as_object_mut().expect("object").remove(name)),
            value => event[name] = value.clone(),
        }
    }
    event.to_string().into_bytes()
}

fn refusal(members: Value) -> EpcisError {
    let shown = members.to_string();
    match parse_document(&one(members)) {
        Ok(_) => panic!("accepted: {shown}"),
        Err(errors) => errors.into_iter().next().expect("an error"),
    }
}

fn accepted(members: Value) -> Event {
    let document = parse_document(&one(members)).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let event = document.events.into_iter().next().expect("event");
    round_trips(&event);
    event
}

#[test]
fn each_broken_rule_is_named_with_its_place() {
    for (members, pointer, rule) in [
        (json!({"action": null}), "", "§7.4.2: action is required"),
        (json!({"action": "add"}), "/action", "§7.3.2"),
        (json!({"type": "ext:Own"}), "/type", "§10"),
        (json!({"type": "QuantityEvent"}), "/type", "§7.4: type"),
        (json!({"eventTime": null}), "", "§7.4.1: eventTime"),
        (
            json!({"eventTime": "2026-11-20T08:00:00"}),
            "/eventTime",
            "time zone",
        ),
        (
            json!({"eventTime": "2026-02-30T08:00:00Z"}),
            "/eventTime",
            "time zone",
        ),
        (json!({"eventTime": 5}), "/eventTime", "time zone"),
        (json!({"eventTimeZoneOffset": null}), "", "§7.4.1"),
        (
            json!({"eventTimeZoneOffset": "+15:00"}),
            "/eventTimeZoneOffset",
            "§7.4.1",
        ),
        (json!({"epcList": null}), "", "§7.4.2: epcList"),
        (json!({"epcList": []}), "", "§7.4.2: epcList"),
        (json!({"epcList": "urn:x:y"}), "/epcList", "§7.4"),
        (json!({"epcList": ["urn:x:y", "A 5"]}), "/epcList/1", "§6.4"),
        (
            json!({"epcList": ["urn:epc:id:sgtin:1.2.3"]}),
            "/epcList/0",
            "TDS",
        ),
        (json!({"bizStep": "flying"}), "/bizStep", "CBV 2.0 §7"),
        (
            json!({"bizStep": "https://ref.gs1.org/cbv/BizStep-flying"}),
            "/bizStep",
            "CBV 2.0 §7",
        ),
        (json!({"disposition": 3}), "/disposition", "CBV 2.0 §7"),
        (
            json!({"readPoint": "urn:epc:id:sgln:9521141.00001.0"}),
            "/readPoint",
            "§7.3.4",
        ),
        (json!({"readPoint": {}}), "/readPoint", "§7.3.4"),
        (
            json!({"bizLocation": {"id": "urn:x:y", "floor": 2}}),
            "/bizLocation/floor",
            "namespace",
        ),
        (json!({"weight": 2}), "/weight", "§7.1"),
        (json!({"parentID": "urn:x:y"}), "/parentID", "§7.1"),
        (
            json!({"ilmd": {"ext:a": 1}}),
            "",
            "ilmd only stands with action ADD",
        ),
        (
            json!({"action": "ADD", "ilmd": {"a/b": 1}}),
            "/ilmd/a~1b",
            "namespace",
        ),
        (
            json!({"quantityList": [{"epcClass": "urn:x:c", "quantity": -1}]}),
            "/quantityList/0/quantity",
            "§7.3.3.3",
        ),
        (
            json!({"quantityList": [{"epcClass": "urn:x:c", "quantity": 1, "uom": "kilo"}]}),
            "/quantityList/0/uom",
            "Recommendation 20",
        ),
        (
            json!({"quantityList": [{"quantity": 1}]}),
            "/quantityList/0",
            "epcClass is required",
        ),
        (json!({"quantityList": [7]}), "/quantityList/0", "§7.3.3.3"),
        (
            json!({"bizTransactionList": [{"type": "po"}]}),
            "/bizTransactionList/0",
            "§7.3.5.3",
        ),
        (
            json!({"bizTransactionList": [{"type": "wish", "bizTransaction": "urn:x:y"}]}),
            "/bizTransactionList/0/type",
            "CBV",
        ),
        (
            json!({"sourceList": [{"source": "urn:x:y"}]}),
            "/sourceList/0",
            "§7.3.5.4",
        ),
        (
            json!({"errorDeclaration": {"reason": "incorrect_data"}}),
            "/errorDeclaration",
            "§7.4.1.2",
        ),
        (
            json!({"errorDeclaration": {"declarationTime": "2026-11-20T08:00:00Z", "correctiveEventIDs": ["x"]}}),
            "/errorDeclaration/correctiveEventIDs/0",
            "§7.4.1",
        ),
        (
            json!({"persistentDisposition": {"set": ["gone"]}}),
            "/persistentDisposition/set/0",
            "CBV",
        ),
        (
            json!({"sensorElementList": [{}]}),
            "/sensorElementList/0",
            "§7.3.7",
        ),
        (
            json!({"sensorElementList": [{"sensorReport": [{"value": 1}]}]}),
            "/sensorElementList/0/sensorReport/0",
            "§7.3.7.3",
        ),
        (
            json!({"sensorElementList": [{"sensorReport": [{"type": "of warmth"}]}]}),
            "/sensorElementList/0/sensorReport/0/type",
            "CBV",
        ),
        (
            json!({"sensorElementList": [{"sensorReport": [{"type": "Mass", "value": "1"}]}]}),
            "/sensorElementList/0/sensorReport/0/value",
            "number",
        ),
        (
            json!({"certificationInfo": 5}),
            "/certificationInfo",
            "§7.4.1",
        ),
        (json!({"eventID": "no uri"}), "/eventID", "§7.4.1"),
        (json!({"@context": null}), "/@context", "§10"),
        (
            json!({"certificationInfo": {}}),
            "/certificationInfo",
            "§7.4.1",
        ),
        (json!({"@context": {"ext": 5}}), "/@context/ext", "JSON-LD"),
        (json!({"@context": {"ext": ""}}), "/@context/ext", "JSON-LD"),
        (
            json!({"@context": {"ext": {"@type": "@id"}}}),
            "/@context/ext",
            "JSON-LD",
        ),
        (
            json!({"bizStep": "2026-11-20T08:00:00"}),
            "/bizStep",
            "CBV 2.0 §7",
        ),
        (
            json!({"disposition": ":gone"}),
            "/disposition",
            "CBV 2.0 §7",
        ),
        (
            json!({"sensorElementList": [{"sensorReport": [{"type": "Mass", "deviceID": "5:a b"}]}]}),
            "/sensorElementList/0/sensorReport/0/deviceID",
            "§6.4",
        ),
    ] {
        let shown = members.to_string();
        let error = refusal(members);
        assert!(
            error.pointer == pointer && error.rule.contains(rule),
            "{shown}: {error}"
        );
        assert!(!error.remedy.is_empty());
    }
}

#[test]
fn aggregation_wants_a_parent_and_children_unless_the_action_excuses_them() {
    let parent = "urn:epc:id:sscc:9521141.1234567890";
    let child = "urn:epc:id:sgtin:9521141.012345.7";
    let packed = |action: &str, parent: Option<&str>, children: &[&str]| {
        parse_document(&one(json!({
            "type": "AggregationEvent", "epcList": null, "action": action, "parentID": parent, "childEPCs": children,
        })))
        .map_err(|errors| errors[0].rule.clone())
    };
    assert!(packed("ADD", Some(parent), &[child]).is_ok());
    assert!(packed("OBSERVE", None, &[child]).is_ok());
    assert!(packed("DELETE", Some(parent), &[]).is_ok(), "all children");
    assert!(
        packed("ADD", None, &[child])
            .expect_err("refused")
            .contains("parentID is required")
    );
    assert!(
        packed("DELETE", None, &[])
            .expect_err("refused")
            .contains("parentID is required")
    );
    assert!(
        packed("ADD", Some(parent), &[])
            .expect_err("refused")
            .contains("childEPCs")
    );
    assert!(
        packed("ADD", Some(child), &[child])
            .expect_err("refused")
            .contains("contain itself")
    );
}

#[test]
fn one_event_in_other_words_is_the_same_event() {
    let plain = accepted(json!({
        "bizStep": "shipping", "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:9521141.00001.0"},
    }));
    let other = accepted(json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"v": "https://ref.gs1.org/cbv/"}],
        "bizStep": "v:BizStep-shipping", "disposition": "urn:epcglobal:cbv:disp:in_transit",
        "readPoint": {"id": "https://places.example/414/9521141000014"},
        "epcList": ["http://id.example/01/09521141123454/21/7"], "eventTime": "2026-11-20T07:00:00.000Z",
    }));
    assert_eq!(
        plain.epcs,
        [Epc::parse("https://id.gs1.org/01/09521141123454/21/7").expect("epc")]
    );
    assert_eq!(plain, other);
    assert!(
        cbor::to_vec(&plain).len() < 90,
        "{} bytes",
        cbor::to_vec(&plain).len()
    );
}

#[test]
fn what_is_not_interpreted_is_kept_to_the_last_digit() {
    let members = r#"{
        "action": "ADD",
        "ext:weight": 1.10, "ext:deep": {"ext:list": [1e400, "ext:name", null, true]},
        "ilmd": {"cbvmda:lotNumber": "A1"},
        "readPoint": {"id": "geo:59.4,24.7", "ext:gate": "N"},
        "rdfs:comment": "kept",
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 26.10, "uom": "CEL"}]}]
    }"#;
    let event = accepted(serde_json::from_str(members).expect("json"));
    let more = event.more();
    assert_eq!(
        more.extensions.as_ref().expect("kept").as_str(),
        r#"{"ext:deep":{"ext:list":[1e+400,"ext:name",null,true]},"ext:weight":1.10,"rdfs:comment":"kept"}"#
    );
    assert_eq!(
        more.namespaces.get("ext").map(String::as_str),
        Some("https://ns.example.org/")
    );
}

#[test]
fn quantities_are_exact() {
    let event = accepted(json!({"epcList": null, "quantityList": [
        {"epcClass": "urn:epc:class:lgtin:9521141.012345.L1", "quantity": 200.5, "uom": "KGM"},
        {"epcClass": "urn:epc:idpat:sgtin:9521141.012345.*", "quantity": 3},
        {"epcClass": "urn:x:class"}]}));
    let shown = |at: usize| {
        event.quantities[at]
            .amount()
            .map(|amount| amount.expect("fits").to_string())
    };
    assert_eq!(
        [shown(0), shown(1), shown(2)],
        [Some("200.5 KGM".into()), Some("3 EA".into()), None]
    );
}

#[test]
fn one_wrong_event_does_not_hide_the_others() {
    let right: Value = serde_json::from_slice(&one(json!({}))).expect("json");
    let wrong: Value =
        serde_json::from_slice(&one(json!({"action": "X", "bizStep": "y"}))).expect("json");
    let document = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld"], "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-11-20T08:00:00Z", "epcisBody": {"eventList": [right, wrong, 5]},
    })
    .to_string();
    let parsed = parse(document.as_bytes()).expect("document");
    assert!(parsed.events[0].is_ok() && parsed.events[2].is_err());
    let errors = parse_document(document.as_bytes()).expect_err("refused");
    let places: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(
        places,
        [
            "/epcisBody/eventList/1/action",
            "/epcisBody/eventList/1/bizStep",
            "/epcisBody/eventList/2"
        ]
    );
}

#[test]
fn hostile_json_is_refused_before_anything_is_built() {
    let rule = |bytes: &[u8]| parse_document(bytes).expect_err("refused")[0].rule.clone();
    assert!(rule(&[b'['; 100_000]).contains("64 deep"));
    assert!(rule("{\"a\":".repeat(65).as_bytes()).contains("64 deep"));
    let doubled =
        parse_document(br#"{"type": "x", "a": [1, {"b": 1, "\u0062": 2}]}"#).expect_err("refused");
    assert_eq!(
        (
            doubled[0].pointer.as_str(),
            doubled[0].rule.contains("unique")
        ),
        ("/a/1/b", true)
    );
    assert!(rule(format!("{{\"a\": {}}}", "9".repeat(50)).as_bytes()).contains("40 characters"));
    assert!(rule(b"{\"a\": \"\xff\"}").contains("UTF-8"));
    assert!(rule(b"").contains("8259"));
    assert!(rule(b"{\"a\": ").contains("8259"));
    assert!(rule(b"5").contains("§10"));
    assert!(rule(&vec![b' '; crate::limits::DOCUMENT_BYTES_MAX + 1]).contains("16 MiB"));
    let many: Vec<String> = (0..2_001)
        .map(|n| format!("urn:epc:id:sgtin:9521141.012345.{n}"))
        .collect();
    assert!(refusal(json!({ "epcList": many })).rule.contains("2000"));
}

#[test]
fn errors_of_one_event_are_bounded() {
    let bad: Vec<Value> = (0..500).map(|_| json!("no uri")).collect();
    let errors = parse_document(&one(json!({ "epcList": bad }))).expect_err("refused");
    assert_eq!(errors.len(), ERRORS_PER_EVENT_MAX);
}

/// The words of the context file that comes with the event hash vectors.
#[test]
fn the_vocabularies_have_the_words_of_the_gs1_context() {
    let Some(dir) = vectors::dir("epcis/event-hash-vectors/epcis_event_hash_generator") else {
        return;
    };
    for path in files(&dir, &["jsonld"]) {
        let file: Value =
            serde_json::from_slice(&std::fs::read(path).expect("file")).expect("json");
        let context = &file["@context"];
        let words = |value: &Value, inside: &str| -> Vec<String> {
            let mut words: Vec<String> = value
                .as_object()
                .expect("words")
                .values()
                .filter_map(Value::as_str)
                .filter_map(|uri| uri.strip_prefix(inside))
                .map(str::to_owned)
                .collect();
            words.sort();
            words
        };
        let ours = |list: &[&str]| -> Vec<String> {
            let mut list: Vec<String> = list.iter().map(|word| (*word).to_owned()).collect();
            list.sort();
            list
        };
        let report = &context["sensorElementList"]["@context"]["sensorReport"]["@context"];
        let type_of = |list: &str| context[list]["@context"]["type"]["@context"].clone();
        assert_eq!(
            words(&context["bizStep"]["@context"], "cbv:BizStep-"),
            ours(cbv::BizStep::words())
        );
        assert_eq!(
            words(&context["disposition"]["@context"], "cbv:Disp-"),
            ours(cbv::Disposition::words())
        );
        assert_eq!(
            words(&type_of("bizTransactionList"), "cbv:BTT-"),
            ours(cbv::BizTransactionType::words())
        );
        assert_eq!(
            words(&type_of("sourceList"), "cbv:SDT-"),
            ours(cbv::SourceDestType::words())
        );
        assert_eq!(
            words(
                &context["errorDeclaration"]["@context"]["reason"]["@context"],
                "cbv:ER-"
            ),
            ours(cbv::ErrorReason::words())
        );
        assert_eq!(
            words(&report["type"]["@context"], "gs1:"),
            ours(cbv::MEASUREMENT_TYPES)
        );
        assert_eq!(
            words(&report["exception"]["@context"], "gs1:"),
            ours(cbv::SENSOR_EXCEPTIONS)
        );
        assert_eq!(
            words(&report["component"]["@context"], "cbv:Comp-"),
            ours(cbv::COMPONENTS)
        );
    }
}

#[test]
fn moments_are_read_in_any_zone_and_rounded_to_the_millisecond() {
    let shown = |text: &str| Timestamp::parse(text).map(|moment| moment.to_string());
    assert_eq!(
        shown("2005-04-03T20:33:31.116000-06:00").as_deref(),
        Some("2005-04-04T02:33:31.116Z")
    );
    assert_eq!(
        shown("2024-02-29T23:59:59.9996Z").as_deref(),
        Some("2024-03-01T00:00:00.000Z")
    );
    assert_eq!(
        shown("2026-11-20t08:00:00.5z").as_deref(),
        Some("2026-11-20T08:00:00.500Z")
    );
    assert_eq!(
        shown("1969-12-31T23:59:59Z").as_deref(),
        Some("1969-12-31T23:59:59.000Z")
    );
    assert_eq!(
        shown("0001-01-01T00:00:00Z").as_deref(),
        Some("0001-01-01T00:00:00.000Z")
    );
    assert_eq!(
        Timestamp::parse("2026-11-20T00:00:00Z").map(Timestamp::millis),
        Some(1_795_132_800_000)
    );
    for text in [
        "",
        "2026-11-20",
        "2026-11-20T08:00Z",
        "2026-11-20 08:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T08:00:00.Z",
        "2026-11-20T08:00:00+1:00",
        "0000-01-01T00:00:00Z",
        "+026-11-20T08:00:00Z",
        "2026-11-20T08:00:00é",
    ] {
        assert_eq!(shown(text), None, "{text}");
    }
}

/// The layout of a stored event: it may only change behind a new version of the action that carries it.
#[test]
fn the_bytes_of_an_event_do_not_change() {
    let event = accepted(json!({
        "eventID": "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "bizStep": "shipping", "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:9521141.00001.0"}, "bizTransactionList": [{"type": "po", "bizTransaction": "urn:x:1"}],
    }));
    // Written by hand from RFC 8949 section 3: an array of 13, then each member in the order of `Event`.
    let expected = [
        "8d0001".to_owned(),
        format!("1b{:016x}", 1_795_158_000_000_i64),
        "183c".to_owned(),
        "50f81d4fae7dec11d0a76500a0c91e6bf6f6".to_owned(),
        format!("8177{}80", hex::encode("\"01/09521141123454/21/7")),
        "18200e".to_owned(),
        format!("72{}f6", hex::encode("\"414/9521141000014")),
        format!("a16262748182{}67{}", "05", hex::encode("urn:x:1")),
    ]
    .concat();
    assert_eq!(hex::encode(cbor::to_vec(&event)), expected);
}
