//! What members do while all this happens: officers report on goods, ask again where they got no answer, and note what they were told.
//!
//! In each round an officer of every member signs the next statement of a lane, which commissions an object or reports on one of before; and
//! two officers of different members commission the same object, which one of them may only. Each sends it to the own node first.

use super::{
    founded::{OFFICERS, START_MS, officer},
    node::Running,
};
use crate::{
    engine::{contract::Hash, tests::world::Member},
    requests::Asker,
    tracker::{Place, State},
};
use bytes::Bytes;
use commonware_runtime::{Spawner as _, Supervisor as _, deterministic::Context};
use convoy_ledger::{Reject, reject};
use convoy_modules::custody::{self, types::Action};
use convoy_types::{
    Did, Digest, NetworkId, StatementBuilder, StatementId, cbor,
    cose::SigningKey,
    epcis::{Action as Does, Event, EventKind, Timestamp, ZoneOffset},
    identifiers::Epc,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Longer than any run, milliseconds.
const VALID_MS: u64 = 24 * 3_600 * 1_000;

/// A statement that somebody wants to become final.
pub struct Given {
    pub id: StatementId,
    bytes: Bytes,
    member: usize,
    /// The object that somebody else commissions, too.
    pub contested: Option<u64>,
}

/// Where a statement was said to be final, and the number of its refusal if it was refused.
pub type Said = (Place, Option<u16>);

struct Officer {
    did: Did,
    key: SigningKey,
    next: u64,
}

/// All officers, and what they did and heard.
pub struct Load {
    network: NetworkId,
    officers: Vec<[Officer; OFFICERS]>,
    rounds: u64,
    attempts: u64,
    pub given: Vec<Given>,
    /// The last reason why a node did not take it in.
    pub answers: Arc<Mutex<BTreeMap<Hash, String>>>,
    /// What a node said that it will never take in.
    pub refused: Arc<Mutex<BTreeMap<Hash, Reject>>>,
    /// What any node ever said to be final.
    pub said: BTreeMap<Hash, Said>,
}

fn object(number: u64) -> Epc {
    Epc::parse(&format!("urn:epc:id:sgtin:9521321.012345.{number}")).unwrap()
}

/// An event told at the `minute`th minute from the founding backwards.
fn event(does: Does, minute: u64, about: Epc) -> Vec<u8> {
    let time_ms = i64::try_from(START_MS - 60_000 * (1_000 - minute)).unwrap();
    let event = Event {
        kind: EventKind::Object,
        action: Some(does),
        event_time: Timestamp::from_millis(time_ms).unwrap(),
        offset: ZoneOffset::from_minutes(0).unwrap(),
        id: None,
        parent: None,
        epcs: vec![about],
        quantities: Vec::new(),
        biz_step: None,
        disposition: None,
        read_point: None,
        biz_location: None,
        more: None,
    };
    cbor::to_vec(&Action::Capture(Box::new(event)))
}

impl Load {
    pub fn new(network: NetworkId) -> Self {
        let officer = |member: usize, number: usize| {
            let (did, key) = officer(member, number);
            Officer { did, key, next: 0 }
        };
        Self {
            network,
            officers: (0..4)
                .map(|member| [officer(member, 0), officer(member, 1)])
                .collect(),
            rounds: 0,
            attempts: 0,
            given: Vec::new(),
            answers: Arc::default(),
            refused: Arc::default(),
            said: BTreeMap::new(),
        }
    }

    /// One round of statements, each sent to its own member's node.
    pub fn round(&mut self, context: &Context, members: &[Member<Running>]) {
        self.hear(members);
        let round = self.rounds;
        self.rounds += 1;
        let from = self.given.len();
        for member in 0..4 {
            let sequence = self.officers[member][0].next;
            self.officers[member][0].next += 1;
            // Every other statement reports on what the one before it commissioned.
            let own = object(1_000 * (member as u64 + 1) + sequence / 2);
            let does = match sequence.is_multiple_of(2) {
                true => Does::Add,
                false => Does::Observe,
            };
            let body = event(does, sequence, own);
            self.sign((member, 0), (0, sequence), body, None);
        }
        for turn in 0..2 {
            let (member, lane) = ((round + turn) % 4, u8::try_from(round).unwrap());
            // At different times: the same event once more would be refused as such.
            let body = event(Does::Add, 2 * round + turn, object(round));
            self.sign((member as usize, 1), (lane, 0), body, Some(round));
        }
        for index in from..self.given.len() {
            self.send(context, members, index, self.given[index].member);
        }
    }

    fn sign(
        &mut self,
        (member, number): (usize, usize),
        (lane, sequence): (u8, u64),
        body: Vec<u8>,
        contested: Option<u64>,
    ) {
        let Officer { did, key, .. } = &self.officers[member][number];
        let statement =
            StatementBuilder::new(self.network.clone(), did.clone(), START_MS + VALID_MS)
                .sequence(lane, sequence)
                .action(custody::NAME, body)
                .sign(key)
                .unwrap();
        self.given.push(Given {
            id: statement.id(),
            bytes: statement.bytes().clone(),
            member,
            contested,
        });
    }

    /// Sends a statement to a node. What that answers is heard when it comes, if it comes.
    fn send(&mut self, context: &Context, members: &[Member<Running>], index: usize, to: usize) {
        let Given {
            id, bytes, member, ..
        } = &self.given[index];
        let (id, bytes) = (*id, bytes.clone());
        let asker = Asker::program(&Digest::of(&member.to_le_bytes()));
        let admission = members[to].running.admission.clone();
        let (answers, refused) = (Arc::clone(&self.answers), Arc::clone(&self.refused));
        self.attempts += 1;
        let client = context
            .child("client")
            .with_attribute("attempt", self.attempts);
        client.spawn(move |_| async move {
            let Err(why) = admission.submit(asker, vec![bytes]).await.remove(0) else {
                return;
            };
            answers.lock().unwrap().insert(id.0.0, why.to_string());
            // A used sequence may have been used by the very statement, when it was sent before.
            if !why.rule.retryable && why.rule != reject::SEQUENCE_USED {
                refused.lock().unwrap().insert(id.0.0, why);
            }
        });
    }

    /// Sends everything again that has not ended as far as its officer knows, each time to the next node.
    pub fn ask_again(&mut self, context: &Context, members: &[Member<Running>]) {
        for index in 0..self.given.len() {
            let id = self.given[index].id.0.0;
            if !self.said.contains_key(&id) && !self.refused.lock().unwrap().contains_key(&id) {
                self.given[index].member = (self.given[index].member + 1) % 4;
                self.send(context, members, index, self.given[index].member);
            }
        }
    }

    /// Notes what the nodes say to be final. No two of them may say different things, nor one of them first this and then that.
    pub fn hear(&mut self, members: &[Member<Running>]) {
        for (given, member) in self
            .given
            .iter()
            .flat_map(|given| members.iter().map(move |member| (given, member)))
        {
            if let Some(State::Final { place, refused }) = member.running.tracker.get(&given.id) {
                let said = (place, refused.map(|why| why.rule.number));
                let before = self
                    .said
                    .entry(given.id.0.0)
                    .or_insert_with(|| said.clone());
                assert_eq!(*before, said, "{}", given.id);
            }
        }
    }
}
