//! Messages about history, and what is refused of it.

use super::{
    check::committed,
    message::{Message, Part, Request, bodies, decode, push_body},
    serve::parts,
};
use crate::record::BlockRecord;
use bytes::{Bytes, BytesMut};
use convoy_ledger::{
    Event, Outcome,
    output::{events_digest, outcomes_root},
};
use convoy_types::{Digest, StatementId};
use proptest::{collection::vec, prelude::*};

#[test]
fn an_answer_comes_out_of_its_parts_as_it_went_in() {
    let sent: Vec<Bytes> = [0usize, 1, 5_000, 70_000]
        .map(|length| Bytes::from(vec![7; length]))
        .into();
    let mut answer = BytesMut::new();
    sent.iter().for_each(|body| push_body(&mut answer, body));
    let parts = parts(9, answer.freeze(), 1_000);
    assert!(parts.iter().all(|part| part.len() <= 1_000));
    let mut whole = BytesMut::new();
    for (index, part) in parts.iter().enumerate() {
        let Some(Message::Part(part)) = decode(part.clone()) else {
            panic!("no part");
        };
        let last = index + 1 == parts.len();
        assert_eq!(
            (part.number, part.index, part.last),
            (9, index as u32, last)
        );
        whole.extend_from_slice(&part.bytes);
    }
    assert_eq!(bodies(whole.clone().freeze()), Some(sent));
    whole.truncate(whole.len() - 1);
    assert_eq!(bodies(whole.freeze()), None);
}

#[test]
fn an_answer_of_nothing_has_one_part() {
    let parts = parts(1, Bytes::new(), 1_000);
    let part = Part {
        number: 1,
        index: 0,
        last: true,
        bytes: Bytes::new(),
    };
    assert_eq!(parts, [part.encode()]);
}

#[test]
fn messages_have_these_bytes_and_no_others() {
    let request = Request {
        number: 1,
        height: 0x0203,
    };
    let bytes = request.encode();
    assert_eq!(hex::encode(&bytes), "010000000000000000010000000000000203");
    assert_eq!(decode(bytes.clone()), Some(Message::Request(request)));
    for wrong in [&bytes[..17], &[], &[2, 0], &[1, 2], &[1, 1, 0]] {
        assert_eq!(decode(Bytes::copy_from_slice(wrong)), None, "{wrong:?}");
    }
}

/// A block of two statements, of which the first had an event, after a timer.
fn record() -> (BlockRecord, Digest) {
    let event = |statement, text: &str| Event {
        statement,
        module: "custody",
        body: text.into(),
    };
    let events = vec![event(None, "due"), event(Some(0), "moved")];
    let outcome = |name: &[u8], events: Digest| Outcome {
        statement: StatementId(Digest::of(name)),
        member: "est".parse().unwrap(),
        reject: None,
        events,
    };
    let outcomes = vec![
        outcome(b"a", events_digest(events[1..].iter())),
        outcome(b"b", Digest::ZERO),
    ];
    let root = outcomes_root(&outcomes, &events_digest(events[..1].iter()));
    let record = BlockRecord {
        outcomes,
        events,
        prepared: None,
    };
    (record, root)
}

#[test]
fn outcomes_and_events_are_those_that_the_header_commits_to() {
    let (good, root) = record();
    let ids = [b"a", b"b"].map(|name| Digest::of(name).0);
    let check = |record: &BlockRecord| committed(record, ids.into_iter(), &root);
    check(&good).unwrap();

    let changed = |change: &dyn Fn(&mut BlockRecord)| {
        let (mut record, _) = record();
        change(&mut record);
        check(&record).unwrap_err()
    };
    let told = changed(&|record| record.events[1].body = b"stolen".to_vec());
    assert!(told.contains("its outcomes commit to"), "{told}");
    let told = changed(&|record| record.events[0].body = b"later".to_vec());
    assert!(told.contains("its header commits to"), "{told}");
    let told = changed(&|record| record.events.swap(0, 1));
    assert!(told.contains("out of order"), "{told}");
    let told = changed(&|record| record.events[1].statement = Some(2));
    assert!(told.contains("out of order"), "{told}");
    let told = changed(&|record| record.outcomes.swap(0, 1));
    assert!(told.contains("of its statements"), "{told}");
    let told = changed(&|record| drop(record.outcomes.pop()));
    assert!(told.contains("of its statements"), "{told}");
    let rule = convoy_ledger::reject::MALFORMED;
    let told = changed(&|record| record.outcomes[1].reject = Some(rule.because("no")));
    assert!(told.contains("its header commits to"), "{told}");
}

fn near_messages() -> impl Strategy<Value = Vec<u8>> {
    let head = (0u8..3, 0u8..3).prop_map(|(version, kind)| vec![version, kind]);
    (head, vec(any::<u8>(), 0..40)).prop_map(|(head, rest)| [head, rest].concat())
}

proptest! {
    #[test]
    fn what_is_read_as_a_message_is_written_the_same(bytes in near_messages()) {
        let bytes = Bytes::from(bytes);
        let written = match decode(bytes.clone()) {
            Some(Message::Request(request)) => request.encode(),
            Some(Message::Part(part)) => part.encode(),
            None => return Ok(()),
        };
        prop_assert_eq!(written, bytes);
    }

    #[test]
    fn every_message_is_read_back(number: u64, height: u64, index: u32, last: bool, bytes in vec(any::<u8>(), 0..40)) {
        let request = Request { number, height };
        prop_assert_eq!(decode(request.encode()), Some(Message::Request(request)));
        let part = Part { number, index, last, bytes: bytes.into() };
        prop_assert_eq!(decode(part.encode()), Some(Message::Part(part)));
    }

    #[test]
    fn bodies_are_read_back_and_a_cut_one_is_none(wanted in vec(vec(any::<u8>(), 0..20), 1..5), cut in 1usize..24) {
        let mut answer = BytesMut::new();
        wanted.iter().for_each(|body| push_body(&mut answer, body));
        let answer = answer.freeze();
        let wanted: Vec<Bytes> = wanted.into_iter().map(Bytes::from).collect();
        prop_assert_eq!(bodies(answer.clone()), Some(wanted.clone()));
        let cut = answer.slice(..answer.len().saturating_sub(cut));
        // A cut between two bodies leaves the first ones whole.
        if let Some(read) = bodies(cut) {
            prop_assert!(read.len() < wanted.len());
            prop_assert!(wanted.starts_with(&read));
        }
    }
}
