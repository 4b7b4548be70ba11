//! Freight containers: owner code, category and serial number with check digit (ISO 6346).

use super::gs1::all_digits;

/// The check digit of the first ten characters (four capital letters, six digits).
///
/// Letters count 10 to 38 leaving out 11, 22 and 33; place `i` weighs 2^i; modulo 11, and 10 counts 0.
/// `None` when the text has another shape.
pub fn check_digit(first_ten: &str) -> Option<u8> {
    let fits = first_ten.len() == 10
        && first_ten.as_bytes()[..4].iter().all(u8::is_ascii_uppercase)
        && first_ten.get(4..).is_some_and(all_digits);
    if !fits {
        return None;
    }
    let sum: u32 = first_ten
        .bytes()
        .enumerate()
        .map(|(place, byte)| value(byte) << place)
        .sum();
    u8::try_from(sum % 11 % 10).ok()
}

fn value(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => u32::from(byte - b'0'),
        letter => {
            let plain = 10 + u32::from(letter - b'A');
            plain + (plain - 1) / 10
        }
    }
}
