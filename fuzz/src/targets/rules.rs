//! The modules' rules: untrusted actions against a small ledger, block after block.
//!
//! An input is a CBOR sequence of pairs: a small number that chooses signer, module and how much time passes, and an
//! action's body. Each pair becomes a signed statement in a block of its own. What must hold: nothing panics (the core
//! asserts conservation and its own invariants), and executing a block twice gives the same output, bit for bit.

use super::{Outcome, Target};
use bytes::Bytes;
use convoy_ledger::memory::{self, MemoryStore};
use convoy_ledger::{Execution, Ledger, Mode, Output, Prepared, SignatureCheck, Tip};
use convoy_modules::custody::facts::{case_id, handover_id};
use convoy_modules::membership::genesis::{Founder, actions};
use convoy_modules::membership::types::{
    MemberKind, NewKey, NewMember, NewSigner, Role, Roles, SignerKind,
};
use convoy_modules::{action_from_json, action_to_json};
use convoy_types::cose::{Algorithm, PublicKey, SigningKey};
use convoy_types::epcis::json::parse_document;
use convoy_types::sequence::cut;
use convoy_types::statement::Assurance;
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, Statement, StatementBuilder, cbor,
};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// The rows of this file.
pub const TARGETS: &[Target] = &[
    Target {
        name: "action",
        bytes_max: 4_096,
        seeds: action_seeds,
        run: action,
    },
    Target {
        name: "rules",
        bytes_max: 8_192,
        seeds: rules_seeds,
        run: rules,
    },
];

const MODULES: [&str; 2] = ["custody", "membership"];
/// 2027-01-01, after everything the scenario tells of.
const START_MS: u64 = 1_798_761_600_000;
const DAY_MS: u64 = 24 * 3_600 * 1_000;
/// Pairs of one input.
const STEPS_MAX: usize = 8;

/// Who signs: a supplier's clerk, two nations' officers, an administrator.
const SIGNERS: [(&str, &str, Role); 4] = [
    ("parts", "clerk", Role::SupplierClerk),
    ("est", "officer", Role::LogisticsOfficer),
    ("fra", "officer", Role::LogisticsOfficer),
    ("est", "admin", Role::MemberAdministrator),
];

/// Signatures are not what is fuzzed here; every one of ours is good.
struct AllGood;

impl SignatureCheck for AllGood {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        vec![true; signed.len()]
    }
}

/// A ledger and where its lanes stand.
#[derive(Clone)]
struct World {
    ledger: Ledger,
    store: MemoryStore,
    tip: Tip,
    sequences: [u64; SIGNERS.len()],
}

static FOUNDED: LazyLock<World> = LazyLock::new(World::found);
static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    (0..SIGNERS.len() as u8)
        .map(|number| {
            SigningKey::from_secret(Algorithm::Ed25519, &[number + 1; 32]).expect("a fixed secret")
        })
        .collect()
});

fn did(number: usize) -> Did {
    let (member, name, _) = SIGNERS[number];
    Did::new(&format!("did:web:{member}.example:{name}")).expect("a DID")
}

fn founder(member: &str, kind: MemberKind) -> Founder {
    let name = MemberId::new(member).expect("a member");
    let signers = (0..SIGNERS.len())
        .filter(|number| SIGNERS[*number].0 == member)
        .map(|number| NewSigner {
            did: did(number),
            member: name.clone(),
            kind: SignerKind::Person,
            unit: None,
            roles: Roles::of(&[SIGNERS[number].2]),
            keys: vec![NewKey {
                key: KEYS[number].public().clone(),
                valid_from_ms: None,
                valid_until_ms: None,
                assurance: Assurance::OwnKey,
                hardware: false,
            }],
        });
    Founder {
        signers: signers.collect(),
        member: NewMember {
            member: name,
            name: member.to_uppercase(),
            kind,
            founding: kind == MemberKind::Nation,
            validator: None,
            tree_head_keys: Vec::new(),
            node: None,
        },
    }
}

impl World {
    fn found() -> Self {
        let network = NetworkId::of_genesis("fuzz", &Digest::of(b"rules")).expect("a network");
        let registry = Arc::new(convoy_modules::registry());
        let ledger = Ledger::new(network, Compartment::common(), registry);
        let founders = [
            founder("est", MemberKind::Nation),
            founder("fra", MemberKind::Nation),
            founder("parts", MemberKind::Supplier),
        ];
        let output = ledger
            .found(START_MS, &actions(&founders))
            .expect("founded");
        let mut store = MemoryStore::default();
        store.apply(&output);
        let tip = Tip {
            height: 0,
            time_ms: START_MS,
        };
        Self {
            ledger,
            store,
            tip,
            sequences: [0; SIGNERS.len()],
        }
    }

