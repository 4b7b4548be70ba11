//! Secret keys and signatures that stay the same from run to run.

use convoy_types::{
    Digest, Statement, StatementBuilder,
    cose::{Algorithm, SigningKey, TAG_SIGN1, sig_structure},
    receipt::{SignedTreeHead, TreeHead},
    wire::Writer,
};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap};

/// Signs; what is randomised is kept by key and message.
pub struct Vault {
    known: BTreeMap<String, String>,
    used: RefCell<BTreeMap<String, String>>,
}

impl Vault {
    /// A vault that knows the signatures in `text`, JSON of name to hexadecimal.
    pub fn new(text: &str) -> Self {
        Self {
            known: serde_json::from_str(text).unwrap_or_default(),
            used: RefCell::default(),
        }
    }

    /// The signature of `key` over `message`: the known one where it holds, else a new one.
    pub fn sign(&self, key: &SigningKey, message: &[u8]) -> Vec<u8> {
        if key.algorithm() == Algorithm::Ed25519 {
            return key.sign(message).unwrap();
        }
        let name = format!("{} {}", key.public().key_id(), Digest::of(message));
        let known = self
            .known
            .get(&name)
            .and_then(|text| hex::decode(text).ok());
        let signature = known
            .filter(|signature| key.public().verify(message, signature).is_ok())
            .unwrap_or_else(|| key.sign(message).unwrap());
        self.used.borrow_mut().insert(name, hex::encode(&signature));
        signature
    }

    /// Signs what `builder` collected.
    pub fn statement(&self, builder: &StatementBuilder, key: &SigningKey) -> Statement {
        let unsigned = builder.unsigned(key.algorithm(), key.public().key_id());
        unsigned
            .attach(&self.sign(key, &unsigned.to_be_signed()))
            .unwrap()
    }

    /// Signs a tree head.
    pub fn head(&self, head: &TreeHead, key: &SigningKey) -> SignedTreeHead {
        let protected = head.protected(key.algorithm(), key.public().key_id());
        let signature = self.sign(key, &sig_structure(&protected, &head.root.0));
        let mut writer = Writer::with_capacity(4_096);
        writer.tag(TAG_SIGN1).array(4).bytes(&protected).map(0);
        writer.bytes(&head.root.0).bytes(&signature);
        SignedTreeHead::decode(&writer.finish()).unwrap()
    }

    /// The randomised signatures used so far.
    pub fn signatures(&self) -> Value {
        json!(*self.used.borrow())
    }
}
