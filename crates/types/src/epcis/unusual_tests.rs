//! One event in the unusual forms that the standard allows: it stays the same event with the same hash.
//!
//! The forms are taken from EPCIS 2.0 chapters 9 and 10, EPCIS 1.2 chapter 9, XML 1.0, Namespaces in XML and JSON-LD 1.1.

use super::{hash::pre_hash, json, tests::round_trips, xml, *};
use serde_json::{Value, json};

/// The plain form that the others are held against.
const PLAIN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:ext="https://ns.example.org/" schemaVersion="2.0" creationDate="2026-11-20T08:00:00Z"><EPCISBody><EventList>
<ObjectEvent><eventTime>2026-11-20T08:00:00.500+01:00</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>
<epcList><epc>urn:epc:id:sgtin:9521141.012345.7</epc></epcList><action>OBSERVE</action>
<bizStep>https://ref.gs1.org/cbv/BizStep-shipping</bizStep><readPoint><id>urn:epc:id:sgln:9521141.00001.0</id></readPoint>
<quantityList><quantityElement><epcClass>urn:epc:class:lgtin:9521141.012345.L1</epcClass><quantity>12.5</quantity><uom>KGM</uom></quantityElement></quantityList>
<sensorElementList><sensorElement><sensorReport type="https://gs1.org/voc/Temperature" value="-4.5" uom="CEL"/></sensorElement></sensorElementList>
<ext:note>a &amp; b</ext:note></ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"#;

#[track_caller]
fn of_xml(text: &str) -> Event {
    let document =
        xml::parse_document(text.as_bytes()).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
    assert_eq!(document.events.len(), 1, "{text}");
    let stream = xml::Events::new(text.as_bytes()).expect("document");
    let streamed: Vec<Event> = stream
        .map(|told| told.expect("read").expect("event"))
        .collect();
    assert_eq!(streamed, document.events);
    document.events.into_iter().next().expect("event")
}

#[track_caller]
fn same(plain: &Event, other: &Event, shown: &str) {
    assert_eq!(plain, other, "{shown}");
    assert_eq!(pre_hash(plain, &[]), pre_hash(other, &[]), "{shown}");
    round_trips(other);
}

