//! A strict reader and a writer of deterministic CBOR for formats decoded by hand.
//!
//! [`crate::cbor`] serves serde types. Statements, receipts and headers are decoded ten thousand times
//! a second or have to be audited byte by byte, so they are read in one pass over the slice, with no
//! intermediate tree. Both halves follow RFC 8949 section 4.2.1; what the reader accepts, the writer
//! would have written: shortest heads, definite lengths, no floats, no tags but those asked for.
//!
//! Invariants: the reader never reads past its slice, never allocates for a length that it has not
//! seen the bytes of, and reports the offset of the first fault.

/// What is wrong with the bytes at an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// The slice ends inside the item.
    Truncated,
    /// Bytes follow the last item.
    Trailing,
    /// A head is longer than needed, has an indefinite length or a reserved code.
    NotShortest,
    /// Another type of item stands here.
    WrongType,
    /// The number does not fit what is expected.
    OutOfRange,
    /// Text is not UTF-8.
    NotUtf8,
}

impl WireFault {
    /// The fault in plain words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Truncated => "the bytes end inside this item",
            Self::Trailing => "bytes follow the last item",
            Self::NotShortest => "the encoding is not the shortest, definite-length one",
            Self::WrongType => "an item of another type stands here",
            Self::OutOfRange => "the number is outside the range of this field",
            Self::NotUtf8 => "the text is not UTF-8",
        }
    }
}

/// A fault and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} (byte {at})", fault.words())]
pub struct WireError {
    /// What is wrong.
    pub fault: WireFault,
    /// Offset in the slice given to the reader.
    pub at: usize,
}

const UINT: u8 = 0;
const NINT: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// The one-byte item `null`.
pub const NULL: u8 = 0xf6;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;

