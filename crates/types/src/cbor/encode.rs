//! The serde half of encoding: writes values as deterministic CBOR in one pass.
//!
//! Heads are shortest and lengths definite by construction. A map whose keys came out of order, as those of a struct do
//! in order of declaration, is put in order when it ends.
//!
//! Invariant: what stands in the output before a map is written is never touched by it.

use super::{CborError, canonicalise};
use serde::ser::{
    self, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

const UNSIGNED: u8 = 0x00;
const NEGATIVE: u8 = 0x20;
const BYTES: u8 = 0x40;
const TEXT: u8 = 0x60;
const LIST: u8 = 0x80;
const MAP: u8 = 0xa0;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;

type Outcome<T = ()> = Result<T, CborError>;

impl ser::Error for CborError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

/// Writes one item behind what `out` holds.
pub(super) struct Encoder<'o> {
    pub(super) out: &'o mut Vec<u8>,
}

/// The head of an item in its shortest form, and how many bytes of it count.
fn short_head(major: u8, argument: u64) -> ([u8; 9], usize) {
    let mut head = [0; 9];
    let width: usize = match argument {
        0..=23 => {
            head[0] = major | argument as u8;
            return (head, 1);
        }
        24..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    head[0] = major | (24 + width.ilog2() as u8);
    head[1..=width].copy_from_slice(&argument.to_be_bytes()[8 - width..]);
    (head, 1 + width)
}

impl<'o> Encoder<'o> {
    fn head(&mut self, major: u8, argument: u64) {
        let (head, length) = short_head(major, argument);
        self.out.extend_from_slice(&head[..length]);
    }

    fn content(&mut self, major: u8, content: &[u8]) {
        self.head(major, content.len() as u64);
        self.out.extend_from_slice(content);
    }

    /// Begins the one-entry map of a variant with content.
    fn variant(&mut self, name: &str) {
        self.head(MAP, 1);
        self.content(TEXT, name.as_bytes());
    }

    fn list(mut self, length: Option<usize>) -> List<'o> {
        let start = self.out.len();
        if let Some(length) = length {
            self.head(LIST, length as u64);
        }
        List {
            out: self.out,
            start,
            announced: length,
            items: 0,
        }
    }

    fn map(mut self, length: Option<usize>) -> Map<'o> {
        let start = self.out.len();
        if let Some(length) = length {
            self.head(MAP, length as u64);
        }
        Map {
            out: self.out,
            start,
            announced: length,
            pairs: 0,
            previous: 0..0,
            in_order: true,
        }
    }
}

macro_rules! unsigned {
    ($($method:ident $number:ty)*) => {$(
        fn $method(mut self, value: $number) -> Outcome {
            self.head(UNSIGNED, u64::from(value));
            Ok(())
        }
    )*};
}

macro_rules! signed {
    ($($method:ident $number:ty)*) => {$(
        fn $method(self, value: $number) -> Outcome {
            self.serialize_i64(i64::from(value))
        }
    )*};
}

