//! Succession: certificates made by the consensus crate, and every forgery we could think of.

#![allow(clippy::unwrap_used, reason = "a test's failure is its message")]

mod common;

use common::{MEMBERS, World, certificate_of};
use convoy_types::{
    Digest, MemberId,
    header::{Header, HeaderCore, HeaderRest, Validator, validators_digest},
    receipt::{Handover, Trust, certificate::quorum, trust::TrustedValidator},
};
use convoy_verify::{extend, verify_compact};
use proptest::prelude::*;
use std::sync::LazyLock;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(4));

/// A set of the validators with these numbers, each with the consensus key of the member of that number.
fn set(numbers: &[usize]) -> Vec<Validator> {
    let everybody = World::new(MEMBERS.len());
    let mut set: Vec<Validator> = numbers
        .iter()
        .map(|number| {
            let member = &everybody.members[*number];
            Validator {
                member: member.id.clone(),
                key: common::consensus_key(member),
            }
        })
        .collect();
    set.sort_by_key(|validator| validator.key);
    set
}

/// The end of `epoch`, in which `from` validate, signed by the first `signers` of them.
fn step(epoch: u64, from: &[usize], to: &[usize], signers: usize) -> Handover {
    let world = World::new(MEMBERS.len());
    let header = Header {
        core: HeaderCore {
            network: HeaderCore::network_digest(&world.network),
            epoch,
            height: 100 * epoch,
            time_ms: 1_000 * epoch,
            first_leaf: 1,
            accepted: 0,
            log_size: 2,
            log_root: Digest::of(b"log"),
        },
        rest: HeaderRest {
            validators: validators_digest(&set(from)),
            next_validators: validators_digest(&set(to)),
            ..HeaderRest::default()
        },
    };
    let keys: Vec<_> = from
        .iter()
        .map(|n| world.members[*n].consensus.clone())
        .collect();
    let finalization =
        common::finalize_by(&world.network, &keys, &header.digest(), epoch, 7, signers);
    Handover {
        header,
        certificate: certificate_of(&finalization),
        next: set(to),
        recovery: None,
    }
}

fn sets() -> [Vec<usize>; 4] {
    [
        vec![0, 1, 2, 3],
        vec![0, 1, 2, 3, 4],
        vec![0, 2, 3, 4],
        vec![5, 2, 3, 4],
    ]
}

fn chain() -> Vec<Handover> {
    let sets = sets();
    (0..3)
        .map(|n| step(3 + n as u64, &sets[n], &sets[n + 1], quorum(sets[n].len())))
        .collect()
}

fn epochs(trust: &Trust) -> Vec<u64> {
    trust.epochs.iter().map(|epoch| epoch.epoch).collect()
}

#[test]
fn a_chain_extends_the_trust_file_and_says_who_came_and_went() {
    let trust = WORLD.trust();
    let (extended, changes) = extend(&trust, &chain()).unwrap();
    extended.check().unwrap();
    assert_eq!(epochs(&extended), [3, 4, 5, 6]);
    let ends: Vec<_> = extended
        .epochs
        .iter()
        .map(|epoch| epoch.last_block)
        .collect();
    assert_eq!(ends, [Some(300), Some(400), Some(500), None]);
    let names = |members: &[MemberId]| members.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&changes[0].added), ["ltu"]);
    assert_eq!(names(&changes[1].removed), ["fra"]);
    assert_eq!(
        (names(&changes[2].added), names(&changes[2].removed)),
        (vec!["lva".to_owned()], vec!["est".to_owned()])
    );
    assert_eq!(changes[0].signed_by.len(), 3);
    let (again, nothing) = extend(&extended, &chain()).unwrap();
    assert_eq!((again, nothing), (extended, Vec::new()));
}

#[test]
fn old_receipts_verify_with_the_extended_trust_file() {
    let story = common::Story::new();
    let receipt = story
        .chain
        .compact(&story.world, &story.statements[0], 4, 2, None);
    let (extended, _) = extend(&story.world.trust(), &chain()).unwrap();
    verify_compact(&receipt.encode(), &extended).unwrap();
}

/// Whose keys come back after they were replaced can still sign: their epoch is over all the same.
#[test]
fn validators_prove_no_block_beyond_their_own() {
    let story = common::Story::new();
    let world = &story.world;
    let receipt = story
        .chain
        .compact(world, &story.statements[0], 4, 2, None)
        .encode();
    let mut trust = world.trust();
    let said = |trust: &Trust| verify_compact(&receipt, trust).map_err(|error| error.to_string());
    trust.epochs[0].last_block = Some(2);
    said(&trust).unwrap();
    trust.epochs[0].last_block = Some(1);
    let late = said(&trust).unwrap_err();
    assert!(late.contains("ended with block 1"), "{late}");
    trust.epochs[0].last_block = None;
    let mut before = trust.epochs[0].clone();
    (before.epoch, before.last_block) = (2, Some(1));
    trust.epochs.push(before);
    said(&trust).unwrap();
    trust.epochs[1].last_block = Some(2);
    let early = said(&trust).unwrap_err();
    assert!(early.contains("began behind block 2"), "{early}");
}

