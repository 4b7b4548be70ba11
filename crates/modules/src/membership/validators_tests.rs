//! Who validates: claims, and a model of the set that random actions are compared with.

use super::{
    NAME,
    reject::*,
    types::*,
    validators::{
        CHANGE_AFTER_BLOCKS_MAX, CHANGE_AFTER_BLOCKS_MIN, MEMBER_NODES_MAX, PLAN_OPEN_MS,
    },
};
use crate::testing::*;
use convoy_ledger::Rule;
use convoy_types::{Digest, cose::Algorithm};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const NATIONS: [&str; 5] = ["est", "fra", "ita", "lva", "pol"];

fn validator_key(seed: &str) -> ValidatorKey {
    let key = key(Algorithm::Ed25519, seed);
    ValidatorKey(Digest(key.public().raw().try_into().unwrap()))
}

/// The first `validators` of the nations validate from genesis; all have the keys that a validator needs.
fn world(validators: usize) -> World {
    let mut founders: Vec<_> = NATIONS
        .iter()
        .map(|name| founder(name, MemberKind::Nation))
        .collect();
    for (place, founder) in founders.iter_mut().enumerate() {
        let name = NATIONS[place];
        founder.member.tree_head_keys = [Algorithm::Ed25519, Algorithm::MlDsa65]
            .map(|algorithm| key(algorithm, &format!("{name} head")).public().clone())
            .to_vec();
        founder.member.node = Some(did(&format!("{name}-node")));
        if place < validators {
            founder.member.validator = Some(validator_key(name));
        }
    }
    World::founded(&founders, &[])
}

fn admin(member: &str) -> String {
    format!("{member}-admin")
}

fn act(world: &mut World, member: &str, action: Action) -> Result<Done, convoy_ledger::Reject> {
    world.act(&admin(member), NAME, &[action])
}

#[track_caller]
fn refused(world: &mut World, by: &str, action: Action, rule: Rule) {
    let reject = act(world, by, action).expect_err("it should have been refused");
    assert_eq!(reject.rule, rule, "{reject}");
}

fn announce(of: &str, seed: &str) -> Action {
    Action::AnnounceNode {
        member: member(of),
        key: validator_key(seed),
        address: Some(format!("{of}.example:7900")),
    }
}

fn plan(change: ValidatorChange) -> Action {
    Action::PlanValidators {
        change,
        after_blocks: CHANGE_AFTER_BLOCKS_MIN,
    }
}

fn add(of: &str, seed: &str) -> ValidatorChange {
    ValidatorChange::Add {
        member: member(of),
        key: validator_key(seed),
    }
}

fn remove(of: &str) -> ValidatorChange {
    ValidatorChange::Remove { member: member(of) }
}

fn rotate(of: &str, seed: &str) -> ValidatorChange {
    ValidatorChange::Rotate {
        member: member(of),
        key: validator_key(seed),
    }
}

fn stored(world: &World) -> ValidatorSet {
    world.read(ONLY).unwrap()
}

fn seated(world: &World) -> Vec<String> {
    let set = stored(world).at(world.tip.height + 1);
    let mut members: Vec<String> = set
        .seats
        .iter()
        .map(|seat| seat.member.to_string())
        .collect();
    members.sort();
    members
}

fn pass_blocks(world: &mut World, count: u32) {
    for _ in 0..count {
        world.block(&[]);
    }
}

