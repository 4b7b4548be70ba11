//! Bits of EPC memory, written and read field by field.

use super::super::gs1::{all_digits, is_character_82};

/// What is wrong with a field.
pub(super) type Fault = String;

/// Bits of a company prefix by partition, which is 12 less its digits (TDS 2.0 section 14.3).
pub(super) const PREFIX_BITS: [usize; 7] = [40, 37, 34, 30, 27, 24, 20];

/// Whether `text` is a number of at most so many bits without leading zeros.
pub(super) fn is_number(text: &str, bits: usize) -> bool {
    all_digits(text)
        && (text == "0" || !text.starts_with('0'))
        && text
            .parse::<u64>()
            .is_ok_and(|value| bits >= 64 || value >> bits == 0)
}

/// A number with leading zeros; refused where it has more digits.
pub(super) fn padded(value: u64, digits: usize) -> Result<String, Fault> {
    let text = match digits {
        0 if value == 0 => String::new(),
        _ => format!("{value:0digits$}"),
    };
    match text.len() == digits {
        true => Ok(text),
        false => Err(format!("{value} has more than {digits} digits")),
    }
}

fn character_of_six(six: u64) -> char {
    let byte = u8::try_from(six & 0x3F).unwrap_or_default();
    char::from(if byte < 0x20 { byte + 0x40 } else { byte })
}

/// Bits being written.
#[derive(Default)]
pub(super) struct Writer(pub(super) Vec<bool>);

impl Writer {
    pub(super) fn number(&mut self, value: u64, length: usize) -> Result<(), Fault> {
        if length < 64 && value >> length > 0 {
            return Err(format!("{value} needs more than {length} bits"));
        }
        self.0
            .extend((0..length).rev().map(|place| value >> place & 1 == 1));
        Ok(())
    }

    /// A number without leading zeros.
    pub(super) fn integer(&mut self, text: &str, length: usize) -> Result<(), Fault> {
        if !is_number(text, length) {
            return Err(format!(
                "`{text}` is no number below 2^{length} without leading zeros"
            ));
        }
        self.number(text.parse().unwrap_or_default(), length)
    }

    /// Partition and company prefix; gives the bits left of `both`, and the partition.
    pub(super) fn prefix(&mut self, prefix: &str, both: usize) -> Result<(usize, usize), Fault> {
        let partition = 12usize.wrapping_sub(prefix.len());
        let length = *PREFIX_BITS
            .get(partition)
            .ok_or("the company prefix is not 6 to 12 digits")?;
        self.number(partition as u64, 3)?;
        self.number(prefix.parse().unwrap_or(u64::MAX), length)?;
        Ok((both.saturating_sub(length), partition))
    }

    pub(super) fn characters(&mut self, text: &str, length: usize) -> Result<(), Fault> {
        if text.len() * 7 > length {
            return Err(format!("`{text}` has more than {} characters", length / 7));
        }
        let end = self.0.len() + length;
        for byte in text.bytes() {
            self.number(u64::from(byte), 7)?;
        }
        self.0.resize(end, false);
        Ok(())
    }

    pub(super) fn six(&mut self, text: &str) -> Result<(), Fault> {
        for byte in text.bytes() {
            self.number(u64::from(byte & 0x3F), 6)?;
        }
        self.number(0, 6)
    }
}

/// Bits being read.
pub(super) struct Reader {
    bits: Vec<bool>,
    at: usize,
}

impl Reader {
    pub(super) fn new(digits: &str) -> Self {
        let bits = digits
            .chars()
            .filter_map(|digit| digit.to_digit(16))
            .flat_map(|value| (0..4).rev().map(move |place| value >> place & 1 == 1))
            .collect();
        Self { bits, at: 0 }
    }

    pub(super) fn number(&mut self, length: usize) -> Result<u64, Fault> {
        let bits = self
            .bits
            .get(self.at..self.at + length)
            .ok_or("the memory ends within the EPC")?;
        self.at += length;
        Ok(bits
            .iter()
            .fold(0, |value, bit| value << 1 | u64::from(*bit)))
    }

    pub(super) fn prefix(&mut self, both: usize) -> Result<(String, usize, usize), Fault> {
        let partition = usize::try_from(self.number(3)?).unwrap_or(usize::MAX);
        let length = *PREFIX_BITS.get(partition).ok_or("the partition is 7")?;
        let prefix = padded(self.number(length)?, 12 - partition)?;
        Ok((prefix, both.saturating_sub(length), partition))
    }

    pub(super) fn characters(&mut self, length: usize) -> Result<String, Fault> {
        let end = self.at + length;
        let mut text = String::new();
        let mut ended = false;
        for _ in 0..length / 7 {
            let byte = u8::try_from(self.number(7)?).unwrap_or_default();
            match (ended, byte) {
                (_, 0) => ended = true,
                (false, byte) if is_character_82(byte) => text.push(char::from(byte)),
                _ => return Err("a character is none that GS1 keys have".to_owned()),
            }
        }
        let left = end - self.at;
        match self.number(left)? {
            0 => Ok(text),
            _ => Err("bits are set behind the last character".to_owned()),
        }
    }

    pub(super) fn six(&mut self) -> Result<String, Fault> {
        let mut text = String::new();
        loop {
            match self.number(6)? {
                0 => return Ok(text),
                six => text.push(character_of_six(six)),
            }
        }
    }

    pub(super) fn code(&mut self, bits: usize) -> Result<String, Fault> {
        let mut text = String::new();
        for _ in 0..6 {
            let value = self.number(bits)?;
            text.push(match bits {
                6 => character_of_six(value),
                _ => char::from(u8::try_from(value).unwrap_or_default()),
            });
        }
        Ok(text.strip_prefix(' ').map(str::to_owned).unwrap_or(text))
    }

    pub(super) fn rest_has_ones(&self) -> bool {
        self.bits.iter().skip(self.at).any(|bit| *bit)
    }
}
