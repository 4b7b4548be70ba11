//! The test vectors of the SDKs, made here and checked in under `sdk/vectors`: what TypeScript and Python have to build and say, byte for
//! byte and word for word.
//!
//! Flow: [`files`] makes every file in memory from fixed secrets; the example `sdk_vectors` writes them, the test `sdk_vectors` compares them
//! with those checked in. A verdict in a vector is the one of this verifier at the time of writing, so a change of its words shows as a
//! difference of files.
//!
//! Limits: ES256 and ML-DSA-65 signatures are randomised, so they are kept in `signatures.json` and taken from there as long as they hold
//! for the same bytes (see [`vault`]).

#![allow(clippy::unwrap_used, reason = "a test's failure is its message")]
#![allow(dead_code, reason = "the example and the test use a part each")]

mod encodings;
mod proofs;
mod statements;
mod trusts;
mod vault;

use convoy_types::wire::Writer;
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};
use vault::Vault;

/// File name to content.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Where the vectors are checked in.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../sdk/vectors")
}

/// Every vector file. `signatures` is the content of `signatures.json` so far.
pub fn files(signatures: &str) -> Files {
    let vault = Vault::new(signatures);
    let mut files = Files::new();
    put(&mut files, "keys.json", &encodings::keys(&vault));
    put(&mut files, "cbor.json", &encodings::cbor());
    put(&mut files, "ed25519.json", &encodings::ed25519());
    put(&mut files, "statements.json", &statements::vectors(&vault));
    proofs::write(&vault, &mut files);
    let signatures = vault.signatures();
    put(&mut files, "signatures.json", &signatures);
    files
}

fn put(files: &mut Files, name: &str, value: &Value) {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    files.insert(name.into(), text.into_bytes());
}

/// Bytes written by hand, for what the library's own writers refuse to make.
fn wire(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::with_capacity(512);
    write(&mut writer);
    writer.finish()
}
