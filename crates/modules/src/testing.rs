//! A small network in memory for the modules' tests: real statements, real signatures, real blocks.

use crate::membership::{
    genesis::{self, Founder},
    types::{MemberKind, NewKey, NewMember, NewSigner, Role, Roles, SignerKind},
};
use convoy_ledger::{
    Execution, Ledger, Mode, Prepared, Record, Reject, Rule, SignatureCheck, StateKey, Tip,
    memory::{self, MemoryStore, Store},
    state,
};
use convoy_readmodel::{
    ProjectedBlock, ProjectedEvent, ProjectedStatement, Projector, ReadModel, Settings,
};
use convoy_types::{
    Compartment, Did, Digest, MemberId, NetworkId, StatementId, cbor,
    cose::{Algorithm, PublicKey, SigningKey},
    statement::{Assurance, Statement, StatementBuilder},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// The time of the tests' genesis: 2026-11-01T00:00:00Z.
pub const START_MS: u64 = 1_793_491_200_000;
/// A minute.
pub const MINUTE_MS: u64 = 60_000;

/// Checks every signature for itself.
pub struct RealSignatures;

impl SignatureCheck for RealSignatures {
    fn check(&self, signed: &[(&PublicKey, &Statement)]) -> Vec<bool> {
        signed
            .iter()
            .map(|(key, statement)| statement.verify(key).is_ok())
            .collect()
    }
}

/// Who signs in a test.
pub struct Hand {
    pub did: Did,
    pub key: SigningKey,
    pub next: u64,
    pub assurance: Assurance,
}

/// A network in memory.
pub struct World {
    pub ledger: Ledger,
    pub store: MemoryStore,
    pub tip: Tip,
    pub hands: BTreeMap<String, Hand>,
}

/// What an accepted statement did.
#[derive(Debug)]
pub struct Done {
    pub id: StatementId,
    pub events: Vec<(&'static str, Vec<u8>)>,
}

pub fn member(name: &str) -> MemberId {
    MemberId::new(name).unwrap()
}

pub fn did(name: &str) -> Did {
    Did::new(&format!("did:web:test:{name}")).unwrap()
}

/// A key that is the same in every run.
pub fn key(algorithm: Algorithm, seed: &str) -> SigningKey {
    SigningKey::from_secret(algorithm, &Digest::of(seed.as_bytes()).0).unwrap()
}

pub fn new_key(seed: &str) -> NewKey {
    NewKey {
        key: key(Algorithm::Ed25519, seed).public().clone(),
        valid_from_ms: None,
        valid_until_ms: None,
        assurance: Assurance::OwnKey,
        hardware: false,
    }
}

pub fn new_member(name: &str, kind: MemberKind) -> NewMember {
    NewMember {
        member: member(name),
        name: name.to_uppercase(),
        kind,
        founding: false,
        validator: None,
        tree_head_keys: Vec::new(),
        node: None,
    }
}

pub fn new_signer(of: &str, name: &str, kind: SignerKind, roles: &[Role]) -> NewSigner {
    NewSigner {
        did: did(name),
        member: member(of),
        kind,
        unit: None,
        roles: Roles::of(roles),
        keys: vec![new_key(name)],
    }
}

/// A member with an administrator `NAME-admin` and, where it handles goods, `NAME` (officer or clerk) and
/// `NAME-scanner`. Nations found the network.
pub fn founder(name: &str, kind: MemberKind) -> Founder {
    let worker = match kind {
        MemberKind::Nation | MemberKind::Agency => Some(Role::LogisticsOfficer),
        MemberKind::Supplier => Some(Role::SupplierClerk),
        MemberKind::Auditor => None,
    };
    let person = |suffix: &str, role| {
        let person = format!("{name}{suffix}");
        new_signer(name, &person, SignerKind::Person, &[role])
    };
    let mut signers = vec![person("-admin", Role::MemberAdministrator)];
    if let Some(role) = worker {
        signers.push(person("", role));
        let scanner = format!("{name}-scanner");
        signers.push(new_signer(
            name,
            &scanner,
            SignerKind::Device,
            &[Role::Scanner],
        ));
    }
    let founding = kind == MemberKind::Nation;
    Founder {
        member: NewMember {
            founding,
            ..new_member(name, kind)
        },
        signers,
    }
}

/// Estonia and France found the network; a supplier and an auditor take part.
pub fn founders() -> Vec<Founder> {
    vec![
        founder("est", MemberKind::Nation),
        founder("fra", MemberKind::Nation),
        founder("parts", MemberKind::Supplier),
        founder("audit", MemberKind::Auditor),
    ]
}

/// A capture of one EPCIS event, at a minute past nine, with `more` fields.
pub fn event(kind: &str, action: &str, minute: u32, more: Value) -> Value {
    let mut event = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": kind, "action": action,
        "eventTime": format!("2026-10-31T09:{minute:02}:00Z"), "eventTimeZoneOffset": "+00:00",
    });
    let fields = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(fields);
    json!({ "capture": event })
}

