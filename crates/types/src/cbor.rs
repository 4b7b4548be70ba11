//! Deterministic CBOR (RFC 8949 section 4.2.1), the one encoding of everything stored, signed or sent.
//!
//! Flow: [`to_vec`] serialises with serde and puts map keys in bytewise order; [`from_slice`]
//! first walks the bytes with [`check`], which refuses everything that is not the one right form,
//! and only then builds the value. So two different byte strings never mean the same value.
//! [`from_checked`] is for bytes that passed [`check`], or that [`to_vec`] wrote and nobody else could touch.
//!
//! Refused: indefinite lengths, integers and lengths longer than needed, unsorted or repeated map
//! keys, floating point numbers, trailing bytes, text that is not UTF-8, nesting past
//! [`CBOR_DEPTH_MAX`]. Simple values are `false`, `true` and `null` only. Tags are refused where a
//! value is decoded, for the decoder would look through them; bignums (tags 2 and 3) are refused always.

mod decode;
mod encode;

use crate::limits::CBOR_DEPTH_MAX;
use serde::{Serialize, de::DeserializeOwned};

/// Why bytes are not one deterministic CBOR item of the expected shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes break a rule of deterministic encoding.
    #[error(
        "not deterministic CBOR at byte {at}: {rule}; encode it again per RFC 8949 section 4.2.1"
    )]
    Form {
        /// Offset of the fault.
        at: usize,
        /// The rule that is broken.
        rule: &'static str,
    },
    /// Well formed, but not the shape this field wants.
    #[error("the CBOR does not have the expected shape: {0}")]
    Shape(String),
}

/// Encodes `value` deterministically.
///
/// # Panics
/// Never for types made of integers, text, bytes, sequences, maps, options and enums; a type that
/// serialises floats or fails in its own `Serialize` is a fault of ours and stops the program.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    value
        .serialize(encode::Encoder { out: &mut out })
        .expect("our own types serialise");
    out
}

/// Decodes exactly one deterministic item that fills `bytes`.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CborError> {
    whole::<false>(bytes)?;
    T::deserialize(&mut decode::Decoder::new(bytes))
}

/// Decodes what passed [`check`], or what [`to_vec`] wrote and only this program could have changed: its form is not checked a
/// second time. Takes and refuses what [`from_slice`] does.
///
/// # Errors
/// Where it is of another type, or is damaged after all; never a panic.
pub fn from_checked<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CborError> {
    let mut decoder = decode::Decoder::new(bytes);
    let value = T::deserialize(&mut decoder)?;
    decoder.end()?;
    Ok(value)
}

/// Checks that `bytes` is exactly one deterministic item; tags other than bignums may occur in it.
pub fn check(bytes: &[u8]) -> Result<(), CborError> {
    whole::<true>(bytes)
}

/// The name of the variant that `bytes` encode: a text, or the one key of a map. `None` where they encode no enum.
pub fn variant(bytes: &[u8]) -> Option<&str> {
    let outer = head(bytes, 0).ok()?;
    let (start, name) = match (outer.major, outer.argument) {
        (3, _) => (0, outer),
        (5, 1) => (outer.end, head(bytes, outer.end).ok()?),
        _ => return None,
    };
    if name.major != 3 {
        return None;
    }
    let end = span(bytes, name.end, name.argument, start).ok()?;
    std::str::from_utf8(&bytes[name.end..end]).ok()
}

fn whole<const TAGS: bool>(bytes: &[u8]) -> Result<(), CborError> {
    let end = skip::<TAGS>(bytes, 0, 0)?;
    if end != bytes.len() {
        return Err(form(end, "bytes follow the item"));
    }
    Ok(())
}

fn form(at: usize, rule: &'static str) -> CborError {
    CborError::Form { at, rule }
}

/// The head of an item: major type, argument, offset behind it.
#[derive(Clone, Copy)]
struct Head {
    major: u8,
    argument: u64,
    end: usize,
}

fn head(bytes: &[u8], at: usize) -> Result<Head, CborError> {
    let first = *bytes.get(at).ok_or(form(at, "the item is cut short"))?;
    let (major, info) = (first >> 5, first & 0x1f);
    let width = match info {
        0..=23 => {
            return Ok(Head {
                major,
                argument: u64::from(info),
                end: at + 1,
            });
        }
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        31 => return Err(form(at, "indefinite length")),
        _ => return Err(form(at, "reserved length code")),
    };
    let raw = bytes
        .get(at + 1..at + 1 + width)
        .ok_or(form(at, "the item is cut short"))?;
    let argument = raw
        .iter()
        .fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    let shortest_min = match width {
        1 => 24,
        2 => 1 << 8,
        4 => 1 << 16,
        _ => 1 << 32,
    };
    if argument < shortest_min && major != 7 {
        return Err(form(at, "an integer or length is longer than needed"));
    }
    Ok(Head {
        major,
        argument,
        end: at + 1 + width,
    })
}

