//! The serde half of decoding: builds a value from bytes whose form has been checked.
//!
//! Stricter than a general decoder, so that a value has one encoding: a list is read to its last element, a byte
//! string is never taken for a list of numbers or a text, a unit variant is text only, an unknown field is refused.
//!
//! Invariant: only called on bytes that passed the check of the parent module or that we wrote, so heads are short, lengths
//! lie inside the slice, text is UTF-8 and nesting is bounded. Other bytes give an error or a wrong value, never a panic.

use super::{CborError, Head, head, skip};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const NULL: u8 = 0xf6;
const TRUE: u8 = 0xf5;
const FALSE: u8 = 0xf4;
const BREAK: u8 = 0xff;

type Outcome<T> = Result<T, CborError>;

impl de::Error for CborError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Shape(message.to_string())
    }
}

fn shape<T>(what: &str) -> Outcome<T> {
    Err(CborError::Shape(what.into()))
}

/// Reads items one after another from checked bytes.
pub(super) struct Decoder<'de> {
    bytes: &'de [u8],
    at: usize,
}

impl<'de> Decoder<'de> {
    /// A decoder at the start of checked `bytes`.
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Refuses bytes behind the item.
    pub(super) fn end(&self) -> Outcome<()> {
        match self.at == self.bytes.len() {
            true => Ok(()),
            false => shape("bytes follow the item"),
        }
    }

    /// The next byte; behind the end, one that begins no item.
    fn first(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(BREAK)
    }

    fn take_head(&mut self) -> Outcome<Head> {
        let head = head(self.bytes, self.at)?;
        self.at = head.end;
        Ok(head)
    }

    /// The argument of the next head, which must be of `major`.
    fn take(&mut self, major: u8, expected: &str) -> Outcome<usize> {
        if self.first() >> 5 != major {
            return shape(&format!("{expected} belongs at byte {}", self.at));
        }
        usize::try_from(self.take_head()?.argument).map_err(|_| CborError::Shape("too long".into()))
    }

    fn take_slice(&mut self, major: u8, expected: &str) -> Outcome<&'de [u8]> {
        let length = self.take(major, expected)?;
        let slice = self
            .bytes
            .get(self.at..)
            .and_then(|rest| rest.get(..length));
        let slice = slice.ok_or_else(|| CborError::Shape("a length runs past the end".into()))?;
        self.at += length;
        Ok(slice)
    }

    fn take_text(&mut self) -> Outcome<&'de str> {
        let slice = self.take_slice(TEXT, "text")?;
        std::str::from_utf8(slice).map_err(|_| CborError::Shape("text is not UTF-8".into()))
    }

    fn visit_negative<V: Visitor<'de>>(&mut self, visitor: V) -> Outcome<V::Value> {
        let number = -1 - i128::from(self.take_head()?.argument);
        match i64::try_from(number) {
            Ok(number) => visitor.visit_i64(number),
            Err(_) => visitor.visit_i128(number),
        }
    }

    fn visit_list<V: Visitor<'de>>(&mut self, visitor: V) -> Outcome<V::Value> {
        let mut items = Items {
            left: self.take(LIST, "a list")?,
            decoder: self,
        };
        let value = visitor.visit_seq(&mut items)?;
        match items.left {
            0 => Ok(value),
            _ => shape("a list has more elements than belong there"),
        }
    }

    fn visit_pairs<V: Visitor<'de>>(&mut self, visitor: V) -> Outcome<V::Value> {
        let mut items = Items {
            left: self.take(MAP, "a map")?,
            decoder: self,
        };
        let value = visitor.visit_map(&mut items)?;
        match items.left {
            0 => Ok(value),
            _ => shape("a map has more entries than belong there"),
        }
    }
}

/// Forwards types whose visitor already takes exactly one kind of item.
macro_rules! by_kind {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
            self.deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = CborError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        match (self.first() >> 5, self.first()) {
            (UNSIGNED, _) => visitor.visit_u64(self.take_head()?.argument),
            (NEGATIVE, _) => self.visit_negative(visitor),
            (BYTES, _) => visitor.visit_borrowed_bytes(self.take_slice(BYTES, "bytes")?),
            (TEXT, _) => visitor.visit_borrowed_str(self.take_text()?),
            (LIST, _) => self.visit_list(visitor),
            (MAP, _) => self.visit_pairs(visitor),
            (_, TRUE | FALSE) => {
                let value = self.first() == TRUE;
                self.at += 1;
                visitor.visit_bool(value)
            }
            _ => self.deserialize_unit(visitor),
        }
    }

    by_kind! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        visitor.visit_borrowed_str(self.take_text()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        visitor.visit_borrowed_str(self.take_text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        visitor.visit_borrowed_str(self.take_text()?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        visitor.visit_borrowed_str(self.take_text()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        visitor.visit_borrowed_bytes(self.take_slice(BYTES, "a byte string")?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        if self.first() != NULL {
            return visitor.visit_some(self);
        }
        self.at += 1;
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        if self.first() != NULL {
            return shape(&format!("null belongs at byte {}", self.at));
        }
        self.at += 1;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Outcome<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Outcome<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        self.visit_list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Outcome<V::Value> {
        self.visit_list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Outcome<V::Value> {
        self.visit_list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        self.visit_pairs(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Outcome<V::Value> {
        self.visit_pairs(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Outcome<V::Value> {
        let has_content = self.first() >> 5 == MAP;
        if has_content && self.take(MAP, "a map")? != 1 {
            return shape("a variant with content is a map of one entry");
        }
        visitor.visit_enum(Variant {
            decoder: self,
            has_content,
        })
    }

    /// Reached for a field that the type does not have.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Outcome<V::Value> {
        let start = self.at;
        self.at = skip::<false>(self.bytes, start, 0)?;
        let _ = visitor;
        shape(&format!("an unknown field has its value at byte {start}"))
    }
}

/// What is left of a list or a map.
struct Items<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = CborError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Outcome<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = CborError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Outcome<Option<K::Value>> {
        SeqAccess::next_element_seed(self, seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Outcome<V::Value> {
        seed.deserialize(&mut *self.decoder)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A variant: its name alone, or a map from its name to its content.
struct Variant<'a, 'de> {
    decoder: &'a mut Decoder<'de>,
    has_content: bool,
}

impl Variant<'_, '_> {
    fn expect_content(&self, expected: bool) -> Outcome<()> {
        match (expected, self.has_content) {
            (true, false) => shape("this variant has content: write a map of its name to it"),
            (false, true) => shape("this variant has no content: write its name alone"),
            _ => Ok(()),
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = CborError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Outcome<(V::Value, Self)> {
        let value = seed.deserialize(&mut *self.decoder)?;
        Ok((value, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = CborError;

    fn unit_variant(self) -> Outcome<()> {
        self.expect_content(false)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Outcome<T::Value> {
        self.expect_content(true)?;
        seed.deserialize(self.decoder)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Outcome<V::Value> {
        self.expect_content(true)?;
        self.decoder.visit_list(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Outcome<V::Value> {
        self.expect_content(true)?;
        self.decoder.visit_pairs(visitor)
    }
}
