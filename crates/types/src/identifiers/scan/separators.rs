//! Separators as they come out of scanners: control characters, their names, their pictures, or one stand-in for all.
//!
//! Flow: [`restore`] turns every spelling of GS, RS and EOT back into the control character; [`stand_in`] finds the one
//! character that stands for GS because it cannot be part of any value.
//!
//! `<GS>` and `(GS)`-like names could in theory be part of a lot number; nobody prints such a lot, and every scanner manual
//! offers the name for the separator, so it is always read as the separator.

use super::super::{
    elements::GS,
    gs1::is_character_82,
    message::{EOT, RS},
};

/// Spellings, each with what it stands for.
const SPELLINGS: &[(&str, char)] = &[
    ("<GS>", GS),
    ("{GS}", GS),
    ("[GS]", GS),
    ("<FNC1>", GS),
    ("{FNC1}", GS),
    ("[FNC1]", GS),
    ("\\x1d", GS),
    ("\\x1D", GS),
    ("\\u001d", GS),
    ("\\u001D", GS),
    ("\\029", GS),
    ("_x001D_", GS),
    ("<0x1D>", GS),
    ("&#29;", GS),
    ("^]", GS),
    ("\u{241d}", GS),
    ("\u{e8}", GS),
    ("<RS>", RS),
    ("{RS}", RS),
    ("[RS]", RS),
    ("\\x1e", RS),
    ("\\x1E", RS),
    ("\\u001e", RS),
    ("\\u001E", RS),
    ("\\030", RS),
    ("_x001E_", RS),
    ("<0x1E>", RS),
    ("&#30;", RS),
    ("^^", RS),
    ("\u{241e}", RS),
    ("<EOT>", EOT),
    ("{EOT}", EOT),
    ("[EOT]", EOT),
    ("\\x04", EOT),
    ("\\u0004", EOT),
    ("\\004", EOT),
    ("_x0004_", EOT),
    ("<0x04>", EOT),
    ("&#4;", EOT),
    ("^D", EOT),
    ("\u{2404}", EOT),
];

/// `text` with every spelling of a control character replaced by it, and whether there was one.
pub(super) fn restore(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(character) = rest.chars().next() {
        let spelling = SPELLINGS
            .iter()
            .find(|(spelling, _)| rest.starts_with(spelling));
        match spelling {
            Some((spelling, meant)) => {
                out.push(*meant);
                found = true;
                rest = &rest[spelling.len()..];
            }
            None => {
                out.push(character);
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    (out, found)
}

/// The characters of `text` that no value of a GS1 element can have, each once; `#` is one of set 39 and may.
pub(super) fn foreign(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    for character in text.chars() {
        let known = u8::try_from(character).is_ok_and(|byte| is_character_82(byte) || byte == b'#');
        if !known && character != GS && !found.contains(&character) {
            found.push(character);
        }
    }
    found
}
