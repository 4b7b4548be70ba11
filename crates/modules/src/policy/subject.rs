//! Who asks, for what, under which circumstances: plain facts, and the Cedar entities made of them.
//!
//! Invariants: everything a decision can depend on is in these types, so that equal ones have equal decisions; only the entities of
//! one request are ever made.

use super::{
    needs::{Needs, circumstance},
    vocabulary::{CIRCUMSTANCES, uid},
};
use crate::membership::{
    self,
    types::{MemberKind, Role, Roles, Signer, SignerKind},
};
use cedar_policy::{Context, Entity, EntityUid, RestrictedExpression};
use convoy_ledger::{Halt, Reader};
use convoy_types::{Did, MemberId, cbor, quantity::Decimal, statement::Label};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Units above a unit that are looked at.
const UNIT_LEVELS_MAX: usize = 8;

/// What is known of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberFacts {
    /// What it is.
    pub kind: MemberKind,
    /// Whether it founded the network.
    pub founding: bool,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its DID.
    pub did: Did,
    /// What it is.
    pub kind: SignerKind,
    /// The member it acts for.
    pub member: MemberId,
    /// Its roles now, those of its posts included.
    pub roles: Roles,
    /// Its unit and, where asked for, those above it, as `member/unit`.
    pub units: Vec<String>,
    /// The posts it holds now, as `member/post`.
    pub posts: Vec<String>,
    /// The highest classification it may read, by number.
    pub clearance: u8,
    /// What it was read into, sorted.
    pub caveats: Vec<String>,
}

impl Subject {
    /// A signer of `member` that holds `roles` and nothing else.
    pub fn plain(did: Did, kind: SignerKind, member: MemberId, roles: Roles) -> Self {
        Self {
            did,
            kind,
            member,
            roles,
            units: Vec::new(),
            posts: Vec::new(),
            clearance: 0,
            caveats: Vec::new(),
        }
    }

    /// The signer `did` as `signer` has it, at `now_ms`, with the roles that its posts give it.
    pub fn of(did: &Did, signer: &Signer, roles: Roles, now_ms: u64) -> Self {
        let held = signer
            .profile
            .posts
            .iter()
            .filter(|held| held.is_held(now_ms));
        let mine = |name: &MemberId| format!("{}/{name}", signer.member);
        Self {
            did: did.clone(),
            kind: signer.kind,
            member: signer.member.clone(),
            roles,
            units: signer.unit.iter().map(mine).collect(),
            posts: held.map(|held| mine(&held.post)).collect(),
            clearance: signer.profile.clearance.number(),
            caveats: signer.profile.caveats.clone(),
        }
    }

    /// The signer `did` as the state has it, as far as `needs` says; `None` where there is no such signer.
    ///
    /// # Errors
    /// When state is missing.
    pub fn read(reader: &mut Reader<'_>, did: &Did, needs: Needs) -> Result<Option<Self>, Halt> {
        let Some(signer) = membership::facts::signer(reader, did)? else {
            return Ok(None);
        };
        let roles = membership::facts::roles_now(reader, did, &signer)?;
        let mut subject = Self::of(did, &signer, roles, reader.block().time_ms);
        if needs.units {
            let mut at = signer.unit.clone();
            while let Some(unit) = at.filter(|_| subject.units.len() < UNIT_LEVELS_MAX) {
                let above = membership::facts::unit(reader, &signer.member, &unit)?;
                at = above.and_then(|unit| unit.parent.clone());
                let above = at.iter().map(|unit| format!("{}/{unit}", signer.member));
                subject.units.extend(above);
            }
        }
        Ok(Some(subject))
    }

    /// The Cedar type.
    pub fn type_name(&self) -> &'static str {
        match self.kind {
            SignerKind::Person => "Person",
            SignerKind::Device => "Device",
            SignerKind::Service => "Service",
            SignerKind::Node => "Node",
        }
    }

    pub(super) fn uid(&self) -> EntityUid {
        uid(self.type_name(), self.did.as_str())
    }

    /// Everything it is in, itself included.
    pub(super) fn groups(&self) -> impl Iterator<Item = EntityUid> {
        let roles = self.roles.iter().map(|role: Role| uid("Role", role.word()));
        let units = self.units.iter().map(|unit| uid("Unit", unit));
        let posts = self.posts.iter().map(|post| uid("Post", post));
        let member = uid("Member", self.member.as_str());
        roles.chain(units).chain(posts).chain([member, self.uid()])
    }

    /// As policies with these `needs` see it.
    pub(super) fn entity(&self, needs: Needs) -> Result<Entity, String> {
        let own = self.uid();
        let parents = self.groups().filter(|group| *group != own);
        let member = uid("Member", self.member.as_str());
        let always = [("member", RestrictedExpression::new_entity_uid(member))];
        let clearance = needs.clearance.then(|| {
            let clearance = RestrictedExpression::new_long(self.clearance.into());
            ("clearance", clearance)
        });
        let caveats = needs.caveats.then(|| ("caveats", texts(&self.caveats)));
        let attributes = always.into_iter().chain(clearance).chain(caveats);
        made(own.clone(), attributes, parents)
    }

    /// Everything about it that policies with these `needs` can tell apart; the DID only where a policy names it.
    pub(super) fn key(&self, named: bool, needs: Needs, key: &mut Vec<u8>) {
        let did = named.then_some(&self.did);
        let units = needs.units.then_some(&self.units);
        let posts = needs.posts.then_some(&self.posts);
        let clearance = needs.clearance.then_some(self.clearance);
        let caveats = needs.caveats.then_some(&self.caveats);
        let parts = (
            did,
            self.kind,
            &self.member,
            self.roles,
            units,
            posts,
            clearance,
            caveats,
        );
        key.extend_from_slice(&cbor::to_vec(&parts));
    }
}

