use super::*;
use crate::{
    Digest,
    cose::SigningKey,
    limits::{ACTION_BYTES_MAX, CBOR_DEPTH_MAX, STATEMENT_ACTIONS_MAX, STATEMENT_BYTES_MAX},
    wire::Writer,
};
use proptest::prelude::*;

fn network() -> NetworkId {
    NetworkId::of_genesis("baltic", &Digest::of(b"genesis")).unwrap()
}

fn builder() -> StatementBuilder {
    let signer = Did::new("did:web:est.example:anna").unwrap();
    StatementBuilder::new(network(), signer, 1_795_000_000_000)
}

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_secret(algorithm, &[7; 32]).unwrap()
}

fn body(text: &str) -> Vec<u8> {
    crate::cbor::to_vec(text)
}

fn good() -> Statement {
    builder()
        .action("custody", body("x"))
        .sign(&key(Algorithm::Ed25519))
        .unwrap()
}

fn refusal(bytes: Vec<u8>) -> StatementError {
    Statement::decode(bytes).unwrap_err()
}

#[test]
fn what_is_built_is_what_is_read() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let label = Label {
            classification: Classification::Confidential,
            releasable_to: vec![MemberId::new("fra").unwrap(), MemberId::new("est").unwrap()],
        };
        let statement = builder()
            .subject("urn:epc:id:sgtin:0614141.107346.2018")
            .compartment(Compartment::new("nordic").unwrap())
            .label(label)
            .sequence(63, u64::MAX)
            .assurance(Assurance::HeldByNode)
            .action("custody", body("a"))
            .action("membership", body("b"))
            .sign(&key)
            .unwrap();
        let read = Statement::decode(statement.bytes().clone()).unwrap();
        assert_eq!(read.id(), StatementId(Digest::of(statement.bytes())));
        assert_eq!(read.algorithm(), algorithm);
        assert_eq!(read.key_id(), key.public().key_id());
        assert_eq!(read.signer().as_str(), "did:web:est.example:anna");
        assert_eq!(read.subject(), "urn:epc:id:sgtin:0614141.107346.2018");
        assert_eq!(read.network(), &network());
        let content = read.content();
        assert_eq!(content.compartment.as_str(), "nordic");
        let members = content.label.releasable_to.iter();
        assert!(members.map(MemberId::as_str).eq(["est", "fra"]));
        assert_eq!((content.lane, content.sequence), (63, u64::MAX));
        assert_eq!(content.assurance, Assurance::HeldByNode);
        assert_eq!(content.not_after_ms, 1_795_000_000_000);
        let actions: Vec<_> = read
            .actions()
            .iter()
            .map(|a| (&*a.module, a.body.to_vec()))
            .collect();
        assert_eq!(actions, [("custody", body("a")), ("membership", body("b"))]);
        read.verify(key.public()).unwrap();
        crate::cbor::check(read.protected()).unwrap();
        crate::cbor::check(read.payload()).unwrap();
    }
}

#[test]
fn the_defaults_are_the_common_ledger_without_label_and_cost_two_bytes() {
    let statement = good();
    assert_eq!(statement.content().compartment, Compartment::common());
    assert!(statement.content().label.is_open());
    assert_eq!(statement.subject(), "custody");
    assert_eq!(statement.payload()[..4], [0x88, 0x01, 0xf6, 0xf6]);
}

/// `coset` reads what we write, and agrees on what was signed.
#[test]
fn another_cose_library_reads_it_and_agrees_on_the_signed_bytes() {
    use coset::{CborSerializable, TaggedCborSerializable};
    let statement = good();
    let sign1 = coset::CoseSign1::from_tagged_slice(statement.bytes()).unwrap();
    assert_eq!(sign1.tbs_data(&[]), statement.signed_bytes());
    let alg = coset::Algorithm::Assigned(coset::iana::Algorithm::EdDSA);
    assert_eq!(sign1.protected.header.alg, Some(alg));
    assert_eq!(sign1.protected.header.key_id, statement.key_id().0);
    assert!(sign1.unprotected.is_empty());
    assert_eq!(
        sign1.protected.header.clone().to_vec().unwrap().len(),
        statement.protected().len()
    );
}

#[test]
fn wrong_network_key_and_signature_are_told_apart() {
    let statement = good();
    let other = NetworkId::of_genesis("baltic", &Digest::of(b"other")).unwrap();
    assert_eq!(statement.check_network(&network()), Ok(()));
    let error = statement.check_network(&other).unwrap_err();
    assert_eq!(error.number(), 1014);
    let stranger = SigningKey::from_secret(Algorithm::Ed25519, &[8; 32]).unwrap();
    assert_eq!(
        statement.verify(stranger.public()).unwrap_err().number(),
        1016
    );
    let mut bytes = statement.bytes().to_vec();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    let forged = Statement::decode(bytes).unwrap();
    let error = forged.verify(key(Algorithm::Ed25519).public()).unwrap_err();
    assert_eq!((error.number(), error.field), (1015, "signature"));
}

