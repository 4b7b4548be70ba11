//! What one reader sees of the read model: by label, by owner, by statement; and what it costs nothing to see.

use super::super::{
    NAME,
    authorizer::{Authorizers, Reading},
    sight::{Seen, Sight},
    subject::Circumstances,
    vocabulary::View,
};
use crate::{
    custody::queries::{EventQuery, captured_events, contents, handovers, trace},
    domain::{self, name_of},
    membership::types::{Clearance, Signer},
    testing::*,
};
use convoy_readmodel::Snapshot;
use convoy_types::identifiers::Epc;
use serde_json::json;

const PART: &str = "urn:epc:id:sgtin:9521101.012001.T1";
const OTHER: &str = "urn:epc:id:sgtin:9521101.012001.T2";
const PALLET: &str = "urn:epc:id:sscc:9521101.0000000011";

/// Two parts of Estonia's, one of them on a pallet.
fn stocked() -> Watched {
    let mut watched = Watched::new();
    for (minute, part) in [(0, PART), (1, OTHER)] {
        let add = event("ObjectEvent", "ADD", minute, json!({"epcList": [part]}));
        watched.act("est", "custody", add).unwrap();
    }
    let pack = json!({"parentID": PALLET, "childEPCs": [PART]});
    let pack = event("AggregationEvent", "ADD", 2, pack);
    watched.act("est", "custody", pack).unwrap();
    watched
}

fn label(watched: &mut Watched, record: &str) {
    let change = json!({"record": record, "classification": "secret", "reason": "for a test"});
    watched
        .act("est", NAME, json!({ "raise_label": change }))
        .unwrap();
}

/// Asks as `who` sees it, with a clearance that nobody wrote down.
fn seen_by<T: Send + 'static>(
    watched: &Watched,
    (who, clearance): (&str, u8),
    view: View,
    ask: impl FnOnce(&Snapshot<'_>, &Sight) -> convoy_readmodel::Result<T> + Send,
) -> (T, Seen) {
    let who = did(who);
    watched.with(move |bare| {
        let authorizers = Authorizers::default();
        let circumstances = Circumstances::default();
        let reading = authorizers.reading(bare, &who, circumstances)?.unwrap();
        let mut subject = reading.subject.clone();
        subject.clearance = clearance;
        let sight = authorizers.sight(bare, Reading { subject, ..reading }, view)?;
        let answer = ask(&bare.behind(&sight), &sight)?;
        Ok((answer, sight.seen()))
    })
}

fn object(text: &str) -> Epc {
    Epc::parse(text).unwrap()
}

fn history(watched: &Watched, who: (&str, u8), part: &'static str) -> Option<usize> {
    let ask = |snapshot: &Snapshot<'_>, _: &Sight| trace(snapshot, &object(part));
    let (view, _) = seen_by(watched, who, View::Record, ask);
    view.map(|view| view.history.len())
}

#[test]
fn a_ledger_without_labels_is_clear_and_one_with_is_not() {
    let mut watched = stocked();
    let clear = |watched: &Watched| {
        let ask = |_: &Snapshot<'_>, sight: &Sight| Ok(sight.is_clear());
        seen_by(watched, ("fra", 0), View::Record, ask).0
    };
    assert!(clear(&watched));
    label(&mut watched, &format!("custody/objects/{PART}"));
    assert!(!clear(&watched));
}

#[test]
fn a_label_closes_the_record_and_every_event_that_tells_of_it() {
    let mut watched = stocked();
    assert_eq!(history(&watched, ("fra", 0), PART), Some(2));
    label(&mut watched, &format!("custody/objects/{PART}"));
    assert_eq!(history(&watched, ("fra", 0), PART), None);
    assert_eq!(history(&watched, ("fra", 3), PART), Some(2));
    assert_eq!(history(&watched, ("fra", 0), OTHER), Some(1));
    // The pallet has no label of its own, and all that is told of it tells of the part too.
    assert_eq!(history(&watched, ("fra", 0), PALLET), None);
    let ask = |snapshot: &Snapshot<'_>, _: &Sight| contents(snapshot, &object(PALLET), None);
    let (inside, seen) = seen_by(&watched, ("fra", 0), View::Record, ask);
    assert!(inside.contents.is_empty());
    assert_eq!((seen.kept_count, seen.shown_count), (1, 0), "{seen:?}");
    let (inside, seen) = seen_by(&watched, ("fra", 2 + 1), View::Record, ask);
    assert_eq!(inside.contents.len(), 1);
    assert_eq!((seen.kept_count, seen.shown_count), (0, 1), "{seen:?}");
}

