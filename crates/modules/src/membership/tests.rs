//! Membership: claims and their tests.

use super::{people_tests::standing, reject::*, types::*};
use crate::testing::*;
use convoy_ledger::{Reject, Rule, reject as core};
use convoy_types::{
    MemberId,
    cose::{Algorithm, KeyId},
    statement::Assurance,
};

fn act(world: &mut World, who: &str, action: Action) -> Result<Done, Reject> {
    world.act(who, super::NAME, &[action])
}

#[track_caller]
fn refused(world: &mut World, who: &str, action: Action, rule: Rule) {
    let before: Vec<_> = world
        .store
        .cells()
        .map(|(key, cell)| (*key, *cell))
        .collect();
    let reject = act(world, who, action).expect_err("it should have been refused");
    assert_eq!(reject.rule, rule, "{reject}");
    let after: Vec<_> = world
        .store
        .cells()
        .map(|(key, cell)| (*key, *cell))
        .collect();
    // The timer cursor of the core may move; nothing of ours may.
    assert!(
        before.iter().filter(|cell| !after.contains(cell)).count() <= 1,
        "a refusal changed the state"
    );
}

fn enrol(of: &str, name: &str, roles: &[Role]) -> Action {
    Action::EnrolSigner(new_signer(of, name, SignerKind::Person, roles))
}

fn signer(world: &World, name: &str) -> Signer {
    world.read(did(name).as_str().as_bytes()).unwrap()
}

fn record(world: &World, name: &str) -> Member {
    world.read(name.as_bytes()).unwrap()
}

/// The number of the core's refusal when `who` tries to sign anything.
fn standing_refusal(world: &mut World, who: &str) -> Option<u16> {
    standing(world, who).map(|rule| rule.number)
}

#[test]
fn genesis_makes_members_that_can_sign() {
    let world = World::new();
    let est = record(&world, "est");
    assert_eq!(
        (est.founding, est.signers, est.administrators),
        (true, 3, 1)
    );
    let roster: Roster = world.read(ONLY).unwrap();
    let names: Vec<&str> = roster
        .members
        .iter()
        .map(|line| line.member.as_str())
        .collect();
    assert_eq!(names, ["audit", "est", "fra", "parts"]);
    assert_eq!(
        signer(&world, "est").roles,
        Roles::of(&[Role::LogisticsOfficer])
    );
}

#[test]
fn hot_records_fit_one_cell() {
    let world = World::new();
    let signer = world
        .record_bytes::<Signer>(did("parts-scanner").as_str().as_bytes())
        .unwrap();
    let key_id = key(Algorithm::Ed25519, "parts-scanner").public().key_id();
    let key = world
        .record_bytes::<Key>(&key_key(&did("parts-scanner"), &key_id.0))
        .unwrap();
    assert!(
        signer <= 60 && key <= 100,
        "signer {signer}, key {key} bytes"
    );
}

#[test]
fn administrators_enrol_people_units_and_devices_of_their_own_member() {
    let mut world = World::new();
    let unit = |name: &str, parent: Option<&str>| Action::EnrolUnit {
        member: member("est"),
        unit: MemberId::new(name).unwrap(),
        name: "1st Logistics Battalion".into(),
        parent: parent.map(member),
    };
    refused(&mut world, "est", unit("1log", None), NOT_ADMINISTRATOR);
    refused(&mut world, "fra-admin", unit("1log", None), OTHER_MEMBER);
    refused(
        &mut world,
        "est-admin",
        unit("1log", Some("hq")),
        UNKNOWN_UNIT,
    );
    act(&mut world, "est-admin", unit("1log", None)).unwrap();
    refused(&mut world, "est-admin", unit("1log", None), UNIT_EXISTS);
    act(&mut world, "est-admin", unit("2coy", Some("1log"))).unwrap();

    let person = Action::EnrolSigner(NewSigner {
        unit: Some(member("2coy")),
        ..new_signer("est", "mari", SignerKind::Person, &[Role::LogisticsOfficer])
    });
    act(&mut world, "est-admin", person.clone()).unwrap();
    refused(&mut world, "est-admin", person, SIGNER_EXISTS);
    refused(
        &mut world,
        "fra-admin",
        enrol("est", "juri", &[]),
        OTHER_MEMBER,
    );
    refused(
        &mut world,
        "est-admin",
        enrol("nobody", "juri", &[]),
        OTHER_MEMBER,
    );
    assert_eq!(signer(&world, "mari").unit, Some(member("2coy")));
    assert_eq!(record(&world, "est").signers, 4);
}

