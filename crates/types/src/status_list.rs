//! The status of credentials (Token Status List, draft-ietf-oauth-status-list): a list of bits, signed by the issuer, in which each credential has a place.
//!
//! Flow: a credential names its list and its place ([`Reference`]) → the issuer sets what is over ([`StatusList::set`]) and signs ([`StatusList::publish`]) → a
//! verifier reads the list ([`Published::read`]), checks signature and times, and looks at the place ([`StatusList::get`]).
//!
//! Invariants: what we publish has one bit for each, 0 valid and 1 invalid (section 7.1); lists of others with 2, 4 or 8 bits are read. Which places are given out is
//! not told: all of them are there.
//!
//! Limits: [`PLACES_MAX`] places, [`TOKEN_BYTES_MAX`] of a signed list; inflating stops there.

use crate::{
    cose::SigningKey,
    sd_jwt::{Jws, SdJwtError},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use miniz_oxide::{deflate::compress_to_vec_zlib, inflate::decompress_to_vec_zlib_with_limit};
use serde_json::{Map, Value, json};

/// Places of one list.
pub const PLACES_MAX: u64 = 1 << 20;
/// A signed list, bytes.
pub const TOKEN_BYTES_MAX: usize = 4 << 20;
/// The media type in the header.
pub const MEDIA_TYPE: &str = "statuslist+jwt";
/// The status of what holds.
pub const VALID: u8 = 0;
/// The status of what is over.
pub const INVALID: u8 = 1;
/// Deflate's best: a list is made seldom and read often.
const COMPRESSION: u8 = 9;

/// Where a credential's status stands: the claim `status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The place.
    pub index: u64,
    /// The list, as it names itself.
    pub uri: String,
}

impl Reference {
    /// The value of the claim `status`.
    pub fn to_claim(&self) -> Value {
        json!({ "status_list": { "idx": self.index, "uri": self.uri } })
    }

    /// What `claims` say of a status list; `None` where they name none.
    ///
    /// # Errors
    /// The claim is of another form.
    pub fn of(claims: &Map<String, Value>) -> Result<Option<Self>, String> {
        let Some(status) = claims.get("status") else {
            return Ok(None);
        };
        let Some(list) = status.get("status_list") else {
            return Err("status: it names no status_list, and no other kind is known here".into());
        };
        match (list["idx"].as_u64(), list["uri"].as_str()) {
            (Some(index), Some(uri)) => Ok(Some(Self {
                index,
                uri: uri.to_owned(),
            })),
            _ => Err("status: status_list has no idx and uri".into()),
        }
    }
}

/// A list of statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    /// 1, 2, 4 or 8.
    bits: u8,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list of one bit each with at least `places` places, at most [`PLACES_MAX`], all of them valid.
    pub fn new(places: u64) -> Self {
        let bytes = places.min(PLACES_MAX).div_ceil(8);
        Self {
            bits: 1,
            bytes: vec![0; usize::try_from(bytes).unwrap_or(0)],
        }
    }

    /// How many places it has.
    pub fn places(&self) -> u64 {
        self.bytes.len() as u64 * u64::from(8 / self.bits)
    }

    /// Byte, shift and mask of a place.
    fn at(&self, index: u64) -> Option<(usize, u8, u8)> {
        let in_byte = u64::from(8 / self.bits);
        let byte = usize::try_from(index / in_byte).ok()?;
        let shift = u8::try_from(index % in_byte).ok()? * self.bits;
        let mask = u8::MAX >> (8 - self.bits);
        (byte < self.bytes.len()).then_some((byte, shift, mask))
    }

    /// The status at a place; `None` past the end.
    pub fn get(&self, index: u64) -> Option<u8> {
        let (byte, shift, mask) = self.at(index)?;
        Some(self.bytes[byte] >> shift & mask)
    }

    /// Makes the status at a place invalid; whether there is that place.
    pub fn set(&mut self, index: u64) -> bool {
        let Some((byte, shift, _)) = self.at(index) else {
            return false;
        };
        self.bytes[byte] |= INVALID << shift;
        true
    }

    /// The value of the claim `status_list`.
    pub fn to_claim(&self) -> Value {
        let packed = compress_to_vec_zlib(&self.bytes, COMPRESSION);
        json!({ "bits": self.bits, "lst": URL_SAFE_NO_PAD.encode(packed) })
    }

    /// Reads the claim `status_list`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of_claim(claim: &Value) -> Result<Self, String> {
        let bits = match claim["bits"].as_u64() {
            Some(bits @ (1 | 2 | 4 | 8)) => bits as u8,
            _ => return Err("status_list: bits is not 1, 2, 4 or 8".into()),
        };
        let text = claim["lst"].as_str().unwrap_or_default();
        let packed = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| "status_list: lst is not base64url without padding".to_owned())?;
        let most = (PLACES_MAX / 8) as usize * usize::from(bits);
        let bytes = decompress_to_vec_zlib_with_limit(&packed, most).map_err(|error| {
            format!("status_list: lst is no zlib stream of at most {most} bytes: {error}")
        })?;
        Ok(Self { bits, bytes })
    }

    /// Signs the list.
    ///
    /// # Errors
    /// When the system's random source fails.
    pub fn publish(&self, terms: &Terms<'_>, key: &SigningKey) -> Result<String, SdJwtError> {
        let mut header = Map::new();
        header.insert("typ".into(), MEDIA_TYPE.into());
        header.insert("kid".into(), terms.kid.into());
        let mut payload = Map::new();
        payload.insert("iss".into(), terms.issuer.into());
        payload.insert("sub".into(), terms.uri.into());
        payload.insert("iat".into(), terms.issued_s.into());
        payload.insert("exp".into(), terms.expires_s.into());
        payload.insert("ttl".into(), terms.fresh_s.into());
        payload.insert("status_list".into(), self.to_claim());
        Jws::sign(header, &payload, key)
    }
}

