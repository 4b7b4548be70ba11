//! Expected values come from RFC 8032, RFC 9679, ZIP-215 and from other implementations (ed25519-zebra, commonware, aws-lc).

use super::*;
use crate::Digest;
use commonware_codec::DecodeExt as _;
use commonware_cryptography::{Verifier as _, ed25519 as commonware};
use curve25519_dalek::{
    constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
    edwards::EdwardsPoint,
    scalar::Scalar,
};
use proptest::prelude::*;
use sha2::{Digest as _, Sha512};

/// The 14 encodings of points of small order: eight canonical, six not (ZIP-215 test vectors; "Taming the many EdDSAs", table 1).
const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn key(algorithm: Algorithm, seed: u8) -> SigningKey {
    SigningKey::from_secret(algorithm, &[seed; 32]).unwrap()
}

#[test]
fn ed25519_signs_as_rfc_8032_section_7_1_says() {
    let secret = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let key = SigningKey::from_secret(Algorithm::Ed25519, &secret).unwrap();
    let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    assert_eq!(hex::encode(key.public().raw()), public);
    let signature = key.sign(&[0x72]).unwrap();
    assert_eq!(
        hex::encode(&signature),
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    );
    assert_eq!(key.public().verify(&[0x72], &signature), Ok(()));
}

#[test]
fn small_order_keys_are_refused_in_every_encoding() {
    for text in SMALL_ORDER {
        let refused = PublicKey::ed25519(bytes(text));
        assert_eq!(refused.unwrap_err(), KeyError::SmallOrder, "{text}");
    }
    let no_point = bytes("0200000000000000000000000000000000000000000000000000000000000000");
    assert!(PublicKey::ed25519(no_point).is_err());
}

/// A signature under the key a·B + `torsion_a` with the commitment r·B + `torsion_r`, which satisfies the equation times eight.
fn with_torsion(
    torsion_a: EdwardsPoint,
    torsion_r: EdwardsPoint,
    message: &[u8],
) -> ([u8; 32], [u8; 64]) {
    let (a, r) = (Scalar::from(7_654_321u64), Scalar::from(1_234_567u64));
    let public = (ED25519_BASEPOINT_POINT * a + torsion_a)
        .compress()
        .to_bytes();
    let commitment = (ED25519_BASEPOINT_POINT * r + torsion_r)
        .compress()
        .to_bytes();
    let hash = Sha512::new()
        .chain_update(commitment)
        .chain_update(public)
        .chain_update(message);
    let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&commitment);
    signature[32..].copy_from_slice((r + k * a).as_bytes());
    (public, signature)
}