#[test]
fn roles_go_with_the_kind_of_signer_and_member() {
    let mut world = World::new();
    let device = |name: &str, role| {
        Action::EnrolSigner(new_signer("est", name, SignerKind::Device, &[role]))
    };
    refused(
        &mut world,
        "est-admin",
        device("gate", Role::LogisticsOfficer),
        ROLE_NOT_ALLOWED,
    );
    act(&mut world, "est-admin", device("gate", Role::Scanner)).unwrap();
    refused(
        &mut world,
        "est-admin",
        enrol("est", "p", &[Role::Node]),
        ROLE_NOT_ALLOWED,
    );
    refused(
        &mut world,
        "audit-admin",
        enrol("audit", "p", &[Role::Scanner]),
        ROLE_NOT_ALLOWED,
    );
    refused(
        &mut world,
        "parts-admin",
        enrol("parts", "p", &[Role::LogisticsOfficer]),
        ROLE_NOT_ALLOWED,
    );
    act(
        &mut world,
        "audit-admin",
        enrol("audit", "p", &[Role::Auditor]),
    )
    .unwrap();
    let grant = |role| Action::GrantRole {
        did: did("gate"),
        role,
    };
    refused(
        &mut world,
        "est-admin",
        grant(Role::Auditor),
        ROLE_NOT_ALLOWED,
    );
}

#[test]
fn founding_members_take_in_others_and_their_first_administrator() {
    let mut world = World::new();
    let lva = Action::EnrolMember(new_member("lva", MemberKind::Nation));
    refused(&mut world, "parts-admin", lva.clone(), NOT_FOUNDING);
    refused(&mut world, "est", lva.clone(), NOT_ADMINISTRATOR);
    let founding = NewMember {
        founding: true,
        ..new_member("lva", MemberKind::Nation)
    };
    refused(
        &mut world,
        "est-admin",
        Action::EnrolMember(founding),
        GENESIS_ONLY,
    );
    act(&mut world, "est-admin", lva.clone()).unwrap();
    refused(&mut world, "fra-admin", lva, MEMBER_EXISTS);

    refused(
        &mut world,
        "est-admin",
        enrol("lva", "lva", &[Role::LogisticsOfficer]),
        OTHER_MEMBER,
    );
    refused(
        &mut world,
        "parts-admin",
        enrol("lva", "lva-admin", &[Role::MemberAdministrator]),
        NOT_FOUNDING,
    );
    act(
        &mut world,
        "est-admin",
        enrol("lva", "lva-admin", &[Role::MemberAdministrator]),
    )
    .unwrap();
    refused(
        &mut world,
        "est-admin",
        enrol("lva", "lva-2", &[Role::MemberAdministrator]),
        OTHER_MEMBER,
    );
    world.hand("lva-admin", "lva-admin");
    act(
        &mut world,
        "lva-admin",
        enrol("lva", "lva", &[Role::LogisticsOfficer]),
    )
    .unwrap();
    refused(
        &mut world,
        "est-admin",
        Action::SetMemberStatus {
            member: member("ltu"),
            status: Status::Retired,
        },
        UNKNOWN_MEMBER,
    );
}

#[test]
fn a_suspended_member_cannot_sign_until_it_is_reinstated() {
    let mut world = World::new();
    let set = |status| Action::SetMemberStatus {
        member: member("parts"),
        status,
    };
    refused(
        &mut world,
        "parts-admin",
        set(Status::Suspended),
        NOT_FOUNDING,
    );
    refused(&mut world, "est-admin", set(Status::Active), NO_CHANGE);
    act(&mut world, "est-admin", set(Status::Suspended)).unwrap();
    assert_eq!(
        standing_refusal(&mut world, "parts"),
        Some(core::SIGNER_NOT_ACTIVE.number)
    );
    act(&mut world, "fra-admin", set(Status::Active)).unwrap();
    assert_eq!(standing_refusal(&mut world, "parts"), None);
    act(&mut world, "est-admin", set(Status::Retired)).unwrap();
    refused(
        &mut world,
        "est-admin",
        set(Status::Active),
        RETIRED_IS_FINAL,
    );
    assert_eq!(
        standing_refusal(&mut world, "parts"),
        Some(core::SIGNER_NOT_ACTIVE.number)
    );
}

#[test]
fn nobody_new_joins_a_member_that_is_suspended() {
    let mut world = World::new();
    act(
        &mut world,
        "est-admin",
        Action::EnrolMember(new_member("lva", MemberKind::Nation)),
    )
    .unwrap();
    act(
        &mut world,
        "est-admin",
        Action::SetMemberStatus {
            member: member("lva"),
            status: Status::Suspended,
        },
    )
    .unwrap();
    refused(
        &mut world,
        "est-admin",
        enrol("lva", "lva-admin", &[Role::MemberAdministrator]),
        NOT_ACTIVE,
    );
}

