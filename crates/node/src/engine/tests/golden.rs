//! The bytes of a block as it is voted on, sent and stored, and of the body around it that peers and the archive have.

use super::toy::ToyCore;
use crate::{
    engine::{
        block::{Block, BlockRules, Header, HeaderCore, HeaderRest, Place, StateCommitment},
        contract::{Core as _, Hash, Statement},
        history,
    },
    golden_tests::golden,
};
use commonware_codec::{Copying, Decode as _, DecodeExt as _, Encode as _};
use commonware_cryptography::ed25519::PublicKey;
use convoy_types::{
    Digest, MemberId,
    header::{Validator, validators_digest},
};
use std::sync::Arc;

/// The first public key of RFC 8032, section 7.1.
const LEADER: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn rules() -> BlockRules {
    BlockRules {
        statements_max: 10,
        bytes_max: 1_000,
        core: Arc::new(ToyCore),
    }
}

fn validators(names: [&str; 2]) -> Vec<Validator> {
    let validator = |(at, name)| Validator {
        member: MemberId::new(name).unwrap(),
        key: [at as u8 + 1; 32],
    };
    names.into_iter().enumerate().map(validator).collect()
}

/// A block of two statements; `next` are the validators behind it, where it is the last of its epoch.
fn block(next: Option<Vec<Validator>>) -> Block {
    let leader: Hash = hex::decode(LEADER).unwrap().try_into().unwrap();
    let place = Place {
        view: 300,
        parent_view: 299,
        leader,
    };
    let statements: Vec<Statement> = ["one", "another"]
        .map(|text| Statement {
            id: Digest::of(text.as_bytes()).0,
            bytes: text.into(),
        })
        .into();
    let ids: Vec<Hash> = statements.iter().map(|statement| statement.id).collect();
    let set = validators_digest(&validators(["est", "fra"]));
    let edge = Digest::of(b"edge");
    let state = |n: u8| StateCommitment {
        root: Digest::of(&[n]),
        ops_root: Digest::of(&[n, n]),
        ops_start: 3,
        ops_end: 70_000,
    };
    let header = Header {
        core: HeaderCore {
            network: Digest::of(b"network"),
            epoch: 2,
            height: 1_000,
            time_ms: 1_795_000_000_000,
            first_leaf: 70_000,
            accepted: 1,
            log_size: 70_003,
            log_root: edge,
        },
        rest: HeaderRest {
            parent: Digest::of(b"parent"),
            statements_root: Digest((ToyCore.statements_root())(&ids)),
            outcomes_root: Digest::of(b"outcomes"),
            state: state(1),
            history: state(3),
            lanes: state(2),
            validators: set,
            next_validators: next.as_deref().map_or(set, validators_digest),
            tree_head_keys: Digest::of(b"keys"),
            extension: place.digest(),
        },
    };
    let leader = PublicKey::decode(Copying(&leader[..])).unwrap();
    let next = next.map(Into::into);
    Block::new(header, place, statements.into(), vec![edge.0], next, leader)
}

#[test]
fn a_block_has_its_bytes_and_begins_with_the_version_of_its_header() {
    let next = validators(["fra", "lva"]);
    for (name, block) in [
        ("block", block(None)),
        ("block-last-of-epoch", block(Some(next))),
    ] {
        let bytes = block.encode();
        golden(name, &bytes);
        assert_eq!(bytes[4], convoy_types::header::HEADER_VERSION as u8);
        let read = Block::decode_cfg(Copying(&bytes[..]), &rules()).unwrap();
        assert_eq!(read.encode(), bytes);
        assert_eq!(read.next, block.next);
    }
}

#[test]
fn a_body_has_its_bytes() {
    let block = block(None);
    for (name, finalization) in [("body", None), ("body-certified", Some(&[9; 40][..]))] {
        let bytes = history::encode(block.encode(), &[0x83, 1, 0x80, 0x80], finalization);
        golden(name, &bytes);
        let body = history::decode(&bytes, &block.header.digest().0, &rules()).unwrap();
        assert_eq!(body.outcomes, [0x83, 1, 0x80, 0x80][..]);
    }
}
