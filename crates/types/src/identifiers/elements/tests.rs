use super::{
    ai::{Ai, Part, Set},
    checks::NAMES,
    recover::readings,
    *,
};
use crate::vectors;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn read(text: &str) -> ElementString {
    ElementString::parse_bracketed(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refusal(text: &str) -> String {
    match ElementString::parse_bracketed(text) {
        Ok(string) => string
            .check_associations()
            .map(|()| format!("{text} was read"))
            .unwrap_or_else(|error| error.to_string()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_row_of_the_table_is_well_formed_and_no_identifier_starts_another() {
    let codes: Vec<&str> = Ai::all().map(Ai::code).collect();
    assert!(codes.len() > 500, "{}", codes.len());
    for pair in codes.windows(2) {
        assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
    }
    let rows: BTreeSet<&str> = super::table::TABLE.lines().collect();
    assert_eq!(rows.len(), super::table::TABLE.lines().count());
    for row in rows {
        let first = row.split([' ', '-']).next().unwrap();
        assert!(Ai::get(first).is_some(), "the row `{row}` was not read");
    }
}

/// One part as the published dictionary writes it.
fn published(part: &Part) -> String {
    let set = match part.set {
        Set::Digits => "N",
        Set::Set82 => "X",
        Set::Set39 => "Y",
        Set::Base64Url => "Z",
    };
    let length = match part.length.start() == part.length.end() {
        true => part.length.end().to_string(),
        false => format!("..{}", part.length.end()),
    };
    let shape = format!("{set}{length}");
    let mut text = match part.optional {
        true => format!("[{shape}]"),
        false => shape,
    };
    for check in &part.checks {
        let (_, _, name) = NAMES.iter().find(|(_, known, _)| known == check).unwrap();
        text += &format!(",{name}");
    }
    text
}

#[test]
fn the_table_says_of_every_identifier_what_the_published_dictionary_says() {
    let Some(dir) = vectors::dir("gs1-syntax") else {
        return;
    };
    let text = std::fs::read_to_string(dir.join("gs1-syntax-dictionary.txt")).expect("dictionary");
    let mut seen = BTreeSet::new();
    for line in text
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
    {
        let (body, title) = line.split_once(" # ").unwrap_or((line, ""));
        let mut words = body.split_whitespace().peekable();
        let codes = words.next().unwrap();
        let flags = words
            .next_if(|word| word.starts_with(['*', '?']))
            .unwrap_or("");
        let (mut parts, mut needs, mut excludes) = (Vec::new(), Vec::new(), Vec::new());
        for word in words {
            match word.split_once('=') {
                Some(("req", list)) => needs.push(list),
                Some(("ex", list)) => excludes.extend(list.split(',')),
                Some(("dlpkey", _)) => {}
                None if word == "dlpkey" => {}
                _ => parts.push(word),
            }
        }
        let (first, last) = codes.split_once('-').unwrap_or((codes, codes));
        for number in first.parse::<u16>().unwrap()..=last.parse().unwrap() {
            let code = format!("{number:0width$}", width = first.len());
            let ai = Ai::get(&code).unwrap_or_else(|| panic!("({code}) is missing"));
            assert_eq!(
                ai.parts.iter().map(published).collect::<Vec<_>>(),
                parts,
                "({code})"
            );
            assert_eq!(ai.predefined, flags.contains('*'), "({code})");
            assert_eq!(ai.link_attribute, flags.contains('?'), "({code})");
            assert_eq!(ai.excludes, excludes, "({code})");
            let ours: Vec<String> = ai
                .needs
                .iter()
                .map(|group| {
                    group
                        .iter()
                        .map(|all| all.join("+"))
                        .collect::<Vec<_>>()
                        .join(",")
                })
                .collect();
            assert_eq!(ours, needs, "({code})");
            if !title.is_empty() {
                assert_eq!(ai.title, title.trim(), "({code})");
            }
            seen.insert(code);
        }
    }
    let ours: BTreeSet<String> = Ai::all().map(|ai| ai.code().to_owned()).collect();
    assert_eq!(ours, seen);
    println!("gs1-syntax: {} identifiers agree", seen.len());
}

/// Examples of the General Specifications, sections 2, 3 and 7.9.
#[test]
fn examples_of_the_standard_are_read_and_written_back() {
    for text in [
        "(00)395212341234567892",
        "(01)09521141123454(21)7",
        "(01)09521141123454(17)261231(10)ABC/1-2",
        "(02)09521141123454(15)261200(37)48(00)395212341234567892",
        "(8013)1987654Ad4X4bL5ttr2310c2K",
        "(414)9521141123454(254)A-1",
        "(01)09521141123454(7001)5905121914312",
        "(01)09521141123454(3103)001750(3922)1299",
        "(253)9521141123454ABC",
        "(8010)0614141123ABC#-/(8011)123456789",
        "(8006)095211411234540102(21)X",
        "(01)01234567894560(235)51qIgY)<&Jp3*j7'SDB",
        "(00)395212341234567892(4309)02790858483015297971(4330)001250-",
        "(415)9521141123454(8020)ABC123(8007)DE91100000000123456789",
        "(8018)952114112345678906(7258)1/2(7259)ANNA",
    ] {
        let string = read(text);
        assert_eq!(string.to_string(), text);
        string
            .check_associations()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(
            ElementString::parse_raw(&string.raw()).unwrap(),
            string,
            "{text}"
        );
    }
}

#[test]
fn separators_follow_only_where_the_length_is_not_predefined() {
    let string = read("(01)09521141123454(10)LOT(17)261231(21)S");
    assert_eq!(string.raw(), "010952114112345410LOT\u{1d}1726123121S");
    // A separator behind a field of predefined length is needless, and no fault (section 7.8.5.2).
    let again =
        ElementString::parse_raw("\u{1d}0109521141123454\u{1d}10LOT\u{1d}17261231\u{1d}21S\u{1d}");
    assert_eq!(again.unwrap(), string);
}

#[test]
fn a_wrong_value_is_refused_with_identifier_fault_and_remedy() {
    for (text, words) in [
        (
            "(01)09521141123457",
            "AI (01) GTIN: the check digit is 7 and should be 4",
        ),
        ("(01)0952114112345", "it has 13 characters; write 14"),
        ("(01)0952114112345X", "`X` is not a digit"),
        (
            "(01)09521141123454(17)261331",
            "USE BY or EXPIRY: the month is not 01 to 12",
        ),
        ("(01)09521141123454(17)260230", "the day is not 01 to 28"),
        ("(01)09521141123454(10)\u{e9}", "it has 1 characters"),
        (
            "(01)09521141123454(10)A B",
            "is not one of the 82 characters",
        ),
        ("(01)09521141123454(422)999", "`999` is no country"),
        ("(01)09521141123454(10)", "it has 0 characters"),
        (
            "(8013)1987654Ad4X4bL5ttr2310c3K",
            "the check character pair is 3K and should be 2K",
        ),
        (
            "(8006)095211411234540302(21)X",
            "piece and total do not fit",
        ),
        (
            "(8006)095211411234540000(21)X",
            "piece and total do not fit",
        ),
        ("(00)395212341234567892(4307)EU", "`EU` is no country"),
        (
            "(00)395212341234567892(4324)2612312460",
            "the hour is not 00 to 23",
        ),
        ("(00)395212341234567892(7041)ZZZ", "is no package"),
        ("(8010)0614141123ABC(8011)01", "it starts with 0"),
        (
            "(415)9521141123454(8020)A(8007)DE92100000000123456789",
            "IBAN",
        ),
        (
            "(3912)97800A(415)9521141123454(8020)A",
            "`A` is not a digit",
        ),
        ("(18)123", "`18` starts with no application identifier"),
        ("0109521141123454", "starts with no application identifier"),
        (
            "(01)09521141123454(10)A(10)B",
            "it has another value before, `A`",
        ),
        (
            "(01)09521141123454(02)09521141123454(37)2",
            "may not stand beside (37)",
        ),
        (
            "(02)09521141123454(03)09521141123454(37)2",
            "may not stand beside (03)",
        ),
        (
            "(01)09521141123454(21)A(235)B",
            "may not stand beside (235)",
        ),
        (
            "(01)09521141123454(3103)000001(3102)000001",
            "may not stand beside",
        ),
        (
            "(10)LOT",
            "it stands without (01) or (02) or (03) or (8006) or (8026)",
        ),
        (
            "(01)09521141123454(7020)A",
            "it stands without (01) with (416)",
        ),
        ("(02)09521141123454", "it stands without (37)"),
        ("(8112)10521141000001012345678", "the coupon"),
        (
            "(8110)01234561234561111012335006064500607",
            "the coupon ends before it starts",
        ),
    ] {
        let said = refusal(text);
        assert!(said.contains(words), "{text}: {said}");
    }
}

#[test]
fn the_same_element_twice_counts_once() {
    let twice = read("(01)09521141123454(21)7(01)09521141123454");
    assert_eq!(twice.to_string(), "(01)09521141123454(21)7");
}

#[test]
fn brackets_within_a_value_stay_what_they_are() {
    let string = read("(01)09521141123454(21)A(B)(1)\\(10)");
    assert_eq!(string.get("21"), Some("A(B)(1)(10)"));
    assert_eq!(read(&string.to_string()), string);
    assert_eq!(read(" (01) 09521141123454 (21) X ").get("21"), Some("X"));
}

#[test]
fn lost_separators_give_every_reading_and_no_more() {
    let all = |text: &str| {
        let found = readings(text, false, true).found;
        found
            .iter()
            .map(ElementString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        all("010952114112345410AB17261231"),
        [
            "(01)09521141123454(10)AB17261231",
            "(01)09521141123454(10)AB(17)261231"
        ]
    );
    // The lot has 20 characters at most, so it ends before the date; no other identifier fits in between.
    assert_eq!(
        all("010952114112345410AAAAAAAAAAAAAAAAAAAA17261231"),
        ["(01)09521141123454(10)AAAAAAAAAAAAAAAAAAAA(17)261231"]
    );
    assert_eq!(all("0109521141123454"), ["(01)09521141123454"]);
    assert!(all("10AB17261231").is_empty(), "a lot without its item");
    let worst = readings(
        &format!("0109521141123454{}", "240A10".repeat(40)),
        true,
        true,
    );
    assert!(worst.found.len() <= recover::READINGS_MAX);
}

/// Elements that stand together by the rules, with values of the right form.
fn labels() -> impl Strategy<Value = ElementString> {
    let text = "[!-%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}".prop_map(|text: String| {
        text.chars()
            .filter(|c| !matches!(c, '#' | '$'))
            .collect::<String>()
    });
    let text = text.prop_filter("empty", |text| !text.is_empty());
    (
        "[0-9]{13}",
        proptest::option::of(text.clone()),
        proptest::option::of(text.clone()),
        proptest::option::of(text),
        proptest::option::of((0u32..100, 1u32..13, 0u32..29)),
        0usize..120,
    )
        .prop_map(|(item, lot, serial, customer, expiry, turn)| {
            let mut elements = vec![
                Element::new("01", &crate::identifiers::gs1::with_check_digit(&item)).unwrap(),
            ];
            let date = expiry.map(|(year, month, day)| format!("{year:02}{month:02}{day:02}"));
            for (code, value) in [("10", lot), ("21", serial), ("241", customer), ("17", date)] {
                elements.extend(value.map(|value| Element::new(code, &value).unwrap()));
            }
            let length = elements.len();
            elements.rotate_left(turn % length);
            ElementString::new(elements).unwrap()
        })
}

proptest! {
    #[test]
    fn both_forms_are_read_back_the_same(label in labels()) {
        prop_assert_eq!(&ElementString::parse_bracketed(&label.to_string()).unwrap(), &label);
        prop_assert_eq!(&ElementString::parse_raw(&label.raw()).unwrap(), &label);
        label.check_associations().unwrap();
    }

    #[test]
    fn the_true_reading_is_among_those_of_the_text_without_separators(label in labels()) {
        let text = label.raw().replace(GS, "");
        let found = readings(&text, true, true);
        prop_assert!(found.cut_short || found.found.contains(&label), "{:?}", found);
    }

    #[test]
    fn any_text_is_read_or_refused_and_never_panics(text in "\\PC{0,80}", digits in "[0-9()A-Z\u{1d}/-]{0,80}") {
        for text in [&text, &digits] {
            if let Ok(string) = ElementString::parse_bracketed(text) {
                prop_assert_eq!(&ElementString::parse_bracketed(&string.to_string()).unwrap(), &string);
            }
            if let Ok(string) = ElementString::parse_raw(text) {
                prop_assert_eq!(&ElementString::parse_raw(&string.raw()).unwrap(), &string);
            }
            readings(text, true, false);
        }
    }
}
