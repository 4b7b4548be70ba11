use super::*;
use crate::identifiers::elements::GS;
use proptest::prelude::*;

fn read(text: &str) -> Scan {
    scan(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn key(text: &str) -> String {
    let found = read(text);
    match found.epc {
        Some(epc) => epc.key().to_owned(),
        None => panic!("{text}: {:?}", found.without_epc),
    }
}

fn refusal(text: &str) -> String {
    match scan(text) {
        Ok(found) => format!("{text} was read as {found:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_item_is_one_key_however_it_is_scanned() {
    let item = "01/09521141123454/21/A7";
    for text in [
        "(01)09521141123454(21)A7",
        "(01) 09521141123454 (21) A7\r\n",
        "]d2010952114112345421A7",
        "]d2\u{1d}010952114112345421A7",
        "]Q3010952114112345421A7",
        "]C1010952114112345421A7",
        "]e0010952114112345421A7",
        "]J1010952114112345421A7",
        "010952114112345421A7",
        "\u{1d}010952114112345421A7",
        "<GS>010952114112345421A7",
        "]d2010952114112345410LOT\u{1d}21A7",
        "]d2010952114112345410LOT<GS>21A7",
        "]d2010952114112345410LOT{GS}21A7",
        "]d2010952114112345410LOT\\x1d21A7",
        "]d2010952114112345410LOT\\u001d21A7",
        "]d2010952114112345410LOT|21A7",
        "]d2010952114112345410LOT~21A7",
        "]d2010952114112345410LOT 21A7",
        "]d2010952114112345410LOT^]21A7",
        "010952114112345410LOT|21A7",
        "01 09521141123454 21 A7",
        "]d2010952114112345410LOT\u{241d}21A7",
        "https://id.gs1.org/01/09521141123454/21/A7",
        "HTTPS://ID.GS1.ORG/01/09521141123454/21/A7",
        "]Q1https://example.com/x/01/09521141123454/10/LOT/21/A7?17=261231&linkType=gs1:pip",
        "urn:epc:id:sgtin:9521141.012345.A7",
        "urn:epc:tag:sgtin-198:1.9521141.012345.A7",
        "[)>\u{1e}05\u{1d}0109521141123454\u{1d}21A7\u{1e}\u{4}",
    ] {
        assert_eq!(key(text), item, "{text:?}");
    }
}

#[test]
fn what_a_label_says_beside_the_key_comes_typed() {
    let found = read(
        "]C1020952114112345415261200370048\u{1d}00395212341234567892\u{1d}3302001250400PO-7\u{1d}70015905121914312",
    );
    assert_eq!(found.symbology, Some("GS1-128"));
    assert_eq!(found.epc.unwrap().key(), "00/395212341234567892");
    let data = found.data;
    assert_eq!(data.count, Some(48));
    assert_eq!(data.content_gtin.as_deref(), Some("09521141123454"));
    assert_eq!(data.best_before.unwrap().to_string(), "2026-12");
    assert_eq!(data.best_before.unwrap().last_day(), 31);
    assert_eq!(
        data.gross_mass.as_ref().unwrap().value().to_string(),
        "12.50"
    );
    assert_eq!(data.gross_mass.unwrap().unit(), "KGM");
    assert_eq!(data.order.as_deref(), Some("PO-7"));
    assert_eq!(data.nsn.unwrap().to_string(), "5905-12-191-4312");

    let link = read("https://a.example/gtin/9521141123454/lot/L1?17=280229&3103=000500");
    assert_eq!(link.kind, Kind::DigitalLink);
    assert_eq!(link.data.lot.as_deref(), Some("L1"));
    assert_eq!(link.data.expiry.unwrap().to_string(), "2028-02-29");
    assert_eq!(link.data.net_mass.unwrap().value().to_string(), "0.500");
}

/// GS1 General Specifications section 7.12: 51 years back, 50 ahead.
#[test]
fn the_century_of_a_date_is_the_nearest() {
    let year = |text: &str, now| {
        let options = Options {
            year: now,
            ..Options::default()
        };
        let text = format!("(01)09521141123454(17){text}0101");
        scan_with(&text, &options)
            .unwrap()
            .data
            .expiry
            .unwrap()
            .year
    };
    assert_eq!(year("76", 2026), 2076);
    assert_eq!(year("77", 2026), 1977);
    assert_eq!(year("00", 2026), 2000);
    assert_eq!(year("00", 1998), 2000);
    assert_eq!(year("49", 2099), 2149);
    assert_eq!(year("50", 2099), 2050);
}

#[test]
fn lost_separators_are_put_back_only_where_one_reading_is_left() {
    let full = "]d2010952114112345410AAAAAAAAAAAAAAAAAAAA17261231";
    let found = read(full);
    assert_eq!(found.data.expiry.unwrap().to_string(), "2026-12-31");
    assert_eq!(found.data.lot.as_deref(), Some("AAAAAAAAAAAAAAAAAAAA"));
    assert!(
        found.notes[0].contains("separators were lost"),
        "{:?}",
        found.notes
    );

    for text in [
        "]d2010952114112345410AB17261231",
        "010952114112345410AB1726123121C",
    ] {
        let said = refusal(text);
        assert!(
            said.contains("can be read as `(01)09521141123454(10)AB17261231"),
            "{said}"
        );
        assert!(said.contains("(10)AB(17)261231"), "{said}");
        assert!(said.contains("GS (0x1D)"), "{said}");
    }
    let kept = Options {
        separators: Separators::Kept,
        ..Options::default()
    };
    let found = scan_with("]d2010952114112345410AB17261231", &kept).unwrap();
    assert_eq!(found.data.lot.as_deref(), Some("AB17261231"));
}

#[test]
fn a_broken_label_is_refused_by_the_rule_it_breaks() {
    for (text, words) in [
        (
            "]d20109521141123457",
            "the check digit is 7 and should be 4",
        ),
        ("0109521141123457", "the check digit is 7 and should be 4"),
        ("]d2010952114112345417261301", "the month is not 01 to 12"),
        ("]d210LOT", "it stands without (01)"),
        (
            "]d2010952114112345410A|B~21C",
            "cannot be part of a GS1 element",
        ),
        (
            "]d2010952114112345410A\u{1d}\u{1d}21C",
            "starts with no application identifier",
        ),
        ("]E09521141123457", "right check digit"),
        ("]E212345", "add-on"),
        ("", "it is empty"),
        (" \r\n", "it is empty"),
        ("https://id.gs1.org/01/09521141123457/21/A", "should be 4"),
        (
            "https://id.gs1.org/01/09521141123454/21/A?17=991399",
            "the month is not 01 to 12",
        ),
        (
            "https://id.gs1.org/01/09521141123454?10=%zz",
            "is not percent-encoded",
        ),
        (
            "https://id.gs1.org/01/09521141123454?19=1",
            "no application identifier",
        ),
        ("urn:epc:id:bic:CSQU3054384", "should be 3"),
        (
            "urn:epc:tag:sgtin-96:1.9521141.012345.0123",
            "sgtin-96 cannot carry it",
        ),
        ("hello world", "is no key, code"),
        ("NSN 12", "13 digits"),
        (
            "LEI 5493001KJTIIGC8Y1R13",
            "the check digits are 13 and should be 12",
        ),
    ] {
        let said = refusal(text);
        assert!(said.contains(words), "{text}: {said}");
    }
    let partial = Options {
        partial: true,
        ..Options::default()
    };
    let found = scan_with("]C110LOT", &partial).unwrap();
    assert_eq!(found.data.lot.as_deref(), Some("LOT"));
    assert!(
        found
            .without_epc
            .unwrap()
            .fault
            .contains("no element of it is a key")
    );
}

/// Codes from ISO 6346's annex, IMO A.1117's example, GLEIF's own LEI, UN/ECE's list, GS1's and NATO's public examples.
#[test]
fn single_codes_are_recognised_by_their_form_or_their_name() {
    for (text, name, code) in [
        ("CSQU3054383", "container", "CSQU3054383"),
        ("csqu 305438 3", "container", "CSQU3054383"),
        ("IMO 9074729", "IMO number", "IMO 9074729"),
        ("imo:9074729", "IMO number", "IMO 9074729"),
        ("5493001KJTIIGC8Y1R12", "LEI", "5493001KJTIIGC8Y1R12"),
        ("5905-12-191-4312", "NSN", "5905-12-191-4312"),
        ("NSN 5905121914312", "NSN", "5905-12-191-4312"),
        ("CAGE 1D381", "CAGE", "1D381"),
        ("NCAGE I9001", "CAGE", "I9001"),
        ("UN/LOCODE EETLL", "UN/LOCODE", "EETLL"),
        ("W81X9C", "DoDAAC", "W81X9C"),
        ("]E09521141123454", "GTIN", "9521141123454"),
        ("]E0012345678905", "GTIN", "012345678905"),
        ("]E496385074", "GTIN", "96385074"),
        ("GTIN 96385074", "GTIN", "96385074"),
        ("SSCC 395212341234567892", "SSCC", "395212341234567892"),
        (
            "30C579D5D4ADB60000000000",
            "EPC memory",
            "urn:epc:tag:sgtin-96:6.50712192365.88.0",
        ),
    ] {
        let found = read(text);
        assert_eq!(found.code, Some((name, code.to_owned())), "{text}");
        assert_ne!(found.epc.is_some(), found.without_epc.is_some(), "{text}");
    }
    for (text, some) in [
        ("395212341234567892", ["SSCC", "GSRN"]),
        ("9521141123454", ["GTIN", "GLN"]),
        ("EETLL", ["CAGE", "UN/LOCODE"]),
    ] {
        let said = refusal(text);
        assert!(
            some.iter().all(|name| said.contains(name)),
            "{text}: {said}"
        );
    }
}

/// MIL-STD-130N with change 1: figures 2 to 9 and tables A-II, A-III.
#[test]
fn marks_of_military_items_give_their_identifier_and_epc() {
    let (rs, gs, eot) = ('\u{1e}', GS, '\u{4}');
    for (fields, uii, epc) in [
        (
            "06|17V1D381|1P1234|S786950",
            "D1D3811234786950",
            "urn:epc:id:adi:1D381.1234.786950",
        ),
        (
            "06|18S1D381786950",
            "D1D381786950",
            "urn:epc:id:adi:1D381..786950",
        ),
        (
            "06|7LW81X9C|1P3KL984PX1|S2WMA-52",
            "LDW81X9C3KL984PX12WMA-52",
            "urn:epc:id:adi:W81X9C.3KL984PX1.2WMA-52",
        ),
        (
            "06|18VD1D381|1PA/B|S7",
            "D1D381A/B7",
            "urn:epc:id:adi:1D381.A%2FB.7",
        ),
        (
            "12|MFR 1D381|SER 786950",
            "D1D381786950",
            "urn:epc:id:adi:1D381..786950",
        ),
        (
            "DD|MFR 1D381|PNO 1234|SEQ 786950",
            "D1D3811234786950",
            "urn:epc:id:adi:1D381.1234.786950",
        ),
    ] {
        let inner = fields.replace('|', "\u{1d}");
        let found = read(&format!("[)>{rs}{inner}{rs}{eot}"));
        assert_eq!(found.kind, Kind::Mark);
        assert_eq!(found.uii.unwrap().to_string(), uii);
        assert_eq!(found.epc.unwrap().key(), epc, "{fields}");
        // Separators by name, RS lost, and one character for all.
        for text in [
            format!("]d1[)>{{RS}}{}{{RS}}{{EOT}}", fields.replace('|', "{GS}")),
            format!("[)>{}", fields.replace('|', "<GS>")),
            format!("[)>|{fields}|"),
            format!("[)>^^{}^^^D", fields.replace('|', "^]")),
            format!("[)>~{fields}~"),
            format!("[)>{rs}{fields}{rs}{eot}"),
        ] {
            assert_eq!(read(&text).epc.unwrap().key(), epc, "{text}");
        }
    }
    assert_eq!(
        key("[)>\u{1e}0617V1D3811P1234S786950\u{1e}\u{4}"),
        "urn:epc:id:adi:1D381.1234.786950"
    );
    let only = read("[)>0617V1D3811P1234S786950");
    assert_eq!(only.epc.unwrap().key(), "urn:epc:id:adi:1D381.1234.786950");
    assert!(only.notes[0].contains("separators were lost"));
    assert_eq!(gs, '\u{1d}');
}

#[test]
fn a_mark_without_epc_says_why() {
    let mark = |fields: &str| {
        scan(&format!(
            "[)>\u{1e}06\u{1d}{}\u{1e}\u{4}",
            fields.replace('|', "\u{1d}")
        ))
    };
    for (fields, words) in [
        (
            "17VI9001|1P12|S7",
            "ADI forbids I and O, and the CAGE I9001 has I",
        ),
        (
            "12V123456789|1P12|S7",
            "ADI takes a CAGE or DoDAAC and this has D-U-N-S number",
        ),
        ("17V1D381|1T12|S7", "serialised within a lot"),
        ("25SD1D381786950", "does not say whether a part number"),
        ("1P12|30P13", "names no single item"),
    ] {
        let found = mark(fields).unwrap_or_else(|error| panic!("{fields}: {error}"));
        let why = found.without_epc.expect("no EPC").to_string();
        assert!(why.contains(words), "{fields}: {why}");
    }
    for (fields, words) in [
        ("17V1D381|S7", "neither the part number"),
        ("1P12|S7", "no enterprise"),
        ("17V1D381|1P12|1T9|S7", "both a part number and a lot"),
        ("17V1D381|7LW81X9C|1P12|S7", "a second enterprise"),
        ("17V1I381|1P12|S7", "no I and no O"),
        ("17V1D381|1P1 2|S7", "is not of A to Z"),
        ("17V1D381|1P|S7", "no name or no value"),
        (
            "17V1D381|1PAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|SBBBBBBBBBBBBBBBBBBBB",
            "at most 50",
        ),
    ] {
        let said = match mark(fields) {
            Ok(found) => format!("read as {found:?}"),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(words), "{fields}: {said}");
    }
    let several = refusal("[)>0617V1D3811PAS1S786950");
    assert!(several.contains("can be read as"), "{several}");
    assert!(refusal("[)>0617V1D381").contains("separators of the mark are lost"));
    assert!(refusal("[)>\u{1e}99\u{1d}X\u{1e}").contains("no format that is read here"));
}

#[test]
fn an_object_is_named_by_any_uri_and_by_a_scan() {
    for (text, key) in [
        (
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ),
        ("did:web:est.example", "did:web:est.example"),
        ("CSQU3054383", "urn:epc:id:bic:CSQU3054383"),
        ("(00)395212341234567892", "00/395212341234567892"),
    ] {
        assert_eq!(object(text).unwrap().key(), key);
    }
    for text in [
        "5905-12-191-4312",
        "no-identifier",
        "urn:epc:id:sgtin:1.2.3",
    ] {
        assert!(object(text).is_err(), "{text}");
    }
}

#[test]
fn the_company_prefix_is_taken_where_it_is_said() {
    let options = Options {
        company_prefix_digits: Some(7),
        ..Options::default()
    };
    let found = scan_with("]d2010952114112345421A7", &options).unwrap();
    assert_eq!(
        found.epc.unwrap().to_urn().unwrap(),
        "urn:epc:id:sgtin:9521141.012345.A7"
    );
    let needed = read("]d2010952114112345421A7").epc.unwrap().to_urn();
    assert!(
        needed
            .unwrap_err()
            .fault
            .contains("company prefix is not known")
    );
    let options = Options {
        company_prefix_digits: Some(13),
        ..options
    };
    assert!(scan_with("]d2010952114112345421A7", &options).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_never_panics(text in "\\PC{0,60}", near in "(\\]d2|\\[\\)>|\\(01\\)|urn:epc:tag:|NSN |30|)[0-9A-Z()|~<>GS\u{1d}\u{1e}./-]{0,60}") {
        for text in [&text, &near] {
            if let Ok(found) = scan(text) {
                prop_assert_ne!(found.epc.is_some(), found.without_epc.is_some());
                if let Some(epc) = found.epc {
                    prop_assert_eq!(&Epc::parse(&epc.to_string()).unwrap(), &epc);
                }
            }
        }
    }

    /// Dropping separators never gives another object: the label is read rightly, or refused.
    #[test]
    fn a_dropped_separator_never_changes_what_is_read(lot in "[0-9A-Z]{1,20}", serial in "[0-9A-Z]{1,20}", date in 0u32..28) {
        let sent = format!("]d2010952114112345410{lot}{GS}1727{:02}{:02}21{serial}", 1 + date % 12, 1 + date);
        let whole = read(&sent);
        if let Ok(found) = scan(&sent.replace(GS, "")) {
            prop_assert_eq!(found.epc, whole.epc);
            prop_assert_eq!(found.data, whole.data);
        }
    }
}
