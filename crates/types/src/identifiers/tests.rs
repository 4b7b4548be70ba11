use super::*;
use crate::{cbor, vectors};
use proptest::prelude::*;
use serde_json::Value;

fn epc(text: &str) -> Epc {
    Epc::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Values from GS1 EPC TDS 2.0 sections 6 and 7 and ISO 6346's own example.
#[test]
fn a_urn_and_its_digital_link_are_one_key() {
    for (urn, link) in [
        (
            "urn:epc:id:sgtin:0614141.112345.400",
            "https://id.gs1.org/01/10614141123459/21/400",
        ),
        (
            "urn:epc:id:sscc:0614141.1234567890",
            "https://id.gs1.org/00/106141412345678908",
        ),
        (
            "urn:epc:id:sgln:0614141.12345.400",
            "https://id.gs1.org/414/0614141123452/254/400",
        ),
        (
            "urn:epc:id:sgln:0614141.12345.0",
            "https://dl.example.com/x/414/0614141123452",
        ),
        (
            "urn:epc:id:pgln:1234567.89012",
            "https://id.gs1.org/417/1234567890128",
        ),
        (
            "urn:epc:id:grai:0614141.12345.400",
            "https://id.gs1.org/8003/00614141123452400",
        ),
        (
            "urn:epc:id:giai:0614141.12345400",
            "https://id.gs1.org/8004/061414112345400",
        ),
        (
            "urn:epc:class:lgtin:4012345.012345.998877",
            "http://example.com/01/04012345123456/10/998877?17=261231",
        ),
        (
            "urn:epc:idpat:sgtin:4012345.012345.*",
            "https://id.gs1.org/gtin/4012345123456",
        ),
        (
            "urn:epc:id:cpi:0614141.123ABC.123456789",
            "https://id.gs1.org/8010/0614141123ABC/8011/123456789",
        ),
    ] {
        assert_eq!(epc(urn), epc(link), "{urn}");
        assert_eq!(epc(urn).urn().as_deref(), Some(urn));
        assert_eq!(epc(link).urn(), None, "the prefix's length is unknown");
    }
    assert_eq!(epc("urn:epc:id:bic:CSQU3054383").scheme(), Scheme::Bic);
    assert_eq!(container_check_digit("CSQU305438"), Some(3));
}

#[test]
fn only_the_finest_level_of_a_link_counts() {
    let serial = epc("https://id.gs1.org/01/09521141123454/21/A");
    assert_eq!(
        epc("https://id.gs1.org/01/09521141123454/22/2A/10/LOT/21/A"),
        serial
    );
    assert_eq!(epc("https://id.gs1.org/01/9521141123454/21/A/"), serial);
    assert_eq!(epc("https://shop.example/01/09521141123454/21/%41"), serial);
    assert_eq!(
        epc("https://id.gs1.org/01/09521141123454/10/LOT").scheme(),
        Scheme::Lgtin
    );
}

/// Found by fuzzing: the scheme's case hid the link, and the canonical form was not its own canonical form.
#[test]
fn a_link_is_recognised_whatever_the_case_of_its_scheme() {
    let written = epc("HTTPS://id.gs1.org/401/1234");
    assert_eq!(written, epc("https://id.gs1.org/401/1234"));
    assert_eq!(written.key(), "401/1234");
}

#[test]
fn a_mistyped_check_digit_is_pointed_out_and_makes_no_gs1_key() {
    let wrong = epc("https://id.gs1.org/01/09521141123457/21/A");
    assert_eq!(wrong.scheme(), Scheme::Uri);
    assert!(
        wrong
            .suspect()
            .expect("suspect")
            .fault
            .contains("should be 4")
    );
    assert!(
        epc("https://id.gs1.org/01/09521141123454/21/A")
            .suspect()
            .is_none()
    );
    assert!(epc("https://example.com/orders/0142").suspect().is_none());
    let container = epc("urn:epc:id:bic:CSQU3054384")
        .suspect()
        .expect("suspect");
    assert!(container.fault.contains("should be 3"));
    assert!(epc("urn:epc:id:bic:CSQU3054383").suspect().is_none());
}

#[test]
fn what_is_no_absolute_uri_is_refused() {
    for text in [
        "",
        "A-12",
        "urn:",
        ":x",
        "http://a b",
        "urn:x:\u{e9}",
        "1a:b",
        "urn:epc:tag:sgtin-96:3.1.2.3",
        "urn:epc:id:nope:1.2",
    ] {
        assert!(Epc::parse(text).is_err(), "{text}");
    }
    assert!(Epc::parse(&format!("urn:x:{}", "a".repeat(300))).is_err());
    assert_eq!(
        epc("URN:UUID:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6").key(),
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
    );
}

#[test]
fn stored_bytes_that_are_not_canonical_are_refused() {
    for text in [
        "01/9521141123454",
        "https://id.gs1.org/01/09521141123454",
        "\"urn:x:y",
        "!01/09521141123454/21/A ",
        "01/09521141123455",
        "",
    ] {
        let bytes = cbor::to_vec(text);
        assert!(cbor::from_slice::<Epc>(&bytes).is_err(), "{text}");
    }
}

/// Every literal of the `epc-uri` conformance data, by scheme.
#[test]
fn conformance_literals_are_accepted_and_refused_as_they_should() {
    let Some(dir) = vectors::dir("epc-uri") else {
        return;
    };
    let text = std::fs::read_to_string(dir.join("epc_uri_vectors.json")).expect("vectors");
    let all: Value = serde_json::from_str(&text).expect("json");
    let (mut accepted, mut refused, mut strings) = (0, 0, 0);
    for (scheme, groups) in all["vectors"].as_object().expect("schemes") {
        for (group, cases) in groups.as_object().expect("groups") {
            let about_tags = group.contains("TagEncodable") || group.contains("GS1Key");
            let invalid = group.ends_with("invalid_data");
            if invalid && about_tags {
                continue; // the identity is right; what fails is a tag's binary form or a GTIN's length
            }
            for case in cases.as_array().expect("cases") {
                let uri = case["uri"].as_str().expect("uri");
                let parsed = Epc::parse(uri)
                    .ok()
                    .filter(|epc| epc.scheme().name() == scheme);
                assert_eq!(
                    parsed.is_some(),
                    !invalid,
                    "{scheme} {group} {uri}: {:?}",
                    Epc::parse(uri)
                );
                let Some(parsed) = parsed else {
                    refused += 1;
                    continue;
                };
                accepted += 1;
                assert!(parsed.urn().is_some(), "{uri}");
                assert_eq!(Epc::parse(&parsed.to_string()).expect("link"), parsed);
                if let Some(elements) = case["gs1_element_string"].as_str() {
                    strings += 1;
                    assert_eq!(element_string(&parsed), elements, "{uri}");
                }
            }
        }
    }
    println!("epc-uri: {accepted} accepted, {refused} refused, {strings} element strings agree");
    assert!(accepted > 100 && refused > 40 && strings > 40);
}

/// `(AI)value` pairs of a canonical key, to compare with another implementation's.
fn element_string(epc: &Epc) -> String {
    let fields: Vec<&str> = epc.key().split('/').collect();
    fields
        .chunks(2)
        .map(|pair| {
            format!(
                "({}){}",
                pair[0],
                gs1::percent_decoded(pair[1]).expect("ascii")
            )
        })
        .collect()
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused_and_never_panics(text in "\\PC{0,60}") {
        if let Ok(parsed) = Epc::parse(&text) {
            prop_assert_eq!(&Epc::parse(&parsed.to_string()).unwrap(), &parsed);
            prop_assert_eq!(&cbor::from_slice::<Epc>(&cbor::to_vec(&parsed)).unwrap(), &parsed);
            parsed.suspect();
        }
    }

    #[test]
    fn near_urns_and_links_never_panic(
        head in prop::sample::select(vec!["urn:epc:id:sgtin:", "urn:epc:id:grai:", "urn:epc:id:adi:", "urn:epc:id:bic:", "urn:epc:id:giai:",
            "urn:epc:idpat:itip:", "urn:epc:class:lgtin:", "https://id.gs1.org/01/", "https://a/8003/", "https://a/253/", "urn:epc:id:sscc:"]),
        tail in "[0-9A-Z.%/é*-]{0,40}"
    ) {
        if let Ok(parsed) = Epc::parse(&format!("{head}{tail}")) {
            let bytes = cbor::to_vec(&parsed);
            let again = cbor::from_slice::<Epc>(&bytes).unwrap();
            prop_assert_eq!(again.urn(), parsed.urn());
            prop_assert_eq!(cbor::to_vec(&again), bytes);
        }
    }

    #[test]
    fn a_serial_keeps_every_character_through_both_forms(serial in "[!-%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}") {
        let serial: String = serial.chars().filter(|c| gs1::is_character_82(*c as u8)).collect();
        prop_assume!(!serial.is_empty());
        let urn = format!("urn:epc:id:sgtin:9521141.012345.{}", gs1::percent_encoded(&serial, gs1::stays_in_urn));
        let parsed = Epc::parse(&urn).unwrap();
        prop_assert_eq!(parsed.urn().unwrap(), urn);
        prop_assert_eq!(Epc::parse(&parsed.to_string()).unwrap(), parsed);
    }
}
