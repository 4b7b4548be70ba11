//! What a module says of itself, as data: its actions and who may ask for them, its questions, records, events and refusals.
//!
//! Flow: a module implements [`Domain`] beside `Module`. [`Description::of`] derives everything else from the types: what an
//! action's fields are called, what they hold and what they mean comes from the type that is decoded, never from a second list.
//! The API mounts routes and writes OpenAPI from the description, the command line makes verbs of it, `reference` writes
//! the module's page, and the console draws a plain page from [`schema::ModuleSchema`].
//!
//! Invariants: no HTTP, no text layout of a terminal, no state; every description is checked by the tests of this folder, for
//! every module of the registry: examples decode, roles are those of the code, names are unique, what a page shows exists.

mod amount;
pub mod fields;
#[cfg(test)]
mod golden_tests;
mod page;
mod query;
mod read;
pub mod reference;
pub mod schema;
#[cfg(test)]
mod tests;

pub use amount::{Amount, gathered};
pub use page::page;
pub use query::{Limit, Query, Question, Shape};
pub use read::{Misfit, pointer, read};

use crate::membership::types::Role;
use convoy_ledger::{Module, Record, Rule, Table};
use convoy_readmodel::{Projection, Snapshot};
use convoy_types::{MemberId, cbor, limits};
use fields::{Described, Field, variants};
use schema::ModuleSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::{
    ToSchema,
    openapi::{RefOr, Schema},
};

/// What a module adds to [`Module`] so that people and programs outside can use it.
pub trait Domain: Module<Action: Serialize + ToSchema> + Default {
    /// What it is for, in one sentence.
    const SUMMARY: &'static str;
    /// A row for each action, in the order of the type: who may ask for it, and an example.
    const ACTIONS: &'static [Act];
    /// Names that policies know beside those of actions, see [`Module::narrower`].
    const NARROWER: &'static [&'static str] = &[];
    /// The limits that its users can run into, for `/v1/limits`, each called `module_…`; none by default.
    const LIMITS: &'static [limits::Limit] = &[];
    /// What it says happened.
    type Event: Serialize + DeserializeOwned + ToSchema;

    /// The tables it keeps in the state, which can be proved.
    fn records() -> Vec<RecordKind>;

    /// What can be asked about it.
    fn queries() -> Vec<Query>;

    /// Its rows of the read model, fresh.
    fn projection() -> Box<dyn Projection>;

    /// Reads an action from JSON. A module whose users write another standard's JSON reads that here.
    ///
    /// # Errors
    /// The field that is wrong, by pointer.
    fn read_action(json: &Value) -> Result<Self::Action, Misfit> {
        read(json)
    }

    /// The [names](name_of) of the records that an event tells of: whoever may not see one of them does not see the event. `detail` is what the
    /// projection keeps beside it.
    fn about(event: &Self::Event, detail: Option<&[u8]>) -> Vec<String>;

    /// The [names](name_of) of the records that an action names: whoever may not see one of them does not see the statement.
    fn named(action: &Self::Action) -> Vec<String>;

    /// The amounts of goods and of money that an action says, for policies that limit them; none by default. What it leaves open counts as
    /// the largest there is.
    fn amounts(_action: &Self::Action) -> Vec<Amount> {
        Vec::new()
    }

    /// Whether the reader behind `snapshot` may see all that the ledger says now of the record called `key` in `table`, as far as its proof or
    /// a refusal would tell it.
    ///
    /// # Errors
    /// When the read model cannot be read.
    fn seen(snapshot: &Snapshot<'_>, table: &str, key: &str) -> convoy_readmodel::Result<bool> {
        snapshot.shows(&format!("{}/{table}/{key}", Self::NAME))
    }

    /// The member that owns the record called `key` in `table` and the one that answers for it, where policies of views ask. `snapshot` is without veil.
    ///
    /// # Errors
    /// When the read model cannot be read.
    fn whose(
        _snapshot: &Snapshot<'_>,
        _table: &str,
        _key: &str,
    ) -> convoy_readmodel::Result<[Option<MemberId>; 2]> {
        Ok([None, None])
    }

    /// The key of a record as it is stored, where users write it otherwise; `None` where the text is none.
    fn record_key(_table: &str, text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// An event as it is shown: its kind on the feed, and its JSON.
    fn tell(event: &Self::Event) -> Told {
        Told {
            kind: Self::NAME,
            event: serde_json::to_value(event).unwrap_or_default(),
        }
    }
}

