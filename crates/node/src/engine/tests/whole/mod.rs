//! Whole nodes in the deterministic runtime, with everything against them: a seed gives the same run again.
//!
//! ```text
//! officers ── admission ──> mempool ──> engine ──> core ──> sink ──> log, tree heads, read model
//!                  └ gossip ┘              └── simulated network, clocks and disk
//! ```
//!
//! Four members found a network. Their nodes are the real engine, core, modules, mempool, admission, tracker, sink, statement log, tree heads,
//! proofs and read model; the load is what officers sign. A seed brings loss, a partition, crashes, a wrong clock, and a leader that falsifies
//! what it executed, in the state, the lanes or the outcomes by turns. Then comes peace, in which everything must end, and everybody's books
//! must agree.
//!
//! What is not the real thing, because it needs tokio's or the machine's clock: admission takes one request at a time instead of gathering;
//! gossip and the exchange of tree heads have loops of their own around the real messages; the read model is written by a task instead of its
//! thread. Log and read model are real files in a temporary folder, which outlive a crash as they were written. What is not there at all: the
//! interface, the keystore, signatures in ML-DSA (not the same twice), backfill, retention, recovery: networks of real processes have them.

mod core;
mod founded;
mod load;
mod node;

use super::{
    roomy,
    world::{Faults, World},
};
use crate::{
    engine::contract::{Commit, Hash, Purpose},
    record::BlockRecord,
    sink,
    tracker::Place,
};
use commonware_runtime::{
    Clock as _, Runner as _, Supervisor as _,
    deterministic::{self, Context},
};
use convoy_types::{Digest, StatementId, cose::Algorithm};
use convoy_verify::Proved;
use founded::START_MS;
use load::Said;
use node::Whole;
use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

/// The refusal of who commissions what somebody else has commissioned.
const ALREADY_COMMISSIONED: u16 = 215;

fn runner(seed: u64) -> deterministic::Runner {
    let start = UNIX_EPOCH + Duration::from_millis(START_MS);
    let config = deterministic::Config::default()
        .with_seed(seed)
        .with_start_time(start);
    deterministic::Runner::new(config)
}

impl World<Whole> {
    /// Waits until every statement has ended on every node, as members do: they ask again.
    async fn settle(&mut self, patience: Duration) {
        let end = self.context.current() + patience;
        for turn in 1.. {
            self.kind.load.hear(&self.members);
            let refused = self.kind.load.refused.lock().unwrap().clone();
            let given = self.kind.load.given.iter().map(|given| given.id.0.0);
            let open: Vec<Hash> = given.filter(|id| !refused.contains_key(id)).collect();
            if self.members.iter().all(|member| member.sink.has(&open)) {
                return;
            }
            if self.context.current() >= end {
                let answers = self.kind.load.answers.lock().unwrap().clone();
                let heights = self.heights();
                panic!("not final everywhere; heights {heights:?}; nodes answered {answers:#?}");
            }
            if turn % 8 == 0 {
                let World {
                    kind,
                    context,
                    members,
                    ..
                } = self;
                kind.load.ask_again(context, members);
            }
            self.context.sleep(Duration::from_millis(250)).await;
        }
    }

    /// What the chain says of each statement. No statement is in it twice.
    fn executed(&self, chain: &[Commit]) -> BTreeMap<Hash, Said> {
        let registry = &self.kind.network.ledger.registry;
        let mut executed = BTreeMap::new();
        for commit in chain {
            let core = &commit.header.core;
            let record = commit.record.as_ref().unwrap();
            let record = BlockRecord::decode(record, registry).unwrap();
            let leaves = sink::leaves(core.first_leaf, core.accepted, &record.outcomes);
            for ((outcome, leaf), index) in record.outcomes.iter().zip(leaves).zip(0..) {
                assert_eq!(commit.statements[index as usize].id, outcome.statement.0.0);
                let place = Place {
                    height: core.height,
                    index,
                    leaf,
                    time_ms: core.time_ms,
                };
                let refused = outcome.reject.as_ref().map(|why| why.rule.number);
                let before = executed.insert(outcome.statement.0.0, (place, refused));
                assert_eq!(before, None, "{} was executed twice", outcome.statement);
            }
        }
        executed
    }

    /// All that must hold at the end. How long the chain is.
    async fn verdict(&mut self, liar: Option<usize>) -> u64 {
        let last = self.check(liar.as_slice());
        let mut chain = self.members[0].sink.commits();
        chain.truncate(usize::try_from(last).unwrap());
        for (member, commit) in self
            .members
            .iter()
            .flat_map(|member| chain.iter().map(move |commit| (member, commit)))
        {
            let core = &commit.header.core;
            assert_eq!(member.sink.record(core.height), commit.record);
            assert_eq!(
                member.running.log.root_after(core.height).unwrap(),
                core.log_root
            );
        }
        let executed = self.executed(&chain);
        self.check_load(&executed);
        self.check_executions(&chain, liar);
        self.check_receipts(&executed).await;
        self.check_read_models(&executed, last).await;
        for member in &self.members {
            let proof = member.engine.prove([7; 32]).await.unwrap();
            proof.verify().unwrap();
        }
        last
    }

