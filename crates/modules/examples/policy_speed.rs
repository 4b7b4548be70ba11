//! How long a decision takes: 10,000 people, 200 policies. `cargo run --release -p convoy-modules --example policy_speed`.
//!
//! Three networks: the default policies alone; 200 policies spread over actions; 200 policies about the one action that is asked, each for
//! another member, looking at the record, so that hardly anything can be remembered. `first` is Cedar's answer without any memory,
//! `again` is what the ledger does.

use convoy_modules::{
    membership::types::{MemberKind, Role, Roles, SignerKind},
    policy::{
        bounds, defaults,
        set::{Question, Set},
        subject::{Circumstances, MemberFacts, Members, Resource, Subject},
        types::PolicyId,
        vocabulary::vocabulary,
    },
};
use convoy_types::{Did, MemberId};
use std::{error::Error, sync::Arc, time::Instant};

const PEOPLE: usize = 10_000;
const POLICIES: usize = 200;
const MEMBERS: usize = 40;

fn member(number: usize) -> Result<MemberId, Box<dyn Error>> {
    Ok(MemberId::new(&format!("member-{}", number % MEMBERS))?)
}

fn people() -> Result<Vec<Subject>, Box<dyn Error>> {
    let person = |number: usize| {
        let roles = Roles::of(&[Role::ALL[number % 3], Role::LogisticsOfficer]);
        let did = Did::new(&format!("did:web:member-{}:p{number}", number % MEMBERS))?;
        let plain = Subject::plain(did, SignerKind::Person, member(number)?, roles);
        Ok(Subject {
            clearance: (number % 4) as u8,
            units: vec![format!("{}/unit-{}", plain.member, number % 7)],
            ..plain
        })
    };
    (0..PEOPLE).map(person).collect()
}

fn with(extra: impl Fn(usize) -> String) -> Result<Set, Box<dyn Error>> {
    let mut policies = defaults::set().policies().to_vec();
    for number in policies.len()..POLICIES {
        let text = format!(
            "@description(\"Number {number}.\") @grantor(\"Nobody.\") {}",
            extra(number)
        );
        policies.push(Arc::new(bounds::read(
            &PolicyId::new(&format!("extra-{number}"))?,
            &text,
        )?));
    }
    Ok(Set::new(policies)?)
}

fn spread(number: usize) -> String {
    let actions = &vocabulary().actions;
    format!(
        "forbid (principal in Member::\"member-{}\", action == Action::\"{}\", resource) when {{ context.assurance < 0 }};",
        number % MEMBERS,
        actions[number % actions.len()].name
    )
}

fn heaped(number: usize) -> String {
    format!(
        "forbid (principal in Member::\"member-{}\", action == Action::\"custody::capture\", resource) \
         when {{ resource.classification > principal.clearance && resource.table == \"t{number}\" }};",
        number % MEMBERS
    )
}

fn measure(name: &str, set: &Set, people: &[Subject]) -> Result<(), Box<dyn Error>> {
    let action = vocabulary()
        .number("custody::capture")
        .ok_or("no capture")?;
    let (mut first, mut again) = (Vec::new(), Vec::new());
    let circumstances = Circumstances {
        assurance: 1,
        ..Circumstances::default()
    };
    let facts = MemberFacts {
        kind: MemberKind::Nation,
        founding: true,
    };
    for (number, subject) in people.iter().chain(people).chain(people).enumerate() {
        let resource = Resource {
            owner: Some(member(number / 3)?),
            custodian: Some(member(number / 5)?),
            ..Resource::open(
                "custody",
                "objects",
                format!("object-{number}").as_bytes(),
                "common",
            )
        };
        let members = match set.needs(action).members {
            true => Members::from([(subject.member.clone(), facts)]),
            false => Members::new(),
        };
        let question = Question {
            subject,
            action,
            resource: &resource,
            circumstances: &circumstances,
            members: &members,
        };
        let start = Instant::now();
        let remembered = set.decide(&question);
        again.push(start.elapsed());
        let start = Instant::now();
        let plain = set.evaluate(&question);
        first.push(start.elapsed());
        if *remembered != plain {
            return Err(format!("{name}: {remembered:?} is not {plain:?}").into());
        }
    }
    for (what, mut times) in [("first", first), ("again", again)] {
        times.sort();
        let at = |part: usize| times[(times.len() - 1) * part / 1_000].as_nanos() as f64 / 1_000.0;
        println!(
            "{name:<40} {what}: p50 {:7.1} us, p99 {:7.1} us, most {:7.1} us",
            at(500),
            at(990),
            at(1_000)
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let people = people()?;
    println!("{PEOPLE} people of {MEMBERS} members, {POLICIES} policies");
    measure("the defaults", defaults::set(), &people)?;
    measure("spread over actions", &with(spread)?, &people)?;
    measure(
        "all about one action and its records",
        &with(heaped)?,
        &people,
    )
}