/// Reads items one after another from a slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next item.
    pub fn at(&self) -> usize {
        self.at
    }

    fn fail<T>(&self, fault: WireFault) -> Result<T, WireError> {
        Err(WireError { fault, at: self.at })
    }

    /// Reads a head of major type `major` and returns its argument.
    #[inline]
    fn head(&mut self, major: u8) -> Result<u64, WireError> {
        let Some(&first) = self.bytes.get(self.at) else {
            return self.fail(WireFault::Truncated);
        };
        if first >> 5 != major {
            return self.fail(WireFault::WrongType);
        }
        let info = first & 0x1f;
        if info < 24 {
            self.at += 1;
            return Ok(u64::from(info));
        }
        self.long_head(info)
    }

    fn long_head(&mut self, info: u8) -> Result<u64, WireError> {
        let (width, least) = match info {
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return self.fail(WireFault::NotShortest),
        };
        let Some(raw) = self.bytes.get(self.at + 1..self.at + 1 + width) else {
            return self.fail(WireFault::Truncated);
        };
        let argument = raw
            .iter()
            .fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
        if argument < least {
            return self.fail(WireFault::NotShortest);
        }
        self.at += 1 + width;
        Ok(argument)
    }

    /// Reads an unsigned integer.
    pub fn uint(&mut self) -> Result<u64, WireError> {
        self.head(UINT)
    }

    /// Reads an unsigned integer of at most `max`.
    pub fn uint_max(&mut self, max: u64) -> Result<u64, WireError> {
        let start = self.at;
        let value = self.uint()?;
        if value > max {
            self.at = start;
            return self.fail(WireFault::OutOfRange);
        }
        Ok(value)
    }

    /// Reads the unsigned integer `expected`, such as a version.
    pub fn uint_exact(&mut self, expected: u64) -> Result<(), WireError> {
        let start = self.at;
        if self.uint()? != expected {
            self.at = start;
            return self.fail(WireFault::OutOfRange);
        }
        Ok(())
    }

    /// Reads an integer of either sign that fits an `i64`.
    pub fn int(&mut self) -> Result<i64, WireError> {
        let start = self.at;
        let negative = self.bytes.get(start).is_some_and(|b| b >> 5 == NINT);
        let argument = self.head(if negative { NINT } else { UINT })?;
        match i64::try_from(argument) {
            Ok(value) if negative => Ok(-1 - value),
            Ok(value) => Ok(value),
            Err(_) => {
                self.at = start;
                self.fail(WireFault::OutOfRange)
            }
        }
    }

    fn string(&mut self, major: u8) -> Result<&'a [u8], WireError> {
        let start = self.at;
        let length = self.head(major)?;
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| self.at.checked_add(length));
        let Some(content) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            self.at = start;
            return self.fail(WireFault::Truncated);
        };
        self.at += content.len();
        Ok(content)
    }

    /// Reads a byte string.
    pub fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        self.string(BYTES)
    }

    /// Reads a byte string of exactly `N` bytes.
    pub fn bytes_exact<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let start = self.at;
        let content = self.bytes()?;
        content.try_into().or_else(|_| {
            self.at = start;
            self.fail(WireFault::OutOfRange)
        })
    }

    /// Reads a text string.
    pub fn text(&mut self) -> Result<&'a str, WireError> {
        let start = self.at;
        let content = self.string(TEXT)?;
        std::str::from_utf8(content).or_else(|_| {
            self.at = start;
            self.fail(WireFault::NotUtf8)
        })
    }

    /// Reads the head of an array and returns its length, which is at most the bytes that follow.
    pub fn array(&mut self) -> Result<usize, WireError> {
        self.container(ARRAY, 1)
    }

    /// Reads the head of an array of exactly `length` items.
    pub fn array_of(&mut self, length: usize) -> Result<(), WireError> {
        let start = self.at;
        if self.array()? != length {
            self.at = start;
            return self.fail(WireFault::OutOfRange);
        }
        Ok(())
    }

    /// Reads the head of a map and returns how many pairs it has.
    pub fn map(&mut self) -> Result<usize, WireError> {
        self.container(MAP, 2)
    }

    /// Every item takes a byte at least, so a length past the bytes left is a truncation and is
    /// refused before anybody allocates for it.
    fn container(&mut self, major: u8, bytes_per_item: u64) -> Result<usize, WireError> {
        let start = self.at;
        let length = self.head(major)?;
        let left = (self.bytes.len() - self.at) as u64;
        if length > left / bytes_per_item {
            self.at = start;
            return self.fail(WireFault::Truncated);
        }
        Ok(length as usize)
    }

    /// Reads the tag `number`.
    pub fn tag(&mut self, number: u64) -> Result<(), WireError> {
        let start = self.at;
        if self.head(TAG)? != number {
            self.at = start;
            return self.fail(WireFault::WrongType);
        }
        Ok(())
    }

    /// Reads `null` if it stands here, and says whether it did.
    pub fn null(&mut self) -> bool {
        let is_null = self.bytes.get(self.at) == Some(&NULL);
        self.at += usize::from(is_null);
        is_null
    }

    /// Reads `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool, WireError> {
        let value = match self.bytes.get(self.at) {
            Some(&FALSE) => false,
            Some(&TRUE) => true,
            Some(_) => return self.fail(WireFault::WrongType),
            None => return self.fail(WireFault::Truncated),
        };
        self.at += 1;
        Ok(value)
    }

    /// Whether the next item has the major type of a text string.
    pub fn next_is_text(&self) -> bool {
        self.bytes.get(self.at).is_some_and(|b| b >> 5 == TEXT)
    }

    /// Ends the reading: nothing may follow.
    pub fn end(self) -> Result<(), WireError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            self.fail(WireFault::Trailing)
        }
    }
}