#[test]
fn an_event_in_xml_is_the_same_however_xml_lets_it_be_written() {
    let plain = of_xml(PLAIN);
    let document = "urn:epcglobal:epcis:xsd:2";
    let time = "<eventTime>2026-11-20T08:00:00.500+01:00</eventTime>";
    let note = "<ext:note>a &amp; b</ext:note>";
    let header = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader";
    let sbdh = format!(
        "<EPCISHeader><sb:StandardBusinessDocumentHeader xmlns:sb=\"{header}\"><sb:HeaderVersion>1.0</sb:HeaderVersion>\
         <sb:Sender><sb:Identifier>urn:epc:id:sgln:9521141.00001.0</sb:Identifier></sb:Sender></sb:StandardBusinessDocumentHeader>\
         <extension><EPCISMasterData><VocabularyList/></EPCISMasterData></extension></EPCISHeader><EPCISBody>"
    );
    let cases: &[(&str, &str)] = &[
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", ""),
        ("<?xml version", "\u{feff}<?xml version"),
        ("encoding=\"UTF-8\"", "encoding='utf-8' standalone='yes'"),
        (
            "<EPCISBody>",
            "<?stylesheet none?><!-- <EventList> --><EPCISBody>",
        ),
        ("<EPCISBody>", "<EPCISHeader/><EPCISBody>"),
        ("<EPCISBody>", &sbdh),
        (
            "creationDate=\"2026-11-20T08:00:00Z\"",
            "creationDate=' 2026-11-20T08:00:00 '",
        ),
        (
            "schemaVersion=\"2.0\" creationDate",
            "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:epcglobal:epcis:xsd:2 e.xsd' schemaVersion=\"2.0\" creationDate",
        ),
        ("<ObjectEvent>", "<ObjectEvent xmlns=\"\">"),
        (
            "<action>OBSERVE</action>",
            "<action>\n  OB<!-- x -->SER<![CDATA[VE]]>\t</action>",
        ),
        (
            "<action>OBSERVE</action>",
            "<action>&#x4F;BSERV&#69;</action>",
        ),
        (time, "<eventTime>2026-11-20T07:00:00.5Z</eventTime>"),
        (
            time,
            "<eventTime>2026-11-20T07:00:00.50000049-00:00</eventTime>",
        ),
        (
            time,
            "<eventTime> 2026-11-20T21:00:00.500+14:00 </eventTime>",
        ),
        (time, "<eventTime>2026-11-19T17:00:00.500-14:00</eventTime>"),
        (
            "<epc>urn:epc:id:sgtin:9521141.012345.7</epc>",
            "<epc><![CDATA[https://id.gs1.org/01/09521141123454/21/7]]></epc>",
        ),
        ("<quantity>12.5</quantity>", "<quantity>+012.50</quantity>"),
        (
            "value=\"-4.5\" uom=\"CEL\"/>",
            "uom='CEL' value='-4.50'></sensorReport>",
        ),
        (
            "https://ref.gs1.org/cbv/BizStep-shipping",
            "urn:epcglobal:cbv:bizstep:shipping",
        ),
        (
            note,
            "<n:note xmlns:n=\"https://ns.example.org/\"><![CDATA[a & b]]></n:note>",
        ),
        (
            note,
            "<note xmlns=\"https://ns.example.org/\">a &#38; b</note>",
        ),
        (
            note,
            "<ext:note xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xsi:type=\"xsd:string\">a &amp; b</ext:note>",
        ),
        (
            "xmlns:ext=\"https://ns.example.org/\"",
            "xmlns:ext=\"https://ns.example&#46;org/\"",
        ),
        (
            "</epcis:EPCISDocument>",
            "</epcis:EPCISDocument>\n<!-- the end --><?done?>\n",
        ),
    ];
    for (from, to) in cases {
        let text = PLAIN.replace(from, to);
        assert_ne!(text, PLAIN, "{from}");
        same(&plain, &of_xml(&text), &text);
    }
    let whole = PLAIN
        .replace("xmlns:epcis=", "xmlns=")
        .replace("epcis:EPCISDocument", "EPCISDocument");
    let other = PLAIN.replace(" xmlns:epcis=", " xmlns:p.-1=");
    let other = other.replace("epcis:EPCISDocument", "p.-1:EPCISDocument");
    same(&plain, &of_xml(&other), &other);
    assert!(whole.contains(&format!("xmlns=\"{document}\"")));
    same(&plain, &of_xml(&whole), &whole);
    let lines = PLAIN.replace('\n', "\r\n");
    same(&plain, &of_xml(&lines), &lines);
}

#[test]
fn an_event_of_epcis_1_in_all_its_wrappers_is_the_same_event() {
    let plain = of_xml(PLAIN);
    let old = |version: &str, body: &str| {
        format!(
            "<e:EPCISDocument xmlns:e=\"urn:epcglobal:epcis:xsd:1\" xmlns:ext=\"https://ns.example.org/\" schemaVersion=\"{version}\" \
             creationDate=\"2026-11-20T08:00:00\"><EPCISBody><EventList><ObjectEvent>{body}</ObjectEvent></EventList></EPCISBody></e:EPCISDocument>"
        )
    };
    let first = "<eventTime>2026-11-20T08:00:00.500+01:00</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>";
    let objects = "<epcList><epc>urn:epc:id:sgtin:9521141.012345.7</epc></epcList><action>OBSERVE</action>\
                   <bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><readPoint><id>urn:epc:id:sgln:9521141.00001.0</id></readPoint>";
    let amounts = "<quantityList><quantityElement><epcClass>urn:epc:class:lgtin:9521141.012345.L1</epcClass><quantity>12.50</quantity><uom>KGM</uom></quantityElement></quantityList>";
    let sensors = "<sensorElementList><sensorElement><sensorReport type=\"gs1:Temperature\" value=\"-4.5\" uom=\"CEL\"/></sensorElement></sensorElementList>";
    let note = "<ext:note>a &amp; b</ext:note>";
    for (version, body) in [
        (
            "1.2",
            format!(
                "{first}{objects}<extension>{amounts}<extension>{sensors}</extension></extension>{note}"
            ),
        ),
        (
            "1.1",
            format!("{first}{objects}<extension>{amounts}{sensors}</extension>{note}"),
        ),
        (
            "1.0",
            format!(
                "{first}<baseExtension/>{objects}{note}<extension><extension>{sensors}</extension>{amounts}</extension>"
            ),
        ),
        (
            "1.2",
            format!(
                "{note}{objects}{first}<extension>{amounts}</extension><extension>{sensors}</extension>"
            ),
        ),
    ] {
        let text = old(version, &body);
        same(&plain, &of_xml(&text), &text);
    }
}