#[test]
fn steps_are_read_as_written_and_one_after_another() {
    let chain = chain();
    let bytes: Vec<u8> = chain.iter().flat_map(Handover::encode).collect();
    assert_eq!(Handover::decode_all(&bytes).unwrap(), chain);
    convoy_types::cbor::check(&chain[0].encode()).unwrap();
    assert!(Handover::decode_all(&bytes[..bytes.len() - 1]).is_err());
    let mut unsorted = chain[0].clone();
    unsorted.next.reverse();
    assert!(Handover::decode_all(&unsorted.encode()).is_err());
}

#[test]
fn forged_steps_are_refused_and_the_fault_is_named() {
    let trust = WORLD.trust();
    let good = chain();
    let refused = |steps: &[Handover]| extend(&trust, steps).unwrap_err().to_string();
    let said = refused(&good[1..]);
    assert!(said.contains("no validators for epoch 4"), "{said}");
    let mut few = step(3, &[0, 1, 2, 3], &[0, 1, 2], 3);
    few.certificate.signers.truncate(2);
    few.certificate.signatures.truncate(2);
    assert!(refused(&[few]).contains("2 of 4 signed, 3 are needed"));
    let usurpers = step(3, &[3, 4, 5, 6], &[4, 5, 6], 4);
    assert!(refused(&[usurpers]).contains("another set than the one trusted"));
    let mut other_set = good[0].clone();
    other_set.next = set(&[4, 5, 6]);
    assert!(refused(&[other_set]).contains("commits to another set"));
    let same = step(3, &[0, 1, 2, 3], &[0, 1, 2, 3], 3);
    assert!(refused(&[same]).contains("hands over to nobody"));
    let mut elsewhere = good[0].clone();
    elsewhere.header.core.network = Digest::of(b"another");
    assert!(refused(&[elsewhere]).contains("another network"));
    let mut trimmed = good[1].clone();
    trimmed.header.core.height -= 1;
    let world = World::new(MEMBERS.len());
    let keys: Vec<_> = sets()[1]
        .iter()
        .map(|n| world.members[*n].consensus.clone())
        .collect();
    let block = trimmed.header.digest();
    let again = common::finalize_by(&world.network, &keys, &block, 4, 7, quorum(keys.len()));
    trimmed.certificate = certificate_of(&again);
    let (followed, _) = extend(&trust, &good).unwrap();
    let said = extend(&followed, &[trimmed]).unwrap_err().to_string();
    assert!(
        said.contains("last block") && said.contains("evidence"),
        "{said}"
    );
    let second = step(3, &[0, 1, 2, 3], &[0, 1, 2], 3);
    let (extended, _) = extend(&trust, &good[..1]).unwrap();
    let said = extend(&extended, &[second]).unwrap_err().to_string();
    assert!(said.contains("evidence"), "{said}");
}

/// What a forger can do to a step.
#[derive(Clone, Debug)]
enum Forgery {
    Bit(prop::sample::Index, u8),
    SetOf(Vec<usize>),
    CertificateOf(usize),
    LaterEpoch(u64),
    FewerSigners(usize),
}

fn forgery() -> impl Strategy<Value = Forgery> {
    prop_oneof![
        (any::<prop::sample::Index>(), 0u8..8).prop_map(|(at, bit)| Forgery::Bit(at, bit)),
        prop::sample::subsequence((0..7).collect::<Vec<usize>>(), 1..7).prop_map(Forgery::SetOf),
        (0usize..3).prop_map(Forgery::CertificateOf),
        (1u64..4).prop_map(Forgery::LaterEpoch),
        (1usize..3).prop_map(Forgery::FewerSigners),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is forged in one step of a chain, no set is trusted but those that the true chain names.
    #[test]
    fn no_forged_succession_makes_anybody_trusted(place in 0usize..3, forgery in forgery()) {
        let trust = WORLD.trust();
        let good = chain();
        let (truth, _) = extend(&trust, &good).unwrap();
        let mut steps = good.clone();
        match forgery {
            Forgery::Bit(at, bit) => {
                let mut bytes = steps[place].encode();
                let index = at.index(bytes.len());
                bytes[index] ^= 1 << bit;
                match Handover::decode_all(&bytes) {
                    Ok(mut changed) if changed.len() == 1 => steps[place] = changed.remove(0),
                    _ => return Ok(()),
                }
            }
            Forgery::SetOf(numbers) => {
                steps[place].next = set(&numbers);
                if steps[place].next == good[place].next {
                    return Ok(());
                }
            }
            Forgery::CertificateOf(other) => {
                if other == place {
                    return Ok(());
                }
                steps[place].certificate = good[other].certificate.clone();
            }
            Forgery::LaterEpoch(by) => steps[place].header.core.epoch += by,
            Forgery::FewerSigners(count) => {
                steps[place].certificate.signers.truncate(count);
                steps[place].certificate.signatures.truncate(count);
            }
        }
        match extend(&trust, &steps) {
            Err(_) => {}
            Ok((extended, _)) => {
                let of = |trust: &Trust| -> Vec<Vec<TrustedValidator>> {
                    trust.epochs.iter().map(|epoch| epoch.validators.clone()).collect()
                };
                prop_assert_eq!(of(&extended), of(&truth));
            }
        }
    }
}
