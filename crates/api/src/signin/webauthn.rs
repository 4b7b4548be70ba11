//! Passkeys: what a browser sends is checked as Web Authentication Level 3 says (7.1 registration, 7.2 authentication).
//!
//! Flow: client data (type, challenge, origin) → authenticator data (host, presence, backup state, counter) → the signature over both → the
//! person was verified by their device. The last check is last, so that its refusal says that everything before it held.
//!
//! Invariants: only the origins and the host that the operator configured; never from within a frame of another site; user verification is
//! always required; every length is checked before it is used. Not checked, and so not claimed: which make the authenticator is (attestation
//! is not asked for, and ignored where it comes along).
//!
//! Own code for want of a library: webauthn-rs needs OpenSSL; webauthn_rp 0.3 and its offspring need the crate `rsa`, which carries an open
//! advisory (RUSTSEC-2023-0071); passkey-rp 0.1 and caden 0.7 are too young to lean on. What is written here reads two formats and calls
//! AWS-LC for the rest; the specification's own test vectors hold it.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value;
use convoy_types::{
    Digest,
    cose::{Algorithm, PublicKey},
};
use serde::Deserialize;

/// Bytes of client data, attestation object or authenticator data.
pub const BYTES_MAX: usize = 16 << 10;
/// Bytes of a credential's id (WebAuthn 4, credential ID).
const ID_BYTES_MAX: usize = 1_023;
/// The algorithms that are asked for, best first: EdDSA, ES256 (COSE).
pub const ALGORITHMS: [i64; 2] = [-8, -7];

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const MAY_BE_BACKED_UP: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;

/// Why an answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Form(&'static str),
    /// It answers something else, or somebody else's question.
    #[error("it does not answer this question")]
    Challenge,
    /// It was made for another address.
    #[error("it was made for another address than this console's")]
    Origin,
    /// It was made for another host.
    #[error("it was made for another host")]
    Host,
    /// Nobody was there.
    #[error("nobody touched the device")]
    Absent,
    /// The signature does not hold.
    #[error("its signature does not hold")]
    Signature,
    /// The device did not verify who holds it.
    #[error("the device did not verify its holder by fingerprint, face or PIN")]
    NotVerified,
    /// The counter went back.
    #[error("its counter went back")]
    Cloned,
}

/// What was asked.
pub struct Asked<'a> {
    /// The challenge, base64url.
    pub challenge: &'a str,
    /// The host that passkeys are bound to.
    pub rp_id: &'a str,
    /// The console's addresses.
    pub origins: &'a [String],
}

/// A credential that was made.
#[derive(Debug)]
pub struct Made {
    /// Its id.
    pub id: Vec<u8>,
    /// Its public key.
    pub public: PublicKey,
    /// Its counter.
    pub counter: u32,
    /// Whether it can be on several devices.
    pub backed_up: bool,
}

