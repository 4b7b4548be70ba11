//! Keys in every form, deterministic CBOR good and bad, and the edges of Ed25519.

use super::vault::Vault;
use ciborium::Value as Cbor;
use convoy_types::{
    Digest, cbor,
    cose::{Algorithm, PublicKey, SigningKey},
};
use serde_json::{Value, json};

/// The secret that all vectors derive theirs from: SHA-256 of one byte.
pub fn secret(n: u8) -> [u8; 32] {
    Digest::of(&[n]).0
}

pub fn keys(vault: &Vault) -> Value {
    let one = |algorithm: Algorithm, n: u8| {
        let key = SigningKey::from_secret(algorithm, &secret(n)).unwrap();
        let public = key.public();
        let message = b"Convoy test message";
        json!({
            "algorithm": algorithm.name(),
            "secret": hex::encode(secret(n)),
            "secret_pem": key.to_pem().unwrap().as_str(),
            "key_id": public.key_id().to_string(),
            "thumbprint": public.thumbprint().to_string(),
            "jwk": public.to_jwk(),
            "cose_key": hex::encode(public.to_cose_key()),
            "pem": public.to_pem(),
            "message": hex::encode(message),
            "signature": hex::encode(vault.sign(&key, message)),
        })
    };
    let good: Vec<Value> = Algorithm::ALL
        .iter()
        .flat_map(|algorithm| [one(*algorithm, 70), one(*algorithm, 71)])
        .collect();
    let refused: Vec<Value> = bad_jwks()
        .into_iter()
        .map(|jwk| {
            let error = PublicKey::from_jwk(&jwk).unwrap_err().to_string();
            json!({"jwk": jwk, "error": error})
        })
        .collect();
    json!({"good": good, "refused_jwks": refused})
}

fn bad_jwks() -> Vec<Value> {
    let zero = "A".repeat(43);
    vec![
        json!({"kty": "OKP", "crv": "Ed25519"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "!!!!"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": zero}),
        json!({"kty": "OKP", "crv": "X25519", "x": zero}),
        json!({"kty": "EC", "crv": "P-256", "x": zero, "y": zero}),
        json!({"kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA"}),
        json!({"kty": "RSA"}),
        json!({"crv": "Ed25519"}),
    ]
}

/// Values as JSON with `{"$bytes": hex}`, `{"$int": text}` and `{"$map": [[key, value]...]}` for what JSON cannot say.
pub fn to_cbor(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(value) => Cbor::Bool(*value),
        Value::Number(number) => match number.as_u64() {
            Some(number) => Cbor::from(number),
            None => Cbor::from(number.as_i64().unwrap()),
        },
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(to_cbor).collect()),
        Value::Object(members) => object_to_cbor(members),
    }
}

fn object_to_cbor(members: &serde_json::Map<String, Value>) -> Cbor {
    if let Some(text) = members.get("$bytes").and_then(Value::as_str) {
        return Cbor::Bytes(hex::decode(text).unwrap());
    }
    if let Some(text) = members.get("$int").and_then(Value::as_str) {
        let number: i128 = text.parse().unwrap();
        return Cbor::Integer(number.try_into().unwrap());
    }
    if let Some(pairs) = members.get("$map").and_then(Value::as_array) {
        let pair = |pair: &Value| (to_cbor(&pair[0]), to_cbor(&pair[1]));
        return Cbor::Map(pairs.iter().map(pair).collect());
    }
    let pair = |(key, value): (&String, &Value)| (Cbor::Text(key.clone()), to_cbor(value));
    Cbor::Map(members.iter().map(pair).collect())
}

