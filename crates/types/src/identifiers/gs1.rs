//! What all GS1 keys share: check digits, character sets, percent-encoding.

/// The GS1 check digit of a key's other digits (GS1 General Specifications section 7.9.1).
///
/// `digits` holds ASCII digits only; other bytes count as their distance from `0`, modulo 10.
pub fn check_digit(digits: &str) -> u8 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            u32::from(digit.wrapping_sub(b'0') % 10) * if place % 2 == 0 { 3 } else { 1 }
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or_default()
}

/// Whether the last of `digits` is the check digit of the others.
pub(super) fn check_digit_holds(digits: &str) -> bool {
    let Some(at) = digits.len().checked_sub(1) else {
        return false;
    };
    digits.is_char_boundary(at) && digits.as_bytes()[at] == b'0' + check_digit(&digits[..at])
}

/// `digits` with its check digit behind.
pub(super) fn with_check_digit(digits: &str) -> String {
    format!("{digits}{}", check_digit(digits))
}

pub(super) fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Characters of serial, lot and reference numbers: GS1 General Specifications figure 7.11-1.
pub(super) fn is_character_82(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'"' | b'%'..=b'/' | b':' | b';' | b'<' | b'=' | b'>' | b'?' | b'_'
        )
}

/// Characters of component and part numbers: GS1 General Specifications figure 7.11-2.
pub(super) fn is_character_39(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'#' | b'-' | b'/')
}

/// Undoes percent-encoding; `None` where an escape is cut short, is not hexadecimal, or gives no ASCII.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = match bytes[at] {
            b'%' => {
                let code = text.get(at + 1..at + 3)?;
                at += 2;
                if !code.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return None;
                }
                u8::from_str_radix(code, 16).ok()?
            }
            byte => byte,
        };
        if !byte.is_ascii() {
            return None;
        }
        out.push(char::from(byte));
        at += 1;
    }
    Some(out)
}

/// Percent-encodes every byte that `stays` does not keep, with capital hexadecimal digits.
pub(super) fn percent_encoded(raw: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(raw.len());
    for byte in raw.bytes() {
        match stays(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// What stays as it is in a Digital Link (GS1 Digital Link URI Syntax 1.2 table 7-1; RFC 3986).
pub(super) fn stays_in_link(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'\'' | b'-' | b'.' | b';' | b'=' | b'_')
}

/// What stays as it is in an EPC URN (TDS 2.0 section 6.3.1 and appendix A).
pub(super) fn stays_in_urn(byte: u8) -> bool {
    is_character_82(byte) && !matches!(byte, b'"' | b'%' | b'&' | b'/' | b'<' | b'>' | b'?')
}
