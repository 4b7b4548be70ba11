//! Strict decoding in one pass. See the format in the parent module.

use super::{
    Action, Assurance, CONTENT_TYPE, Classification, Content, Fault, LABEL_MEMBERS_MAX, Label,
    MODULE_NAME_BYTES_MAX, STATEMENT_VERSION, Statement, StatementBytes, StatementError,
};
use crate::{
    Compartment, Did, MemberId, NetworkId,
    cbor::{self, CborError},
    cose::{
        Algorithm, CLAIM_AUD, CLAIM_ISS, CLAIM_SUB, HEADER_ALG, HEADER_CONTENT_TYPE,
        HEADER_CWT_CLAIMS, HEADER_KID, KeyId, TAG_SIGN1,
    },
    ids::IdError,
    limits::{
        ACTION_BYTES_MAX, IDENTIFIER_BYTES_MAX, LANES_MAX, STATEMENT_ACTIONS_MAX,
        STATEMENT_BYTES_MAX,
    },
    wire::{Reader, WireError},
};
use bytes::Bytes;
use std::ops::Range;

type Outcome<T> = Result<T, StatementError>;

/// Gives a fault of the reader the name of the field being read.
fn named<T>(field: &'static str, result: Result<T, WireError>) -> Outcome<T> {
    result.map_err(|error| StatementError::wire(field, error))
}

fn refuse<T>(fault: Fault, field: &'static str, detail: impl Into<String>) -> Outcome<T> {
    Err(StatementError::new(fault, field, detail))
}

fn text<T>(field: &'static str, result: Result<T, IdError>) -> Outcome<T> {
    result.map_err(|error| StatementError::new(Fault::BadText, field, error.to_string()))
}

/// Reads a map label or array place that has to be `expected`.
fn label(reader: &mut Reader<'_>, expected: i64, field: &'static str) -> Outcome<()> {
    let found = named(field, reader.int())?;
    if found == expected {
        return Ok(());
    }
    let detail = format!("member {found} stands where member {expected} belongs");
    refuse(Fault::UnknownMember, field, detail)
}

fn members(found: usize, expected: usize, field: &'static str) -> Outcome<()> {
    if found == expected {
        return Ok(());
    }
    let detail = format!("it has {found} members instead of {expected}");
    refuse(Fault::UnknownMember, field, detail)
}

impl Statement {
    /// Decodes exactly one submitted statement that fills `bytes`.
    ///
    /// Checks form only: whether the signer, the key, the lane and the network are right is for who knows them.
    ///
    /// # Errors
    /// The first fault in reading order, with its number, field and remedy.
    pub fn decode(bytes: impl Into<Bytes>) -> Result<Self, StatementError> {
        Self::decode_named(StatementBytes::of(bytes))
    }

    /// The same where the id of the bytes is known by now.
    ///
    /// # Errors
    /// As [`Statement::decode`].
    pub fn decode_named(
        StatementBytes { raw, id }: StatementBytes,
    ) -> Result<Self, StatementError> {
        if raw.len() > STATEMENT_BYTES_MAX {
            let detail = format!("{} bytes, at most {STATEMENT_BYTES_MAX}", raw.len());
            return refuse(Fault::TooLarge, "statement", detail);
        }
        let mut reader = Reader::new(&raw);
        named("statement", reader.tag(TAG_SIGN1))?;
        named("statement", reader.array_of(4))?;
        let protected = content_range(&mut reader, "protected header")?;
        if named("unprotected header", reader.map())? != 0 {
            let detail = "it is not empty";
            return refuse(Fault::UnprotectedHeader, "unprotected header", detail);
        }
        if reader.null() {
            return refuse(Fault::WrongType, "payload", "it is detached");
        }
        let payload = content_range(&mut reader, "payload")?;
        let signature = content_range(&mut reader, "signature")?;
        named("statement", reader.end())?;

        let head = Protected::decode(&raw[protected.clone()])?;
        check_signature_length(head.algorithm, signature.len())?;
        let content = decode_content(&raw, payload.clone())?;
        Ok(Self {
            id,
            protected,
            payload,
            signature,
            algorithm: head.algorithm,
            key_id: head.key_id,
            signer: head.signer,
            subject: head.subject,
            network: head.network,
            content,
            raw,
        })
    }
}