/// The members that a JSON event has beside those of a plain one.
#[track_caller]
fn of_json(members: &Value) -> Event {
    let text = String::from_utf8(tests::one(members.clone())).expect("text");
    let document = json::parse_document(text.as_bytes())
        .unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
    document.events.into_iter().next().expect("event")
}

#[test]
fn an_event_in_json_is_the_same_however_json_ld_lets_it_be_written() {
    let gs1 = "https://ref.gs1.org/standards/epcis/epcis-context.jsonld";
    let plain_members = json!({
        "bizStep": "shipping", "disposition": "in_transit", "ext:note": "x", "ext:size": 12.5,
        "readPoint": {"id": "urn:epc:id:sgln:9521141.00001.0"},
    });
    let plain = of_json(&plain_members);
    let cases = [
        json!({"@context": [gs1, {"a": "https://ns.example.org/"}], "ext:note": null, "ext:size": null, "a:note": "x", "a:size": 12.5}),
        json!({"@context": [{"ext": "https://ns.example.org/"}, gs1]}),
        json!({"@context": [{"host": "https://ns.example.org"}, {"ext": "host:/"}, gs1]}),
        json!({"@context": [gs1, {"ext": "https://other.example/"}, {"ext": "https://ns.example.org/"}]}),
        json!({"@context": [gs1, {"ext": {"@id": "https://ns.example.org/", "@prefix": true}}]}),
        json!({"@context": [gs1, {"@version": 1.1, "ext": "https://ns.example.org/", "ext:size": {"@type": "xsd:decimal"}}]}),
        json!({"@context": [gs1, {"note": "https://ns.example.org/note", "ext": "https://ns.example.org/"}], "ext:note": null, "note": "x"}),
        json!({"@context": [gs1, {"note": {"@id": "ext:note", "@container": "@set"}, "ext": "https://ns.example.org/"}], "ext:note": null, "https://ns.example.org/note": ["x"]}),
        json!({"@context": [gs1, {"@vocab": "https://ns.example.org/"}], "ext:note": null, "ext:size": null, "note": "x", "size": 12.5}),
        json!({"ext:size": "12.50"}),
        json!({"ext:note": ["x"]}),
        json!({"quantityList": [], "bizTransactionList": [], "sourceList": [], "destinationList": [], "sensorElementList": []}),
        json!({"bizLocation": {"id": null}, "bizStep": "cbv:BizStep-shipping"}),
        json!({"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping", "disposition": "urn:epcglobal:cbv:disp:in_transit"}),
        json!({"eventTime": "2026-11-20T08:00:00.000000000+01:00"}),
        json!({"eventTime": "2026-11-20t07:00:00z"}),
        json!({"eventTime": "2026-11-19T17:00:00-14:00"}),
        json!({"epcList": ["https://id.gs1.org/01/09521141123454/21/7?17=271231#top"]}),
        json!({"epcList": ["https://example.com/some/path/gtin/09521141123454/ser/7"]}),
        json!({"readPoint": {"id": "https://id.gs1.org/414/9521141000014"}}),
        json!({"eventID": null, "recordTime": null}),
    ];
    for changed in cases {
        let mut members = plain_members.clone();
        for (name, value) in changed.as_object().expect("object") {
            members[name] = value.clone();
        }
        if members["bizLocation"] == json!({"id": null}) {
            members["bizLocation"] = Value::Null;
        }
        let other = of_json(&members);
        same(&plain, &other, &changed.to_string());
    }
}

