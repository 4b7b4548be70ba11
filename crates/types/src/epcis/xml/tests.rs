use super::*;
use crate::{
    epcis::{
        hash::{event_hash_without, pre_hash},
        tests::{files, round_trips},
    },
    vectors,
};

/// The published hashes of the event hash vectors, for every XML document that has some.
#[test]
fn the_published_hashes_of_the_vectors_come_out_of_xml() {
    let Some(dir) = vectors::dir("epcis/event-hash-vectors/tests/examples") else {
        return;
    };
    let (mut documents, mut events) = (0, 0);
    for path in files(&dir, &["xml"]) {
        let shown = path.display().to_string();
        let hashes = std::fs::read_to_string(path.with_extension("hashes")).expect("hashes");
        let document = parse_document(&std::fs::read(&path).expect("file"))
            .unwrap_or_else(|errors| panic!("{shown}: {errors:#?}"));
        let ignored = document.header.ignored_fields();
        let expected: Vec<&str> = hashes.split_whitespace().collect();
        assert_eq!(document.events.len(), expected.len(), "{shown}");
        for (event, expected) in document.events.iter().zip(expected) {
            let hash = event_hash_without(event, &ignored).to_string();
            assert_eq!(hash, expected, "{shown}: {}", pre_hash(event, &ignored));
            events += 1;
        }
        documents += 1;
    }
    println!("event hash: {events} events of {documents} XML documents agree");
    assert!(documents >= 11 && events >= 28);
}

#[test]
fn events_that_the_vectors_call_equal_hash_alike() {
    let Some(dir) = vectors::dir("epcis/event-hash-vectors/tests/expected_equal") else {
        return;
    };
    let mut documents = 0;
    for path in files(&dir, &["xml"]) {
        let document = parse_document(&std::fs::read(&path).expect("file"))
            .unwrap_or_else(|errors| panic!("{}: {errors:#?}", path.display()));
        let first = pre_hash(&document.events[0], &[]);
        for event in &document.events {
            assert_eq!(pre_hash(event, &[]), first, "{}", path.display());
        }
        documents += 1;
    }
    assert!(documents >= 6);
}

#[test]
fn every_xml_document_of_the_conformance_data_is_read_or_refused_as_it_should_be() {
    let Some(dir) = vectors::dir("epcis/openepcis") else {
        return;
    };
    let (mut accepted, mut events, mut refused) = (0, 0, 0);
    for path in files(&dir, &["xml"]) {
        let shown = path.display().to_string();
        let result = parse_document(&std::fs::read(&path).expect("file"));
        let query = shown.contains("/Queries/");
        if shown.contains("/Invalid/") || query {
            let errors = result.expect_err(&shown);
            refused += 1;
            println!("{shown}");
            for error in errors {
                println!("    {error}");
                assert!(
                    error.pointer.starts_with('/') && error.rule.contains('§'),
                    "{error:?}"
                );
            }
        } else {
            let document = result.unwrap_or_else(|errors| panic!("{shown}: {errors:#?}"));
            accepted += 1;
            events += document.events.len();
            document.events.iter().for_each(round_trips);
            assert!(!document.events.is_empty(), "{shown}");
        }
    }
    println!("epcis xml: {accepted} documents accepted, {events} events; {refused} refused");
    assert!(accepted >= 44 && refused >= 7);
}

const EVENT: &str = "<ObjectEvent><eventTime>2026-11-20T08:00:00+01:00</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset><epcList><epc>urn:epc:id:sgtin:9521141.012345.7</epc></epcList><action>OBSERVE</action></ObjectEvent>";

fn document(events: &str) -> String {
    format!(
        "<epcis:EPCISDocument xmlns:epcis=\"urn:epcglobal:epcis:xsd:2\" xmlns:ext=\"https://ns.example/\" schemaVersion=\"2.0\" creationDate=\"2026-11-20T08:00:00Z\"><EPCISBody><EventList>{events}</EventList></EPCISBody></epcis:EPCISDocument>"
    )
}

