//! Parsers of what scanners, tag readers and people send (`convoy_types::identifiers`).

use super::{Outcome, Target, with_text};
use convoy_types::identifiers::{
    Epc,
    elements::{ElementString, recover},
    message::{Message, write_uii},
    scan::{Options, Separators, scan_with},
    tag::Tag,
    uii::UII_CHARS_MAX,
};

/// The rows of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "scan",
        bytes_max: 512,
        seeds: scan_seeds,
        run: scan,
    },
    Target {
        name: "element_string",
        bytes_max: 512,
        seeds: element_seeds,
        run: element_string,
    },
    Target {
        name: "mark",
        bytes_max: 512,
        seeds: mark_seeds,
        run: mark,
    },
    Target {
        name: "epc_tag",
        bytes_max: 256,
        seeds: tag_seeds,
        run: tag,
    },
];

fn seeds(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fn scan_seeds() -> Vec<Vec<u8>> {
    seeds(&[
        "]d2010952114112345410LOT\u{1d}21A7",
        "]C100395212341234567892",
        "(01)09521141123454(17)261231(10)ABC",
        "https://id.gs1.org/01/09521141123454/21/A7?17=261231&3103=000500",
        "urn:epc:tag:sgtin-198:1.9521141.012345.A7",
        "]E09521141123454",
        "[)>{RS}06{GS}17V1D381{GS}1P1234{GS}S786950{RS}{EOT}",
        "[)>0617V1D3811P1234S786950",
        "30C579D5D4ADB60000000000",
        "CSQU3054383",
        "NSN 5905-12-191-4312",
        "LEI 5493001KJTIIGC8Y1R12",
        "IMO 9074729",
        "UN/LOCODE EETLL",
    ])
}

/// A scan names something or says why not; what it names is canonical; knowing that separators are kept gives no error that
/// speaks of several readings of an element string.
fn scan(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let read = scan_with(text, &Options::default());
        if let Ok(scan) = &read {
            assert_ne!(scan.epc.is_some(), scan.without_epc.is_some());
            if let Some(epc) = &scan.epc {
                assert_eq!(Epc::parse(&epc.to_string()).as_ref(), Ok(epc));
            }
        }
        let kept = Options {
            separators: Separators::Kept,
            partial: true,
            company_prefix_digits: Some(7),
            ..Options::default()
        };
        let _ = scan_with(text, &kept);
        Outcome::of(&read)
    })
}

fn element_seeds() -> Vec<Vec<u8>> {
    seeds(&[
        "(00)395212341234567892(4309)02790858483015297971(4330)001250-",
        "(8013)1987654Ad4X4bL5ttr2310c2K",
        "(415)9521141123454(8020)ABC123(8007)DE91100000000123456789",
        "020952114112345415261200370048\u{1d}00395212341234567892",
        "010952114112345410AB17261231",
        "(8112)001234561234560123456",
    ])
}

/// Both forms are read back the same; every recovered reading is the text again when written without separators.
fn element_string(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let bracketed = ElementString::parse_bracketed(text);
        let raw = ElementString::parse_raw(text);
        for label in [&bracketed, &raw].into_iter().flatten() {
            assert_eq!(
                ElementString::parse_bracketed(&label.to_string()).as_ref(),
                Ok(label)
            );
            assert_eq!(ElementString::parse_raw(&label.raw()).as_ref(), Ok(label));
        }
        for reading in recover::readings(text, true, false).found {
            assert_eq!(reading.raw().replace('\u{1d}', ""), text);
        }
        match bracketed {
            Ok(_) => Outcome::Accepted,
            Err(_) => Outcome::of(&raw),
        }
    })
}

fn mark_seeds() -> Vec<Vec<u8>> {
    seeds(&[
        "[)>\u{1e}06\u{1d}17V1D381\u{1d}1P1234\u{1d}S786950\u{1e}\u{4}",
        "[)>\u{1e}06\u{1d}18S1D381786950\u{1e}\u{4}",
        "[)>\u{1e}06\u{1d}25SLDW81X9C786950\u{1e}\u{4}",
        "[)>\u{1e}12\u{1d}MFR 1D381\u{1d}SER 786950\u{1e}\u{4}",
        "[)>\u{1e}05\u{1d}800306141411234522A\u{1e}06\u{1d}30P12\u{1e}\u{4}",
    ])
}

/// An item's identifier is bounded, and its EPC leads back to it.
fn mark(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let read = Message::parse(text);
        if let Ok(message) = &read {
            let _ = message.elements();
            if let Ok(Some(uii)) = message.uii() {
                assert!(uii.to_string().len() <= UII_CHARS_MAX);
                let again = Message::parse(&write_uii(&uii)).expect("our own mark is read back");
                let again = again.uii().expect("an identifier").expect("an identifier");
                assert_eq!(again.to_string(), uii.to_string());
                if let Ok(epc) = uii.epc() {
                    assert_eq!(
                        epc.uii().map(|again| again.to_string()),
                        Ok(uii.to_string())
                    );
                }
            }
        }
        Outcome::of(&read)
    })
}

fn tag_seeds() -> Vec<Vec<u8>> {
    seeds(&[
        "30C579D5D4ADB60000000000",
        "3B157E316390F32CCE78D106310325CD06DD7200",
        "3D14257BF71CADD35D8000075BCD1500",
        "390039318D8401057AD850E2458D1E449952E64D9D3E851A4000",
        "urn:epc:tag:itip-110:7.4012345.012345.01.02.987",
        "urn:epc:tag:usdod-96:15.2S194.68719476735",
    ])
}

/// A tag that is read is written as the same bits and the same URI.
fn tag(bytes: &[u8]) -> Outcome {
    with_text(bytes, |text| {
        let read = match text.starts_with("urn:") {
            true => Tag::parse(text),
            false => Tag::from_hex(text),
        };
        if let Ok(tag) = &read {
            assert_eq!(Tag::from_hex(&tag.hex()).as_ref(), Ok(tag));
            assert_eq!(Tag::parse(&tag.to_string()).as_ref(), Ok(tag));
        }
        Outcome::of(&read)
    })
}
