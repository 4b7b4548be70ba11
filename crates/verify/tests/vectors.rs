//! The published SCITT vectors: scitt-cose's by its manifest, the COSE receipts draft's examples, and the interop statements.

#![allow(clippy::unwrap_used, reason = "a test's failure is its message")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use convoy_types::{Digest, log::root_from_inclusion, vectors};
use convoy_verify::foreign::{ForeignKey, Sign1, verify_receipt, verify_statement};
use serde_json::Value;
use std::{fs, path::Path};

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn key(path: &Path) -> ForeignKey {
    ForeignKey::from_pem(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The check that has to fail for a failure code of the vectors.
fn check_of(failure_code: &str) -> &'static [&'static str] {
    match failure_code {
        "TAMPERED_INCLUSION_PATH" => &["receipt signature", "inclusion proof"],
        "UNSUPPORTED_VDS" => &["verifiable data structure"],
        "BAD_STATEMENT_SIGNATURE" => &["statement signature"],
        _ => &[],
    }
}

fn check_vector(dir: &Path) {
    let expected = json(&dir.join("expected.json"));
    let name = dir.file_name().unwrap().to_string_lossy();
    let statement = fs::read(dir.join("statement.cose")).unwrap();
    let entry = Digest::of(&statement);
    assert_eq!(
        expected["leaf_entry"].as_str().unwrap(),
        entry.to_string(),
        "{name}"
    );
    let payload = Digest::of(&fs::read(dir.join("payload.bin")).unwrap());
    assert_eq!(
        expected["payload_sha256"].as_str().unwrap(),
        payload.to_string(),
        "{name}"
    );

    let header = &expected["protected_header"]["statement"];
    let parsed = Sign1::decode("statement", &statement).unwrap();
    assert_eq!(parsed.algorithm(), header["alg_code"].as_i64(), "{name}");
    assert_eq!(parsed.issuer(), header["issuer"].as_str(), "{name}");
    assert_eq!(parsed.subject(), header["subject"].as_str(), "{name}");
    assert_eq!(
        parsed.content_type(),
        header["content_type"].as_str(),
        "{name}"
    );
    let signature = verify_statement(&statement, &key(&dir.join("issuer-key.pub")));
    assert_eq!(
        Some(signature.is_ok()),
        expected["statement_signature_valid"].as_bool(),
        "{name}: {signature:?}"
    );

    let receipt_bytes = fs::read(dir.join("receipt.cose")).unwrap();
    let parsed = Sign1::decode("receipt", &receipt_bytes).unwrap();
    assert_eq!(
        parsed.vds(),
        expected["protected_header"]["receipt"]["vds"].as_i64(),
        "{name}"
    );
    let receipt = verify_receipt(&receipt_bytes, &entry, &key(&dir.join("log-key.pub")));
    assert_eq!(
        Some(receipt.is_ok()),
        expected["receipt_valid"].as_bool(),
        "{name}: {receipt:?}"
    );
    if let (Ok(found), Some(root)) = (&receipt, expected["reconstructed_root"].as_str()) {
        assert_eq!(found.root.to_string(), root, "{name}");
        let place = expected["leaf_index"]
            .as_u64()
            .zip(expected["tree_size"].as_u64());
        assert_eq!(found.place, place, "{name}");
    }
    let failure = signature.err().or(receipt.err()).map(|error| error.check);
    assert_eq!(failure.is_none(), expected["result"] == "VALID", "{name}");
    if let (Some(check), Some(code)) = (failure, expected["failure_code"].as_str()) {
        let names = check_of(code);
        assert!(
            names.is_empty() || names.contains(&check.as_str()),
            "{name}: {code} was found by `{check}`"
        );
    }
}

#[test]
fn every_vector_of_the_manifest_gets_its_verdict() {
    let Some(root) = vectors::dir("scitt/scitt-cose-vectors/test-vectors") else {
        return;
    };
    let manifest = json(&root.join("manifest.json"));
    let mut checked = 0;
    for vector in manifest["vectors"].as_array().unwrap() {
        let dir = root.join(vector["dir"].as_str().unwrap());
        if dir.is_dir() {
            check_vector(&dir);
            checked += 1;
        }
    }
    println!("{checked} vectors checked");
    assert!(checked > 0);
}

#[test]
fn any_flipped_byte_of_a_valid_vector_is_refused() {
    let Some(root) = vectors::dir("scitt/scitt-cose-vectors/test-vectors/v1/valid-es256") else {
        return;
    };
    let (issuer, log) = (
        key(&root.join("issuer-key.pub")),
        key(&root.join("log-key.pub")),
    );
    let statement = fs::read(root.join("statement.cose")).unwrap();
    let receipt = fs::read(root.join("receipt.cose")).unwrap();
    for index in 0..statement.len() {
        let mut bytes = statement.clone();
        bytes[index] ^= 1;
        assert!(
            verify_statement(&bytes, &issuer).is_err(),
            "byte {index} of the statement"
        );
        assert!(verify_receipt(&receipt, &Digest::of(&bytes), &log).is_err());
    }
    let root = verify_receipt(&receipt, &Digest::of(&statement), &log)
        .unwrap()
        .root;
    for index in 0..receipt.len() {
        let mut bytes = receipt.clone();
        bytes[index] ^= 1;
        // RFC 9942 leaves size and leaf unsigned: another size with the same path shape leads to the same, signed root.
        if let Ok(found) = verify_receipt(&bytes, &Digest::of(&statement), &log) {
            assert_eq!(found.root, root, "byte {index} of the receipt");
            assert_ne!(found.place, Some((2, 8)), "byte {index} of the receipt");
        }
    }
    assert!(verify_statement(&[statement.as_slice(), &[0]].concat(), &issuer).is_err());
}

#[test]
fn interop_statements_verify() {
    let Some(root) = vectors::dir("scitt/scitt-cose-vectors/interop") else {
        return;
    };
    let shared = json(&root.join("ccf/shared-vector.json"));
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let pem = |value: &Value| ForeignKey::from_pem(value.as_str().unwrap()).unwrap();
    let statement = bytes(&shared["statement"]["bytes_hex"]);
    let parsed = verify_statement(
        &statement,
        &pem(&shared["statement"]["issuer_public_key_pem"]),
    )
    .unwrap();
    assert_eq!(parsed.subject(), shared["statement"]["subject"].as_str());
    let entry = Digest::of(&statement);
    assert_eq!(
        shared["leaf_entry"]["hex"].as_str().unwrap(),
        entry.to_string()
    );
    let ours = &shared["our_receipt"];
    let found = verify_receipt(
        &bytes(&ours["bytes_hex"]),
        &entry,
        &pem(&ours["ts_public_key_pem"]),
    )
    .unwrap();
    assert_eq!(
        ours["verify_result"]["root"].as_str().unwrap(),
        found.root.to_string()
    );
    assert_eq!(found.place, Some((0, 1)));
    let statement = fs::read(root.join("vcp/vcp-statement.cose")).unwrap();
    let parsed = verify_statement(&statement, &key(&root.join("vcp/vcp-issuer-pub.pem"))).unwrap();
    let result = &json(&root.join("vcp/result.json"))["scitt_cose_result"];
    assert_eq!(parsed.issuer(), result["issuer"].as_str());
    assert_eq!(parsed.subject(), result["subject"].as_str());
}

/// CCF's own receipts in the shared vector, where it gives all that a verifier needs.
#[test]
fn ccf_receipts_of_the_interop_vector_bind_their_statement() {
    let Some(root) = vectors::dir("scitt/scitt-cose-vectors/interop") else {
        return;
    };
    let shared = json(&root.join("ccf/shared-vector.json"));
    let ccf = &shared["ccf_receipt"];
    let receipt = hex::decode(ccf["receipt_bytes_hex"].as_str().unwrap()).unwrap();
    assert_eq!(Sign1::decode("receipt", &receipt).unwrap().vds(), Some(2));
    if let Some(pem) = ccf["ts_public_key_pem"].as_str() {
        let entry: Digest = ccf["statement_sha256"].as_str().unwrap().parse().unwrap();
        let key = ForeignKey::from_pem(pem).unwrap();
        verify_receipt(&receipt, &entry, &key).unwrap();
        assert!(verify_receipt(&receipt, &Digest::ZERO, &key).is_err());
    }
    let text = STANDARD
        .decode(shared["statement"]["bytes_base64"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        hex::encode(text),
        shared["statement"]["bytes_hex"].as_str().unwrap()
    );
}

/// The draft's examples come without a key or a leaf: their form is read, and their path fits size and leaf.
#[test]
fn examples_of_the_receipts_draft_are_read() {
    let Some(root) = vectors::dir("scitt/cose-receipts-examples/examples") else {
        return;
    };
    for (file, proof_key) in [
        ("inclusion-receipt.cbor", -1),
        ("consistency-receipt.cbor", -2),
    ] {
        let bytes = fs::read(root.join(file)).unwrap();
        let receipt = Sign1::decode("receipt", &bytes).unwrap();
        assert_eq!(
            (receipt.vds(), receipt.algorithm()),
            (Some(1), Some(-7)),
            "{file}"
        );
        assert_eq!(
            receipt.issuer(),
            Some("https://transparency-service.example.com")
        );
        let numbers = receipt.proof_numbers(proof_key).unwrap();
        if proof_key == -1 {
            let (size, leaf, path) = numbers;
            assert_eq!((size, leaf, path.len()), (5, 3, 3));
            assert!(root_from_inclusion(&Digest::ZERO, leaf, size, &path).is_some());
        } else {
            let (old, new, path) = numbers;
            assert_eq!((old, new, path.len()), (3, 5, 4));
        }
    }
}