/// Appends items to a buffer. Map keys are the caller's to order.
#[derive(Clone, Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty buffer with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// The bytes written.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// How many bytes were written.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn head(&mut self, major: u8, argument: u64) -> &mut Self {
        let major = major << 5;
        let bytes = argument.to_be_bytes();
        match argument {
            0..=23 => self.0.push(major | bytes[7]),
            24..=0xff => self.0.extend_from_slice(&[major | 24, bytes[7]]),
            0x100..=0xffff => {
                self.0.push(major | 25);
                self.0.extend_from_slice(&bytes[6..]);
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 26);
                self.0.extend_from_slice(&bytes[4..]);
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend_from_slice(&bytes);
            }
        }
        self
    }

    /// Writes an unsigned integer.
    pub fn uint(&mut self, value: u64) -> &mut Self {
        self.head(UINT, value)
    }

    /// Writes an integer of either sign.
    pub fn int(&mut self, value: i64) -> &mut Self {
        if value < 0 {
            self.head(NINT, value.unsigned_abs() - 1)
        } else {
            self.head(UINT, value.unsigned_abs())
        }
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, content: &[u8]) -> &mut Self {
        self.head(BYTES, content.len() as u64).raw(content)
    }

    /// Writes a text string.
    pub fn text(&mut self, content: &str) -> &mut Self {
        self.head(TEXT, content.len() as u64)
            .raw(content.as_bytes())
    }

    /// Writes the head of an array.
    pub fn array(&mut self, length: usize) -> &mut Self {
        self.head(ARRAY, length as u64)
    }

    /// Writes the head of a map.
    pub fn map(&mut self, pairs: usize) -> &mut Self {
        self.head(MAP, pairs as u64)
    }

    /// Writes a tag.
    pub fn tag(&mut self, number: u64) -> &mut Self {
        self.head(TAG, number)
    }

    /// Writes `null`.
    pub fn null(&mut self) -> &mut Self {
        self.raw(&[NULL])
    }

    /// Appends bytes that are encoded already.
    pub fn raw(&mut self, encoded: &[u8]) -> &mut Self {
        self.0.extend_from_slice(encoded);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault<T: std::fmt::Debug>(result: Result<T, WireError>) -> WireFault {
        result.unwrap_err().fault
    }

    /// RFC 8949 appendix A.
    #[test]
    fn integers_are_those_of_the_standard() {
        for (value, text) in [
            (0, "00"),
            (23, "17"),
            (24, "1818"),
            (100, "1864"),
            (1000, "1903e8"),
            (1_000_000, "1a000f4240"),
            (1_000_000_000_000, "1b000000e8d4a51000"),
            (-1, "20"),
            (-100, "3863"),
            (-1000, "3903e7"),
        ] {
            let mut writer = Writer::default();
            writer.int(value);
            let bytes = writer.finish();
            assert_eq!(hex::encode(&bytes), text);
            assert_eq!(Reader::new(&bytes).int(), Ok(value));
        }
    }

    #[test]
    fn longer_heads_than_needed_are_refused() {
        for text in ["1817", "190017", "1a00000017", "1b0000000000000017", "1f"] {
            let bytes = hex::decode(text).unwrap();
            assert_eq!(fault(Reader::new(&bytes).uint()), WireFault::NotShortest);
        }
        let indefinite = hex::decode("5f4101ff").unwrap();
        assert_eq!(
            fault(Reader::new(&indefinite).bytes()),
            WireFault::NotShortest
        );
    }

    #[test]
    fn a_length_past_the_end_is_a_truncation_and_allocates_nothing() {
        let bytes = hex::decode("9affffffff").unwrap();
        assert_eq!(fault(Reader::new(&bytes).array()), WireFault::Truncated);
        let bytes = hex::decode("5bffffffffffffffff").unwrap();
        assert_eq!(fault(Reader::new(&bytes).bytes()), WireFault::Truncated);
        assert_eq!(fault(Reader::new(&[]).uint()), WireFault::Truncated);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(number: u64, signed: i64, bytes: Vec<u8>, text: String) {
            let mut writer = Writer::default();
            writer.uint(number).int(signed).bytes(&bytes).text(&text).null();
            let written = writer.finish();
            let mut reader = Reader::new(&written);
            prop_assert_eq!(reader.uint(), Ok(number));
            prop_assert_eq!(reader.int(), Ok(signed));
            prop_assert_eq!(reader.bytes(), Ok(bytes.as_slice()));
            prop_assert_eq!(reader.text(), Ok(text.as_str()));
            prop_assert!(reader.null());
            prop_assert_eq!(reader.end(), Ok(()));
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            let _ = (reader.tag(18), reader.array(), reader.text(), reader.map(), reader.int());
            let _ = (reader.bytes_exact::<4>(), reader.uint_max(9), reader.null(), reader.end());
        }
    }
}