#[test]
fn a_validator_is_added_when_more_than_two_thirds_agree_and_from_the_height_on() {
    let mut world = world(4);
    act(&mut world, "pol", announce("pol", "pol")).unwrap();
    act(&mut world, "est", plan(add("pol", "pol"))).unwrap();
    act(&mut world, "fra", Action::AgreeValidators { plan: 1 }).unwrap();
    assert_eq!(stored(&world).plan.unwrap().last_block, None, "2 of 4");
    act(&mut world, "ita", Action::AgreeValidators { plan: 1 }).unwrap();
    let agreed = world.tip.height;
    let last = agreed + u64::from(CHANGE_AFTER_BLOCKS_MIN);
    let set = stored(&world);
    assert_eq!(set.plan.as_ref().unwrap().last_block, Some(last));
    let due: ValidatorsDue = world.read(ONLY).unwrap();
    assert_eq!(due.last_block, last);
    assert_eq!(set.next_after(last - 1), None);
    assert_eq!(set.next_after(last).unwrap().len(), 5);
    assert_eq!(
        (set.at(last).seats.len(), set.at(last + 1).seats.len()),
        (4, 5)
    );
    assert_eq!((set.at(last).epoch, set.at(last + 1).epoch), (0, 1));
    pass_blocks(&mut world, CHANGE_AFTER_BLOCKS_MIN);
    assert_eq!(seated(&world), NATIONS);
    let pol: Member = world.read(b"pol").unwrap();
    assert_eq!(pol.validator, Some(validator_key("pol")));
    let keys: Vec<_> = stored(&world)
        .at(last + 1)
        .seats
        .iter()
        .map(|seat| seat.key)
        .collect();
    assert!(keys.is_sorted(), "in the order of certificates");
}

#[test]
fn the_rotation_of_a_members_own_key_needs_that_member_alone() {
    let mut world = world(4);
    act(&mut world, "fra", announce("fra", "new")).unwrap();
    refused(&mut world, "est", plan(rotate("fra", "new")), OTHER_MEMBER);
    act(&mut world, "fra", plan(rotate("fra", "new"))).unwrap();
    pass_blocks(&mut world, CHANGE_AFTER_BLOCKS_MIN);
    let set = stored(&world).at(world.tip.height + 1);
    let fra = set.seats.iter().find(|seat| seat.member == member("fra"));
    assert_eq!(fra.unwrap().key, validator_key("new"));
    assert_eq!(set.seats.len(), 4);
}

#[test]
fn what_would_break_quorum_rules_is_refused() {
    let mut world = world(4);
    let too_near = |after_blocks| Action::PlanValidators {
        change: remove("fra"),
        after_blocks,
    };
    for after in [0, CHANGE_AFTER_BLOCKS_MIN - 1, CHANGE_AFTER_BLOCKS_MAX + 1] {
        refused(&mut world, "est", too_near(after), CHANGE_DISTANCE);
    }
    refused(
        &mut world,
        "est",
        plan(add("pol", "pol")),
        NODE_NOT_ANNOUNCED,
    );
    refused(&mut world, "est", plan(add("fra", "x")), VALIDATES_ALREADY);
    refused(&mut world, "est", plan(remove("pol")), NOT_A_VALIDATOR);
    refused(&mut world, "est", plan(remove("nobody")), UNKNOWN_MEMBER);
    refused(&mut world, "pol", plan(remove("fra")), NO_VALIDATOR_OF_OWN);
    act(&mut world, "pol", announce("pol", "pol")).unwrap();
    refused(
        &mut world,
        "est",
        plan(rotate("est", "pol")),
        NODE_NOT_ANNOUNCED,
    );
    refused(
        &mut world,
        "est",
        announce("est", "pol"),
        VALIDATOR_KEY_TAKEN,
    );
    refused(
        &mut world,
        "pol",
        announce("pol", "fra"),
        VALIDATOR_KEY_TAKEN,
    );
    let suspend = Action::SetMemberStatus {
        member: member("pol"),
        status: Status::Suspended,
    };
    act(&mut world, "est", suspend).unwrap();
    refused(&mut world, "est", plan(add("pol", "pol")), NOT_ACTIVE);
    act(&mut world, "est", plan(remove("fra"))).unwrap();
    refused(&mut world, "ita", plan(remove("lva")), CHANGE_PLANNED);
}

#[test]
fn the_last_validator_stays() {
    let mut world = world(1);
    refused(&mut world, "est", plan(remove("est")), NO_VALIDATOR_LEFT);
    act(&mut world, "fra", announce("fra", "fra")).unwrap();
    act(&mut world, "est", plan(add("fra", "fra"))).unwrap();
    pass_blocks(&mut world, CHANGE_AFTER_BLOCKS_MIN);
    assert_eq!(seated(&world), ["est", "fra"]);
    act(&mut world, "est", plan(remove("est"))).unwrap();
    act(&mut world, "fra", Action::AgreeValidators { plan: 2 }).unwrap();
    pass_blocks(&mut world, CHANGE_AFTER_BLOCKS_MIN);
    assert_eq!(seated(&world), ["fra"]);
}