impl<'o> Serializer for Encoder<'o> {
    type Ok = ();
    type Error = CborError;
    type SerializeSeq = List<'o>;
    type SerializeTuple = List<'o>;
    type SerializeTupleStruct = List<'o>;
    type SerializeTupleVariant = List<'o>;
    type SerializeMap = Map<'o>;
    type SerializeStruct = Map<'o>;
    type SerializeStructVariant = Map<'o>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Outcome {
        self.out.push(if value { TRUE } else { FALSE });
        Ok(())
    }

    unsigned! { serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 }
    signed! { serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 }

    fn serialize_i64(mut self, value: i64) -> Outcome {
        match u64::try_from(value) {
            Ok(value) => self.head(UNSIGNED, value),
            Err(_) => self.head(NEGATIVE, value.unsigned_abs() - 1),
        }
        Ok(())
    }

    fn serialize_i128(mut self, value: i128) -> Outcome {
        match (u64::try_from(value), u64::try_from(-1 - value)) {
            (Ok(value), _) => self.head(UNSIGNED, value),
            (_, Ok(below)) => self.head(NEGATIVE, below),
            _ => return Err(ser::Error::custom("bignums are not used")),
        }
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Outcome {
        match u64::try_from(value) {
            Ok(value) => self.serialize_u64(value),
            Err(_) => Err(ser::Error::custom("bignums are not used")),
        }
    }

    fn serialize_f32(self, _: f32) -> Outcome {
        Err(ser::Error::custom("floating point numbers are not used"))
    }

    fn serialize_f64(self, _: f64) -> Outcome {
        Err(ser::Error::custom("floating point numbers are not used"))
    }

    fn serialize_char(mut self, value: char) -> Outcome {
        self.content(TEXT, value.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn serialize_str(mut self, value: &str) -> Outcome {
        self.content(TEXT, value.as_bytes());
        Ok(())
    }

    fn serialize_bytes(mut self, value: &[u8]) -> Outcome {
        self.content(BYTES, value);
        Ok(())
    }

    fn serialize_none(self) -> Outcome {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Outcome {
        self.out.push(NULL);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Outcome {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Outcome {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Outcome {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Outcome {
        self.variant(name);
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Outcome<List<'o>> {
        Ok(self.list(length))
    }

    fn serialize_tuple(self, length: usize) -> Outcome<List<'o>> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Outcome<List<'o>> {
        Ok(self.list(Some(length)))
    }

    fn serialize_tuple_variant(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Outcome<List<'o>> {
        self.variant(name);
        Ok(self.list(Some(length)))
    }

    fn serialize_map(self, length: Option<usize>) -> Outcome<Map<'o>> {
        Ok(self.map(length))
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Outcome<Map<'o>> {
        Ok(self.map(Some(length)))
    }

    fn serialize_struct_variant(
        mut self,
        _: &'static str,
        _: u32,
        name: &'static str,
        length: usize,
    ) -> Outcome<Map<'o>> {
        self.variant(name);
        Ok(self.map(Some(length)))
    }
}

/// Puts the head of a list or a map before its content, where its length was not known or was another one.
fn settle(out: &mut Vec<u8>, start: usize, major: u8, announced: Option<usize>, found: usize) {
    if announced == Some(found) {
        return;
    }
    let before = announced.map_or(0, |length| short_head(major, length as u64).1);
    let (head, length) = short_head(major, found as u64);
    out.splice(start..start + before, head[..length].iter().copied());
}

/// A list under way.
pub(super) struct List<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    announced: Option<usize>,
    items: usize,
}

impl List<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        self.items += 1;
        value.serialize(Encoder {
            out: &mut *self.out,
        })
    }

    fn finish(self) -> Outcome {
        settle(self.out, self.start, LIST, self.announced, self.items);
        Ok(())
    }
}

macro_rules! list {
    ($($kind:ident $method:ident)*) => {$(
        impl $kind for List<'_> {
            type Ok = ();
            type Error = CborError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
                self.item(value)
            }

            fn end(self) -> Outcome {
                self.finish()
            }
        }
    )*};
}

list! {
    SerializeSeq serialize_element SerializeTuple serialize_element
    SerializeTupleStruct serialize_field SerializeTupleVariant serialize_field
}

/// A map under way.
pub(super) struct Map<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    announced: Option<usize>,
    pairs: usize,
    /// Where the key before stands.
    previous: std::ops::Range<usize>,
    in_order: bool,
}

impl Map<'_> {
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Outcome {
        let start = self.out.len();
        key.serialize(Encoder {
            out: &mut *self.out,
        })?;
        let this = start..self.out.len();
        if self.pairs > 0 {
            self.in_order &= self.out[self.previous.clone()] < self.out[this.clone()];
        }
        self.previous = this;
        self.pairs += 1;
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        value.serialize(Encoder {
            out: &mut *self.out,
        })
    }

    fn pair<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Outcome {
        self.key(name)?;
        self.value(value)
    }

    fn finish(self) -> Outcome {
        settle(self.out, self.start, MAP, self.announced, self.pairs);
        if self.in_order {
            return Ok(());
        }
        let mut sorted = Vec::with_capacity(self.out.len() - self.start);
        canonicalise(&self.out[self.start..], 0, &mut sorted, 0)?;
        self.out.truncate(self.start);
        self.out.extend_from_slice(&sorted);
        Ok(())
    }
}

impl SerializeMap for Map<'_> {
    type Ok = ();
    type Error = CborError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Outcome {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        self.value(value)
    }

    fn end(self) -> Outcome {
        self.finish()
    }
}

macro_rules! fields {
    ($($kind:ident)*) => {$(
        impl $kind for Map<'_> {
            type Ok = ();
            type Error = CborError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Outcome {
                self.pair(name, value)
            }

            fn end(self) -> Outcome {
                self.finish()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }
