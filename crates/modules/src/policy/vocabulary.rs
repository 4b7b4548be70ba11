//! What policies can speak of: the Cedar schema, made of the modules that this program has.
//!
//! Flow: [`vocabulary`] numbers every action of every module and every kind of view, writes the schema from them and keeps what
//! each evaluation needs ready-made.
//!
//! Invariants: the schema follows from the code of the protocol version, so a policy never speaks of an action that no node
//! knows; numbers of actions are for this program's memory only and are stored nowhere.

use crate::membership::types::Role;
use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, Schema, Validator};
use std::{collections::BTreeMap, fmt::Write as _, sync::LazyLock};

/// Types of who asks.
pub const PRINCIPALS: [&str; 4] = ["Person", "Device", "Service", "Node"];

/// A kind of view: what is done with a record by who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum View {
    /// One record, whole.
    Record,
    /// A row of a list.
    List,
    /// Being counted in a sum or a number of rows.
    Count,
    /// An item of a feed or a webhook.
    Feed,
    /// Being part of an export.
    Export,
    /// An answer that gives away that it exists, such as "already exists".
    Existence,
}

impl View {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Record,
        Self::List,
        Self::Count,
        Self::Feed,
        Self::Export,
        Self::Existence,
    ];

    /// The action's name in policies.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Record => "view::record",
            Self::List => "view::list",
            Self::Count => "view::count",
            Self::Feed => "view::feed",
            Self::Export => "view::export",
            Self::Existence => "view::existence",
        }
    }
}

/// The attributes of the circumstances, with their Cedar types. The place is the bit in [`Needs`](super::needs::Needs).
pub const CIRCUMSTANCES: [(&str, &str, &str); 12] = [
    (
        "time_ms",
        "Long",
        "the block's time, milliseconds since 1970",
    ),
    (
        "assurance",
        "Long",
        "whose hand holds the key: 0 the member's node, 1 the signer in software, 2 the signer in hardware",
    ),
    ("lane", "Long", "the signer's lane, 0 to 63"),
    (
        "purpose",
        "String",
        "what a reader says it is for; empty where nothing is said",
    ),
    (
        "classification",
        "Long",
        "of the statement's label: 0 unclassified, 1 restricted, 2 confidential, 3 secret",
    ),
    (
        "approvals",
        "Long",
        "how many others approved exactly this action",
    ),
    (
        "waited_ms",
        "Long",
        "how long ago approval was asked for, milliseconds; 0 where it was not",
    ),
    (
        "today",
        "Long",
        "how often the signer did this since midnight UTC",
    ),
    (
        "item",
        "String",
        "what the amount is of, such as https://id.gs1.org/01/09521101120011; empty where the action says no amount",
    ),
    (
        "unit",
        "String",
        "the amount's unit (UN/ECE Recommendation 20, EA where things are counted) or currency (ISO 4217)",
    ),
    (
        "amount",
        "decimal",
        "how much the action says of this item in this unit, rounded up to four places; every item is asked about by itself",
    ),
    (
        "amount_today",
        "decimal",
        "how much of it, this action included, the signer did this with since midnight UTC",
    ),
];

/// An action as policies know it.
pub struct Known {
    /// `module::action` or a view's name.
    pub name: String,
    /// The Cedar name.
    pub uid: EntityUid,
    /// With the groups it is in.
    pub entity: Entity,
    /// The groups it is in.
    pub groups: Vec<String>,
    /// The action's name in its module; empty for a view.
    pub module: &'static str,
}

/// Everything that policies can speak of.
pub struct Vocabulary {
    /// The schema in Cedar's own syntax.
    pub text: String,
    /// The schema.
    pub schema: Schema,
    /// Checks policies against it.
    pub validator: Validator,
    /// Every action, by number.
    pub actions: Vec<Known>,
    numbers: BTreeMap<String, usize>,
    genesis_only: Vec<(&'static str, &'static str)>,
}

impl Vocabulary {
    /// The number of the action called `name`.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// The number of `module`'s action, without putting the name together.
    pub fn number_of(&self, module: &str, action: &str) -> Option<usize> {
        let of_module = self
            .actions
            .partition_point(|known| known.module.cmp(module).is_lt());
        self.actions[of_module..]
            .iter()
            .take_while(|known| known.module == module)
            .position(|known| {
                known.name.ends_with(action) && known.name.len() == module.len() + 2 + action.len()
            })
            .map(|place| of_module + place)
    }

    /// Whether `action` of `module` is for the genesis document alone.
    pub fn is_genesis_only(&self, module: &str, action: &str) -> bool {
        self.genesis_only.contains(&(module, action))
    }

    /// The number of a view.
    pub fn view(&self, view: View) -> usize {
        match self.number(view.action()) {
            Some(number) => number,
            None => panic!("the vocabulary lacks {}", view.action()),
        }
    }
}

/// The vocabulary of this program's modules.
pub fn vocabulary() -> &'static Vocabulary {
    static MADE: LazyLock<Vocabulary> = LazyLock::new(make);
    &MADE
}

