//! Posts, clearances, enrolment by code and recovery: claims and their tests.

use super::{reject::*, types::*};
use crate::testing::*;
use convoy_ledger::{Reject, Rule, reject as core};
use convoy_types::{
    Digest, MemberId,
    cose::{Algorithm, KeyId},
};
use serde_json::json;

fn act(world: &mut World, who: &str, action: Action) -> Result<(), Reject> {
    world.act(who, super::NAME, &[action]).map(drop)
}

#[track_caller]
fn refused(world: &mut World, who: &str, action: Action, rule: Rule) {
    let reject = act(world, who, action).expect_err("it should have been refused");
    assert_eq!(reject.rule, rule, "{reject}");
}

fn name(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

fn key_id(seed: &str) -> KeyId {
    key(Algorithm::Ed25519, seed).public().key_id()
}

fn post(roles: &[Role]) -> Action {
    Action::EnrolPost(NewPost {
        member: member("est"),
        post: name("s4"),
        name: "S4".into(),
        unit: None,
        roles: Roles::of(roles),
    })
}

fn assign(who: &str, from_ms: Option<u64>, until_ms: Option<u64>, deputy: bool) -> Action {
    Action::AssignPost {
        did: did(who),
        post: name("s4"),
        from_ms,
        until_ms,
        deputy,
    }
}

/// A security officer of Estonia, and a second administrator.
fn staffed() -> World {
    let mut world = World::new();
    for (who, role) in [
        ("secure", Role::SecurityOfficer),
        ("second", Role::MemberAdministrator),
    ] {
        let new = new_signer("est", who, SignerKind::Person, &[role]);
        act(&mut world, "est-admin", Action::EnrolSigner(new)).unwrap();
        world.hand(who, who);
    }
    world
}

/// Whether `who` may offer a handover, as far as roles go.
fn hands_over(world: &mut World, who: &str) -> bool {
    let offer =
        json!({"offer_handover": {"to": "fra", "objects": ["urn:epc:id:sgtin:9521101.012001.T1"]}});
    let body = crate::action_from_json("custody", &offer).unwrap();
    let statement = world.sign_raw(who, "custody", body);
    let reject = world.block(&[statement]).outcomes[0]
        .reject
        .clone()
        .unwrap();
    match reject.rule.name {
        "role-needed" => false,
        "unknown-object" => true,
        other => panic!("{other}: {reject}"),
    }
}

#[test]
fn a_post_gives_its_roles_from_its_first_to_its_last_moment() {
    let mut world = World::new();
    let now = world.tip.time_ms;
    act(&mut world, "est-admin", post(&[Role::LogisticsOfficer])).unwrap();
    refused(&mut world, "est-admin", post(&[]), POST_EXISTS);
    assert!(!hands_over(&mut world, "est-admin"));
    let (from, until) = (now + 10 * MINUTE_MS, now + 20 * MINUTE_MS);
    act(
        &mut world,
        "est-admin",
        assign("est-admin", Some(from), Some(until), false),
    )
    .unwrap();
    assert!(!hands_over(&mut world, "est-admin"), "too early");
    world.block_at(from - 1_000, &[]);
    assert!(hands_over(&mut world, "est-admin"), "in time");
    world.block_at(until - 1_000, &[]);
    assert!(!hands_over(&mut world, "est-admin"), "too late");
}

#[test]
fn a_deputy_has_the_posts_roles_until_it_is_left_or_retired() {
    let mut world = World::new();
    act(&mut world, "est-admin", post(&[Role::LogisticsOfficer])).unwrap();
    act(
        &mut world,
        "est-admin",
        assign("est-admin", None, None, true),
    )
    .unwrap();
    assert!(hands_over(&mut world, "est-admin"));
    let leave = || Action::LeavePost {
        did: did("est-admin"),
        post: name("s4"),
    };
    act(&mut world, "est-admin", leave()).unwrap();
    refused(&mut world, "est-admin", leave(), NO_CHANGE);
    assert!(!hands_over(&mut world, "est-admin"));
    act(
        &mut world,
        "est-admin",
        assign("est-admin", None, None, true),
    )
    .unwrap();
    let retire = Action::RetirePost {
        member: member("est"),
        post: name("s4"),
    };
    refused(&mut world, "fra-admin", retire.clone(), OTHER_MEMBER);
    act(&mut world, "est-admin", retire.clone()).unwrap();
    refused(&mut world, "est-admin", retire, UNKNOWN_POST);
    assert!(!hands_over(&mut world, "est-admin"));
}

#[test]
fn a_post_is_not_given_where_its_roles_do_not_go() {
    let mut world = World::new();
    refused(
        &mut world,
        "est-admin",
        post(&[Role::SupplierClerk]),
        ROLE_NOT_ALLOWED,
    );
    refused(
        &mut world,
        "est-admin",
        assign("est", None, None, false),
        UNKNOWN_POST,
    );
    act(&mut world, "est-admin", post(&[Role::LogisticsOfficer])).unwrap();
    refused(
        &mut world,
        "est-admin",
        assign("est-scanner", None, None, false),
        ROLE_NOT_ALLOWED,
    );
    refused(
        &mut world,
        "fra-admin",
        assign("est", None, None, false),
        OTHER_MEMBER,
    );
    refused(
        &mut world,
        "est",
        assign("est", None, None, false),
        NOT_ADMINISTRATOR,
    );
    refused(
        &mut world,
        "est-admin",
        assign("est", None, Some(1), false),
        POST_TIME,
    );
    let now = world.tip.time_ms;
    let never = assign("est", Some(now + 10_000), Some(now + 10_000), false);
    refused(&mut world, "est-admin", never, POST_TIME);
}

#[test]
fn a_signer_holds_at_most_eight_posts_at_a_time_and_what_is_over_makes_room() {
    let mut world = World::new();
    let until = world.tip.time_ms + 30 * MINUTE_MS;
    for number in 0..9 {
        let new = NewPost {
            member: member("est"),
            post: name(&format!("p{number}")),
            name: "P".into(),
            unit: None,
            roles: Roles::NONE,
        };
        act(&mut world, "est-admin", Action::EnrolPost(new)).unwrap();
    }
    let hold = |number: usize| Action::AssignPost {
        did: did("est"),
        post: name(&format!("p{number}")),
        from_ms: None,
        until_ms: Some(until),
        deputy: false,
    };
    for number in 0..8 {
        act(&mut world, "est-admin", hold(number)).unwrap();
    }
    refused(&mut world, "est-admin", hold(8), TOO_MANY_POSTS);
    world.block_at(until, &[]);
    let later = Action::AssignPost {
        did: did("est"),
        post: name("p8"),
        from_ms: None,
        until_ms: None,
        deputy: false,
    };
    act(&mut world, "est-admin", later).unwrap();
    let signer: Signer = world.read(did("est").as_str().as_bytes()).unwrap();
    assert_eq!(signer.profile.posts.len(), 1);
}

#[test]
fn security_officers_clear_people_and_nobody_clears_oneself() {
    let mut world = staffed();
    let clear = |who: &str, caveats: &[&str]| Action::ClearSigner {
        did: did(who),
        clearance: Clearance::Secret,
        caveats: caveats.iter().map(|caveat| (*caveat).to_owned()).collect(),
    };
    refused(
        &mut world,
        "est-admin",
        clear("est", &[]),
        NOT_ADMINISTRATOR,
    );
    refused(&mut world, "secure", clear("secure", &[]), NOT_ANOTHER);
    refused(&mut world, "secure", clear("fra", &[]), OTHER_MEMBER);
    refused(
        &mut world,
        "secure",
        clear("est", &["A", "A"]),
        MALFORMED_FIELD,
    );
    refused(
        &mut world,
        "secure",
        clear("est", &[&"A".repeat(33)]),
        MALFORMED_FIELD,
    );
    refused(
        &mut world,
        "secure",
        clear("est", &["A"; 17]),
        MALFORMED_FIELD,
    );
    act(&mut world, "secure", clear("est", &["NATO", "ATOMAL"])).unwrap();
    refused(
        &mut world,
        "secure",
        clear("est", &["ATOMAL", "NATO"]),
        NO_CHANGE,
    );
    let signer: Signer = world.read(did("est").as_str().as_bytes()).unwrap();
    assert_eq!(
        (signer.profile.clearance, signer.profile.caveats.len()),
        (Clearance::Secret, 2)
    );
}

fn offer(world: &World, roles: &[Role]) -> EnrolmentOffer {
    EnrolmentOffer {
        member: member("est"),
        kind: SignerKind::Device,
        unit: None,
        roles: Roles::of(roles),
        code_digest: Digest::of(&[7; 16]),
        expires_ms: world.tip.time_ms + 30 * MINUTE_MS,
    }
}

fn claim(code: &str, who: &str) -> Action {
    Action::ClaimEnrolment {
        code: code.to_owned(),
        did: did(who),
        key: new_key(who),
    }
}

#[test]
fn a_device_is_enrolled_by_a_code_that_works_once_and_in_time() {
    let mut world = World::new();
    let code = "07".repeat(16);
    let offered = offer(&world, &[Role::Scanner]);
    refused(
        &mut world,
        "est",
        Action::OfferEnrolment(offered.clone()),
        NOT_ADMINISTRATOR,
    );
    refused(
        &mut world,
        "fra-admin",
        Action::OfferEnrolment(offered.clone()),
        OTHER_MEMBER,
    );
    let officer = offer(&world, &[Role::LogisticsOfficer]);
    refused(
        &mut world,
        "est-admin",
        Action::OfferEnrolment(officer),
        ROLE_NOT_ALLOWED,
    );
    act(
        &mut world,
        "est-admin",
        Action::OfferEnrolment(offered.clone()),
    )
    .unwrap();
    refused(
        &mut world,
        "est-admin",
        Action::OfferEnrolment(offered),
        CODE_ENDED,
    );
    refused(
        &mut world,
        "est-admin",
        claim("07", "gate"),
        MALFORMED_FIELD,
    );
    refused(
        &mut world,
        "est-admin",
        claim(&"é7".repeat(16), "gate"),
        MALFORMED_FIELD,
    );
    refused(
        &mut world,
        "est-admin",
        claim(&"08".repeat(16), "gate"),
        UNKNOWN_CODE,
    );
    refused(&mut world, "fra-admin", claim(&code, "gate"), OTHER_MEMBER);
    refused(&mut world, "est", claim(&code, "gate"), NOT_ADMINISTRATOR);
    refused(&mut world, "est-admin", claim(&code, "est"), SIGNER_EXISTS);
    act(&mut world, "est-admin", claim(&code, "gate")).unwrap();
    refused(&mut world, "est-admin", claim(&code, "gate-2"), CODE_ENDED);
    let gate: Signer = world.read(did("gate").as_str().as_bytes()).unwrap();
    assert_eq!(
        (gate.kind, gate.roles),
        (SignerKind::Device, Roles::of(&[Role::Scanner]))
    );
}

#[test]
fn a_code_that_ran_out_enrols_nobody() {
    let mut world = World::new();
    let offered = offer(&world, &[Role::Scanner]);
    let end = offered.expires_ms;
    act(&mut world, "est-admin", Action::OfferEnrolment(offered)).unwrap();
    world.block_at(end, &[]);
    refused(
        &mut world,
        "est-admin",
        claim(&"07".repeat(16), "gate"),
        CODE_ENDED,
    );
}

#[test]
fn a_recovery_takes_two_administrators_and_ends_every_key_from_before() {
    let mut world = staffed();
    let later = NewKey {
        valid_from_ms: Some(world.tip.time_ms + 60 * MINUTE_MS),
        ..new_key("thief")
    };
    act(
        &mut world,
        "est-admin",
        Action::RegisterKey {
            did: did("est"),
            key: later,
        },
    )
    .unwrap();
    let ask = || Action::AskRecovery {
        did: did("est"),
        key: new_key("fresh"),
    };
    let confirm = || Action::ConfirmRecovery {
        did: did("est"),
        key_id: key_id("fresh"),
    };
    refused(&mut world, "est-admin", confirm(), UNKNOWN_RECOVERY);
    refused(&mut world, "fra-admin", ask(), OTHER_MEMBER);
    refused(&mut world, "est", ask(), NOT_ADMINISTRATOR);
    act(&mut world, "est-admin", ask()).unwrap();
    refused(&mut world, "est-admin", confirm(), NOT_ANOTHER);
    let other_key = Action::ConfirmRecovery {
        did: did("est"),
        key_id: key_id("other"),
    };
    refused(&mut world, "second", other_key, UNKNOWN_RECOVERY);
    act(&mut world, "second", confirm()).unwrap();
    refused(&mut world, "second", confirm(), UNKNOWN_RECOVERY);
    for (seed, rule) in [("est", Some(core::KEY_NOT_VALID)), ("fresh", None)] {
        world.hand("est", seed);
        assert_eq!(standing(&mut world, "est"), rule, "{seed}");
    }
    world.block_at(world.tip.time_ms + 61 * MINUTE_MS, &[]);
    world.hand("est", "thief");
    assert_eq!(
        standing(&mut world, "est"),
        Some(core::KEY_NOT_VALID),
        "registered before, valid later"
    );
}

#[test]
fn nobody_recovers_oneself_and_an_old_recovery_is_no_recovery() {
    let mut world = staffed();
    let ask = |who: &str, seed: &str| Action::AskRecovery {
        did: did(who),
        key: new_key(seed),
    };
    let confirm = |who: &str, seed: &str| Action::ConfirmRecovery {
        did: did(who),
        key_id: key_id(seed),
    };
    refused(&mut world, "second", ask("second", "a"), NOT_ANOTHER);
    act(&mut world, "est-admin", ask("second", "a")).unwrap();
    refused(&mut world, "second", confirm("second", "a"), NOT_ANOTHER);
    act(&mut world, "est-admin", ask("est", "b")).unwrap();
    world.block_at(world.tip.time_ms + RECOVERY_OPEN_MS, &[]);
    refused(&mut world, "second", confirm("est", "b"), UNKNOWN_RECOVERY);
}

/// Why a statement of `who` may not be part of a block.
pub(super) fn standing(world: &mut World, who: &str) -> Option<Rule> {
    let action = Action::RevokeKey {
        did: did(who),
        key_id: KeyId([0; 8]),
        reason: String::new(),
    };
    let statement = world.sign(who, super::NAME, &[action]);
    world.hands.get_mut(who).unwrap().next -= 1;
    world.unfit(statement)
}

#[test]
fn signers_and_keys_without_anything_new_keep_their_format() {
    let world = World::new();
    let bytes = |signer: &Signer| convoy_types::cbor::to_vec(signer);
    let signer: Signer = world.read(did("est").as_str().as_bytes()).unwrap();
    // [1, "est", 0, 0, 2, null, 1]: the format of before.
    assert_eq!(
        bytes(&signer),
        [0x87, 1, 0x63, b'e', b's', b't', 0, 0, 2, 0xf6, 1]
    );
    let cleared = Signer {
        profile: Profile {
            clearance: Clearance::Secret,
            ..Profile::default()
        },
        ..signer
    };
    // [2, "est", 0, 0, 2, null, 1, [3, [], [], 0]]
    assert_eq!(
        bytes(&cleared),
        [
            0x88, 2, 0x63, b'e', b's', b't', 0, 0, 2, 0xf6, 1, 0x84, 3, 0x80, 0x80, 0
        ]
    );
    let read: Signer = convoy_types::cbor::from_slice(&bytes(&cleared)).unwrap();
    assert_eq!(read, cleared);
    let mut unknown = bytes(&cleared);
    unknown[1] = 3;
    assert!(convoy_types::cbor::from_slice::<Signer>(&unknown).is_err());
    let stored: Key = world.read(&key_key(&did("est"), &key_id("est").0)).unwrap();
    let plain = convoy_types::cbor::to_vec(&stored);
    assert_eq!(plain[..2], [0x86, 1]);
    let hardware = convoy_types::cbor::to_vec(&Key {
        hardware: true,
        ..stored.clone()
    });
    assert_eq!(hardware[..2], [0x88, 2]);
    assert_eq!(hardware[2..plain.len()], plain[2..]);
    assert_eq!(hardware[plain.len()..], [0xf5, 0]);
    let read: Key = convoy_types::cbor::from_slice(&hardware).unwrap();
    assert_eq!(read.assurance(), 2);
}

#[test]
fn a_did_is_well_formed_by_its_method_and_one_that_is_a_key_comes_with_it() {
    let mut world = World::new();
    let mut enrol = |text: &str| {
        let new = NewSigner {
            did: convoy_types::Did::new(text).unwrap(),
            ..new_signer("est", "x", SignerKind::Person, &[])
        };
        act(&mut world, "est-admin", Action::EnrolSigner(new))
            .err()
            .map(|reject| reject.rule)
    };
    let own = [
        &[0xed, 0x01][..],
        key(Algorithm::Ed25519, "x").public().raw(),
    ]
    .concat();
    let jwk = |algorithm, seed| {
        let named = convoy_types::did::of_key(key(algorithm, seed).public());
        named.unwrap().to_string()
    };
    for good in [
        &*format!("did:key:z{}", bs58::encode(own).into_string()),
        &*jwk(Algorithm::Ed25519, "x"),
        "did:convoy:abc",
        "did:web:est.example:p",
    ] {
        assert_eq!(enrol(good), None, "{good}");
    }
    for bad in [
        "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        "did:key:zabc",
        "did:ebsi:zabc",
        "did:web:a_b",
        "did:jwk:abc",
        &*jwk(Algorithm::Ed25519, "y"),
        &*jwk(Algorithm::Es256, "x"),
    ] {
        assert_eq!(enrol(bad), Some(MALFORMED_FIELD), "{bad}");
    }
}