/// What a credential said when it was used.
#[derive(Debug)]
pub struct Used {
    /// Its counter.
    pub counter: u32,
    /// Whether it is on several devices now.
    pub backed_up: bool,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

/// The challenge that client data claims to answer, to find what was asked. Nothing is believed yet.
pub fn challenge_of(client_data: &[u8]) -> Result<String, Fault> {
    Ok(client_data_of(client_data)?.challenge)
}

fn client_data_of(bytes: &[u8]) -> Result<ClientData, Fault> {
    if bytes.len() > BYTES_MAX {
        return Err(Fault::Form("the client data is too long"));
    }
    serde_json::from_slice(bytes).map_err(|_| Fault::Form("the client data is no JSON of its kind"))
}

/// Checks the answer to `navigator.credentials.create` (7.1).
pub fn registered(
    asked: &Asked<'_>,
    client_data: &[u8],
    attestation: &[u8],
) -> Result<Made, Fault> {
    answers(asked, client_data, "webauthn.create")?;
    let data = authenticator_data_of(attestation)?;
    let head = Head::read(&data)?;
    head.is_for(asked)?;
    if head.flags & HAS_CREDENTIAL == 0 {
        return Err(Fault::Form("there is no credential in it"));
    }
    // 16 bytes name the make, 2 give the id's length.
    let (_, rest) = split(head.rest, 16)?;
    let (length, rest) = split(rest, 2)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    if length == 0 || length > ID_BYTES_MAX {
        return Err(Fault::Form("the credential's id has an impossible length"));
    }
    let (id, mut rest) = split(rest, length)?;
    let key: Value = ciborium::from_reader(&mut rest)
        .map_err(|_| Fault::Form("the credential's public key is no COSE key"))?;
    let public = public_key(&key)?;
    head.is_verified()?;
    Ok(Made {
        id: id.to_vec(),
        public,
        counter: head.counter,
        backed_up: head.flags & BACKED_UP != 0,
    })
}

/// Checks the answer to `navigator.credentials.get` by the credential with `public`, whose counter was `counter` (7.2).
pub fn used(
    asked: &Asked<'_>,
    public: &PublicKey,
    counter: u32,
    client_data: &[u8],
    authenticator_data: &[u8],
    signature: &[u8],
) -> Result<Used, Fault> {
    answers(asked, client_data, "webauthn.get")?;
    let head = Head::read(authenticator_data)?;
    head.is_for(asked)?;
    let mut signed = authenticator_data.to_vec();
    signed.extend_from_slice(&Digest::of(client_data).0);
    let holds = match public.algorithm() {
        Algorithm::Es256 => {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public.raw()).verify(&signed, signature)
        }
        Algorithm::Ed25519 => {
            UnparsedPublicKey::new(&ED25519, public.raw()).verify(&signed, signature)
        }
        Algorithm::MlDsa65 => return Err(Fault::Signature),
    };
    holds.map_err(|_| Fault::Signature)?;
    head.is_verified()?;
    if (head.counter != 0 || counter != 0) && head.counter <= counter {
        return Err(Fault::Cloned);
    }
    Ok(Used {
        counter: head.counter,
        backed_up: head.flags & BACKED_UP != 0,
    })
}

fn answers(asked: &Asked<'_>, client_data: &[u8], kind: &str) -> Result<(), Fault> {
    let data = client_data_of(client_data)?;
    if data.kind != kind || data.challenge != asked.challenge {
        return Err(Fault::Challenge);
    }
    let own = asked.origins.contains(&data.origin);
    if !own || data.cross_origin || data.top_origin.is_some() {
        return Err(Fault::Origin);
    }
    Ok(())
}

/// The fixed part of authenticator data: 32 bytes of the host's digest, flags, counter.
struct Head<'d> {
    host: &'d [u8],
    flags: u8,
    counter: u32,
    rest: &'d [u8],
}

impl<'d> Head<'d> {
    fn read(data: &'d [u8]) -> Result<Self, Fault> {
        if data.len() > BYTES_MAX {
            return Err(Fault::Form("the authenticator data is too long"));
        }
        let (host, rest) = split(data, 32)?;
        let (flags, rest) = split(rest, 1)?;
        let (counter, rest) = split(rest, 4)?;
        Ok(Self {
            host,
            flags: flags[0],
            counter: u32::from_be_bytes([counter[0], counter[1], counter[2], counter[3]]),
            rest,
        })
    }

    fn is_for(&self, asked: &Asked<'_>) -> Result<(), Fault> {
        if self.host != Digest::of(asked.rp_id.as_bytes()).0 {
            return Err(Fault::Host);
        }
        if self.flags & PRESENT == 0 {
            return Err(Fault::Absent);
        }
        if self.flags & BACKED_UP != 0 && self.flags & MAY_BE_BACKED_UP == 0 {
            return Err(Fault::Form("it is backed up and cannot be"));
        }
        Ok(())
    }

    fn is_verified(&self) -> Result<(), Fault> {
        match self.flags & VERIFIED {
            0 => Err(Fault::NotVerified),
            _ => Ok(()),
        }
    }
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], &[u8]), Fault> {
    bytes
        .split_at_checked(at)
        .ok_or(Fault::Form("the authenticator data is too short"))
}

fn authenticator_data_of(attestation: &[u8]) -> Result<Vec<u8>, Fault> {
    if attestation.len() > BYTES_MAX {
        return Err(Fault::Form("the attestation object is too long"));
    }
    let mut rest = attestation;
    let object: Value = ciborium::from_reader(&mut rest)
        .map_err(|_| Fault::Form("the attestation object is no CBOR"))?;
    let members = object.as_map().map_or(&[][..], Vec::as_slice);
    let found = members
        .iter()
        .find(|(name, _)| name.as_text() == Some("authData"));
    found
        .and_then(|(_, data)| data.as_bytes().cloned())
        .ok_or(Fault::Form(
            "the attestation object has no authenticator data",
        ))
}

