use super::*;
use convoy_ledger::reject;
use convoy_types::Digest;

fn id(n: u64) -> StatementId {
    StatementId(Digest::of(&n.to_le_bytes()))
}

fn failed(text: &str) -> State {
    State::Failed(reject::SEQUENCE_AHEAD.because(text).into())
}

fn accepted() -> State {
    let place = Place {
        height: 7,
        index: 0,
        leaf: 9,
        time_ms: 1,
    };
    State::Final {
        place,
        refused: None,
    }
}

#[tokio::test]
async fn what_failed_and_is_sent_again_waits_again_until_it_ends_again() {
    let tracker = Tracker::default();
    let one = id(1);
    assert!(tracker.admitted(&one.0.0, 5).is_some());
    assert!(tracker.admitted(&one.0.0, 6).is_none(), "it waits already");
    tracker.failed(&one.0.0, reject::SEQUENCE_AHEAD.because("a gap"));
    assert_eq!(tracker.get(&one), Some(failed("a gap")));

    assert!(tracker.admitted(&one.0.0, 8).is_some());
    assert_eq!(tracker.get(&one), Some(State::Waiting));
    let waits = tracker.wait(&one, Duration::from_secs(60));
    let ends = async {
        tokio::task::yield_now().await;
        tracker.finalized([(one.0.0, accepted())].into_iter());
    };
    let (state, ()) = tokio::join!(waits, ends);
    assert_eq!(state, Some(accepted()));
    assert!(tracker.admitted(&one.0.0, 9).is_none(), "it is final");
}

#[test]
fn a_repetition_that_is_not_admitted_leaves_what_was_known() {
    let tracker = Tracker::default();
    let [waits, fails, unknown] = [1, 2, 3].map(id);
    tracker.admitted(&waits.0.0, 5);
    assert!(tracker.admitted(&waits.0.0, 6).is_none());
    tracker.admitted(&fails.0.0, 5);
    tracker.failed(&fails.0.0, reject::SEQUENCE_AHEAD.because("a gap"));
    for (one, known) in [(&fails, Some(failed("a gap"))), (&unknown, None)] {
        let before = tracker.admitted(&one.0.0, 7).unwrap();
        tracker.not_admitted(&one.0.0, before);
        assert_eq!(tracker.get(one), known);
    }
    // What became final between the two stays final.
    let before = tracker.admitted(&unknown.0.0, 8).unwrap();
    tracker.set(&unknown.0.0, accepted());
    tracker.not_admitted(&unknown.0.0, before);
    assert_eq!(tracker.get(&unknown), Some(accepted()));
    assert_eq!(tracker.get(&waits), Some(State::Waiting));
}

#[test]
fn the_oldest_ended_are_forgotten_but_not_one_that_waits_again_and_nothing_that_is_not_followed_is_kept()
 {
    let tracker = Tracker::default();
    let again = id(0);
    tracker.admitted(&again.0.0, 1);
    tracker.failed(&again.0.0, reject::SEQUENCE_AHEAD.because("a gap"));
    tracker.admitted(&again.0.0, 2);
    let many = ENDED_MAX as u64 + 10;
    for n in 1..=many {
        tracker.admitted(&id(n).0.0, 1);
        tracker.set(&id(n).0.0, accepted());
    }
    assert_eq!(tracker.get(&again), Some(State::Waiting));
    assert_eq!(tracker.get(&id(1)), None);
    assert_eq!(tracker.get(&id(many)), Some(accepted()));
    tracker.failed(&id(many + 1).0.0, reject::SEQUENCE_AHEAD.because("a gap"));
    assert_eq!(tracker.get(&id(many + 1)), None);
}