impl World {
    /// The network of [`founders`], with `more` genesis actions.
    pub fn with(more: &[(String, Vec<u8>)]) -> Self {
        Self::founded(&founders(), more)
    }

    /// The network of `founders`, with `more` genesis actions.
    pub fn founded(founders: &[Founder], more: &[(String, Vec<u8>)]) -> Self {
        let network = NetworkId::of_genesis("test", &Digest::of(b"modules")).unwrap();
        let ledger = Ledger::new(network, Compartment::common(), Arc::new(crate::registry()));
        let mut actions = genesis::actions(founders);
        actions.extend_from_slice(more);
        let output = ledger.found(START_MS, &actions).unwrap();
        let mut store = MemoryStore::default();
        store.apply(&output);
        let mut world = Self {
            ledger,
            store,
            tip: Tip {
                height: 0,
                time_ms: START_MS,
            },
            hands: BTreeMap::new(),
        };
        for signer in founders.iter().flat_map(|founder| &founder.signers) {
            let name = signer.did.as_str().rsplit(':').next().unwrap();
            world.hand(name, name);
        }
        world
    }

    pub fn new() -> Self {
        Self::with(&[])
    }

    /// Makes a hand called `name` that signs as `did:web:test:name` with the key of `seed`; a hand of
    /// this name goes on in its lane.
    pub fn hand(&mut self, name: &str, seed: &str) {
        let next = self.hands.get(name).map_or(0, |hand| hand.next);
        let key = key(Algorithm::Ed25519, seed);
        let assurance = Assurance::OwnKey;
        let hand = Hand {
            did: did(name),
            key,
            next,
            assurance,
        };
        self.hands.insert(name.to_owned(), hand);
    }

    /// Signs actions with `who`'s key and next sequence number.
    pub fn sign(&mut self, who: &str, module: &str, actions: &[impl Serialize]) -> Statement {
        let not_after_ms = self.tip.time_ms + 60 * MINUTE_MS;
        let hand = self.hands.get_mut(who).unwrap();
        let mut builder =
            StatementBuilder::new(self.ledger.network.clone(), hand.did.clone(), not_after_ms)
                .sequence(0, hand.next)
                .assurance(hand.assurance);
        for action in actions {
            builder = builder.action(module, cbor::to_vec(action));
        }
        hand.next += 1;
        builder.sign(&hand.key).unwrap()
    }

    /// Signs one encoded action with `who`'s key and next sequence number.
    pub fn sign_raw(&mut self, who: &str, module: &str, body: Vec<u8>) -> Statement {
        self.sign_all(who, vec![(module, body)])
    }

    /// Signs encoded actions as one statement.
    pub fn sign_all(&mut self, who: &str, actions: Vec<(&str, Vec<u8>)>) -> Statement {
        let not_after_ms = self.tip.time_ms + 60 * MINUTE_MS;
        let hand = self.hands.get_mut(who).unwrap();
        let mut builder =
            StatementBuilder::new(self.ledger.network.clone(), hand.did.clone(), not_after_ms)
                .sequence(0, hand.next)
                .assurance(hand.assurance);
        hand.next += 1;
        for (module, body) in actions {
            builder = builder.action(module, body);
        }
        builder.sign(&hand.key).unwrap()
    }