#[test]
fn sensor_reports_of_every_kind_are_kept_in_either_form() {
    let report = |members: Value| json!({"sensorElementList": [{"sensorReport": [members]}], "readPoint": {"id": "urn:x:1"}});
    for members in [
        json!({"type": "Temperature", "value": 26.0, "uom": "CEL"}),
        json!({"type": "Temperature", "minValue": -1e2, "maxValue": 1.5E1, "meanValue": 0, "sDev": 0.1, "percRank": 50, "percValue": 12.7, "uom": "CEL"}),
        json!({"type": "gs1:Speed", "value": 160, "uom": "KMH", "component": "x"}),
        json!({"type": "gs1:Length", "value": 5, "component": "x"}),
        json!({"type": "https://ns.example.org/Taste", "stringValue": "sour"}),
        json!({"type": "ext:Door", "booleanValue": false, "uriValue": "https://id.gs1.org/8004/9521141111"}),
        json!({"type": "ext:Dump", "hexBinaryValue": "0aFF"}),
        json!({"exception": "ALARM_CONDITION"}),
        json!({"exception": "gs1:ERROR_CONDITION", "type": "AbsoluteHumidity"}),
        json!({"type": "AmountOfSubstancePerUnitVolume", "value": 0.18, "uom": "C35", "chemicalSubstance": "https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N"}),
        json!({"type": "CellDensity", "value": 5, "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011"}),
        json!({"type": "Latitude", "stringValue": "+59.437", "coordinateReferenceSystem": "https://www.opengis.net/def/crs/OGC/1.3/CRS84"}),
        json!({"type": "Temperature", "value": 1, "time": "2026-11-20T08:00:00+01:00", "deviceID": "urn:epc:id:giai:4000001.111", "rawData": "https://example.org/1", "dataProcessingMethod": "https://example.org/2", "bizRules": "https://example.org/3"}),
        json!({"type": "Temperature", "value": 1, "ext:batch": {"ext:deep": [1, "two", true]}}),
    ] {
        round_trips(&of_json(&report(members)));
    }
    let metadata = json!({"sensorElementList": [{"sensorMetadata": {"time": "2026-11-20T08:00:00Z", "startTime": "2026-11-20T07:00:00Z",
        "endTime": "2026-11-20T08:00:00Z", "deviceID": "urn:epc:id:giai:4000001.111", "bizRules": "https://example.org/3", "ext:a": 1},
        "sensorReport": [{"type": "Temperature", "value": 1}], "ext:more": "y"}]});
    round_trips(&of_json(&metadata));
    for empty in ["time", "uom", "value", "type"] {
        let mut members = json!({"type": "Temperature", "exception": "ALARM_CONDITION", "value": 1, "uom": "CEL", "time": "2026-11-20T08:00:00Z"});
        members[empty] = Value::Null;
        round_trips(&of_json(&report(members)));
    }
}

#[test]
fn forms_that_only_look_like_the_standards_are_refused() {
    for (from, to) in [
        ("urn:epcglobal:epcis:xsd:2", "urn:epcglobal:epcis:xsd:3"),
        ("urn:epcglobal:epcis:xsd:2", "urn:epcglobal:epcis:xsd:2 "),
        ("<EventList>", "<EventList><!DOCTYPE x>"),
        ("<action>OBSERVE</action>", "<action>observe</action>"),
        ("<action>OBSERVE</action>", "<action>OB SERVE</action>"),
        (
            "<action>OBSERVE</action>",
            "<action><b>OBSERVE</b></action>",
        ),
        (
            "<action>OBSERVE</action>",
            "<action>OBSERVE</action><action>OBSERVE</action>",
        ),
        ("+01:00</eventTime>", "</eventTime>"),
        (".500+01:00</eventTime>", ".500+0100</eventTime>"),
        (".500+01:00</eventTime>", ",500+01:00</eventTime>"),
        ("<eventTimeZoneOffset>+01:00", "<eventTimeZoneOffset>01:00"),
        ("<eventTimeZoneOffset>+01:00", "<eventTimeZoneOffset>Z"),
        ("<quantity>12.5", "<quantity>12,5"),
        ("<quantity>12.5", "<quantity>NaN"),
        ("<quantity>12.5", "<quantity unit=\"KGM\">12.5"),
        ("<uom>KGM", "<uom>kg"),
        ("value=\"-4.5\"", "value=\"-4.5\" value=\"-4.5\""),
        ("value=\"-4.5\"", "value=\"cold\""),
        ("ext:note>", "nowhere:note>"),
        ("a &amp; b", "a & b"),
        ("a &amp; b", "a &nbsp; b"),
        ("a &amp; b", "a &#0; b"),
        ("</ObjectEvent>", "</objectEvent>"),
        ("<epcList><epc>", "<epcList>stray<epc>"),
        ("<ObjectEvent>", "<QuantityEvent>"),
    ] {
        let text = PLAIN.replace(from, to);
        assert_ne!(text, PLAIN, "{from}");
        let errors = xml::parse_document(text.as_bytes()).expect_err(&text);
        assert!(!errors[0].rule.is_empty() && !errors[0].remedy.is_empty());
    }
}

/// An event with these terms of its own and these members.
fn of_terms(terms: Value, members: Value) -> Event {
    let gs1 = json::GS1_CONTEXT;
    let mut all = json!({"@context": [gs1, terms]});
    for (name, value) in members.as_object().expect("members") {
        all[name] = value.clone();
    }
    of_json(&all)
}

