//! Conversions against the published literals, and both ways over generated identifiers.

use super::{codes::*, elements::ElementString, message::Message, tag::Tag, uii::*, *};
use crate::vectors;
use proptest::prelude::*;
use serde_json::Value;

fn epc(text: &str) -> Epc {
    Epc::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn cases(mut check: impl FnMut(&str, &str, &Value)) {
    let Some(dir) = vectors::dir("epc-uri") else {
        return;
    };
    let text = std::fs::read_to_string(dir.join("epc_uri_vectors.json")).expect("vectors");
    let all: Value = serde_json::from_str(&text).expect("json");
    for (scheme, groups) in all["vectors"].as_object().expect("schemes") {
        for (group, cases) in groups.as_object().expect("groups") {
            for case in cases.as_array().expect("cases") {
                check(scheme, group, case);
            }
        }
    }
}

#[test]
fn published_element_strings_and_keys_are_those_we_write_and_read() {
    let (mut strings, mut keys) = (0, 0);
    cases(|scheme, group, case| {
        if group.ends_with("invalid_data") {
            return;
        }
        let parsed = epc(case["uri"].as_str().expect("uri"));
        if let Some(elements) = case["gs1_element_string"].as_str() {
            strings += 1;
            assert_eq!(parsed.element_string().unwrap(), elements);
            let digits = case["company_prefix_length"].as_u64().expect("length");
            if let Ok(label) = ElementString::parse_bracketed(elements) {
                let back = Epc::from_elements(&label).unwrap();
                let back = back
                    .with_company_prefix(u8::try_from(digits).unwrap())
                    .unwrap();
                assert_eq!(back.to_urn().unwrap(), case["uri"].as_str().unwrap());
                assert_eq!(
                    ElementString::parse_raw(&parsed.raw_element_string().unwrap()).unwrap(),
                    label
                );
            } else {
                // The Tag Data Standard lets a piece 00 of 00 through; element strings do not.
                assert_eq!(scheme, "itip", "{elements}");
            }
        }
        if let Some(key) = case["gs1_key"].as_str()
            && matches!(scheme, "sgtin" | "lgtin")
        {
            keys += 1;
            let digits = u8::try_from(key.len()).unwrap();
            assert_eq!(parsed.gtin(digits).unwrap(), key);
        }
    });
    println!("epc-uri: {strings} element strings, {keys} GTINs");
}

#[test]
fn a_gtin_that_has_more_digits_is_not_shortened() {
    let mut refused = 0;
    cases(|_, group, case| {
        if group.contains("GS1Key.invalid_data") {
            let digits = if case["kwargs"].as_str().unwrap().contains("12") {
                12
            } else {
                13
            };
            assert!(
                epc(case["uri"].as_str().unwrap()).gtin(digits).is_err(),
                "{case}"
            );
            refused += 1;
        }
    });
    println!("epc-uri: {refused} GTINs refused");
    assert!(epc("urn:epc:id:sscc:0614141.1234567890").gtin(14).is_err());
}

/// Scheme and filter of a published case, from what it calls them.
fn tag_name(scheme: &str, case: &Value) -> Option<String> {
    let said = case["kwargs"].as_str()?;
    let name = said
        .split("BinaryCodingScheme.")
        .nth(1)?
        .split([',', '}'])
        .next()?;
    let name = name.to_lowercase().replace('_', "-");
    name.starts_with(scheme).then_some(name)
}

#[test]
fn published_tags_are_read_and_written_bit_for_bit() {
    let (mut read, mut refused) = (0, 0);
    cases(|scheme, group, case| {
        if !group.contains("TagEncodable") {
            return;
        }
        let uri = case["uri"].as_str().expect("uri");
        if group.ends_with("invalid_data") {
            let name = tag_name(scheme, case).expect("a scheme");
            let error = Tag::of(&epc(uri), &name, 0).expect_err(uri);
            assert!(error.fault.contains("cannot carry it"), "{error}");
            refused += 1;
            return;
        }
        let (tag_uri, hex) = (
            case["tag_uri"].as_str().unwrap(),
            case["hex"].as_str().unwrap(),
        );
        let tag = Tag::parse(tag_uri).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(tag.epc().unwrap().to_urn().unwrap(), uri);
        assert_eq!(tag.hex(), hex, "{tag_uri}");
        assert_eq!(
            Tag::from_hex(hex).unwrap_or_else(|error| panic!("{error}")),
            tag
        );
        assert_eq!(tag.to_string(), tag_uri);
        assert_eq!(Tag::of(&epc(uri), tag.name(), tag.filter()).unwrap(), tag);
        read += 1;
    });
    println!("epc-uri: {read} tags agree, {refused} refused");
}

#[test]
fn tag_memory_that_no_scheme_writes_is_refused() {
    for (hex, words) in [
        ("E2801160600002054E1B2A9C", "header E2"),
        ("30C579D5D4ADB6", "the memory ends within the EPC"),
        ("30DC79D5D4ADB60000000000", "the partition is 7"),
        ("31542578F4499602D2000001", "bits are set behind"),
        ("zz", "hexadecimal digits"),
        // Found by fuzzing: 104422123 fits 27 bits, but beside a prefix of 7 digits there are 8.
        ("3C14257BF71CAD75BCD15000000", "has more than 8 digits"),
    ] {
        let error = Tag::from_hex(hex).expect_err(hex).to_string();
        assert!(error.contains(words), "{hex}: {error}");
    }
    let raw = Tag::parse("urn:epc:raw:96.x30C579D5D4ADB60000000000").unwrap();
    assert_eq!(raw.to_string(), "urn:epc:tag:sgtin-96:6.50712192365.88.0");
    for text in [
        "urn:epc:raw:64.x30C579D5D4ADB60000000000",
        "urn:epc:tag:sgtin-96:8.9521141.012345.1",
        "urn:epc:tag:sgtin-96:9521141.012345.1",
        "urn:epc:tag:nope-96:1.9521141.012345.1",
        "urn:epc:id:sgtin:9521141.012345.1",
    ] {
        assert!(Tag::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_form_that_does_not_exist_is_refused_by_name() {
    let said = |error: IdentifierError| error.to_string();
    let part = epc("urn:epc:id:adi:1D381.1234.786950");
    assert!(said(part.element_string().unwrap_err()).contains(
        "no element string: no application identifier is for an aerospace or defence part (ADI)"
    ));
    assert!(said(part.digital_link("id.gs1.org").unwrap_err()).contains("is no GS1 key"));
    let item = epc("https://id.gs1.org/01/09521141123454/21/7");
    assert!(
        said(item.to_urn().unwrap_err())
            .contains("the length of the GS1 company prefix is not known")
    );
    assert!(said(item.uii().unwrap_err()).contains("has no UII: a trade item with serial (SGTIN)"));
    assert!(
        said(epc("urn:epc:id:adi:1D381..%23786950").uii().unwrap_err())
            .contains("the tag's and not the item's")
    );
    assert!(
        said(
            epc("https://id.gs1.org/8006/095211411234540102/10/L")
                .to_urn()
                .unwrap_err()
        )
        .contains("a lot of pieces")
    );
    assert!(item.digital_link("bad domain").is_err());
    assert_eq!(
        item.digital_link("id.example.org/parts").unwrap(),
        "https://id.example.org/parts/01/09521141123454/21/7"
    );
    let names: Vec<&str> = forms(&item, "id.gs1.org")
        .iter()
        .map(|form| form.name)
        .collect();
    assert_eq!(names.len(), 6);
}

#[test]
fn codes_are_held_to_their_check_digits_and_forms() {
    assert_eq!(Nsn::parse("5905-12-191-4312").unwrap().niin(), "121914312");
    assert!(Nsn::parse("0905-12-191-4312").is_err());
    assert!(Cage::parse("1D381").unwrap().is_us());
    assert!(!Cage::parse("K0654").unwrap().is_us());
    for wrong in ["1O381", "1D38", "1D-81", "\u{e9}1D38"] {
        assert!(Cage::parse(wrong).is_err(), "{wrong}");
    }
    assert_eq!(UnLocode::parse("ee tll").unwrap().country(), "EE");
    for wrong in ["EETL1", "QQTLL", "EETL", "EETLLL"] {
        assert!(UnLocode::parse(wrong).is_err(), "{wrong}");
    }
    assert!(ImoNumber::parse("IMO 9074728").is_err());
    assert!(Container::parse("CSQU3054384").is_err());
    assert!(Container::parse("CSQA3054383").is_err());
    assert!(Dodaac::parse("W81X9").is_err());
    let json = serde_json::to_string(&Nsn::parse("5905 12 191 4312").unwrap()).unwrap();
    assert_eq!(json, "\"5905121914312\"");
    assert!(serde_json::from_str::<Nsn>("\"590512191431\"").is_err());
}

#[test]
fn an_undivided_identifier_is_divided_only_by_who_knows_its_part_number() {
    let uii = Uii::parse("D1D3811234786950").unwrap();
    assert_eq!(uii.construct(), None);
    assert!(uii.epc().is_err());
    let divided = uii.as_construct_2("1234").unwrap();
    assert_eq!(
        divided.epc().unwrap(),
        epc("urn:epc:id:adi:1D381.1234.786950")
    );
    assert_eq!(
        uii.as_construct_1().epc().unwrap(),
        epc("urn:epc:id:adi:1D381..1234786950")
    );
    assert!(uii.as_construct_2("99").is_err());
    assert!(
        uii.as_construct_2("1234786950").is_err(),
        "nothing is left for the serial"
    );
    assert_eq!(divided.to_string(), uii.to_string());
    let other = Uii::parse("LB1234567").unwrap();
    assert_eq!(
        (other.enterprise(), other.construct()),
        (&Enterprise::Unsaid, None)
    );
    assert!(
        other
            .epc()
            .unwrap_err()
            .fault
            .contains("does not set apart")
    );
    assert_eq!(other.to_string(), "LB1234567");
    for wrong in ["D1D38", "D1D381", "LDW81", "UN12345678A1", ""] {
        assert!(Uii::parse(wrong).is_err(), "{wrong}");
    }
}

/// Every scheme's URN, with references and serials of the characters it takes.
fn urns() -> impl Strategy<Value = String> {
    let serial = "[0-9A-Za-z_.:;=!'()*+,-]{1,12}";
    let digits = 6usize..13;
    let code = prop::sample::select(vec!["1D381", "K0654", "W81X9C", "S4306"]);
    prop_oneof![
        (
            digits.clone(),
            "[0-9]{13}",
            serial,
            prop::sample::select(vec!["id:sgtin", "id:upui", "class:lgtin"])
        )
            .prop_map(|(cut, all, serial, form)| format!(
                "urn:epc:{form}:{}.{}.{serial}",
                &all[..cut],
                &all[cut..]
            )),
        (
            digits.clone(),
            "[0-9]{17}",
            prop::sample::select(vec!["sscc", "gsrn", "gsrnp"])
        )
            .prop_map(|(cut, all, scheme)| format!(
                "urn:epc:id:{scheme}:{}.{}",
                &all[..cut],
                &all[cut..]
            )),
        (
            digits.clone(),
            "[0-9]{12}",
            serial,
            prop::sample::select(vec!["grai", "gdti", "sgln"])
        )
            .prop_map(|(cut, all, serial, scheme)| format!(
                "urn:epc:id:{scheme}:{}.{}.{serial}",
                &all[..cut],
                &all[cut..]
            )),
        (
            digits.clone(),
            "[0-9]{12}",
            serial,
            prop::sample::select(vec!["giai", "ginc"])
        )
            .prop_map(|(cut, all, serial, scheme)| format!(
                "urn:epc:id:{scheme}:{}.{serial}",
                &all[..cut]
            )),
        (digits.clone(), "[0-9]{12}", "[0-9]{1,12}").prop_map(|(cut, all, serial)| format!(
            "urn:epc:id:sgcn:{}.{}.{serial}",
            &all[..cut],
            &all[cut..]
        )),
        (digits.clone(), "[0-9]{12}").prop_map(|(cut, all)| format!(
            "urn:epc:id:pgln:{}.{}",
            &all[..cut],
            &all[cut..]
        )),
        (
            digits.clone(),
            "[0-9]{12}",
            "[A-Z0-9-]{1,10}",
            0u64..999_999_999_999
        )
            .prop_map(|(cut, all, part, serial)| format!(
                "urn:epc:id:cpi:{}.{part}.{serial}",
                &all[..cut]
            )),
        (digits, "[0-9]{13}", 1u8..50, serial).prop_map(|(cut, all, piece, serial)| format!(
            "urn:epc:id:itip:{}.{}.{piece:02}.99.{serial}",
            &all[..cut],
            &all[cut..]
        )),
        (code, "[0-9A-Z-]{0,12}", "[0-9A-Z-]{1,12}")
            .prop_map(|(code, part, serial)| format!("urn:epc:id:adi:{code}.{part}.{serial}")),
    ]
}

proptest! {
    #[test]
    fn every_form_is_read_back_as_the_same_identifier(urn in urns()) {
        let original = epc(&urn);
        prop_assert_eq!(&original.to_urn().unwrap(), &urn);
        if let Ok(link) = original.digital_link("id.example.org") {
            prop_assert_eq!(&epc(&link), &original);
        }
        if let Ok(text) = original.element_string() {
            let label = ElementString::parse_bracketed(&text).unwrap();
            let back = Epc::from_elements(&label).unwrap();
            prop_assert_eq!(&back, &original);
            let digits = original.company_prefix_digits().unwrap();
            prop_assert_eq!(back.with_company_prefix(digits).unwrap().to_urn().unwrap(), urn);
            let raw = original.raw_element_string().unwrap();
            prop_assert_eq!(ElementString::parse_raw(&raw).unwrap(), label);
        }
        if let Ok(text) = original.uii_message() {
            let message = Message::parse(&text).unwrap();
            match message.elements().unwrap() {
                Some(label) => prop_assert_eq!(Epc::from_elements(&label).unwrap(), original),
                None => {
                    let uii = message.uii().unwrap().unwrap();
                    prop_assert_eq!(uii.to_string(), original.uii().unwrap().to_string());
                    // A DoDAAC's construct 1 has no field of its own, so its mark is an undivided identifier.
                    let divided = uii.as_construct_1();
                    prop_assert_eq!(divided.epc().unwrap(), original);
                }
            }
        }
    }

    #[test]
    fn a_tag_that_carries_an_identity_gives_it_back(urn in urns(), filter in 0u8..8) {
        let original = epc(&urn);
        for name in ["sgtin-96", "sgtin-198", "sscc-96", "sgln-96", "sgln-195", "grai-96", "grai-170", "giai-96", "giai-202", "gsrn-96",
            "gsrnp-96", "gdti-96", "gdti-113", "gdti-174", "cpi-96", "cpi-var", "sgcn-96", "itip-110", "itip-212", "adi-var"] {
            if let Ok(tag) = Tag::of(&original, name, filter) {
                let read = Tag::from_hex(&tag.hex()).unwrap();
                prop_assert_eq!(&read, &tag);
                prop_assert_eq!(read.epc().unwrap().to_urn().unwrap(), urn.clone());
                prop_assert_eq!(Tag::parse(&tag.to_string()).unwrap(), tag);
            }
        }
    }

    #[test]
    fn any_tag_memory_or_mark_is_read_or_refused_and_never_panics(hex in "(30|31|32|33|34|35|36|37|38|39|3B|3D|41|2F)[0-9A-F]{20,60}", mark in "\\[\\)>\u{1e}(05|06|12)(\u{1d}(17V|1P|S|18S|25S|MFR|SEQ|01|21)[0-9A-Z/-]{0,12}){0,5}\u{1e}?\u{4}?") {
        if let Ok(tag) = Tag::from_hex(&hex) {
            prop_assert_eq!(Tag::from_hex(&tag.hex()).unwrap(), tag);
        }
        if let Ok(message) = Message::parse(&mark) {
            if let Ok(Some(uii)) = message.uii() {
                prop_assert!(uii.to_string().len() <= UII_CHARS_MAX);
            }
            let _ = message.elements();
        }
    }
}