#[test]
fn pages_are_as_long_as_they_would_be_without_what_is_kept() {
    let mut watched = stocked();
    label(&mut watched, &format!("custody/objects/{PART}"));
    let ask = |snapshot: &Snapshot<'_>, _: &Sight| {
        captured_events(
            snapshot,
            &EventQuery {
                limit: 1,
                ..EventQuery::default()
            },
        )
    };
    let (page, _) = seen_by(&watched, ("fra", 0), View::List, ask);
    assert_eq!(page.events.len(), 1);
    assert_eq!(page.events[0].event.epcs, [object(OTHER)]);
}

#[test]
fn a_policy_may_look_at_whose_a_record_is() {
    let mut watched = stocked();
    let text = super::worded(
        r#"forbid (principal, action in Action::"view", resource)
        when { resource.table == "objects" && resource has owner && resource.owner != principal.member };"#,
    );
    let put = json!({"put": {"id": "own-goods", "text": text}});
    watched.act("est-admin", NAME, put).unwrap();
    assert_eq!(history(&watched, ("est", 0), PART), Some(2));
    assert_eq!(history(&watched, ("fra", 0), PART), None);
}

#[test]
fn one_kind_of_view_may_be_closed_alone() {
    let mut watched = stocked();
    let text = super::worded(
        r#"forbid (principal, action == Action::"view::export", resource) unless { principal in Role::"auditor" };"#,
    );
    let put = json!({"put": {"id": "no-exports", "text": text}});
    watched.act("est-admin", NAME, put).unwrap();
    let found = |view| {
        let ask = |snapshot: &Snapshot<'_>, _: &Sight| trace(snapshot, &object(PART));
        seen_by(&watched, ("est", 0), view, ask).0.is_some()
    };
    assert!(found(View::Record) && !found(View::Export));
}

#[test]
fn members_signers_and_requests_have_labels_like_goods() {
    let mut watched = stocked();
    let record = name_of::<Signer>(did("fra").as_str().as_bytes());
    label(&mut watched, &record);
    label(&mut watched, "membership/members/parts");
    let (members, _) = seen_by(&watched, ("fra", 0), View::List, |snapshot, _| {
        crate::membership::queries::members(snapshot)
    });
    let names: Vec<&str> = members.members.iter().map(|one| &*one.member).collect();
    assert!(
        !names.contains(&"parts") && names.contains(&"fra"),
        "{names:?}"
    );
    let (signer, _) = seen_by(&watched, ("est", 0), View::Record, |snapshot, _| {
        crate::membership::queries::signer(snapshot, &did("fra"))
    });
    assert!(signer.is_none());
    let (labels, _) = seen_by(&watched, ("fra", 0), View::List, |snapshot, _| {
        super::super::queries::labels(snapshot, "", 10)
    });
    assert!(labels.labels.is_empty(), "{labels:?}");
    let (labels, _) = seen_by(&watched, ("fra", 3), View::List, |snapshot, _| {
        super::super::queries::labels(snapshot, "", 10)
    });
    assert_eq!(labels.labels.len(), 2, "{labels:?}");
}

#[test]
fn handovers_of_labelled_goods_are_left_out_whole() {
    let mut watched = stocked();
    let offer = |object: &str| json!({"offer_handover": {"to": "fra", "objects": [object]}});
    watched.act("est", "custody", offer(OTHER)).unwrap();
    watched.act("est", "custody", offer(PALLET)).unwrap();
    label(&mut watched, &format!("custody/objects/{PALLET}"));
    for (clearance, count) in [(0, 1), (3, 2)] {
        let (page, _) = seen_by(&watched, ("fra", clearance), View::List, |snapshot, _| {
            handovers(snapshot, &Default::default())
        });
        assert_eq!(page.handovers.len().min(1), 1);
        let (page, _) = seen_by(&watched, ("fra", clearance), View::List, |snapshot, _| {
            let query = crate::custody::queries::HandoverQuery {
                limit: 10,
                ..Default::default()
            };
            handovers(snapshot, &query)
        });
        assert_eq!((page.handovers.len(), page.next), (count, None));
    }
}

#[test]
fn every_example_of_an_action_names_records_that_can_be_asked_about() {
    for domain in crate::domains() {
        for action in domain.open_actions() {
            let body = domain
                .action_from_json(&action.with(action.example.clone()))
                .unwrap();
            let named = domain.named(&body).unwrap();
            for name in &named {
                assert_eq!(name.splitn(3, '/').count(), 3, "{name}");
            }
            let bare = |snapshot: &Snapshot<'_>| {
                let mut all = true;
                for name in &named {
                    all &= domain::seen(snapshot, name)?;
                }
                Ok(all)
            };
            assert!(
                Watched::new().with(|snapshot| bare(snapshot)),
                "{}",
                action.name
            );
        }
        assert_eq!(domain.named(b"\xff"), None);
        assert_eq!(domain.about(b"\xff", None), None);
    }
    assert_eq!(Clearance::Secret.number(), 3);
}