fn xml_of(event: &Event) -> Result<String, xml::Unwritable> {
    xml::event_xml(event, json::EpcFormat::Urn, xml::Version::V2_0)
}

fn refusal(document: &str) -> String {
    let errors = json::parse_document(document.as_bytes()).expect_err(document);
    errors[0].to_string()
}

#[test]
fn a_prefix_that_is_declared_nowhere_is_not_taken_for_a_declared_one() {
    for (terms, members) in [
        (json!({}), json!({"foo:bar": "1"})),
        (json!({"foo": "foo:"}), json!({"foo:bar": "1"})),
        (json!({"ns1": "foo:"}), json!({"ns1:bar": "1"})),
        (
            json!({"ns1": "foo:"}),
            json!({"ns1:bar": "1", "foo:bar": "2"}),
        ),
        (
            json!({"(oo": "foo:"}),
            json!({"(oo:bar": "1", "foo:bar": "2"}),
        ),
        (json!({}), json!({"urn:bar": "1"})),
        (json!({"xmlfoo": "https://x/"}), json!({"xmlfoo:bar": "1"})),
    ] {
        let event = of_terms(terms, members);
        xml_of(&event).expect("XML");
        round_trips(&event);
    }
    for (terms, name) in [
        (json!({}), "(oo:bar"),
        (json!({}), "xmlfoo:bar"),
        (json!({"(oo": "https://x/"}), "ns1:bar"),
    ] {
        let event = of_terms(terms, json!({"(oo:a": "1", (name): "2"}));
        let refused = xml_of(&event).expect_err(name);
        assert!(refused.why.contains("declared nowhere"), "{refused}");
        round_trips(&event);
    }
}

#[test]
fn exponents_without_measure_are_text_and_no_work() {
    for number in [
        "1e-9223372036854775808",
        "1e9223372036854775807",
        "-1E-9223372036854775808",
        "1e99999999999999999999",
        "1e61",
        "1e-61",
    ] {
        let event = of_terms(json!({}), json!({"ext:a": number}));
        assert!(
            pre_hash(&event, &[]).ends_with(&format!("={number}")),
            "{number}"
        );
        round_trips(&event);
        let text = String::from_utf8(tests::one(json!({"ext:a": "NUMBER"}))).expect("text");
        let document = text.replace("\"NUMBER\"", number);
        let read = json::parse_document(document.as_bytes()).expect("document");
        round_trips(&read.events[0]);
    }
    let element = json!({"epcClass": "urn:epc:class:lgtin:9521141.012345.L1", "quantity": "NUMBER", "uom": "KGM"});
    let text = String::from_utf8(tests::one(json!({"quantityList": [element]}))).expect("text");
    for number in ["1e-2147483648", "1e2147483647", "1e-41", "1e41", "1e19"] {
        let said = refusal(&text.replace("\"NUMBER\"", number));
        assert!(said.contains("/quantityList/0/quantity"), "{said}");
    }
}

#[test]
fn a_number_is_as_long_as_it_is_kept() {
    let text = String::from_utf8(tests::one(json!({"ext:a": "NUMBER"}))).expect("text");
    let digits = "1".repeat(35);
    for exponent in ["e5", "e+5", "e-5", "E5"] {
        let fits = text.replace("\"NUMBER\"", &format!("1.{digits}{exponent}"));
        round_trips(
            &json::parse_document(fits.as_bytes())
                .expect(exponent)
                .events[0],
        );
        let said = refusal(&text.replace("\"NUMBER\"", &format!("1.{digits}1{exponent}")));
        assert!(said.contains("at most 40 characters"), "{said}");
    }
}

