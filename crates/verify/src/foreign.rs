//! Statements and receipts of other transparency services: any COSE_Sign1 with RFC 9162 receipts (RFC 9942), and CCF's.
//!
//! Looser than our own profile where the standards are: header order is free, unknown parameters are read over, ES256 may have a high s. As strict
//! where safety asks for it: definite, shortest encodings, no repeated header, no trailing bytes, no critical parameter that is not understood
//! (RFC 9052 section 3.1), the payload of a receipt detached, the data structure read from the protected header only.

use crate::report::{VerifyError, failed};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ML_DSA_65, ParsedPublicKey,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ciborium::Value;
use convoy_types::{
    Digest,
    cose::{
        CLAIM_ISS, CLAIM_SUB, HEADER_ALG, HEADER_CONTENT_TYPE, HEADER_CWT_CLAIMS, HEADER_KID,
        HEADER_RECEIPTS, HEADER_VDP, HEADER_VDS, TAG_SIGN1, sig_structure,
    },
    limits::CBOR_DEPTH_MAX,
    log::{PATH_LENGTH_MAX, leaf_hash, root_from_inclusion},
};
use sha2::{Digest as _, Sha256};

/// Bytes of one foreign message.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Proofs in one receipt that are tried.
const PROOFS_MAX: usize = 16;
const HEADER_CRIT: i64 = 2;
const HEADER_X5CHAIN: i64 = 33;
const VDS_CCF: i64 = 2;

/// A foreign public key, from PEM SubjectPublicKeyInfo, with the COSE algorithms that it may check.
pub struct ForeignKey {
    algorithms: &'static [i64],
    key: ParsedPublicKey,
}

impl ForeignKey {
    /// Reads a PEM `PUBLIC KEY`: Ed25519, P-256, P-384 or ML-DSA-65.
    ///
    /// # Errors
    /// When it is no such key.
    pub fn from_pem(pem: &str) -> Result<Self, VerifyError> {
        const CHECK: &str = "public key";
        let body: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = STANDARD
            .decode(body.trim())
            .map_err(|error| failed(CHECK, error))?;
        let ed25519 = ParsedPublicKey::new(&ED25519, &der).map(|key| (&[-8, -19][..], key));
        let p256 =
            || ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &der).map(|k| (&[-7, -9][..], k));
        let p384 =
            || ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &der).map(|k| (&[-35, -51][..], k));
        let ml_dsa = || ParsedPublicKey::new(&ML_DSA_65, &der).map(|k| (&[-49][..], k));
        let (algorithms, key) = ed25519
            .or_else(|_| p256())
            .or_else(|_| p384())
            .or_else(|_| ml_dsa())
            .map_err(|_| failed(CHECK, "it is not Ed25519, P-256, P-384 or ML-DSA-65"))?;
        Ok(Self { algorithms, key })
    }
}

/// A decoded COSE_Sign1.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign1 {
    protected_bytes: Vec<u8>,
    protected: Vec<(Value, Value)>,
    unprotected: Vec<(Value, Value)>,
    payload: Option<Vec<u8>>,
    signature: Vec<u8>,
}

fn get(map: &[(Value, Value)], label: i64) -> Option<&Value> {
    let label = Value::from(label);
    map.iter()
        .find(|(key, _)| *key == label)
        .map(|(_, value)| value)
}

fn integer(value: &Value) -> Option<i64> {
    value.as_integer().and_then(|number| number.try_into().ok())
}

fn is_strict(value: &Value, depth: usize) -> bool {
    let inner = |value| is_strict(value, depth + 1);
    depth <= CBOR_DEPTH_MAX
        && match value {
            Value::Array(items) => items.iter().all(inner),
            Value::Tag(_, item) => inner(item),
            Value::Map(pairs) => pairs.iter().enumerate().all(|(index, (key, value))| {
                inner(key) && inner(value) && pairs[..index].iter().all(|(before, _)| before != key)
            }),
            _ => true,
        }
}

/// Decodes one item in definite, shortest form with no key repeated. The order of keys is free: `ciborium` keeps it, so writing the value
/// again gives the same bytes or the form was another.
fn decode(check: &str, bytes: &[u8]) -> Result<Value, VerifyError> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(failed(
            check,
            format!("longer than {MESSAGE_BYTES_MAX} bytes"),
        ));
    }
    let value: Value = ciborium::de::from_reader_with_recursion_limit(bytes, 2 * CBOR_DEPTH_MAX)
        .map_err(|_| failed(check, "it is not CBOR, or is nested too deeply"))?;
    let mut again = Vec::with_capacity(bytes.len());
    ciborium::into_writer(&value, &mut again).map_err(|error| failed(check, error))?;
    if again != bytes || !is_strict(&value, 0) {
        let reason = "not in definite, shortest form, a key is repeated, or bytes follow";
        return Err(failed(check, reason));
    }
    Ok(value)
}