/// A record that is touched or read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its module.
    pub module: String,
    /// Its table; empty where an action touches no record.
    pub table: String,
    /// Its key, as text: hexadecimal where it is none.
    pub key: String,
    /// The compartment.
    pub compartment: String,
    /// The member that owns it.
    pub owner: Option<MemberId>,
    /// The member that answers for it.
    pub custodian: Option<MemberId>,
    /// The member that controls its release.
    pub originator: Option<MemberId>,
    /// Its classification, by number.
    pub classification: u8,
    /// The members it may be released to, sorted; every reader of the ledger where there are none.
    pub releasable_to: Vec<MemberId>,
    /// What a reader must have been read into, sorted.
    pub caveats: Vec<String>,
}

impl Resource {
    /// A record of `module`, open to every reader of the ledger.
    pub fn open(module: &str, table: &str, key: &[u8], compartment: &str) -> Self {
        Self {
            module: module.to_owned(),
            table: table.to_owned(),
            key: crate::domain::key_text(key),
            compartment: compartment.to_owned(),
            owner: None,
            custodian: None,
            originator: None,
            classification: 0,
            releasable_to: Vec::new(),
            caveats: Vec::new(),
        }
    }

    /// A record of which nothing is looked at but that it has no label.
    pub(super) fn plain() -> Self {
        Self::open("", "", b"", "common")
    }

    /// With `label`, as its originator `originator` gave it.
    #[must_use]
    pub fn labelled(self, label: &Label, originator: Option<MemberId>) -> Self {
        Self {
            classification: u8::try_from(label.classification.number()).unwrap_or(u8::MAX),
            releasable_to: label.releasable_to.clone(),
            originator,
            ..self
        }
    }

    /// Its name in policies.
    pub fn name(&self) -> String {
        match self.table.as_str() {
            "" => self.module.clone(),
            table => format!("{}/{table}/{}", self.module, self.key),
        }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &MemberId> {
        [&self.owner, &self.custodian, &self.originator]
            .into_iter()
            .flatten()
    }

    pub(super) fn uid(&self) -> EntityUid {
        uid("Record", &self.name())
    }

    pub(super) fn entity(&self) -> Result<Entity, String> {
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let member = |member: &MemberId| {
            RestrictedExpression::new_entity_uid(uid("Member", member.as_str()))
        };
        let released = self.releasable_to.iter().map(member);
        let always = [
            ("module", text(&self.module)),
            ("table", text(&self.table)),
            ("compartment", text(&self.compartment)),
            (
                "classification",
                RestrictedExpression::new_long(self.classification.into()),
            ),
            ("releasable_to", RestrictedExpression::new_set(released)),
            ("caveats", texts(&self.caveats)),
        ];
        let owner = self.owner.as_ref().map(|owner| ("owner", member(owner)));
        let custodian = self
            .custodian
            .as_ref()
            .map(|custodian| ("custodian", member(custodian)));
        let originator = self
            .originator
            .as_ref()
            .map(|originator| ("originator", member(originator)));
        let sometimes = owner.into_iter().chain(custodian).chain(originator);
        made(self.uid(), always.into_iter().chain(sometimes), [])
    }

    pub(super) fn key(&self, named: bool, key: &mut Vec<u8>) {
        let name = if named { self.name() } else { String::new() };
        let parts = (
            name,
            (&self.module, &self.table, &self.compartment),
            (&self.owner, &self.custodian, &self.originator),
            self.classification,
            &self.releasable_to,
            &self.caveats,
        );
        key.extend_from_slice(&cbor::to_vec(&parts));
    }
}

/// The circumstances of what is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The block's time, milliseconds.
    pub time_ms: u64,
    /// 0 held by the node, 1 own in software, 2 own in hardware.
    pub assurance: u8,
    /// The signer's lane.
    pub lane: u8,
    /// What a reader says it is for.
    pub purpose: String,
    /// Of the statement's label, by number.
    pub classification: u8,
    /// Approvals by others.
    pub approvals: u64,
    /// Milliseconds since approval was asked for.
    pub waited_ms: u64,
    /// How often today.
    pub today: u64,
    /// What the amount is of; empty where there is none.
    pub item: String,
    /// The amount's unit or currency.
    pub unit: String,
    /// The amount.
    pub amount: Decimal,
    /// With those of today.
    pub amount_today: Decimal,
}