/// What `ed25519-zebra`, the reference of ZIP-215, says.
fn zebra(public: [u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    ed25519_zebra::VerificationKey::try_from(public)
        .is_ok_and(|key| key.verify(&(*signature).into(), message).is_ok())
}

/// What the engine's own Ed25519 says of `message` = varint length of namespace ‖ namespace ‖ rest.
fn engine(public: [u8; 32], namespace: &[u8], rest: &[u8], signature: &[u8; 64]) -> bool {
    let key = commonware::PublicKey::decode(bytes::Bytes::copy_from_slice(&public)).unwrap();
    let signature =
        commonware::Signature::decode(bytes::Bytes::copy_from_slice(signature)).unwrap();
    key.verify(namespace, rest, &signature)
}

#[test]
fn components_of_small_order_are_cleared_alike_alone_in_batches_and_in_the_engine() {
    let honest = key(Algorithm::Ed25519, 1);
    let message = b"\x02nsrest".as_slice();
    let honest_signature = honest.sign(message).unwrap();
    for torsion_a in EIGHT_TORSION {
        for torsion_r in EIGHT_TORSION {
            let (public, signature) = with_torsion(torsion_a, torsion_r, message);
            let public_key = PublicKey::ed25519(public).unwrap();
            assert!(zebra(public, message, &signature));
            assert!(engine(public, b"ns", b"rest", &signature));
            assert_eq!(public_key.verify(message, &signature), Ok(()));
            let checks = [
                Check {
                    key: honest.public(),
                    message,
                    signature: &honest_signature,
                },
                Check {
                    key: &public_key,
                    message,
                    signature: &signature,
                },
            ];
            assert_eq!(verify_batch(&checks), [Ok(()), Ok(())]);
        }
    }
}

/// Every commitment of small order, canonical or not, against an ordinary key: s = k·a solves the equation.
#[test]
fn commitments_of_small_order_are_judged_as_zip_215_says() {
    let message = b"\x02nsrest".as_slice();
    let a = Scalar::from(99u64);
    let public = (ED25519_BASEPOINT_POINT * a).compress().to_bytes();
    let public_key = PublicKey::ed25519(public).unwrap();
    for text in SMALL_ORDER {
        let commitment: [u8; 32] = bytes(text);
        let hash = Sha512::new()
            .chain_update(commitment)
            .chain_update(public)
            .chain_update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&commitment);
        signature[32..].copy_from_slice((k * a).as_bytes());
        assert!(zebra(public, message, &signature), "{text}");
        assert!(engine(public, b"ns", b"rest", &signature));
        assert_eq!(public_key.verify(message, &signature), Ok(()));
        let check = Check {
            key: &public_key,
            message,
            signature: &signature,
        };
        assert_eq!(verify_batch(&[check, check]), [Ok(()), Ok(())]);
    }
}

#[test]
fn an_s_at_or_above_the_order_is_refused_alone_and_in_batches() {
    let key = key(Algorithm::Ed25519, 3);
    let mut signature = key.sign(b"m").unwrap();
    // The order of the group, added to s: the same s modulo the order.
    let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut carry = 0u16;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        carry += u16::from(*byte) + u16::from(add);
        *byte = carry as u8;
        carry >>= 8;
    }
    let mismatch = Err(SignatureError::Mismatch(Algorithm::Ed25519));
    assert!(!zebra(
        key.public().raw().try_into().unwrap(),
        b"m",
        signature.as_slice().try_into().unwrap()
    ));
    assert_eq!(key.public().verify(b"m", &signature), mismatch);
    let check = Check {
        key: key.public(),
        message: b"m",
        signature: &signature,
    };
    assert_eq!(verify_batch(&[check, check]), [mismatch, mismatch]);
}

#[test]
fn every_algorithm_signs_verifies_and_survives_export() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let signature = key.sign(b"message").unwrap();
        assert_eq!(signature.len(), algorithm.signature_bytes());
        key.public().verify(b"message", &signature).unwrap();
        let other = key.public().verify(b"another", &signature);
        assert_eq!(other, Err(SignatureError::Mismatch(algorithm)));
        let short = key.public().verify(b"message", &signature[1..]);
        assert!(matches!(short, Err(SignatureError::Length { .. })));

        let again = [
            SigningKey::from_secret(algorithm, &key.to_secret().unwrap()).unwrap(),
            SigningKey::from_pkcs8(algorithm, &key.to_pkcs8().unwrap()).unwrap(),
            SigningKey::from_pem(algorithm, &key.to_pem().unwrap()).unwrap(),
        ];
        for copy in again {
            assert_eq!(copy.public(), key.public());
            key.public()
                .verify(b"m", &copy.sign(b"m").unwrap())
                .unwrap();
        }
        let public = key.public();
        let copies = [
            PublicKey::from_cose_key(&public.to_cose_key()).unwrap(),
            PublicKey::from_jwk(&public.to_jwk()).unwrap(),
            PublicKey::from_pem(&public.to_pem()).unwrap(),
            serde_json::from_str(&serde_json::to_string(public).unwrap()).unwrap(),
            crate::cbor::from_slice(&crate::cbor::to_vec(public)).unwrap(),
        ];
        copies.iter().for_each(|copy| assert_eq!(copy, public));
        crate::cbor::check(&public.to_cose_key()).unwrap();
        let shown = format!("{key:?}");
        assert!(
            !shown.contains(&hex::encode(key.to_secret().unwrap())),
            "{shown}"
        );
    }
}