/// A key as text: hexadecimal where it is none.
pub fn key_text(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => key.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The name of the record with this key, `module/table/key`, under which policies and labels know it.
pub fn name_of<R: Record>(key: &[u8]) -> String {
    format!("{}/{}/{}", R::TABLE.module, R::TABLE.name, key_text(key))
}

/// Whether the reader behind `snapshot` may see all that the ledger says now of the record called `name`.
///
/// # Errors
/// When the read model cannot be read.
pub fn seen(snapshot: &Snapshot<'_>, name: &str) -> convoy_readmodel::Result<bool> {
    let mut parts = name.splitn(3, '/');
    let mut part = || parts.next().unwrap_or_default();
    let (module, table, key) = (part(), part(), part());
    match crate::domain(module) {
        Ok(domain) => domain.seen(snapshot, table, key),
        Err(_) => snapshot.shows(name),
    }
}

/// A limit that a module's users can run into.
pub const fn at_most(name: &'static str, max: usize, unit: &'static str) -> limits::Limit {
    limits::Limit::new(name, max as u64, unit)
}

/// Who may ask for an action, and what it looks like.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    /// The action's name, as in JSON.
    pub name: &'static str,
    /// One of these roles is needed; any active signer may where there is none.
    pub roles: &'static [Role],
    /// Its fields, as JSON. Empty for an action without fields.
    pub example: &'static str,
    /// Whether only the genesis document may say it: then it has no route and no verb.
    pub genesis_only: bool,
}

impl Act {
    /// An action for signers with one of `roles`.
    pub const fn by(roles: &'static [Role], name: &'static str, example: &'static str) -> Self {
        Self {
            name,
            roles,
            example,
            genesis_only: false,
        }
    }

    /// An action of the genesis document.
    pub const fn genesis(name: &'static str, example: &'static str) -> Self {
        Self {
            name,
            roles: &[],
            example,
            genesis_only: true,
        }
    }
}

/// A table of the state.
pub struct RecordKind {
    /// The table.
    pub table: Table,
    /// What its keys are, in words.
    pub key: &'static str,
    /// What a record holds.
    described: Described,
    /// A record as it is stored, from its JSON.
    #[cfg(test)]
    stored: fn(&Value) -> Result<Vec<u8>, String>,
}

impl RecordKind {
    /// The table of `R`, whose keys are `key`.
    pub fn of<R: Record + ToSchema>(key: &'static str) -> Self {
        Self {
            table: R::TABLE,
            key,
            described: Described::of::<R>(),
            #[cfg(test)]
            stored: golden_tests::of_json::<R>,
        }
    }
}

/// An event as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its kind on the feed: the module's name, or a word of the module's.
    pub kind: &'static str,
    /// `{name: {fields}}`.
    pub event: Value,
}

impl Told {
    /// An event that this program cannot read: shown by its bytes, never left out.
    pub fn unknown(body: &[u8]) -> Self {
        let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            kind: "event",
            event: serde_json::json!({ "unknown": { "cbor": hex } }),
        }
    }
}

/// An action, described.
pub struct Action {
    /// Its name, as in JSON.
    pub name: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// What else there is to know.
    pub more: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Its fields as an OpenAPI schema.
    pub schema: RefOr<Schema>,
    /// One of these roles is needed.
    pub roles: Vec<&'static str>,
    /// Its fields, by way of example.
    pub example: Value,
    /// Whether only the genesis document may say it.
    pub genesis_only: bool,
}

impl Action {
    /// The action with `fields`, as the module reads it.
    pub fn with(&self, fields: Value) -> Value {
        if self.fields.is_empty() && fields.as_object().is_none_or(serde_json::Map::is_empty) {
            return Value::String(self.name.clone());
        }
        Value::Object([(self.name.clone(), fields)].into_iter().collect())
    }
}