#[test]
fn a_member_keeps_an_administrator() {
    let mut world = World::new();
    let withdraw = Action::WithdrawRole {
        did: did("est-admin"),
        role: Role::MemberAdministrator,
    };
    let suspend = Action::SetSignerStatus {
        did: did("est-admin"),
        status: Status::Suspended,
    };
    refused(
        &mut world,
        "est-admin",
        withdraw.clone(),
        LAST_ADMINISTRATOR,
    );
    refused(&mut world, "est-admin", suspend.clone(), LAST_ADMINISTRATOR);
    let grant = Action::GrantRole {
        did: did("est"),
        role: Role::MemberAdministrator,
    };
    act(&mut world, "est-admin", grant.clone()).unwrap();
    refused(&mut world, "est-admin", grant, NO_CHANGE);
    assert_eq!(record(&world, "est").administrators, 2);
    act(&mut world, "est", suspend).unwrap();
    assert_eq!(
        standing_refusal(&mut world, "est-admin"),
        Some(core::SIGNER_NOT_ACTIVE.number)
    );
    refused(
        &mut world,
        "est",
        Action::WithdrawRole {
            did: did("est"),
            role: Role::MemberAdministrator,
        },
        LAST_ADMINISTRATOR,
    );
    act(
        &mut world,
        "est",
        Action::SetSignerStatus {
            did: did("est-admin"),
            status: Status::Active,
        },
    )
    .unwrap();
    act(&mut world, "est", withdraw).unwrap();
    refused(
        &mut world,
        "est",
        Action::SetSignerStatus {
            did: did("nobody"),
            status: Status::Active,
        },
        UNKNOWN_SIGNER,
    );
}

#[test]
fn a_retired_signer_stays_retired_and_gets_no_key() {
    let mut world = World::new();
    let set = |status| Action::SetSignerStatus {
        did: did("est"),
        status,
    };
    act(&mut world, "est-admin", set(Status::Retired)).unwrap();
    refused(
        &mut world,
        "est-admin",
        set(Status::Active),
        RETIRED_IS_FINAL,
    );
    let register = Action::RegisterKey {
        did: did("est"),
        key: new_key("other"),
    };
    refused(&mut world, "est-admin", register, NOT_ACTIVE);
}

#[test]
fn keys_are_refused_at_block_time_before_after_and_once_revoked() {
    let mut world = World::new();
    let now = world.tip.time_ms;
    let key = NewKey {
        valid_from_ms: Some(now + 10 * MINUTE_MS),
        valid_until_ms: Some(now + 20 * MINUTE_MS),
        ..new_key("later")
    };
    let key_id = key.key.key_id();
    act(
        &mut world,
        "est-admin",
        Action::RegisterKey {
            did: did("est"),
            key: key.clone(),
        },
    )
    .unwrap();
    refused(
        &mut world,
        "est-admin",
        Action::RegisterKey {
            did: did("est"),
            key,
        },
        KEY_EXISTS,
    );
    world.hand("est", "later");
    assert_eq!(
        standing_refusal(&mut world, "est"),
        Some(core::KEY_NOT_VALID.number),
        "too early"
    );
    world.wait::<Event>(10 * MINUTE_MS);
    assert_eq!(standing_refusal(&mut world, "est"), None, "in time");
    world.wait::<Event>(10 * MINUTE_MS);
    assert_eq!(
        standing_refusal(&mut world, "est"),
        Some(core::KEY_NOT_VALID.number),
        "too late"
    );

    let revoke = |key_id| Action::RevokeKey {
        did: did("fra"),
        key_id,
        reason: "lost phone".into(),
    };
    refused(&mut world, "fra", revoke(key_id), KEY_NOT_REGISTERED);
    let own = crate::testing::key(Algorithm::Ed25519, "fra")
        .public()
        .key_id();
    refused(&mut world, "est-admin", revoke(own), OTHER_MEMBER);
    refused(&mut world, "parts", revoke(own), NOT_ADMINISTRATOR);
    act(&mut world, "fra", revoke(own)).unwrap();
    assert_eq!(
        standing_refusal(&mut world, "fra"),
        Some(core::KEY_NOT_VALID.number),
        "revoked"
    );
    refused(&mut world, "fra-admin", revoke(own), KEY_REVOKED);
    world.hand("fra", "never registered");
    assert_eq!(
        standing_refusal(&mut world, "fra"),
        Some(core::UNKNOWN_KEY.number)
    );
}