/// The example of RFC 9679 section 6.
#[test]
fn thumbprint_is_that_of_rfc_9679() {
    let x = bytes("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
    let y = bytes("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
    let key = PublicKey::es256(&x, &y).unwrap();
    let expected = "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec";
    assert_eq!(key.thumbprint(), expected.parse::<Digest>().unwrap());
    assert_eq!(key.key_id().to_string(), expected[..16]);
}

#[test]
fn es256_is_made_with_low_s_and_high_s_is_refused() {
    let key = key(Algorithm::Es256, 5);
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: [u8; 32] = bytes(order);
    for n in 0..40u8 {
        let mut signature = key.sign(&[n]).unwrap();
        key.public().verify(&[n], &signature).unwrap();
        let mut borrow = 0i16;
        for (byte, o) in signature[32..].iter_mut().zip(order).rev() {
            let difference = i16::from(o) - i16::from(*byte) - borrow;
            borrow = i16::from(difference < 0);
            *byte = difference as u8;
        }
        let refused = key.public().verify(&[n], &signature);
        assert_eq!(refused, Err(SignatureError::HighS));
    }
}

#[test]
fn keys_that_are_no_keys_are_refused() {
    assert!(PublicKey::es256(&[0; 32], &[0; 32]).is_err());
    assert!(PublicKey::es256(&[0xff; 32], &[1; 32]).is_err());
    assert!(PublicKey::ml_dsa_65(&[0; 12]).is_err());
    assert!(SigningKey::from_secret(Algorithm::Es256, &[0; 32]).is_err());
    assert!(SigningKey::from_secret(Algorithm::Es256, &[0xff; 32]).is_err());
    assert!(PublicKey::from_pem("nothing").is_err());
    assert!(PublicKey::from_jwk(&serde_json::json!({"kty": "RSA"})).is_err());
    assert!(PublicKey::from_cose_key(&[0xa0]).is_err());
}

#[test]
fn unknown_algorithms_are_none() {
    let known = [-8, -19, -7, -9, -49].map(|id| Algorithm::from_cose(id).is_some());
    assert_eq!(known, [true; 5]);
    for id in [-35, -48, -50, 0, 1, i64::MIN] {
        assert_eq!(Algorithm::from_cose(id), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_batch_says_of_each_what_a_single_check_says(
        items in prop::collection::vec((0u8..3, 1u8..5, any::<[u8; 4]>(), 0usize..9), 0..24)
    ) {
        let made: Vec<_> = items.iter().map(|(algorithm, seed, message, damage)| {
            let key = key(Algorithm::ALL[usize::from(*algorithm)], *seed);
            let mut signature = key.sign(message).unwrap();
            match damage {
                0 => signature[3] ^= 1,
                1 => signature[40] ^= 0x80,
                2 => signature.truncate(63),
                3 => signature.fill(0xff),
                _ => {}
            }
            (key.public().clone(), *message, signature)
        }).collect();
        let checks: Vec<_> = made.iter()
            .map(|(key, message, signature)| Check { key, message, signature }).collect();
        let single: Vec<_> = checks.iter().map(|c| c.key.verify(c.message, c.signature)).collect();
        prop_assert_eq!(verify_batch(&checks), single);
    }

    #[test]
    fn keys_from_anywhere_never_panic(noise in prop::collection::vec(any::<u8>(), 0..120)) {
        let _ = PublicKey::from_cose_key(&noise);
        let _ = PublicKey::from_spki_der(&noise);
        for algorithm in Algorithm::ALL {
            let _ = SigningKey::from_pkcs8(algorithm, &noise);
        }
    }
}