impl Sign1 {
    /// Decodes a tagged COSE_Sign1 with a map in both headers.
    ///
    /// # Errors
    /// When the form is wrong or a critical parameter is not understood.
    pub fn decode(check: &str, bytes: &[u8]) -> Result<Self, VerifyError> {
        let shape = || failed(check, "it is not a tagged COSE_Sign1 of four parts");
        let Value::Tag(TAG_SIGN1, inner) = decode(check, bytes)? else {
            return Err(shape());
        };
        let parts: [Value; 4] = inner
            .into_array()
            .ok()
            .and_then(|parts| parts.try_into().ok())
            .ok_or_else(shape)?;
        let [protected, unprotected, payload, signature] = parts;
        let protected_bytes = protected.into_bytes().map_err(|_| shape())?;
        let header = decode(&format!("{check}: protected header"), &protected_bytes)?;
        let payload = match payload {
            Value::Null => None,
            Value::Bytes(bytes) => Some(bytes),
            _ => return Err(shape()),
        };
        let sign1 = Self {
            protected: header.into_map().map_err(|_| shape())?,
            unprotected: unprotected.into_map().map_err(|_| shape())?,
            signature: signature.into_bytes().map_err(|_| shape())?,
            protected_bytes,
            payload,
        };
        sign1.check_critical(check)?;
        Ok(sign1)
    }

    fn check_critical(&self, check: &str) -> Result<(), VerifyError> {
        const UNDERSTOOD: [i64; 6] = [
            HEADER_ALG,
            HEADER_CONTENT_TYPE,
            HEADER_KID,
            HEADER_CWT_CLAIMS,
            HEADER_X5CHAIN,
            HEADER_VDS,
        ];
        let Some(critical) = get(&self.protected, HEADER_CRIT) else {
            return Ok(());
        };
        let labels = critical.as_array().filter(|labels| !labels.is_empty());
        let known = |label: &Value| {
            integer(label)
                .is_some_and(|l| UNDERSTOOD.contains(&l) && get(&self.protected, l).is_some())
        };
        if labels.is_some_and(|labels| labels.iter().all(known)) {
            return Ok(());
        }
        Err(failed(
            format!("{check}: critical headers"),
            "one is not understood or absent",
        ))
    }

    /// The algorithm, from the protected header.
    pub fn algorithm(&self) -> Option<i64> {
        get(&self.protected, HEADER_ALG).and_then(integer)
    }

    /// The payload, where it is attached.
    pub fn payload(&self) -> Option<&[u8]> {
        self.payload.as_deref()
    }

    /// The content type, where it is text.
    pub fn content_type(&self) -> Option<&str> {
        get(&self.protected, HEADER_CONTENT_TYPE)?.as_text()
    }

    fn claim(&self, label: i64) -> Option<&str> {
        let claims = get(&self.protected, HEADER_CWT_CLAIMS)?.as_map()?;
        get(claims, label)?.as_text()
    }

    /// The issuer claim.
    pub fn issuer(&self) -> Option<&str> {
        self.claim(CLAIM_ISS)
    }

    /// The subject claim.
    pub fn subject(&self) -> Option<&str> {
        self.claim(CLAIM_SUB)
    }

    /// The verifiable data structure, from the protected header.
    pub fn vds(&self) -> Option<i64> {
        get(&self.protected, HEADER_VDS).and_then(integer)
    }

    /// The receipts attached at 394, each a byte string or the receipt itself.
    pub fn receipts(&self) -> Vec<Vec<u8>> {
        let receipts = get(&self.unprotected, HEADER_RECEIPTS).and_then(Value::as_array);
        let encode = |value: &Value| match value {
            Value::Bytes(bytes) => bytes.clone(),
            other => {
                let mut bytes = Vec::new();
                ciborium::into_writer(other, &mut bytes).map_or_else(|_| Vec::new(), |()| bytes)
            }
        };
        receipts.map_or_else(Vec::new, |list| list.iter().map(encode).collect())
    }

    /// The two numbers and the path of the first RFC 9162 proof of a kind: -1 inclusion, -2 consistency (RFC 9942).
    pub fn proof_numbers(&self, kind: i64) -> Option<(u64, u64, Vec<Digest>)> {
        let proofs = get(get(&self.unprotected, HEADER_VDP)?.as_map()?, kind)?;
        let proof = decode("proof", proofs.as_array()?.first()?.as_bytes()?).ok()?;
        read_proof(&proof)
    }

    /// Checks the signature over `payload`.
    ///
    /// # Errors
    /// When the algorithm is not the key's or the signature does not hold.
    pub fn verify(&self, check: &str, payload: &[u8], key: &ForeignKey) -> Result<(), VerifyError> {
        let algorithm = self.algorithm();
        if !algorithm.is_some_and(|id| key.algorithms.contains(&id)) {
            let reason = format!("algorithm {algorithm:?} is not one of this key");
            return Err(failed(check, reason));
        }
        key.key
            .verify_sig(
                &sig_structure(&self.protected_bytes, payload),
                &self.signature,
            )
            .map_err(|_| {
                failed(
                    check,
                    "the signature does not match these bytes and this key",
                )
            })
    }
}