#[test]
fn terms_mean_the_same_in_any_order_and_never_themselves() {
    let plain = of_terms(
        json!({"a": "https://x/", "b": "https://x/y#"}),
        json!({"a:one": "1", "b:two": "a:three"}),
    );
    for terms in [
        json!({"b": "a:y#", "a": "https://x/"}),
        json!({"a": "z:", "b": "a:y#", "z": {"@id": "https://x/"}}),
    ] {
        let other = of_terms(terms.clone(), json!({"a:one": "1", "b:two": "a:three"}));
        same(&plain, &other, &terms.to_string());
    }
    for terms in [
        json!({"a": "a:x"}),
        json!({"a": "b:x", "b": "a:y"}),
        json!([{"b": "a:"}, {"a": "https://x/"}]),
    ] {
        let mut all = json!({"@context": [json::GS1_CONTEXT], "a:one": "1"});
        let list = all["@context"].as_array_mut().expect("list");
        match terms {
            Value::Array(parts) => list.extend(parts),
            one => list.push(one),
        }
        let said = refusal(std::str::from_utf8(&tests::one(all)).expect("text"));
        assert!(said.contains("not for itself"), "{said}");
    }
    let chain: serde_json::Map<String, Value> = (0..60_000)
        .map(|n| (format!("t{n}"), json!(format!("t{}:", n + 1))))
        .collect();
    let all = tests::one(json!({"@context": [json::GS1_CONTEXT, chain]}));
    json::parse_document(&all).expect_err("too many terms");
}

#[test]
fn what_xml_cannot_say_is_refused_by_name_and_what_it_can_comes_back() {
    let ext = json!({"ext": "https://ns.example.org/"});
    for members in [
        json!({"certificationInfo": [{"type": "T", "id": "urn:a:b"}]}),
        json!({"certificationInfo": [{"@type": "T"}, "https://a.example/c"]}),
        json!({"ext:aList": ["1"], "ext:b": ["1"]}),
    ] {
        let event = of_terms(ext.clone(), members.clone());
        xml_of(&event).unwrap_or_else(|refused| panic!("{members}: {refused}"));
        round_trips(&event);
    }
    let many: serde_json::Map<String, Value> =
        (0..101).map(|n| (format!("a{n}"), json!("x"))).collect();
    let long = format!("ext:{}", "a".repeat(253));
    let e2 = json!({"e": "urn:epcglobal:epcis:xsd:2", "ext": "https://ns.example.org/"});
    for (terms, members, why) in [
        (
            ext.clone(),
            json!({"ext:List": ["1"]}),
            "in front of `List`",
        ),
        (
            ext.clone(),
            json!({"ext:a": {"List": ["1"]}}),
            "in front of `List`",
        ),
        (
            ext.clone(),
            json!({"ext:a": {"xmlns": "urn:x"}}),
            "no XML name",
        ),
        (ext.clone(), json!({"ext:a": many}), "too many members"),
        (ext.clone(), json!({(long): "1"}), "no XML name"),
        (e2, json!({"e:action": "1"}), "the standard's own"),
        (
            json!({"a": "b c"}),
            json!({"foo:bar": "a:x"}),
            "no XML prefix",
        ),
    ] {
        let event = of_terms(terms, members.clone());
        let refused = xml_of(&event).expect_err(&members.to_string());
        assert!(refused.why.contains(why), "{members}: {refused}");
        round_trips(&event);
    }
}

#[test]
fn what_says_nothing_is_told_from_what_does_without_writing_it() {
    let told = |more: &event::More| {
        assert_eq!(more.is_empty(), *more == event::More::default(), "{more:?}");
    };
    let values = [
        json!({}),
        json!([]),
        json!([[]]),
        json!(null),
        json!(""),
        json!(" "),
        json!([""]),
        json!(["", ""]),
        json!("x"),
        json!(0),
        json!(false),
        json!("a:"),
        json!("b:"),
        json!("a:x"),
        json!("://"),
        json!({"#text": ""}),
        json!({"#text": ["", ""]}),
        json!({"#text": "", "b:x": []}),
        json!({"#text": "x"}),
        json!({"b:x": []}),
        json!({"b:x": null}),
        json!({"b:xList": []}),
        json!({"list": []}),
        json!({"type": "x"}),
        json!({"type": "x", "sensorReport": []}),
        json!({"value": null}),
        json!({"time": null}),
        json!({"component": ""}),
        json!([{"#text": ""}]),
        json!({"#text": {"#text": ""}}),
    ];
    let namespaces = [("a", ""), ("b", "https://x/"), ("list", "https://x/aList")];
    for value in &values {
        for place in 0..6 {
            let mut more = event::More {
                namespaces: namespaces.map(|(a, b)| (a.into(), b.into())).into(),
                ..Default::default()
            };
            let kept = Some(kept::KeptJson::new(value));
            match place {
                0 => more.sensor_elements = kept,
                1 => more.ilmd = kept,
                2 => more.certification_info = kept,
                3 => more.read_point_extensions = kept,
                4 => more.biz_location_extensions = kept,
                _ => more.extensions = kept,
            }
            told(&more);
        }
    }
}
