//! The exported files, read as Cedar's own command line reads them, decide as the ledger does.

use super::super::{
    NAME, defaults,
    export::{Exported, records},
    queries,
    set::{Question, Set},
    subject::{Circumstances, Members, Resource, Subject},
    vocabulary::{uid, vocabulary},
};
use crate::testing::*;
use cedar_policy::{
    Authorizer, Context, Decision, Entities, PolicySet, Request, Schema, ValidationMode, Validator,
};
use convoy_types::quantity::{Decimal, EACH};
use serde_json::{Value, json};
use std::sync::Arc;

/// Estonia's crates are limited, one part is secret, one person has a clearance and a post.
fn network() -> Watched {
    let mut watched = Watched::new();
    let limits = include_str!("../../../../../examples/policies/limits.cedar");
    let post = json!({"enrol_post": {"member": "est", "post": "fuel-officer", "name": "Fuel officer", "roles": ["logistics-officer"]}});
    watched.act("est-admin", "membership", post).unwrap();
    for policy in defaults::split(limits) {
        let put = json!({"put": {"id": policy.id, "text": policy.text}});
        watched.act("est-admin", NAME, put).unwrap();
    }
    // Its text says no @id; the file does.
    let quoted = super::worded(
        r#"forbid (principal, action == Action::"custody::report_loss", resource) when { resource has owner && resource.owner == Member::"fra" && context.purpose like "*\"x" };"#,
    );
    let put = json!({"put": {"id": "no-id", "text": quoted}});
    watched.act("est-admin", NAME, put).unwrap();
    let part = "urn:epc:id:sgtin:9521101.012001.T1";
    let add = event("ObjectEvent", "ADD", 0, json!({"epcList": [part]}));
    watched.act("est", "custody", add).unwrap();
    let label = json!({"raise_label": {"record": format!("custody/objects/{part}"), "classification": "secret",
        "caveats": ["crypto"], "reason": "for a test"}});
    watched.act("est", NAME, label).unwrap();
    watched
}

/// What there is to be asked about at a network's head.
struct Population {
    set: Arc<Set>,
    people: Vec<Subject>,
    members: Members,
    records: Vec<Resource>,
}

fn population(watched: &Watched) -> Population {
    watched.with(|snapshot| {
        let members = queries::members(snapshot)?;
        Ok(Population {
            set: queries::set(snapshot)?,
            people: queries::population(snapshot, 0)?.0,
            records: records(snapshot, members.keys())?.0,
            members,
        })
    })
}

fn circumstances() -> Vec<Circumstances> {
    let crates = |amount: i64, approvals: u64| Circumstances {
        item: "https://id.gs1.org/01/09521101120011".into(),
        unit: EACH.into(),
        amount: Decimal::new(amount, 1).unwrap(),
        amount_today: Decimal::new(amount + 150, 1).unwrap(),
        approvals,
        ..Circumstances::default()
    };
    let fuel = Circumstances {
        unit: "LTR".into(),
        amount: Decimal::MAX,
        ..crates(0, 0)
    };
    let often = Circumstances {
        today: 5_000,
        assurance: 2,
        purpose: "\"x".into(),
        ..Circumstances::default()
    };
    vec![
        Circumstances::default(),
        crates(200, 0),
        crates(201, 0),
        crates(250, 1),
        crates(2_001, 1),
        fuel,
        often,
    ]
}

/// As it is written in a file and read back.
fn reread(context: &Context) -> Value {
    context.to_json_value().unwrap()
}

#[test]
fn cedar_decides_by_the_exported_files_as_the_ledger_does() {
    let watched = network();
    let exported: Exported =
        serde_json::from_value(watched.ask(NAME, "export", json!({}))).unwrap();
    assert!(!exported.cut);
    let file = |name: &str| {
        let found = exported.files.iter().find(|file| file.file == name);
        found.unwrap().text.as_str()
    };
    let (schema, _) = Schema::from_cedarschema_str(file("policy.cedarschema")).unwrap();
    let policies: PolicySet = file("policies.cedar").parse().unwrap();
    let ids: Vec<&str> = policies
        .policies()
        .filter_map(|policy| policy.annotation("id"))
        .collect();
    let known = population(&watched);
    assert_eq!(
        ids.len(),
        known.set.policies().len(),
        "every policy has its id in the file"
    );
    let checked = Validator::new(schema.clone()).validate(&policies, ValidationMode::default());
    assert!(checked.validation_passed(), "{checked}");
    let entities = Entities::from_json_str(file("entities.json"), Some(&schema)).unwrap();

    let (mut asked, mut allowed) = (0, 0);
    for (action, about) in vocabulary().actions.iter().enumerate() {
        let action_uid = uid("Action", &about.name);
        for under in circumstances() {
            let context = reread(&under.whole().unwrap());
            for (subject, resource) in known
                .people
                .iter()
                .flat_map(|who| known.records.iter().map(move |what| (who, what)))
            {
                let context =
                    Context::from_json_value(context.clone(), Some((&schema, &action_uid)))
                        .unwrap();
                let request = Request::new(
                    subject.uid(),
                    action_uid.clone(),
                    resource.uid(),
                    context,
                    Some(&schema),
                )
                .unwrap();
                let theirs = Authorizer::new().is_authorized(&request, &policies, &entities);
                let question = Question {
                    subject,
                    action,
                    resource,
                    circumstances: &under,
                    members: &known.members,
                };
                let ours = known.set.decide(&question);
                let failed = theirs.diagnostics().errors().next().is_some();
                assert_eq!(
                    ours.allowed,
                    theirs.decision() == Decision::Allow && !failed,
                    "{} {} {} {under:?}",
                    subject.did,
                    about.name,
                    resource.name()
                );
                asked += 1;
                allowed += usize::from(ours.allowed);
            }
        }
    }
    assert!(
        allowed > 100 && asked - allowed > 100,
        "{allowed} of {asked} are permitted: the sample tells nothing"
    );
}

#[test]
fn the_exported_question_can_be_put_as_it_is() {
    let watched = network();
    let exported: Exported =
        serde_json::from_value(watched.ask(NAME, "export", json!({}))).unwrap();
    let request = exported
        .files
        .iter()
        .find(|file| file.file == "request.json")
        .unwrap();
    let request: Value = serde_json::from_str(&request.text).unwrap();
    let schema = &vocabulary().schema;
    let parsed = |field: &str| request[field].as_str().unwrap().parse().unwrap();
    let action = parsed("action");
    let context =
        Context::from_json_value(request["context"].clone(), Some((schema, &action))).unwrap();
    Request::new(
        parsed("principal"),
        action,
        parsed("resource"),
        context,
        Some(schema),
    )
    .unwrap();
}