/// Under which terms a list is signed.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    /// The list's own name.
    pub uri: &'t str,
    /// Who signs.
    pub issuer: &'t str,
    /// The key, as the issuer's DID document names it.
    pub kid: &'t str,
    /// Issued at, seconds since 1970.
    pub issued_s: u64,
    /// Of use before this time, seconds since 1970.
    pub expires_s: u64,
    /// How long it may be kept before it is fetched again, seconds.
    pub fresh_s: u64,
}

/// A signed list as read; its signature is not checked yet.
#[derive(Clone, Debug)]
pub struct Published {
    /// The signed text.
    pub jws: Jws,
    /// The list's own name.
    pub uri: String,
    /// Issued at, seconds since 1970.
    pub issued_s: u64,
    /// Of use before this time, where it says so, seconds since 1970.
    pub expires_s: Option<u64>,
    /// The list.
    pub list: StatusList,
}

impl Published {
    /// Reads a signed list.
    ///
    /// # Errors
    /// What is wrong with its form.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > TOKEN_BYTES_MAX {
            return Err(format!("it is longer than {TOKEN_BYTES_MAX} bytes"));
        }
        let jws = Jws::read("status list", text).map_err(|error| error.to_string())?;
        let kind = jws.header_text("typ").unwrap_or("none");
        if kind != MEDIA_TYPE {
            return Err(format!(
                "its type is `{kind}`, and a status list's is {MEDIA_TYPE}"
            ));
        }
        let payload = &jws.payload;
        let time = |name: &str| match payload.get(name) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(time) => Ok(Some(time)),
                None => Err(format!("{name} is no time in whole seconds")),
            },
        };
        let uri = payload.get("sub").and_then(Value::as_str);
        Ok(Self {
            uri: uri.ok_or("it does not name itself (sub)")?.to_owned(),
            issued_s: time("iat")?.ok_or("it does not say when it was issued (iat)")?,
            expires_s: time("exp")?,
            list: StatusList::of_claim(payload.get("status_list").unwrap_or(&Value::Null))?,
            jws,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::Algorithm;

    /// Draft 20, appendix C.1: 2^20 places of one bit. The list as its CBOR holds it.
    const ONE_BIT: &str = "78daeddc010dc0200c0041a88249400ad2903e0f4bba00bd93f002beb7a2a2010000a91e0900000000000000000000000000000080729604000000000000000000000000000000000000000000000000000000000000000000000000000000005c6f4800000000000000fc2c240000000000000000000000be1b12000000000000000000ecaa4b000000000000000000000000000000009b0b0900000000000000000038de9400000000000000002a30cc010000000080642f0bd8011b";
    /// Appendix C.2: two bits each.
    const TWO_BITS: &str = "78daeddb310d00211000412ea1a04004fe5520ed357c28c81d3312b6df68bc65480000000000406e21010000000000000000000000000000000000000000000000000000000000000040795b02000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000080f4ba0400000000000000000000000000406d764a000000000000000000000000000000000000000000e0922101000000000000000000000000000000000000fc131200000000000000000000000000000000000000000000000000000000000000c0912e01000000000000000000000000000000000000c07d4b02000000000000000000000000000000a8614a0000000000000000000000406a1fcd60010c";
    const PLACES: [(u64, u8, u8); 11] = [
        (0, 1, 0b01),
        (1993, 1, 0b10),
        (25_460, 1, 0b01),
        (159_495, 1, 0b11),
        (495_669, 1, 0b01),
        (554_353, 1, 0b01),
        (645_645, 1, 0b10),
        (723_232, 1, 0b01),
        (854_545, 1, 0b01),
        (934_534, 1, 0b10),
        (1_000_345, 1, 0b11),
    ];

    fn of(bits: u8, lst: &str) -> Result<StatusList, String> {
        StatusList::of_claim(&json!({ "bits": bits, "lst": lst }))
    }

    #[test]
    fn the_drafts_small_lists_are_read_and_written() {
        let list = of(1, "eNrbuRgAAhcBXQ").unwrap();
        let statuses: Vec<u8> = (0..16).filter_map(|index| list.get(index)).collect();
        assert_eq!(statuses, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
        assert_eq!(list.get(16), None);
        let mut ours = StatusList::new(16);
        for (index, status) in (0..16).zip(statuses) {
            assert!(status == VALID || ours.set(index));
        }
        assert_eq!(ours, list);
        assert_eq!(ours.to_claim()["lst"], "eNrbuRgAAhcBXQ");
        let list = of(2, "eNo76fITAAPfAgc").unwrap();
        let statuses: Vec<u8> = (0..12).filter_map(|index| list.get(index)).collect();
        assert_eq!(statuses, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
    }

    #[test]
    fn the_drafts_large_lists_are_read() {
        let text = |hexadecimal: &str| URL_SAFE_NO_PAD.encode(hex::decode(hexadecimal).unwrap());
        let (one, two) = (
            of(1, &text(ONE_BIT)).unwrap(),
            of(2, &text(TWO_BITS)).unwrap(),
        );
        assert_eq!((one.places(), two.places()), (PLACES_MAX, PLACES_MAX));
        let set = |list: &StatusList| {
            (0..PLACES_MAX)
                .filter(|place| list.get(*place) != Some(VALID))
                .count()
        };
        assert_eq!((set(&one), set(&two)), (PLACES.len(), PLACES.len()));
        let mut ours = StatusList::new(PLACES_MAX);
        for (index, in_one, in_two) in PLACES {
            assert_eq!(
                (one.get(index), two.get(index)),
                (Some(in_one), Some(in_two)),
                "{index}"
            );
            ours.set(index);
        }
        assert_eq!(ours, one);
    }

    #[test]
    fn what_is_no_list_is_refused_and_a_bomb_is_not_inflated() {
        for (bits, lst) in [
            (3, "eNrbuRgAAhcBXQ"),
            (0, ""),
            (1, "eNrbuRgAAhcBXQ=="),
            (1, "AAAA"),
            (1, "eNrbuRgAAhcBXA"),
        ] {
            assert!(of(bits, lst).is_err(), "{bits} {lst}");
        }
        let bomb = compress_to_vec_zlib(&vec![0; 64 << 20], COMPRESSION);
        let told = of(1, &URL_SAFE_NO_PAD.encode(bomb)).unwrap_err();
        assert!(told.contains("131072 bytes"), "{told}");
    }

    #[test]
    fn a_signed_list_is_read_with_its_times_and_holds_under_its_key_only() {
        let key = |seed: u8| SigningKey::from_secret(Algorithm::Ed25519, &[seed; 32]).unwrap();
        let mut list = StatusList::new(1_000);
        assert!(list.set(999) && !list.set(1_000));
        let terms = Terms {
            uri: "https://est.example/v1/credentials/status",
            issuer: "did:web:est.example",
            kid: "did:web:est.example#1",
            issued_s: 1_000,
            expires_s: 2_000,
            fresh_s: 60,
        };
        let text = list.publish(&terms, &key(1)).unwrap();
        let read = Published::read(&text).unwrap();
        assert_eq!(
            (read.uri.as_str(), read.issued_s, read.expires_s),
            (terms.uri, 1_000, Some(2_000))
        );
        assert_eq!(read.list, list);
        assert!(read.jws.verify(key(1).public()).is_ok());
        assert!(read.jws.verify(key(2).public()).is_err());
        let reference = Reference {
            index: 7,
            uri: terms.uri.into(),
        };
        let claims = json!({ "status": reference.to_claim() });
        assert_eq!(
            Reference::of(claims.as_object().unwrap()),
            Ok(Some(reference))
        );
        assert!(Reference::of(json!({"status": {"other": 1}}).as_object().unwrap()).is_err());
    }
}