#[test]
fn a_plan_is_agreed_once_by_each_withdrawn_by_its_member_and_over_after_a_week() {
    let mut world = world(4);
    act(&mut world, "est", plan(remove("fra"))).unwrap();
    refused(
        &mut world,
        "est",
        Action::AgreeValidators { plan: 1 },
        NO_CHANGE,
    );
    refused(
        &mut world,
        "pol",
        Action::AgreeValidators { plan: 1 },
        NO_VALIDATOR_OF_OWN,
    );
    refused(
        &mut world,
        "ita",
        Action::AgreeValidators { plan: 2 },
        UNKNOWN_PLAN,
    );
    refused(
        &mut world,
        "ita",
        Action::WithdrawValidators { plan: 1 },
        OTHER_MEMBER,
    );
    act(&mut world, "est", Action::WithdrawValidators { plan: 1 }).unwrap();
    refused(
        &mut world,
        "ita",
        Action::AgreeValidators { plan: 1 },
        UNKNOWN_PLAN,
    );
    act(&mut world, "est", plan(remove("fra"))).unwrap();
    let end = world.tip.time_ms + PLAN_OPEN_MS;
    world.block_at(end, &[]);
    refused(
        &mut world,
        "ita",
        Action::AgreeValidators { plan: 2 },
        UNKNOWN_PLAN,
    );
    act(&mut world, "ita", plan(remove("lva"))).unwrap();
    assert_eq!(stored(&world).plan.unwrap().number, 3);
}

#[test]
fn a_key_changes_by_plan_only_and_tree_head_keys_as_before() {
    let mut world = world(2);
    let set = |of: &str, validator, keys: &[Algorithm]| Action::SetNodeKeys {
        member: member(of),
        validator,
        tree_head_keys: keys
            .iter()
            .map(|algorithm| key(*algorithm, "next head").public().clone())
            .collect(),
        node: None,
    };
    let both = [Algorithm::Ed25519, Algorithm::MlDsa65];
    refused(&mut world, "est", set("est", None, &[]), VALIDATOR_BY_PLAN);
    let other = Some(validator_key("other"));
    refused(
        &mut world,
        "est",
        set("est", other, &both),
        VALIDATOR_BY_PLAN,
    );
    refused(
        &mut world,
        "pol",
        set("pol", other, &both),
        VALIDATOR_BY_PLAN,
    );
    act(
        &mut world,
        "est",
        set("est", Some(validator_key("est")), &both),
    )
    .unwrap();
    act(&mut world, "pol", set("pol", None, &[])).unwrap();
    act(&mut world, "pol", announce("pol", "pol")).unwrap();
    refused(
        &mut world,
        "est",
        plan(add("pol", "pol")),
        TREE_HEAD_KEYS_MISSING,
    );
}

#[test]
fn who_signs_tree_heads_follows_later_actions_and_the_digest_with_it() {
    let mut world = world(2);
    let list = |world: &World| -> TreeHeadSigners { world.read(ONLY).unwrap() };
    let names: Vec<String> = list(&world)
        .signers
        .iter()
        .map(|one| one.member.to_string())
        .collect();
    assert_eq!(names, NATIONS);
    let before: TreeHeadsDigest = world.read(ONLY).unwrap();
    assert_eq!(before.digest, list(&world).digest());
    let next = key(Algorithm::Ed25519, "next").public().clone();
    let set = Action::SetNodeKeys {
        member: member("pol"),
        validator: None,
        tree_head_keys: vec![next.clone()],
        node: Some(did("pol-second-node")),
    };
    act(&mut world, "pol", set).unwrap();
    let pol = list(&world).signers.pop().unwrap();
    assert_eq!(
        (pol.node, pol.keys),
        (did("pol-second-node"), vec![next.thumbprint()])
    );
    let after: TreeHeadsDigest = world.read(ONLY).unwrap();
    assert_eq!(after.digest, list(&world).digest());
    assert_ne!(before.digest, after.digest);
    let none = Action::SetNodeKeys {
        member: member("pol"),
        validator: None,
        tree_head_keys: Vec::new(),
        node: None,
    };
    act(&mut world, "pol", none).unwrap();
    assert_eq!(list(&world).signers.len(), 4);
}

