//! Who reads what: the authorizer, its explanations, and what a change would do to the people there are.

use super::super::{
    NAME,
    authorizer::{Authorizer, Authorizers, Reading},
    diff, queries,
    subject::{Circumstances, Resource},
    vocabulary::View,
};
use crate::testing::*;
use serde_json::json;

fn reading(watched: &Watched, who: &str) -> Reading {
    let circumstances = Circumstances {
        time_ms: START_MS,
        assurance: 1,
        ..Circumstances::default()
    };
    watched
        .with(move |snapshot| {
            Authorizers::default().reading(snapshot, &did(who), circumstances.clone())
        })
        .unwrap()
}

fn authorizer(watched: &Watched) -> Authorizer {
    watched.with(|snapshot| Authorizers::default().at(snapshot))
}

fn record() -> Resource {
    Resource {
        owner: Some(member("est")),
        originator: Some(member("est")),
        ..Resource::open("custody", "objects", b"x", "common")
    }
}

#[test]
fn labels_close_what_is_read_on_every_kind_of_view() {
    let watched = Watched::new();
    let (authorizer, france) = (authorizer(&watched), reading(&watched, "fra"));
    for view in View::ALL {
        assert!(authorizer.may_read(&france, view, &record()).allowed);
        let secret = Resource {
            classification: 3,
            ..record()
        };
        let answer = authorizer.may_read(&france, view, &secret);
        assert!(!answer.allowed);
        assert_eq!(answer.reasons[0].as_str(), "labels.clearance");
        assert!(answer.who_could_grant[0].contains("security officer"));
        let theirs = Resource {
            releasable_to: vec![member("est")],
            ..record()
        };
        assert!(!authorizer.shows(&france, view, &theirs));
        assert!(authorizer.shows(&reading(&watched, "est"), view, &theirs));
        let caveat = Resource {
            caveats: vec!["ATOMAL".into()],
            ..record()
        };
        assert!(!authorizer.shows(&france, view, &caveat));
    }
}

#[test]
fn who_is_suspended_or_unknown_reads_nothing() {
    let mut watched = Watched::new();
    let suspend = json!({"set_signer_status": {"did": did("fra"), "status": "suspended"}});
    watched.act("fra-admin", "membership", suspend).unwrap();
    let circumstances = || Circumstances {
        time_ms: START_MS,
        ..Circumstances::default()
    };
    for who in ["fra", "nobody"] {
        let found = watched
            .with(|snapshot| Authorizers::default().reading(snapshot, &did(who), circumstances()));
        assert!(found.is_none(), "{who}");
    }
    let retire = json!({"set_member_status": {"member": "parts", "status": "suspended"}});
    watched.act("est-admin", "membership", retire).unwrap();
    let found = watched
        .with(|snapshot| Authorizers::default().reading(snapshot, &did("parts"), circumstances()));
    assert!(found.is_none());
}

#[test]
fn the_authorizer_follows_the_policies() {
    let mut watched = Watched::new();
    let kept = Authorizers::default();
    let france = reading(&watched, "fra");
    let shows = |watched: &Watched| {
        watched
            .with(|snapshot| kept.at(snapshot))
            .shows(&france, View::Export, &record())
    };
    assert!(shows(&watched));
    let text = super::worded(
        r#"forbid (principal, action == Action::"view::export", resource) unless { resource has owner && resource.owner == principal.member };"#,
    );
    watched
        .act(
            "est-admin",
            NAME,
            json!({"put": {"id": "own-exports", "text": text}}),
        )
        .unwrap();
    assert!(!shows(&watched));
    watched
        .act(
            "est-admin",
            NAME,
            json!({"retire": {"id": "own-exports", "reason": "too strict"}}),
        )
        .unwrap();
    assert!(shows(&watched));
    let list = watched.ask(NAME, "policies", json!({"retired": true}));
    let retired: Vec<&str> = list["policies"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["state"] == "retired")
        .filter_map(|row| row["id"].as_str())
        .collect();
    assert_eq!(retired, ["own-exports"]);
    assert_eq!(
        watched.ask(NAME, "policy", json!({"id": "own-exports"}))["reason"],
        "too strict"
    );
}