    /// Why a statement may not be part of the next block: a proposer leaves it out, and a block that has it is wrong for everybody else.
    pub fn unfit(&self, statement: Statement) -> Option<Rule> {
        let prepared = Arc::new(self.ledger.prepare(statement).unwrap());
        let run = |mode| {
            let (ledger, time_ms) = (self.ledger.clone(), self.tip.time_ms + 1);
            let statements = vec![Arc::clone(&prepared)];
            let execution = Execution::new(ledger, mode, self.tip, time_ms, statements);
            memory::run(execution, &self.store, &RealSignatures)
        };
        let proposed = run(Mode::Propose).unwrap();
        let left_out = proposed.skipped.first().map(|skip| skip.reject.rule);
        match (left_out, run(Mode::Verify)) {
            (None, Ok(_)) => {}
            (Some(rule), Err(why)) => {
                let named = format!("({} {})", rule.number, rule.name);
                assert!(why.contains(&named), "{why}");
            }
            (Some(rule), Ok(_)) => panic!("a block with what breaks {} passes", rule.name),
            (None, Err(why)) => panic!("proposed, and wrong for others: {why}"),
        }
        left_out
    }

    /// Runs a block of `statements` a second after the last.
    pub fn block(&mut self, statements: &[Statement]) -> convoy_ledger::Output {
        self.block_at(self.tip.time_ms + 1_000, statements)
    }

    pub fn block_at(&mut self, time_ms: u64, statements: &[Statement]) -> convoy_ledger::Output {
        let prepared = statements.iter().map(|statement| {
            let prepared: Prepared = self.ledger.prepare(statement.clone()).unwrap();
            Arc::new(prepared)
        });
        let execution = Execution::new(
            self.ledger.clone(),
            Mode::Verify,
            self.tip,
            time_ms,
            prepared.collect(),
        );
        let output = memory::run(execution, &self.store, &RealSignatures).unwrap();
        self.store.apply(&output);
        self.tip = Tip {
            height: self.tip.height + 1,
            time_ms,
        };
        output
    }

    /// Runs `actions` of `who` as one statement in a block of its own.
    pub fn act(
        &mut self,
        who: &str,
        module: &str,
        actions: &[impl Serialize],
    ) -> Result<Done, Reject> {
        let statement = self.sign(who, module, actions);
        let prepared = self.ledger.prepare(statement.clone());
        if let Err(reject) = prepared {
            self.hands.get_mut(who).unwrap().next -= 1;
            return Err(reject);
        }
        let output = self.block(std::slice::from_ref(&statement));
        match &output.outcomes[0].reject {
            Some(reject) => Err(reject.clone()),
            None => Ok(Done {
                id: statement.id(),
                events: output
                    .events
                    .iter()
                    .map(|event| (event.module, event.body.clone()))
                    .collect(),
            }),
        }
    }

    /// Lets time pass: one empty block `by_ms` later. Returns what the timers said.
    pub fn wait<E: DeserializeOwned>(&mut self, by_ms: u64) -> Vec<E> {
        let mut said = Vec::new();
        let end = self.tip.time_ms + by_ms;
        // The timers of at most 64 minutes are looked at in one block.
        while self.tip.time_ms < end {
            let next = end.min(self.tip.time_ms + 60 * MINUTE_MS);
            let output = self.block_at(next, &[]);
            said.extend(
                output
                    .events
                    .iter()
                    .map(|event| cbor::from_slice(&event.body).unwrap()),
            );
        }
        said
    }

    /// The record under `key`.
    pub fn read<R: Record>(&self, key: &[u8]) -> Option<R> {
        let at = StateKey::of(&Compartment::common(), R::TABLE, key);
        let first = self.store.cell(&at)?;
        let cells: Vec<_> = (0..state::cell_count(state::record_length(&first)))
            .map(|index| self.store.cell(&at.cell(index)).unwrap())
            .collect();
        Some(cbor::from_slice(&state::from_cells(&cells).unwrap()).unwrap())
    }

