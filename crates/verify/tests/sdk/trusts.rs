//! Trust files: the good one and its variants, and those that are refused.

use crate::common::World;
use convoy_types::{NetworkId, cose::Algorithm, receipt::Trust};
use serde_json::{Value, json};

/// A trust file by the end of its name, for the proofs.
pub fn variants(world: &World, time_ms: u64) -> Vec<(&'static str, Trust)> {
    let full = world.trust();
    // ML-DSA-65 keys are long; only the full file has them.
    let mut small = full.clone();
    small
        .tree_heads
        .retain(|entry| entry.key.algorithm() == Algorithm::Ed25519);
    small
        .signers
        .retain(|entry| entry.key.algorithm() != Algorithm::MlDsa65);
    let changed = |change: fn(&mut Trust, u64)| {
        let mut trust = small.clone();
        change(&mut trust, time_ms);
        trust
    };
    vec![
        ("full", full),
        ("small", small.clone()),
        ("without-signers", changed(|t, _| t.signers.clear())),
        (
            "another-network",
            changed(|t, _| t.network = NetworkId::of_genesis("adriatic", &t.genesis).unwrap()),
        ),
        ("five-members", changed(|t, _| t.members_required = 5)),
        (
            "key-ended",
            changed(|t, time| t.tree_heads[0].until_ms = Some(time + 3_000)),
        ),
        (
            "key-not-begun",
            changed(|t, time| t.tree_heads[0].from_ms = time + 3_001),
        ),
        ("without-keys", changed(|t, _| t.tree_heads.clear())),
        (
            "signer-revoked",
            changed(|t, time| t.signers[0].until_ms = Some(time + 2_000)),
        ),
        (
            "signer-in-time",
            changed(|t, time| {
                t.signers[0].from_ms = time;
                t.signers[0].until_ms = Some(time + 2_001);
            }),
        ),
        (
            "three-validators",
            changed(|t, _| {
                t.epochs[0].validators.pop();
            }),
        ),
        ("without-epochs", changed(|t, _| t.epochs.clear())),
        (
            "ended-with-it",
            changed(|t, _| t.epochs[0].last_block = Some(2)),
        ),
        (
            "ended-before",
            changed(|t, _| t.epochs[0].last_block = Some(1)),
        ),
        (
            "begun-behind-it",
            changed(|t, _| {
                let mut before = t.epochs[0].clone();
                (before.epoch, before.last_block) = (2, Some(2));
                t.epochs.push(before);
            }),
        ),
    ]
}

/// Files that are refused, with the field at fault; empty where JSON itself is.
pub fn refused(world: &World) -> Vec<Value> {
    let good = || {
        let mut trust = world.trust();
        trust.tree_heads.truncate(1);
        trust.signers.truncate(1);
        let value: Value = serde_json::from_str(&trust.to_json()).unwrap();
        value
    };
    type Damage = fn(&mut Value);
    let damages: [(&str, Damage); 16] = [
        ("version 2", |t| t["version"] = json!(2)),
        ("another genesis", |t| t["genesis"] = json!("00".repeat(32))),
        ("no member required", |t| t["members_required"] = json!(0)),
        ("an epoch without validators", |t| {
            t["epochs"][0]["validators"] = json!([])
        }),
        ("an epoch twice", |t| {
            let epoch = t["epochs"][0].clone();
            t["epochs"] = json!([epoch, epoch]);
        }),
        ("a validator's key twice", |t| {
            let key = t["epochs"][0]["validators"][0]["key"].clone();
            t["epochs"][0]["validators"][1]["key"] = key;
        }),
        ("a validator's key of small order", |t| {
            t["epochs"][0]["validators"][0]["key"] = json!(format!("01{}", "00".repeat(31)));
        }),
        ("an epoch that ends before it begins", |t| {
            let mut epoch = t["epochs"][0].clone();
            epoch["epoch"] = json!(4);
            (t["epochs"][0]["last_block"], epoch["last_block"]) = (json!(9), json!(9));
            t["epochs"] = json!([epoch, t["epochs"][0]]);
        }),
        ("a last block that is no number", |t| {
            t["epochs"][0]["last_block"] = json!("nine")
        }),
        ("an unknown member", |t| t["colour"] = json!("green")),
        ("an unknown member of a signer", |t| {
            t["signers"][0]["colour"] = json!("green")
        }),
        ("a member in capitals", |t| {
            t["tree_heads"][0]["member"] = json!("EST")
        }),
        ("an issuer that is no DID", |t| {
            t["tree_heads"][0]["issuer"] = json!("est.example")
        }),
        ("a negative time", |t| {
            t["signers"][0]["from_ms"] = json!(-1)
        }),
        ("a key of another type", |t| {
            t["signers"][0]["key"] = json!({"kty": "RSA"})
        }),
        ("no genesis", |t| {
            t.as_object_mut().unwrap().remove("genesis");
        }),
    ];
    let mut refused = Vec::new();
    for (name, damage) in damages {
        let mut value = good();
        damage(&mut value);
        let error = Trust::from_json(&value.to_string()).unwrap_err();
        // What serde says is about lines and columns, which differ from reader to reader.
        let own = !error.field.starts_with("line ");
        let error = own.then(|| error.to_string());
        refused.push(json!({"name": name, "trust": value, "error": error}));
    }
    refused
}
