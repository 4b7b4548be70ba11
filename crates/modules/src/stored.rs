//! Small pieces of stored formats that every module uses: a version in front, words stored as numbers.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// The version that a record or event starts with; reading refuses any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version<const N: u8>;

impl<const N: u8> Serialize for Version<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(N)
    }
}

impl<'de, const N: u8> Deserialize<'de> for Version<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            found if found == N => Ok(Self),
            found => Err(de::Error::custom(format!(
                "format version {found} is not known; this program reads version {N}"
            ))),
        }
    }
}

impl<const N: u8> PartialSchema for Version<N> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .description(Some("The format's version."))
            .into()
    }
}

impl<const N: u8> ToSchema for Version<N> {
    fn name() -> Cow<'static, str> {
        "FormatVersion".into()
    }
}

/// The schema of a text that is one of `words`; of any where there are none.
pub(crate) fn text_schema(description: &str, words: &[&str]) -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description));
    match words {
        [] => text.into(),
        words => text.enum_values(Some(words.iter().copied())).into(),
    }
}

/// Declares an enum that is a number in CBOR and a word in JSON. Numbers are stored and never reused.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$item_doc:meta])* $variant:ident = $number:literal $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$item_doc])* $variant = $number,)+
        }

        impl $name {
            /// Every value, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stored number.
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The word used in JSON and on screens.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let words: Vec<&str> = Self::ALL.iter().map(|known| known.word()).collect();
                crate::stored::text_schema(concat!("The ", $what, "."), &words)
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(word: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|known| known.word() == word).ok_or_else(|| {
                    let words: Vec<&str> = Self::ALL.iter().map(|known| known.word()).collect();
                    let word: String = word.chars().take(40).collect();
                    format!("`{word}` is no {}; use one of {}", $what, words.join(", "))
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(self.word())
                } else {
                    serializer.serialize_u8(self.number())
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                if deserializer.is_human_readable() {
                    let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    return word.parse().map_err(D::Error::custom);
                }
                let number = <u8 as serde::Deserialize>::deserialize(deserializer)?;
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.number() == number)
                    .ok_or_else(|| D::Error::custom(format!("{number} is no {}", $what)))
            }
        }
    };
}

/// Declares an identifier of 16 bytes: bytes in CBOR, hexadecimal in JSON.
macro_rules! short_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// The first 16 bytes of a digest.
            pub fn of(digest: &convoy_types::Digest) -> Self {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&digest.0[..16]);
                Self(bytes)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::stored::text_schema(concat!("The ", $what, ": 32 hexadecimal digits."), &[])
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let fault = || format!(concat!("`{}` is no ", $what, "; write its 32 hexadecimal digits"), text.chars().take(40).collect::<String>());
                if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(fault());
                }
                let mut bytes = [0; 16];
                for (place, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| fault())?;
                }
                Ok(Self(bytes))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error as _;
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    return text.parse().map_err(D::Error::custom);
                }
                let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
                let bytes = bytes.as_slice().try_into().map_err(|_| D::Error::custom(concat!("a ", $what, " has 16 bytes")))?;
                Ok(Self(bytes))
            }
        }
    };
}

/// Declares a module's refusals and `ALL`, its table.
macro_rules! rules {
    ($($(#[$doc:meta])* $id:ident = $number:literal, $name:literal, $retryable:literal, $remedy:literal;)*) => {
        $($(#[$doc])* pub const $id: convoy_ledger::Rule = convoy_ledger::Rule { number: $number, name: $name, retryable: $retryable, remedy: $remedy };)*
        /// Every rule of this module, by number.
        pub const ALL: &[convoy_ledger::Rule] = &[$($id),*];
    };
}

pub(crate) use {numbered, rules, short_id};

#[cfg(test)]
mod tests {
    use crate::custody::types::HandoverId;

    #[test]
    fn a_short_id_is_thirty_two_hexadecimal_digits_and_nothing_else() {
        assert!("0f".repeat(16).parse::<HandoverId>().is_ok());
        for text in [
            "+f".repeat(16),
            "0f".repeat(15),
            "0g".repeat(16),
            "é".repeat(16),
        ] {
            assert!(text.parse::<HandoverId>().is_err(), "{text}");
        }
    }
}
