//! Messages about history, and what is refused of it.

use super::{
    check::committed,
    fetch::{Link, Nothing, Patience, gather},
    message::{Message, Part, Request, bodies, decode, push_body},
    serve::parts,
};
use crate::{engine::contract::Hash, record::BlockRecord};
use bytes::{Bytes, BytesMut};
use convoy_ledger::{
    Event, Outcome,
    output::{events_digest, outcomes_root},
};
use convoy_types::{Digest, StatementId};
use proptest::{collection::vec, prelude::*};
use std::time::Duration;
use tokio::sync::mpsc;

#[test]
fn an_answer_comes_out_of_its_parts_as_it_went_in() {
    let sent: Vec<Bytes> = [1usize, 40, 5_000, 70_000]
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
    assert_eq!(bodies(whole.clone().freeze(), 4), Some(sent));
    whole.truncate(whole.len() - 1);
    assert_eq!(bodies(whole.freeze(), 4), None);
}

#[test]
fn an_answer_of_more_bodies_than_were_asked_for_or_of_an_empty_one_is_refused() {
    let mut answer = BytesMut::new();
    (0..3).for_each(|_| push_body(&mut answer, b"body"));
    let answer = answer.freeze();
    assert_eq!(
        bodies(answer.clone(), 3).map(|bodies| bodies.len()),
        Some(3)
    );
    assert_eq!(bodies(answer, 2), None);
    assert_eq!(bodies(Bytes::from_static(&[0; 4]), 200), None);
}

const ASKED: Hash = [1; 32];
const OTHER: Hash = [2; 32];

/// One message in an exchange: how long after the one before, from whom, and the part.
type Said = (Duration, Hash, Part);

fn part(number: u64, index: u32, last: bool, bytes: &'static [u8]) -> Part {
    Part {
        number,
        index,
        last,
        bytes: Bytes::from_static(bytes),
    }
}

/// What comes of asking [`ASKED`] with request 7 while `said` arrives.
async fn asked(
    said: impl Iterator<Item = Said> + Send + 'static,
    (silent_ms, whole_ms): (u64, u64),
) -> Result<Bytes, Nothing> {
    let (outgoing, _requests) = mpsc::channel(1);
    let (to_fetch, answers) = mpsc::channel(64);
    tokio::spawn(async move {
        for (pause, from, part) in said {
            tokio::time::sleep(pause).await;
            if to_fetch.send((from, part)).await.is_err() {
                return;
            }
        }
        // The channel stays open, as it does while a node runs.
        std::future::pending::<()>().await;
    });
    let patience = Patience {
        silent: Duration::from_millis(silent_ms),
        whole: Duration::from_millis(whole_ms),
    };
    let mut link = Link { outgoing, answers };
    let gathered = gather(&mut link, (ASKED, 7), patience);
    // The outer limit only ends a test that fails.
    tokio::time::timeout(Duration::from_secs(60), gathered)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_others_say_and_earlier_answers_buy_a_silent_peer_no_time() {
    let soon = Duration::from_millis(5);
    let noise = (0u32..).map(move |index| match index % 2 {
        0 => (soon, OTHER, part(7, index, false, b"other")),
        _ => (soon, ASKED, part(6, index, false, b"earlier")),
    });
    let nothing = asked(noise, (100, 50_000)).await;
    assert!(matches!(nothing, Err(Nothing::Absent)));
}

#[tokio::test]
async fn a_peer_that_sends_a_byte_at_a_time_is_left_when_the_whole_takes_too_long() {
    let drops = (0u32..).map(|index| {
        let pause = Duration::from_millis(20);
        (pause, ASKED, part(7, index, false, b"x"))
    });
    let nothing = asked(drops, (40_000, 300)).await;
    assert!(matches!(nothing, Err(Nothing::Absent)));
}

#[tokio::test]
async fn an_empty_part_that_is_not_the_last_is_wrong() {
    let now = Duration::ZERO;
    let said = vec![
        (now, ASKED, part(7, 0, false, b"x")),
        (now, ASKED, part(7, 1, false, b"")),
    ];
    let nothing = asked(said.into_iter(), (10_000, 20_000)).await;
    assert!(matches!(nothing, Err(Nothing::Wrong(_))));
}

#[tokio::test]
async fn a_slow_answer_is_put_together_among_what_others_say() {
    let slow = Duration::from_millis(400);
    let said = vec![
        (slow, ASKED, part(7, 0, false, b"an ")),
        (slow, OTHER, part(7, 1, false, b"other ")),
        (slow, ASKED, part(7, 1, false, b"ans")),
        (slow, ASKED, part(6, 2, true, b"earlier")),
        (slow, ASKED, part(7, 2, true, b"wer")),
    ];
    // Longer in all than it may be silent.
    let answer = asked(said.into_iter(), (1_800, 40_000)).await;
    assert!(matches!(answer, Ok(answer) if answer == "an answer"));
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
    fn bodies_are_read_back_and_a_cut_one_is_none(wanted in vec(vec(any::<u8>(), 1..20), 1..5), cut in 1usize..24) {
        let mut answer = BytesMut::new();
        wanted.iter().for_each(|body| push_body(&mut answer, body));
        let answer = answer.freeze();
        let wanted: Vec<Bytes> = wanted.into_iter().map(Bytes::from).collect();
        prop_assert_eq!(bodies(answer.clone(), 4), Some(wanted.clone()));
        let cut = answer.slice(..answer.len().saturating_sub(cut));
        // A cut between two bodies leaves the first ones whole.
        if let Some(read) = bodies(cut, 4) {
            prop_assert!(read.len() < wanted.len());
            prop_assert!(wanted.starts_with(&read));
        }
    }
}