/// A COSE key of one of [`ALGORITHMS`] (RFC 9053).
fn public_key(key: &Value) -> Result<PublicKey, Fault> {
    const WRONG: Fault =
        Fault::Form("the credential's public key is of a kind that was not asked for");
    let members = key.as_map().ok_or(WRONG)?;
    let member = |label: i64| {
        let own = |(name, _): &&(Value, Value)| name.as_integer() == Some(label.into());
        members.iter().find(own).map(|(_, value)| value)
    };
    let number = |label: i64| {
        let value = member(label).and_then(Value::as_integer);
        value.and_then(|value| i64::try_from(value).ok())
    };
    let bytes = |label: i64| -> Result<[u8; 32], Fault> {
        let value = member(label).and_then(Value::as_bytes).ok_or(WRONG)?;
        value.as_slice().try_into().map_err(|_| WRONG)
    };
    // Key type, algorithm, curve.
    match (number(1), number(3), number(-1)) {
        (Some(2), Some(-7), Some(1)) => {
            PublicKey::es256(&bytes(-2)?, &bytes(-3)?).map_err(|_| WRONG)
        }
        (Some(1), Some(-8), Some(6)) => PublicKey::ed25519(bytes(-2)?).map_err(|_| WRONG),
        _ => Err(WRONG),
    }
}