#[test]
fn nodes_are_announced_moved_and_taken_back_but_not_while_they_validate() {
    let mut world = world(2);
    let at = |address: Option<&str>| Action::AnnounceNode {
        member: member("est"),
        key: validator_key("est"),
        address: address.map(str::to_owned),
    };
    for wrong in [
        "",
        "est.example",
        "est.example:0",
        ":7900",
        "[::1:7900",
        "a b:1",
        "est.example:99999",
    ] {
        refused(&mut world, "est", at(Some(wrong)), MALFORMED_FIELD);
    }
    refused(&mut world, "est", at(None), NO_CHANGE);
    for right in ["est.example:7900", "[2001:db8::1]:7900", "192.0.2.1:7900"] {
        act(&mut world, "est", at(Some(right))).unwrap();
    }
    refused(&mut world, "est", at(Some("192.0.2.1:7900")), NO_CHANGE);
    refused(&mut world, "est", at(None), NODE_VALIDATES);
    refused(&mut world, "fra", announce("est", "x"), OTHER_MEMBER);
    for n in 1..MEMBER_NODES_MAX {
        act(&mut world, "est", announce("est", &format!("node {n}"))).unwrap();
    }
    refused(
        &mut world,
        "est",
        announce("est", "one more"),
        TOO_MANY_NODES,
    );
    let back = Action::AnnounceNode {
        member: member("est"),
        key: validator_key("node 1"),
        address: None,
    };
    act(&mut world, "est", back).unwrap();
    act(&mut world, "est", announce("est", "one more")).unwrap();
    let nodes: Nodes = world.read(ONLY).unwrap();
    assert_eq!(nodes.nodes.len(), MEMBER_NODES_MAX);
    assert!(nodes.nodes.is_sorted_by_key(|node| node.key));
}

/// What somebody may try in a step of the model.
#[derive(Clone, Debug)]
enum Try {
    Plan(usize, usize, u8),
    Agree(usize),
    Withdraw(usize),
    Pass(u32),
}

fn attempt() -> impl Strategy<Value = Try> {
    prop_oneof![
        2 => (0usize..5, 0usize..5, 0u8..3).prop_map(|(by, of, kind)| Try::Plan(by, of, kind)),
        3 => (0usize..5).prop_map(Try::Agree),
        1 => (0usize..5).prop_map(Try::Withdraw),
        1 => (1u32..14).prop_map(Try::Pass),
    ]
}

/// The set as somebody would keep it on paper: members to keys, one plan.
#[derive(Default)]
struct Paper {
    seats: BTreeMap<usize, usize>,
    epoch: u64,
    plans: u64,
    plan: Option<(usize, ValidatorChange, BTreeSet<usize>, Option<u64>)>,
}

impl Paper {
    fn turn(&mut self, height: u64, keys: &dyn Fn(&ValidatorChange) -> (usize, Option<usize>)) {
        if let Some((_, change, _, Some(last))) = &self.plan
            && height > *last
        {
            let (member, key) = keys(change);
            self.seats.remove(&member);
            self.seats.extend(key.map(|key| (member, key)));
            self.epoch += 1;
            self.plan = None;
        }
    }