fn first_fault(text: &str) -> EpcisError {
    match parse_document(text.as_bytes()) {
        Ok(_) => panic!("accepted: {text}"),
        Err(errors) => errors.into_iter().next().expect("an error"),
    }
}

#[test]
fn hostile_xml_is_refused_before_anything_is_built() {
    let event = |from: &str, to: &str| document(&EVENT.replace(from, to));
    let deep = format!("{}{}", "<ext:a>".repeat(70), "</ext:a>".repeat(70));
    let many = (0..101).map(|n| format!(" a{n}=\"\"")).collect::<String>();
    for (text, rule) in [
        (
            format!("<!DOCTYPE x [<!ENTITY a \"b\">]>{}", document(EVENT)),
            "document type",
        ),
        (
            format!(
                "<!DOCTYPE x SYSTEM \"file:///etc/passwd\">{}",
                document(EVENT)
            ),
            "document type",
        ),
        (event("OBSERVE", "&boom;"), "entities"),
        (
            event("</ObjectEvent>", &format!("{deep}</ObjectEvent>")),
            "64 deep",
        ),
        (
            event("<action>", &format!("<action{many}>")),
            "100 attributes",
        ),
        (event("<action>", "<action a=\"1\" a=\"2\">"), "unique"),
        (
            event(
                "</ObjectEvent>",
                "<ext:b xmlns:e=\"https://ns.example/\" ext:c=\"\" e:c=\"\"/></ObjectEvent>",
            ),
            "unique",
        ),
        (
            event("</ObjectEvent>", "<own:b/></ObjectEvent>"),
            "declared",
        ),
        (
            event(
                "</ObjectEvent>",
                &format!("<ext:{}/></ObjectEvent>", "n".repeat(300)),
            ),
            "256 bytes",
        ),
        (event("OBSERVE", "&#1;"), "control"),
        (event("</ObjectEvent>", ""), "XML 1.0"),
        (format!("{}<b/>", document(EVENT)), "one outermost"),
        (
            format!("{} and more", document(EVENT)),
            "within the outermost",
        ),
        (
            format!(
                "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}",
                document(EVENT)
            ),
            "UTF-8",
        ),
        (String::new(), "outermost"),
        ("<a/>".into(), "EPCISDocument"),
        (document(EVENT).replace("xsd:2", "xsd:9"), "EPCISDocument"),
        (
            document(EVENT).replace("\"2.0\"", "\"1.2\""),
            "schemaVersion",
        ),
        (
            document(EVENT).replace("2026-11-20T08:00:00Z", "today"),
            "creationDate",
        ),
    ] {
        let error = first_fault(&text);
        assert!(error.rule.contains(rule), "{rule}: {error}");
    }
    let utf16: Vec<u8> = document(EVENT)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(parse(&[&[0xff, 0xfe], &utf16[..]].concat()).is_err());
    let mut bytes = document(EVENT).into_bytes();
    let at = bytes.len() - 60;
    bytes[at] = 0xff;
    assert!(parse(&bytes).expect_err("refused")[0].rule.contains("XML"));
    let huge = document(&format!("<!--{}-->{EVENT}", "x".repeat(5 << 20)));
    assert!(first_fault(&huge).rule.contains("4 MiB"));
}

