//! Making statements: build unsigned, sign here or elsewhere, assemble.
//!
//! Signing elsewhere (a hardware module, a browser, a phone) takes the same path: [`StatementBuilder::unsigned`] gives the bytes
//! to sign, [`UnsignedStatement::attach`] takes the signature.

use super::{
    Action, Assurance, CONTENT_TYPE, Content, Label, STATEMENT_VERSION, Statement, StatementError,
};
use crate::{
    Compartment, Did, NetworkId,
    cose::{
        Algorithm, CLAIM_AUD, CLAIM_ISS, CLAIM_SUB, HEADER_ALG, HEADER_CONTENT_TYPE,
        HEADER_CWT_CLAIMS, HEADER_KID, KeyId, SigningKey, TAG_SIGN1, sig_structure,
    },
    statement::Fault,
    wire::Writer,
};
use bytes::Bytes;

/// Collects what a statement says. Lane 0, sequence 0, the common ledger, no label and the signer's own key are the defaults.
#[derive(Clone, Debug)]
pub struct StatementBuilder {
    network: NetworkId,
    signer: Did,
    subject: Option<String>,
    content: Content,
}

impl StatementBuilder {
    /// A statement of `signer` for `network` that can execute until `not_after_ms` (block time, milliseconds since 1970).
    pub fn new(network: NetworkId, signer: Did, not_after_ms: u64) -> Self {
        Self {
            network,
            signer,
            subject: None,
            content: Content {
                compartment: Compartment::common(),
                label: Label::default(),
                lane: 0,
                sequence: 0,
                not_after_ms,
                assurance: Assurance::OwnKey,
                actions: Vec::new(),
            },
        }
    }

    /// What it is about, such as the first object's identifier; otherwise the first action's module.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The ledger it is for.
    pub fn compartment(mut self, compartment: Compartment) -> Self {
        self.content.compartment = compartment;
        self
    }

    /// Who may read it.
    pub fn label(mut self, mut label: Label) -> Self {
        label.releasable_to.sort();
        label.releasable_to.dedup();
        self.content.label = label;
        self
    }

    /// The lane and the place in it.
    pub fn sequence(mut self, lane: u8, sequence: u64) -> Self {
        self.content.lane = lane;
        self.content.sequence = sequence;
        self
    }

    /// Whose hand holds the key.
    pub fn assurance(mut self, assurance: Assurance) -> Self {
        self.content.assurance = assurance;
        self
    }

    /// Adds an action; `body` is one deterministic CBOR item.
    pub fn action(mut self, module: &str, body: impl Into<Bytes>) -> Self {
        self.content.actions.push(Action {
            module: module.into(),
            body: body.into(),
        });
        self
    }

    /// The statement without its signature, for a key of `algorithm` with the id `key_id`.
    pub fn unsigned(&self, algorithm: Algorithm, key_id: KeyId) -> UnsignedStatement {
        let subject = self.subject.as_deref().unwrap_or_else(|| {
            let first = self.content.actions.first();
            first.map_or("statement", |action| &action.module)
        });
        let mut protected = Writer::with_capacity(160);
        protected.map(4);
        protected.int(HEADER_ALG).int(algorithm.cose_id());
        protected.int(HEADER_CONTENT_TYPE).uint(CONTENT_TYPE);
        protected.int(HEADER_KID).bytes(&key_id.0);
        protected.int(HEADER_CWT_CLAIMS).map(3);
        protected.int(CLAIM_ISS).text(self.signer.as_str());
        protected.int(CLAIM_SUB).text(subject);
        protected.int(CLAIM_AUD).text(self.network.as_str());
        UnsignedStatement {
            protected: protected.finish(),
            payload: encode_content(&self.content),
        }
    }

    /// Signs with `key` and checks the result as a receiver would.
    ///
    /// # Errors
    /// Whatever [`Statement::decode`] refuses, such as no action or a body that is not deterministic CBOR.
    pub fn sign(&self, key: &SigningKey) -> Result<Statement, StatementError> {
        let unsigned = self.unsigned(key.algorithm(), key.public().key_id());
        let signature = key.sign(&unsigned.to_be_signed()).map_err(|error| {
            StatementError::new(Fault::Unsigned, "signature", error.to_string())
        })?;
        unsigned.attach(&signature)
    }
}

/// A statement that waits for its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedStatement {
    protected: Vec<u8>,
    payload: Vec<u8>,
}

impl UnsignedStatement {
    /// The bytes to sign (RFC 9052 section 4.4).
    pub fn to_be_signed(&self) -> Vec<u8> {
        sig_structure(&self.protected, &self.payload)
    }

    /// Puts the signature on. It is not checked here: who attaches does not always have the key.
    pub fn attach(&self, signature: &[u8]) -> Result<Statement, StatementError> {
        let length = self.protected.len() + self.payload.len() + signature.len() + 16;
        let mut writer = Writer::with_capacity(length);
        writer.tag(TAG_SIGN1).array(4).bytes(&self.protected);
        writer.map(0).bytes(&self.payload).bytes(signature);
        Statement::decode(writer.finish())
    }
}

fn encode_content(content: &Content) -> Vec<u8> {
    let bodies: usize = content.actions.iter().map(|a| a.body.len() + 40).sum();
    let mut writer = Writer::with_capacity(bodies + 64);
    writer.array(8).uint(STATEMENT_VERSION);
    if content.compartment == Compartment::common() {
        writer.null();
    } else {
        writer.text(content.compartment.as_str());
    }
    if content.label.is_open() {
        writer.null();
    } else {
        let members = &content.label.releasable_to;
        writer.array(2).uint(content.label.classification.number());
        writer.array(members.len());
        for member in members {
            writer.text(member.as_str());
        }
    }
    writer
        .uint(u64::from(content.lane))
        .uint(content.sequence)
        .uint(content.not_after_ms)
        .uint(content.assurance.number())
        .array(content.actions.len());
    for action in &content.actions {
        writer.array(2).text(&action.module).bytes(&action.body);
    }
    writer.finish()
}
