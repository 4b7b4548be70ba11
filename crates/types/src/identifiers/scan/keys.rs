//! Single keys and codes, as typed or as a symbol holds nothing else.
//!
//! A bare number says little: thirteen digits may be a GTIN, a GLN or a stock number. Flow: [`read`] takes a name before the
//! code (`NSN 5905-12-191-4312`) at its word; else it tries every kind, and more than one fit is an ambiguity, not a guess.

use super::{
    super::{
        Epc, IdentifierError,
        codes::{Cage, Container, Dodaac, ImoNumber, Lei, Nsn, UnLocode},
        elements::ElementString,
        gs1::{all_digits, check_digit_holds},
        tag::Tag,
        uii::Uii,
    },
    Kind, Options, Scan, ScanError, gs1, refused,
};

type Read = Result<Scan, IdentifierError>;
type Reader = fn(&str) -> Read;

/// Names that people write before a code, each with its reader.
const NAMED: &[(&str, Reader)] = &[
    ("NSN", nsn),
    ("CAGE", cage),
    ("NCAGE", cage),
    ("DODAAC", dodaac),
    ("UN/LOCODE", locode),
    ("LOCODE", locode),
    ("LEI", lei),
    ("IMO", imo),
    ("BIC", container),
    ("CONTAINER", container),
    ("GTIN", gtin_of_any_length),
    ("EAN", gtin_of_any_length),
    ("UPC", gtin_of_any_length),
    ("SSCC", sscc),
    ("GLN", gln),
    ("GSRN", gsrn),
    ("UII", uii),
    ("EPC", tag),
];

/// Kinds that a bare code may be.
const BARE: &[Reader] = &[
    nsn,
    cage,
    dodaac,
    locode,
    lei,
    imo,
    container,
    gtin_of_any_length,
    sscc,
    gln,
    gsrn,
    tag,
];

/// Reads a key with its name before it, or a bare one that can be one thing only; with `raw`, element strings too.
pub(super) fn read(text: &str, raw: bool, options: &Options) -> Result<Scan, ScanError> {
    if let Some(read) = named(text) {
        return Ok(read?);
    }
    let mut fits: Vec<Scan> = Vec::new();
    for reader in BARE {
        if let Ok(scan) = reader(text) {
            fits.push(scan);
        }
    }
    let as_elements = raw.then(|| gs1(text, options));
    match as_elements {
        Some(Ok(scan)) => fits.push(scan),
        // Nothing else fits, and it starts as an element string does: that rule's fault is the one to tell.
        Some(Err(error)) if fits.is_empty() && looks_like_elements(text) => return Err(error),
        Some(Err(error @ ScanError::Ambiguous { .. })) if fits.is_empty() => return Err(error),
        _ => {}
    }
    match (fits.pop(), fits.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            fits.push(last);
            Err(ScanError::ambiguous(
                text,
                fits.iter().map(described).collect(),
                "write its name before it (NSN, GTIN, GLN, SSCC, CAGE ...), or its application identifier in brackets",
            ))
        }
        (None, _) => refused(
            text,
            "it is no key, code, element string, link or mark that is known here",
            "write the name of the code before it, such as `NSN` or `CAGE`, or scan the label",
        ),
    }
}

/// Whether it has a primary key's identifier and at least that key's digits.
fn looks_like_elements(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    super::super::elements::Ai::at_start(text)
        .is_some_and(|ai| ai.has_predefined_length() && digits > ai.code().len() + 10)
}

fn named(text: &str) -> Option<Read> {
    let end = text.find([' ', ':'])?;
    let (name, rest) = text.split_at(end);
    let (_, reader) = NAMED
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let code = rest.trim_start_matches([' ', ':']);
    Some(reader(code))
}

fn described(scan: &Scan) -> String {
    match (&scan.code, scan.kind) {
        (Some((name, code)), _) => format!("{name} {code}"),
        (None, Kind::ElementString) => format!("`{}`", scan.elements),
        (None, kind) => kind.words().to_owned(),
    }
}

/// A code that names no object: the ledger keeps it as data.
fn code(name: &'static str, text: String, of: &'static str) -> Scan {
    let mut scan = Scan::new(Kind::Key);
    scan.without_epc = Some(IdentifierError::new(
        &text,
        format!("it has no EPC: {name} names {of}"),
        "name the object by its own key",
    ));
    scan.code = Some((name, text));
    scan
}