/// Digits behind the point of Cedar's decimals.
const CEDAR_SCALE: u8 = 4;

impl Circumstances {
    /// With every approval there could be: whether something is permitted at all.
    #[must_use]
    pub fn approved(self) -> Self {
        Self {
            approvals: i64::MAX as u64,
            waited_ms: i64::MAX as u64,
            ..self
        }
    }

    fn long(value: u64) -> RestrictedExpression {
        RestrictedExpression::new_long(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// As Cedar has it: rounded up to four places, at most 922337203685477.5807, so that what is beyond stays beyond every limit.
    fn decimal_rounded_up(value: Decimal) -> RestrictedExpression {
        let scaled = value.scaled_rounded_up(CEDAR_SCALE);
        let (sign, size) = (if scaled < 0 { "-" } else { "" }, scaled.unsigned_abs());
        let parts = 10_u64.pow(u32::from(CEDAR_SCALE));
        RestrictedExpression::new_decimal(format!("{sign}{}.{:04}", size / parts, size % parts))
    }

    /// Those that policies with these `needs` look at; a policy that looks at the context as a whole needs them all.
    pub(super) fn context(&self, needs: Needs) -> Result<Context, String> {
        let asked = CIRCUMSTANCES
            .iter()
            .enumerate()
            .filter(|(place, _)| needs.asks(1 << place));
        let pairs = asked.map(|(_, (name, ..))| {
            let value = match *name {
                "time_ms" => Self::long(self.time_ms),
                "assurance" => Self::long(self.assurance.into()),
                "lane" => Self::long(self.lane.into()),
                "purpose" => RestrictedExpression::new_string(self.purpose.clone()),
                "classification" => Self::long(self.classification.into()),
                "approvals" => Self::long(self.approvals),
                "waited_ms" => Self::long(self.waited_ms),
                "item" => RestrictedExpression::new_string(self.item.clone()),
                "unit" => RestrictedExpression::new_string(self.unit.clone()),
                "amount" => Self::decimal_rounded_up(self.amount),
                "amount_today" => Self::decimal_rounded_up(self.amount_today),
                _ => Self::long(self.today),
            };
            ((*name).to_owned(), value)
        });
        Context::from_pairs(pairs).map_err(|error| error.to_string())
    }

    /// All of them.
    pub(super) fn whole(&self) -> Result<Context, String> {
        self.context(Needs::ALL)
    }

    pub(super) fn key(&self, needs: Needs, key: &mut Vec<u8>) {
        let mut number = |bit: u16, value: u64| {
            if needs.asks(bit) {
                key.extend_from_slice(&value.to_be_bytes());
            }
        };
        number(circumstance::TIME, self.time_ms);
        number(circumstance::ASSURANCE, self.assurance.into());
        number(circumstance::LANE, self.lane.into());
        number(circumstance::CLASSIFICATION, self.classification.into());
        number(circumstance::APPROVALS, self.approvals);
        number(circumstance::WAITED, self.waited_ms);
        number(circumstance::TODAY, self.today);
        if needs.asks(circumstance::AMOUNTS) {
            let said = (&self.item, &self.unit, self.amount, self.amount_today);
            key.extend_from_slice(&cbor::to_vec(&said));
        }
        if needs.asks(circumstance::PURPOSE) {
            key.extend_from_slice(self.purpose.as_bytes());
        }
    }
}

/// What is known of the members that a request is about, by short name.
pub type Members = BTreeMap<MemberId, MemberFacts>;

/// A member as an entity.
pub(super) fn member_entity(member: &MemberId, facts: MemberFacts) -> Result<Entity, String> {
    let attributes = [
        (
            "kind",
            RestrictedExpression::new_string(facts.kind.word().to_owned()),
        ),
        ("founding", RestrictedExpression::new_bool(facts.founding)),
    ];
    made(uid("Member", member.as_str()), attributes, [])
}

fn texts(list: &[String]) -> RestrictedExpression {
    RestrictedExpression::new_set(list.iter().cloned().map(RestrictedExpression::new_string))
}

fn made(
    uid: EntityUid,
    attributes: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
    parents: impl IntoIterator<Item = EntityUid>,
) -> Result<Entity, String> {
    let attributes = attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    Entity::new_with_tags(uid, attributes, parents, []).map_err(|error| error.to_string())
}