#[test]
fn every_truncation_is_refused() {
    let bytes = good().bytes().to_vec();
    for length in 0..bytes.len() {
        assert_eq!(
            refusal(bytes[..length].to_vec()).fault,
            Fault::Truncated,
            "{length}"
        );
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(refusal(longer).fault, Fault::Trailing);
}

#[test]
fn limits_hold() {
    let sign = |builder: StatementBuilder| builder.sign(&key(Algorithm::Ed25519));
    let fault = |builder: StatementBuilder| sign(builder).unwrap_err();
    assert_eq!(refusal(vec![0; STATEMENT_BYTES_MAX + 1]).number(), 1002);
    assert_eq!(fault(builder()).field, "payload: actions");
    let many = |count| (0..count).fold(builder(), |b, _| b.action("m", vec![0]));
    sign(many(STATEMENT_ACTIONS_MAX)).unwrap();
    assert_eq!(
        fault(many(STATEMENT_ACTIONS_MAX + 1)).fault,
        Fault::OutOfRange
    );
    let large = |length: usize| {
        let mut writer = Writer::default();
        writer.bytes(&vec![0; length - 5]);
        builder().action("m", writer.finish())
    };
    sign(large(ACTION_BYTES_MAX)).unwrap();
    assert_eq!(fault(large(ACTION_BYTES_MAX + 1)).fault, Fault::TooLarge);
    assert_eq!(
        fault(builder().sequence(64, 0).action("m", vec![0])).field,
        "payload: lane"
    );
    let deep = |depth| builder().action("m", [vec![0x81; depth], vec![0]].concat());
    sign(deep(CBOR_DEPTH_MAX)).unwrap();
    assert_eq!(fault(deep(CBOR_DEPTH_MAX + 1)).fault, Fault::TooDeep);
    let long_subject = builder().subject("x".repeat(257)).action("m", vec![0]);
    assert_eq!(fault(long_subject).field, "CWT claims: sub");
}

#[test]
fn modules_and_bodies_are_checked() {
    let fault = |module: &str, body: &[u8]| {
        let built = builder().subject("s").action(module, body.to_vec());
        built.sign(&key(Algorithm::Ed25519)).unwrap_err().fault
    };
    for module in ["", "Custody", "1a", "a b", "-a", &"a".repeat(33)] {
        assert_eq!(fault(module, &[0]), Fault::BadText, "{module}");
    }
    assert_eq!(fault("m", &[]), Fault::Truncated);
    assert_eq!(fault("m", &[0x18, 0x17]), Fault::NotCanonical);
    assert_eq!(fault("m", &[0, 0]), Fault::Trailing);
    assert_eq!(fault("m", &[0xa2, 0x02, 0, 0x01, 0]), Fault::NotCanonical);
}

/// A statement put together by hand, so that each part can be wrong.
struct Parts {
    protected: Vec<u8>,
    unprotected: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl Parts {
    fn good() -> Self {
        let statement = good();
        Self {
            protected: statement.protected().to_vec(),
            unprotected: vec![0xa0],
            payload: statement.payload().to_vec(),
            signature: statement.signature().to_vec(),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer
            .tag(18)
            .array(4)
            .bytes(&self.protected)
            .raw(&self.unprotected);
        writer.bytes(&self.payload).bytes(&self.signature);
        writer.finish()
    }

    fn refusal(change: impl FnOnce(&mut Self)) -> (u16, &'static str) {
        let mut parts = Self::good();
        change(&mut parts);
        let error = refusal(parts.encode());
        assert!(error.to_string().contains(error.fault.remedy()));
        (error.number(), error.field)
    }
}

#[test]
fn each_fault_is_named_with_its_field() {
    assert_eq!(Parts::good().encode(), good().bytes().to_vec());
    assert_eq!(Parts::refusal(|p| p.signature.clear()), (1008, "signature"));
    assert_eq!(
        Parts::refusal(|p| p.signature.truncate(63)),
        (1015, "signature")
    );
    assert_eq!(
        Parts::refusal(|p| p.unprotected = vec![0xa1, 0x04, 0x40]),
        (1010, "unprotected header")
    );
    assert_eq!(
        Parts::refusal(|p| p.protected.clear()),
        (1001, "protected header")
    );
    let alg = |id: u8| Parts::refusal(move |p| p.protected[2] = id);
    assert_eq!(alg(0x20), (1009, "protected header: alg"));
    // {1: -8, 3: ..} with the two first members exchanged: order is part of the form.
    assert_eq!(
        Parts::refusal(|p| p.protected[1] = 0x03),
        (1006, "protected header")
    );
    assert_eq!(
        Parts::refusal(|p| p.protected[0] = 0xa5),
        (1006, "protected header")
    );
    assert_eq!(
        Parts::refusal(|p| p.protected.push(0)),
        (1003, "protected header")
    );
    let content_type = Parts::refusal(|p| p.protected[5] = 61);
    assert_eq!(content_type, (1012, "protected header: content type"));
    assert_eq!(
        Parts::refusal(|p| p.payload[1] = 2),
        (1012, "payload: version")
    );
    assert_eq!(Parts::refusal(|p| p.payload[0] = 0x87), (1006, "payload"));
    assert_eq!(
        Parts::refusal(|p| p.payload[2] = 0x00),
        (1005, "payload: compartment")
    );
    let common = [
        b"\x88\x01\x66common".as_slice(),
        &Parts::good().payload[3..],
    ]
    .concat();
    assert_eq!(
        Parts::refusal(|p| p.payload = common),
        (1004, "payload: compartment")
    );
    let payload = Parts::good().payload;
    let label = |label: &[u8]| [&payload[..3], label, &payload[4..]].concat();
    assert_eq!(
        Parts::refusal(|p| p.payload = label(b"\x82\x00\x80")),
        (1004, "payload: label")
    );
    assert_eq!(
        Parts::refusal(|p| p.payload = label(b"\x82\x09\x80")),
        (1007, "payload: label")
    );
    let twice = label(b"\x82\x01\x82\x63est\x63est");
    assert_eq!(
        Parts::refusal(|p| p.payload = twice),
        (1004, "payload: label")
    );
    assert_eq!(Parts::refusal(|p| p.payload.push(0)), (1003, "payload"));
    assert_eq!(refusal(vec![0xd1, 0x84]).number(), 1005);
    assert_eq!(refusal(good().bytes()[1..].to_vec()).field, "statement");
}

#[test]
fn fault_numbers_are_unique_and_in_their_range() {
    let mut numbers: Vec<_> = Fault::ALL.iter().map(|f| f.number()).collect();
    numbers.dedup();
    assert_eq!(numbers.len(), Fault::ALL.len());
    assert!(numbers.iter().all(|n| (1001..1100).contains(n)));
}

#[test]
fn a_statement_signed_elsewhere_is_the_same_statement() {
    let key = key(Algorithm::Ed25519);
    let builder = builder().action("custody", body("x"));
    let unsigned = builder.unsigned(key.algorithm(), key.public().key_id());
    let signature = key.sign(&unsigned.to_be_signed()).unwrap();
    assert_eq!(
        unsigned.attach(&signature).unwrap(),
        builder.sign(&key).unwrap()
    );
}

proptest! {
    #[test]
    fn bytes_from_anywhere_never_panic(noise in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Statement::decode(noise);
    }

    #[test]
    fn damaged_statements_never_panic_and_never_pass(
        at: prop::sample::Index, bit in 0u8..8, cut: prop::sample::Index, splice in any::<[u8; 3]>()
    ) {
        let original = good();
        let mut bytes = original.bytes().to_vec();
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        if let Ok(other) = Statement::decode(bytes.clone()) {
            prop_assert_ne!(other.id(), original.id());
            prop_assert!(other.verify(key(Algorithm::Ed25519).public()).is_err());
        }
        let cut = cut.index(bytes.len());
        bytes.splice(cut..cut, splice);
        prop_assert!(Statement::decode(bytes).is_err_and(|e| e.number() > 1000));
    }

    #[test]
    fn any_content_survives(
        lane in 0u8..64, sequence: u64, not_after: u64, subject in "[a-z:/.]{1,60}",
        bodies in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..20), 1..6)
    ) {
        let mut builder = StatementBuilder::new(network(), Did::new("did:key:z6Mk").unwrap(), not_after)
            .subject(subject.clone()).sequence(lane, sequence);
        for body in &bodies {
            builder = builder.action("custody", crate::cbor::to_vec(body));
        }
        let statement = builder.sign(&key(Algorithm::Ed25519)).unwrap();
        let content = statement.content();
        prop_assert_eq!((content.lane, content.sequence, content.not_after_ms), (lane, sequence, not_after));
        prop_assert_eq!(statement.subject(), subject);
        let read: Vec<Vec<u64>> = statement.actions().iter()
            .map(|action| crate::cbor::from_slice(&action.body).unwrap()).collect();
        prop_assert_eq!(read, bodies);
    }
}