fn span(bytes: &[u8], start: usize, length: u64, at: usize) -> Result<usize, CborError> {
    usize::try_from(length)
        .ok()
        .and_then(|length| start.checked_add(length))
        .filter(|end| *end <= bytes.len())
        .ok_or(form(at, "a length runs past the end"))
}

/// Checks the item at `at` and returns the offset behind it.
fn skip<const TAGS: bool>(bytes: &[u8], at: usize, depth: usize) -> Result<usize, CborError> {
    if depth > CBOR_DEPTH_MAX {
        return Err(form(at, "nested too deeply"));
    }
    let head = head(bytes, at)?;
    match head.major {
        0 | 1 => Ok(head.end),
        2 => span(bytes, head.end, head.argument, at),
        3 => {
            let end = span(bytes, head.end, head.argument, at)?;
            std::str::from_utf8(&bytes[head.end..end])
                .map_err(|_| form(at, "text is not UTF-8"))?;
            Ok(end)
        }
        4 => (0..head.argument).try_fold(head.end, |next, _| skip::<TAGS>(bytes, next, depth + 1)),
        5 => skip_map::<TAGS>(bytes, head, depth),
        6 if !TAGS => Err(form(at, "a tag where none is expected")),
        6 if matches!(head.argument, 2 | 3) => Err(form(at, "bignums are not used")),
        6 => skip::<TAGS>(bytes, head.end, depth + 1),
        _ => match (bytes[at] & 0x1f, head.argument) {
            (20..=22, _) => Ok(head.end),
            (25..=27, _) => Err(form(at, "floating point numbers are not used")),
            _ => Err(form(at, "a simple value other than false, true or null")),
        },
    }
}

fn skip_map<const TAGS: bool>(bytes: &[u8], head: Head, depth: usize) -> Result<usize, CborError> {
    let mut next = head.end;
    let mut previous: Option<&[u8]> = None;
    for _ in 0..head.argument {
        let key_end = skip::<TAGS>(bytes, next, depth + 1)?;
        let key = &bytes[next..key_end];
        match previous {
            Some(before) if before == key => return Err(form(next, "a map key is repeated")),
            Some(before) if before > key => {
                return Err(form(next, "map keys are not in bytewise order"));
            }
            _ => previous = Some(key),
        }
        next = skip::<TAGS>(bytes, key_end, depth + 1)?;
    }
    Ok(next)
}