    fn settle(&mut self, height: u64) {
        let seats = &self.seats;
        if let Some((by, change, agreed, last)) = &mut self.plan
            && last.is_none()
        {
            let own = matches!(change, ValidatorChange::Rotate { .. })
                && change.member().as_str() == NATIONS[*by];
            let count = agreed
                .iter()
                .filter(|member| seats.contains_key(member))
                .count();
            if own || 3 * count > 2 * seats.len() {
                *last = Some(height + u64::from(CHANGE_AFTER_BLOCKS_MIN));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is tried, in whatever order, the ledger holds the set that the paper holds, nobody's key is used twice and
    /// somebody validates.
    #[test]
    fn the_set_is_that_of_a_plain_model(tries in prop::collection::vec(attempt(), 1..60)) {
        let mut world = world(3);
        let seed = |member: usize, key: usize| if key == 0 { NATIONS[member].to_owned() } else { format!("{} {key}", NATIONS[member]) };
        for (place, name) in NATIONS.iter().enumerate() {
            for key in 0..3 {
                let _ = act(&mut world, name, announce(name, &seed(place, key)));
            }
        }
        let mut paper = Paper { seats: (0..3).map(|member| (member, 0)).collect(), ..Paper::default() };
        let meaning = |change: &ValidatorChange| {
            let member = NATIONS.iter().position(|name| *name == change.member().as_str()).unwrap();
            let key = change.key().map(|key| (0..3).find(|n| validator_key(&seed(member, *n)) == key).unwrap());
            (member, key)
        };
        for attempt in tries {
            let height = world.tip.height + 1;
            paper.turn(height, &meaning);
            match attempt {
                Try::Pass(count) => {
                    pass_blocks(&mut world, count);
                }
                Try::Plan(by, of, kind) => {
                    let key = (paper.seats.get(&of).copied().unwrap_or(2) + 1) % 3;
                    let change = match kind {
                        0 => add(NATIONS[of], &seed(of, key)),
                        1 => remove(NATIONS[of]),
                        _ => rotate(NATIONS[of], &seed(of, key)),
                    };
                    let seated = paper.seats.contains_key(&of);
                    let allowed = match kind {
                        0 => !seated && (paper.seats.contains_key(&by) || by == of),
                        1 => seated && paper.seats.len() > 1 && (paper.seats.contains_key(&by) || by == of),
                        _ => seated && by == of,
                    };
                    let free = paper.plan.is_none();
                    let done = act(&mut world, NATIONS[by], plan(change.clone()));
                    prop_assert_eq!(done.is_ok(), allowed && free, "{:?}", done.err());
                    if allowed && free {
                        paper.plans += 1;
                        paper.plan = Some((by, change, BTreeSet::from([by]), None));
                        paper.settle(height);
                    }
                }
                Try::Agree(by) => {
                    let seated = paper.seats.contains_key(&by);
                    let waits = paper.plan.as_ref().is_some_and(|(_, _, agreed, last)| last.is_none() && !agreed.contains(&by));
                    let done = act(&mut world, NATIONS[by], Action::AgreeValidators { plan: paper.plans });
                    prop_assert_eq!(done.is_ok(), seated && waits, "{:?}", done.err());
                    if seated && waits {
                        if let Some((_, _, agreed, _)) = &mut paper.plan {
                            agreed.insert(by);
                        }
                        paper.settle(height);
                    }
                }
                Try::Withdraw(by) => {
                    let own = paper.plan.as_ref().is_some_and(|(planner, _, _, last)| *planner == by && last.is_none());
                    let done = act(&mut world, NATIONS[by], Action::WithdrawValidators { plan: paper.plans });
                    prop_assert_eq!(done.is_ok(), own, "{:?}", done.err());
                    if own {
                        paper.plan = None;
                    }
                }
            }
            let height = world.tip.height + 1;
            paper.turn(height, &meaning);
            let set = stored(&world).at(height);
            let found: BTreeMap<usize, ValidatorKey> = set.seats.iter().map(|seat| {
                (NATIONS.iter().position(|name| *name == seat.member.as_str()).unwrap(), seat.key)
            }).collect();
            let kept: BTreeMap<usize, ValidatorKey> = paper.seats.iter().map(|(member, key)| (*member, validator_key(&seed(*member, *key)))).collect();
            prop_assert_eq!(found, kept);
            prop_assert_eq!(set.epoch, paper.epoch);
            prop_assert!(!set.seats.is_empty());
            let keys: BTreeSet<_> = set.seats.iter().map(|seat| seat.key).collect();
            prop_assert_eq!(keys.len(), set.seats.len());
        }
    }
}
