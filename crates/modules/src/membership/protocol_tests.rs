//! Which version of the rules is in force: claims.

use super::{
    NAME,
    protocol::BUILD_BYTES_MAX,
    reject::*,
    types::*,
    validators::{CHANGE_AFTER_BLOCKS_MIN, PLAN_OPEN_MS},
};
use crate::testing::*;
use convoy_ledger::{FIRST_PROTOCOL, Rule};
use convoy_types::{Digest, cose::Algorithm};

const NATIONS: [&str; 5] = ["est", "fra", "ita", "lva", "pol"];

/// The first four validate.
pub(super) fn world() -> World {
    let mut founders: Vec<_> = NATIONS
        .iter()
        .map(|name| founder(name, MemberKind::Nation))
        .collect();
    for founder in founders.iter_mut().take(4) {
        let name = founder.member.member.to_string();
        founder.member.tree_head_keys = [Algorithm::Ed25519, Algorithm::MlDsa65]
            .map(|algorithm| key(algorithm, &format!("{name} head")).public().clone())
            .to_vec();
        let own = key(Algorithm::Ed25519, &name);
        founder.member.validator =
            Some(ValidatorKey(Digest(own.public().raw().try_into().unwrap())));
    }
    World::founded(&founders, &[])
}

pub(super) fn act(
    world: &mut World,
    member: &str,
    action: Action,
) -> Result<Done, convoy_ledger::Reject> {
    world.act(&format!("{member}-admin"), NAME, &[action])
}

#[track_caller]
pub(super) fn refused(world: &mut World, by: &str, action: Action, rule: Rule) {
    let reject = act(world, by, action).expect_err("it should have been refused");
    assert_eq!(reject.rule, rule, "{reject}");
}

fn plan(protocol: u32) -> Action {
    Action::PlanProtocol {
        protocol,
        after_blocks: CHANGE_AFTER_BLOCKS_MIN,
    }
}

fn agree(plan: u64, root: &str) -> Action {
    Action::AgreeProtocol {
        plan,
        state_root: Digest::of(root.as_bytes()),
        build: "0.2.0 0011223344556677".into(),
    }
}

fn stored(world: &World) -> ProtocolState {
    world.read(ONLY).unwrap()
}

fn in_force(world: &World, height: u64) -> u32 {
    ProtocolDue::at(world.read::<ProtocolDue>(ONLY).as_ref(), height)
}

#[test]
fn a_version_is_in_force_from_the_height_on_when_more_than_two_thirds_found_the_same_root() {
    let mut world = world();
    assert_eq!(in_force(&world, u64::MAX), FIRST_PROTOCOL);
    act(&mut world, "est", plan(2)).unwrap();
    let planned = stored(&world).plan.unwrap();
    assert_eq!(planned.replay_to, world.tip.height);
    assert!(planned.reports.is_empty(), "planning is no agreement");
    for member in ["est", "fra"] {
        act(&mut world, member, agree(1, "the root")).unwrap();
    }
    assert_eq!(stored(&world).plan.unwrap().from_block, None, "2 of 4");
    act(&mut world, "ita", agree(1, "the root")).unwrap();
    let from = world.tip.height + u64::from(CHANGE_AFTER_BLOCKS_MIN);
    assert_eq!(stored(&world).plan.unwrap().from_block, Some(from));
    assert_eq!((in_force(&world, from - 1), in_force(&world, from)), (1, 2));

    refused(&mut world, "fra", plan(3), CHANGE_PLANNED);
    for _ in world.tip.height..from - 1 {
        world.block(&[]);
    }
    // From the height on the next one may be planned, and the one in force stays until that one's height.
    refused(&mut world, "fra", plan(2), PROTOCOL_NOT_NEWER);
    act(&mut world, "fra", plan(3)).unwrap();
    assert_eq!(stored(&world).active, 2);
    assert_eq!(in_force(&world, u64::MAX), 2);
    for member in ["est", "fra", "pol", "ita"] {
        let done = act(&mut world, member, agree(2, "another"));
        assert_eq!(done.is_err(), member == "pol", "pol has no validator");
    }
    let due: ProtocolDue = world.read(ONLY).unwrap();
    assert_eq!((due.before, due.protocol), (2, 3));
}

#[test]
fn other_roots_are_not_counted_together_and_a_replay_may_be_done_again() {
    let mut world = world();
    act(&mut world, "est", plan(2)).unwrap();
    act(&mut world, "est", agree(1, "the root")).unwrap();
    act(&mut world, "fra", agree(1, "the root")).unwrap();
    act(&mut world, "ita", agree(1, "another")).unwrap();
    act(&mut world, "lva", agree(1, "a third")).unwrap();
    assert_eq!(stored(&world).plan.unwrap().from_block, None);
    refused(&mut world, "fra", agree(1, "the root"), NO_CHANGE);
    act(&mut world, "ita", agree(1, "the root")).unwrap();
    let plan = stored(&world).plan.unwrap();
    assert_eq!(plan.reports.len(), 4);
    assert!(plan.from_block.is_some());
}

#[test]
fn a_version_is_planned_by_who_validates_withdrawn_by_who_planned_and_over_after_seven_days() {
    let mut world = world();
    refused(&mut world, "pol", plan(2), NO_VALIDATOR_OF_OWN);
    refused(&mut world, "est", plan(1), PROTOCOL_NOT_NEWER);
    let too_near = Action::PlanProtocol {
        protocol: 2,
        after_blocks: CHANGE_AFTER_BLOCKS_MIN - 1,
    };
    refused(&mut world, "est", too_near, CHANGE_DISTANCE);
    refused(&mut world, "est", agree(1, "root"), UNKNOWN_PLAN);
    act(&mut world, "est", plan(2)).unwrap();
    refused(&mut world, "pol", agree(1, "root"), NO_VALIDATOR_OF_OWN);
    refused(
        &mut world,
        "fra",
        Action::WithdrawProtocol { plan: 1 },
        OTHER_MEMBER,
    );
    act(&mut world, "est", Action::WithdrawProtocol { plan: 1 }).unwrap();
    refused(&mut world, "fra", agree(1, "root"), UNKNOWN_PLAN);
    act(&mut world, "fra", plan(2)).unwrap();
    let end = world.tip.time_ms + PLAN_OPEN_MS;
    world.block_at(end, &[]);
    refused(&mut world, "est", agree(2, "root"), UNKNOWN_PLAN);
    act(&mut world, "est", plan(2)).unwrap();
    for build in ["", "a\nb", "bäu", &"x".repeat(BUILD_BYTES_MAX + 1)] {
        let said = Action::AgreeProtocol {
            plan: 3,
            state_root: Digest::ZERO,
            build: build.into(),
        };
        refused(&mut world, "est", said, MALFORMED_FIELD);
    }
}