#[test]
fn each_fault_of_an_event_has_its_xpath() {
    let list = "/epcis:EPCISDocument/EPCISBody/EventList";
    for (from, to, pointer, rule) in [
        ("OBSERVE", "WATCH", "/ObjectEvent[1]/action", "§7.3.2"),
        (
            "+01:00</eventTime>",
            "</eventTime>",
            "/ObjectEvent[1]/eventTime",
            "§7.3.1",
        ),
        (
            "<epc>urn:epc:id:sgtin:9521141.012345.7</epc>",
            "<epc>urn:x:y</epc><epc>no</epc>",
            "/ObjectEvent[1]/epcList/epc[2]",
            "§6.4",
        ),
        (
            "<action>",
            "<bizStep>urn:epcglobal:cbv:bizstep:flying</bizStep><action>",
            "/ObjectEvent[1]/action",
            "order",
        ),
        (
            "</action>",
            "</action><bizStep>urn:epcglobal:cbv:bizstep:flying</bizStep>",
            "/ObjectEvent[1]/bizStep",
            "CBV",
        ),
        (
            "</action>",
            "</action><own/>",
            "/ObjectEvent[1]/own",
            "§7.1",
        ),
        (
            "</action>",
            "</action><quantityList><quantityElement><epcClass>urn:x:c</epcClass><quantity>many</quantity></quantityElement></quantityList>",
            "/ObjectEvent[1]/quantityList/quantityElement/quantity",
            "§7.3.3.3",
        ),
        (
            "<ObjectEvent>",
            "<ObjectEvent own=\"1\">",
            "/ObjectEvent[1]/@own",
            "§9",
        ),
        (
            "ObjectEvent>",
            "QuantityEvent>",
            "/QuantityEvent[1]",
            "§7.4",
        ),
    ] {
        let error = first_fault(&document(&EVENT.replace(from, to)));
        assert!(
            error.pointer == format!("{list}{pointer}") && error.rule.contains(rule),
            "{to}: {error}"
        );
    }
    let second = document(&format!("{EVENT}{}", EVENT.replace("OBSERVE", "X")));
    let parsed = parse(second.as_bytes()).expect("document");
    assert!(parsed.events[0].is_ok());
    assert_eq!(
        parsed.events[1].as_ref().expect_err("wrong")[0].pointer,
        format!("{list}/ObjectEvent[2]/action")
    );
}

#[test]
fn an_event_in_xml_and_in_json_is_the_same_event() {
    let xml = document(&EVENT.replace(
        "</ObjectEvent>",
        "<other:weight xmlns:other=\"https://ns.example/\" unit=\"KGM\">1.50</other:weight><ext:flag>true</ext:flag><ext:tags>a</ext:tags></ObjectEvent>",
    ));
    let json = r##"{"@context": ["https://ref.gs1.org/standards/epcis/epcis-context.jsonld", {"mine": "https://ns.example/"}],
        "type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-11-20T07:00:00Z", "eventTimeZoneOffset": "+01:00",
        "epcList": ["https://id.gs1.org/01/09521141123454/21/7"],
        "mine:weight": {"unit": "KGM", "#text": 1.5}, "mine:flag": true, "mine:tags": ["a"]}"##;
    let xml = parse_document(xml.as_bytes()).expect("xml").events;
    let json = crate::epcis::json::parse_document(json.as_bytes())
        .expect("json")
        .events;
    assert_eq!(xml, json);
    assert_eq!(pre_hash(&xml[0], &[]), pre_hash(&json[0], &[]));
}

/// Bytes made as they are read, so that no document of that size is ever in memory.
struct Repeated {
    head: std::io::Cursor<Vec<u8>>,
    event: Vec<u8>,
    at: usize,
    left: usize,
    tail: std::io::Cursor<Vec<u8>>,
}

impl std::io::Read for Repeated {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let read = self.head.read(out)?;
        if read > 0 {
            return Ok(read);
        }
        if self.left == 0 {
            return self.tail.read(out);
        }
        let length = out.len().min(self.event.len() - self.at);
        out[..length].copy_from_slice(&self.event[self.at..self.at + length]);
        self.at += length;
        if self.at == self.event.len() {
            self.at = 0;
            self.left -= 1;
        }
        Ok(length)
    }
}

#[test]
fn a_document_of_fifty_mebibytes_is_read_an_event_at_a_time() {
    let whole = document("|");
    let (head, tail) = whole.split_once('|').expect("two parts");
    let count = (50 << 20) / EVENT.len();
    let reader = Repeated {
        head: std::io::Cursor::new(head.as_bytes().to_vec()),
        event: EVENT.as_bytes().to_vec(),
        at: 0,
        left: count,
        tail: std::io::Cursor::new(tail.as_bytes().to_vec()),
    };
    let events = Events::new(std::io::BufReader::new(reader)).expect("a document");
    let right = events.filter(|event| matches!(event, Ok(Ok(_)))).count();
    assert_eq!(right, count);
}