/// Verifies the signature of a signed statement with an attached payload.
///
/// # Errors
/// The first check that fails.
pub fn verify_statement(bytes: &[u8], key: &ForeignKey) -> Result<Sign1, VerifyError> {
    let statement = Sign1::decode("statement", bytes)?;
    let payload = statement
        .payload()
        .ok_or_else(|| failed("statement", "its payload is detached"))?;
    statement.verify("statement signature", payload, key)?;
    Ok(statement)
}

/// What a foreign receipt proves: that the entry is under this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignReceipt {
    /// The root that the log signed.
    pub root: Digest,
    /// Leaf index and tree size, where the data structure has them.
    pub place: Option<(u64, u64)>,
}

/// Verifies a receipt for the log entry `entry` (SHA-256 of the statement as registered).
///
/// # Errors
/// The first check that fails.
pub fn verify_receipt(
    bytes: &[u8],
    entry: &Digest,
    key: &ForeignKey,
) -> Result<ForeignReceipt, VerifyError> {
    const VDS: &str = "verifiable data structure";
    const PROOF: &str = "inclusion proof";
    let receipt = Sign1::decode("receipt", bytes)?;
    if receipt.payload().is_some() {
        return Err(failed("receipt", "its payload is not detached"));
    }
    let proofs = get(&receipt.unprotected, HEADER_VDP)
        .and_then(Value::as_map)
        .and_then(|proofs| get(proofs, -1))
        .and_then(Value::as_array)
        .filter(|proofs| (1..=PROOFS_MAX).contains(&proofs.len()))
        .ok_or_else(|| failed(PROOF, "there is none, or there are too many"))?;
    let read: fn(&Value, &Digest) -> Option<ForeignReceipt> = match receipt.vds() {
        Some(1) => read_rfc9162,
        Some(VDS_CCF) => read_ccf,
        other => return Err(failed(VDS, format!("{other:?} is not supported"))),
    };
    let mut result = Err(failed(PROOF, "none fits the entry"));
    for proof in proofs {
        let bytes = proof
            .as_bytes()
            .ok_or_else(|| failed(PROOF, "not a byte string"))?;
        let value = decode(PROOF, bytes)?;
        if receipt.vds() == Some(VDS_CCF) && !value.is_map() {
            return Err(failed(
                VDS,
                "it says 2 (CCF) and its proof is of another structure",
            ));
        }
        let Some(found) = read(&value, entry) else {
            continue;
        };
        match receipt.verify("receipt signature", &found.root.0, key) {
            Ok(()) => return Ok(found),
            Err(error) => result = Err(error),
        }
    }
    result
}

fn digest(value: &Value) -> Option<Digest> {
    value.as_bytes()?.as_slice().try_into().ok().map(Digest)
}

fn path_of(value: &Value) -> Option<&Vec<Value>> {
    value
        .as_array()
        .filter(|path| path.len() <= PATH_LENGTH_MAX)
}

/// `[tree size, leaf index, [* hash]]` or `[old size, new size, [* hash]]` (RFC 9942).
fn read_proof(proof: &Value) -> Option<(u64, u64, Vec<Digest>)> {
    let [first, second, path] = proof.as_array()?.as_slice() else {
        return None;
    };
    let path = path_of(path)?.iter().map(digest).collect::<Option<_>>()?;
    let number = |value: &Value| value.as_integer()?.try_into().ok();
    Some((number(first)?, number(second)?, path))
}

fn read_rfc9162(proof: &Value, entry: &Digest) -> Option<ForeignReceipt> {
    let (size, leaf, path) = read_proof(proof)?;
    let root = root_from_inclusion(&leaf_hash(entry), leaf, size, &path)?;
    let place = Some((leaf, size));
    Some(ForeignReceipt { root, place })
}

/// `{1: [transaction hash, evidence, data hash], 2: [* [left, hash]]}` (draft-ietf-scitt-receipts-ccf-profile): the leaf is
/// SHA-256(transaction hash ‖ SHA-256(evidence) ‖ data hash), nodes SHA-256(left ‖ right).
fn read_ccf(proof: &Value, entry: &Digest) -> Option<ForeignReceipt> {
    let map = proof.as_map()?;
    let [transaction, evidence, data] = get(map, 1)?.as_array()?.as_slice() else {
        return None;
    };
    let evidence: [u8; 32] = Sha256::digest(evidence.as_text()?).into();
    if digest(data)? != *entry {
        return None;
    }
    let mut root = Digest::of_parts(&[&digest(transaction)?.0, &evidence, &entry.0]);
    for step in path_of(get(map, 2)?)? {
        let [left, sibling] = step.as_array()?.as_slice() else {
            return None;
        };
        let sibling = digest(sibling)?;
        root = if left.as_bool()? {
            Digest::of_parts(&[&sibling.0, &root.0])
        } else {
            Digest::of_parts(&[&root.0, &sibling.0])
        };
    }
    Some(ForeignReceipt { root, place: None })
}