/// The types of entities that questions are made of.
const TYPES: [&str; 10] = [
    "Action", "Device", "Member", "Node", "Person", "Post", "Record", "Role", "Service", "Unit",
];

/// The name of an entity.
pub fn uid(kind: &str, id: &str) -> EntityUid {
    // Cedar's parser takes longer to read a name than to decide by it.
    static READ: LazyLock<[EntityTypeName; TYPES.len()]> = LazyLock::new(|| TYPES.map(type_name));
    let name = match TYPES.binary_search(&kind) {
        Ok(place) => READ[place].clone(),
        Err(_) => type_name(kind),
    };
    EntityUid::from_type_name_and_id(name, EntityId::new(id))
}

fn type_name(kind: &str) -> EntityTypeName {
    match kind.parse() {
        Ok(name) => name,
        Err(error) => panic!("`{kind}` is no name of a type: {error}"),
    }
}

fn known(name: String, groups: Vec<String>, module: &'static str) -> Known {
    let uid = uid("Action", &name);
    let parents = groups.iter().map(|group| self::uid("Action", group));
    let made = Entity::new_with_tags(uid.clone(), [], parents, []);
    let entity = match made {
        Ok(entity) => entity,
        Err(error) => panic!("action {name}: {error}"),
    };
    Known {
        name,
        uid,
        entity,
        groups,
        module,
    }
}

/// Every action in order of module and name, then the views.
fn actions() -> Vec<Known> {
    let mut all = Vec::new();
    for domain in crate::domains() {
        let open = domain.open_actions().map(|action| action.name.as_str());
        for action in open.chain(domain.narrower().iter().copied()) {
            let groups = vec![domain.name().to_owned(), "write".to_owned()];
            let name = format!("{}::{action}", domain.name());
            all.push(known(name, groups, domain.name()));
        }
    }
    for view in View::ALL {
        all.push(known(view.action().to_owned(), vec!["view".to_owned()], ""));
    }
    all.sort_by(|a, b| (a.module, &a.name).cmp(&(b.module, &b.name)));
    all
}

const HEAD: &str = r#"// What Convoy's policies can speak of. Made from the modules; do not edit.

// A member of the network.
entity Member = {
    // nation, agency, supplier or auditor
    kind: String,
    // whether it founded the network
    founding: Bool,
};
// A role: held directly or by a post.
entity Role;
// A unit, as "member/unit"; in the units above it and in its member.
entity Unit in [Unit, Member];
// A post, as "member/post".
entity Post in [Member];
// Who asks, by DID; in its roles, posts, units and member.
entity Person, Device, Service, Node in [Role, Post, Unit, Member] = {
    member: Member,
    // 0 unclassified, 1 restricted, 2 confidential, 3 secret
    clearance: Long,
    // what it was read into
    caveats: Set<String>,
};
// What is touched or read, as "module/table/key"; "module" where an action touches no record.
entity Record = {
    module: String,
    table: String,
    compartment: String,
    owner?: Member,
    custodian?: Member,
    // who controls its release
    originator?: Member,
    // 0 unclassified, 1 restricted, 2 confidential, 3 secret
    classification: Long,
    // empty: to every member that reads the ledger
    releasable_to: Set<Member>,
    // what a reader must have been read into
    caveats: Set<String>,
};
type Circumstances = {
"#;

fn make() -> Vocabulary {
    let actions = actions();
    let mut text = HEAD.to_owned();
    let mut line = |words: std::fmt::Arguments<'_>| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{words}");
    };
    for (name, kind, meaning) in CIRCUMSTANCES {
        line(format_args!("    // {meaning}\n    {name}: {kind},"));
    }
    line(format_args!("}};\n"));
    line(format_args!(
        "// Everything that changes the ledger, and everything that reads it.\naction \"write\", \"view\";"
    ));
    for domain in crate::domains() {
        line(format_args!(
            "// {}\naction \"{}\" in [\"write\"];",
            domain.summary(),
            domain.name()
        ));
    }
    for known in &actions {
        let groups: Vec<String> = known
            .groups
            .iter()
            .map(|group| format!("\"{group}\""))
            .collect();
        line(format_args!(
            "action \"{}\" in [{}] appliesTo {{ principal: [{}], resource: [Record], context: Circumstances }};",
            known.name,
            groups.join(", "),
            PRINCIPALS.join(", ")
        ));
    }
    let schema = match Schema::from_cedarschema_str(&text) {
        Ok((schema, _)) => schema,
        Err(error) => panic!("the schema of our own modules: {error:?}"),
    };
    let numbers = actions.iter().enumerate();
    let numbers = numbers
        .map(|(number, known)| (known.name.clone(), number))
        .collect();
    let genesis_only = crate::domains().iter().flat_map(|domain| {
        let closed = domain.actions().iter().filter(|action| action.genesis_only);
        closed.map(|action| (domain.name(), action.name.as_str()))
    });
    Vocabulary {
        genesis_only: genesis_only.collect(),
        text,
        validator: Validator::new(schema.clone()),
        schema,
        actions,
        numbers,
    }
}

/// Whether `role` is one that this program knows.
pub fn is_role(role: &str) -> bool {
    role.parse::<Role>().is_ok()
}