    /// Bytes of the record under `key`.
    pub fn record_bytes<R: Record>(&self, key: &[u8]) -> Option<usize> {
        let at = StateKey::of(&Compartment::common(), R::TABLE, key);
        self.store
            .cell(&at)
            .map(|first| state::record_length(&first))
    }
}

impl Done {
    /// The module's events.
    pub fn said<E: DeserializeOwned>(&self) -> Vec<E> {
        self.events
            .iter()
            .map(|(_, body)| cbor::from_slice(body).unwrap())
            .collect()
    }
}

/// A network with a read model beside it, used as users use it: actions and questions in JSON.
pub struct Watched {
    pub world: World,
    projector: Projector,
    model: ReadModel,
    _folder: tempfile::TempDir,
}

impl Watched {
    /// The network of [`founders`].
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (model, projector) =
            ReadModel::open(folder.path(), crate::projections(), Settings::default()).unwrap();
        let world = World::new();
        let genesis = world
            .ledger
            .found(START_MS, &genesis::actions(&founders()))
            .unwrap();
        let mut watched = Self {
            world,
            projector,
            model,
            _folder: folder,
        };
        watched.project(&genesis);
        watched
    }

    fn project(&mut self, output: &convoy_ledger::Output) {
        let statements = output.included.iter().zip(&output.outcomes);
        let events = output.events.iter().map(|event| ProjectedEvent {
            statement: event.statement,
            module: event.module,
            body: event.body.clone(),
        });
        let block = ProjectedBlock {
            compartment: Compartment::common(),
            height: self.world.tip.height,
            time_ms: self.world.tip.time_ms,
            digest: Digest::of(&self.world.tip.height.to_be_bytes()),
            log_start: 1,
            statements: statements
                .map(|(prepared, outcome)| ProjectedStatement {
                    id: prepared.id(),
                    outcome: outcome.number(),
                    signer: prepared.statement.signer().clone(),
                    member: Some(outcome.member.clone()),
                    bytes: 400,
                    prepared: Some(Arc::clone(prepared) as _),
                })
                .collect(),
            events: events.collect(),
        };
        self.projector.apply(&[block]).unwrap();
    }

    /// Runs an action of `who` as one statement in a block of its own.
    ///
    /// # Errors
    /// The refusal, at the door or by the ledger.
    #[track_caller]
    pub fn act(&mut self, who: &str, module: &str, action: Value) -> Result<StatementId, Reject> {
        let body = crate::action_from_json(module, &action).unwrap();
        let statement = self.world.sign_raw(who, module, body);
        if let Err(reject) = self.world.ledger.prepare(statement.clone()) {
            self.world.hands.get_mut(who).unwrap().next -= 1;
            return Err(reject);
        }
        let output = self.world.block(std::slice::from_ref(&statement));
        self.project(&output);
        match &output.outcomes[0].reject {
            Some(reject) => Err(reject.clone()),
            None => Ok(statement.id()),
        }
    }

    /// What `read` finds in the read model as it is now.
    #[track_caller]
    pub fn with<T: Send + 'static>(
        &self,
        read: impl FnOnce(&convoy_readmodel::Snapshot<'_>) -> convoy_readmodel::Result<T> + Send,
    ) -> T {
        self.model.read(&Compartment::common(), read).unwrap().value
    }

    /// The answer to a module's question; null where there is no such thing.
    #[track_caller]
    pub fn ask(&self, module: &str, query: &str, parameters: Value) -> Value {
        let queries = crate::domain(module).unwrap().queries();
        let query = queries.iter().find(|known| known.name == query).unwrap();
        let question = query.prepare(&parameters).unwrap();
        let answer = self.model.read(&Compartment::common(), question).unwrap();
        answer.value.unwrap_or(Value::Null)
    }
}
