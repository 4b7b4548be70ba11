//! Members that lost everything: claims.

use super::{
    NAME,
    people_tests::standing,
    protocol_tests::{act, refused, world},
    reject::*,
    types::*,
    validators::PLAN_OPEN_MS,
};
use crate::testing::*;
use convoy_ledger::reject as core;
use convoy_types::{Digest, MemberId};

const LOST: &str = "lva";

fn member(name: &str) -> MemberId {
    MemberId::new(name).unwrap()
}

fn plan() -> Action {
    plan_of("back")
}

fn plan_of(who: &str) -> Action {
    Action::PlanReinstatement {
        member: member(LOST),
        did: did(who),
        key: new_key(who),
        reason: "fire; the attache showed the fingerprint".into(),
    }
}

fn agree(plan: u64) -> Action {
    Action::AgreeReinstatement {
        member: member(LOST),
        plan,
    }
}

fn withdraw(plan: u64) -> Action {
    Action::WithdrawReinstatement {
        member: member(LOST),
        plan,
    }
}

fn stored(world: &World) -> Reinstatement {
    world.read(LOST.as_bytes()).unwrap()
}

fn signer(world: &World, who: &str) -> Signer {
    world.read(did(who).as_str().as_bytes()).unwrap()
}

#[test]
fn more_than_two_thirds_of_the_others_give_a_lost_member_an_administrator_and_suspend_those_of_before()
 {
    let mut world = world();
    act(&mut world, "est", plan()).unwrap();
    act(&mut world, "fra", agree(1)).unwrap();
    assert_eq!(
        stored(&world).state,
        ReinstatementState::Planned,
        "two of three others"
    );
    assert!(
        world
            .read::<Signer>(did("back").as_str().as_bytes())
            .is_none()
    );
    act(&mut world, "ita", agree(1)).unwrap();
    assert_eq!(stored(&world).state, ReinstatementState::Done);
    assert_eq!(signer(&world, "back").status, Status::Active);
    assert_eq!(signer(&world, "lva-admin").status, Status::Suspended);
    assert_eq!(
        signer(&world, "lva").status,
        Status::Active,
        "an officer goes on"
    );
    let now: Member = world.read(LOST.as_bytes()).unwrap();
    assert_eq!(now.administrators, 1);

    // Who has the old key can do nothing; the new one lets the old one act again, once it is known to be in good hands.
    let again = Action::SetSignerStatus {
        did: did("lva-admin"),
        status: Status::Active,
    };
    assert_eq!(
        standing(&mut world, "lva-admin"),
        Some(core::SIGNER_NOT_ACTIVE)
    );
    world.hand("back", "back");
    world.act("back", NAME, &[again]).unwrap();
    let now: Member = world.read(LOST.as_bytes()).unwrap();
    assert_eq!(now.administrators, 2);
    refused(&mut world, "pol", agree(1), UNKNOWN_PLAN);
}

#[test]
fn no_post_code_or_unlisted_administrator_of_before_looks_after_a_reinstated_member() {
    let mut world = world();
    let member = member(LOST);
    // Before the loss, by whoever has the administrator's key: a post with the role, and a code for it.
    let officer = Roles::of(&[Role::MemberAdministrator]);
    let post = MemberId::new("chief").unwrap();
    let before = [
        Action::EnrolPost(NewPost {
            member: member.clone(),
            post: post.clone(),
            name: "Chief".into(),
            unit: None,
            roles: officer,
        }),
        Action::AssignPost {
            did: did(LOST),
            post,
            from_ms: None,
            until_ms: None,
            deputy: false,
        },
        Action::OfferEnrolment(EnrolmentOffer {
            code_digest: Digest::of(&[7; 16]),
            member: member.clone(),
            kind: SignerKind::Person,
            unit: None,
            roles: officer,
            expires_ms: world.tip.time_ms + CODE_OPEN_MS_MAX,
        }),
    ];
    for action in before {
        act(&mut world, LOST, action).unwrap();
    }
    let unit = |name: &str| Action::EnrolUnit {
        member: member.clone(),
        unit: MemberId::new(name).unwrap(),
        name: name.into(),
        parent: None,
    };
    world.act(LOST, NAME, &[unit("one")]).unwrap();
    act(&mut world, "est", plan()).unwrap();
    for other in ["fra", "ita"] {
        act(&mut world, other, agree(1)).unwrap();
    }
    let refused = world.act(LOST, NAME, &[unit("two")]).unwrap_err();
    assert_eq!(refused.rule, NOT_ADMINISTRATOR, "{refused}");

    // The new administrator looks after it; a code of before makes nobody one.
    world.hand("back", "back");
    world.act("back", NAME, &[unit("two")]).unwrap();
    let claim = Action::ClaimEnrolment {
        code: "07".repeat(16),
        did: did("thief"),
        key: new_key("thief"),
    };
    let refused = world.act("back", NAME, &[claim]).unwrap_err();
    assert_eq!(refused.rule, CODE_ENDED, "{refused}");
    // A later plan does not make it forgotten.
    act(&mut world, "est", plan_of("again")).unwrap();
    let refused = world.act(LOST, NAME, &[unit("three")]).unwrap_err();
    assert_eq!(refused.rule, NOT_ADMINISTRATOR, "{refused}");
}

#[test]
fn a_member_that_is_there_takes_the_plan_back_and_never_counts_for_its_own() {
    let mut world = world();
    refused(&mut world, LOST, plan(), NOT_LOST);
    refused(&mut world, "pol", plan(), NO_VALIDATOR_OF_OWN);
    act(&mut world, "est", plan()).unwrap();
    refused(&mut world, "fra", plan_of("another"), CHANGE_PLANNED);
    refused(&mut world, "est", agree(1), NO_CHANGE);
    refused(&mut world, LOST, agree(1), NOT_LOST);
    refused(&mut world, "fra", withdraw(1), OTHER_MEMBER);
    act(&mut world, "fra", agree(1)).unwrap();
    act(&mut world, LOST, withdraw(1)).unwrap();
    refused(&mut world, "ita", agree(1), UNKNOWN_PLAN);
    assert_eq!(stored(&world).state, ReinstatementState::Withdrawn);

    // The next plan has its own number, and whoever planned it takes it back too.
    act(&mut world, "fra", plan_of("another")).unwrap();
    assert_eq!(stored(&world).number, 2);
    act(&mut world, "fra", withdraw(2)).unwrap();
}

#[test]
fn a_plan_is_over_after_seven_days_and_names_nobody_who_is_there() {
    let mut world = world();
    refused(&mut world, "est", plan_of("lva"), SIGNER_EXISTS);
    let nobody = Action::PlanReinstatement {
        member: member("nowhere"),
        did: did("back"),
        key: new_key("back"),
        reason: "lost".into(),
    };
    refused(&mut world, "est", nobody, UNKNOWN_MEMBER);
    act(&mut world, "est", plan()).unwrap();
    let end = world.tip.time_ms + PLAN_OPEN_MS;
    world.block_at(end, &[]);
    refused(&mut world, "fra", agree(1), UNKNOWN_PLAN);
    act(&mut world, "fra", plan()).unwrap();
    assert_eq!(stored(&world).agreed, [member("fra")]);

    let retired = Action::SetMemberStatus {
        member: member(LOST),
        status: Status::Retired,
    };
    act(&mut world, "est", withdraw(2)).expect_err("fra planned it");
    act(&mut world, "fra", withdraw(2)).unwrap();
    act(&mut world, "est", retired).unwrap();
    refused(&mut world, "fra", plan(), RETIRED_IS_FINAL);
}