fn object(name: &'static str, text: String, epc: Result<Epc, IdentifierError>) -> Read {
    let mut scan = Scan::new(Kind::Key);
    scan.epc = Some(epc?);
    scan.code = Some((name, text));
    Ok(scan)
}

fn nsn(text: &str) -> Read {
    let nsn = Nsn::parse(text)?;
    let mut scan = code("NSN", nsn.to_string(), "an item of supply, not an object");
    scan.data.nsn = Some(nsn);
    Ok(scan)
}

fn cage(text: &str) -> Read {
    let cage = Cage::parse(text)?;
    let mut scan = code("CAGE", cage.to_string(), "an enterprise");
    scan.data.cage = Some(cage);
    Ok(scan)
}

fn dodaac(text: &str) -> Read {
    Ok(code(
        "DoDAAC",
        Dodaac::parse(text)?.to_string(),
        "a unit or its place",
    ))
}

fn locode(text: &str) -> Read {
    Ok(code(
        "UN/LOCODE",
        UnLocode::parse(text)?.to_string(),
        "a town or port",
    ))
}

fn lei(text: &str) -> Read {
    Ok(code("LEI", Lei::parse(text)?.to_string(), "a company"))
}

fn imo(text: &str) -> Read {
    let number = ImoNumber::parse(text)?;
    object("IMO number", number.to_string(), number.epc())
}

fn container(text: &str) -> Read {
    let container = Container::parse(text)?;
    object("container", container.to_string(), container.epc())
}

fn uii(text: &str) -> Read {
    let uii = Uii::parse(text)?;
    let mut scan = Scan::naming(Kind::Key, uii.epc());
    scan.data.add_uii(&uii);
    scan.code = Some(("UII", uii.to_string()));
    scan.uii = Some(uii);
    Ok(scan)
}

fn tag(text: &str) -> Read {
    // Shorter memory is no EPC's, and would be found in many a word.
    if text.len() < 24 {
        return Err(IdentifierError::new(
            text,
            "EPC memory has 96 bits, 24 hexadecimal digits, at least",
            "read the whole EPC bank",
        ));
    }
    let tag = Tag::from_hex(text)?;
    let mut scan = Scan::naming(Kind::EpcTag, tag.epc());
    scan.code = Some(("EPC memory", tag.to_string()));
    Ok(scan)
}

fn element(name: &'static str, ai: &str, value: &str) -> Read {
    let label = ElementString::parse_bracketed(&format!("({ai}){value}"))?;
    object(name, value.to_owned(), Epc::from_elements(&label)).map(|scan| Scan {
        elements: label,
        ..scan
    })
}

fn digits_of(text: &str, lengths: &[usize], name: &str) -> Result<String, IdentifierError> {
    let digits: String = text
        .chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .collect();
    match all_digits(&digits) && lengths.contains(&digits.len()) {
        true => Ok(digits),
        false => Err(IdentifierError::new(
            text,
            format!("{name} does not have that many digits"),
            "write the whole key",
        )),
    }
}

fn gtin_of_any_length(text: &str) -> Read {
    let digits = digits_of(text, &[8, 12, 13, 14], "a GTIN")?;
    let mut scan = element("GTIN", "01", &format!("{digits:0>14}"))?;
    scan.code = Some(("GTIN", digits));
    Ok(scan)
}

fn sscc(text: &str) -> Read {
    element("SSCC", "00", &digits_of(text, &[18], "an SSCC")?)
}

fn gln(text: &str) -> Read {
    element("GLN", "414", &digits_of(text, &[13], "a GLN")?)
}

fn gsrn(text: &str) -> Read {
    element("GSRN", "8018", &digits_of(text, &[18], "a GSRN")?)
}

/// What a symbol of the EAN family or ITF-14 holds: `digits` digits, of which the last is the check digit.
pub(super) fn gtin(text: &str, digits: usize) -> Result<Scan, ScanError> {
    // UPC-A comes with 12 digits where the scanner leaves the leading zero out, UPC-E expanded likewise.
    let whole = text.len() == digits || (digits == 13 && text.len() == 12);
    if !whole || !all_digits(text) || !check_digit_holds(text) {
        return refused(
            text,
            format!("it is not the {digits} digits of the symbol with a right check digit"),
            "scan again; set the scanner to send the check digit",
        );
    }
    Ok(gtin_of_any_length(text)?)
}