pub fn cbor() -> Value {
    let values = [
        json!(null),
        json!(true),
        json!([
            0,
            1,
            23,
            24,
            255,
            256,
            65_535,
            65_536,
            4_294_967_295u64,
            4_294_967_296u64
        ]),
        json!([-1, -24, -25, -256, -257, -65_537, -4_294_967_297i64]),
        json!([{"$int": "18446744073709551615"}, {"$int": "-18446744073709551616"}, {"$int": "9007199254740993"}]),
        json!({"$bytes": "00ff10"}),
        json!("Tallinn – Tapa 🚚"),
        json!({"zebra": 1, "a": [], "list": {}, "aa": null}),
        json!({"$map": [[-1, "minus"], [100, "hundred"], ["b", 2], [1, "one"], [{"$bytes": "01"}, 3]]}),
        json!({"accept_handover": {"handover": "7f3a", "objects": ["urn:epc:id:sgtin:4012345.011111.9876"], "at": 1_795_000_000_123u64}}),
        json!("x".repeat(300)),
    ];
    let good: Vec<Value> = values
        .iter()
        .map(|value| json!({"value": value, "hex": hex::encode(cbor::to_vec(&to_cbor(value)))}))
        .collect();
    let deep = format!("{}00", "81".repeat(33));
    let bad = [
        "",
        "18",
        "1817",
        "190017",
        "1b0000000000000017",
        "1c",
        "5f4101ff",
        "9fff",
        "62c328",
        "6261",
        "4201",
        "a2616201616101",
        "a2616101616101",
        "f97e00",
        "fb3ff8000000000000",
        "f7",
        "f820",
        "c249010000000000000000",
        "0000",
        "9affffffff",
        "bbffffffffffffffff",
        deep.as_str(),
    ];
    let bad: Vec<Value> = bad
        .iter()
        .map(|text| {
            let error = cbor::check(&hex::decode(text).unwrap()).unwrap_err();
            json!({"hex": text, "error": error.to_string()})
        })
        .collect();
    json!({"good": good, "bad": bad})
}

/// Signatures on which libraries differ: components of small order and encodings that are not canonical, after the cases of ZIP-215.
pub fn ed25519() -> Value {
    // Encodings of points of small order, canonical and not.
    let points = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    let key = SigningKey::from_secret(Algorithm::Ed25519, &secret(70)).unwrap();
    let message = b"edges";
    let mut cases = Vec::new();
    for r in points {
        // A commitment R of small order: with s = k·a the cofactored equation holds whichever R it is.
        let s = scalar_for(&secret(70), r, key.public().raw(), message);
        cases.push((
            format!("{r}{}", hex::encode(s)),
            key.public().raw().to_vec(),
        ));
    }
    let good = hex::encode(key.sign(message).unwrap());
    cases.push((good.clone(), key.public().raw().to_vec()));
    // s and s plus the group's order sign the same equation; only the first is canonical.
    let beyond = add_order(&hex::decode(&good[64..]).unwrap());
    cases.push((
        format!("{}{}", &good[..64], hex::encode(beyond)),
        key.public().raw().to_vec(),
    ));
    let cases: Vec<Value> = cases
        .into_iter()
        .map(|(signature, raw)| {
            let public = PublicKey::ed25519(raw.as_slice().try_into().unwrap()).unwrap();
            let holds = public.verify(message, &hex::decode(&signature).unwrap()).is_ok();
            json!({"key": hex::encode(raw), "message": hex::encode(message), "signature": signature, "holds": holds})
        })
        .collect();
    let keys: Vec<Value> = points
        .iter()
        .map(|text| {
            let raw: [u8; 32] = hex::decode(text).unwrap().try_into().unwrap();
            json!({"key": text, "accepted": PublicKey::ed25519(raw).is_ok()})
        })
        .collect();
    json!({"signatures": cases, "keys": keys})
}

/// s = k·a modulo the group's order, for the secret scalar a of `seed` and k of (`r`, `key`, `message`).
fn scalar_for(seed: &[u8; 32], r: &str, key: &[u8], message: &[u8]) -> [u8; 32] {
    use curve25519_dalek::scalar::{Scalar, clamp_integer};
    use sha2::{Digest as _, Sha512};
    let expanded: [u8; 64] = Sha512::digest(seed).into();
    let a = Scalar::from_bytes_mod_order(clamp_integer(expanded[..32].try_into().unwrap()));
    let hash = Sha512::new()
        .chain_update(hex::decode(r).unwrap())
        .chain_update(key)
        .chain_update(message);
    let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    (k * a).to_bytes()
}

fn add_order(s: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0u16;
    s.iter()
        .zip(ORDER)
        .map(|(a, b)| {
            let sum = u16::from(*a) + u16::from(b) + carry;
            carry = sum >> 8;
            (sum & 0xff) as u8
        })
        .collect()
}