/// Copies the item at `at` to `out` with map keys sorted; returns the offset behind it.
fn canonicalise(
    bytes: &[u8],
    at: usize,
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<usize, CborError> {
    let head = head(bytes, at)?;
    match head.major {
        4 | 6 => {
            out.extend_from_slice(&bytes[at..head.end]);
            let items = if head.major == 6 { 1 } else { head.argument };
            (0..items).try_fold(head.end, |next, _| {
                canonicalise(bytes, next, out, depth + 1)
            })
        }
        5 => {
            out.extend_from_slice(&bytes[at..head.end]);
            let mut next = head.end;
            let mut pairs = Vec::new();
            for _ in 0..head.argument {
                let mut pair = Vec::new();
                next = canonicalise(bytes, next, &mut pair, depth + 1)?;
                let key_length = pair.len();
                next = canonicalise(bytes, next, &mut pair, depth + 1)?;
                pairs.push((key_length, pair));
            }
            pairs.sort_by(|a, b| a.1[..a.0].cmp(&b.1[..b.0]));
            pairs
                .iter()
                .for_each(|(_, pair)| out.extend_from_slice(pair));
            Ok(next)
        }
        _ => {
            let end = skip::<true>(bytes, at, depth)?;
            out.extend_from_slice(&bytes[at..end]);
            Ok(end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        zebra: u64,
        a: i64,
        list: Vec<String>,
        maybe: Option<u8>,
        tree: BTreeMap<String, u32>,
    }

    fn refused(hex_text: &str) -> &'static str {
        match check(&hex::decode(hex_text).expect("hex")) {
            Err(CborError::Form { rule, .. }) => rule,
            other => panic!("{hex_text} was not refused: {other:?}"),
        }
    }

    /// Items from RFC 8949 appendix A and section 4.2.
    #[test]
    fn what_is_not_deterministic_is_refused_by_name() {
        assert_eq!(
            refused("1817"),
            "an integer or length is longer than needed"
        );
        assert_eq!(
            refused("190017"),
            "an integer or length is longer than needed"
        );
        assert_eq!(refused("5f42010243030405ff"), "indefinite length");
        assert_eq!(refused("9fff"), "indefinite length");
        assert_eq!(
            refused("a2626161016161 02".replace(' ', "").as_str()),
            "map keys are not in bytewise order"
        );
        assert_eq!(refused("a2616101616102"), "a map key is repeated");
        assert_eq!(refused("f97e00"), "floating point numbers are not used");
        assert_eq!(
            refused("f7"),
            "a simple value other than false, true or null"
        );
        assert_eq!(
            refused("f820"),
            "a simple value other than false, true or null"
        );
        assert_eq!(refused("0000"), "bytes follow the item");
        assert_eq!(refused("61ff"), "text is not UTF-8");
        assert_eq!(refused("42ff"), "a length runs past the end");
        assert_eq!(refused("5bffffffffffffffff"), "a length runs past the end");
        assert_eq!(refused(""), "the item is cut short");
        assert_eq!(refused(&"81".repeat(40)), "nested too deeply");
    }

    /// Found by fuzzing: `c340` was read as -1, `c16161` as "a", so one value had two encodings.
    #[test]
    fn a_tag_never_gives_a_value_a_second_encoding() {
        assert_eq!(refused("c340"), "bignums are not used");
        assert_eq!(refused("81c24101"), "bignums are not used");
        assert_eq!(check(&[0xd2, 0x80]), Ok(()));
        for bytes in [&[0xc3, 0x40][..], &[0xc1, 0x61, 0x61], &[0x81, 0xc1, 0x00]] {
            let refusal = from_slice::<ciborium::Value>(bytes).unwrap_err();
            assert!(refusal.to_string().contains("a tag where none is expected"));
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Choice {
        Bare,
        One(u8),
        Two(u8, String),
        Named { a: Option<u8> },
    }

    #[test]
    fn a_variant_is_named_without_decoding_it() {
        let named = |choice: &Choice| variant(&to_vec(choice)).map(str::to_owned);
        for (choice, name) in [
            (Choice::Bare, "Bare"),
            (Choice::One(3), "One"),
            (Choice::Two(3, "x".into()), "Two"),
            (Choice::Named { a: None }, "Named"),
        ] {
            assert_eq!(named(&choice).as_deref(), Some(name));
        }
        for other in [
            "", "00", "80", "a0", "a20001", "a10001", "a1", "a163", "6341", "63ffffff",
        ] {
            assert_eq!(
                variant(&hex::decode(other).unwrap_or_default()),
                None,
                "{other}"
            );
        }
    }

    #[test]
    fn nothing_is_read_behind_the_end() {
        let many = hex::decode("9b1000000000000000").unwrap();
        assert!(from_checked::<Vec<Option<u8>>>(&many).is_err());
        assert!(from_checked::<Vec<()>>(&many).is_err());
        assert!(from_checked::<(u8, Option<u8>)>(&[0x82, 0x01]).is_err());
        assert!(from_checked::<u8>(&[0x01, 0x02]).is_err());
    }

    fn refused_as<T: DeserializeOwned + std::fmt::Debug>(hex_text: &str) -> String {
        let bytes = hex::decode(hex_text).unwrap();
        assert_eq!(check(&bytes), Ok(()), "{hex_text} is deterministic");
        from_slice::<T>(&bytes).unwrap_err().to_string()
    }

    #[test]
    fn every_kind_of_variant_is_read_back() {
        let all = vec![
            Choice::Bare,
            Choice::One(7),
            Choice::Two(1, "b".into()),
            Choice::Named { a: None },
            Choice::Named { a: Some(1) },
        ];
        assert_eq!(from_slice::<Vec<Choice>>(&to_vec(&all)).unwrap(), all);
        let numbers = (i64::MIN, u64::MAX, -1i8, (), Some(true), 'x');
        assert_eq!(
            from_slice::<(i64, u64, i8, (), Option<bool>, char)>(&to_vec(&numbers)).unwrap(),
            numbers
        );
    }

    /// Found by fuzzing, or the neighbour of what was: each of these used to be a second encoding of some value.
    #[test]
    fn a_value_has_one_encoding() {
        assert!(refused_as::<(i64, u8)>("420100").contains("a list belongs"));
        assert!(refused_as::<serde_bytes::ByteBuf>("820100").contains("a byte string belongs"));
        assert!(refused_as::<String>("4161").contains("text belongs"));
        assert!(refused_as::<Choice>("a16442617265f6").contains("its name alone"));
        assert!(refused_as::<Choice>("634f6e65").contains("has content"));
        assert!(refused_as::<Choice>("00").contains("text belongs"));
        assert!(refused_as::<Choice>("a1654e616d6564a2616101616202").contains("an unknown field"));
        assert!(refused_as::<Option<u8>>("f4").contains("invalid type"));
    }

    /// Found by fuzzing: `[[1, 0, "EUT"], "x"]` was read as `[[1, 0], "EUT"]`.
    #[test]
    fn a_list_with_too_many_elements_does_not_shift_what_follows() {
        let bytes = hex::decode("8283010063455554 6178".replace(' ', "")).unwrap();
        assert_eq!(check(&bytes), Ok(()));
        let refusal = from_slice::<((i64, u8), String)>(&bytes).unwrap_err();
        assert!(refusal.to_string().contains("more elements"));
        let right = hex::decode("8282010063455554").unwrap();
        let value = from_slice::<((i64, u8), String)>(&right).unwrap();
        assert_eq!(value, ((1, 0), "EUT".to_owned()));
    }

    #[test]
    fn struct_fields_are_written_in_bytewise_order_of_their_keys() {
        let sample = Sample {
            zebra: 1,
            a: -5,
            list: vec![],
            maybe: None,
            tree: BTreeMap::new(),
        };
        assert_eq!(
            hex::encode(to_vec(&sample)),
            "a5616124646c69737480647472 6565a0656d61796265f6657a6562726101".replace(' ', "")
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_accepted_and_read_back(
            zebra: u64, a: i64, list in prop::collection::vec(".{0,20}", 0..5),
            maybe: Option<u8>, tree in prop::collection::btree_map(".{0,30}", any::<u32>(), 0..8)
        ) {
            let sample = Sample { zebra, a, list, maybe, tree };
            let bytes = to_vec(&sample);
            check(&bytes).unwrap();
            prop_assert_eq!(&from_checked::<Sample>(&bytes).unwrap(), &sample);
            prop_assert_eq!(from_slice::<Sample>(&bytes).unwrap(), sample);
        }

        /// The general encoder, whose map keys are put in order afterwards, is the oracle.
        #[test]
        fn values_are_written_as_another_encoder_writes_them(
            numbers: (u8, u16, u32, u64, i8, i16, i32, i64), wide in -(1i128 << 64)..(1i128 << 64), text in ".{0,300}",
            bytes in prop::collection::vec(any::<u8>(), 0..300), letter: char, truth: bool,
            tree in prop::collection::btree_map(".{0,30}", any::<Option<i64>>(), 0..40), bare: bool, unknown in 0usize..40,
        ) {
            let choice = match bare {
                true => Choice::Bare,
                false => Choice::Named { a: Some(numbers.0) },
            };
            let sample = Sample { zebra: numbers.3, a: numbers.7, list: vec![text.clone(); 2], maybe: None, tree: BTreeMap::new() };
            let value = (
                numbers, wide, (&text, serde_bytes::Bytes::new(&bytes), letter, truth, ()),
                &tree, (choice, Choice::One(1), Choice::Two(2, text.clone())), &sample, vec![&sample; unknown],
            );
            let mut raw = Vec::new();
            ciborium::into_writer(&value, &mut raw).unwrap();
            let mut sorted = Vec::new();
            canonicalise(&raw, 0, &mut sorted, 0).unwrap();
            prop_assert_eq!(to_vec(&value), sorted);
        }

        #[test]
        fn a_length_that_is_not_known_before_is_written_all_the_same(items in prop::collection::vec(any::<u64>(), 0..600)) {
            struct Uncounted<'a>(&'a [u64]);
            impl Serialize for Uncounted<'_> {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_seq(self.0.iter().filter(|_| true))
                }
            }
            prop_assert_eq!(to_vec(&Uncounted(&items)), to_vec(&items));
            prop_assert_eq!(to_vec(&(1, Uncounted(&items), 2)), to_vec(&(1, &items, 2)));
        }

        #[test]
        fn damaged_bytes_of_our_own_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = from_checked::<Sample>(&bytes);
            let _ = from_checked::<Vec<Choice>>(&bytes);
            let _ = from_checked::<(Vec<Option<u8>>, Option<bool>)>(&bytes);
        }

        #[test]
        fn bytes_from_anywhere_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if check(&bytes).is_ok() {
                let mut again = Vec::new();
                canonicalise(&bytes, 0, &mut again, 0).unwrap();
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