    fn sign(&self, signer: usize, module: &str, body: Bytes) -> Option<Statement> {
        let not_after_ms = self.tip.time_ms + DAY_MS;
        StatementBuilder::new(self.ledger.network.clone(), did(signer), not_after_ms)
            .sequence(0, self.sequences[signer])
            .action(module, body)
            .sign(&KEYS[signer])
            .ok()
    }

    /// One statement in a block of its own; the outcome in words.
    fn step(&mut self, choice: u64, body: Bytes) -> Outcome {
        let signer = (choice % 4) as usize;
        let module = MODULES[(choice / 4 % 2) as usize];
        let days = choice / 8 % 4 * 15;
        let Some(statement) = self.sign(signer, module, body) else {
            return Outcome::Refused("the body cannot be in a statement".to_owned());
        };
        let prepared = match self.ledger.prepare(statement) {
            Ok(prepared) => Arc::new(prepared),
            Err(reject) => return Outcome::Refused(reject.to_string()),
        };
        let time_ms = self.tip.time_ms + 1_000;
        let output = self.execute(time_ms, vec![prepared]);
        self.sequences[signer] += output.included.len() as u64;
        let reject = match output.outcomes.first() {
            Some(outcome) => outcome.reject.clone().map(|reject| reject.to_string()),
            None => Some("it cannot be part of a block".to_owned()),
        };
        self.advance(time_ms, &output);
        if days > 0 {
            let time_ms = self.tip.time_ms + days * DAY_MS;
            let output = self.execute(time_ms, Vec::new());
            self.advance(time_ms, &output);
        }
        Outcome::of(&reject.map_or(Ok(()), Err))
    }

    /// Executes a block as its proposer and again as a voter, who must agree.
    fn execute(&self, time_ms: u64, statements: Vec<Arc<Prepared>>) -> Output {
        let run = |mode, statements| {
            let execution =
                Execution::new(self.ledger.clone(), mode, self.tip, time_ms, statements);
            memory::run(execution, &self.store, &AllGood)
        };
        let proposed =
            run(Mode::Propose, statements).expect("a proposer leaves out what does not fit");
        let voted = run(Mode::Verify, proposed.included.clone())
            .expect("what was proposed can be verified");
        assert_eq!(
            proposed.state_writes, voted.state_writes,
            "the state differs"
        );
        assert_eq!(
            proposed.counter_writes, voted.counter_writes,
            "the lanes differ"
        );
        assert_eq!(proposed.events, voted.events, "the events differ");
        assert_eq!(
            proposed.outcomes_root, voted.outcomes_root,
            "the outcomes differ"
        );
        voted
    }

    fn advance(&mut self, time_ms: u64, output: &Output) {
        self.store.apply(output);
        self.tip = Tip {
            height: self.tip.height + 1,
            time_ms,
        };
    }
}

/// The events of the demo's scenario as capture actions.
fn captures() -> Vec<Vec<u8>> {
    let documents = super::documents::epcis_seeds();
    let events = documents
        .iter()
        .filter_map(|document| parse_document(document).ok())
        .flat_map(|document| document.events);
    events
        .map(|event| cbor::to_vec(&std::collections::BTreeMap::from([("capture", event)])))
        .collect()
}

fn custody(action: &Value) -> Vec<u8> {
    action_from_json("custody", action).expect("a custody action")
}

fn membership(action: &Value) -> Vec<u8> {
    action_from_json("membership", action).expect("a membership action")
}

const PART: &str = "urn:epc:id:sgtin:9521101.012001.NP26-0001";

fn offer() -> Vec<u8> {
    custody(&json!({"offer_handover": {"to": "est", "objects": [PART]}}))
}

fn loss() -> Vec<u8> {
    custody(&json!({"report_loss": {"objects": [PART], "circumstances": "not in its case"}}))
}

fn memberships() -> Vec<Vec<u8>> {
    let key = SigningKey::from_secret(Algorithm::Ed25519, &[9; 32]).expect("a fixed secret");
    let new_key = json!({"key": key.public().to_jwk(), "assurance": "own_key"});
    let officer = did(1);
    [
        json!({"enrol_unit": {"member": "est", "unit": "depot-tapa", "name": "Depot Tapa"}}),
        json!({"enrol_signer": {"did": "did:web:est.example:gate", "member": "est", "kind": "device",
               "roles": ["scanner"], "keys": [new_key]}}),
        json!({"register_key": {"did": officer.as_str(), "key": new_key}}),
        json!({"set_signer_status": {"did": officer.as_str(), "status": "suspended"}}),
        json!({"set_member_status": {"member": "fra", "status": "suspended"}}),
    ]
    .iter()
    .map(membership)
    .collect()
}