/// Reads a byte string and returns where its content lies.
fn content_range(reader: &mut Reader<'_>, field: &'static str) -> Outcome<Range<usize>> {
    let content = named(field, reader.bytes())?;
    Ok(reader.at() - content.len()..reader.at())
}

fn check_signature_length(algorithm: Algorithm, found: usize) -> Outcome<()> {
    let expected = algorithm.signature_bytes();
    if found == 0 {
        return refuse(Fault::Unsigned, "signature", "it is empty");
    }
    if found != expected {
        let detail = format!("{found} bytes, and {algorithm} has {expected}");
        return refuse(Fault::BadSignature, "signature", detail);
    }
    Ok(())
}

struct Protected {
    algorithm: Algorithm,
    key_id: KeyId,
    signer: Did,
    subject: Box<str>,
    network: NetworkId,
}

impl Protected {
    fn decode(bytes: &[u8]) -> Outcome<Self> {
        const FIELD: &str = "protected header";
        const CLAIMS: &str = "CWT claims";
        let mut reader = Reader::new(bytes);
        members(named(FIELD, reader.map())?, 4, FIELD)?;
        label(&mut reader, HEADER_ALG, FIELD)?;
        let id = named("protected header: alg", reader.int())?;
        let Some(algorithm) = Algorithm::from_cose(id) else {
            let detail = format!("COSE algorithm {id} is not known here");
            return refuse(Fault::UnknownAlgorithm, "protected header: alg", detail);
        };
        label(&mut reader, HEADER_CONTENT_TYPE, FIELD)?;
        let content_type = named("protected header: content type", reader.uint())?;
        if content_type != CONTENT_TYPE {
            let detail = format!("it is {content_type}, not {CONTENT_TYPE} (application/cbor)");
            return refuse(
                Fault::UnknownFormat,
                "protected header: content type",
                detail,
            );
        }
        label(&mut reader, HEADER_KID, FIELD)?;
        let key_id = KeyId(named("protected header: kid", reader.bytes_exact())?);
        label(&mut reader, HEADER_CWT_CLAIMS, FIELD)?;
        members(named(CLAIMS, reader.map())?, 3, CLAIMS)?;
        label(&mut reader, CLAIM_ISS, CLAIMS)?;
        let signer = named("CWT claims: iss", reader.text())?;
        let signer = text("CWT claims: iss", Did::new(signer))?;
        label(&mut reader, CLAIM_SUB, CLAIMS)?;
        let subject = named("CWT claims: sub", reader.text())?;
        if subject.is_empty() || subject.len() > IDENTIFIER_BYTES_MAX {
            let detail = format!("{} bytes, 1 to {IDENTIFIER_BYTES_MAX}", subject.len());
            return refuse(Fault::OutOfRange, "CWT claims: sub", detail);
        }
        label(&mut reader, CLAIM_AUD, CLAIMS)?;
        let network = named("CWT claims: aud", reader.text())?;
        let network = text("CWT claims: aud", NetworkId::new(network))?;
        named(FIELD, reader.end())?;
        Ok(Self {
            algorithm,
            key_id,
            signer,
            subject: subject.into(),
            network,
        })
    }
}

fn decode_content(raw: &Bytes, payload: Range<usize>) -> Outcome<Content> {
    const FIELD: &str = "payload";
    let start = payload.start;
    let mut reader = Reader::new(&raw[payload]);
    let length = named(FIELD, reader.array())?;
    let version = named("payload: version", reader.uint())?;
    if version != STATEMENT_VERSION {
        let detail = format!("version {version} is not known here");
        return refuse(Fault::UnknownFormat, "payload: version", detail);
    }
    members(length, 8, FIELD)?;
    let compartment = decode_compartment(&mut reader)?;
    let label = decode_label(&mut reader)?;
    let lane = named("payload: lane", reader.uint_max(u64::from(LANES_MAX) - 1))?;
    let sequence = named("payload: sequence", reader.uint())?;
    let not_after_ms = named("payload: not_after", reader.uint())?;
    let assurance = named("payload: assurance", reader.uint())?;
    let Some(assurance) = Assurance::from_number(assurance) else {
        let detail = format!("assurance {assurance} is not known here");
        return refuse(Fault::OutOfRange, "payload: assurance", detail);
    };
    let count = named("payload: actions", reader.array())?;
    if count == 0 || count > STATEMENT_ACTIONS_MAX {
        let detail = format!("{count} actions, 1 to {STATEMENT_ACTIONS_MAX}");
        return refuse(Fault::OutOfRange, "payload: actions", detail);
    }
    let mut actions = Vec::with_capacity(count);
    for _ in 0..count {
        actions.push(decode_action(raw, start, &mut reader)?);
    }
    named(FIELD, reader.end())?;
    Ok(Content {
        compartment,
        label,
        lane: lane as u8,
        sequence,
        not_after_ms,
        assurance,
        actions,
    })
}