/// The names of the records that an event, with its detail, is about.
type About = fn(&[u8], Option<&[u8]>) -> Option<Vec<String>>;
/// Whose a record is: its owner and its custodian.
type Whose = fn(&Snapshot<'_>, &str, &str) -> convoy_readmodel::Result<[Option<MemberId>; 2]>;

/// A module, described. Made once, from its types.
pub struct Description {
    name: &'static str,
    summary: &'static str,
    rules: &'static [Rule],
    denied: Rule,
    actions: Vec<Action>,
    narrower: &'static [&'static str],
    limits: &'static [limits::Limit],
    queries: Vec<Query>,
    records: Vec<RecordKind>,
    components: BTreeMap<String, RefOr<Schema>>,
    schema: ModuleSchema,
    from_json: fn(&Value) -> Result<Vec<u8>, Misfit>,
    to_json: fn(&[u8]) -> Result<Value, Misfit>,
    asked_as: fn(&[u8]) -> Option<String>,
    record_key: fn(&str, &str) -> Option<String>,
    tell: fn(&[u8]) -> Told,
    about: About,
    named: fn(&[u8]) -> Option<Vec<String>>,
    amounts: fn(&[u8]) -> Option<Vec<Amount>>,
    seen: fn(&Snapshot<'_>, &str, &str) -> convoy_readmodel::Result<bool>,
    whose: Whose,
}

impl Description {
    /// The description of `D`.
    pub fn of<D: Domain>() -> Self {
        let asked = Described::of::<D::Action>();
        let said = Described::of::<D::Event>();
        let queries = D::queries();
        let records = D::records();
        let asking = [&asked].into_iter();
        let components = together(asking.chain(queries.iter().flat_map(Query::described)));
        let told = records.iter().map(|record| &record.described);
        let mut all = together(told.chain([&said]));
        all.extend(components.clone());
        let actions: Vec<Action> = variants(&asked)
            .into_iter()
            .map(|variant| {
                let act = D::ACTIONS.iter().find(|act| act.name == variant.name);
                Action {
                    fields: variant.fields,
                    schema: variant.schema,
                    roles: act.map_or_else(Vec::new, |act| words(act.roles)),
                    example: act.map_or(Value::Null, |act| example(act.example)),
                    genesis_only: act.is_none_or(|act| act.genesis_only),
                    name: variant.name,
                    summary: variant.summary,
                    more: variant.more,
                }
            })
            .collect();
        let schema = ModuleSchema::new::<D>(&actions, &queries, &records, &variants(&said), &all);
        Self {
            name: D::NAME,
            summary: D::SUMMARY,
            rules: D::RULES,
            denied: D::DENIED,
            actions,
            narrower: D::NARROWER,
            limits: D::LIMITS,
            queries,
            records,
            components,
            schema,
            from_json: |json| D::read_action(json).map(|action| cbor::to_vec(&action)),
            to_json: |body| {
                let action: D::Action = cbor::from_slice(body).map_err(Misfit::whole)?;
                serde_json::to_value(&action).map_err(Misfit::whole)
            },
            asked_as: |body| {
                let action: D::Action = cbor::from_slice(body).ok()?;
                let narrower = D::default().narrower(&action);
                narrower.or_else(|| cbor::variant(body)).map(str::to_owned)
            },
            record_key: D::record_key,
            tell: |body| match cbor::from_slice::<D::Event>(body) {
                Ok(event) => D::tell(&event),
                Err(_) => Told::unknown(body),
            },
            about: |body, detail| {
                let event: D::Event = cbor::from_slice(body).ok()?;
                Some(D::about(&event, detail))
            },
            named: |body| Some(D::named(&cbor::from_slice(body).ok()?)),
            amounts: |body| Some(gathered(D::amounts(&cbor::from_slice(body).ok()?))),
            seen: D::seen,
            whose: D::whose,
        }
    }

    /// The module's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it is for.
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// Its refusals.
    pub fn rules(&self) -> &'static [Rule] {
        self.rules
    }

    /// Its actions, those of the genesis document included.
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// Its refusal for what policies deny.
    pub fn denied(&self) -> Rule {
        self.denied
    }

    /// The actions that can be asked for.
    pub fn open_actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter().filter(|action| !action.genesis_only)
    }

    /// Names that policies know beside those of actions.
    pub fn narrower(&self) -> &'static [&'static str] {
        self.narrower
    }

    /// The limits that its users can run into.
    pub fn limits(&self) -> &'static [limits::Limit] {
        self.limits
    }

    /// Its questions.
    pub fn queries(&self) -> &[Query] {
        &self.queries
    }

    /// Its tables of the state.
    pub fn tables(&self) -> impl Iterator<Item = Table> + '_ {
        self.records.iter().map(|record| record.table)
    }

    /// The schemas that those of actions and queries refer to, by name.
    pub fn components(&self) -> &BTreeMap<String, RefOr<Schema>> {
        &self.components
    }

    /// Everything as data, for programs that draw pages.
    pub fn schema(&self) -> &ModuleSchema {
        &self.schema
    }

    /// The body (deterministic CBOR) of an action written as JSON.
    ///
    /// # Errors
    /// The field that is wrong, by pointer.
    pub fn action_from_json(&self, json: &Value) -> Result<Vec<u8>, Misfit> {
        (self.from_json)(json)
    }

    /// An action's body as JSON, for people.
    ///
    /// # Errors
    /// When the body is none of the module's actions.
    pub fn action_to_json(&self, body: &[u8]) -> Result<Value, Misfit> {
        (self.to_json)(body)
    }

    /// The key of a record as it is stored, by what users write; `None` where the text is none.
    pub fn record_key(&self, table: &str, text: &str) -> Option<String> {
        (self.record_key)(table, text)
    }

    /// What policies call an action, by its body.
    pub fn asked_as(&self, body: &[u8]) -> Option<String> {
        (self.asked_as)(body)
    }

    /// The amounts that an action says, one for each item and unit; `None` for what this program cannot read.
    pub fn amounts(&self, body: &[u8]) -> Option<Vec<Amount>> {
        (self.amounts)(body)
    }

    /// An event as it is shown.
    pub fn tell(&self, body: &[u8]) -> Told {
        (self.tell)(body)
    }

    /// The names of the records that an event tells of; `None` for what this program cannot read, which nobody is shown who may not see all.
    pub fn about(&self, body: &[u8], detail: Option<&[u8]>) -> Option<Vec<String>> {
        (self.about)(body, detail)
    }

    /// The names of the records that an action names; `None` for what this program cannot read.
    pub fn named(&self, body: &[u8]) -> Option<Vec<String>> {
        (self.named)(body)
    }

    /// Whether the reader behind `snapshot` may see all that the ledger says of a record now.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub fn seen(
        &self,
        snapshot: &Snapshot<'_>,
        table: &str,
        key: &str,
    ) -> convoy_readmodel::Result<bool> {
        (self.seen)(snapshot, table, key)
    }

    /// Owner and custodian of a record. `snapshot` is without veil.
    ///
    /// # Errors
    /// When the read model cannot be read.
    pub fn whose(
        &self,
        snapshot: &Snapshot<'_>,
        table: &str,
        key: &str,
    ) -> convoy_readmodel::Result<[Option<MemberId>; 2]> {
        (self.whose)(snapshot, table, key)
    }
}

/// Everything that these schemas refer to.
fn together<'d>(described: impl Iterator<Item = &'d Described>) -> BTreeMap<String, RefOr<Schema>> {
    described.flat_map(|one| one.components.clone()).collect()
}

fn words(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.word()).collect()
}

/// An example that does not parse stays a text: the tests of every module find it.
fn example(text: &str) -> Value {
    if text.is_empty() {
        return Value::Object(serde_json::Map::new());
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// An event of `module` as it is shown; one of an unknown module by its bytes.
pub fn tell(module: &str, body: &[u8]) -> Told {
    match crate::domain(module) {
        Ok(domain) => domain.tell(body),
        Err(_) => Told::unknown(body),
    }
}