#[test]
fn why_not_is_told_in_the_policies_words_with_who_could_grant_it() {
    let watched = Watched::new();
    let (authorizer, scanner) = (authorizer(&watched), reading(&watched, "est-scanner"));
    let told = authorizer
        .explain(&scanner, "custody::offer_handover", &record())
        .unwrap();
    assert!(!told.allowed);
    assert_eq!(told.policies[0].id.as_str(), "custody.hand-over");
    assert_eq!(
        told.roles_that_would_do,
        ["logistics-officer", "supplier-clerk"]
    );
    assert!(told.who_could_grant[0].contains("administrator"));
    let may = authorizer
        .explain(&scanner, "custody::capture", &record())
        .unwrap();
    assert!(may.allowed && may.who_could_grant.is_empty());
    assert_eq!(may.policies[0].id.as_str(), "custody.record");
    assert!(
        authorizer
            .explain(&scanner, "custody::steal", &record())
            .is_none()
    );
}

#[test]
fn a_change_is_shown_over_the_people_there_are_before_it_is_made() {
    let watched = Watched::new();
    let before = authorizer(&watched);
    let text = super::worded(
        r#"forbid (principal, action == Action::"custody::capture", resource) unless { context.assurance >= 1 };"#,
    );
    let policy = super::super::bounds::read(&super::id("own-keys"), &text).unwrap();
    let after = before.set().with(policy).unwrap();
    let (people, more) = watched.with(|snapshot| queries::population(snapshot, START_MS));
    let members = watched.with(queries::members);
    let told = diff::diff(before.set(), &after, &people, &members, START_MS);
    assert_eq!((told.population, told.cut, more), (10, false, false));
    let mut lost: Vec<(&str, &str, usize)> = told
        .changes
        .iter()
        .map(|change| (&*change.change, &*change.action, change.signers))
        .collect();
    lost.dedup();
    // Officers and clerks and scanners of three members, when their node signs.
    assert_eq!(lost, [("loses", "custody::capture", 6)]);
    assert!(
        told.changes
            .iter()
            .all(|change| change.of.ends_with("signed by the node"))
    );
    let back = diff::diff(&after, before.set(), &people, &members, START_MS);
    assert!(
        back.changes
            .iter()
            .all(|change| change.change == "gains" && change.signers == 6)
    );
}

#[test]
fn the_same_is_asked_in_json() {
    let mut watched = Watched::new();
    let why = |watched: &Watched, who: &str, action: &str| {
        watched.ask(NAME, "why", json!({"did": did(who), "action": action}))
    };
    let told = why(&watched, "est-scanner", "custody::offer_handover");
    assert_eq!(
        (&told["allowed"], &told["policies"][0]["id"]),
        (&json!(false), &json!("custody.hand-over"))
    );
    assert_eq!(
        why(&watched, "est", "custody::offer_handover")["allowed"],
        true
    );
    assert!(why(&watched, "est", "custody::steal").is_null());
    assert!(why(&watched, "nobody", "custody::capture").is_null());
    assert_eq!(why(&watched, "fra", "view::record")["allowed"], true);
    let clear = json!({"raise_label": {"record": "custody/handovers/x", "classification": "secret", "reason": "a test"}});
    watched.act("est", NAME, clear).unwrap();
    let asked =
        json!({"did": did("fra"), "action": "view::record", "record": "custody/handovers/x"});
    let told = watched.ask(NAME, "why", asked);
    assert_eq!(told["policies"][0]["id"], "labels.clearance");
    let retire = watched.ask(NAME, "compare", json!({"id": "custody.record"}));
    assert_eq!(
        (&retire["population"], &retire["changes"][0]["change"]),
        (&json!(10), &json!("loses"))
    );
    let text = super::worded("permit (principal, action, resource");
    let wrong = watched.ask(NAME, "compare", json!({"id": "x", "text": text}));
    assert!(
        wrong["refused"].as_str().unwrap().contains("801"),
        "{wrong}"
    );
}