    /// Everything ended, as the nodes said that it did.
    fn check_load(&self, executed: &BTreeMap<Hash, Said>) {
        let load = &self.kind.load;
        let refused = load.refused.lock().unwrap();
        let mut contests: BTreeMap<u64, Vec<Option<u16>>> = BTreeMap::new();
        for given in &load.given {
            let id = &given.id.0.0;
            let at_the_door = refused.get(id).map(|why| Some(why.rule.number));
            let in_the_chain = executed.get(id).map(|(_, number)| *number);
            if let (Some(door), Some(chain)) = (at_the_door, in_the_chain) {
                assert_eq!(door, chain, "{}", given.id);
            }
            let ended = in_the_chain.or(at_the_door).expect("it has ended");
            match given.contested {
                Some(object) => contests.entry(object).or_default().push(ended),
                None => assert_eq!(ended, None, "{}", given.id),
            }
        }
        for (object, mut ends) in contests {
            ends.sort();
            assert_eq!(ends, [None, Some(ALREADY_COMMISSIONED)], "object {object}");
        }
        for (id, said) in &load.said {
            assert_eq!(executed.get(id), Some(said), "{}", hex::encode(id));
        }
    }

    /// No honest node took over a block that is not the chain's, and all refused those of the liar.
    fn check_executions(&self, chain: &[Commit], liar: Option<usize>) {
        let key = |index: usize| self.kind.network.genesis.validators()[index].1;
        let mut lies = 0;
        for (index, disk) in self.kind.disks.iter().enumerate() {
            for (block, purpose) in disk.begun.lock().unwrap().iter() {
                let lied = liar.is_some_and(|liar| liar != index && block.proposer == key(liar));
                lies += usize::from(lied && *purpose == Purpose::Verify);
                let Some(commit) = chain.get(usize::try_from(block.height - 1).unwrap()) else {
                    continue;
                };
                if *purpose == Purpose::Replay {
                    assert_eq!(block.proposer, commit.place.leader, "node {index}");
                    assert_eq!(block.time_ms, commit.header.core.time_ms, "node {index}");
                }
            }
        }
        assert_eq!(
            lies > 0,
            liar.is_some(),
            "{lies} blocks of a liar were judged"
        );
    }

    /// Each node gives receipts of all members, and they convince somebody who has nothing but the trust file.
    async fn check_receipts(&self, executed: &BTreeMap<Hash, Said>) {
        let end = self.context.current() + Duration::from_secs(30);
        let (id, (place, refused)) = executed.last_key_value().unwrap();
        for member in &self.members {
            let (heads, proofs) = (&member.running.heads, &member.running.proofs);
            while heads
                .covering(place.leaf, None, &[Algorithm::Ed25519])
                .len()
                < 4
            {
                assert!(self.context.current() < end, "all members sign tree heads");
                self.context.sleep(Duration::from_millis(100)).await;
            }
            let transparent = proofs.transparent(place, None, &[Algorithm::Ed25519]).await;
            let compact = proofs.compact(place).await;
            for (receipt, attested) in [(transparent, 4), (compact, 3)] {
                let report = convoy_verify::verify(&receipt.unwrap(), &self.kind.network.trust);
                let report = report.unwrap();
                let proved = refused.map_or(Proved::Accepted, |_| Proved::Refused);
                assert_eq!(report.proved, proved);
                assert_eq!(report.statement.map(|id| id.0), Some(Digest(*id)));
                assert!(report.attested_by.len() >= attested, "{report}");
            }
        }
    }

    /// The read models tell of each statement what the chain does.
    async fn check_read_models(&self, executed: &BTreeMap<Hash, Said>, last: u64) {
        let compartment = &self.kind.network.ledger.compartment;
        let end = self.context.current() + Duration::from_secs(30);
        for disk in &self.kind.disks {
            while disk.projector.lock().unwrap().next_height(compartment) <= Some(last) {
                assert!(self.context.current() < end, "the read model follows");
                self.context.sleep(Duration::from_millis(100)).await;
            }
            let answer = disk.read_model.read(compartment, |snapshot| {
                for (id, (place, refused)) in executed {
                    let found = snapshot.statement(&StatementId(Digest(*id)))?.unwrap();
                    let found_at = (found.height, found.index, found.log_index);
                    assert_eq!(found_at, (place.height, place.index, place.leaf));
                    assert_eq!(found.outcome, refused.unwrap_or(0));
                }
                Ok(())
            });
            answer.unwrap();
        }
    }
}

/// One run: all faults of the seed; then peace.
async fn run_with_faults(context: Context, seed: u64) -> u64 {
    let mut faults = Faults::of_seed(seed);
    let whole = Whole::new(Some(faults.liar));
    let mut world = World::new(context, whole, faults.clocks.clone(), faults.loss_percent).await;
    faults.befall(&mut world).await;
    world.submit();
    world.settle(Duration::from_secs(120)).await;
    world.verdict(Some(faults.liar)).await
}

#[test]
fn in_peace_whole_nodes_make_everything_final_and_give_receipts() {
    roomy(|| {
        runner(1).start(|context| async move {
            let mut world = World::new(context, Whole::new(None), vec![0; 4], 0).await;
            for _ in 0..5 {
                world.submit();
                world.context.sleep(Duration::from_millis(100)).await;
            }
            world.settle(Duration::from_secs(20)).await;
            world.verdict(None).await;
        });
    });
}

#[test]
fn whole_nodes_of_ten_seeds_of_faults_end_in_one_chain() {
    roomy(|| {
        for seed in 0..10 {
            let height = runner(seed).start(|context| run_with_faults(context, seed));
            println!("seed {seed}: one chain of {height} blocks");
        }
    });
}

#[test]
fn a_seed_gives_the_same_run_of_whole_nodes_again() {
    roomy(|| {
        let run = |_| {
            runner(3).start(|context| async move {
                let height = run_with_faults(context.child("run"), 3).await;
                (height, context.auditor().state())
            })
        };
        assert_eq!(run(1), run(2));
    });
}