/// Bytes as browsers write them in JSON.
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes that a browser wrote.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    (text.len() <= 2 * BYTES_MAX)
        .then(|| URL_SAFE_NO_PAD.decode(text).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Web Authentication Level 3, 16: <https://www.w3.org/TR/webauthn-3/#sctn-test-vectors>, `none.ES256` and `packed-self.ES256`.
    mod vectors {
        pub struct Vector {
            pub challenge: &'static str,
            pub client_data: &'static str,
            pub data: &'static str,
        }
        pub const NONE: Vector = Vector {
            challenge: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
            client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
            data: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
        };
        pub const PACKED: Vector = Vector {
            challenge: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
            client_data: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
            data: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
        };
        /// By the credential of [`PACKED`]; the device did not verify its holder.
        pub const ASSERTION: Vector = Vector {
            challenge: "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
            client_data: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
            data: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
        };
        pub const SIGNATURE: &str = "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66";
    }
    use vectors::{ASSERTION, NONE, PACKED, SIGNATURE, Vector};

    fn origins() -> Vec<String> {
        vec!["https://example.org".into()]
    }

    fn register(vector: &Vector, rp_id: &str, origins: &[String]) -> Result<Made, Fault> {
        let challenge = text(&hex::decode(vector.challenge).unwrap());
        let asked = Asked {
            challenge: &challenge,
            rp_id,
            origins,
        };
        registered(
            &asked,
            &hex::decode(vector.client_data).unwrap(),
            &hex::decode(vector.data).unwrap(),
        )
    }

    fn assert_with(
        challenge: &str,
        data: &str,
        signature: &str,
        counter: u32,
    ) -> Result<Used, Fault> {
        let made = register(&PACKED, "example.org", &origins()).unwrap();
        let challenge = text(&hex::decode(challenge).unwrap());
        let asked = Asked {
            challenge: &challenge,
            rp_id: "example.org",
            origins: &origins(),
        };
        used(
            &asked,
            &made.public,
            counter,
            &hex::decode(ASSERTION.client_data).unwrap(),
            &hex::decode(data).unwrap(),
            &hex::decode(signature).unwrap(),
        )
    }

    #[test]
    fn the_specifications_registrations_are_read() {
        let made = register(&PACKED, "example.org", &origins()).unwrap();
        assert_eq!(
            hex::encode(&made.id),
            "455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58c"
        );
        assert_eq!((made.counter, made.backed_up), (0, true));
        // Everything holds but that the device did not verify its holder.
        let fault = register(&NONE, "example.org", &origins()).unwrap_err();
        assert_eq!(fault, Fault::NotVerified);
    }

    #[test]
    fn another_host_origin_challenge_or_kind_is_refused() {
        let other = vec!["https://example.com".into()];
        assert_eq!(
            register(&PACKED, "example.org", &other).unwrap_err(),
            Fault::Origin
        );
        assert_eq!(
            register(&PACKED, "example.com", &origins()).unwrap_err(),
            Fault::Host
        );
        let swapped = Vector {
            challenge: NONE.challenge,
            ..PACKED
        };
        assert_eq!(
            register(&swapped, "example.org", &origins()).unwrap_err(),
            Fault::Challenge
        );
        let assertion = Vector {
            client_data: ASSERTION.client_data,
            challenge: ASSERTION.challenge,
            ..PACKED
        };
        assert_eq!(
            register(&assertion, "example.org", &origins()).unwrap_err(),
            Fault::Challenge
        );
    }

    #[test]
    fn the_specifications_signature_holds_and_no_other_does() {
        let good = assert_with(ASSERTION.challenge, ASSERTION.data, SIGNATURE, 0);
        assert_eq!(
            good.unwrap_err(),
            Fault::NotVerified,
            "signed, by a device that did not verify"
        );
        // With the flag set that says it did, the signature no longer holds.
        let verified = ASSERTION.data.replace("b50900", "b50d00");
        assert_eq!(
            assert_with(ASSERTION.challenge, &verified, SIGNATURE, 0).unwrap_err(),
            Fault::Signature
        );
        let bent = SIGNATURE.replace("251b66", "251b67");
        assert_eq!(
            assert_with(ASSERTION.challenge, ASSERTION.data, &bent, 0).unwrap_err(),
            Fault::Signature
        );
        assert_eq!(
            assert_with(NONE.challenge, ASSERTION.data, SIGNATURE, 0).unwrap_err(),
            Fault::Challenge
        );
    }

    #[test]
    fn no_cut_or_bent_registration_is_taken_or_stops_the_node() {
        let data = hex::decode(PACKED.data).unwrap();
        let challenge = text(&hex::decode(PACKED.challenge).unwrap());
        let asked = Asked {
            challenge: &challenge,
            rp_id: "example.org",
            origins: &origins(),
        };
        let client_data = hex::decode(PACKED.client_data).unwrap();
        for end in 0..data.len() {
            assert!(
                registered(&asked, &client_data, &data[..end]).is_err(),
                "cut at {end}"
            );
        }
        for place in 0..data.len() {
            let mut bent = data.clone();
            bent[place] ^= 0x55;
            let _ = registered(&asked, &client_data, &bent);
        }
        for end in 0..client_data.len() {
            assert!(
                registered(&asked, &client_data[..end], &data).is_err(),
                "cut at {end}"
            );
        }
    }

    /// The signature is over every byte of both, so none may be bent, cut off or put behind.
    #[test]
    fn no_cut_or_bent_use_of_a_passkey_is_taken_or_stops_the_node() {
        let made = register(&PACKED, "example.org", &origins()).unwrap();
        let challenge = text(&hex::decode(ASSERTION.challenge).unwrap());
        let asked = Asked {
            challenge: &challenge,
            rp_id: "example.org",
            origins: &origins(),
        };
        let parts = [ASSERTION.client_data, ASSERTION.data, SIGNATURE];
        let whole = parts.map(|part| hex::decode(part).unwrap());
        let fault = |parts: &[Vec<u8>; 3]| {
            used(&asked, &made.public, 0, &parts[0], &parts[1], &parts[2]).unwrap_err()
        };
        assert_eq!(fault(&whole), Fault::NotVerified, "the signature holds");
        for part in 0..whole.len() {
            for place in 0..whole[part].len() {
                for bits in [0x01, 0x55, 0x80] {
                    let mut bent = whole.clone();
                    bent[part][place] ^= bits;
                    assert_ne!(fault(&bent), Fault::NotVerified, "part {part} at {place}");
                }
                let mut cut = whole.clone();
                cut[part].truncate(place);
                assert_ne!(fault(&cut), Fault::NotVerified, "part {part} to {place}");
            }
            let mut longer = whole.clone();
            longer[part].push(b' ');
            assert_ne!(fault(&longer), Fault::NotVerified, "part {part} and more");
        }
    }
}