#[test]
fn a_signer_rotates_its_own_key_but_does_not_raise_its_assurance() {
    let mut world = World::new();
    let rotate = |old: &str, new: &str, assurance| Action::RotateKey {
        did: did("est"),
        old: key(Algorithm::Ed25519, old).public().key_id(),
        new: NewKey {
            assurance,
            ..new_key(new)
        },
    };
    refused(
        &mut world,
        "fra",
        rotate("est", "two", Assurance::OwnKey),
        NOT_ADMINISTRATOR,
    );
    act(
        &mut world,
        "est",
        rotate("est", "two", Assurance::HeldByNode),
    )
    .unwrap();
    assert_eq!(
        standing_refusal(&mut world, "est"),
        Some(core::KEY_NOT_VALID.number)
    );
    world.hand("est", "two");
    world.hands.get_mut("est").unwrap().assurance = Assurance::HeldByNode;
    refused(
        &mut world,
        "est",
        rotate("two", "three", Assurance::OwnKey),
        NOT_ADMINISTRATOR,
    );
    refused(
        &mut world,
        "est",
        rotate("est", "three", Assurance::HeldByNode),
        KEY_REVOKED,
    );
    act(
        &mut world,
        "est-admin",
        rotate("two", "three", Assurance::OwnKey),
    )
    .unwrap();
    assert_eq!(signer(&world, "est").keys, 3);
}

#[test]
fn a_signer_has_at_most_64_keys_in_all() {
    let mut world = World::new();
    let keys = (1..64).map(|n| Action::RegisterKey {
        did: did("est"),
        key: new_key(&format!("k{n}")),
    });
    let keys: Vec<Action> = keys.collect();
    world.act("est-admin", super::NAME, &keys).unwrap();
    let more = Action::RegisterKey {
        did: did("est"),
        key: new_key("k64"),
    };
    refused(&mut world, "est-admin", more, TOO_MANY_KEYS);
}

#[test]
fn keys_whose_time_is_over_or_empty_are_not_registered() {
    let mut world = World::new();
    let key = |from, until| Action::RegisterKey {
        did: did("est"),
        key: NewKey {
            valid_from_ms: from,
            valid_until_ms: until,
            ..new_key("k")
        },
    };
    let now = world.tip.time_ms;
    refused(&mut world, "est-admin", key(None, Some(now)), KEY_VALIDITY);
    refused(
        &mut world,
        "est-admin",
        key(Some(now + 2), Some(now + 2)),
        KEY_VALIDITY,
    );
    act(&mut world, "est-admin", key(None, Some(now + MINUTE_MS))).unwrap();
}

#[test]
fn a_network_has_at_most_a_thousand_members() {
    let more: Vec<Action> = (founders().len()..MEMBERS_MAX)
        .map(|n| new_member(&format!("supplier-number-{n:08}"), MemberKind::Supplier))
        .map(Action::EnrolMember)
        .collect();
    let mut world = World::new();
    for actions in more.chunks(500) {
        world.act("est-admin", super::NAME, actions).unwrap();
    }
    let lva = Action::EnrolMember(new_member("lva", MemberKind::Nation));
    refused(&mut world, "est-admin", lva, ROSTER_FULL);
}

#[test]
fn ml_dsa_signers_have_standing_too() {
    let mut world = World::new();
    let secret = key(Algorithm::MlDsa65, "pq");
    let register = Action::RegisterKey {
        did: did("est"),
        key: NewKey {
            key: secret.public().clone(),
            ..new_key("x")
        },
    };
    act(&mut world, "est-admin", register).unwrap();
    world.hands.get_mut("est").unwrap().key = secret;
    assert_eq!(standing_refusal(&mut world, "est"), None);
}

#[test]
fn actions_read_the_same_from_json_and_from_cbor() {
    let actions = [
        Action::EnrolSigner(new_signer("est", "x", SignerKind::Device, &[Role::Scanner])),
        Action::EnrolMember(new_member("lva", MemberKind::Agency)),
        Action::RevokeKey {
            did: did("est"),
            key_id: KeyId([7; 8]),
            reason: "why".into(),
        },
    ];
    for action in actions {
        let body = convoy_types::cbor::to_vec(&action);
        let json = crate::action_to_json(super::NAME, &body).unwrap();
        assert_eq!(
            crate::action_from_json(super::NAME, &json).unwrap(),
            body,
            "{json}"
        );
    }
    assert!(crate::action_from_json("nonsense", &serde_json::json!({})).is_err());
}
