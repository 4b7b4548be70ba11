//! AIM symbology identifiers: `]`, a letter for the symbology, a modifier (ISO/IEC 15424).

/// What the data behind a symbology identifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries {
    /// GS1 element strings, for FNC1 is in first position.
    Gs1,
    /// A GTIN of so many digits and nothing else.
    Gtin(usize),
    /// A short number that goes with another symbol and names nothing by itself.
    AddOn,
    /// Anything but GS1 element strings.
    Plain,
    /// Nothing was said.
    Unsaid,
}

/// Identifiers with a meaning of their own (ISO/IEC 15424; GS1 General Specifications figure 5.1.2-1).
const KNOWN: &[(&str, &str, Carries)] = &[
    ("]C1", "GS1-128", Carries::Gs1),
    ("]e0", "GS1 DataBar", Carries::Gs1),
    ("]e1", "GS1 Composite", Carries::Gs1),
    ("]e2", "GS1 Composite", Carries::Gs1),
    ("]d2", "GS1 DataMatrix", Carries::Gs1),
    ("]d5", "GS1 DataMatrix", Carries::Gs1),
    ("]Q3", "GS1 QR Code", Carries::Gs1),
    ("]Q4", "GS1 QR Code", Carries::Gs1),
    ("]J1", "GS1 DotCode", Carries::Gs1),
    ("]J4", "GS1 DotCode", Carries::Gs1),
    ("]E0", "EAN-13 or UPC", Carries::Gtin(13)),
    ("]E4", "EAN-8", Carries::Gtin(8)),
    ("]E1", "EAN add-on of 2 digits", Carries::AddOn),
    ("]E2", "EAN add-on of 5 digits", Carries::AddOn),
    ("]I1", "ITF-14", Carries::Gtin(14)),
    ("]I0", "Interleaved 2 of 5", Carries::Plain),
];

/// Symbologies by their letter.
const LETTERS: &[(&str, &str)] = &[
    ("]A", "Code 39"),
    ("]C", "Code 128"),
    ("]F", "Codabar"),
    ("]G", "Code 93"),
    ("]I", "Interleaved 2 of 5"),
    ("]J", "DotCode"),
    ("]L", "PDF417"),
    ("]Q", "QR Code"),
    ("]U", "MaxiCode"),
    ("]d", "Data Matrix"),
    ("]h", "Han Xin Code"),
    ("]z", "Aztec Code"),
    ("]X", "another symbology"),
];

/// The symbology, what it carries, and the data behind its identifier.
pub(super) fn split(text: &str) -> (Option<&'static str>, Carries, &str) {
    let Some((identifier, data)) = text.split_at_checked(3).filter(|_| text.starts_with(']'))
    else {
        return (None, Carries::Unsaid, text);
    };
    if let Some((_, name, carries)) = KNOWN.iter().find(|(known, _, _)| *known == identifier) {
        return (Some(name), *carries, data);
    }
    match LETTERS
        .iter()
        .find(|(letter, _)| identifier.starts_with(letter))
    {
        Some((_, name)) => (Some(name), Carries::Plain, data),
        None => (None, Carries::Unsaid, text),
    }
}