fn decode_compartment(reader: &mut Reader<'_>) -> Outcome<Compartment> {
    const FIELD: &str = "payload: compartment";
    if reader.null() {
        return Ok(Compartment::common());
    }
    let name = text(FIELD, Compartment::new(named(FIELD, reader.text())?))?;
    if name == Compartment::common() {
        return refuse(
            Fault::NotCanonical,
            FIELD,
            "the common ledger is written null",
        );
    }
    Ok(name)
}

fn decode_label(reader: &mut Reader<'_>) -> Outcome<Label> {
    const FIELD: &str = "payload: label";
    if reader.null() {
        return Ok(Label::default());
    }
    named(FIELD, reader.array_of(2))?;
    let number = named(FIELD, reader.uint())?;
    let Some(classification) = Classification::from_number(number) else {
        let detail = format!("classification {number} is not known here");
        return refuse(Fault::OutOfRange, FIELD, detail);
    };
    let count = named(FIELD, reader.array())?;
    if count > LABEL_MEMBERS_MAX {
        let detail = format!("{count} members, at most {LABEL_MEMBERS_MAX}");
        return refuse(Fault::OutOfRange, FIELD, detail);
    }
    let mut releasable_to: Vec<MemberId> = Vec::with_capacity(count);
    for _ in 0..count {
        let member = text(FIELD, MemberId::new(named(FIELD, reader.text())?))?;
        if releasable_to.last().is_some_and(|last| *last >= member) {
            let detail = "its members are not in ascending order without repetition";
            return refuse(Fault::NotCanonical, FIELD, detail);
        }
        releasable_to.push(member);
    }
    let label = Label {
        classification,
        releasable_to,
    };
    if label.is_open() {
        return refuse(Fault::NotCanonical, FIELD, "an open label is written null");
    }
    Ok(label)
}

fn decode_action(raw: &Bytes, payload_start: usize, reader: &mut Reader<'_>) -> Outcome<Action> {
    const MODULE: &str = "payload: actions: module";
    const BODY: &str = "payload: actions: body";
    named("payload: actions", reader.array_of(2))?;
    let module = named(MODULE, reader.text())?;
    if !is_module_name(module) {
        let detail = format!(
            "write 1 to {MODULE_NAME_BYTES_MAX} lower-case letters, digits or hyphens, a letter first"
        );
        return refuse(Fault::BadText, MODULE, detail);
    }
    let body = named(BODY, reader.bytes())?;
    if body.len() > ACTION_BYTES_MAX {
        let detail = format!("{} bytes, at most {ACTION_BYTES_MAX}", body.len());
        return refuse(Fault::TooLarge, BODY, detail);
    }
    cbor::check(body).map_err(|error| body_error(BODY, error))?;
    let end = payload_start + reader.at();
    Ok(Action {
        module: module.into(),
        body: raw.slice(end - body.len()..end),
    })
}

fn body_error(field: &'static str, error: CborError) -> StatementError {
    let fault = match &error {
        CborError::Form { rule, .. } if rule.contains("deep") => Fault::TooDeep,
        CborError::Form { rule, .. } if rule.contains("follow") => Fault::Trailing,
        CborError::Form { rule, .. } if rule.contains("short") || rule.contains("past") => {
            Fault::Truncated
        }
        _ => Fault::NotCanonical,
    };
    StatementError::new(fault, field, error.to_string())
}

fn is_module_name(name: &str) -> bool {
    name.len() <= MODULE_NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