fn action_seeds() -> Vec<Vec<u8>> {
    let mut seeds = captures();
    seeds.extend(memberships());
    seeds.extend([offer(), loss()]);
    seeds.retain(|seed| seed.len() <= 4_096);
    seeds
}

/// An action read as CBOR can be shown as JSON, and its JSON gives the action again.
fn action(bytes: &[u8]) -> Outcome {
    let mut last = Outcome::Refused("no module".to_owned());
    for module in MODULES {
        let shown = action_to_json(module, bytes);
        if let Ok(shown) = &shown {
            let again = action_from_json(module, shown).expect("our own JSON is read back");
            assert_eq!(action_to_json(module, &again).as_ref(), Ok(shown));
            return Outcome::Accepted;
        }
        last = Outcome::of(&shown);
    }
    last
}

fn sequence(steps: &[(u8, &[u8])]) -> Vec<u8> {
    let items = steps
        .iter()
        .map(|(choice, body)| [&cbor::to_vec(choice), *body].concat());
    items.collect::<Vec<_>>().concat()
}

/// Commission, offer, accept; commission, lose, let time pass; enrol and suspend.
fn rules_seeds() -> Vec<Vec<u8>> {
    let captures = captures();
    let Some(commission) = captures.first() else {
        return vec![sequence(&[(1, &loss())])];
    };
    let mut world = FOUNDED.clone();
    let _ = world.step(0, commission.clone().into());
    let offered = world
        .sign(0, "custody", offer().into())
        .expect("a statement")
        .id();
    let lost = world
        .sign(0, "custody", loss().into())
        .expect("a statement")
        .id();
    let handover = handover_id(&offered, 0).to_string();
    let case = case_id(&lost, 0).to_string();
    let accept = custody(&json!({"accept_handover": {"handover": handover}}));
    let refuse =
        custody(&json!({"refuse_handover": {"handover": handover, "reason": "not ordered"}}));
    let found = custody(
        &json!({"close_case": {"case": case, "finding": "found", "account": "behind the shelf"}}),
    );
    let members = memberships();
    let mut seeds = vec![
        sequence(&[(0, commission), (0, &offer()), (1, &accept), (1, &loss())]),
        sequence(&[(0, commission), (0, &offer()), (1, &refuse)]),
        sequence(&[(0, commission), (24, &offer()), (1, &accept)]),
        sequence(&[(0, commission), (24, &loss()), (0, &found)]),
        sequence(&[
            (7, &members[0]),
            (7, &members[1]),
            (7, &members[3]),
            (1, commission),
        ]),
    ];
    for window in captures.windows(4) {
        let steps: Vec<(u8, &[u8])> = window.iter().map(|body| (0, body.as_slice())).collect();
        seeds.push(sequence(&steps));
    }
    seeds.retain(|seed| seed.len() <= 8_192);
    seeds
}

/// Accepted when the input is a sequence of pairs at all; what the rules say of each is the feedback.
fn rules(bytes: &[u8]) -> Outcome {
    let items = match cut(&Bytes::copy_from_slice(bytes), 2 * STEPS_MAX) {
        Ok(items) => items,
        Err(error) => return Outcome::Refused(error.fault.to_owned()),
    };
    let mut world = FOUNDED.clone();
    let mut last = Outcome::Accepted;
    for pair in items.chunks_exact(2) {
        let choice = cbor::from_slice::<u64>(&pair[0]).unwrap_or(0);
        last = world.step(choice, pair[1].clone());
    }
    match last {
        Outcome::Refused(why) if items.len() < 2 => Outcome::Refused(why),
        _ => Outcome::Accepted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise the fuzzer would only ever see refusals.
    #[test]
    fn the_first_seeds_are_accepted_step_by_step() {
        for (place, seed) in rules_seeds().iter().take(5).enumerate() {
            let items = cut(&Bytes::copy_from_slice(seed), 2 * STEPS_MAX).unwrap();
            let mut world = FOUNDED.clone();
            for (step, pair) in items.chunks_exact(2).enumerate() {
                let outcome = world.step(cbor::from_slice(&pair[0]).unwrap(), pair[1].clone());
                // An offer that expired, and a signer who was suspended.
                let is_expected_refusal = matches!((place, step), (2, 2) | (4, 3));
                assert_eq!(
                    matches!(outcome, Outcome::Accepted),
                    !is_expected_refusal,
                    "seed {place}, step {step}: {outcome:?}"
                );
            }
        }
    }
}
